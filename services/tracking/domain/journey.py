"""The journey of one booking, folded from its events.

`fold` is the whole rule and needs every event; `advance` does the same with only the new ones,
where none of them reaches back. Both give the same journey, in whatever order and however often
events came: ACTUAL events count by their own time, forecasts by the order in which they were
told, and an event that its issuer took back counts as never told.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.tracking.domain.container import (
    Breach,
    Container,
    Happened,
    MilestoneCode,
    Slot,
    sealed_for,
)
from services.tracking.domain.events import Classifier, EventOrder, EventType, TrackingEvent
from services.tracking.domain.plan import OPERATOR, Plan


@dataclass(slots=True)
class Journey:
    """Everything that the events say, and what is needed to go on from here.

    `transport` holds what happened to a means of transport as a whole, and so to every
    container. `planned` and `estimated` are forecasts that carriers told beside the plan.
    """

    containers: dict[str, Container] = field(default_factory=dict)
    transport: dict[Slot, Happened] = field(default_factory=dict)
    planned: dict[Slot, datetime] = field(default_factory=dict)
    estimated: dict[Slot, datetime] = field(default_factory=dict)
    # The place of the latest ACTUAL event; what comes before it reaches back.
    latest: EventOrder | None = None
    # Issuer and event id of what was taken back, told or still to be told.
    taken_back: set[tuple[str, str]] = field(default_factory=set)


class Reached(NamedTuple):
    """A milestone that was not there before."""

    slot: Slot
    equipment_reference: str
    happened: Happened


class Memory(NamedTuple):
    """What a journey told at some moment."""

    milestones: frozenset[tuple[str, Slot, str]]
    breaches: frozenset[tuple[str, str, str, str]]


class News(NamedTuple):
    """What a change of the journey tells the world."""

    milestones: tuple[Reached, ...]
    breaches: tuple[tuple[str, Breach], ...]


def start(plan: Plan) -> Journey:
    """Answer the journey before its first event."""
    return Journey(
        containers={
            number: sealed_for(number, seals) for number, seals in sorted(plan.equipment.items())
        }
    )


def fold(plan: Plan, events: Iterable[TrackingEvent]) -> Journey:
    """Fold every event of a booking; `events` in the order in which they were received."""
    told = list(events)
    journey = start(plan)
    journey.taken_back = {
        (event.issuer, event.retracted_event_id) for event in told if event.retracted_event_id
    }
    _apply(journey, plan, told)
    return journey


def advance(plan: Plan, journey: Journey, events: Sequence[TrackingEvent]) -> bool:
    """Take new events into the journey, which is changed; `events` in order of receipt.

    Answers False, and changes nothing, where one of them reaches back behind what was already
    folded; then the journey must be folded anew from all events.
    """
    latest = journey.latest
    for event in events:
        if event.retracted_event_id:
            return False
        reaches_back = (
            latest is not None
            and event.event_classifier == Classifier.ACTUAL
            and event.moves_the_journey
            and event.order <= latest
        )
        if reaches_back:
            return False
    _apply(journey, plan, events)
    return True


def remember(journey: Journey) -> Memory:
    """Answer what the journey tells now, to be held against what it tells later."""
    return Memory(
        milestones=frozenset(
            (number, slot, what.event_id) for number, slot, what in _all_milestones(journey)
        ),
        breaches=frozenset(
            (number, breach.code, breach.event_id, breach.explanation)
            for number, container in journey.containers.items()
            for breach in container.breaches
        ),
    )


def find_news(before: Memory, after: Journey) -> News:
    """Say what the journey tells now and did not before. A corrected milestone is news again."""
    return News(
        milestones=tuple(
            Reached(slot, number, what)
            for number, slot, what in _all_milestones(after)
            if (number, slot, what.event_id) not in before.milestones
        ),
        breaches=tuple(
            (number, breach)
            for number, container in after.containers.items()
            for breach in container.breaches
            if (number, breach.code, breach.event_id, breach.explanation) not in before.breaches
        ),
    )


def _all_milestones(journey: Journey) -> Iterator[tuple[str, Slot, Happened]]:
    for slot, what in journey.transport.items():
        yield "", slot, what
    for number, container in journey.containers.items():
        for slot, what in container.happened.items():
            yield number, slot, what


def _apply(journey: Journey, plan: Plan, events: Iterable[TrackingEvent]) -> None:
    actual: list[TrackingEvent] = []
    for event in events:
        if event.only_takes_back or (event.issuer, event.event_id) in journey.taken_back:
            continue
        if event.event_classifier == Classifier.ACTUAL:
            if event.moves_the_journey:
                actual.append(event)
        else:
            _forecast(journey, plan, event)
    actual.sort(key=_order)
    for event in actual:
        _observe(journey, plan, event)
        journey.latest = event.order


def _order(event: TrackingEvent) -> EventOrder:
    return event.order


def _observe(journey: Journey, plan: Plan, event: TrackingEvent) -> None:
    if event.event_type == EventType.TRANSPORT:
        _observe_transport(journey, plan, event)
        return
    container = _find(journey, plan, event.equipment_reference)
    if container is not None:
        container.observe(plan, event)
        return
    # An empty box that was never stuffed for this booking is nobody's breach.
    if event.leg_sequence >= 1 or event.event_code == "STUFFED":
        instead = _whose_place(journey, event)
        if instead is not None:
            instead.miss(event)


def _find(journey: Journey, plan: Plan, number: str) -> Container | None:
    known = journey.containers.get(number)
    if known is None and not plan.equipment and len(journey.containers) < plan.containers:
        # Nobody said yet which containers travel; the first that are seen do.
        known = journey.containers[number] = Container(number)
    return known


def _whose_place(journey: Journey, event: TrackingEvent) -> Container | None:
    waiting = [
        container
        for container in journey.containers.values()
        if not container.has(MilestoneCode.LEG_STARTED, event.leg_sequence)
    ]
    return next(iter(waiting or journey.containers.values()), None)


def _observe_transport(journey: Journey, plan: Plan, event: TrackingEvent) -> None:
    leg = plan.leg(event.leg_sequence)
    if leg is None or event.issuer not in (leg.carrier, OPERATOR):
        return
    code = MilestoneCode(event.event_code)
    place = leg.departure if code is MilestoneCode.DEPARTED else leg.arrival
    if event.un_location_code and not place.is_where(event):
        return  # A call on the way, not the leg's own end.
    if code is MilestoneCode.ARRIVED and (MilestoneCode.DEPARTED, leg.sequence) not in (
        journey.transport
    ):
        for container in journey.containers.values():
            container.out_of_order(event, f"Leg {leg.sequence} arrived before it departed.")
    journey.transport.setdefault(
        (code, leg.sequence),
        Happened(
            event.event_date_time, event.event_id, event.un_location_code or place.un_location_code
        ),
    )


def _forecast(journey: Journey, plan: Plan, event: TrackingEvent) -> None:
    slot = _slot_of_forecast(plan, event)
    if slot is None:
        return
    told = journey.planned if event.event_classifier == Classifier.PLANNED else journey.estimated
    told[slot] = event.event_date_time


def _slot_of_forecast(plan: Plan, event: TrackingEvent) -> Slot | None:  # noqa: PLR0911 - one return per milestone
    code, leg = event.event_code, plan.leg(event.leg_sequence)
    if leg is None:
        if code == "STUFFED":
            return (MilestoneCode.STUFFED, 0)
        if code == "PICKED_UP":
            return (MilestoneCode.EMPTY_PICKED_UP, 0)
        return (MilestoneCode.EMPTY_RETURNED, 0) if code == "DROPPED_OFF" else None
    if code in ("ARRIVED", "DEPARTED"):
        return (MilestoneCode(code), leg.sequence)
    if code == "LOADED" and leg.mode_of_transport == "VESSEL":
        return (MilestoneCode.LOADED_ON_BOARD, leg.sequence)
    if code == "DISCHARGED" and leg.mode_of_transport in ("VESSEL", "BARGE"):
        return (MilestoneCode.DISCHARGED, leg.sequence)
    if code in ("GATED_OUT", "PICKED_UP") and leg.departure.is_where(event):
        started = (
            MilestoneCode.TAKEN_IN_CHARGE if leg is plan.first_leg else (MilestoneCode.LEG_STARTED)
        )
        return (started, leg.sequence)
    if code in ("GATED_IN", "DROPPED_OFF") and leg.arrival.is_where(event):
        ended = MilestoneCode.DELIVERED if leg is plan.last_leg else MilestoneCode.LEG_ENDED
        return (ended, leg.sequence)
    return None
