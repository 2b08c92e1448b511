"""The documents service on a real PostgreSQL and over real mutual TLS."""

import hashlib
import json
from datetime import timedelta

import asyncpg
import grpc
import pytest
from onebill.booking.v1 import booking_pb2
from onebill.documents.v1 import documents_pb2
from onebill.documents.v1 import documents_service_pb2 as pb
from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceStub
from onebill_verify import salted_hash
from onebill_verify.canonical import parse_canonical
from onebill_verify.terms import read_terms

from foundation.runtime.identity import on_behalf_of
from foundation.runtime.refusals import refusal_from
from services.documents.service import SERVICE
from tests.support.papers import (
    BOOKING,
    BOX,
    CERTIFICATE_HASH,
    CONTAINER_KEY,
    HAULIER,
    HAULIER_KEY,
    LINE,
    LINE_KEY,
    LOADED_AT,
    SEAL,
    SELLER,
    SELLER_KEY,
    STRANGERS_KEY,
    TAKEN_AT,
    approval,
    booking,
    certificate,
    custody,
    equipment,
    jwk,
    parties,
    receipt,
    request_id,
    stamp,
)

TABLES = ("consignments", "versions", "leg_documents", "equipment", "receipts")


class Documents:
    """The service, asked by its real callers, with the story told as far as a test wants."""

    def __init__(self, running):
        self.running = running
        self.worker = DocumentsServiceStub(running.channel("operator", "worker"))
        self.gateway = DocumentsServiceStub(running.channel("operator", "gateway-rest"))
        self.listener = DocumentsServiceStub(running.channel("operator", "listener"))
        self.bill = ""

    async def plan(self):
        await self.worker.PlanLegDocuments(
            pb.PlanLegDocumentsRequest(booking=booking(), request_id=request_id())
        )
        reserved = await self.worker.ReserveTransportDocument(
            pb.ReserveTransportDocumentRequest(booking_reference=BOOKING, request_id=request_id())
        )
        self.bill = reserved.transport_document_reference
        return self

    async def put(self, container=None, organisation="seller"):
        return await self.worker.PutEquipment(
            pb.PutEquipmentRequest(equipment=container or equipment(), request_id=request_id()),
            metadata=on_behalf_of(organisation),
        )

    async def issue_leg(self, organisation="haulier-chongqing", **changes):
        fields = {
            "booking_reference": BOOKING,
            "leg_sequence": 1,
            "number": "RN-77",
            "equipment_reference": BOX,
            "seal_numbers": [SEAL],
            "consignee_organisation": "operator",
            "carrier_organisation": organisation,
            "issued_at": stamp(TAKEN_AT),
            "request_id": request_id(),
        }
        answer = await self.worker.IssueLegDocument(
            pb.IssueLegDocumentRequest(**{**fields, **changes}),
            metadata=on_behalf_of(organisation),
        )
        return answer.leg_document

    async def hand_in(
        self,
        said,
        *,
        key=HAULIER_KEY,
        party=HAULIER,
        organisation="haulier-chongqing",
        taken_at=TAKEN_AT,
    ):
        answer = await self.worker.RecordReceipt(
            pb.RecordReceiptRequest(
                receipt=said,
                public_key=jwk(key),
                party=party,
                transport_document_reference=self.bill,
                container_key=CONTAINER_KEY,
                taking_in_charge=[custody(at=taken_at)] if taken_at else [],
                loaded=[custody(3, LOADED_AT, "CNQZH")],
                request_id=request_id(),
            ),
            metadata=on_behalf_of(organisation),
        )
        return answer.receipt

    async def draft(self, said=None, *, is_final=True):
        answer = await self.worker.CreateDraft(
            pb.CreateDraftRequest(
                booking=said or booking(),
                certificate=certificate() if is_final else None,
                taking_in_charge=[custody()] if is_final else [],
                parties=parties(),
                request_id=request_id(),
            )
        )
        return answer.transport_document

    async def approve(self, document, organisation="seller", **changes):
        answer = await self.worker.ApproveDraft(
            pb.ApproveDraftRequest(
                transport_document_reference=document.transport_document_reference,
                approval=approval(document, **changes),
                public_key=jwk(SELLER_KEY),
                request_id=request_id(),
            ),
            metadata=on_behalf_of(organisation),
        )
        return answer.transport_document

    async def check_issue(self, **changes):
        fields = {
            "transport_document_reference": self.bill,
            "booking": booking(),
            "certificate": certificate(),
            "taking_in_charge": [custody()],
            "is_freight_settled": True,
            "is_screening_clear": True,
            "request_id": request_id(),
        }
        return await self.worker.CheckIssue(pb.CheckIssueRequest(**{**fields, **changes}))

    async def ready(self):
        """Everything up to the moment before issue."""
        await self.put()
        await self.hand_in(receipt(self.bill))
        return await self.approve(await self.draft())

    async def issued(self):
        await self.ready()
        answer = await self.worker.RecordIssued(
            pb.RecordIssuedRequest(
                transport_document_reference=self.bill,
                act_hash="ef" * 32,
                request_id=request_id(),
            )
        )
        return answer.transport_document

    async def check_on_board(self, loaded=None):
        return await self.worker.CheckOnBoard(
            pb.CheckOnBoardRequest(
                transport_document_reference=self.bill,
                leg_sequence=3,
                loaded=[custody(3, LOADED_AT, "CNQZH")] if loaded is None else loaded,
                request_id=request_id(),
            )
        )

    async def read(self, organisation, roles=()):
        answer = await self.gateway.GetTransportDocument(
            pb.GetTransportDocumentRequest(transport_document_reference=self.bill, roles=roles),
            metadata=on_behalf_of(organisation),
        )
        return answer.transport_document

    async def print_copy(self, organisation, roles=(), link="https://bills.example/proof"):
        answer = await self.gateway.PrintTransportDocumentCopy(
            pb.PrintTransportDocumentCopyRequest(
                transport_document_reference=self.bill, roles=roles, proof_link=link
            ),
            metadata=on_behalf_of(organisation),
        )
        return answer.content

    async def look(self, statement, organisation="operator", *, as_superuser=False):
        url = self.running.database_settings.database_url
        if as_superuser:
            url = url.replace("://documents@", "://postgres@")
        settings = {"search_path": "documents"}
        if organisation is not None:
            settings["onebill.organisation"] = organisation
        connection = await asyncpg.connect(url, server_settings=settings)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


