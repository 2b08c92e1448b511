"""Where a booking stands and every move there is, as one table (DCSA bookingStatus)."""

from enum import StrEnum
from typing import Final


class BookingState(StrEnum):
    """Where a booking stands."""

    RECEIVED = "RECEIVED"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"


class Act(StrEnum):
    """What may be done with a booking."""

    RECORD_OFFER = "RECORD_OFFER"
    LIFT_SCREENING_HIT = "LIFT_SCREENING_HIT"
    AMEND = "AMEND"
    REQUEST_LEGS = "REQUEST_LEGS"
    CONFIRM = "CONFIRM"
    REJECT = "REJECT"
    CANCEL = "CANCEL"
    CHANGE_DESTINATION = "CHANGE_DESTINATION"
    COMPLETE = "COMPLETE"


# An act that is no key of its state is refused; a state without acts is the end. REJECT is the
# operator's no: before confirmation it rejects, after it declines.
MOVES: Final[dict[BookingState, dict[Act, BookingState]]] = {
    BookingState.RECEIVED: {
        Act.RECORD_OFFER: BookingState.RECEIVED,
        Act.LIFT_SCREENING_HIT: BookingState.RECEIVED,
        Act.AMEND: BookingState.RECEIVED,
        Act.REQUEST_LEGS: BookingState.RECEIVED,
        Act.CONFIRM: BookingState.CONFIRMED,
        Act.REJECT: BookingState.REJECTED,
        Act.CANCEL: BookingState.CANCELLED,
    },
    BookingState.CONFIRMED: {
        Act.REJECT: BookingState.DECLINED,
        Act.CANCEL: BookingState.CANCELLED,
        Act.CHANGE_DESTINATION: BookingState.CONFIRMED,
        Act.COMPLETE: BookingState.COMPLETED,
    },
    BookingState.REJECTED: {},
    BookingState.DECLINED: {},
    BookingState.CANCELLED: {},
    BookingState.COMPLETED: {},
}
