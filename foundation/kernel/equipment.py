"""Container numbers with their check digit (ISO 6346)."""

import re
from dataclasses import dataclass
from typing import Final

from foundation.kernel.errors import InvalidValue

# Owner code, category U, J or Z, serial number, check digit. [0-9], not \d: the standard knows
# ASCII digits only, and \d accepts the digits of every script.
_FORM: Final = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")

# ISO 6346 annex A: letters count from 10 upwards and skip every multiple of 11.
_LETTER_VALUES: Final = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (value for value in range(10, 39) if value % 11),
        strict=True,
    )
)


def equipment_check_digit(first_ten: str) -> int:
    """Answer the check digit of a container number's first ten characters (ISO 6346 annex A).

    The weighted sum modulo 11; a remainder of 10 is written as 0.
    """
    weighted = sum(
        (_LETTER_VALUES[character] if character in _LETTER_VALUES else int(character))
        * (1 << position)
        for position, character in enumerate(first_ten)
    )
    return weighted % 11 % 10


@dataclass(frozen=True, slots=True, order=True)
class EquipmentReference:
    """A container number such as `NARU3472484`, its check digit verified.

    Raises:
        InvalidValue: EQUIPMENT_REFERENCE_FORM, EQUIPMENT_REFERENCE_CHECK_DIGIT.
    """

    number: str

    def __post_init__(self) -> None:
        """Check form and check digit."""
        if not _FORM.fullmatch(self.number):
            raise InvalidValue(
                "EQUIPMENT_REFERENCE_FORM",
                f"{self.number!r} is not a container number: four capital letters, the fourth "
                "U, J or Z, then seven digits, such as NARU3472484.",
                equipment_reference=self.number,
            )
        expected = equipment_check_digit(self.number[:10])
        if int(self.number[10]) != expected:
            raise InvalidValue(
                "EQUIPMENT_REFERENCE_CHECK_DIGIT",
                f"Container number {self.number} is mistyped: its last digit should be "
                f"{expected}, not {self.number[10]}.",
                equipment_reference=self.number,
                expected_check_digit=expected,
            )

    def __str__(self) -> str:
        """The number without spaces."""
        return self.number
