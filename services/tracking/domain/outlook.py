"""What the journey looks like from here: what is expected next, and when it should arrive.

The estimate is the last thing known plus what remains of the plan: nobody's promise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.tracking.domain.container import Container, Happened, MilestoneCode, Slot
from services.tracking.domain.journey import Journey
from services.tracking.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class Milestone:
    """One milestone with its three times, each None where it is not known."""

    code: MilestoneCode
    leg_sequence: int
    planned_at: datetime | None
    estimated_at: datetime | None
    happened: Happened | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """One container's milestones in order, and what is next."""

    milestones: tuple[Milestone, ...]
    next_expected: Milestone | None
    next_expected_at: datetime | None
    estimated_arrival: datetime | None


def expected_slots(plan: Plan) -> list[tuple[Slot, datetime | None]]:
    """Answer every milestone that the plan leads to expect, in order, with its planned time."""
    first, last = plan.first_leg, plan.last_leg
    expected: list[tuple[Slot, datetime | None]] = [
        ((MilestoneCode.EMPTY_PICKED_UP, 0), None),
        ((MilestoneCode.STUFFED, 0), None),
        ((MilestoneCode.TAKEN_IN_CHARGE, 1), first.planned_departure),
    ]
    for leg in plan.legs:
        number, departs, arrives = leg.sequence, leg.planned_departure, leg.planned_arrival
        if leg is last and number > 1:
            expected.append(((MilestoneCode.GATED_OUT_AT_DESTINATION, number), departs))
        expected.append(((MilestoneCode.LEG_STARTED, number), departs))
        if leg.mode_of_transport == "VESSEL":
            expected.append(((MilestoneCode.LOADED_ON_BOARD, number), departs))
        if leg.mode_of_transport != "TRUCK":
            expected.append(((MilestoneCode.DEPARTED, number), departs))
            expected.append(((MilestoneCode.ARRIVED, number), arrives))
        if leg.mode_of_transport in ("VESSEL", "BARGE"):
            expected.append(((MilestoneCode.DISCHARGED, number), arrives))
        if leg is last:
            expected.append(((MilestoneCode.DELIVERED, number), arrives))
        expected.append(((MilestoneCode.LEG_ENDED, number), arrives))
    expected.append(((MilestoneCode.EMPTY_RETURNED, 0), None))
    return expected


def look_ahead(plan: Plan, journey: Journey, container: Container | None) -> Outlook:
    """Lay what happened beside what was planned. `container` is None before one is known."""
    happened: Mapping[Slot, Happened] = {
        **journey.transport,
        **(container.happened if container is not None else {}),
    }
    milestones = _lay_out(plan, journey, happened)
    reached = max(
        (place for place, one in enumerate(milestones) if one.happened is not None), default=-1
    )
    following = next((one for one in milestones[reached + 1 :] if one.happened is None), None)
    delay = _delay(milestones, reached)
    delivered = happened.get((MilestoneCode.DELIVERED, plan.last_leg.sequence))
    estimate = journey.estimated.get((MilestoneCode.DELIVERED, plan.last_leg.sequence))
    if delivered is not None:
        arrival = delivered.at
    else:
        arrival = estimate or plan.last_leg.planned_arrival + delay
    return Outlook(
        milestones=milestones,
        next_expected=following,
        next_expected_at=_expected_at(following, delay),
        estimated_arrival=arrival,
    )


def _lay_out(
    plan: Plan, journey: Journey, happened: Mapping[Slot, Happened]
) -> tuple[Milestone, ...]:
    expected = expected_slots(plan)
    slots = {slot for slot, _ in expected}
    milestones = [
        Milestone(
            code=slot[0],
            leg_sequence=slot[1],
            planned_at=journey.planned.get(slot, planned),
            estimated_at=journey.estimated.get(slot),
            happened=happened.get(slot),
        )
        for slot, planned in expected
    ]
    # A lorry that also tells its departure is shown, and nothing waits for it.
    for slot, what in sorted(happened.items(), key=lambda entry: entry[1].at):
        if slot not in slots:
            place = 1 + max(
                number
                for number, one in enumerate(milestones)
                if one.leg_sequence <= slot[1] and not (one.leg_sequence == 0 and number > 1)
            )
            milestones.insert(place, Milestone(slot[0], slot[1], None, None, what))
    return tuple(milestones)


def _delay(milestones: tuple[Milestone, ...], reached: int) -> timedelta:
    """How far the journey is behind its plan; negative where it is ahead.

    Told by the milestone that lies furthest on: an estimate of something still to come knows
    more than what happened before it.
    """
    delay = timedelta()
    for place, one in enumerate(milestones):
        if one.planned_at is None:
            continue
        if one.happened is not None:
            delay = one.happened.at - one.planned_at
        elif one.estimated_at is not None and place > reached:
            delay = one.estimated_at - one.planned_at
    return delay


def _expected_at(following: Milestone | None, delay: timedelta) -> datetime | None:
    if following is None:
        return None
    if following.estimated_at is not None:
        return following.estimated_at
    return following.planned_at + delay if following.planned_at is not None else None
