"""Standard routes: what the operator plans where the shipper asks for no legs of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from foundation.kernel.errors import InvalidValue
from foundation.kernel.unlocode import UnLocode
from services.booking.domain.itinerary import LegPlan
from services.booking.domain.places import Location, Mode


@dataclass(frozen=True, slots=True)
class StandardLeg:
    """One leg of a standard route; `wait` is the time between the goods' arrival and departure."""

    mode: Mode
    departure: Location
    arrival: Location
    carrier: str
    wait: timedelta
    transit: timedelta


@dataclass(frozen=True, slots=True)
class StandardRoute:
    """A route the operator sells, from a place of receipt to a place of delivery."""

    receipt: UnLocode
    delivery: UnLocode
    legs: tuple[StandardLeg, ...]

    def plan(self, cargo_ready_at: datetime) -> list[LegPlan]:
        """Plan the legs from the moment the goods are ready."""
        plans: list[LegPlan] = []
        now = cargo_ready_at
        for leg in self.legs:
            departs = now + leg.wait
            arrives = departs + leg.transit
            plans.append(
                LegPlan(leg.mode, leg.departure, leg.arrival, leg.carrier, departs, arrives)
            )
            now = arrives
        return plans


class RouteBook:
    """Every standard route."""

    def __init__(self, routes: Iterable[StandardRoute]) -> None:
        self._routes = {(route.receipt, route.delivery): route for route in routes}

    def route(self, receipt: UnLocode, delivery: UnLocode) -> StandardRoute:
        """Answer the standard route between two places.

        Raises:
            InvalidValue: NO_STANDARD_ROUTE.
        """
        try:
            return self._routes[receipt, delivery]
        except KeyError:
            raise InvalidValue(
                "NO_STANDARD_ROUTE",
                f"We have no standard route from {receipt} to {delivery}; name the legs you want.",
                place_of_receipt=receipt,
                place_of_delivery=delivery,
            ) from None
