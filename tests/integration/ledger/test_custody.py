"""Custody with its own schema and role, and the operator registered through it."""

import uuid

import pytest
from onebill.ledger.v1 import custody_service_pb2 as pb
from onebill.ledger.v1 import custody_service_pb2_grpc
from onebill_verify.act import SignedAct
from onebill_verify.canonical import parse
from onebill_verify.keys import PublicKey
from sqlalchemy import text

from foundation.kernel.errors import Conflict, NotAllowed, NotFound, WrongState
from foundation.runtime.identity import on_behalf_of
from foundation.runtime.process import Service
from foundation.runtime.settings import Secret
from foundation.runtime.statements import Stater, judged_act
from ledger.custody.service import SERVICE, wire_with
from ledger.custody.settings import CustodySettings
from tests.integration.ledger.conftest import refused

PARTY = "PAAAAAAAAAAAAAAAAAAAAAAAAAA"


class Known:
    """A directory that knows the operator alone."""

    async def party_of(self, organisation):
        return PARTY if organisation == "operator" else None


@pytest.fixture
async def custody(running_service):
    service = Service(
        "custody",
        CustodySettings,
        SERVICE.migrations,
        lambda settings, database, outbox: wire_with(settings, database, Known()),
    )
    return await running_service(
        service, key_encryption_key=Secret("c3" * 32), ledger_address="localhost:1"
    )


def stub(custody, organisation="operator", part="worker"):
    return custody_service_pb2_grpc.CustodyServiceStub(custody.channel(organisation, part))


async def created(custody, organisation="operator", metadata=()):
    return await stub(custody).CreateKey(
        pb.CreateKeyRequest(organisation=organisation, request_id=str(uuid.uuid4())),
        metadata=metadata,
    )


def confirmation(**other):
    return pb.SignActRequest(
        **{
            "transport_document_reference": "OBAAAAAAAAAAAAAAAA",
            "action_code": "CONFIRM_PAYMENT",
            "terms": '{"of":"RECEIVER_CHARGES"}',
            "details": "{}",
            "sequence": 2,
            "previous_act_hash": "0" * 64,
            "request_id": str(uuid.uuid4()),
            **other,
        }
    )


async def test_a_key_is_made_once_and_shows_its_public_half_only(custody):
    first = await created(custody)
    again = await created(custody)

    found = await stub(custody).GetKey(pb.GetKeyRequest(organisation="operator"))

    assert again.kid == first.kid == found.kid
    assert PublicKey.from_jwk(parse(found.public_key.encode())).kid == first.kid
    assert found.party == PARTY
    async with custody.database.reading("operator") as transaction:
        row = (await transaction.connection.execute(text("SELECT * FROM keys"))).one()
    assert b"PRIVATE" not in bytes(row.sealed_key)


async def test_a_repeated_request_gets_the_same_signature_byte_for_byte(custody):
    await created(custody)
    request = confirmation()

    first = await stub(custody).SignAct(request)
    again = await stub(custody).SignAct(request)

    assert again == first
    signed = SignedAct.parse(first.signed_act)
    assert signed.act.actor == PARTY
    async with custody.database.reading("operator") as transaction:
        kept = await transaction.connection.execute(text("SELECT act_hash FROM signatures"))
    assert list(kept.scalars()) == [first.act_hash]


async def test_one_request_id_signs_one_statement(custody):
    await created(custody)
    request = confirmation()
    await stub(custody).SignAct(request)

    refusal = await refused(
        stub(custody).SignAct(confirmation(sequence=3, request_id=request.request_id))
    )

    assert (type(refusal), refusal.reason) == (Conflict, "REQUEST_ID_REUSED")


@pytest.mark.parametrize(
    ("organisation", "part"),
    [("operator", None), ("operator", "gateway-rest"), ("operator", "booking"), ("seller", None)],
)
async def test_the_worker_alone_has_acts_signed(custody, organisation, part):
    await created(custody)

    refusal = await refused(stub(custody, organisation, part).SignAct(confirmation()))

    assert (type(refusal), refusal.reason) == (NotAllowed, "CALLER_NOT_ADMITTED")


async def test_a_key_signs_for_its_own_organisation_only(custody):
    await created(custody)

    for_seller = await refused(
        stub(custody).SignAct(confirmation(), metadata=on_behalf_of("seller"))
    )
    of_seller = await refused(stub(custody).SignAct(confirmation(organisation="seller")))

    assert {for_seller.reason, of_seller.reason} == {"KEY_OF_ANOTHER"}


async def test_invariant_8_no_bill_is_signed_into_being_without_a_judgement(custody):
    await created(custody)

    refusal = await refused(
        stub(custody).SignAct(confirmation(action_code="ISSUE", sequence=1, previous_act_hash=""))
    )

    assert refusal.reason == "JUDGEMENT_MISSING"


async def test_invariant_8_a_judgement_is_believed_of_documents_alone(custody, pki):
    await created(custody)
    asked = confirmation(action_code="ISSUE", sequence=1, previous_act_hash="", terms="{}")
    statement = judged_act(asked.transport_document_reference, "ISSUE", "", "{}", "{}")

    refusals = set()
    for part in ("worker", "custody", "gateway-rest", None):
        asked.judgement = Stater.of(pki.tls("operator", part)).state(statement)
        asked.request_id = str(uuid.uuid4())
        refusals.add((await refused(stub(custody).SignAct(asked))).reason)
    asked.judgement = Stater.of(pki.tls("operator", "documents")).state(statement)
    believed = await refused(stub(custody).SignAct(asked))

    assert refusals == {"STATEMENT_NOT_BELIEVED"}
    assert believed.reason == "ACT_MALFORMED", "believed, and then refused for its empty terms"


async def test_who_has_no_key_here_or_no_party_there_is_told_so(custody):
    no_key = await refused(stub(custody).SignAct(confirmation()))
    await created(custody, "seller", on_behalf_of("seller"))
    no_party = await refused(
        stub(custody).SignAct(confirmation(organisation="seller"), metadata=on_behalf_of("seller"))
    )

    assert (type(no_key), no_key.reason) == (NotFound, "KEY_NOT_IN_CUSTODY")
    assert (type(no_party), no_party.reason) == (WrongState, "PARTY_NOT_REGISTERED")


async def test_custody_shows_another_organisation_no_row(custody):
    await created(custody)
    await stub(custody).SignAct(confirmation())

    for table in ("keys", "signatures"):
        for organisation, expected in (("seller", 0), ("operator", 1)):
            async with custody.database.reading(organisation) as transaction:
                found = await transaction.connection.execute(text(f"SELECT count(*) FROM {table}"))
                assert found.scalar_one() == expected