@pytest.fixture
async def documents(running_service):
    return await Documents(await running_service(SERVICE)).plan()


async def refusal_of(call):
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    refusal = refusal_from(error.value)
    assert refusal is not None, error.value
    return refusal


async def reason_of(call):
    return (await refusal_of(call)).reason


async def test_the_story_from_plan_to_on_board(documents):
    first = await documents.draft(is_final=False)
    assert list(first.missing) == ["EQUIPMENT", "TAKING_IN_CHARGE", "CERTIFICATE"]
    await documents.put()
    await documents.issue_leg()
    await documents.hand_in(receipt(documents.bill))
    final = await documents.draft()
    assert (final.version, list(final.missing)) == (2, [])
    await documents.approve(final)

    judged = await documents.check_issue()

    terms = json.loads(judged.issue_terms)
    read_terms("ISSUE", terms)
    assert judged.recipient == SELLER
    assert terms["takingInChargeDate"] == "2026-01-14"
    assert terms["documentHash"] == final.document_hash
    assert terms["certificateHash"] == CERTIFICATE_HASH
    assert terms["isClean"] is True
    await documents.worker.RecordIssued(
        pb.RecordIssuedRequest(
            transport_document_reference=documents.bill,
            act_hash="ef" * 32,
            request_id=request_id(),
        )
    )
    await documents.hand_in(
        receipt(documents.bill, leg_sequence=3, carrier=LINE, key=LINE_KEY, at=LOADED_AT),
        key=LINE_KEY,
        party=LINE,
        organisation="line-beibu",
    )
    noted = await documents.check_on_board()
    assert json.loads(noted.terms)["legSequence"] == 3
    assert json.loads(noted.details)["onBoard"][0]["vesselName"] == "Beibu Star"


