"""A bill in another's place, on a real PostgreSQL: drafted, approved, judged, issued."""

import json

import pytest
from onebill.booking.v1 import booking_pb2
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import amendment_pb2, documents_pb2
from onebill.documents.v1 import documents_service_pb2 as pb
from onebill_verify.terms import read_terms

from foundation.runtime.identity import on_behalf_of
from services.documents.service import SERVICE
from tests.integration.documents.test_documents import Documents, reason_of, refusal_of
from tests.support.papers import (
    BOOKING,
    SELLER,
    SELLER_KEY,
    STRANGERS_KEY,
    approval,
    booking,
    certificate,
    custody,
    jwk,
    location,
    parties,
    party,
    party_id,
    request_id,
)

BUYER, BUYER_KEY = party_id("K"), STRANGERS_KEY
VOIDED_BY = "dd" * 32
ENDORSED = documents_pb2.Certificate(
    certificate_number="OBI-2026-1-E1", certificate_hash="ee" * 32
)
ELSEWHERE = amendment_pb2.WantedChange(place_of_delivery=location("SGSIN", "DEPOT"))
WAYBILL = amendment_pb2.WantedChange(
    bill_kind=booking_pb2.BILL_KIND_SEAWAYBILL,
    document_parties=[party(common_pb2.PARTY_FUNCTION_CONSIGNEE, "Jurong Drives", "buyer")],
)

WANTED_AGENT = amendment_pb2.WantedChange(
    document_parties=[
        party(common_pb2.PARTY_FUNCTION_DELIVERY_AGENT, "Other Agents", "other-agents")
    ]
)


class Amending(Documents):
    """The service with a bill in force, of which somebody wants another."""

    successor = ""

    async def reserve(self):
        answer = await self.worker.ReserveTransportDocument(
            pb.ReserveTransportDocumentRequest(replaces=self.bill, request_id=request_id())
        )
        self.successor = answer.transport_document_reference
        return self.successor

    async def order(self, wanted=ELSEWHERE, reason="COD", by=SELLER, who="seller", **changes):
        fields = {
            "replaces": self.bill,
            "reason_code": reason,
            "surrender_request_reference": "SR-1",
            "surrendered_by": by,
            "surrendering_organisation": who,
            "wanted": wanted,
            "booking": booking(),
            "certificate": ENDORSED,
            "taking_in_charge": [custody()],
            "parties": parties(),
            "request_id": request_id(),
        }
        answer = await self.worker.OrderAmendment(
            pb.OrderAmendmentRequest(**{**fields, **changes})
        )
        return answer.amendment

    async def say_yes(self, draft, who="seller", by=SELLER, key=SELLER_KEY, **changes):
        answer = await self.worker.ApproveDraft(
            pb.ApproveDraftRequest(
                transport_document_reference=draft.transport_document_reference,
                approval=approval(draft, key=key, shipper=by, **changes),
                public_key=jwk(key),
                party=by,
                request_id=request_id(),
            ),
            metadata=on_behalf_of(who),
        )
        return answer.transport_document

    async def judge(self, **changes):
        fields = {
            "transport_document_reference": self.successor,
            "certificate": ENDORSED,
            "void_act_hash": VOIDED_BY,
        }
        return await self.check_issue(**{**fields, **changes})

    async def see(self, organisation):
        answer = await self.gateway.GetAmendment(
            pb.GetAmendmentRequest(replaces=self.bill), metadata=on_behalf_of(organisation)
        )
        return answer.amendment

    async def issue_successor(self):
        await self.worker.RecordIssued(
            pb.RecordIssuedRequest(
                transport_document_reference=self.successor,
                act_hash="fa" * 32,
                request_id=request_id(),
            )
        )


@pytest.fixture
async def amending(running_service):
    told = await Amending(await running_service(SERVICE)).plan()
    await told.issued()
    await told.reserve()
    return told


async def test_invariant_37_a_new_bill_names_the_one_whose_place_it_takes(amending):
    ordered = await amending.order()
    await amending.say_yes(ordered.draft)

    judged = await amending.judge()

    terms = json.loads(judged.issue_terms)
    read_terms("ISSUE", terms)
    assert terms["replaces"] == [
        {"transportDocumentReference": amending.bill, "voidActHash": VOIDED_BY}
    ]
    assert terms["certificateHash"] == ENDORSED.certificate_hash
    document = json.loads(ordered.draft.content)
    assert document["transports"]["placeOfDelivery"]["UNLocationCode"] == "SGSIN"
    assert document["receivedForShipmentDate"] == "2026-01-14"


async def test_invariant_2_and_40_the_new_bill_has_a_reference_of_its_own_allotted_once(amending):
    assert amending.successor != amending.bill
    assert await amending.reserve() == amending.successor


async def test_nothing_ends_before_all_is_ready_for_the_bill_in_its_place(amending):
    ordered = await amending.order()

    early = await reason_of(amending.judge(void_act_hash=""))
    await amending.say_yes(ordered.draft)
    unpaid = await reason_of(amending.judge(void_act_hash="", is_freight_settled=False))
    ready = await amending.judge(void_act_hash="")

    assert (early, unpaid) == ("APPROVAL_MISSING", "FREIGHT_NOT_SETTLED")
    assert (ready.issue_terms, ready.judgement, ready.recipient) == ("", "", SELLER)


