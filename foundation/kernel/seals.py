"""Seal numbers, compared the way a gate clerk compares them.

One character off is most often a slip of the pen: it is queried with a photo, and is no breach
until a person has looked.
"""

from enum import StrEnum


class SealComparison(StrEnum):
    """What two readings of a seal number say about each other."""

    SAME = "SAME"
    ONE_CHARACTER_OFF = "ONE_CHARACTER_OFF"
    DIFFERENT = "DIFFERENT"


def compare_seals(expected: str, found: str) -> SealComparison:
    """Compare two seal numbers, ignoring case, spaces and hyphens.

    One character off means one character replaced, missing, added, or swapped with its
    neighbour: the four slips of a hand that copies a number.
    """
    left, right = _plain(expected), _plain(found)
    if left == right:
        return SealComparison.SAME
    if _one_slip(left, right):
        return SealComparison.ONE_CHARACTER_OFF
    return SealComparison.DIFFERENT


def _plain(number: str) -> str:
    return "".join(number.split()).replace("-", "").upper()


def _one_slip(left: str, right: str) -> bool:
    if len(left) > len(right):
        left, right = right, left
    if not left or len(right) - len(left) > 1:
        return False
    start = 0
    while start < len(left) and left[start] == right[start]:
        start += 1
    if len(left) < len(right):
        return left[start:] == right[start + 1 :]
    replaced = left[start + 1 :] == right[start + 1 :]
    swapped = (
        left[start : start + 2] == right[start : start + 2][::-1]
        and left[start + 2 :] == right[start + 2 :]
    )
    return replaced or swapped