async def test_invariant_3_the_hash_is_of_the_salted_canonical_document(documents):
    document = await documents.ready()

    assert document.document_hash == salted_hash(
        document.salt, parse_canonical(document.content.encode())
    )


async def test_invariant_3_issue_needs_the_shippers_approval(documents):
    await documents.put()
    await documents.hand_in(receipt(documents.bill))
    await documents.draft()

    assert await reason_of(documents.check_issue()) == "APPROVAL_MISSING"


async def test_invariant_3_an_approval_of_another_hash_is_refused(documents):
    await documents.put()
    document = await documents.draft()

    call = documents.approve(document, document_hash="00" * 32)

    assert await reason_of(call) == "APPROVAL_OF_ANOTHER_DOCUMENT"


@pytest.mark.parametrize(
    "to",
    [
        {"issue_to": "P" + "Z" * 26},
        {"endorsee": "P" + "Z" * 26},
        {"consignee": "P" + "Z" * 26},
    ],
)
async def test_invariant_3_an_approval_to_another_holder_is_refused(documents, to):
    await documents.put()
    document = await documents.draft()

    assert await reason_of(documents.approve(document, **to)) == "APPROVAL_TO_ANOTHER"


async def test_invariant_3_an_approval_for_another_channel_is_refused(documents):
    await documents.put()

    assert (
        await reason_of(documents.approve(await documents.draft(), channel="other"))
        == "WRONG_CHANNEL"
    )


async def test_invariant_3_an_approval_with_a_strangers_key_is_refused(documents):
    await documents.put()
    document = await documents.draft()

    call = documents.worker.ApproveDraft(
        pb.ApproveDraftRequest(
            transport_document_reference=documents.bill,
            approval=approval(document),
            public_key=jwk(STRANGERS_KEY),
            request_id=request_id(),
        ),
        metadata=on_behalf_of("seller"),
    )

    assert await reason_of(call) == "APPROVAL_INVALID"


async def test_invariant_3_a_stranger_cannot_approve_a_draft(documents):
    await documents.put()

    assert (
        await reason_of(documents.approve(await documents.draft(), organisation="buyer"))
        == "BILL_UNKNOWN"
    )


async def test_invariant_3_an_incomplete_draft_is_not_approved(documents):
    document = await documents.draft(is_final=False)

    assert await reason_of(documents.approve(document)) == "DRAFT_INCOMPLETE"


async def test_invariant_8_a_bill_before_custody_is_refused(documents):
    await documents.put()
    await documents.draft()

    refusal = await refusal_of(documents.check_issue(taking_in_charge=[]))

    assert refusal.reason == "BILL_BEFORE_CUSTODY"
    assert {"RECEIPT_MISSING", "APPROVAL_MISSING"} <= set(refusal.metadata["reasons"].split())


async def test_invariant_8_an_antedated_bill_is_refused(documents):
    await documents.put()
    # The carrier told the day after, and corrected its event once the receipt was in.
    later = TAKEN_AT + timedelta(days=1)
    await documents.hand_in(receipt(documents.bill, at=later), taken_at=later)
    await documents.approve(await documents.draft())

    refusal = await refusal_of(documents.check_issue())

    assert refusal.metadata["reasons"].split() == ["RECEIPT_DIFFERS_FROM_EVENT", "BILL_ANTEDATED"]


async def test_invariant_8_every_reason_against_issue_is_told_at_once(documents):
    await documents.ready()

    refusal = await refusal_of(
        documents.check_issue(
            booking=booking(state=booking_pb2.BOOKING_STATE_RECEIVED),
            is_freight_settled=False,
            is_screening_clear=False,
        )
    )

    assert refusal.metadata["reasons"].split() == [
        "BOOKING_NOT_CONFIRMED",
        "SCREENING_HIT_OPEN",
        "FREIGHT_NOT_SETTLED",
    ]


