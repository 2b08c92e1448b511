"""Steps at booking."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf import json_format
from onebill.booking.v1 import booking_pb2
from onebill.booking.v1 import booking_service_pb2 as pb
from onebill.common.v1 import common_pb2
from onebill.insurance.v1 import insurance_service_pb2
from onebill.settlement.v1 import settlement_service_pb2
from temporalio import activity

from foundation.runtime.identity import OPERATOR, on_behalf_of
from workflows.activities import shapes
from workflows.activities.refusals import refusals_are_final
from workflows.messages import (
    AmendBooking,
    AnswerLeg,
    BookingAnswer,
    BookingFacts,
    CancelBooking,
    CreateBooking,
    Do,
    LegAnswer,
    LegFacts,
    LiftScreeningHit,
    Step,
    StepWithReason,
)

if TYPE_CHECKING:
    from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceAsyncStub
    from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceAsyncStub
    from onebill.settlement.v1.settlement_service_pb2_grpc import SettlementServiceAsyncStub

_AS_OPERATOR = on_behalf_of(OPERATOR)


async def get_booking(
    bookings: "BookingServiceAsyncStub", booking_reference: str
) -> booking_pb2.Booking:
    """The booking as booking has it."""
    answer = await bookings.GetBooking(
        pb.GetBookingRequest(booking_reference=booking_reference), metadata=_AS_OPERATOR
    )
    return answer.booking


@dataclass(frozen=True)
class BookingActivities:
    """Steps whose facts are booking's."""

    bookings: "BookingServiceAsyncStub"

    @activity.defn(name=Do.CREATE_BOOKING)
    async def create(self, step: CreateBooking) -> None:
        """Record the booking, as the shipper."""
        with refusals_are_final():
            await self.bookings.CreateBooking(
                pb.CreateBookingRequest(
                    booking_reference=step.command.booking_reference,
                    request=json_format.Parse(step.command.request, booking_pb2.BookingRequest()),
                    acceptance_deadline=shapes.stamp(step.acceptance_deadline),
                    request_id=step.request_id,
                ),
                metadata=on_behalf_of(step.command.shipper_organisation),
            )

    @activity.defn(name=Do.REQUEST_LEGS)
    async def request_legs(self, step: Step) -> None:
        """Ask every carrier for its leg."""
        with refusals_are_final():
            await self.bookings.RequestLegs(
                pb.RequestLegsRequest(
                    booking_reference=step.booking_reference, request_id=step.request_id
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.ANSWER_LEG)
    async def answer_leg(self, command: AnswerLeg) -> LegAnswer:
        """Pass a carrier's answer on, as that carrier."""
        carrier = on_behalf_of(command.carrier_organisation)
        with refusals_are_final():
            if command.is_accepted:
                accepted = await self.bookings.AcceptLeg(
                    pb.AcceptLegRequest(
                        booking_reference=command.booking_reference,
                        leg_sequence=command.leg_sequence,
                        carrier_booking_reference=command.carrier_booking_reference,
                        request_id=command.request_id,
                    ),
                    metadata=carrier,
                )
                return _leg_answer(accepted.leg)
            declined = await self.bookings.DeclineLeg(
                pb.DeclineLegRequest(
                    booking_reference=command.booking_reference,
                    leg_sequence=command.leg_sequence,
                    reason=command.reason,
                    request_id=command.request_id,
                ),
                metadata=carrier,
            )
            return _leg_answer(declined.leg)

    @activity.defn(name=Do.CONFIRM_BOOKING)
    async def confirm(self, step: Step) -> None:
        """Confirm, all legs being accepted."""
        with refusals_are_final():
            await self.bookings.ConfirmBooking(
                pb.ConfirmBookingRequest(
                    booking_reference=step.booking_reference, request_id=step.request_id
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.REJECT_BOOKING)
    async def reject(self, step: StepWithReason) -> None:
        """Give the booking up and release its legs."""
        with refusals_are_final():
            await self.bookings.RejectBooking(
                pb.RejectBookingRequest(
                    booking_reference=step.booking_reference,
                    reason=step.reason,
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.AMEND_BOOKING)
    async def amend(self, command: AmendBooking) -> BookingAnswer:
        """Change parties, goods and values, as the shipper."""
        with refusals_are_final():
            answer = await self.bookings.AmendBooking(
                pb.AmendBookingRequest(
                    booking_reference=command.booking_reference,
                    request=json_format.Parse(command.request, booking_pb2.BookingRequest()),
                    expected_revision=command.expected_revision,
                    request_id=command.request_id,
                ),
                metadata=on_behalf_of(command.shipper_organisation),
            )
        return shapes.booking_answer(answer.booking)

    @activity.defn(name=Do.CANCEL_BOOKING)
    async def cancel(self, command: CancelBooking) -> BookingAnswer:
        """Cancel, as the shipper."""
        with refusals_are_final():
            answer = await self.bookings.CancelBooking(
                pb.CancelBookingRequest(
                    booking_reference=command.booking_reference,
                    reason=command.reason,
                    request_id=command.request_id,
                ),
                metadata=on_behalf_of(command.shipper_organisation),
            )
        return shapes.booking_answer(answer.booking)

    @activity.defn(name=Do.LIFT_SCREENING_HIT)
    async def lift_screening_hit(self, command: LiftScreeningHit) -> BookingAnswer:
        """Lift a hit, as the operator's person."""
        with refusals_are_final():
            answer = await self.bookings.LiftScreeningHit(
                pb.LiftScreeningHitRequest(
                    booking_reference=command.booking_reference,
                    list_entry=command.list_entry,
                    person=command.person,
                    reason=command.reason,
                    request_id=command.request_id,
                ),
                metadata=on_behalf_of(OPERATOR, person=command.person),
            )
        return shapes.booking_answer(answer.booking)

    @activity.defn(name=Do.COMPLETE_BOOKING)
    async def complete(self, step: Step) -> None:
        """Close the booking at the end of its journey."""
        with refusals_are_final():
            await self.bookings.CompleteBooking(
                pb.CompleteBookingRequest(
                    booking_reference=step.booking_reference, request_id=step.request_id
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.LOOK_AT_BOOKING)
    async def look(self, booking_reference: str) -> BookingFacts:
        """Where the booking and its legs stand."""
        with refusals_are_final():
            booking = await get_booking(self.bookings, booking_reference)
        return BookingFacts(
            state=shapes.word(booking_pb2.BookingState.Name(booking.state), "BOOKING_STATE"),
            shipper_organisation=booking.shipper_organisation,
            legs=[_leg_facts(leg) for leg in booking.legs],
            state_reason=booking.state_reason,
            open_hits=sum(not hit.lifted_by for hit in booking.screening_hits),
            containers=shapes.containers_of(booking),
            has_offer=booking.HasField("offer"),
            acceptance_deadline=(
                shapes.moment(booking.acceptance_deadline)
                if booking.HasField("acceptance_deadline")
                else None
            ),
        )


@dataclass(frozen=True)
class OfferActivities:
    """The one step in which three services make one offer."""

    bookings: "BookingServiceAsyncStub"
    settlement: "SettlementServiceAsyncStub"
    insurance: "InsuranceServiceAsyncStub"

    @activity.defn(name=Do.MAKE_OFFER)
    async def make(self, step: Step) -> BookingAnswer:
        """Quote the cover, rate the journey with the premium in it, hand both to booking."""
        with refusals_are_final():
            booking = await get_booking(self.bookings, step.booking_reference)
            quote = None
            if booking.request.HasField("commercial_value"):
                quoted = await self.insurance.QuoteCover(
                    insurance_service_pb2.QuoteCoverRequest(
                        booking_reference=step.booking_reference,
                        commercial_value=booking.request.commercial_value,
                        legs=shapes.insured_legs(booking),
                        incoterms_rule=booking.request.incoterms_rule,
                        assured_organisation=booking.shipper_organisation,
                        hs_codes=[goods.hs_code for goods in booking.request.commodities],
                        request_id=step.request_id,
                    ),
                    metadata=_AS_OPERATOR,
                )
                quote = quoted.quote
            rated = await self.settlement.RateBooking(
                settlement_service_pb2.RateBookingRequest(
                    booking_reference=step.booking_reference,
                    legs=shapes.rated_legs(booking),
                    premium=quote.premium if quote else None,
                    payer_organisation=booking.shipper_organisation,
                    containers=shapes.containers_of(booking),
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )
            total = rated.rating.total
            recorded = await self.bookings.RecordOffer(
                pb.RecordOfferRequest(
                    booking_reference=step.booking_reference,
                    offer=booking_pb2.Offer(
                        total=total,
                        premium=(
                            quote.premium
                            if quote
                            else common_pb2.Money(amount=0, currency_code=total.currency_code)
                        ),
                        rating_reference=rated.rating.rating_reference,
                        quote_reference=quote.quote_reference if quote else "",
                    ),
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )
        return shapes.booking_answer(recorded.booking)


def _leg_answer(leg: booking_pb2.Leg) -> LegAnswer:
    return LegAnswer(
        leg.leg_sequence, shapes.word(booking_pb2.LegState.Name(leg.state), "LEG_STATE")
    )


def _leg_facts(leg: booking_pb2.Leg) -> LegFacts:
    return LegFacts(
        leg_sequence=leg.leg_sequence,
        mode_of_transport=shapes.mode_of(leg),
        carrier_organisation=leg.carrier_organisation,
        state=shapes.word(booking_pb2.LegState.Name(leg.state), "LEG_STATE"),
        state_reason=leg.state_reason,
    )
