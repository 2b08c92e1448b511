"""The ledger services of four organisations on a real Fabric network."""

import asyncio
import contextlib
import json
import secrets
import uuid
from datetime import timedelta

import pytest
from onebill.ledger.v1 import ledger_pb2
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify.act import SignedAct
from onebill_verify.custody import CustodyStatement
from onebill_verify.terms import SurrenderAnswerTerms, SurrenderTerms
from sqlalchemy import text

from foundation.kernel.equipment import EquipmentReference
from foundation.kernel.errors import Conflict, InvalidValue, LostRace, NotAllowed, NotFound
from ledger.client.courier import Beside, Errand
from ledger.client.organisations import choices_for_act
from tests.integration.ledger.conftest import refused
from tests.support.bill_cast import CHANNEL, Paper, now
from tests.support.waiting import until

pytestmark = [pytest.mark.engines, pytest.mark.asyncio(loop_scope="module")]


def a_container():
    """Answer a container number that no other bill of the running network lies on."""
    while True:
        number = f"OBLU{secrets.randbelow(10**7):07d}"
        with contextlib.suppress(InvalidValue):
            return str(EquipmentReference(number))


async def bill_of(world, paper, at="operator", caller=None):
    answer = await world.ledger(at, caller or at).GetBill(
        pb.GetBillRequest(transport_document_reference=paper.reference)
    )
    return answer.bill


async def test_a_bill_is_issued_and_every_organisation_reads_the_same(world):
    paper = await world.issued()

    seen = [await bill_of(world, paper, at) for at in world.services]

    assert {bill.record for bill in seen} == {seen[0].record}
    assert seen[0].state == ledger_pb2.BILL_STATE_ISSUED
    assert seen[0].possessor == world.cast.parties["seller"]
    assert [light.name for light in seen[0].gates.terminal_release if not light.is_met] == [
        "CUSTOMS_RELEASED",
        "MASTER_RELEASED",
        "TERMINAL_CHARGES_SECURED",
        "SURRENDER_ACCEPTED",
    ]


async def test_invariant_1_the_act_is_the_signers_whoever_carries_it(world):
    paper = await world.issued()
    transfer = paper.sign("TRANSFER", "seller", "first-bank")

    answer = await world.submit(transfer, at="carrier")

    assert answer.act.actor == world.cast.parties["seller"]
    assert answer.bill.possessor == world.cast.parties["first-bank"]


async def test_invariant_1_who_is_no_operator_issues_nothing(world):
    paper = Paper(world.cast)

    refusal = await refused(world.submit(paper.issue(actor="seller")))

    assert (type(refusal), refusal.reason) == (NotAllowed, "ROLE_MISSING")
    gone = await refused(bill_of(world, paper))
    assert gone.reason == "BILL_UNKNOWN"


async def test_invariant_10_acts_follow_one_another_without_gap(world):
    paper = await world.issued()
    for actor, recipient in (("seller", "first-bank"), ("first-bank", "buyer")):
        await world.submit(paper.took(paper.sign("TRANSFER", actor, recipient)))

    listed = await world.ledger("port", "port").ListActs(
        pb.ListActsRequest(transport_document_reference=paper.reference)
    )

    assert [act.sequence for act in listed.acts] == [1, 2, 3]
    chain = [SignedAct.parse(act.signed_act).act.previous_act_hash for act in listed.acts]
    assert chain == [None, *(act.act_hash for act in listed.acts[:-1])]
    times = [act.recorded_at.ToNanoseconds() for act in listed.acts]
    assert times == sorted(times)


async def test_invariant_10_an_act_over_another_head_is_refused(world):
    paper = await world.issued()
    wrong = paper.sign("TRANSFER", "seller", "buyer", previous_act_hash="0" * 64)
    ahead = paper.sign("TRANSFER", "seller", "buyer", sequence=7)

    refusals = [await refused(world.submit(act)) for act in (wrong, ahead)]

    assert [refusal.reason for refusal in refusals] == ["WRONG_PREVIOUS_HASH", "WRONG_SEQUENCE"]
    assert all(isinstance(refusal, LostRace) for refusal in refusals)
    assert (await bill_of(world, paper)).sequence == 1