async def test_invariant_8_a_bill_that_the_facts_have_left_behind_is_refused(documents):
    await documents.ready()
    changed = booking()
    changed.request.commodities[0].number_of_packages = 19

    refusal = await refusal_of(documents.check_issue(booking=changed))

    assert refusal.reason == "DRAFT_OUTDATED"
    assert "consignmentItems" in refusal.message


async def test_invariant_9_an_issued_document_never_changes_again(documents):
    await documents.issued()
    changed = booking()
    changed.request.commodities[0].number_of_packages = 19
    clause = documents.worker.AddClause(
        pb.AddClauseRequest(
            transport_document_reference=documents.bill,
            clause="Two pallets wet",
            request_id=request_id(),
        )
    )

    assert await reason_of(documents.draft(changed)) == "DOCUMENT_ISSUED"
    assert await reason_of(clause) == "DOCUMENT_ISSUED"
    assert (
        await reason_of(
            documents.worker.VoidDraft(
                pb.VoidDraftRequest(
                    booking_reference=BOOKING, reason="late", request_id=request_id()
                )
            )
        )
        == "NOT_AFTER_ISSUE"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await documents.look("UPDATE versions SET content = '{}'")


async def test_invariant_11_an_attachment_is_bound_by_hash_and_size(documents):
    content = b"packing list"
    fields = {
        "booking_reference": BOOKING,
        "name": "packing-list.pdf",
        "media_type": "application/pdf",
        "content": content,
        "document_checksum": hashlib.sha256(content).hexdigest(),
    }

    async def add(**changes):
        return await documents.gateway.AddAttachment(
            pb.AddAttachmentRequest(**{**fields, **changes}, request_id=request_id()),
            metadata=on_behalf_of("seller"),
        )

    added = await add()
    again = await add()
    document = await documents.ready()

    assert added == again
    assert json.loads(document.content)["attachments"] == [
        {
            "name": "packing-list.pdf",
            "mediaType": "application/pdf",
            "size": len(content),
            "documentChecksum": fields["document_checksum"],
        }
    ]
    assert await reason_of(add(content=b"another")) == "ATTACHMENT_HASH_DIFFERS"
    other = hashlib.sha256(b"another").hexdigest()
    assert (
        await reason_of(add(content=b"another", document_checksum=other))
        == "ATTACHMENT_NAME_TAKEN"
    )
    await add(name="late.pdf", content=b"another", document_checksum=other)
    assert (await documents.check_issue()).recipient == SELLER


async def test_a_role_on_one_bill_opens_the_files_of_that_bill_alone(documents):
    content = b"packing list"
    added = await documents.gateway.AddAttachment(
        pb.AddAttachmentRequest(
            booking_reference=BOOKING,
            name="packing-list.pdf",
            media_type="application/pdf",
            content=content,
            document_checksum=hashlib.sha256(content).hexdigest(),
            request_id=request_id(),
        ),
        metadata=on_behalf_of("seller"),
    )

    async def fetch(organisation, bill="", *roles):
        answer = await documents.gateway.GetAttachment(
            pb.GetAttachmentRequest(
                attachment_reference=added.attachment.attachment_reference,
                roles=roles,
                transport_document_reference=bill,
            ),
            metadata=on_behalf_of(organisation),
        )
        return answer.content

    assert await fetch("seller") == content
    assert await fetch("issuing-bank", documents.bill, "POSSESSOR") == content
    for bill in ("", "OBAAAAAAAAAAAAAAAA"):
        assert await reason_of(fetch("stranger", bill, "POSSESSOR")) == "ATTACHMENT_UNKNOWN"
    assert await reason_of(fetch("stranger", documents.bill)) == "ATTACHMENT_UNKNOWN"


async def test_invariant_49_issue_needs_the_certificate_that_the_bill_names(documents):
    await documents.ready()
    other = documents_pb2.Certificate(
        certificate_number="OBI-2026-2", certificate_hash=CERTIFICATE_HASH
    )

    missing = await refusal_of(documents.check_issue(certificate=None))
    different = await refusal_of(documents.check_issue(certificate=other))

    assert "CERTIFICATE_MISSING" in missing.metadata["reasons"].split()
    assert "CERTIFICATE_DIFFERS" in different.metadata["reasons"].split()


async def test_invariant_63_no_on_board_date_before_loading(documents):
    await documents.issued()

    refusal = await refusal_of(documents.check_on_board(loaded=[]))

    assert refusal.metadata["reasons"].split() == ["ON_BOARD_BEFORE_LOADING", "RECEIPT_MISSING"]


async def test_invariant_63_nothing_is_noted_on_a_bill_that_is_not_issued(documents):
    await documents.ready()

    assert await reason_of(documents.check_on_board()) == "BILL_NOT_ISSUED"


async def test_invariant_64_a_leg_document_that_names_the_buyer_is_refused(documents):
    await documents.put()

    assert (
        await reason_of(documents.issue_leg(consignee_organisation="buyer"))
        == "LEG_CONSIGNEE_NOT_OPERATOR"
    )


async def test_invariant_64_a_plan_that_names_the_buyer_is_refused(documents):
    said = booking()
    said.legs[3].consignee_organisation = "buyer"

    call = documents.worker.PlanLegDocuments(
        pb.PlanLegDocumentsRequest(booking=said, request_id=request_id())
    )

    assert await reason_of(call) == "LEG_CONSIGNEE_NOT_OPERATOR"


async def test_invariant_43_a_leg_document_is_never_negotiable(documents):
    await documents.put()

    assert await reason_of(documents.issue_leg(is_negotiable=True)) == "LEG_DOCUMENT_NEGOTIABLE"


async def test_a_leg_document_is_issued_by_its_own_carrier(documents):
    await documents.put()

    assert await reason_of(documents.issue_leg("rail-chongqing")) == "LEG_OF_ANOTHER_CARRIER"


async def test_a_leg_document_issued_twice_the_same_is_one_and_differently_is_refused(documents):
    await documents.put()

    first = await documents.issue_leg()
    again = await documents.issue_leg()

    assert first == again
    assert await reason_of(documents.issue_leg(number="RN-78")) == "LEG_DOCUMENT_ISSUED"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"transport_document_reference": "OB" + "A" * 16}, "RECEIPT_OF_ANOTHER_BILL"),
        ({"box": "CSQU3054383"}, "RECEIPT_OF_ANOTHER_CONTAINER"),
        ({"container_key": "ff" * 32}, "RECEIPT_OF_ANOTHER_CONTAINER"),
        ({"seal": "XX999"}, "RECEIPT_SEAL_DIFFERS"),
        ({"channel": "other"}, "WRONG_CHANNEL"),
        ({"carrier": LINE}, "RECEIPT_BY_ANOTHER"),
        ({"at": TAKEN_AT.replace(year=2999)}, "RECEIPT_FROM_THE_FUTURE"),
        ({"receipt_type": "LOADED_ON_BOARD"}, "RECEIPT_NOT_AT_SEA"),
        ({"key": STRANGERS_KEY}, "RECEIPT_INVALID"),
        ({"seal_hash": "00" * 32}, "RECEIPT_NOT_OPENED"),
    ],
)
async def test_a_receipt_that_says_something_else_is_refused(documents, changes, reason):
    await documents.put()

    assert await reason_of(documents.hand_in(receipt(documents.bill, **changes))) == reason


