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

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_CODES: Final = {code.value: code for code in MilestoneCode}


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
    """Spell a journey as JSON. Lists, not objects: it is written with every batch."""
    return _dump(
        {
            "containers": [_container(one) for one in journey.containers.values()],
            "transport": _happened(journey.transport),
            "planned": [(*slot, at) for slot, at in journey.planned.items()],
            "estimated": [(*slot, at) for slot, at in journey.estimated.items()],
            "latest": journey.latest,
            "takenBack": sorted(journey.taken_back),
        }
    )


def read_journey(text: str) -> Journey:
    """Read what `write_journey` spelled."""
    said = json.loads(text)
    latest = said["latest"]
    return Journey(
        containers={one[0]: _read_container(one) for one in said["containers"]},
        transport=dict(_read_happened(one) for one in said["transport"]),
        planned={(_CODES[code], leg): _moment(at) for code, leg, at in said["planned"]},
        estimated={(_CODES[code], leg): _moment(at) for code, leg, at in said["estimated"]},
        latest=None if latest is None else (_moment(latest[0]), *latest[1:]),
        taken_back={(issuer, event_id) for issuer, event_id in said["takenBack"]},
    )


def _container(one: Container) -> tuple[object, ...]:
    return (
        one.equipment_reference,
        one.expected_seals,
        _happened(one.happened),
        one.breaches,
        one.doubtful_leg,
        one.open_since,
        one.is_unopened,
        one.last_place,
        one.entered,
        one.loaded_on,
    )


def _happened(slots: Mapping[Slot, Happened]) -> list[tuple[object, ...]]:
    return [(*slot, *what) for slot, what in slots.items()]


def _read_container(one: list[Any]) -> Container:
    return Container(
        equipment_reference=one[0],
        expected_seals=one[1],
        happened=dict(_read_happened(what) for what in one[2]),
        breaches=[
            Breach(BreachCode(code), leg, event_id, explanation, _moment(at), owner)
            for code, leg, event_id, explanation, at, owner in one[3]
        ],
        doubtful_leg=one[4],
        open_since=one[5],
        is_unopened=one[6],
        last_place=one[7],
        entered=one[8],
        loaded_on=one[9],
        is_delivered=any(code == MilestoneCode.DELIVERED for code, *_ in one[2]),
    )


def _read_happened(said: list[Any]) -> tuple[Slot, Happened]:
    seals = tuple(SeenSeal(*seal) for seal in said[5]) if len(said) > 5 else ()  # noqa: PLR2004 - the sixth is there or not
    return (_CODES[said[0]], said[1]), Happened(_moment(said[2]), said[3], said[4], seals)


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
