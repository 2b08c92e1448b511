"""Plan and journey as the JSON that their columns hold: short, and the same both ways."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from services.tracking.domain.container import (
    Breach,
    BreachCode,
    Container,
    Happened,
    MilestoneCode,
    Slot,
)
from services.tracking.domain.events import SeenSeal
from services.tracking.domain.journey import Journey
from services.tracking.domain.plan import Place, Plan, PlannedLeg

# Raised with every change of the spelling below.
_FORMAT: Final = 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# A milestone is written by its number, which must therefore never change: add at the end.
_NUMBERS: Final = {code: number for number, code in enumerate(MilestoneCode)}
_CODES: Final = {number: code for code, number in _NUMBERS.items()}


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


# The encoder walks tuples by itself; only moments are spelled here.
_dump: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_micros
).encode


def write_plan(plan: Plan) -> str:
    """Spell a plan as JSON."""
    return _dump(
        {
            "reference": plan.booking_reference,
            "shipper": plan.shipper,
            "legs": [
                [
                    leg.sequence,
                    leg.mode_of_transport,
                    leg.carrier,
                    leg.departure,
                    leg.arrival,
                    _micros(leg.planned_departure),
                    _micros(leg.planned_arrival),
                ]
                for leg in plan.legs
            ],
            "containers": plan.containers,
            "emptyPickUp": plan.empty_pick_up,
            "emptyReturn": plan.empty_return,
            "facilities": sorted(plan.facilities),
            "equipment": {number: list(seals) for number, seals in plan.equipment.items()},
        }
    )


@lru_cache(maxsize=4_096)
def read_plan(text: str) -> Plan:
    """Read what `write_plan` spelled. A plan never changes, so it may be shared."""
    said = json.loads(text)
    return Plan(
        booking_reference=said["reference"],
        shipper=said["shipper"],
        legs=tuple(
            PlannedLeg(
                sequence,
                mode,
                carrier,
                Place(*departure),
                Place(*arrival),
                _moment(departs),
                _moment(due),
            )
            for sequence, mode, carrier, departure, arrival, departs, due in said["legs"]
        ),
        containers=said["containers"],
        empty_pick_up=said["emptyPickUp"],
        empty_return=said["emptyReturn"],
        facilities=frozenset(said["facilities"]),
        equipment={number: tuple(seals) for number, seals in said["equipment"].items()},
    )


def write_journey(journey: Journey) -> str:
    """Spell a journey as JSON. Lists and numbers: it is written with every batch."""
    return _dump(
        {
            "format": _FORMAT,
            "containers": [_container(one) for one in journey.containers.values()],
            "transport": _happened(journey.transport, {}),
            "planned": [(_NUMBERS[slot[0]], slot[1], at) for slot, at in journey.planned.items()],
            "estimated": [
                (_NUMBERS[slot[0]], slot[1], at) for slot, at in journey.estimated.items()
            ],
            "latest": journey.latest,
            "takenBack": sorted(journey.taken_back),
        }
    )


def read_journey(text: str) -> Journey | None:
    """Read what `write_journey` spelled; None where another version spelled it.

    Nothing is lost then: a journey can always be folded anew from its events.
    """
    said = json.loads(text)
    if said.get("format") != _FORMAT:
        return None
    latest = said["latest"]
    return Journey(
        containers={one[0]: _read_container(one) for one in said["containers"]},
        transport=_read_happened(said["transport"], []),
        planned={(_CODES[code], leg): _moment(at) for code, leg, at in said["planned"]},
        estimated={(_CODES[code], leg): _moment(at) for code, leg, at in said["estimated"]},
        latest=None if latest is None else (_moment(latest[0]), *latest[1:]),
        taken_back={(issuer, event_id) for issuer, event_id in said["takenBack"]},
    )


def _container(one: Container) -> tuple[object, ...]:
    # The same seals are seen at nearly every hand-over; each reading is written once.
    readings: dict[tuple[SeenSeal, ...], int] = {}
    happened = _happened(one.happened, readings)
    return (
        one.equipment_reference,
        one.expected_seals,
        happened,
        list(readings),
        one.breaches,
        one.doubtful_leg,
        one.open_since,
        one.is_unopened,
        one.last_place,
        one.entered,
        one.loaded_on,
    )


def _read_container(one: list[Any]) -> Container:
    happened = _read_happened(one[2], one[3])
    return Container(
        equipment_reference=one[0],
        expected_seals=one[1],
        happened=happened,
        breaches=[
            Breach(BreachCode(code), leg, event_id, explanation, _moment(at), owner)
            for code, leg, event_id, explanation, at, owner in one[4]
        ],
        doubtful_leg=one[5],
        open_since=one[6],
        is_unopened=one[7],
        last_place=one[8],
        entered=one[9],
        loaded_on=one[10],
        is_delivered=any(code is MilestoneCode.DELIVERED for code, _ in happened),
    )


def _happened(
    slots: Mapping[Slot, Happened], readings: dict[tuple[SeenSeal, ...], int]
) -> list[tuple[object, ...]]:
    return [
        (
            _NUMBERS[slot[0]],
            slot[1],
            what.at,
            what.event_id,
            what.un_location_code,
            readings.setdefault(what.seals, len(readings)) if what.seals else -1,
        )
        for slot, what in slots.items()
    ]


def _read_happened(said: list[Any], readings: list[Any]) -> dict[Slot, Happened]:
    seals = [tuple(SeenSeal(*seal) for seal in reading) for reading in readings]
    return {
        (_CODES[code], leg): Happened(
            _moment(at), event_id, place, seals[reading] if reading >= 0 else ()
        )
        for code, leg, at, event_id, place, reading in said
    }


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
