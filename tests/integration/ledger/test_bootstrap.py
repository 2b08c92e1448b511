"""The operator made a party of its own ledger, over real custody, ledger service and network."""

import uuid
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from onebill.ledger.v1 import custody_service_pb2 as pb
from onebill.ledger.v1 import custody_service_pb2_grpc, ledger_service_pb2
from onebill_verify.act import SignedAct
from onebill_verify.canonical import encode

from foundation.runtime.channel import open_channel
from foundation.runtime.database import Database
from foundation.runtime.server import Server
from foundation.runtime.settings import Secret
from foundation.runtime.statements import Stater, judged_act
from ledger.custody.directory import LedgerDirectory
from ledger.custody.service import SERVICE, wire_with
from ledger.custody.settings import CustodySettings
from ledger.service.bootstrap import bootstrap, bootstrap_patiently
from tests.support.bill_cast import ROLES, Handed, Paper

pytestmark = [pytest.mark.engines, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def custody_address(ledgers, pki, postgres):
    async with AsyncExitStack() as stack:
        database_settings = postgres.database("custody", SERVICE.migrations)
        settings = CustodySettings(
            **vars(pki.tls("operator", "custody")),
            **vars(database_settings),
            listen_address="localhost:0",
            drain_seconds=1,
            key_encryption_key=Secret("c3" * 32),
            ledger_address=ledgers.services["operator"].address,
        )
        database = Database(settings, "custody")
        stack.push_async_callback(database.close)
        channel = open_channel(settings.ledger_address, settings)
        stack.push_async_callback(channel.close)
        wired = wire_with(settings, database, LedgerDirectory(channel))
        server = Server(settings, wired.access, wired.register)
        await server.start()
        stack.push_async_callback(server.stop)
        yield f"localhost:{server.port}"


async def test_the_operator_is_registered_once_and_its_custody_issues_a_bill(
    ledgers, pki, custody_address
):
    tls = pki.tls("operator", "ledger-operator")
    ledger_address = ledgers.services["operator"].address

    party = await bootstrap_patiently(ledger_address, custody_address, tls)
    again = await bootstrap(ledger_address, custody_address, tls)

    assert again.party == party.party
    assert list(party.roles) == ["OPERATOR"]
    assert [key.key_custody for key in party.keys] == ["LEDGER_CUSTODY"]
    for name in ROLES:
        if name != "operator":
            await ledgers.register(name)
    ledgers.cast.parties["operator"] = party.party
    paper = Paper(ledgers.cast)
    recipient = ledgers.cast.parties["seller"]
    terms = encode(paper.issue_terms().payload()).decode()
    documents = Stater.of(pki.tls("operator", "documents"))
    channel = open_channel(custody_address, pki.tls("operator", "worker"))
    try:
        signed = await custody_service_pb2_grpc.CustodyServiceStub(channel).SignAct(
            pb.SignActRequest(
                transport_document_reference=paper.reference,
                action_code="ISSUE",
                recipient=recipient,
                terms=terms,
                details="{}",
                sequence=1,
                judgement_reference="J-1",
                judgement=documents.state(
                    judged_act(paper.reference, "ISSUE", recipient, terms, "{}")
                ),
                request_id=str(uuid.uuid4()),
            )
        )
    finally:
        await channel.close()
    act = SignedAct.parse(signed.signed_act)
    handed = Handed(act, signed.details, signed.details_salt)
    answer = await ledgers.submit(handed, at="operator", caller="operator")
    assert answer.bill.issuer == party.party
    assert answer.act.act_hash == signed.act_hash
    listed = await ledgers.ledger("operator", "operator").ListActs(
        ledger_service_pb2.ListActsRequest(transport_document_reference=paper.reference)
    )
    assert [one.key_custody for one in listed.acts] == ["LEDGER_CUSTODY"]
