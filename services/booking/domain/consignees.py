"""Whom a leg's document names as consignee: the operator or its agent, nobody else."""

from collections.abc import Sequence
from typing import Final

from services.booking.domain.itinerary import LegPlan
from services.booking.domain.request import BookingRequest, PartyFunction

OPERATOR: Final = "operator"


def leg_consignees(request: BookingRequest, plans: Sequence[LegPlan]) -> list[str]:
    """Name the operator or its agent at the end of every leg (invariant 64).

    At home the operator has its own people; in the country of delivery it has its agent.
    """
    agent = request.party(PartyFunction.DELIVERY_AGENT)
    abroad = request.place_of_delivery.code.country
    at_home = request.place_of_receipt.code.country
    return [
        agent.organisation
        if agent is not None and plan.arrival.code.country == abroad != at_home
        else OPERATOR
        for plan in plans
    ]
