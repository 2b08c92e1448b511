"""Chongqing to Singapore, one 22G1, as settlement sees it."""

from foundation.kernel.references import make_booking_reference
from foundation.kernel.unlocode import UnLocode
from services.settlement.domain.journey import Journey, Leg

BOOKING = make_booking_reference(lambda count: bytes(range(count)))


def leg(sequence: int, mode: str, carrier: str, departure: str, arrival: str) -> Leg:
    return Leg(sequence, mode, carrier, UnLocode(departure), UnLocode(arrival))


LEGS = [
    leg(1, "TRUCK", "haulier-chongqing", "CNCKG", "CNCKG"),
    leg(2, "RAIL", "rail-chongqing", "CNCKG", "CNQZH"),
    leg(3, "VESSEL", "line-beibu", "CNQZH", "SGSIN"),
    leg(4, "TRUCK", "haulier-singapore", "SGSIN", "SGJUR"),
]
JOURNEY = Journey(BOOKING, LEGS, containers=1)
