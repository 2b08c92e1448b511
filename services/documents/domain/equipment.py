"""A container with the shipper's seals and its verified gross mass (SOLAS VI/2)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from foundation.kernel.clock import in_utc
from foundation.kernel.equipment import EquipmentReference
from foundation.kernel.errors import InvalidValue

SEAL_SOURCES: Final = {
    "SHIPPER": "SHI",
    "CUSTOMER": "SHI",
    "CONSOLIDATOR": "SHI",
    "CARRIER": "CAR",
    "TERMINAL": "CAR",
    "CUSTOMS": "CUS",
    "VETERINARY": "VET",
    "PHYTOSANITARY": "VET",
}
"""Each seal source of Track & Trace 3.0.0, and what DCSA's bill of lading calls it."""

VGM_METHODS: Final = frozenset({"SM1", "SM2"})
"""SOLAS VI/2: weighed as a whole, or summed from its parts."""

_ISO_CODE: Final = re.compile(r"[0-9A-Z]{4}")
_SEAL_NUMBER_MAX: Final = 15
_SEALS_MAX: Final = 20
_PERSON_MAX: Final = 100

# No container on the road weighs more; a figure above it is grams taken for kilograms.
_MASS_GRAMS_MAX: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal on the doors and who put it there."""

    number: str
    source: str


@dataclass(frozen=True, slots=True)
class VerifiedGrossMass:
    """The declaration under SOLAS VI/2; mass in grams."""

    mass_grams: int
    method: str
    responsible_person: str
    determined_at: datetime


@dataclass(frozen=True, slots=True)
class Equipment:
    """One container as its shipper declares it."""

    booking_reference: str
    reference: str
    iso_equipment_code: str
    seals: tuple[Seal, ...]
    verified_gross_mass: VerifiedGrossMass | None

    @property
    def seal_numbers(self) -> tuple[str, ...]:
        """The numbers of all seals, sorted."""
        return tuple(sorted(seal.number for seal in self.seals))


def check_equipment(equipment: Equipment) -> Equipment:
    """Answer the declaration if it can be right.

    Raises:
        InvalidValue: EQUIPMENT_REFERENCE_FORM, EQUIPMENT_REFERENCE_CHECK_DIGIT,
            ISO_EQUIPMENT_CODE_FORM, SEALS_MISSING, SEAL_NUMBER_FORM, SEAL_SOURCE_UNKNOWN,
            SEAL_TWICE, VGM_MISSING, VGM_METHOD_UNKNOWN, VGM_MASS, VGM_RESPONSIBLE_PERSON,
            TIME_NOT_UTC.
    """
    number = EquipmentReference(equipment.reference).number
    if not _ISO_CODE.fullmatch(equipment.iso_equipment_code):
        raise InvalidValue(
            "ISO_EQUIPMENT_CODE_FORM",
            f"{equipment.iso_equipment_code!r} is not a size and type such as 22G1.",
            iso_equipment_code=equipment.iso_equipment_code,
        )
    if not 1 <= len(equipment.seals) <= _SEALS_MAX:
        raise InvalidValue(
            "SEALS_MISSING", f"{number} needs the shipper's seals, 1 to 20 of them."
        )
    for seal in equipment.seals:
        _check_seal(seal)
    if len(set(equipment.seal_numbers)) != len(equipment.seals):
        raise InvalidValue("SEAL_TWICE", f"A seal stands twice on {number}.")
    _check_mass(number, equipment.verified_gross_mass)
    return equipment


def _check_seal(seal: Seal) -> None:
    if not 1 <= len(seal.number) <= _SEAL_NUMBER_MAX or seal.number != seal.number.strip():
        raise InvalidValue(
            "SEAL_NUMBER_FORM",
            f"{seal.number!r} is not a seal number of 1 to 15 characters.",
            seal_number=seal.number,
        )
    if seal.source not in SEAL_SOURCES:
        raise InvalidValue(
            "SEAL_SOURCE_UNKNOWN",
            f"{seal.source!r} is no seal source, such as SHIPPER or CUSTOMS.",
            seal_source=seal.source,
        )


def _check_mass(number: str, mass: VerifiedGrossMass | None) -> None:
    if mass is None:
        raise InvalidValue("VGM_MISSING", f"{number} needs its verified gross mass (SOLAS VI/2).")
    if mass.method not in VGM_METHODS:
        raise InvalidValue(
            "VGM_METHOD_UNKNOWN",
            f"{mass.method!r} is not SM1 (weighed) or SM2 (summed).",
            method=mass.method,
        )
    if not 0 < mass.mass_grams <= _MASS_GRAMS_MAX:
        raise InvalidValue(
            "VGM_MASS",
            f"A mass of {mass.mass_grams} grams cannot be that of a packed container.",
            mass_grams=mass.mass_grams,
        )
    if not 1 <= len(mass.responsible_person.strip()) <= _PERSON_MAX:
        raise InvalidValue(
            "VGM_RESPONSIBLE_PERSON", "Name the person who answers for the verified gross mass."
        )
    in_utc(mass.determined_at, "time of the verified gross mass")
