"""A second foreign port joins the running channel by one command, with acts under way."""

import asyncio
import os
import subprocess
import sys
import uuid

import grpc
import pytest
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill.ledger.v1 import ledger_service_pb2_grpc

from foundation.runtime.channel import open_channel
from foundation.runtime.settings import TlsSettings
from local import processes, supervisor
from local.ledger_network import committed_sequence
from local.members import members
from local.ordering_kind import network as whole_network
from local.places import ROOT
from local.settings import settings
from tests.faults.test_upgrade import keep_passing_on
from tests.integration.ledger.conftest import known_everywhere, until_known
from tests.support import bill_cast
from tests.support.waiting import until

pytestmark = [
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(1200),
]

NAME, MSP = "secondport", "SecondportMSP"


def local(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=os.environ,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    """A network of its own with the database that the new port's service needs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ONEBILL_PORT_BASE", raising=False)
        patch.delenv("ONEBILL_ORDERING", raising=False)
        patch.setenv("ONEBILL_STATE", str(tmp_path_factory.mktemp("joining")))
        try:
            local("up", "ledger-port")
            yield
        finally:
            supervisor.stop()


@pytest.fixture(scope="module")
def joined(instance, world):
    """The ledger's world on that network."""
    return world


def new_port():
    """The new port's own ledger service, asked by its own people."""
    tls = processes.directory().parent / "tls"
    channel = open_channel(
        f"localhost:{settings()[f'PORT_LEDGER_{NAME.upper()}']}",
        TlsSettings(
            tls_certificate_file=tls / f"{NAME}.pem",
            tls_key_file=tls / f"{NAME}.key",
            tls_roots_file=tls / "ca.pem",
        ),
    )
    return channel, ledger_service_pb2_grpc.LedgerServiceStub(channel)


async def as_of(door, read, sequence):
    """The bill as the new port's own peer has it, once that has come so far."""
    bills = []

    async def come():
        try:
            bills.append((await door.GetBill(read)).bill)
        except grpc.aio.AioRpcError:
            return False
        return bills[-1].sequence >= sequence

    await until(come, seconds=300)
    return bills[-1]


async def test_a_port_joins_under_way_and_is_a_member_like_the_others(joined):
    paper, over = await joined.issued(), asyncio.Event()
    passing = asyncio.create_task(keep_passing_on(joined, paper, over))

    await asyncio.to_thread(local, "add-port", NAME)
    over.set()
    passed = await passing

    assert passed > 0
    assert [each.msp_id for each in members()] == [MSP]
    channel, door = new_port()
    async with channel:
        read = pb.GetBillRequest(transport_document_reference=paper.reference)
        own = await as_of(door, read, passed + 1)
        theirs = (await joined.ledger("operator", "operator").GetBill(read)).bill
        attested = await door.Attest(
            pb.AttestRequest(
                transport_document_reference=paper.reference,
                nonce="new",
                organisations=["PortMSP", MSP],
            )
        )
        rules = (await door.GetRules(pb.GetRulesRequest())).rules
    assert (own.record, own.sequence) == (theirs.record, passed + 1)
    assert set(attested.organisations) == {"PortMSP", MSP}
    assert MSP in str(rules)


async def test_joining_again_changes_nothing(joined):
    one = whole_network()
    before = committed_sequence(one, one.organisations[0])

    await asyncio.to_thread(local, "add-port", NAME)

    assert committed_sequence(one, one.organisations[-1]) == before
    assert len(members()) == 1


async def test_its_party_holds_a_bill_and_the_bill_is_not_frozen_when_the_port_leaves(
    joined, monkeypatch
):
    monkeypatch.setitem(bill_cast.ROLES, "receiver-abroad", (NAME, ["CONSIGNEE"]))
    monkeypatch.setitem(bill_cast.MSP_IDS, NAME, MSP)
    joined.cast.keys["receiver-abroad"] = bill_cast.PrivateKey.generate()
    channel, door = new_port()
    async with channel:
        rules = (await door.GetRules(pb.GetRulesRequest())).rules
        answer = await door.RegisterParty(
            pb.RegisterPartyRequest(
                organisation="receiver-abroad",
                **joined.cast.registration("receiver-abroad", rules),
                request_id=str(uuid.uuid4()),
            ),
            timeout=50,
        )
    joined.cast.parties["receiver-abroad"] = answer.party.party
    await known_everywhere(joined, answer.party.party)
    paper = await joined.issued()
    await joined.submit(paper.took(paper.sign("TRANSFER", "seller", "receiver-abroad")), at="port")

    for each in processes.known():
        if each.name.endswith(NAME):
            each.send(9)
    onward = paper.took(paper.sign("TRANSFER", "receiver-abroad", "buyer"))
    moved = await until_known(lambda: joined.submit(onward, at="port"))

    assert moved.act.sequence == 3
    elsewhere = await joined.ledger("carrier", "carrier").GetBill(
        pb.GetBillRequest(transport_document_reference=paper.reference)
    )
    assert elsewhere.bill.possessor == joined.cast.parties["buyer"]
