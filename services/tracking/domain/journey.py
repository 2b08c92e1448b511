"""The journey of one booking, folded from its events.

`fold` is the whole rule and needs every event; `advance` does the same with only the new ones,
where none of them reaches back. Both give the same journey, in whatever order and however often
events came: ACTUAL events count by their own time, forecasts by the order in which they were
told, and an event that its issuer took back counts as never told.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
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
    _apply(journey, plan, told, _in_order(journey, told))
    return journey


def advance(plan: Plan, journey: Journey, events: Sequence[TrackingEvent]) -> News | None:
    """Take new events into the journey, which is changed; `events` in order of receipt.

    Answers None, and changes nothing, where one of them reaches back behind what was already
    folded; then the journey must be folded anew from all events.
    """
    if any(event.retracted_event_id for event in events):
        return None
    actual = _in_order(journey, events)
    if actual and journey.latest is not None and actual[0][0] <= journey.latest:
        return None
    # Nothing that was folded goes away here, so news are what stands behind what stood there.
    transport = len(journey.transport)
    told = {
        number: (len(container.happened), len(container.breaches))
        for number, container in journey.containers.items()
    }
    _apply(journey, plan, events, actual)
    milestones = [
        Reached(slot, "", what)
        for slot, what in islice(journey.transport.items(), transport, None)
    ]
    breaches: list[tuple[str, Breach]] = []
    for number, container in journey.containers.items():
        reached, wrong = told.get(number, (0, 0))
        milestones += [
            Reached(slot, number, what)
            for slot, what in islice(container.happened.items(), reached, None)
        ]
        breaches += [(number, breach) for breach in container.breaches[wrong:]]
    return News(tuple(milestones), tuple(breaches))


def find_news(before: Journey, after: Journey) -> News:
    """Say what a journey folded anew tells that it did not. A corrected milestone is news."""
    known = {(number, slot, what.event_id) for number, slot, what in _all_milestones(before)}
    wrong = {
        (number, breach)
        for number, container in before.containers.items()
        for breach in container.breaches
    }
    return News(
        milestones=tuple(
            Reached(slot, number, what)
            for number, slot, what in _all_milestones(after)
            if (number, slot, what.event_id) not in known
        ),
        breaches=tuple(
            (number, breach)
            for number, container in after.containers.items()
            for breach in container.breaches
            if (number, breach) not in wrong
        ),
    )


def _all_milestones(journey: Journey) -> Iterator[tuple[str, Slot, Happened]]:
    for slot, what in journey.transport.items():
        yield "", slot, what
    for number, container in journey.containers.items():
        for slot, what in container.happened.items():
            yield number, slot, what


def _in_order(
    journey: Journey, events: Iterable[TrackingEvent]
) -> list[tuple[EventOrder, TrackingEvent]]:
    """Answer the ACTUAL events that move the journey, each behind its place, in order."""
    actual = [
        (event.order, event)
        for event in events
        if event.event_classifier == Classifier.ACTUAL
        and event.moves_the_journey
        and not event.only_takes_back
        and (event.issuer, event.event_id) not in journey.taken_back
    ]
    # An order names its event, so events themselves are never compared.
    actual.sort()
    return actual


def _apply(
    journey: Journey,
    plan: Plan,
    events: Iterable[TrackingEvent],
    actual: Sequence[tuple[EventOrder, TrackingEvent]],
) -> None:
    for event in events:
        is_forecast = event.event_classifier != Classifier.ACTUAL and not event.only_takes_back
        if is_forecast and (event.issuer, event.event_id) not in journey.taken_back:
            _forecast(journey, plan, event)
    for _, event in actual:
        _observe(journey, plan, event)
    if actual:
        journey.latest = actual[-1][0]


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