async def test_invariant_23_of_two_transfers_on_one_head_exactly_one_is_recorded(world):
    paper = await world.issued()
    to_bank = paper.sign("TRANSFER", "seller", "first-bank")
    to_buyer = paper.sign("TRANSFER", "seller", "buyer")

    answers = await asyncio.gather(
        world.submit(to_bank, at="operator"),
        world.submit(to_buyer, at="partnerport"),
        return_exceptions=True,
    )

    recorded = [answer for answer in answers if not isinstance(answer, Exception)]
    assert len(recorded) == 1
    bill = await bill_of(world, paper)
    assert (bill.sequence, bill.head_act_hash) == (2, recorded[0].act.act_hash)


async def test_the_same_act_again_gets_the_first_answer_whatever_the_request_id(world):
    paper = await world.issued()
    transfer = paper.took(paper.sign("TRANSFER", "seller", "first-bank"))
    first = await world.submit(transfer)
    await world.submit(paper.took(paper.sign("TRANSFER", "first-bank", "buyer")))

    again = await world.submit(transfer)
    elsewhere = await world.submit(transfer, at="port")

    assert again == first
    assert elsewhere.act.transaction_id == first.act.transaction_id


async def test_one_request_id_is_one_request(world):
    paper, request_id = await world.issued(), str(uuid.uuid4())
    transfer = paper.took(paper.sign("TRANSFER", "seller", "first-bank"))
    first = await world.submit(transfer, request_id=request_id)

    again = await world.submit(transfer, request_id=request_id)
    other = paper.sign("TRANSFER", "first-bank", "buyer")
    refusal = await refused(world.submit(other, request_id=request_id))

    assert again == first
    assert (type(refusal), refusal.reason) == (Conflict, "REQUEST_ID_REUSED")


@pytest.mark.parametrize("at", ["port", "carrier", "partnerport"])
async def test_invariant_56_an_attestation_says_as_of_which_act_without_the_operator(world, at):
    paper = await world.issued()
    others = ["CarrierMSP", "PortMSP", "PartnerPortMSP"]

    answer = await world.ledger(at, at).Attest(
        pb.AttestRequest(
            transport_document_reference=paper.reference, nonce="a-1", organisations=others
        )
    )

    said = json.loads(answer.attestation)
    assert sorted(answer.organisations) == sorted(others)
    assert (said["sequence"], said["headActHash"], said["nonce"]) == (1, paper.head, "a-1")
    assert said["asOf"].endswith("Z")


async def test_invariant_56_evidence_ends_with_the_act_that_the_attestation_names(world):
    paper = await world.issued()
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", "buyer")))

    answer = await world.ledger("partnerport", "buyer").GetEvidence(
        pb.GetEvidenceRequest(transport_document_reference=paper.reference, nonce="n")
    )

    parties = world.cast.parties
    assert [act.sequence for act in answer.acts] == [1, 2]
    assert all(act.endorsed_transaction for act in answer.acts)
    assert [record.party for record in answer.parties] == sorted(
        parties[name] for name in ("operator", "seller", "haulier-chongqing")
    )
    assert all(record.endorsed_transactions for record in answer.parties)


async def test_invariant_58_whoever_is_no_party_is_told_that_there_is_no_such_bill(world):
    paper, nowhere = await world.issued(), Paper(world.cast)
    buyer = world.ledger("partnerport", "buyer")
    nobody = world.ledger("partnerport", "somebody-else")

    for reference in (paper.reference, nowhere.reference):
        for asker in (buyer, nobody):
            for call in (
                asker.GetBill(pb.GetBillRequest(transport_document_reference=reference)),
                asker.ListActs(pb.ListActsRequest(transport_document_reference=reference)),
                asker.Attest(pb.AttestRequest(transport_document_reference=reference, nonce="n")),
                asker.GetEvidence(
                    pb.GetEvidenceRequest(transport_document_reference=reference, nonce="n")
                ),
            ):
                refusal = await refused(call)
                assert (type(refusal), refusal.reason) == (NotFound, "BILL_UNKNOWN")
                assert refusal.message == (
                    f"There is no bill {reference} to which you are a party."
                )


