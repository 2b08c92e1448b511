"""The documents service's door. No rule lives here."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any, Final

import grpc
from onebill.documents.v1 import documents_service_pb2 as pb
from onebill.documents.v1 import documents_service_pb2_grpc as pb_grpc

from foundation.kernel.clock import Clock
from foundation.kernel.errors import InvalidValue, NotFound, WrongState
from foundation.kernel.references import Randomness, make_transport_document_reference
from foundation.runtime.database import Database, Transaction
from foundation.runtime.identity import OPERATOR, current_caller
from foundation.runtime.outbox import Outbox
from foundation.runtime.requests import reads, writes
from foundation.runtime.statements import Stater, judged_act
from services.documents.adapters import reading, writing
from services.documents.adapters.copies import LINK_MAX, Copied, print_copy
from services.documents.adapters.papers import DatabasePapers, VisiblePapers
from services.documents.application import amendments, drafts, judgements, papers
from services.documents.application.amendments import Order
from services.documents.application.drafts import Office, bill_unknown, booking_unknown
from services.documents.application.judgements import Handed, Judged
from services.documents.domain.access import may_see_document
from services.documents.domain.bill import DocumentState

# Names a judgement by its request, so that a repeat names the same one.
_JUDGEMENTS: Final = uuid.UUID("6f5c9d52-6d0f-5b0e-9a53-0f6e3f1f6f0d")


class DocumentsServicer(pb_grpc.DocumentsServiceServicer):
    """Answers onebill.documents.v1."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        clock: Clock,
        office: Office,
        randomness: Randomness,
        stater: Stater,
    ) -> None:
        self.database = database
        self._outbox = outbox
        self._clock = clock
        self._office = office
        self._randomness = randomness
        self._stater = stater

    @writes(pb.ReserveTransportDocumentResponse)
    async def ReserveTransportDocument(  # noqa: N802 - the name is the protocol's
        self, request: pb.ReserveTransportDocumentRequest, transaction: Transaction
    ) -> pb.ReserveTransportDocumentResponse:
        """Allot the bill's reference, or that of one in its place."""
        if request.replaces:
            allotted = await amendments.reserve(
                DatabasePapers(transaction), request.replaces, self._make_reference
            )
            return pb.ReserveTransportDocumentResponse(
                transport_document_reference=allotted.reference
            )
        consignment = await drafts.reserve(
            DatabasePapers(transaction),
            request.booking_reference,
            request.shipper_organisation,
            self._make_reference,
        )
        return pb.ReserveTransportDocumentResponse(
            transport_document_reference=consignment.reference
        )

    @writes(pb.CreateDraftResponse)
    async def CreateDraft(  # noqa: N802 - the name is the protocol's
        self, request: pb.CreateDraftRequest, transaction: Transaction
    ) -> pb.CreateDraftResponse:
        """Make the next draft."""
        version = await drafts.create_draft(
            DatabasePapers(transaction),
            self._office,
            reading.read_booking(request.booking),
            reading.read_parties(request.parties),
            reading.read_certificate(request.certificate),
            tuple(reading.read_custody(one) for one in request.taking_in_charge),
            self._make_reference,
            self._clock(),
        )
        return pb.CreateDraftResponse(transport_document=writing.write_version(version))

    @writes(pb.AddClauseResponse)
    async def AddClause(  # noqa: N802 - the name is the protocol's
        self, request: pb.AddClauseRequest, transaction: Transaction
    ) -> pb.AddClauseResponse:
        """Add a clause to the draft."""
        version = await drafts.add_clause(
            DatabasePapers(transaction),
            self._office,
            request.transport_document_reference,
            request.clause,
            self._clock(),
        )
        return pb.AddClauseResponse(transport_document=writing.write_version(version))

    @writes(pb.ApproveDraftResponse)
    async def ApproveDraft(  # noqa: N802 - the name is the protocol's
        self, request: pb.ApproveDraftRequest, transaction: Transaction
    ) -> pb.ApproveDraftResponse:
        """Record the shipper's approval."""
        version = await drafts.approve_draft(
            DatabasePapers(transaction),
            self._office,
            request.transport_document_reference,
            request.approval,
            request.public_key,
            self._clock(),
            request.party,
        )
        return pb.ApproveDraftResponse(transport_document=writing.write_version(version))

    @writes(pb.CheckIssueResponse)
    async def CheckIssue(  # noqa: N802 - the name is the protocol's
        self, request: pb.CheckIssueRequest, transaction: Transaction
    ) -> pb.CheckIssueResponse:
        """Judge whether the bill may be issued."""
        judged = await judgements.check_issue(
            DatabasePapers(transaction),
            self._office,
            request.transport_document_reference,
            Handed(
                booking=reading.read_booking(request.booking),
                certificate=reading.read_certificate(request.certificate),
                custody=tuple(reading.read_custody(one) for one in request.taking_in_charge),
                is_freight_settled=request.is_freight_settled,
                is_screening_clear=request.is_screening_clear,
            ),
            str(uuid.uuid5(_JUDGEMENTS, request.request_id)),
            self._clock(),
            request.void_act_hash,
        )
        if not judged.terms:
            return pb.CheckIssueResponse(recipient=judged.recipient)
        return pb.CheckIssueResponse(
            judgement_reference=judged.judgement,
            issue_terms=judged.terms,
            recipient=judged.recipient,
            details=judged.details,
            judgement=self._state(request.transport_document_reference, "ISSUE", judged),
        )

    @writes(pb.CheckOnBoardResponse)
    async def CheckOnBoard(  # noqa: N802 - the name is the protocol's
        self, request: pb.CheckOnBoardRequest, transaction: Transaction
    ) -> pb.CheckOnBoardResponse:
        """Judge whether vessel and date may be noted."""
        judged = await judgements.check_on_board(
            DatabasePapers(transaction),
            self._office,
            request.transport_document_reference,
            request.leg_sequence,
            tuple(reading.read_custody(one) for one in request.loaded),
        )
        return pb.CheckOnBoardResponse(
            terms=judged.terms,
            details=judged.details,
            judgement=self._state(request.transport_document_reference, "NOTE_ON_BOARD", judged),
        )

    @writes(pb.RecordIssuedResponse)
    async def RecordIssued(  # noqa: N802 - the name is the protocol's
        self, request: pb.RecordIssuedRequest, transaction: Transaction
    ) -> pb.RecordIssuedResponse:
        """Mark the approved version as issued."""
        version = await drafts.record_issued(
            DatabasePapers(transaction),
            request.transport_document_reference,
            request.act_hash,
            self._clock(),
        )
        return pb.RecordIssuedResponse(transport_document=writing.write_version(version))

    @writes(pb.VoidDraftResponse)
    async def VoidDraft(  # noqa: N802 - the name is the protocol's
        self, request: pb.VoidDraftRequest, transaction: Transaction
    ) -> pb.VoidDraftResponse:
        """Give the drafts up before issue."""
        version = await drafts.void(
            DatabasePapers(transaction), request.booking_reference, self._clock()
        )
        return pb.VoidDraftResponse(
            transport_document=writing.write_version(version) if version else None
        )

    async def GetTransportDocument(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.GetTransportDocumentRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> pb.GetTransportDocumentResponse:
        """Answer the latest version to whom a role on the bill, or being its shipper, opens it."""
        async with self.database.reading(_reader(request.roles)) as transaction:
            seen = VisiblePapers(transaction)
            consignment = await seen.find_consignment(
                reference=request.transport_document_reference,
                booking_reference=request.booking_reference,
            )
            if consignment is None or not consignment.reference:
                raise _unknown(request)
            version = await seen.latest_version(
                request.transport_document_reference or consignment.reference
            )
        return pb.GetTransportDocumentResponse(
            transport_document=writing.write_version(version)
            if version
            else writing.write_reserved(consignment)
        )

    async def PrintTransportDocumentCopy(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.PrintTransportDocumentCopyRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> pb.PrintTransportDocumentCopyResponse:
        """Print the issued document for whom GetTransportDocument would answer."""
        reference = request.transport_document_reference
        link = request.proof_link
        if not link.startswith("https://") or len(link) > LINK_MAX or not link.isascii():
            raise InvalidValue("PROOF_LINK_MALFORMED", "The link to the proof is no address.")
        async with self.database.reading(_reader(request.roles)) as transaction:
            version = await VisiblePapers(transaction).latest_version(reference)
        if version is None:
            raise bill_unknown(reference)
        if version.state is not DocumentState.ISSUED:
            raise WrongState(
                "BILL_NOT_ISSUED", f"Bill {reference} is not issued: there is nothing to copy."
            )
        copied = Copied(
            reference=version.reference,
            version=version.number,
            document_hash=version.document_hash,
            document=json.loads(version.content),
            proof_link=link,
            printed_at=self._clock(),
        )
        # Setting type takes a while; other callers are served meanwhile.
        content = await asyncio.to_thread(print_copy, copied)
        return pb.PrintTransportDocumentCopyResponse(content=content)

    @reads
    async def ListVersions(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListVersionsRequest, transaction: Transaction
    ) -> pb.ListVersionsResponse:
        """Answer every version that the caller may see."""
        versions = await VisiblePapers(transaction).list_versions(
            request.transport_document_reference
        )
        return pb.ListVersionsResponse(
            versions=[writing.write_version(version) for version in versions]
        )

    @writes(pb.PlanLegDocumentsResponse)
    async def PlanLegDocuments(  # noqa: N802 - the name is the protocol's
        self, request: pb.PlanLegDocumentsRequest, transaction: Transaction
    ) -> pb.PlanLegDocumentsResponse:
        """Plan a document for every leg."""
        planned = await papers.plan_legs(
            DatabasePapers(transaction), self._office, reading.read_booking(request.booking)
        )
        return pb.PlanLegDocumentsResponse(
            leg_documents=[writing.write_leg_document(one) for one in planned]
        )

    @writes(pb.IssueLegDocumentResponse)
    async def IssueLegDocument(  # noqa: N802 - the name is the protocol's
        self, request: pb.IssueLegDocumentRequest, transaction: Transaction
    ) -> pb.IssueLegDocumentResponse:
        """Record a carrier's paper for its leg."""
        issued = await papers.issue_leg(
            DatabasePapers(transaction),
            self._office,
            request.booking_reference,
            request.leg_sequence,
            reading.read_carriers_paper(request),
            self._clock(),
        )
        return pb.IssueLegDocumentResponse(leg_document=writing.write_leg_document(issued))

    @reads
    async def ListLegDocuments(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListLegDocumentsRequest, transaction: Transaction
    ) -> pb.ListLegDocumentsResponse:
        """Answer the leg documents that the caller may see: a carrier its own."""
        found = await VisiblePapers(transaction).list_leg_documents(request.booking_reference)
        return pb.ListLegDocumentsResponse(
            leg_documents=[writing.write_leg_document(one) for one in found]
        )

    @writes(pb.PutEquipmentResponse)
    async def PutEquipment(  # noqa: N802 - the name is the protocol's
        self, request: pb.PutEquipmentRequest, transaction: Transaction
    ) -> pb.PutEquipmentResponse:
        """Record a container as its shipper declares it."""
        equipment = await papers.put_equipment(
            DatabasePapers(transaction), reading.read_equipment(request.equipment), self._clock()
        )
        return pb.PutEquipmentResponse(equipment=writing.write_equipment(equipment))

    @reads
    async def ListEquipment(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListEquipmentRequest, transaction: Transaction
    ) -> pb.ListEquipmentResponse:
        """Answer the containers that the caller may see."""
        found = await VisiblePapers(transaction).list_equipment(request.booking_reference)
        return pb.ListEquipmentResponse(equipments=[writing.write_equipment(one) for one in found])

    @writes(pb.RecordReceiptResponse)
    async def RecordReceipt(  # noqa: N802 - the name is the protocol's
        self, request: pb.RecordReceiptRequest, transaction: Transaction
    ) -> pb.RecordReceiptResponse:
        """Keep a carrier's signed receipt."""
        said = request.receipt
        kept = await papers.record_receipt(
            DatabasePapers(transaction),
            self._office,
            said.booking_reference,
            said.leg_sequence,
            said.equipment_reference,
            said.receipt,
            said.salts,
            public_key=request.public_key,
            party=request.party,
            reference=request.transport_document_reference,
            container_key=request.container_key,
            taking_in_charge=tuple(map(reading.read_custody, request.taking_in_charge)),
            loaded=tuple(map(reading.read_custody, request.loaded)),
            now=self._clock(),
        )
        return pb.RecordReceiptResponse(
            receipt=writing.write_receipt(said.booking_reference, kept)
        )

    @writes(pb.AddAttachmentResponse)
    async def AddAttachment(  # noqa: N802 - the name is the protocol's
        self, request: pb.AddAttachmentRequest, transaction: Transaction
    ) -> pb.AddAttachmentResponse:
        """Keep a file."""
        attachment = await papers.add_attachment(
            DatabasePapers(transaction),
            request.booking_reference,
            request.name,
            request.media_type,
            request.content,
            request.document_checksum,
            self._clock(),
        )
        return pb.AddAttachmentResponse(attachment=writing.write_attachment(attachment))

    async def GetAttachment(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetAttachmentRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.GetAttachmentResponse:
        """Answer one file to whom its roles on the bill, or its being the shipper, open it."""
        async with self.database.reading(_reader(request.roles)) as transaction:
            seen = VisiblePapers(transaction)
            found = await seen.find_attachment(request.attachment_reference)
            # Roles are roles on one bill: those on a bill of one's own open no other's files.
            if found is not None and may_see_document(request.roles):
                consignment = await seen.find_consignment(
                    booking_reference=found[0].booking_reference
                )
                bill = request.transport_document_reference
                if consignment is None or not bill or consignment.reference != bill:
                    found = None
        if found is None:
            raise NotFound("ATTACHMENT_UNKNOWN", "There is no such file for you.")
        attachment, content = found
        return pb.GetAttachmentResponse(
            attachment=writing.write_attachment(attachment), content=content
        )

    @reads
    async def ListAttachments(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListAttachmentsRequest, transaction: Transaction
    ) -> pb.ListAttachmentsResponse:
        """Answer the files of a booking that the caller may see."""
        found = await VisiblePapers(transaction).list_attachments(request.booking_reference)
        return pb.ListAttachmentsResponse(
            attachments=[writing.write_attachment(one) for one in found]
        )

    @writes(pb.OrderAmendmentResponse)
    async def OrderAmendment(  # noqa: N802 - the name is the protocol's
        self, request: pb.OrderAmendmentRequest, transaction: Transaction
    ) -> pb.OrderAmendmentResponse:
        """Draft the bill that is to take another's place."""
        amendment, draft = await amendments.order(
            DatabasePapers(transaction),
            self._office,
            Order(
                replaces=request.replaces,
                reason_code=request.reason_code,
                surrender_request_reference=request.surrender_request_reference,
                surrendered_by=request.surrendered_by,
                surrendering_organisation=request.surrendering_organisation,
                change=reading.read_change(request.wanted),
                booking=reading.read_booking(request.booking),
                parties=reading.read_parties(request.parties),
                certificate=reading.read_certificate(request.certificate),
                custody=tuple(reading.read_custody(one) for one in request.taking_in_charge),
            ),
            self._clock(),
        )
        return pb.OrderAmendmentResponse(amendment=writing.write_amendment(amendment, draft))

    @reads
    async def GetAmendment(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetAmendmentRequest, transaction: Transaction
    ) -> pb.GetAmendmentResponse:
        """Answer what is to take, or took, the place of a bill."""
        amendment, draft = await amendments.find(DatabasePapers(transaction), request.replaces)
        return pb.GetAmendmentResponse(amendment=writing.write_amendment(amendment, draft))

    @reads
    async def FindBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.FindBookingRequest, transaction: Transaction
    ) -> pb.FindBookingResponse:
        """Answer which booking a bill belongs to."""
        reference = request.transport_document_reference
        found = await VisiblePapers(transaction).find_consignment(reference=reference)
        if not reference or found is None:
            raise bill_unknown(reference)
        return pb.FindBookingResponse(booking_reference=found.booking_reference)

    async def WatchEvents(  # noqa: N802 - the name is the protocol's
        self, request: pb.WatchEventsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        """Answer facts from a position on, then as they come."""
        async for events in self._outbox.watch(request.after_position):
            yield pb.WatchEventsResponse(events=events)

    def _state(self, reference: str, action_code: str, judged: Judged) -> str:
        """Sign what was judged, for custody: whoever carries it there cannot change it."""
        return self._stater.state(
            judged_act(reference, action_code, judged.recipient, judged.terms, judged.details)
        )

    def _make_reference(self) -> str:
        return make_transport_document_reference(self._randomness)


def _reader(roles: list[str] | Any) -> str:  # noqa: ANN401 - a repeated field
    """In whose name to read: the operator's, where a role on the bill opens it to the caller."""
    return OPERATOR if may_see_document(roles) else current_caller().organisation


def _unknown(request: pb.GetTransportDocumentRequest) -> NotFound:
    if request.transport_document_reference:
        return bill_unknown(request.transport_document_reference)
    return booking_unknown(request.booking_reference)
