"""Narrows every call to the caller's own legs: whatever is another's is not there."""

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import grpc
from onebill.booking.v1 import booking_pb2, booking_service_pb2

from foundation.kernel.errors import NotFound
from foundation.runtime.identity import OPERATOR, on_behalf_of
from foundation.runtime.refusals import answer_of_neighbour

if TYPE_CHECKING:
    from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceAsyncStub

_AS_OPERATOR: Final = on_behalf_of(OPERATOR)
_REMEMBERED: Final = 10_000


class OwnLegs:
    """Which legs are whose. A leg never changes its carrier, so an answer may be kept."""

    def __init__(self, bookings: "BookingServiceAsyncStub") -> None:
        self._bookings = bookings
        self._known: OrderedDict[tuple[str, str], frozenset[int]] = OrderedDict()

    async def find(
        self, organisation: str, booking_reference: str, leg_sequence: int
    ) -> booking_service_pb2.GrantedLeg:
        """One leg of the caller as it now stands.

        Raises:
            NotFound: LEG_NOT_FOUND, for another's leg as for none.
        """
        booking = await self._booking(booking_reference)
        for leg in booking.legs if booking is not None else ():
            if (leg.leg_sequence, leg.carrier_organisation) == (leg_sequence, organisation):
                return _granted(booking, leg)
        raise NotFound(
            "LEG_NOT_FOUND",
            f"You have no leg {leg_sequence} of booking {booking_reference}.",
            booking_reference=booking_reference,
            leg_sequence=leg_sequence,
        )

    async def of_booking(self, organisation: str, booking_reference: str) -> frozenset[int]:
        """The numbers of the caller's legs of one booking; empty for a stranger."""
        key = (organisation, booking_reference)
        known = self._known.get(key)
        if known is not None:
            return known
        booking = await self._booking(booking_reference)
        legs = frozenset(
            leg.leg_sequence
            for leg in (booking.legs if booking is not None else ())
            if leg.carrier_organisation == organisation
        )
        if legs:
            self._known[key] = legs
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return legs

    async def _booking(self, booking_reference: str) -> booking_pb2.Booking | None:
        try:
            answer = await self._bookings.GetBooking(
                booking_service_pb2.GetBookingRequest(booking_reference=booking_reference),
                metadata=_AS_OPERATOR,
            )
        except grpc.aio.AioRpcError as error:
            told = answer_of_neighbour(error)
            if isinstance(told, NotFound):
                return None
            if told is None:
                raise
            raise told from error
        return answer.booking


def _granted(
    booking: booking_pb2.Booking | None, leg: booking_pb2.Leg
) -> booking_service_pb2.GrantedLeg:
    granted = booking_service_pb2.GrantedLeg(leg=leg)
    if booking is not None:
        granted.booking_reference = booking.booking_reference
        granted.requested_equipments.extend(booking.request.requested_equipments)
        granted.acceptance_deadline.CopyFrom(booking.acceptance_deadline)
        granted.is_dangerous_goods = any(
            goods.HasField("dangerous_goods") for goods in booking.request.commodities
        )
    return granted
