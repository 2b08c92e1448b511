"""What the use cases need from outside: a place to keep bookings, inside one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.booking.domain.booking import Booking
from services.booking.domain.itinerary import Leg
from services.booking.domain.request import RequestedEquipment


@dataclass(frozen=True, slots=True)
class GrantedLeg:
    """A leg as its carrier sees it: its own leg and nothing of the rest."""

    booking_reference: str
    leg: Leg
    equipment: tuple[RequestedEquipment, ...]
    acceptance_deadline: datetime
    is_dangerous: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Where a list goes on: after this moment and reference, newest first."""

    moment: datetime
    reference: str


class BookingStore(Protocol):
    """Bookings that the caller may see, in the present transaction."""

    async def add(self, booking: Booking) -> None:
        """Keep a new booking with its legs and publish its events.

        Raises:
            Conflict: BOOKING_REFERENCE_TAKEN.
            WrongState: BOOKING_CANCELLED_BEFORE, where a tombstone waits for it.
        """
        ...

    async def get(self, reference: str) -> Booking:
        """Answer a booking. NotFound BOOKING_NOT_FOUND where the caller may not know of it."""
        ...

    async def find_for_change(self, reference: str) -> Booking | None:
        """Answer a booking and keep others from changing it; None where there is none."""
        ...

    async def save(self, booking: Booking) -> None:
        """Keep the booking and its legs as they now stand and publish its events."""
        ...

    async def bury(self, reference: str, *, at: datetime) -> None:
        """Put a tombstone where the late original of a cancelled request would come to lie."""
        ...

    async def list_newest(self, limit: int, after: Page | None) -> Sequence[Booking]:
        """Answer bookings that the caller may see, newest first."""
        ...


class LegStore(Protocol):
    """Legs granted to the calling carrier, in the present transaction."""

    async def for_change(self, reference: str, sequence: int) -> GrantedLeg:
        """Answer the caller's own leg and keep others from changing it.

        Raises:
            NotFound: LEG_NOT_FOUND, for everybody else's leg too.
        """
        ...

    async def save(self, reference: str, leg: Leg, *, what: str, at: datetime) -> None:
        """Keep the leg as it now stands and publish what happened to it."""
        ...

    async def list_newest(self, limit: int, after: Page | None) -> Sequence[GrantedLeg]:
        """Answer the caller's legs, the latest departure first."""
        ...
