"""One container on its way: which hand-overs it passed, its seals, what went wrong.

The one-container rules (一箱制) live here: the same container from stuffing to delivery, not
opened on the way, every hand-over naming the seal. A breach names the leg after the last
hand-over that was good, which is where the loss must lie. Events come in the order of their
own time; `journey` sees to that.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from foundation.kernel.seals import SealComparison, compare_seals
from services.tracking.domain.events import EventType, SeenSeal, TrackingEvent
from services.tracking.domain.plan import OPERATOR, Plan, PlannedLeg


class MilestoneCode(StrEnum):
    """What the process waits for."""

    EMPTY_PICKED_UP = "EMPTY_PICKED_UP"
    STUFFED = "STUFFED"
    TAKEN_IN_CHARGE = "TAKEN_IN_CHARGE"
    LEG_STARTED = "LEG_STARTED"
    LOADED_ON_BOARD = "LOADED_ON_BOARD"
    DEPARTED = "DEPARTED"
    ARRIVED = "ARRIVED"
    DISCHARGED = "DISCHARGED"
    LEG_ENDED = "LEG_ENDED"
    GATED_OUT_AT_DESTINATION = "GATED_OUT_AT_DESTINATION"
    DELIVERED = "DELIVERED"
    EMPTY_RETURNED = "EMPTY_RETURNED"


class BreachCode(StrEnum):
    """What may be wrong with the one container."""

    CONTAINER_CHANGED = "CONTAINER_CHANGED"
    OPENED = "OPENED"
    EXCUSED_OPENING = "EXCUSED_OPENING"
    SEAL_QUERY = "SEAL_QUERY"
    SEAL_BREACH = "SEAL_BREACH"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    MISROUTED = "MISROUTED"


Slot = tuple[MilestoneCode, int]
"""A milestone's place in the journey: its code and its leg, 0 outside the legs."""


class Happened(NamedTuple):
    """The ACTUAL event behind a milestone."""

    at: datetime
    event_id: str
    un_location_code: str
    seals: tuple[SeenSeal, ...] = ()


class Breach(NamedTuple):
    """One exception. `leg_sequence` is where it lies, `owner` who has to look at it."""

    code: BreachCode
    leg_sequence: int
    event_id: str
    explanation: str
    at: datetime
    owner: str


# Every hand-over of custody; at each the seal is to be read (rule 3).
_HAND_OVERS: Final = frozenset(
    {"GATED_IN", "GATED_OUT", "LOADED", "DISCHARGED", "PICKED_UP", "DROPPED_OFF"}
)
_INTO_A_PLACE: Final = frozenset({"GATED_IN", "DISCHARGED", "DROPPED_OFF"})

# What ends a leg at its place of arrival: a lorry drives in, everything else gives out.
_ENDS: Final = {
    "TRUCK": frozenset({"GATED_IN", "DROPPED_OFF", "DISCHARGED"}),
    "RAIL": frozenset({"DISCHARGED", "GATED_OUT", "DROPPED_OFF"}),
    "BARGE": frozenset({"DISCHARGED", "GATED_OUT", "DROPPED_OFF"}),
    "VESSEL": frozenset({"DISCHARGED", "GATED_OUT", "DROPPED_OFF"}),
}

# Rule 2. RESEALED shows that a door was open, whoever opened it.
_OPENINGS: Final = frozenset({"DOOR_OPENED", "INSPECTED", "RESEALED", "STRIPPED", "STUFFED"})