async def test_invariant_42_the_new_bill_goes_to_who_surrendered_and_both_approve_it(amending):
    ordered = await amending.order(by=BUYER, who="buyer")
    draft = ordered.draft
    assert draft.issue_to == BUYER
    assert sorted(ordered.approvals_missing) == sorted([SELLER, BUYER])

    by_shipper = await amending.say_yes(draft)
    assert by_shipper.state == documents_pb2.TRANSPORT_DOCUMENT_STATE_DRAFT
    assert await reason_of(amending.judge()) == "APPROVAL_MISSING"
    by_both = await amending.say_yes(draft, "buyer", BUYER, BUYER_KEY)

    assert by_both.state == documents_pb2.TRANSPORT_DOCUMENT_STATE_APPROVED
    assert (await amending.judge()).recipient == BUYER


async def test_nobody_approves_in_anothers_name(amending):
    draft = (await amending.order(by=BUYER, who="buyer")).draft

    forged = amending.worker.ApproveDraft(
        pb.ApproveDraftRequest(
            transport_document_reference=draft.transport_document_reference,
            approval=approval(draft, key=BUYER_KEY),
            public_key=jwk(BUYER_KEY),
            party=BUYER,
            request_id=request_id(),
        ),
        metadata=on_behalf_of("buyer"),
    )

    assert await reason_of(forged) == "APPROVAL_BY_ANOTHER"
    assert await reason_of(amending.say_yes(draft, "first-bank")) == "BILL_UNKNOWN"


async def test_invariant_40_a_switch_makes_a_sea_waybill_of_the_same_boxes(amending):
    both = parties()
    both.consignee = BUYER
    ordered = await amending.order(WAYBILL, "SWI", parties=both)
    await amending.say_yes(ordered.draft)

    terms = json.loads((await amending.judge()).issue_terms)

    assert (terms["transportDocumentTypeCode"], terms["isToOrder"]) == ("SWB", False)
    assert terms["consignee"] == BUYER
    assert "endorsee" not in terms


@pytest.mark.parametrize(
    ("wanted", "reason", "refused"),
    [
        (ELSEWHERE, "SWTP", "AMENDMENT_NOT_OFFERED"),
        (ELSEWHERE, "SWI", "AMENDMENT_BEYOND_REASON"),
        (amendment_pb2.WantedChange(), "COD", "AMENDMENT_WITHOUT_CHANGE"),
        (WAYBILL, "SWI", "DRAFT_INCOMPLETE"),
    ],
)
async def test_what_is_not_offered_is_refused_with_its_reason(amending, wanted, reason, refused):
    assert await reason_of(amending.order(wanted, reason)) == refused


async def test_the_same_order_gives_the_same_draft_and_another_the_next(amending):
    first = await amending.order()
    again = await amending.order()
    other = await amending.order(surrender_request_reference="SR-2", wanted=WANTED_AGENT)

    assert (again.draft.version, other.draft.version) == (first.draft.version, 2)
    assert other.surrender_request_reference == "SR-2"


async def test_invariant_43_once_issued_the_new_bill_is_the_bookings_and_the_old_is_history(
    amending,
):
    ordered = await amending.order()
    await amending.say_yes(ordered.draft)
    await amending.issue_successor()
    old, amending.bill = await amending.read("seller"), amending.successor
    new = await amending.read("seller")

    assert old.state == documents_pb2.TRANSPORT_DOCUMENT_STATE_VOIDED
    assert new.state == documents_pb2.TRANSPORT_DOCUMENT_STATE_ISSUED
    for bill in (old.transport_document_reference, new.transport_document_reference):
        found = await amending.worker.FindBooking(
            pb.FindBookingRequest(transport_document_reference=bill)
        )
        assert found.booking_reference == BOOKING
    # The box is not loaded yet: that, and nothing about the bill, speaks against the notation.
    assert await reason_of(amending.check_on_board([])) == "ON_BOARD_BEFORE_LOADING"


async def test_a_second_amendment_starts_from_what_the_first_one_made(amending):
    await amending.say_yes((await amending.order()).draft)
    await amending.issue_successor()
    amending.bill = amending.successor
    await amending.reserve()
    both = parties()
    both.consignee = BUYER
    ordered = await amending.order(
        WAYBILL, "SWI", parties=both, surrender_request_reference="SR-2"
    )
    await amending.say_yes(ordered.draft)

    await amending.judge()

    document = json.loads(ordered.draft.content)
    assert document["transports"]["placeOfDelivery"]["UNLocationCode"] == "SGSIN"


async def test_a_bill_whose_place_is_taken_gives_it_to_no_other(amending):
    await amending.say_yes((await amending.order()).draft)
    await amending.issue_successor()

    assert await reason_of(amending.order(WANTED_AGENT)) == "DOCUMENT_ISSUED"


async def test_a_draft_is_seen_by_shipper_surrendering_party_and_operator_alone(amending):
    await amending.order(by=BUYER, who="buyer")

    for who in ("seller", "buyer", "operator"):
        assert (await amending.see(who)).replaces == amending.bill
    assert await reason_of(amending.see("first-bank")) == "BILL_UNKNOWN"
    assert await amending.look("SELECT count(*) FROM amendments", "buyer") == 0


async def test_the_certificate_must_be_the_one_endorsed_to_the_new_bill(amending):
    await amending.say_yes((await amending.order()).draft)

    refused = await refusal_of(amending.judge(certificate=certificate()))

    assert "CERTIFICATE_DIFFERS" in refused.metadata["reasons"].split()
