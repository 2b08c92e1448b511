"""Who may call which RPC of the booking service; what is not here nobody may call."""

from typing import Final

from foundation.runtime.identity import OPERATOR, Access, AccessTable

_NAME: Final = "/onebill.booking.v1.BookingService/"

# Every change is a step of a consignment's process.
_WORKER: Final = Access(parts=frozenset({"worker"}))

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
    f"{_NAME}ChangeDestination": _WORKER,
    f"{_NAME}ScreenParties": _WORKER,
    f"{_NAME}CompleteBooking": _WORKER,
    # Only the operator's own people look at hits, through the desk and the process.
    f"{_NAME}LiftScreeningHit": Access(
        parts=frozenset({"worker"}), acting_for=frozenset({OPERATOR})
    ),
    f"{_NAME}GetBooking": Access(parts=frozenset({"worker", "gateway-rest", "gateway-carrier"})),
    f"{_NAME}ListBookings": Access(parts=frozenset({"worker", "gateway-rest"})),
    f"{_NAME}ListLegs": Access(parts=frozenset({"worker", "gateway-carrier"})),
    f"{_NAME}WatchEvents": Access(
        parts=frozenset({"listener", "worker"}), acting_for=frozenset({OPERATOR})
    ),
}
