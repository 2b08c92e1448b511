"""Steps about the journey."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onebill.tracking.v1 import tracking_pb2
from onebill.tracking.v1 import tracking_service_pb2 as pb
from temporalio import activity

from foundation.runtime.identity import OPERATOR, on_behalf_of
from workflows.activities import shapes
from workflows.activities.booking import get_booking
from workflows.activities.refusals import refusals_are_final
from workflows.messages import BreachFacts, Do, JourneyFacts, Reached, Step

if TYPE_CHECKING:
    from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceAsyncStub
    from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceAsyncStub

_AS_OPERATOR = on_behalf_of(OPERATOR)


@dataclass(frozen=True)
class TrackingActivities:
    """The plan that events are held against, and what they add up to."""

    tracking: "TrackingServiceAsyncStub"
    bookings: "BookingServiceAsyncStub"

    @activity.defn(name=Do.PLAN_JOURNEY)
    async def plan_journey(self, step: Step) -> None:
        """Lay the plan, empty pick-up and return included."""
        with refusals_are_final():
            booking = await get_booking(self.bookings, step.booking_reference)
            request = shapes.planned_journey(booking)
            request.request_id = step.request_id
            await self.tracking.PlanJourney(request, metadata=_AS_OPERATOR)

    @activity.defn(name=Do.LOOK_AT_JOURNEY)
    async def look(self, booking_reference: str) -> JourneyFacts:
        """What happened to the containers and what is expected next."""
        with refusals_are_final():
            answer = await self.tracking.GetJourney(
                pb.GetJourneyRequest(booking_reference=booking_reference), metadata=_AS_OPERATOR
            )
        containers = answer.journey.containers
        late = min(
            (container for container in containers if container.next_expected),
            key=lambda container: container.next_expected_at.ToNanoseconds(),
            default=None,
        )
        return JourneyFacts(
            equipment_references=[box.equipment_reference for box in containers],
            reached=[reached for box in containers for reached in _reached(box)],
            breaches=[breach for box in containers for breach in _breaches(box)],
            next_expected=late.next_expected.removeprefix("MILESTONE_CODE_") if late else "",
            next_expected_leg=late.next_expected_leg if late else 0,
            next_expected_at=(
                shapes.moment(late.next_expected_at)
                if late and late.HasField("next_expected_at")
                else None
            ),
        )


def _reached(box: tracking_pb2.JourneyContainer) -> list[Reached]:
    return [
        Reached(
            shapes.word(tracking_pb2.MilestoneCode.Name(done.milestone_code), "MILESTONE_CODE"),
            done.leg_sequence,
            box.equipment_reference,
            done.event_id,
            shapes.moment(done.actual_at),
        )
        for done in box.milestones
        if done.HasField("actual_at")
    ]


def _breaches(box: tracking_pb2.JourneyContainer) -> list[BreachFacts]:
    return [
        BreachFacts(
            shapes.word(tracking_pb2.BreachCode.Name(breach.breach_code), "BREACH_CODE"),
            breach.leg_sequence,
            breach.event_id,
            breach.explanation,
            shapes.moment(breach.event_at),
        )
        for breach in box.breaches
    ]
