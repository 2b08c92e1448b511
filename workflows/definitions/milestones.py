"""What the process reads out of a journey. Plain functions of the facts."""

from datetime import datetime
from typing import Final

from workflows.messages import BookingFacts, BreachFacts, JourneyFacts, LegFacts, Reached

TAKEN_IN_CHARGE: Final = "TAKEN_IN_CHARGE"
LEG_STARTED: Final = "LEG_STARTED"
LOADED_ON_BOARD: Final = "LOADED_ON_BOARD"
DELIVERED: Final = "DELIVERED"
EMPTY_RETURNED: Final = "EMPTY_RETURNED"

PAID_WHEN: Final = {"RAIL": LEG_STARTED, "VESSEL": LOADED_ON_BOARD}
"""When a bought carrier is paid: rail takes prepayment with the load, a line hands its master
document over for paid ocean freight. Road is settled by statement when the journey closes."""

# The rules of the one container whose breach may become a claim. A seal one character off is
# a query, an opening by authority is excused, and disorder among events hurts no cargo.
_INCIDENTS: Final = frozenset({"CONTAINER_CHANGED", "OPENED", "SEAL_BREACH"})


def have_all_reached(
    journey: JourneyFacts, booking: BookingFacts, code: str, leg_sequence: int | None = None
) -> bool:
    """Whether every container booked has reached the milestone (on that leg)."""
    boxes = {
        reached.equipment_reference
        for reached in journey.reached
        if reached.milestone_code == code
        and (leg_sequence is None or reached.leg_sequence == leg_sequence)
    }
    return len(boxes) >= booking.containers


def latest(journey: JourneyFacts, code: str, leg_sequence: int | None = None) -> Reached | None:
    """The last container's milestone of that kind (on that leg)."""
    found = [
        reached
        for reached in journey.reached
        if reached.milestone_code == code and leg_sequence in (None, reached.leg_sequence)
    ]
    return max(found, key=lambda reached: (reached.at, reached.event_id), default=None)


def delivered_at(journey: JourneyFacts, otherwise: datetime) -> datetime:
    """When the goods were delivered, from which the days for notice run."""
    delivered = latest(journey, DELIVERED)
    return delivered.at if delivered else otherwise


def incidents(journey: JourneyFacts) -> list[BreachFacts]:
    """Breaches that are opened as incidents, in the order in which they were found."""
    return [breach for breach in journey.breaches if breach.breach_code in _INCIDENTS]


def to_be_paid(journey: JourneyFacts, booking: BookingFacts) -> list[tuple[LegFacts, Reached]]:
    """Legs whose carrier has done what its terms of payment ask for, with what shows it."""
    return [
        (leg, shown)
        for leg in booking.legs
        if leg.mode_of_transport in PAID_WHEN
        and have_all_reached(journey, booking, PAID_WHEN[leg.mode_of_transport], leg.leg_sequence)
        and (shown := latest(journey, PAID_WHEN[leg.mode_of_transport], leg.leg_sequence))
    ]


def sea_legs_on_board(journey: JourneyFacts, booking: BookingFacts) -> list[int]:
    """Sea legs on whose vessel every container is."""
    return [
        leg.leg_sequence
        for leg in booking.legs
        if leg.mode_of_transport == "VESSEL"
        and have_all_reached(journey, booking, LOADED_ON_BOARD, leg.leg_sequence)
    ]
