"""Legs that join, in times that run forward.

A leg is one carrier, one mode, two places. What the shipper asks for is checked here before
anything is written; what a carrier answers moves its own leg and no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from foundation.kernel.errors import InvalidValue, LimitExceeded, WrongState
from services.booking.domain.places import Gazetteer, Location, Mode

LEGS_MAX: Final = 12


class LegState(StrEnum):
    """Where a leg stands with its carrier."""

    PLANNED = "PLANNED"
    REQUESTED = "REQUESTED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    RELEASED = "RELEASED"


# Every move there is. A declined leg stays declined when its booking ends: it says who declined.
LEG_MOVES: Final = {
    LegState.PLANNED: {LegState.REQUESTED, LegState.RELEASED},
    LegState.REQUESTED: {LegState.ACCEPTED, LegState.DECLINED, LegState.RELEASED},
    LegState.ACCEPTED: {LegState.RELEASED},
}


class TransportPlanStage(StrEnum):
    """DCSA transportPlanStage: pre-carriage, main carriage, on-carriage."""

    PRE = "PRC"
    MAIN = "MNC"
    ON = "ONC"


@dataclass(frozen=True, slots=True)
class LegPlan:
    """One leg as asked for or as the standard route has it. Times are UTC."""

    mode: Mode
    departure: Location
    arrival: Location
    carrier: str
    planned_departure: datetime
    planned_arrival: datetime


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a booking, from planning to the carrier's answer."""

    sequence: int
    plan: LegPlan
    stage: TransportPlanStage
    # The operator, or its agent where the leg ends: whom the leg's document names (invariant 64).
    consignee: str
    state: LegState = LegState.PLANNED
    carrier_booking_reference: str = ""
    state_reason: str = ""
    revision: int = 1

    def request(self) -> "Leg":
        """Ask the carrier."""
        return self._move(LegState.REQUESTED)

    def accept(self, carrier_booking_reference: str, *, deadline: datetime, at: datetime) -> "Leg":
        """Record the carrier's yes and its own number for the leg.

        Raises:
            InvalidValue: CARRIER_REFERENCE_FORM.
            WrongState: LEG_WRONG_STATE, ACCEPTANCE_DEADLINE_PASSED.
        """
        if not 1 <= len(carrier_booking_reference) <= 35:  # noqa: PLR2004 - DCSA carrierBookingReference
            raise InvalidValue(
                "CARRIER_REFERENCE_FORM",
                "Give your own number for the leg, 1 to 35 characters.",
                carrier_booking_reference=carrier_booking_reference,
            )
        self._check_deadline(deadline, at)
        accepted = self._move(LegState.ACCEPTED)
        return replace(accepted, carrier_booking_reference=carrier_booking_reference)

    def decline(self, reason: str, *, deadline: datetime, at: datetime) -> "Leg":
        """Record the carrier's no and why.

        Raises:
            WrongState: LEG_WRONG_STATE, ACCEPTANCE_DEADLINE_PASSED.
        """
        self._check_deadline(deadline, at)
        return replace(self._move(LegState.DECLINED), state_reason=reason)

    def release(self, reason: str) -> "Leg":
        """Give the leg back because its booking ended; a declined leg stays as it is."""
        if self.state in (LegState.DECLINED, LegState.RELEASED):
            return self
        return replace(self._move(LegState.RELEASED), state_reason=reason)

    def _move(self, target: LegState) -> "Leg":
        if target not in LEG_MOVES.get(self.state, set()):
            raise WrongState(
                "LEG_WRONG_STATE",
                f"Leg {self.sequence} is {self.state.value} and cannot become {target.value}.",
                leg_sequence=self.sequence,
                state=self.state.value,
            )
        return replace(self, state=target, revision=self.revision + 1)

    def _check_deadline(self, deadline: datetime, at: datetime) -> None:
        if at > deadline:
            raise WrongState(
                "ACCEPTANCE_DEADLINE_PASSED",
                f"Leg {self.sequence} was to be answered by {deadline:%Y-%m-%d %H:%M:%S} UTC.",
                leg_sequence=self.sequence,
                acceptance_deadline=deadline.isoformat(),
            )


def check_route(
    plans: Sequence[LegPlan],
    *,
    receipt: Location,
    delivery: Location,
    cargo_ready_at: datetime,
    gazetteer: Gazetteer,
) -> None:
    """Refuse legs that do not carry the goods from receipt to delivery in possible times.

    Raises:
        InvalidValue: PLACE_UNKNOWN, MODE_NOT_SERVED, LEG_GOES_NOWHERE, LEGS_DO_NOT_JOIN,
            TIMES_RUN_BACKWARDS, LEGS_MISSING.
        LimitExceeded: TOO_MANY_LEGS.
    """
    if not plans:
        raise InvalidValue("LEGS_MISSING", "A journey has at least one leg.")
    if len(plans) > LEGS_MAX:
        raise LimitExceeded(
            "TOO_MANY_LEGS", f"A journey has at most {LEGS_MAX} legs.", legs=len(plans)
        )
    here, now = receipt, cargo_ready_at
    for sequence, plan in enumerate(plans, start=1):
        _check_leg(sequence, plan, gazetteer)
        if not here.joins(plan.departure):
            raise InvalidValue(
                "LEGS_DO_NOT_JOIN",
                f"Leg {sequence} starts at {plan.departure}, but the goods are at {here}.",
                leg_sequence=sequence,
                expected=here,
                found=plan.departure,
            )
        if plan.planned_departure < now:
            raise InvalidValue(
                "TIMES_RUN_BACKWARDS",
                f"Leg {sequence} departs before the goods are there.",
                leg_sequence=sequence,
            )
        here, now = plan.arrival, plan.planned_arrival
    if not here.joins(delivery):
        raise InvalidValue(
            "LEGS_DO_NOT_JOIN",
            f"The last leg ends at {here}, but the goods are to be delivered at {delivery}.",
            leg_sequence=len(plans),
            expected=delivery,
            found=here,
        )


def _check_leg(sequence: int, plan: LegPlan, gazetteer: Gazetteer) -> None:
    for location in (plan.departure, plan.arrival):
        gazetteer.check_mode(location.code, plan.mode)
    if plan.departure.joins(plan.arrival):
        raise InvalidValue(
            "LEG_GOES_NOWHERE",
            f"Leg {sequence} starts and ends at {plan.departure}.",
            leg_sequence=sequence,
        )
    if plan.planned_arrival <= plan.planned_departure:
        raise InvalidValue(
            "TIMES_RUN_BACKWARDS",
            f"Leg {sequence} arrives before it departs.",
            leg_sequence=sequence,
        )


def stages(modes: Sequence[Mode]) -> list[TransportPlanStage]:
    """Tell which legs are main carriage: the sea legs; without any, everything but trucks."""
    main = [number for number, mode in enumerate(modes) if mode is Mode.VESSEL]
    if not main:
        main = [number for number, mode in enumerate(modes) if mode is not Mode.TRUCK]
    if not main:
        main = list(range(len(modes)))
    first, last = main[0], main[-1]
    return [
        TransportPlanStage.PRE
        if number < first
        else TransportPlanStage.ON
        if number > last
        else TransportPlanStage.MAIN
        for number in range(len(modes))
    ]
