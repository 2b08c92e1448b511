"""Who may call which RPC of the booking service; what is not here nobody may call."""

from typing import Final

from foundation.runtime.identity import OPERATOR, Access, AccessTable

_NAME: Final = "/onebill.booking.v1.BookingService/"

# Every change is a step of a consignment's process.
_WORKER: Final = Access(parts=frozenset({"worker"}))
_READERS: Final = Access(parts=frozenset({"worker", "gateway-rest", "gateway-carrier"}))

ACCESS: Final[AccessTable] = {
    f"{_NAME}CreateBooking": _WORKER,
    f"{_NAME}RecordOffer": _WORKER,
    f"{_NAME}RequestLegs": _WORKER,
    f"{_NAME}AcceptLeg": _WORKER,
    f"{_NAME}DeclineLeg": _WORKER,
    f"{_NAME}ConfirmBooking": _WORKER,
    f"{_NAME}RejectBooking": _WORKER,
    f"{_NAME}CancelBooking": _WORKER,
    f"{_NAME}AmendBooking": _WORKER,
    f"{_NAME}CompleteBooking": _WORKER,
    # Only the operator's own people look at hits, through the desk.
    f"{_NAME}LiftScreeningHit": Access(
        parts=frozenset({"worker", "gateway-rest"}),
        scope="desk",
        acting_for=frozenset({OPERATOR}),
    ),
    f"{_NAME}GetBooking": _READERS,
    f"{_NAME}ListBookings": _READERS,
    f"{_NAME}ListLegs": _READERS,
    f"{_NAME}WatchEvents": Access(
        parts=frozenset({"listener", "worker", "gateway-rest"}), acting_for=frozenset({OPERATOR})
    ),
}