async def test_invariant_58_details_travel_beside_the_act_and_never_on_the_channel(world):
    paper = await world.issued()
    transfer = paper.sign("TRANSFER", "seller", "buyer", details={"comment": "OMINOUS-MIRROR"})

    await world.submit(paper.took(transfer))

    evidence = await world.ledger("operator", "seller").GetEvidence(
        pb.GetEvidenceRequest(transport_document_reference=paper.reference, nonce="n")
    )
    assert "OMINOUS-MIRROR" in evidence.acts[1].details
    assert b"OMINOUS-MIRROR" not in evidence.acts[1].endorsed_transaction
    record = (await bill_of(world, paper)).record
    assert "OMINOUS-MIRROR" not in record
    assert "seller" not in record


async def test_invariant_58_a_member_that_is_no_party_sees_the_acts_and_not_what_is_beside(world):
    paper = await world.issued()
    secret = {"comment": "OMINOUS-MIRROR"}
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", "buyer", details=secret)))

    for member in ("carrier", "port", "partnerport"):
        door = world.ledger("operator", member)
        listed = await door.ListActs(
            pb.ListActsRequest(transport_document_reference=paper.reference)
        )
        evidence = await door.GetEvidence(
            pb.GetEvidenceRequest(transport_document_reference=paper.reference, nonce="n")
        )
        for acts in (listed.acts, evidence.acts):
            assert [act.action_code for act in acts] == ["ISSUE", "TRANSFER"]
            assert [(act.details, act.details_salt) for act in acts] == [("", "")] * 2


async def test_invariant_58_custody_statements_are_for_the_parties_to_the_bill(world):
    equipment = a_container()
    blinded = await world.ledger("operator", "operator").ComputeContainerKey(
        pb.ComputeContainerKeyRequest(equipment_reference=equipment)
    )
    paper = await world.issued(container_key=blinded.container_key)
    stated = CustodyStatement(
        channel=CHANNEL,
        transport_document_reference=paper.reference,
        party=world.cast.parties["terminal-singapore"],
        equipment_reference=equipment,
        seal_numbers=("OMINOUS1",),
        un_location_code="SGSIN",
        in_yard_since=now(),
        stated_at=now(),
    ).sign(world.cast.keys["terminal-singapore"])
    await world.ledger("operator", "partnerport").StateCustody(
        pb.StateCustodyRequest(statement=stated, request_id=str(uuid.uuid4()))
    )
    listing = pb.ListCustodyStatementsRequest(transport_document_reference=paper.reference)

    async def seen_by(asker):
        answer = await world.ledger("operator", asker).ListCustodyStatements(listing)
        return [statement.statement for statement in answer.custody_statements]

    assert await seen_by("seller") == [stated]
    assert await seen_by("operator") == [stated]
    assert await seen_by("carrier") == []


async def test_invariant_61_who_is_admitted_later_sees_the_whole_history(world):
    paper = await world.issued()
    await world.submit(paper.took(paper.sign("SIGN", "seller")))
    request = pb.ListActsRequest(transport_document_reference=paper.reference)

    async def acts_shown_to(organisation):
        return await world.ledger("operator", organisation).ListActs(request)

    assert (await refused(acts_shown_to("first-bank"))).reason == "BILL_UNKNOWN"
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", "first-bank")))

    shown = await acts_shown_to("first-bank")

    assert [act.action_code for act in shown.acts] == ["ISSUE", "SIGN", "TRANSFER"]
    assert [act.key_custody for act in shown.acts] == ["OWN"] * 3


async def test_a_former_possessor_keeps_sight_of_the_bill_and_may_do_nothing(world):
    paper = await world.issued()
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", "buyer")))

    bill = await bill_of(world, paper, "operator", "seller")

    assert bill.possessor == world.cast.parties["buyer"]
    allowed = {act.action_code: act.reason for act in bill.allowed_acts}
    assert allowed["TRANSFER"] == "NOT_POSSESSOR"
    roles = await world.ledger("operator", "operator", "gateway-rest").ListRoles(
        pb.ListRolesRequest(transport_document_reference=paper.reference, organisation="seller")
    )
    assert "SHIPPER" in roles.roles


async def test_only_what_was_signed_travels_beside_an_act(world):
    paper = await world.issued()
    transfer = paper.sign("TRANSFER", "seller", "buyer")

    refusal = await refused(world.submit(transfer, details='{"comment":"other"}'))

    assert (type(refusal), refusal.reason) == (InvalidValue, "DETAILS_HASH_WRONG")
    assert (await bill_of(world, paper)).sequence == 1


