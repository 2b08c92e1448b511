"""How a request becomes a booking: routed, checked, screened, and nothing written before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.booking.domain.booking import Booking, BookingEvent, check_deadline
from services.booking.domain.consignees import leg_consignees
from services.booking.domain.itinerary import Leg, LegPlan, check_route, stages
from services.booking.domain.places import Gazetteer, Location
from services.booking.domain.request import BookingRequest
from services.booking.domain.routes import RouteBook
from services.booking.domain.screening import ScreeningList


@dataclass(frozen=True, slots=True)
class BookingRules:
    """What the operator decides apart from code: places, routes, screening list."""

    gazetteer: Gazetteer
    routes: RouteBook
    screening: ScreeningList


def receive(
    reference: str,
    request: BookingRequest,
    *,
    organisation: str,
    person: str | None,
    acceptance_deadline: datetime,
    rules: BookingRules,
    at: datetime,
) -> Booking:
    """Make a booking of a request: route it, check it, screen it.

    Raises:
        InvalidValue: what BookingRequest.check and check_route refuse, and
            ACCEPTANCE_DEADLINE_BEHIND.
        LimitExceeded: as BookingRequest.check.
    """
    request.check()
    for location in _empty_places(request):
        rules.gazetteer.place(location.code)
    rules.gazetteer.place(request.place_of_receipt.code)
    rules.gazetteer.place(request.place_of_delivery.code)
    plans: Sequence[LegPlan] = request.legs
    if not plans:
        route = rules.routes.route(request.place_of_receipt.code, request.place_of_delivery.code)
        plans = route.plan(request.cargo_ready_at)
    check_route(
        plans,
        receipt=request.place_of_receipt,
        delivery=request.place_of_delivery,
        cargo_ready_at=request.cargo_ready_at,
        gazetteer=rules.gazetteer,
    )
    check_deadline(acceptance_deadline, at)
    hits = rules.screening.screen(request)
    booking = Booking(
        reference=reference,
        shipper_organisation=organisation,
        booked_by=person or organisation,
        request=request,
        legs=[
            Leg(sequence, plan, stage, consignee)
            for sequence, (plan, stage, consignee) in enumerate(
                zip(
                    plans,
                    stages([plan.mode for plan in plans]),
                    leg_consignees(request, plans),
                    strict=True,
                ),
                start=1,
            )
        ],
        acceptance_deadline=acceptance_deadline,
        received_at=at,
        screening_hits=hits,
    )
    booking.events.append(
        BookingEvent(
            "received",
            at,
            {
                "bookingReference": reference,
                "state": booking.state.value,
                "held": bool(hits),
            },
        )
    )
    return booking


def _empty_places(request: BookingRequest) -> list[Location]:
    return [
        location
        for equipment in request.equipment
        for location in (equipment.empty_pick_up, equipment.empty_return)
        if location is not None
    ]
