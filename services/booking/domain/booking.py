"""The Booking aggregate: a shipper's request, leg by leg, under one bill.

A booking is RECEIVED when it is recorded: routed, checked, screened. The price and the premium
that others made are handed back to it; its carriers are asked for their legs; when all have
accepted it is CONFIRMED. Times come in as arguments.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from foundation.kernel.errors import InvalidValue, LostRace, NotAllowed, NotFound, WrongState
from foundation.kernel.money import Money
from services.booking.domain.consignees import leg_consignees
from services.booking.domain.itinerary import Leg, LegState
from services.booking.domain.places import Gazetteer, Location
from services.booking.domain.request import BookingRequest
from services.booking.domain.screening import ScreeningHit, ScreeningList
from services.booking.domain.states import MOVES, Act, BookingState


@dataclass(frozen=True, slots=True)
class Offer:
    """What the shipper was offered: made by settlement and insurance, kept here.

    Raises:
        InvalidValue: AMOUNT_NEGATIVE, PREMIUM_ABOVE_TOTAL, CURRENCIES_DIFFER.
    """

    total: Money
    premium: Money
    rating_reference: str
    quote_reference: str

    def __post_init__(self) -> None:
        """Check that the premium is a part of the total."""
        self.total.not_negative("total")
        self.premium.not_negative("premium")
        if not self.premium.is_at_most(self.total):
            raise InvalidValue(
                "PREMIUM_ABOVE_TOTAL",
                f"The premium of {self.premium} is more than the total of {self.total}.",
            )


@dataclass(frozen=True, slots=True)
class BookingEvent:
    """One thing that happened to a booking: `what` in the past tense, with its details."""

    what: str
    at: datetime
    details: dict[str, object]


@dataclass(slots=True)
class Booking:
    """Root of the aggregate; change it only through its methods."""

    reference: str
    shipper_organisation: str
    # The person, or where none is told the organisation, that booked (invariant 68).
    booked_by: str
    request: BookingRequest
    legs: list[Leg]
    acceptance_deadline: datetime
    received_at: datetime
    screening_hits: list[ScreeningHit]
    state: BookingState = BookingState.RECEIVED
    state_reason: str = ""
    offer: Offer | None = None
    revision: int = 1
    events: list[BookingEvent] = field(default_factory=list)

    def not_lifted(self, hits: Iterable[ScreeningHit]) -> list[ScreeningHit]:
        """Of hits of names that came later, those whose list entry nobody lifted here before."""
        lifted = {hit.list_entry for hit in self.screening_hits if hit.lifted_by}
        return [hit for hit in hits if hit.list_entry not in lifted]

    @property
    def open_hits(self) -> list[ScreeningHit]:
        """Hits that nobody has lifted yet; while there is one, the booking is held."""
        return [hit for hit in self.screening_hits if not hit.lifted_by]

    @property
    def total_revision(self) -> int:
        """Counts changes of the booking and of its legs, which their carriers change."""
        return self.revision + sum(leg.revision for leg in self.legs)

    def record_offer(self, offer: Offer, *, at: datetime) -> None:
        """Keep price and premium. A total above the shipper's maximum rejects the booking.

        Raises:
            InvalidValue: CURRENCIES_DIFFER.
            WrongState: BOOKING_WRONG_STATE, LEGS_ALREADY_REQUESTED.
        """
        self._check(Act.RECORD_OFFER)
        self._check_not_yet_requested()
        self.offer = offer
        maximum = self.request.total_maximum
        if maximum is not None and not offer.total.is_at_most(maximum):
            self.reject(f"The total of {offer.total} is above the maximum of {maximum}.", at=at)
            return
        self._move(Act.RECORD_OFFER, "offered", at)

    def request_legs(self, *, at: datetime, deadline: datetime | None = None) -> None:
        """Ask every carrier for its leg, by the booking's deadline or by a new one.

        Raises:
            InvalidValue: ACCEPTANCE_DEADLINE_BEHIND.
            WrongState: BOOKING_WRONG_STATE, BOOKING_HELD, OFFER_MISSING,
                LEGS_ALREADY_REQUESTED.
        """
        self._check(Act.REQUEST_LEGS)
        self._check_not_held()
        self._check_not_yet_requested()
        if self.offer is None:
            raise WrongState(
                "OFFER_MISSING",
                f"{self.reference} has no price yet; no carrier is asked before.",
                booking_reference=self.reference,
            )
        answer_by = deadline or self.acceptance_deadline
        check_deadline(answer_by, at)
        self.acceptance_deadline = answer_by
        self.legs = [leg.request() for leg in self.legs]
        self._move(Act.REQUEST_LEGS, "legs_requested", at)

    def confirm(self, *, at: datetime) -> None:
        """Every carrier has accepted; the one bill may be drafted.

        Raises:
            WrongState: BOOKING_WRONG_STATE, BOOKING_HELD, LEGS_NOT_ACCEPTED.
        """
        self._check(Act.CONFIRM)
        self._check_not_held()
        waiting = [leg.sequence for leg in self.legs if leg.state is not LegState.ACCEPTED]
        if waiting:
            raise WrongState(
                "LEGS_NOT_ACCEPTED",
                f"{self.reference} waits for the carriers of leg "
                f"{', '.join(str(sequence) for sequence in waiting)}.",
                booking_reference=self.reference,
                legs=" ".join(str(sequence) for sequence in waiting),
            )
        self._move(Act.CONFIRM, "confirmed", at)

    def reject(self, reason: str, *, at: datetime) -> None:
        """Give the booking up for the operator: rejected before confirmation, declined after.

        Every leg is released with the reason.

        Raises:
            WrongState: BOOKING_WRONG_STATE.
        """
        self._check(Act.REJECT)
        what = "rejected" if self.state is BookingState.RECEIVED else "declined"
        self._end(reason)
        self._move(Act.REJECT, what, at)

    def cancel(self, reason: str, *, at: datetime) -> None:
        """Give the booking up for the shipper; every leg is released with the reason.

        Raises:
            WrongState: BOOKING_WRONG_STATE.
        """
        self._check(Act.CANCEL)
        self._end(reason or "cancelled by the shipper")
        self._move(Act.CANCEL, "cancelled", at)

    def complete(self, *, at: datetime) -> None:
        """Close the booking: the bill is accomplished and the empty container is back.

        Raises:
            WrongState: BOOKING_WRONG_STATE.
        """
        self._check(Act.COMPLETE)
        self._move(Act.COMPLETE, "completed", at)

    def change_destination(self, place: Location, gazetteer: Gazetteer, *, at: datetime) -> bool:
        """Let the last leg end elsewhere; answer whether that is a change.

        Which bill says so, who consented and what it costs is others' to know (invariant 40).

        Raises:
            InvalidValue: PLACE_UNKNOWN, MODE_NOT_SERVED, LEG_GOES_NOWHERE.
            WrongState: BOOKING_WRONG_STATE.
        """
        self._check(Act.CHANGE_DESTINATION)
        last = self.legs[-1]
        gazetteer.check_mode(place.code, last.plan.mode)
        if last.plan.departure.joins(place):
            raise InvalidValue(
                "LEG_GOES_NOWHERE",
                f"Leg {last.sequence} starts and ends at {place}.",
                leg_sequence=last.sequence,
            )
        if last.plan.arrival == place == self.request.place_of_delivery:
            return False
        asked = self.request.legs
        self.request = replace(
            self.request,
            place_of_delivery=place,
            legs=(*asked[:-1], replace(asked[-1], arrival=place)) if asked else asked,
        )
        self.legs[-1] = replace(
            last, plan=replace(last.plan, arrival=place), revision=last.revision + 1
        )
        self._move(Act.CHANGE_DESTINATION, "destination_changed", at)
        return True

    def lift_screening_hit(
        self, list_entry: str, *, person: str, reason: str, at: datetime
    ) -> None:
        """Let a person who did not book lift a hit (invariant 68).

        Raises:
            NotAllowed: SCREENING_LIFTED_BY_BOOKER.
            NotFound: SCREENING_HIT_NOT_FOUND.
            WrongState: BOOKING_WRONG_STATE, SCREENING_HIT_LIFTED.
        """
        self._check(Act.LIFT_SCREENING_HIT)
        if person in (self.booked_by, self.shipper_organisation):
            raise NotAllowed(
                "SCREENING_LIFTED_BY_BOOKER",
                "Who made a booking cannot lift its screening hits; another person must.",
                booking_reference=self.reference,
            )
        for number, hit in enumerate(self.screening_hits):
            if hit.list_entry != list_entry:
                continue
            if hit.lifted_by:
                raise WrongState(
                    "SCREENING_HIT_LIFTED",
                    f"The hit {list_entry} was lifted before.",
                    list_entry=list_entry,
                )
            self.screening_hits[number] = replace(hit, lifted_by=person, lift_reason=reason)
            self._move(
                Act.LIFT_SCREENING_HIT,
                "screening_hit_lifted",
                at,
                list_entry=list_entry,
                held=bool(self.open_hits),
            )
            return
        raise NotFound(
            "SCREENING_HIT_NOT_FOUND",
            f"{self.reference} has no hit {list_entry}.",
            list_entry=list_entry,
        )

    def amend(
        self,
        request: BookingRequest,
        *,
        expected_revision: int,
        screening: ScreeningList,
        at: datetime,
    ) -> None:
        """Change parties, goods and values; places, times and legs stay as they are.

        Only until the carriers are asked: they answer for what they were shown. The offer
        falls away, because it was made for other goods, and screening begins anew.

        Raises:
            InvalidValue: AMENDMENT_CHANGES_ROUTE, and what BookingRequest.check refuses.
            LostRace: REVISION_MOVED_ON.
            WrongState: BOOKING_WRONG_STATE, LEGS_ALREADY_REQUESTED.
        """
        self._check(Act.AMEND)
        self._check_not_yet_requested()
        if expected_revision != self.total_revision:
            raise LostRace(
                "REVISION_MOVED_ON",
                f"{self.reference} has changed since you read it; read it again.",
                booking_reference=self.reference,
                revision=self.total_revision,
            )
        if _route_asked(request) != _route_asked(self.request):
            raise InvalidValue(
                "AMENDMENT_CHANGES_ROUTE",
                "Places, times and legs cannot be amended; cancel and book again.",
                booking_reference=self.reference,
            )
        request.check()
        self.request = request
        self.offer = None
        self.screening_hits = screening.screen(request)
        consignees = leg_consignees(request, [leg.plan for leg in self.legs])
        self.legs = [
            replace(leg, consignee=consignee)
            for leg, consignee in zip(self.legs, consignees, strict=True)
        ]
        self._move(Act.AMEND, "amended", at, held=bool(self.open_hits))

    def _check(self, act: Act) -> None:
        if act not in MOVES[self.state]:
            raise WrongState(
                "BOOKING_WRONG_STATE",
                f"{self.reference} is {self.state.value}; "
                f"{act.value.lower().replace('_', ' ')} is not possible any more.",
                booking_reference=self.reference,
                state=self.state.value,
                act=act.value,
            )

    def _check_not_held(self) -> None:
        if self.open_hits:
            raise WrongState(
                "BOOKING_HELD",
                f"{self.reference} is held until a person has looked at "
                f"{', '.join(hit.list_entry for hit in self.open_hits)}.",
                booking_reference=self.reference,
                list_entries=" ".join(hit.list_entry for hit in self.open_hits),
            )

    def _check_not_yet_requested(self) -> None:
        if any(leg.state is not LegState.PLANNED for leg in self.legs):
            raise WrongState(
                "LEGS_ALREADY_REQUESTED",
                f"The carriers of {self.reference} were asked already.",
                booking_reference=self.reference,
            )

    def _end(self, reason: str) -> None:
        self.state_reason = reason
        self.legs = [leg.release(reason) for leg in self.legs]

    def _move(self, act: Act, what: str, at: datetime, **details: object) -> None:
        self.state = MOVES[self.state][act]
        self.revision += 1
        if self.state_reason:
            details["reason"] = self.state_reason
        self.events.append(
            BookingEvent(
                what,
                at,
                {"bookingReference": self.reference, "state": self.state.value, **details},
            )
        )


def _route_asked(request: BookingRequest) -> tuple[object, ...]:
    return (
        request.place_of_receipt,
        request.place_of_delivery,
        request.legs,
        request.cargo_ready_at,
        request.equipment,
    )


def check_deadline(acceptance_deadline: datetime, at: datetime) -> None:
    """Refuse a deadline for the carriers that has passed already.

    Raises:
        InvalidValue: ACCEPTANCE_DEADLINE_BEHIND.
    """
    if acceptance_deadline <= at:
        raise InvalidValue(
            "ACCEPTANCE_DEADLINE_BEHIND",
            "The carriers' deadline has passed already; set a later one.",
            acceptance_deadline=acceptance_deadline.isoformat(),
        )