async def test_invariant_31_a_surrender_is_rejected_with_a_comment_or_not_at_all(world):
    paper = await world.issued(to="buyer")
    parties, reference = world.cast.parties, f"SR-{uuid.uuid4().hex[:12]}"
    surrender = paper.sign(
        "SURRENDER_FOR_DELIVERY",
        "buyer",
        "delivery-agent-singapore",
        SurrenderTerms(reference, parties["buyer"]),
    )
    await world.submit(paper.took(surrender), at="partnerport", caller="buyer")
    answer = SurrenderAnswerTerms(reference)
    silent = paper.sign("REJECT_SURRENDER", "delivery-agent-singapore", terms=answer)
    spoken = paper.sign(
        "REJECT_SURRENDER",
        "delivery-agent-singapore",
        terms=answer,
        details={"comment": "the receiver is not named"},
    )

    refusal = await refused(world.submit(silent))
    answered = await world.submit(paper.took(spoken))

    assert refusal.reason == "COMMENT_MISSING"
    assert answered.bill.state == ledger_pb2.BILL_STATE_ISSUED
    assert answered.bill.possessor == parties["buyer"]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"channel": "elsewhere"}, "WRONG_CHANNEL"),
        ({"at": now() - timedelta(days=2)}, "ACT_EXPIRED"),
    ],
)
async def test_an_act_for_another_channel_or_past_its_expiry_is_refused(world, other, reason):
    paper = await world.issued()

    refusal = await refused(world.submit(paper.sign("TRANSFER", "seller", "buyer", **other)))

    assert refusal.reason == reason
    assert (await bill_of(world, paper)).sequence == 1


async def test_an_act_signed_with_another_partys_key_is_refused(world):
    paper = await world.issued()
    own, others = world.cast.keys["seller"], world.cast.keys["buyer"]
    world.cast.keys["seller"] = others
    try:
        forged = paper.sign("TRANSFER", "seller", "buyer")
    finally:
        world.cast.keys["seller"] = own

    refusal = await refused(world.submit(forged))

    assert refusal.reason == "KEY_UNKNOWN"
    assert (await bill_of(world, paper)).sequence == 1


async def test_an_envelope_stored_before_a_restart_is_settled_after_it(world):
    paper = await world.issued()
    transfer = paper.took(paper.sign("TRANSFER", "seller", "first-bank"))
    service = world.services["operator"]
    errand = Errand(
        transfer.hash,
        "SubmitAct",
        (transfer.token,),
        Beside(paper.reference, transfer.details, transfer.details_salt),
    )
    prepared = await service.program.courier.endorse(
        errand, choices_for_act("OperatorMSP", "OperatorMSP")
    )
    await service.program.envelopes.keep(errand, prepared)  # and here the process died

    await service.program.resume_envelopes()

    answer = await world.submit(transfer)
    assert answer.act.transaction_id == prepared.transaction_id
    assert answer.bill.possessor == world.cast.parties["first-bank"]
    assert answer.act.details == transfer.details
    assert await service.program.envelopes.all_pending() == []


async def test_a_refused_act_leaves_no_row_and_no_fact(world):
    paper = await world.issued()
    service = world.services["operator"]

    async def rows():
        async with service.database.reading("operator") as transaction:
            return [
                (await transaction.connection.execute(text(f"SELECT count(*) FROM {table}"))).one()
                for table in ("details", "act_answers", "envelopes", "requests")
            ]

    before = await rows()
    await refused(world.submit(paper.sign("TRANSFER", "buyer", "seller")))

    assert await rows() == before
    assert (await bill_of(world, paper)).sequence == 1


async def test_what_the_ledger_recorded_comes_out_as_facts_in_order(world):
    paper = await world.issued()
    transfer = paper.took(paper.sign("TRANSFER", "seller", "buyer"))
    await world.submit(transfer, at="port")

    async def facts():
        async for answer in world.ledger("operator", "operator", "listener").WatchEvents(
            pb.WatchEventsRequest()
        ):
            for event in answer.events:
                if event.subject == paper.reference:
                    yield event

    seen = []
    async with asyncio.timeout(120):
        async for event in facts():
            seen.append(event)
            if len(seen) == 2:
                break
    said = [json.loads(event.payload) for event in seen]
    assert [event.type for event in seen] == ["onebill.ledger.act.v1"] * 2
    assert [(one["sequence"], one["actionCode"]) for one in said] == [
        (1, "ISSUE"),
        (2, "TRANSFER"),
    ]
    assert said[1]["actHash"] == transfer.hash
    assert said[1]["recipient"] == world.cast.parties["buyer"]
    assert said[1]["state"] == "ISSUED"


