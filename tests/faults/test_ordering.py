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
from tests.support.bill_cast import CHANNEL, Paper, now
from tests.support.cable import Cable
from tests.support.junk_orderer import JunkOrderer
from tests.support.lying_orderer import KINDS, UNAUTHENTICATED, LyingOrderer, build
from tests.support.waiting import until

pytestmark = [
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(1200),
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
    return ORDERERS[max(set(known), key=known.count) - 1] if known else None


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
        await until(agreed, seconds=300)
    except TimeoutError:
        pytest.fail(f"heights and views differ: {seen}")


async def hand_in(world, handed, at="port"):
    """Hand an act in as every client does: again, while nobody knows what became of it."""
    return await until_known(partial(world.submit, handed, at=at))


async def bill_that_moves(world):
    """Issue a bill and pass it on; answer it and how long the second act took."""
    paper = Paper(world.cast)
    await hand_in(world, paper.took(paper.issue("seller")))
    begun = time.monotonic()
    await hand_in(world, paper.took(paper.sign("TRANSFER", "seller", "first-bank")))
    return paper, time.monotonic() - begun


async def stands_at(world, paper, sequence, at="partnerport"):
    """Wait until one organisation's peer has the bill as it stands; it may be behind others."""
    answers = []

    async def stands():
        try:
            answer = await world.ledger(at, at).GetBill(
                pb.GetBillRequest(transport_document_reference=paper.reference)
            )
        except grpc.aio.AioRpcError as error:
            answers.append(error.details())
            return False
        answers.append(answer.bill.sequence)
        return answer.bill.sequence == sequence

    try:
        await until(stands, seconds=300)
    except TimeoutError:
        pytest.fail(f"{at} does not come to {sequence}: {answers[-3:]}")


async def another_leads(than):
    """Wait until most orderers say that another one leads."""

    async def other():
        return leader() not in (than, None)

    await until(other, seconds=300)


async def test_the_chain_goes_on_with_one_orderer_killed(four):
    victim = next(name for name in ORDERERS if name != leader())
    supervisor.kill_some([victim])

    paper, _ = await bill_that_moves(four)

    await stands_at(four, paper, 2)
    up()
    await healed()


async def test_the_chain_goes_on_when_the_leader_is_killed(four):
    paper, usual = await bill_that_moves(four)
    victim = leader()
    supervisor.kill_some([victim])
    begun = time.monotonic()

    await hand_in(four, paper.took(paper.sign("TRANSFER", "first-bank", "buyer")))

    took = time.monotonic() - begun
    print(f"leader {victim} killed: next commit after {took:.1f} s, usually {usual:.2f} s")  # noqa: T201
    await another_leads(victim)
    up()
    await healed()


async def test_the_chain_goes_on_when_the_leader_stops_without_ending(four):
    paper, _ = await bill_that_moves(four)
    victim = running(leader())
    victim.send(signal.SIGSTOP)
    begun = time.monotonic()
    try:
        await hand_in(four, paper.took(paper.sign("TRANSFER", "first-bank", "buyer")))
        took = time.monotonic() - begun
        print(f"leader {victim.name} stopped: next commit after {took:.1f} s")  # noqa: T201
    finally:
        victim.send(signal.SIGCONT)

    await healed()


async def test_the_chain_goes_on_while_one_orderer_is_cut_off(four, network):
    network.cut()
    try:
        paper, _ = await bill_that_moves(four)
        await stands_at(four, paper, 2)
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
        for _ in range(5):
            paper, _ = await bill_that_moves(four)
            await stands_at(four, paper, 2)
        assert junk.told > 0
    finally:
        await junk.stop()

    up()
    await healed()


def replacing(victim, source):
    """Whoever has this orderer's machine and certificate, and nothing sensible to say."""
    return JunkOrderer(
        port=port_of(victim),
        tls=keys_of(victim) / "tls",
        roots=authorities(),
        others=[port_of(name) for name in ORDERERS if name != victim],
        source=source,
    )


def keys_of(orderer):
    organisation = orderer.removeprefix("orderer-")
    return processes.directory().parent / "network" / f"ordering-{organisation}" / "orderer0"


def authorities():
    """The TLS authorities of all four orderers, in one file."""
    roots = processes.directory().parent / "orderers.pem"
    roots.write_text(
        "".join((keys_of(name).parent / "tls-ca.pem").read_text() for name in ORDERERS)
    )
    return roots


@pytest.mark.parametrize("place", ["a follower's", "the leader's"])
async def test_the_chain_goes_on_while_a_consenter_lies_to_the_others(four, place, tmp_path):
    seed = int(os.environ.get("ONEBILL_FAULTS_SEED", secrets.randbelow(2**32)))
    print(f"seed {seed}; again with ONEBILL_FAULTS_SEED={seed}")  # noqa: T201 - the seed is shown
    await bill_that_moves(four)
    leads = leader()
    victim = (
        leads
        if place == "the leader's"
        else next(name for name in ORDERERS if name not in (leads, ON_A_CABLE))
    )
    liar = LyingOrderer(
        program=build(tmp_path),
        number=ORDERERS.index(victim) + 1,
        keys=keys_of(victim),
        roots=authorities(),
        others={
            number: port_of(name)
            for number, name in enumerate(ORDERERS, start=1)
            if name != victim
        },
        seed=seed,
    )
    supervisor.kill_some([victim])
    liar.start(CHANNEL)
    try:
        for _ in range(5):
            paper, _ = await bill_that_moves(four)
            await stands_at(four, paper, 2)

        async def all_said():
            return liar.said.keys() >= KINDS

        await until(all_said, seconds=300)
        paper, _ = await bill_that_moves(four)
        await stands_at(four, paper, 2)
        print(f"as {victim}: {dict(liar.said)}")  # noqa: T201 - what was said is shown
        assert UNAUTHENTICATED not in liar.said, "it was let in"
    finally:
        liar.stop()

    up()
    await healed()


async def test_who_has_another_key_than_the_consenter_is_not_let_in(four, tmp_path):
    # The certificate of one orderer, and the number of another.
    liar = LyingOrderer(
        program=build(tmp_path),
        number=ORDERERS.index("orderer-carrier") + 1,
        keys=keys_of("orderer-port"),
        roots=authorities(),
        others={1: port_of("orderer-operator")},
        seed=0,
    )
    liar.start(CHANNEL)
    try:

        async def sent_away():
            return liar.said[UNAUTHENTICATED] > 3

        await until(sent_away, seconds=300)
    finally:
        liar.stop()


async def test_with_two_orderers_gone_writes_are_refused_reads_go_on_and_nothing_is_lost(four):
    port = four.services["port"].program.courier
    paper, _ = await bill_that_moves(four)
    handed = paper.sign("TRANSFER", "first-bank", "buyer")
    for at in ("carrier", "port", "partnerport"):
        await stands_at(four, paper, 2, at)
    patient, port._limits = port._limits, CourierLimits(commit_seconds=2, settle_seconds=4)
    supervisor.kill_some(["orderer-operator", "orderer-carrier"])

    refusal = await refused(four.submit(handed, at="port"))

    assert (type(refusal), refusal.reason) == (Unavailable, "ORDERING_UNAVAILABLE")
    await stands_at(four, paper, 2)
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
    again = await hand_in(four, paper.took(handed))

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
    paper = Paper(four.cast)
    await hand_in(four, paper.took(paper.issue("seller")), at)
    supervisor.kill_some([f"{what}-{gone}" for what in ("peer", "chaincode", "orderer")])

    # The buyer is vouched for by the partner port, the others here by the operator.
    for actor, recipient in (("seller", "buyer"), ("buyer", "first-bank")):
        await hand_in(four, paper.took(paper.sign("TRANSFER", actor, recipient)), at)
    left = [name for name in MSP_IDS if name != gone]
    for other in left:
        await stands_at(four, paper, 3, other)
    attested = await four.ledger(at, at).Attest(
        pb.AttestRequest(
            transport_document_reference=paper.reference,
            nonce="gone",
            organisations=[MSP_IDS[name] for name in left],
        )
    )

    assert json.loads(attested.attestation)["possessor"] == four.cast.parties["first-bank"]
    up()
    await stands_at(four, paper, 3, gone)
    await healed()
