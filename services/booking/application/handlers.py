"""The use cases of booking, each inside a transaction that somebody else opens and commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation.kernel.clock import Clock
from foundation.kernel.errors import InvalidValue, NotFound
from foundation.kernel.references import check_booking_reference
from services.booking.application.ports import BookingStore, GrantedLeg, LegStore
from services.booking.domain.booking import Booking, Offer
from services.booking.domain.places import Location
from services.booking.domain.receiving import BookingRules, receive
from services.booking.domain.request import BookingRequest, Party
from services.booking.domain.screening import ScreeningHit


@dataclass(frozen=True, slots=True)
class CreateBooking:
    """A shipper's request under the reference that was allotted to it."""

    reference: str
    request: BookingRequest
    organisation: str
    person: str | None
    acceptance_deadline: datetime


@dataclass(frozen=True, slots=True)
class BookingHandlers:
    """One method per verb."""

    rules: BookingRules
    clock: Clock

    async def create(self, store: BookingStore, command: CreateBooking) -> Booking:
        """Record a booking: routed, checked, screened."""
        booking = receive(
            check_booking_reference(command.reference),
            command.request,
            organisation=command.organisation,
            person=command.person,
            acceptance_deadline=command.acceptance_deadline,
            rules=self.rules,
            at=self.clock(),
        )
        await store.add(booking)
        return booking

    async def record_offer(self, store: BookingStore, reference: str, offer: Offer) -> Booking:
        """Keep the price and premium that others made."""
        return await self._change(
            store, reference, lambda booking, at: booking.record_offer(offer, at=at)
        )

    async def request_legs(
        self, store: BookingStore, reference: str, deadline: datetime | None
    ) -> Booking:
        """Ask every carrier for its leg, by the booking's deadline or by a new one."""
        return await self._change(
            store, reference, lambda booking, at: booking.request_legs(at=at, deadline=deadline)
        )

    async def confirm(self, store: BookingStore, reference: str) -> Booking:
        """Confirm a booking whose legs are all accepted."""
        return await self._change(store, reference, lambda booking, at: booking.confirm(at=at))

    async def reject(self, store: BookingStore, reference: str, reason: str) -> Booking:
        """Reject the booking, or decline it after confirmation, and release its legs."""
        _check_reason(reason)
        return await self._change(
            store, reference, lambda booking, at: booking.reject(reason, at=at)
        )

    async def complete(self, store: BookingStore, reference: str) -> Booking:
        """Close the booking after the bill is accomplished and the empty is back."""
        return await self._change(store, reference, lambda booking, at: booking.complete(at=at))

    async def cancel(self, store: BookingStore, reference: str, reason: str) -> Booking | None:
        """Cancel for the shipper; None where a tombstone was put for a request never seen."""
        check_booking_reference(reference)
        if reason:
            _check_reason(reason)
        booking = await store.find_for_change(reference)
        at = self.clock()
        if booking is None:
            await store.bury(reference, at=at)
            return None
        booking.cancel(reason, at=at)
        await store.save(booking)
        return booking

    async def amend(
        self,
        store: BookingStore,
        reference: str,
        request: BookingRequest,
        expected_revision: int,
    ) -> Booking:
        """Change parties, goods and values before the carriers are asked."""
        return await self._change(
            store,
            reference,
            lambda booking, at: booking.amend(
                request,
                expected_revision=expected_revision,
                screening=self.rules.screening,
                at=at,
            ),
        )

    async def change_destination(
        self, store: BookingStore, reference: str, place: Location, *, is_only_checked: bool
    ) -> Booking:
        """Let the last leg end elsewhere; or only say whether it could."""
        booking = await store.find_for_change(reference)
        if booking is None:
            raise unknown_booking(reference)
        changed = booking.change_destination(place, self.rules.gazetteer, at=self.clock())
        if changed and not is_only_checked:
            await store.save(booking)
        return booking

    async def screen_parties(
        self, store: BookingStore, reference: str, parties: Sequence[Party]
    ) -> list[ScreeningHit]:
        """Screen names that an amended bill would bring in; lifted entries hold no longer."""
        booking = await store.get(reference)
        return booking.not_lifted(self.rules.screening.screen_names(parties))

    async def lift_screening_hit(
        self, store: BookingStore, reference: str, list_entry: str, person: str, reason: str
    ) -> Booking:
        """Lift a hit in the name of a person who did not book (invariant 68)."""
        _check_reason(reason)
        if not person:
            raise InvalidValue("PERSON_MISSING", "Say which person lifts the hit.")
        return await self._change(
            store,
            reference,
            lambda booking, at: booking.lift_screening_hit(
                list_entry, person=person, reason=reason, at=at
            ),
        )

    async def accept_leg(
        self, store: LegStore, reference: str, sequence: int, carrier_booking_reference: str
    ) -> GrantedLeg:
        """Record a carrier's yes for its own leg."""
        granted = await store.for_change(reference, sequence)
        at = self.clock()
        leg = granted.leg.accept(
            carrier_booking_reference, deadline=granted.acceptance_deadline, at=at
        )
        await store.save(reference, leg, what="leg_accepted", at=at)
        return GrantedLeg(
            reference, leg, granted.equipment, granted.acceptance_deadline, granted.is_dangerous
        )

    async def decline_leg(
        self, store: LegStore, reference: str, sequence: int, reason: str
    ) -> GrantedLeg:
        """Record a carrier's no for its own leg."""
        _check_reason(reason)
        granted = await store.for_change(reference, sequence)
        at = self.clock()
        leg = granted.leg.decline(reason, deadline=granted.acceptance_deadline, at=at)
        await store.save(reference, leg, what="leg_declined", at=at)
        return GrantedLeg(
            reference, leg, granted.equipment, granted.acceptance_deadline, granted.is_dangerous
        )

    async def _change(
        self,
        store: BookingStore,
        reference: str,
        act: Callable[[Booking, datetime], None],
    ) -> Booking:
        booking = await store.find_for_change(reference)
        if booking is None:
            raise unknown_booking(reference)
        act(booking, self.clock())
        await store.save(booking)
        return booking


def unknown_booking(reference: str) -> NotFound:
    """Say that there is no such booking, or none that the caller may know of."""
    return NotFound(
        "BOOKING_NOT_FOUND",
        f"There is no booking {reference} that you may see.",
        booking_reference=reference,
    )


def _check_reason(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= 250:  # noqa: PLR2004 - said in the sentence
        raise InvalidValue("REASON_FORM", "Say why, in 1 to 250 characters.")