async def test_a_receipt_is_given_once(documents):
    await documents.put()
    first = await documents.hand_in(receipt(documents.bill))
    again = await documents.hand_in(receipt(documents.bill))

    later = TAKEN_AT + timedelta(seconds=1)
    other = documents.hand_in(receipt(documents.bill, at=later), taken_at=later)

    assert first == again
    assert await reason_of(other) == "RECEIPT_GIVEN"


async def test_a_receipt_before_its_event_or_of_another_moment_is_refused(documents):
    await documents.put()
    early = documents.hand_in(receipt(documents.bill), taken_at=None)
    other = documents.hand_in(receipt(documents.bill, at=TAKEN_AT - timedelta(days=1)))

    assert await reason_of(early) == "RECEIPT_BEFORE_EVENT"
    assert await reason_of(other) == "RECEIPT_DIFFERS_FROM_EVENT"


async def test_a_carrier_of_another_leg_gives_no_receipt(documents):
    await documents.put()

    call = documents.hand_in(receipt(documents.bill), organisation="rail-chongqing")

    assert await reason_of(call) == "LEG_OF_ANOTHER_CARRIER"


async def test_the_same_facts_give_the_same_version_and_others_the_next(documents):
    await documents.put()

    first = await documents.draft()
    again = await documents.draft()
    changed = booking()
    changed.request.commodities[0].number_of_packages = 19
    second = await documents.draft(changed)

    assert again == first
    assert second.version == first.version + 1