@dataclass(slots=True)
class Container:
    """What is known of one container. Change it only through `observe` and `miss`."""

    equipment_reference: str
    expected_seals: list[str] = field(default_factory=list)
    happened: dict[Slot, Happened] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)
    # The leg on which a breach that is found next would lie.
    doubtful_leg: int = 0
    # Opened by authority and not sealed again yet: the event that opened it.
    open_since: str = ""
    is_unopened: bool = True
    last_place: str = ""
    entered: list[str] = field(default_factory=list)
    loaded_on: list[int] = field(default_factory=list)
    is_delivered: bool = False

    def has(self, code: MilestoneCode, leg: int) -> bool:
        """Whether that milestone happened."""
        return (code, leg) in self.happened

    def observe(self, plan: Plan, event: TrackingEvent) -> None:
        """Take in one ACTUAL equipment or door event of this container."""
        if event.un_location_code:
            self.last_place = event.un_location_code
        if event.event_code in _OPENINGS and self._must_stay_shut(plan, event):
            self._opening(event)
        if event.event_type == EventType.EQUIPMENT:
            self._equipment_event(plan, event)

    def miss(self, event: TrackingEvent) -> None:
        """Another number was told where this container should be (rule 1)."""
        self._add(
            event,
            BreachCode.CONTAINER_CHANGED,
            f"{event.issuer} told {event.event_code} of {event.equipment_reference} where "
            f"{self.equipment_reference} travels.",
        )

    def out_of_order(self, event: TrackingEvent, explanation: str) -> None:
        """Note that something came before what must precede it; its teller has to explain."""
        self._add(
            event,
            BreachCode.OUT_OF_ORDER,
            explanation,
            owner=event.issuer,
            leg=event.leg_sequence,
        )

    def _equipment_event(self, plan: Plan, event: TrackingEvent) -> None:
        code = event.event_code
        if code == "STUFFED":
            self._reach(MilestoneCode.STUFFED, 0, event)
            if not self.expected_seals:
                self.expected_seals = [seal.seal_number for seal in event.seals]
        elif code in _HAND_OVERS:
            if self._is_laden(event):
                self._laden_hand_over(plan, event)
            else:
                self._empty_hand_over(plan, event)

    def _is_laden(self, event: TrackingEvent) -> bool:
        # On a leg, between taking in charge and delivery, the container is laden whatever a
        # careless message leaves out.
        return event.is_laden or (
            event.leg_sequence >= 1
            and self.has(MilestoneCode.TAKEN_IN_CHARGE, 1)
            and not self.is_delivered
        )

    def _empty_hand_over(self, plan: Plan, event: TrackingEvent) -> None:
        code = event.event_code
        if code in ("PICKED_UP", "GATED_OUT") and not self.has(MilestoneCode.STUFFED, 0):
            self._reach(MilestoneCode.EMPTY_PICKED_UP, 0, event)
        elif code in ("DROPPED_OFF", "GATED_IN") and self.is_delivered:
            at_the_end = event.leg_sequence == 0 or (
                event.un_location_code == plan.empty_return != ""
            )
            if at_the_end:
                self._reach(MilestoneCode.EMPTY_RETURNED, 0, event)

    def _laden_hand_over(self, plan: Plan, event: TrackingEvent) -> None:
        leg = plan.leg(event.leg_sequence)
        self._check_window(event)
        if leg is None:
            return
        self._check_place(plan, event)
        has_seal = self._check_seals(plan, event)
        is_carriers = event.issuer in (leg.carrier, OPERATOR)
        code, place = event.event_code, event.un_location_code
        if is_carriers:
            self._start(plan, leg, event, has_seal=has_seal)
        is_last = leg is plan.last_leg and leg.sequence > 1
        if is_last and code == "GATED_OUT" and leg.departure.is_where(event):
            self._reach(MilestoneCode.GATED_OUT_AT_DESTINATION, leg.sequence, event)
            if place not in self.entered:
                self.out_of_order(event, f"It left {place} and nobody told it arrived there.")
        if is_carriers:
            self._load_and_discharge(leg, event)
            self._end(plan, leg, event)
        if code in _INTO_A_PLACE and place:
            self.entered.append(place)

    def _start(self, plan: Plan, leg: PlannedLeg, event: TrackingEvent, *, has_seal: bool) -> None:
        if event.un_location_code and not leg.departure.is_where(event):
            return
        if leg.sequence == 1:
            # Custody begins with the first laden gate-out at the place of receipt, by the
            # first leg's carrier, with a seal of the shipper's.
            if event.event_code == "GATED_OUT" and event.is_laden and has_seal:
                self._reach(MilestoneCode.TAKEN_IN_CHARGE, 1, event)
                self._reach(MilestoneCode.LEG_STARTED, 1, event)
            return
        if self.has(MilestoneCode.LEG_STARTED, leg.sequence):
            return
        if not self.has(MilestoneCode.LEG_STARTED, leg.sequence - 1):
            self.out_of_order(
                event, f"Leg {leg.sequence} started before leg {leg.sequence - 1} did."
            )
        self._reach(MilestoneCode.LEG_STARTED, leg.sequence, event)

    def _load_and_discharge(self, leg: PlannedLeg, event: TrackingEvent) -> None:
        if event.event_code == "LOADED":
            self.loaded_on.append(leg.sequence)
            if leg.mode_of_transport == "VESSEL":
                self._reach(MilestoneCode.LOADED_ON_BOARD, leg.sequence, event)
        elif event.event_code == "DISCHARGED" and leg.mode_of_transport != "TRUCK":
            if leg.sequence not in self.loaded_on:
                self.out_of_order(event, f"Leg {leg.sequence} discharged what it never loaded.")
            if leg.mode_of_transport in ("VESSEL", "BARGE"):
                self._reach(MilestoneCode.DISCHARGED, leg.sequence, event)

    def _end(self, plan: Plan, leg: PlannedLeg, event: TrackingEvent) -> None:
        if not leg.arrival.is_where(event):
            return
        if event.event_code not in _ENDS[leg.mode_of_transport]:
            return
        if not self.has(MilestoneCode.LEG_STARTED, leg.sequence):
            self.out_of_order(event, f"Leg {leg.sequence} ended before it started.")
        if leg is plan.last_leg:
            self._reach(MilestoneCode.DELIVERED, leg.sequence, event)
            self.is_delivered = True
        self._reach(MilestoneCode.LEG_ENDED, leg.sequence, event)

    def _reach(self, code: MilestoneCode, leg: int, event: TrackingEvent) -> None:
        if (code, leg) not in self.happened:
            self.happened[code, leg] = Happened(
                event.event_date_time, event.event_id, event.un_location_code, event.seals
            )

    def _check_place(self, plan: Plan, event: TrackingEvent) -> None:
        place = event.un_location_code
        if place and not plan.knows_place(place):
            self._add(
                event,
                BreachCode.MISROUTED,
                f"{event.issuer} saw it at {place}, which is not on the plan.",
            )

    def _check_seals(self, plan: Plan, event: TrackingEvent) -> bool:
        """Hold the seals seen against those expected (rule 3); say whether one is in place."""
        if not event.seals:
            return False
        seen = [seal.seal_number for seal in event.seals]
        if not self.expected_seals:
            self.expected_seals = seen
            return any(seal.seal_source == "SHIPPER" for seal in event.seals)
        if seen == self.expected_seals:
            self.doubtful_leg = self._leg_after(plan, event)
            return True
        verdicts = [
            _compare(self.expected_seals, expected, seen) for expected in self.expected_seals
        ]
        for expected, (verdict, found) in zip(self.expected_seals, verdicts, strict=True):
            if verdict is SealComparison.ONE_CHARACTER_OFF:
                self._add_once(
                    event,
                    BreachCode.SEAL_QUERY,
                    f"Seal {expected} was read as {found}, one character off: a photo is asked "
                    "for.",
                )
            elif verdict is SealComparison.DIFFERENT:
                self._add_once(
                    event,
                    BreachCode.SEAL_BREACH,
                    f"Seal {expected} should be on it; seen was {found}.",
                )
        if all(verdict is SealComparison.SAME for verdict, _ in verdicts):
            self.doubtful_leg = self._leg_after(plan, event)
        return any(verdict is not SealComparison.DIFFERENT for verdict, _ in verdicts)

    def _leg_after(self, plan: Plan, event: TrackingEvent) -> int:
        leg = plan.leg(event.leg_sequence)
        if leg is None:
            return self.doubtful_leg
        ends = leg.arrival.is_where(event) and event.event_code in _ENDS[leg.mode_of_transport]
        return min(leg.sequence + 1, len(plan.legs)) if ends else leg.sequence

    def _must_stay_shut(self, plan: Plan, event: TrackingEvent) -> bool:
        sealed = self.has(MilestoneCode.STUFFED, 0) or self.has(MilestoneCode.TAKEN_IN_CHARGE, 1)
        return sealed and not self.is_delivered

    def _opening(self, event: TrackingEvent) -> None:
        if self.open_since:
            # Part of the opening that is under way; a new seal ends it.
            if event.event_code == "RESEALED" and event.seals:
                self.open_since = ""
                self._replace_seals(event)
            return
        self.is_unopened = False
        if event.authority_reference and event.remark:
            self._add(
                event,
                BreachCode.EXCUSED_OPENING,
                f"Opened under {event.authority_reference}: {event.remark}",
            )
            if event.event_code == "RESEALED":
                self._replace_seals(event)
            else:
                self.open_since = event.event_id
            return
        self._add(
            event,
            BreachCode.OPENED,
            f"{event.issuer} told {event.event_code}, and no authority's reference and reason "
            "came with it.",
        )
        if event.event_code == "RESEALED":
            self._replace_seals(event)

    def _check_window(self, event: TrackingEvent) -> None:
        if self.open_since:
            self.open_since = ""
            self._add(
                event,
                BreachCode.OPENED,
                "It was opened by authority and handed over without a new seal.",
            )

    def _replace_seals(self, event: TrackingEvent) -> None:
        for seal in event.seals:
            old = next(
                (
                    expected
                    for expected in self.expected_seals
                    if compare_seals(expected, seal.replaced_seal_number) is SealComparison.SAME
                ),
                None,
            )
            if old is None and len(self.expected_seals) == 1 and not seal.replaced_seal_number:
                old = self.expected_seals[0]
            if old is None:
                self._add_once(
                    event,
                    BreachCode.SEAL_BREACH,
                    f"The new seal {seal.seal_number} does not say which seal it replaces.",
                )
                self.expected_seals.append(seal.seal_number)
            else:
                self.expected_seals[self.expected_seals.index(old)] = seal.seal_number

    def _add_once(self, event: TrackingEvent, code: BreachCode, explanation: str) -> None:
        """A seal that is wrong once stays wrong at every gate behind; it is told once."""
        if not any(
            known.code is code and known.explanation == explanation for known in self.breaches
        ):
            self._add(event, code, explanation)

    def _add(
        self,
        event: TrackingEvent,
        code: BreachCode,
        explanation: str,
        *,
        owner: str = OPERATOR,
        leg: int | None = None,
    ) -> None:
        self.breaches.append(
            Breach(
                code=code,
                leg_sequence=self.doubtful_leg if leg is None else leg,
                event_id=event.event_id,
                explanation=explanation,
                at=event.event_date_time,
                owner=owner,
            )
        )


def _compare(
    all_expected: list[str], expected: str, seen: list[str]
) -> tuple[SealComparison, str]:
    """Find the reading that is nearest to one expected seal.

    A reading that is another expected seal cannot also be this one with a slip.
    """
    nearest = (SealComparison.DIFFERENT, _first(_others(all_expected, expected, seen)))
    for found in seen:
        verdict = compare_seals(expected, found)
        if verdict is SealComparison.SAME:
            return verdict, found
        if verdict is SealComparison.ONE_CHARACTER_OFF and found in _others(
            all_expected, expected, seen
        ):
            nearest = (verdict, found)
    return nearest


def _others(all_expected: list[str], expected: str, seen: list[str]) -> list[str]:
    taken = {other for other in all_expected if other != expected}
    return [found for found in seen if found not in taken]


def _first(numbers: list[str]) -> str:
    return numbers[0] if numbers else "none"


def sealed_for(number: str, seals: tuple[str, ...]) -> Container:
    """Make the container that the shipper assigned, with its seals."""
    return Container(number, expected_seals=list(seals))
