"""What the booking takes, every later part can take too: nothing booked is refused on the way."""

from services.booking.domain import itinerary, request
from services.insurance.domain import certificate, cover
from services.settlement.domain import journey
from services.tracking.domain import plan


def test_no_part_takes_fewer_containers_than_can_be_booked() -> None:
    later = (journey.CONTAINERS_MAX, certificate.EQUIPMENTS_MAX, plan.CONTAINERS_MAX)

    assert min(later) >= request.CONTAINERS_MAX


def test_no_part_takes_fewer_legs_than_can_be_booked() -> None:
    assert min(journey.LEGS_MAX, cover.LEGS_MAX, plan.LEGS_MAX) >= itinerary.LEGS_MAX