async def test_a_clause_makes_a_new_version_that_needs_its_own_approval(documents):
    await documents.ready()

    added = await documents.worker.AddClause(
        pb.AddClauseRequest(
            transport_document_reference=documents.bill,
            clause="Two pallets wet",
            request_id=request_id(),
        )
    )
    assert await reason_of(documents.check_issue()) == "APPROVAL_MISSING"
    await documents.approve(added.transport_document)

    terms = json.loads((await documents.check_issue()).issue_terms)
    assert terms["isClean"] is False


async def test_seals_stay_as_they_are_once_a_carrier_has_given_a_receipt(documents):
    await documents.put()
    await documents.hand_in(receipt(documents.bill))

    call = documents.put(equipment(seal="CN999"))

    assert await reason_of(call) == "EQUIPMENT_TAKEN_IN_CHARGE"


async def test_a_container_number_with_a_wrong_check_digit_is_refused(documents):
    assert (
        await reason_of(documents.put(equipment("NARU3472485")))
        == "EQUIPMENT_REFERENCE_CHECK_DIGIT"
    )


async def test_one_container_more_than_booked_is_refused(documents):
    await documents.put()

    assert await reason_of(documents.put(equipment("CSQU3054383"))) == "EQUIPMENT_TOO_MANY"


async def test_a_stranger_declares_no_container(documents):
    assert await reason_of(documents.put(organisation="buyer")) == "BOOKING_UNKNOWN"


async def test_a_void_that_comes_first_refuses_the_late_draft(running_service):
    documents = Documents(await running_service(SERVICE))

    await documents.worker.VoidDraft(
        pb.VoidDraftRequest(booking_reference=BOOKING, reason="declined", request_id=request_id())
    )

    assert await reason_of(documents.draft()) == "DOCUMENT_VOIDED"
    assert await reason_of(documents.plan()) == "DOCUMENT_VOIDED"


async def test_a_void_gives_up_draft_and_planned_leg_documents(documents):
    await documents.draft(is_final=False)

    voided = await documents.worker.VoidDraft(
        pb.VoidDraftRequest(booking_reference=BOOKING, reason="declined", request_id=request_id())
    )

    legs = await documents.gateway.ListLegDocuments(
        pb.ListLegDocumentsRequest(booking_reference=BOOKING)
    )
    assert voided.transport_document.state == documents_pb2.TRANSPORT_DOCUMENT_STATE_VOIDED
    assert {leg.state for leg in legs.leg_documents} == {
        documents_pb2.LEG_DOCUMENT_STATE_CANCELLED
    }


async def test_a_reserved_bill_can_be_read_before_its_first_draft(documents):
    document = await documents.read("operator")

    assert document.transport_document_reference == documents.bill
    assert document.version == 0


