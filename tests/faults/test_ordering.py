"""Four SmartBFT orderers, one of every organisation: what one may do, and what two may not.

A network of its own, engines only. Each test leaves it whole: four orderers at one height.
"""

import contextlib
import json
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from functools import partial

import grpc
import pytest
import pytest_asyncio
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify import verify

from foundation.kernel.errors import Unavailable
from ledger.client.courier import CourierLimits
from local import processes, supervisor
from local.places import ROOT
from local.settings import settings
from tests.integration.ledger.conftest import MSP_IDS, refused, until_known
from tests.integration.ledger.test_evidence_proves import bundle_of, trust
from tests.support.bill_cast import now
from tests.support.cable import Cable
from tests.support.junk_orderer import JunkOrderer
from tests.support.waiting import until

pytestmark = [
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
]

ORDERERS = ("orderer-operator", "orderer-carrier", "orderer-port", "orderer-partnerport")
# Its address in the channel's configuration is the cable's, so it can be cut off.
ON_A_CABLE = "orderer-partnerport"
WITHOUT_OPERATOR = ("CarrierMSP", "PortMSP", "PartnerPortMSP")


def local(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def up():
    local("-m", "local", "up", "network")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """The state of a running network of four orderers; one of them is reached by a cable."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ONEBILL_PORT_BASE", raising=False)
        patch.setenv("ONEBILL_STATE", str(tmp_path_factory.mktemp("ordering")))
        patch.setenv("ONEBILL_ORDERING", "bft")
        # Who leads and how far each has come is asked of their operations port.
        patch.setenv("ORDERER_METRICS_PROVIDER", "prometheus")
        cable = Cable(port_of(ON_A_CABLE))
        local(
            *("-c", "from local.__main__ import prepare; prepare()"),
            ONEBILL_PORT_ORDERER_PARTNERPORT=str(cable.port),
        )
        try:
            up()
            yield cable
        finally:
            supervisor.stop()
            cable.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def four(network, world):
    """The ledger's services and cast on that network."""
    return world


def port_of(name, what=""):
    return int(settings()[f"PORT_{name.upper().replace('-', '_')}{what}"])


def metric(name, what):
    url = f"http://127.0.0.1:{port_of(name, '_OPERATIONS')}/metrics"
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
        found = re.search(
            rf'^\w*{what}{{[^}}]*channel="onebill"[^}}]*}} (\S+)',
            answer.read().decode(),
            re.MULTILINE,
        )
        return int(float(found[1])) if found else None
    return None


def leader():
    """The orderer that leads, as most of those that answer say."""
    said = [metric(name, "view_leader_id") for name in ORDERERS]
    known = [number for number in said if number]
    return ORDERERS[max(set(known), key=known.count) - 1]


def running(name):
    return next(each for each in processes.known() if each.name == name)


async def healed():
    """All four orderers run, stand at one height and are in one view."""
    seen = {}

    async def agreed():
        seen.update(
            {
                name: (metric(name, "blockchain_height"), metric(name, "view_number"))
                for name in ORDERERS
            }
        )
        return len(set(seen.values())) == 1 and None not in next(iter(seen.values()))

    try:
        await until(agreed, seconds=90)
    except TimeoutError:
        pytest.fail(f"heights and views differ: {seen}")


async def bill_that_moves(world):
    """Issue a bill and pass it on; answer it and how long the second act took."""
    paper = await world.issued()
    begun = time.monotonic()
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", "first-bank")), at="port")
    return paper, time.monotonic() - begun


async def sequence_at(world, paper, at="partnerport"):
    answer = await world.ledger(at, at).GetBill(
        pb.GetBillRequest(transport_document_reference=paper.reference)
    )
    return answer.bill.sequence


async def test_the_chain_goes_on_with_one_orderer_killed(four):
    victim = next(name for name in ORDERERS if name != leader())
    supervisor.kill_some([victim])

    paper, _ = await bill_that_moves(four)

    assert await sequence_at(four, paper) == 2
    up()
    await healed()


async def test_the_chain_goes_on_when_the_leader_is_killed(four):
    paper, usual = await bill_that_moves(four)
    victim = leader()
    supervisor.kill_some([victim])
    begun = time.monotonic()

    await four.submit(paper.took(paper.sign("TRANSFER", "first-bank", "buyer")), at="port")

    took = time.monotonic() - begun
    print(f"leader {victim} killed: next commit after {took:.1f} s, usually {usual:.2f} s")  # noqa: T201
    assert leader() != victim
    up()
    await healed()


async def test_the_chain_goes_on_when_the_leader_stops_without_ending(four):
    paper, _ = await bill_that_moves(four)
    victim = running(leader())
    victim.send(signal.SIGSTOP)
    begun = time.monotonic()
    try:
        await four.submit(paper.took(paper.sign("TRANSFER", "first-bank", "buyer")), at="port")
        took = time.monotonic() - begun
        print(f"leader {victim.name} stopped: next commit after {took:.1f} s")  # noqa: T201
    finally:
        victim.send(signal.SIGCONT)

    await healed()


async def test_the_chain_goes_on_while_one_orderer_is_cut_off(four, network):
    network.cut()
    try:
        paper, _ = await bill_that_moves(four)
        assert await sequence_at(four, paper) == 2
    finally:
        network.mend()

    await healed()


async def test_the_chain_goes_on_while_one_orderer_speaks_junk(four):
    seed = int(os.environ.get("ONEBILL_FAULTS_SEED", secrets.randbelow(2**32)))
    print(f"seed {seed}; again with ONEBILL_FAULTS_SEED={seed}")  # noqa: T201 - the seed is shown
    victim = next(name for name in ORDERERS if name not in (leader(), ON_A_CABLE))
    supervisor.kill_some([victim])
    junk = replacing(victim, random.Random(seed))
    await junk.start()
    try:
        papers = [(await bill_that_moves(four))[0] for _ in range(5)]
        assert [await sequence_at(four, paper) for paper in papers] == [2] * 5
        assert junk.told > 0
    finally:
        await junk.stop()

    up()
    await healed()


def replacing(victim, source):
    """Whoever has this orderer's machine and certificate, and nothing sensible to say."""
    state = processes.directory().parent
    organisation = victim.removeprefix("orderer-")
    roots = state / "orderers.pem"
    roots.write_text(
        "".join(
            (
                state / "network" / f"ordering-{name.removeprefix('orderer-')}" / "tls-ca.pem"
            ).read_text()
            for name in ORDERERS
        )
    )
    return JunkOrderer(
        port=port_of(victim),
        tls=state / "network" / f"ordering-{organisation}" / "orderer0" / "tls",
        roots=roots,
        others=[port_of(name) for name in ORDERERS if name != victim],
        source=source,
    )


async def test_with_two_orderers_gone_writes_are_refused_reads_go_on_and_nothing_is_lost(four):
    port = four.services["port"].program.courier
    patient, port._limits = port._limits, CourierLimits(commit_seconds=2, settle_seconds=4)
    paper, _ = await bill_that_moves(four)
    handed = paper.sign("TRANSFER", "first-bank", "buyer")
    supervisor.kill_some(["orderer-operator", "orderer-carrier"])

    refusal = await refused(four.submit(handed, at="port"))

    assert (type(refusal), refusal.reason) == (Unavailable, "ORDERING_UNAVAILABLE")
    assert await sequence_at(four, paper) == 2
    evidence = await four.ledger("partnerport", "partnerport").GetEvidence(
        pb.GetEvidenceRequest(
            transport_document_reference=paper.reference,
            nonce="two-gone",
            organisations=WITHOUT_OPERATOR,
        )
    )
    bundle = bundle_of(evidence, paper.reference)
    answer = verify(bundle, trust(), now())
    assert (answer.proven, answer.sequence) == (True, 2), answer.message

    up()
    port._limits = patient
    again = await four.submit(paper.took(handed), at="port")

    assert again.act.sequence == 3
    listed = await four.ledger("port", "port").ListActs(
        pb.ListActsRequest(transport_document_reference=paper.reference)
    )
    assert [act.sequence for act in listed.acts] == [1, 2, 3]
    await healed()


async def test_the_bill_outlives_its_platform(four):
    await title_moves_without(four, "operator", at="port")


@pytest.mark.parametrize("gone", ["carrier", "partnerport"])
async def test_an_organisation_that_leaves_freezes_no_bill(four, gone):
    await title_moves_without(four, gone, at="port")


async def title_moves_without(four, gone, at):
    """All that an organisation runs is killed; a bill moves; it comes back and catches up."""
    paper = await four.issued()
    supervisor.kill_some([f"{what}-{gone}" for what in ("peer", "chaincode", "orderer")])

    # The buyer is vouched for by the partner port, the others here by the operator.
    for actor, recipient in (("seller", "buyer"), ("buyer", "first-bank")):
        handed = paper.took(paper.sign("TRANSFER", actor, recipient))
        await until_known(partial(four.submit, handed, at=at))
    left = [msp for name, msp in MSP_IDS.items() if name != gone]
    attested = await four.ledger(at, at).Attest(
        pb.AttestRequest(
            transport_document_reference=paper.reference, nonce="gone", organisations=left
        )
    )

    assert json.loads(attested.attestation)["possessor"] == four.cast.parties["first-bank"]
    up()

    async def has_caught_up():
        try:
            return await sequence_at(four, paper, gone) == 3
        except grpc.aio.AioRpcError:
            return False

    await until(has_caught_up, seconds=60)
    await healed()
