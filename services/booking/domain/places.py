"""The places OneBill serves and the modes that call there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from foundation.kernel.errors import InvalidValue
from foundation.kernel.unlocode import UnLocode

_FACILITY: Final = re.compile(r"[A-Z0-9]{2,12}")


class Mode(StrEnum):
    """How a leg travels (DCSA modeOfTransport)."""

    VESSEL = "VESSEL"
    RAIL = "RAIL"
    TRUCK = "TRUCK"
    BARGE = "BARGE"


@dataclass(frozen=True, slots=True)
class Location:
    """A place, and a facility inside it where one is meant.

    Raises:
        InvalidValue: FACILITY_CODE_FORM.
    """

    code: UnLocode
    facility_code: str = ""

    def __post_init__(self) -> None:
        """Check the form of the facility code."""
        if self.facility_code and not _FACILITY.fullmatch(self.facility_code):
            raise InvalidValue(
                "FACILITY_CODE_FORM",
                f"{self.facility_code!r} is not a facility code: 2 to 12 capital letters or "
                "digits.",
                facility_code=self.facility_code,
            )

    def joins(self, following: "Location") -> bool:
        """Whether goods that end here are where `following` starts.

        Two facilities of one place are different; a place without a facility is any of them.
        """
        return self.code == following.code and (
            not self.facility_code
            or not following.facility_code
            or self.facility_code == following.facility_code
        )

    def __str__(self) -> str:
        """Code and facility, as `CNQZH/QZGE`."""
        return f"{self.code}/{self.facility_code}" if self.facility_code else str(self.code)


@dataclass(frozen=True, slots=True)
class Place:
    """A place OneBill serves."""

    code: UnLocode
    name: str
    name_zh: str
    modes: frozenset[Mode]


class Gazetteer:
    """Every place OneBill serves."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = {place.code: place for place in places}

    def place(self, code: UnLocode) -> Place:
        """Answer the place.

        Raises:
            InvalidValue: PLACE_UNKNOWN.
        """
        try:
            return self._places[code]
        except KeyError:
            raise InvalidValue(
                "PLACE_UNKNOWN",
                f"We do not serve {code}; check the code or ask for a place near it.",
                un_location_code=code,
            ) from None

    def name(self, code: UnLocode) -> str:
        """Answer the place's English name, or nothing where it is not known."""
        place = self._places.get(code)
        return place.name if place else ""

    def check_mode(self, code: UnLocode, mode: Mode) -> None:
        """Refuse a mode that does not call at the place.

        Raises:
            InvalidValue: PLACE_UNKNOWN, MODE_NOT_SERVED.
        """
        place = self.place(code)
        if mode not in place.modes:
            raise InvalidValue(
                "MODE_NOT_SERVED",
                f"No {mode.value.lower()} of ours calls at {place.name} ({code}).",
                un_location_code=code,
                mode_of_transport=mode.value,
            )

    def __len__(self) -> int:
        """How many places there are."""
        return len(self._places)