async def test_invariant_58_a_bill_is_read_by_its_shipper_and_by_role_and_by_nobody_else(
    documents,
):
    await documents.issued()

    for organisation, roles in (
        ("seller", ()),
        ("operator", ()),
        ("buyer", ("POSSESSOR",)),
        ("issuing-bank", ("FORMER_POSSESSOR",)),
    ):
        assert (await documents.read(organisation, roles)).salt
    for organisation, roles in (
        ("buyer", ()),
        ("terminal-singapore", ("TERMINAL",)),
        ("customs-singapore", ("CUSTOMS",)),
        ("haulier-chongqing", ()),
    ):
        assert await reason_of(documents.read(organisation, roles)) == "BILL_UNKNOWN"


async def test_a_copy_is_printed_for_whom_the_document_is_open_and_for_nobody_else(documents):
    await documents.issued()

    for organisation, roles in (("seller", ()), ("buyer", ("POSSESSOR",))):
        assert (await documents.print_copy(organisation, roles)).startswith(b"%PDF-")
    for organisation, roles in (("buyer", ()), ("terminal-singapore", ("TERMINAL",))):
        assert await reason_of(documents.print_copy(organisation, roles)) == "BILL_UNKNOWN"


@pytest.mark.parametrize(
    "link", ["", "http://bills.example", "https://提单.example", "https://b.example/" + "a" * 300]
)
async def test_a_copy_leads_to_an_https_address_or_is_not_printed(documents, link):
    await documents.issued()

    assert await reason_of(documents.print_copy("seller", link=link)) == "PROOF_LINK_MALFORMED"


async def test_a_draft_is_not_copied(documents):
    await documents.draft(is_final=False)

    assert await reason_of(documents.print_copy("seller")) == "BILL_NOT_ISSUED"


async def test_a_carrier_sees_its_own_leg_document_and_the_shipper_all(documents):
    async def legs(organisation):
        answer = await documents.gateway.ListLegDocuments(
            pb.ListLegDocumentsRequest(booking_reference=BOOKING),
            metadata=on_behalf_of(organisation),
        )
        return [leg.leg_sequence for leg in answer.leg_documents]

    assert await legs("seller") == [1, 2, 3, 4]
    assert await legs("rail-chongqing") == [2]
    assert await legs("buyer") == []


async def test_the_booking_of_a_bill_is_the_operators_to_find(documents):
    request = pb.FindBookingRequest(transport_document_reference=documents.bill)

    found = await documents.listener.FindBooking(request)
    call = documents.gateway.FindBooking(request, metadata=on_behalf_of("seller"))

    assert found.booking_reference == BOOKING
    assert await reason_of(call) == "CALLER_NOT_ADMITTED"


async def test_another_organisation_reads_no_row_and_reads_all_once_row_security_is_off(documents):
    await documents.issued()

    for table in (*TABLES, "judgements"):
        count = f"SELECT count(*) FROM {table}"
        for nobody in ("buyer", None):
            assert await documents.look(count, nobody) == 0, table
    for table in TABLES:
        assert await documents.look(f"SELECT count(*) FROM {table}", "seller") > 0, table
    for table in TABLES:
        await documents.look(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", as_superuser=True)
        assert await documents.look(f"SELECT count(*) FROM {table}", "buyer") > 0, table


async def test_a_refusal_leaves_every_table_as_it_was(documents):
    await documents.put()
    await documents.draft()
    counts = {
        table: await documents.look(f"SELECT count(*) FROM {table}")
        for table in (*TABLES, "judgements", "outbox")
    }

    await reason_of(documents.check_issue(taking_in_charge=[]))
    await reason_of(documents.issue_leg(consignee_organisation="buyer"))

    for table, count in counts.items():
        assert await documents.look(f"SELECT count(*) FROM {table}") == count, table


async def test_a_repeated_request_gets_the_first_answer(documents):
    await documents.ready()
    same = request_id()

    first = await documents.check_issue(request_id=same)
    again = await documents.check_issue(request_id=same)

    assert first == again
    assert await documents.look("SELECT count(*) FROM judgements") == 1
