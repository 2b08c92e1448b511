"""The plan that events are held against: legs, places, containers, and who may tell what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from foundation.kernel.clock import in_utc
from foundation.kernel.equipment import EquipmentReference
from foundation.kernel.errors import InvalidValue
from foundation.kernel.unlocode import UnLocode
from services.tracking.domain.events import EventType, Fault, TrackingEvent

OPERATOR: Final = "operator"
_MODES: Final = frozenset({"VESSEL", "RAIL", "TRUCK", "BARGE"})
LEGS_MAX: Final = 20
CONTAINERS_MAX: Final = 100
_SEAL_NUMBER_MAX: Final = 15

# The shipper tells what it does itself at its own door.
_OF_THE_SHIPPER: Final = frozenset({"STUFFED", "RESEALED"})
# A terminal, depot or customs office tells what passes its gate; it neither stuffs nor strips.
_NOT_OF_A_FACILITY: Final = frozenset({"STUFFED", "STRIPPED"})

STRANGER: Final = Fault("BOOKING_UNKNOWN", "There is no such booking for you.")
_OTHERS_LEG: Final = Fault("LEG_UNKNOWN", "There is no such leg for you on this booking.")


class Place(NamedTuple):
    """A place by its UN/LOCODE and, where one is meant, the facility inside it.

    A door and a rail station of one city share the code and differ in the facility.
    """

    un_location_code: str
    facility_code: str = ""

    def is_where(self, event: TrackingEvent) -> bool:
        """Whether the event happened here; a facility that is not told may be any."""
        return event.un_location_code == self.un_location_code and (
            not self.facility_code or event.facility_code in ("", self.facility_code)
        )

    def joins(self, other: "Place") -> bool:
        """Whether a leg that ends here lets another start there."""
        return self.un_location_code == other.un_location_code and (
            not (self.facility_code and other.facility_code)
            or self.facility_code == other.facility_code
        )

    def __str__(self) -> str:
        """For people: code and facility."""
        return "/".join(part for part in self if part)


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """One leg: one mode, one carrier, two places, two times."""

    sequence: int
    mode_of_transport: str
    carrier: str
    departure: Place
    arrival: Place
    planned_departure: datetime
    planned_arrival: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The journey as planned.

    `equipment` says which containers were assigned and which of the shipper's seals each
    carries. `facilities` are organisations without a leg whose gate events count.
    """

    booking_reference: str
    shipper: str
    legs: tuple[PlannedLeg, ...]
    containers: int
    empty_pick_up: str = ""
    empty_return: str = ""
    facilities: frozenset[str] = frozenset()
    equipment: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def first_leg(self) -> PlannedLeg:
        """The leg on which the operator takes the goods in charge."""
        return self.legs[0]

    @property
    def last_leg(self) -> PlannedLeg:
        """The leg that ends at the place of delivery."""
        return self.legs[-1]

    def leg(self, sequence: int) -> PlannedLeg | None:
        """Answer the leg of that number."""
        return self.legs[sequence - 1] if 1 <= sequence <= len(self.legs) else None

    def knows_place(self, code: str) -> bool:
        """Whether the plan touches that place at all."""
        return code in (self.empty_pick_up, self.empty_return) or any(
            code in (leg.departure.un_location_code, leg.arrival.un_location_code)
            for leg in self.legs
        )

    def with_equipment(self, equipment: Mapping[str, tuple[str, ...]]) -> "Plan":
        """Answer the same plan with these containers assigned."""
        return replace(self, equipment=equipment)

    def admits(self, event: TrackingEvent) -> Fault | None:
        """Say why this issuer may not tell this event, or None.

        A carrier speaks for its own leg, and before the first and after the last leg where the
        first or the last is its own; the shipper for stuffing and its seals; a facility for
        its gate. Anybody else is told no more than that the booking is not known.
        """
        issuer, sequence = event.issuer, event.leg_sequence
        if 1 <= sequence <= len(self.legs) and self.legs[sequence - 1].carrier == issuer:
            return None
        is_carrier = any(leg.carrier == issuer for leg in self.legs)
        if not (is_carrier or issuer in (OPERATOR, self.shipper) or issuer in self.facilities):
            return STRANGER
        return None if self._may_tell_beside_the_legs(event) else _OTHERS_LEG

    def _may_tell_beside_the_legs(self, event: TrackingEvent) -> bool:
        issuer, sequence = event.issuer, event.leg_sequence
        if not 0 <= sequence <= len(self.legs):
            return False
        if issuer == OPERATOR:
            return True
        if sequence == 0 and issuer in (self.first_leg.carrier, self.last_leg.carrier):
            return True
        if issuer == self.shipper:
            is_its_own = event.only_takes_back or event.event_code in _OF_THE_SHIPPER
            return is_its_own and sequence <= 1
        return issuer in self.facilities and (
            event.only_takes_back
            or (
                event.event_type == EventType.EQUIPMENT
                and event.event_code not in _NOT_OF_A_FACILITY
            )
        )


