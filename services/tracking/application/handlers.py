"""The use cases: plan a journey, assign a container, take events in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from foundation.kernel.errors import InvalidValue, NotFound
from services.tracking.application.ports import PlannedJourney, Records
from services.tracking.domain.events import Fault, TrackingEvent, find_fault
from services.tracking.domain.journey import advance, find_news, fold, start
from services.tracking.domain.plan import STRANGER, Plan, check_assignment, check_plan

BATCH_MAX: Final = 1_000


class Rejected(NamedTuple):
    """An event that was not taken, and why."""

    event_id: str
    fault: Fault


class Ingested(NamedTuple):
    """What became of a batch."""

    accepted: int
    duplicates: int
    rejected: tuple[Rejected, ...]


def booking_unknown(reference: str) -> NotFound:
    """Make the answer to whoever may not know of a booking, or made it up."""
    return NotFound(
        STRANGER.reason, f"There is no booking {reference!r} for you.", booking_reference=reference
    )


async def plan_journey(records: Records, plan: Plan) -> PlannedJourney:
    """Lay a plan; a second one replaces the first, and the events count against it anew."""
    check_plan(plan)
    known = await _lock(records, plan.booking_reference)
    if known is None:
        planned = PlannedJourney(plan, start(plan))
        await records.add_journey(planned)
        return planned
    return await _replan(records, known, plan.with_equipment(known.plan.equipment))


async def assign_equipment(
    records: Records, reference: str, equipment_reference: str, seals: Sequence[str]
) -> PlannedJourney:
    """Say which container with which shipper's seals travels on a booking."""
    known = await _lock(records, reference)
    if known is None:
        raise booking_unknown(reference)
    plan = check_assignment(known.plan, equipment_reference, tuple(seals))
    return await _replan(records, known, plan)


async def ingest(
    records: Records, issuer: str, events: Sequence[TrackingEvent], now: datetime
) -> Ingested:
    """Store a batch and take it into the journeys it moves; all of it, or nothing."""
    if not 1 <= len(events) <= BATCH_MAX:
        raise InvalidValue("BATCH_SIZE", "A batch has 1 to 1,000 events.", events=len(events))
    rejected: list[Rejected] = []
    # Journeys are locked before events are added, so that of two batches for one booking the
    # second sees the first one's events.
    plans = await records.lock_plans(sorted({event.booking_reference for event in events}))
    admitted: dict[str, TrackingEvent] = {}
    twice = 0
    for event in events:
        plan = plans.get(event.booking_reference)
        fault = find_fault(event, now) or (STRANGER if plan is None else plan.admits(event))
        if fault is not None:
            rejected.append(Rejected(event.event_id, fault))
        elif event.event_id in admitted:
            twice += 1
        else:
            admitted[event.event_id] = event
    accepted = await _take_in(records, issuer, list(admitted.values()))
    return Ingested(accepted, twice + len(admitted) - accepted, tuple(rejected))


async def _take_in(records: Records, issuer: str, events: list[TrackingEvent]) -> int:
    if not events:
        return 0
    moving: dict[str, list[TrackingEvent]] = {}
    for event in events:
        if event.moves_the_journey:
            moving.setdefault(event.booking_reference, []).append(event)
    # Journeys are read before the events are added: one that has to be folded anew from the
    # record would already know them, and nobody would be told what they changed.
    journeys = await records.read_locked(sorted(moving))
    accepted = await records.append(issuer, events)
    if accepted == 0:
        return 0
    # Which of them were known before is not asked: then the journey is folded from the record.
    all_new = accepted == len(events)
    changed: list[PlannedJourney] = []
    for reference, told in moving.items():
        changed.append(await _move(records, journeys[reference], told, all_new=all_new))
    if changed:
        await records.save_journeys(changed)
    return accepted


async def _move(
    records: Records, known: PlannedJourney, told: list[TrackingEvent], *, all_new: bool
) -> PlannedJourney:
    plan, journey = known
    news = advance(plan, journey, told) if all_new else None
    if news is None:
        folded = fold(plan, await records.read_events(plan.booking_reference))
        news = find_news(journey, folded)
        journey = folded
    records.tell(plan, news)
    return PlannedJourney(plan, journey)


async def _lock(records: Records, reference: str) -> PlannedJourney | None:
    if not await records.lock_plans([reference]):
        return None
    return (await records.read_locked([reference]))[reference]


async def _replan(records: Records, known: PlannedJourney, plan: Plan) -> PlannedJourney:
    journey = fold(plan, await records.read_events(plan.booking_reference))
    records.tell(plan, find_news(known.journey, journey))
    planned = PlannedJourney(plan, journey)
    await records.save_plan(planned)
    return planned