async def test_a_list_of_bills_has_those_of_the_asker_newest_first(world):
    older, other = await world.issued(to="buyer"), await world.issued()
    newer = await world.issued(to="buyer")
    mine = world.ledger("partnerport", "buyer")

    async def listed():
        answer = await mine.ListBills(pb.ListBillsRequest(page_size=200))
        return [bill.transport_document_reference for bill in answer.bills]

    async def both_are_there():
        return {older.reference, newer.reference} <= set(await listed())

    await until(both_are_there)
    found = await listed()
    assert found.index(newer.reference) < found.index(older.reference)
    assert other.reference not in found
    first = await mine.ListBills(pb.ListBillsRequest(page_size=1))
    second = await mine.ListBills(
        pb.ListBillsRequest(page_size=1, page_token=first.next_page_token)
    )
    assert [*first.bills, *second.bills] != [*first.bills, *first.bills]


async def test_the_database_shows_another_organisation_no_row(world):
    await world.issued()
    database = world.services["operator"].database
    tables = (
        "known_parties",
        "registrations",
        "registration_evidence",
        "channel_parties",
        "envelopes",
        "details",
        "act_answers",
        "bills",
        "bill_roles",
    )

    async def count(table, organisation):
        async with database.reading(organisation) as transaction:
            found = await transaction.connection.execute(text(f"SELECT count(*) FROM {table}"))
            return found.scalar_one()

    assert {table: await count(table, "somebody-else") for table in tables} == dict.fromkeys(
        tables, 0
    )
    assert all([await count(table, "operator") for table in tables])


async def test_registering_the_same_key_again_answers_the_same_party(world):
    first = world.cast.parties["customs-singapore"]

    again = await world.register("customs-singapore")

    assert again.party == first


async def test_the_operator_learns_at_once_who_is_behind_a_party_that_another_registered(world):
    party = world.cast.parties["buyer"]

    answer = await world.ledger("operator", "operator").RegisterParty(
        pb.RegisterPartyRequest(
            organisation="buyer",
            public_key=world.cast.jwk("buyer"),
            party=party,
            request_id=str(uuid.uuid4()),
        )
    )

    assert answer.party.party == party
    found = await world.ledger("operator", "operator", "worker").GetParty(
        pb.GetPartyRequest(organisation="buyer")
    )
    assert (found.party.party, found.party.vouching_organisation) == (party, "PartnerPortMSP")


async def test_nobody_is_noted_as_a_party_whose_key_it_does_not_have(world):
    refusal = await refused(
        world.ledger("operator", "operator").RegisterParty(
            pb.RegisterPartyRequest(
                organisation="seller",
                public_key=world.cast.jwk("seller"),
                party=world.cast.parties["buyer"],
                request_id=str(uuid.uuid4()),
            )
        )
    )

    assert refusal.reason == "KEY_OF_ANOTHER_PARTY"


async def test_only_who_vouches_registers_a_party(world):
    rules = (await world.ledger("partnerport", "buyer").GetRules(pb.GetRulesRequest())).rules
    refusal = await refused(
        world.ledger("partnerport", "buyer").RegisterParty(
            pb.RegisterPartyRequest(
                organisation="buyer",
                **world.cast.registration("buyer", rules, roles=("CUSTOMS",)),
                request_id=str(uuid.uuid4()),
            )
        )
    )

    assert (type(refusal), refusal.reason) == (NotAllowed, "NOT_VOUCHED_FOR")


async def test_a_container_key_is_the_same_at_every_member_and_for_members_only(world):
    request = pb.ComputeContainerKeyRequest(equipment_reference="NARU3472484")

    keys = {
        (await world.ledger(at, at).ComputeContainerKey(request)).container_key
        for at in world.services
    }
    refusal = await refused(world.ledger("partnerport", "buyer").ComputeContainerKey(request))

    assert len(keys) == 1
    assert refusal.reason == "CALLER_NOT_ADMITTED"