def check_plan(plan: Plan) -> Plan:
    """Answer the plan if its legs join and its times run forwards.

    Raises:
        InvalidValue: LEGS_MISSING, LEG_SEQUENCE_WRONG, MODE_OF_TRANSPORT_UNKNOWN,
            LEGS_DO_NOT_JOIN, PLANNED_TIMES_BACKWARDS, CONTAINERS_COUNT, UN_LOCATION_CODE_FORM,
            TIME_NOT_UTC.
    """
    if not 1 <= len(plan.legs) <= LEGS_MAX:
        raise InvalidValue("LEGS_MISSING", "A journey has 1 to 20 legs.", legs=len(plan.legs))
    if not 1 <= plan.containers <= CONTAINERS_MAX:
        raise InvalidValue(
            "CONTAINERS_COUNT", "A booking has 1 to 100 containers.", containers=plan.containers
        )
    before: PlannedLeg | None = None
    for number, leg in enumerate(plan.legs, start=1):
        _check_leg(leg, number)
        if before is not None:
            _check_join(before, leg)
        before = leg
    return plan


def check_assignment(plan: Plan, equipment_reference: str, seals: tuple[str, ...]) -> Plan:
    """Answer the plan with this container and its shipper's seals.

    Raises:
        InvalidValue: EQUIPMENT_REFERENCE_FORM, EQUIPMENT_REFERENCE_CHECK_DIGIT, SEALS_MISSING,
            SEAL_NUMBER_FORM, EQUIPMENT_TOO_MANY.
    """
    EquipmentReference(equipment_reference)
    if not seals:
        raise InvalidValue("SEALS_MISSING", f"{equipment_reference} needs the shipper's seal.")
    for seal in seals:
        if not 1 <= len(seal) <= _SEAL_NUMBER_MAX:
            raise InvalidValue("SEAL_NUMBER_FORM", "A seal number has 1 to 15 characters.")
    equipment = {**plan.equipment, equipment_reference: seals}
    if len(equipment) > plan.containers:
        raise InvalidValue(
            "EQUIPMENT_TOO_MANY",
            f"{plan.booking_reference} asked for {plan.containers} container(s); "
            f"{equipment_reference} would be one more.",
            containers=plan.containers,
        )
    return plan.with_equipment(equipment)


def _check_leg(leg: PlannedLeg, number: int) -> None:
    if leg.sequence != number:
        raise InvalidValue(
            "LEG_SEQUENCE_WRONG", f"Leg {leg.sequence} stands where leg {number} should be."
        )
    if leg.mode_of_transport not in _MODES:
        raise InvalidValue(
            "MODE_OF_TRANSPORT_UNKNOWN", f"{leg.mode_of_transport!r} is no mode of transport."
        )
    UnLocode(leg.departure.un_location_code)
    UnLocode(leg.arrival.un_location_code)
    departs = in_utc(leg.planned_departure, "planned departure")
    if in_utc(leg.planned_arrival, "planned arrival") <= departs:
        raise InvalidValue(
            "PLANNED_TIMES_BACKWARDS", f"Leg {number} would arrive before it departs.", leg=number
        )


def _check_join(before: PlannedLeg, leg: PlannedLeg) -> None:
    if not before.arrival.joins(leg.departure):
        raise InvalidValue(
            "LEGS_DO_NOT_JOIN",
            f"Leg {before.sequence} ends at {before.arrival} and leg {leg.sequence} starts at "
            f"{leg.departure}.",
            leg=leg.sequence,
        )
    if leg.planned_departure < before.planned_arrival:
        raise InvalidValue(
            "PLANNED_TIMES_BACKWARDS",
            f"Leg {leg.sequence} would depart before leg {before.sequence} arrives.",
            leg=leg.sequence,
        )
