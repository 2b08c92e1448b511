"""Container numbers for the story: an outsider who owns boxes computes its own check digits."""

import random
import string
from typing import Final

OWNER: Final = "OBLU"
"""A visibly fictional owner code."""


def _values() -> dict[str, int]:
    # ISO 6346: letters count from 10 and skip the multiples of 11.
    numbers = (number for number in range(10, 39) if number % 11)
    return dict(zip(string.ascii_uppercase, numbers, strict=True)) | {
        digit: int(digit) for digit in string.digits
    }


def draw_container(source: random.Random) -> str:
    """Return a container number with a valid check digit (ISO 6346)."""
    values = _values()
    stem = f"{OWNER}{source.randrange(10**6):06d}"
    total = sum(values[sign] << place for place, sign in enumerate(stem))
    return f"{stem}{total % 11 % 10}"
