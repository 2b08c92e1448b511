"""The legs of a journey as rating and buying need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.kernel.errors import InvalidValue
from foundation.kernel.unlocode import UnLocode

MODES: Final = frozenset({"VESSEL", "RAIL", "TRUCK", "BARGE"})
LEGS_MAX: Final = 20
CONTAINERS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Leg:
    """One carrier, one mode, two places."""

    sequence: int
    mode: str
    carrier: str
    departure: UnLocode
    arrival: UnLocode

    def __post_init__(self) -> None:
        """Check mode and carrier."""
        if self.mode not in MODES:
            raise InvalidValue(
                "MODE_OF_TRANSPORT_UNKNOWN",
                f"{self.mode!r} is no mode of transport: VESSEL, RAIL, TRUCK or BARGE.",
                mode_of_transport=self.mode,
            )


@dataclass(frozen=True, slots=True)
class Journey:
    """All legs of one booking and how many containers travel.

    Raises:
        InvalidValue: LEGS_NOT_NUMBERED, CONTAINERS_OUT_OF_RANGE.
    """

    booking_reference: str
    legs: Sequence[Leg]
    containers: int

    def __post_init__(self) -> None:
        """Check that the legs count from 1 and that something travels."""
        numbers = [leg.sequence for leg in self.legs]
        if not 1 <= len(numbers) <= LEGS_MAX or numbers != list(range(1, len(numbers) + 1)):
            raise InvalidValue(
                "LEGS_NOT_NUMBERED",
                f"Legs are numbered 1, 2, 3 and so on, {LEGS_MAX} at most.",
                legs=numbers,
            )
        if not 1 <= self.containers <= CONTAINERS_MAX:
            raise InvalidValue(
                "CONTAINERS_OUT_OF_RANGE",
                f"A booking has 1 to {CONTAINERS_MAX} containers, not {self.containers}.",
                containers=self.containers,
            )


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a row of a tariff applies: a mode, and two places or countries.

    A place is a UN/LOCODE or the two letters of a country. The narrower row wins.
    """

    mode: str
    departure: str
    arrival: str

    def narrowness(self, leg: Leg) -> int:
        """Answer 0 where it does not apply to the leg, and more the narrower it is."""
        if self.mode != leg.mode:
            return 0
        one, other = _match(self.departure, leg.departure), _match(self.arrival, leg.arrival)
        return one + other if one and other else 0


def _match(written: str, place: UnLocode) -> int:
    if written == place.code:
        return 2
    return 1 if written == place.country else 0
