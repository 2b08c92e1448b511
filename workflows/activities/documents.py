"""Steps about papers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
from google.protobuf import json_format
from onebill.documents.v1 import documents_pb2
from onebill.documents.v1 import documents_service_pb2 as pb
from onebill.insurance.v1 import insurance_service_pb2
from onebill.ledger.v1 import ledger_service_pb2
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2
from temporalio import activity

from foundation.kernel.errors import NotFound
from foundation.runtime.identity import OPERATOR, on_behalf_of
from foundation.runtime.refusals import refusal_from
from workflows.activities import shapes
from workflows.activities.booking import get_booking
from workflows.activities.directory import Directory
from workflows.activities.refusals import refusals_are_final
from workflows.messages import (
    CreateDraft,
    Do,
    PaperAnswer,
    PaperFacts,
    PutPaper,
    RecordIssued,
    Step,
    StepWithReason,
)

if TYPE_CHECKING:
    from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceAsyncStub
    from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceAsyncStub
    from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceAsyncStub
    from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub
    from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceAsyncStub

_AS_OPERATOR = on_behalf_of(OPERATOR)


@dataclass(frozen=True)
class DocumentsActivities:
    """Drafts, leg documents, seals and weights, receipts."""

    documents: "DocumentsServiceAsyncStub"
    bookings: "BookingServiceAsyncStub"
    tracking: "TrackingServiceAsyncStub"
    insurance: "InsuranceServiceAsyncStub"
    ledger: "LedgerServiceAsyncStub"
    directory: Directory

    @activity.defn(name=Do.PLAN_LEG_DOCUMENTS)
    async def plan_leg_documents(self, step: Step) -> None:
        """Plan a document for every leg."""
        with refusals_are_final():
            request = pb.PlanLegDocumentsRequest(
                booking=await get_booking(self.bookings, step.booking_reference)
            )
            request.request_id = shapes.with_facts(step.request_id, request)
            await self.documents.PlanLegDocuments(request, metadata=_AS_OPERATOR)

    @activity.defn(name=Do.RESERVE_TRANSPORT_DOCUMENT)
    async def reserve_transport_document(self, step: Step) -> None:
        """Have the bill's reference allotted before custody, so that receipts can name it."""
        with refusals_are_final():
            await self.documents.ReserveTransportDocument(
                pb.ReserveTransportDocumentRequest(
                    booking_reference=step.booking_reference, request_id=step.request_id
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.CREATE_DRAFT)
    async def create_draft(self, step: CreateDraft) -> None:
        """Make the next draft from what the others know."""
        with refusals_are_final():
            booking = await get_booking(self.bookings, step.booking_reference)
            request = pb.CreateDraftRequest(
                booking=booking, parties=await self.directory.draft_parties(booking)
            )
            if step.is_final:
                request.certificate.CopyFrom(
                    await get_certificate(self.insurance, step.booking_reference)
                )
                request.taking_in_charge.extend(
                    await taken_in_charge(self.tracking, step.booking_reference)
                )
            request.request_id = shapes.with_facts(step.request_id, request)
            await self.documents.CreateDraft(request, metadata=_AS_OPERATOR)

    @activity.defn(name=Do.VOID_DRAFT)
    async def void_draft(self, step: StepWithReason) -> None:
        """Give up drafts and planned leg documents."""
        with refusals_are_final():
            await self.documents.VoidDraft(
                pb.VoidDraftRequest(
                    booking_reference=step.booking_reference,
                    reason=step.reason,
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.PUT_EQUIPMENT)
    async def put_equipment(self, command: PutPaper) -> PaperAnswer:
        """Keep the shipper's declaration and tell tracking which seals to expect."""
        request = json_format.Parse(command.paper, pb.PutEquipmentRequest())
        request.request_id = command.request_id
        with refusals_are_final():
            answer = await self.documents.PutEquipment(
                request, metadata=on_behalf_of(command.organisation)
            )
            await self.tracking.AssignEquipment(
                tracking_service_pb2.AssignEquipmentRequest(
                    booking_reference=command.booking_reference,
                    equipment_reference=answer.equipment.equipment_reference,
                    seal_numbers=[seal.seal_number for seal in answer.equipment.seals],
                    request_id=command.request_id,
                ),
                metadata=_AS_OPERATOR,
            )
        return _said(answer.equipment)

    @activity.defn(name=Do.SUBMIT_RECEIPT)
    async def submit_receipt(self, command: PutPaper) -> PaperAnswer:
        """Keep a carrier's receipt, with key, party and container key as the ledger has them."""
        receipt = json_format.Parse(command.paper, documents_pb2.Receipt())
        with refusals_are_final():
            carrier = await self.directory.party(command.organisation)
            key = await self.ledger.ComputeContainerKey(
                ledger_service_pb2.ComputeContainerKeyRequest(
                    equipment_reference=receipt.equipment_reference
                ),
                metadata=_AS_OPERATOR,
            )
            document = await get_document(self.documents, command.booking_reference)
            told = await self.tracking.GetJourney(
                tracking_service_pb2.GetJourneyRequest(
                    booking_reference=command.booking_reference
                ),
                metadata=_AS_OPERATOR,
            )
            request = pb.RecordReceiptRequest(
                receipt=receipt,
                public_key=carrier.public_key,
                party=carrier.party,
                transport_document_reference=document.transport_document_reference,
                container_key=key.container_key,
                taking_in_charge=shapes.happened(
                    told.journey, tracking_pb2.MILESTONE_CODE_TAKEN_IN_CHARGE
                ),
                loaded=shapes.happened(told.journey, tracking_pb2.MILESTONE_CODE_LOADED_ON_BOARD),
            )
            request.request_id = shapes.with_facts(command.request_id, request)
            answer = await self.documents.RecordReceipt(
                request, metadata=on_behalf_of(command.organisation)
            )
        return _said(answer.receipt)

    @activity.defn(name=Do.ISSUE_LEG_DOCUMENT)
    async def issue_leg_document(self, command: PutPaper) -> PaperAnswer:
        """Record a carrier's paper for its leg, as that carrier."""
        request = json_format.Parse(command.paper, pb.IssueLegDocumentRequest())
        request.request_id = command.request_id
        with refusals_are_final():
            answer = await self.documents.IssueLegDocument(
                request, metadata=on_behalf_of(command.organisation)
            )
        return _said(answer.leg_document)

    @activity.defn(name=Do.APPROVE_DRAFT)
    async def approve_draft(self, command: PutPaper) -> PaperAnswer:
        """Record the shipper's approval, with the shipper's key as the ledger has it."""
        request = json_format.Parse(command.paper, pb.ApproveDraftRequest())
        request.request_id = command.request_id
        with refusals_are_final():
            approving = await self.directory.party(command.organisation)
            request.public_key = approving.public_key
            request.party = approving.party
            answer = await self.documents.ApproveDraft(
                request, metadata=on_behalf_of(command.organisation)
            )
        return _said(answer.transport_document)

    @activity.defn(name=Do.RECORD_ISSUED)
    async def record_issued(self, step: RecordIssued) -> None:
        """Mark the approved version as issued; the ledger has it."""
        with refusals_are_final():
            document = await get_document(self.documents, step.booking_reference)
            await self.documents.RecordIssued(
                pb.RecordIssuedRequest(
                    transport_document_reference=document.transport_document_reference,
                    act_hash=step.act_hash,
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.LOOK_AT_PAPERS)
    async def look(self, booking_reference: str) -> PaperFacts:
        """Where the bill stands as a paper."""
        with refusals_are_final():
            try:
                document = await get_document(self.documents, booking_reference)
            except grpc.aio.AioRpcError as error:
                if isinstance(refusal_from(error), NotFound):
                    return PaperFacts()
                raise
        return PaperFacts(
            document.transport_document_reference,
            shapes.word(
                documents_pb2.TransportDocumentState.Name(document.state),
                "TRANSPORT_DOCUMENT_STATE",
            ),
            list(document.missing),
        )


async def get_document(
    documents: "DocumentsServiceAsyncStub", booking_reference: str
) -> documents_pb2.TransportDocument:
    """The bill's latest version."""
    answer = await documents.GetTransportDocument(
        pb.GetTransportDocumentRequest(booking_reference=booking_reference),
        metadata=_AS_OPERATOR,
    )
    return answer.transport_document


async def get_certificate(
    insurance: "InsuranceServiceAsyncStub", booking_reference: str, bill: str = ""
) -> documents_pb2.Certificate:
    """Number and hash of the certificate, as the bill names it.

    `bill` is one to which it was endorsed; empty for the booking's first.
    """
    answer = await insurance.GetCertificate(
        insurance_service_pb2.GetCertificateRequest(
            booking_reference=booking_reference, transport_document_reference=bill
        ),
        metadata=_AS_OPERATOR,
    )
    return documents_pb2.Certificate(
        certificate_number=answer.certificate.certificate_number,
        certificate_hash=answer.certificate.certificate_hash,
    )


async def taken_in_charge(
    tracking: "TrackingServiceAsyncStub", booking_reference: str
) -> list[pb.TakingInChargeFact]:
    """Taking in charge per container, as tracking has it."""
    answer = await tracking.GetJourney(
        tracking_service_pb2.GetJourneyRequest(booking_reference=booking_reference),
        metadata=_AS_OPERATOR,
    )
    return shapes.happened(answer.journey, tracking_pb2.MILESTONE_CODE_TAKEN_IN_CHARGE)


def _said(
    answer: documents_pb2.Equipment
    | documents_pb2.Receipt
    | documents_pb2.LegDocument
    | documents_pb2.TransportDocument,
) -> PaperAnswer:
    return PaperAnswer(json_format.MessageToJson(answer, indent=None))
