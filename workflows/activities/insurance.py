"""Steps about the one cargo insurance."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onebill.documents.v1 import documents_service_pb2
from onebill.insurance.v1 import insurance_service_pb2 as pb
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2
from temporalio import activity

from foundation.kernel.errors import WrongState
from foundation.runtime.identity import OPERATOR, on_behalf_of
from workflows.activities import shapes
from workflows.activities.booking import get_booking
from workflows.activities.refusals import refusals_are_final
from workflows.messages import Do, OpenIncident, StartNoticeClocks, Step, StepWithReason

if TYPE_CHECKING:
    from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceAsyncStub
    from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceAsyncStub
    from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceAsyncStub
    from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceAsyncStub

_AS_OPERATOR = on_behalf_of(OPERATOR)


@dataclass(frozen=True)
class InsuranceActivities:
    """Declaring, certifying, incidents and their clocks."""

    insurance: "InsuranceServiceAsyncStub"
    bookings: "BookingServiceAsyncStub"
    documents: "DocumentsServiceAsyncStub"
    tracking: "TrackingServiceAsyncStub"

    @activity.defn(name=Do.DECLARE)
    async def declare(self, step: Step) -> None:
        """Declare the consignment under the open cover, where cover was asked for."""
        with refusals_are_final():
            booking = await get_booking(self.bookings, step.booking_reference)
            if not booking.offer.quote_reference:
                return
            await self.insurance.Declare(
                pb.DeclareRequest(
                    booking_reference=step.booking_reference,
                    quote_reference=booking.offer.quote_reference,
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.CANCEL_DECLARATION)
    async def cancel_declaration(self, step: StepWithReason) -> None:
        """Take the declaration back before cover attaches."""
        with refusals_are_final():
            await self.insurance.CancelDeclaration(
                pb.CancelDeclarationRequest(
                    booking_reference=step.booking_reference,
                    reason=step.reason,
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.ISSUE_CERTIFICATE)
    async def issue_certificate(self, step: Step) -> None:
        """Issue the certificate on the taking-in-charge event, dated that day."""
        with refusals_are_final():
            booking = await get_booking(self.bookings, step.booking_reference)
            answer = await self.tracking.GetJourney(
                tracking_service_pb2.GetJourneyRequest(booking_reference=step.booking_reference),
                metadata=_AS_OPERATOR,
            )
            taken = shapes.happened(answer.journey, tracking_pb2.MILESTONE_CODE_TAKEN_IN_CHARGE)
            if not taken:
                raise WrongState(
                    "NOT_TAKEN_IN_CHARGE", "No carrier has taken the goods in charge yet."
                )
            last = max(taken, key=lambda fact: (fact.event_at.ToNanoseconds(), fact.event_id))
            reserved = await self.documents.GetTransportDocument(
                documents_service_pb2.GetTransportDocumentRequest(
                    booking_reference=step.booking_reference
                ),
                metadata=_AS_OPERATOR,
            )
            request = pb.IssueCertificateRequest(
                booking_reference=step.booking_reference,
                event_id=last.event_id,
                taken_in_charge_at=last.event_at,
                equipment_references=sorted(fact.equipment_reference for fact in taken),
                place_of_receipt=booking.request.place_of_receipt,
                place_of_delivery=booking.request.place_of_delivery,
                transport_document_reference=(
                    reserved.transport_document.transport_document_reference
                ),
            )
            request.request_id = shapes.with_facts(step.request_id, request)
            await self.insurance.IssueCertificate(request, metadata=_AS_OPERATOR)

    @activity.defn(name=Do.OPEN_INCIDENT)
    async def open_incident(self, step: OpenIncident) -> None:
        """Open an incident for a breach that tracking found."""
        with refusals_are_final():
            request = pb.OpenIncidentRequest(
                booking_reference=step.booking_reference,
                cause=step.cause,
                leg_sequence=step.leg_sequence,
                event_id=step.event_id,
                explanation=step.explanation,
                opened_at=shapes.stamp(step.opened_at),
            )
            request.request_id = shapes.with_facts(step.request_id, request)
            await self.insurance.OpenIncident(request, metadata=_AS_OPERATOR)

    @activity.defn(name=Do.START_NOTICE_CLOCKS)
    async def start_notice_clocks(self, step: StartNoticeClocks) -> None:
        """Let the days for notice run from delivery."""
        with refusals_are_final():
            request = pb.StartNoticeClocksRequest(
                booking_reference=step.booking_reference,
                delivered_at=shapes.stamp(step.delivered_at),
            )
            request.request_id = shapes.with_facts(step.request_id, request)
            await self.insurance.StartNoticeClocks(request, metadata=_AS_OPERATOR)
