"""Page tokens of lists of bills: the number of the last bill shown, in a form nobody counts on."""

import base64
import binascii
from typing import Final

from foundation.kernel.errors import InvalidValue

# Bills are numbered in 63 bits.
_NUMBERS: Final = 1 << 63


def write_token(number: int) -> str:
    """Write a number as a page token."""
    return base64.urlsafe_b64encode(str(number).encode()).decode()


def read_token(token: str) -> int | None:
    """Read a page token; None for the first page.

    Raises:
        InvalidValue: PAGE_TOKEN_WRONG.
    """
    if not token:
        return None
    try:
        number = int(base64.urlsafe_b64decode(token.encode("ascii")))
    except (ValueError, binascii.Error) as fault:
        raise _not_ours() from fault
    if not 0 <= number < _NUMBERS:
        raise _not_ours()
    return number


def _not_ours() -> InvalidValue:
    return InvalidValue("PAGE_TOKEN_WRONG", "That is not a page token of ours; begin without one.")
