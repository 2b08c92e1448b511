"""Makers and checks of OneBill's own references.

Randomness is an argument, so that a test can say what comes out. What people copy by hand is
written in Crockford's base 32: no I, L, O or U, which are misread.
"""

from collections.abc import Callable
from typing import Final

from foundation.kernel.errors import InvalidValue

Randomness = Callable[[int], bytes]
"""Answers as many unpredictable bytes as it is asked for; `secrets.token_bytes` in production."""

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BOOKING_PREFIX: Final = "OBB"
_BOOKING_LETTERS: Final = 10
_BILL_PREFIX: Final = "OB"

# A bill's reference uses RFC 4648's base 32, as proof/spec/act.md section 1 freezes it. Its 16
# letters carry 80 random bits: nobody can guess a bill, and the reference says nothing about
# its journey. DCSA allows 20 characters.
_BILL_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BILL_LETTERS: Final = 16


def make_booking_reference(randomness: Randomness) -> str:
    """Make a `carrier_booking_reference`: OBB, ten letters, one check letter (14 characters).

    The check letter finds a slip of one letter and a swap of two neighbours.
    """
    body = _letters(randomness, _BOOKING_LETTERS, _ALPHABET)
    return f"{_BOOKING_PREFIX}{body}{_check_letter(body)}"


def check_booking_reference(reference: str) -> str:
    """Answer the reference if it is well formed, so that a slip is told apart from a stranger.

    Raises:
        InvalidValue: BOOKING_REFERENCE_FORM.
    """
    body = reference[len(_BOOKING_PREFIX) : -1]
    if (
        not reference.startswith(_BOOKING_PREFIX)
        or len(body) != _BOOKING_LETTERS
        or any(letter not in _ALPHABET for letter in body)
        or reference[-1] != _check_letter(body)
    ):
        raise InvalidValue(
            "BOOKING_REFERENCE_FORM",
            f"{reference!r} is not a booking reference of ours; one letter may be mistyped.",
            carrier_booking_reference=reference,
        )
    return reference


def make_transport_document_reference(randomness: Randomness) -> str:
    """Make an opaque `transport_document_reference` of 18 characters for one bill."""
    return _BILL_PREFIX + _letters(randomness, _BILL_LETTERS, _BILL_ALPHABET)


def _letters(randomness: Randomness, count: int, alphabet: str) -> str:
    return "".join(alphabet[byte % 32] for byte in randomness(count))


def _check_letter(body: str) -> str:
    # Position times value, modulo the prime 31: finds every single slip and every swap of
    # neighbours except 0 for Z and Z for 0, whose values differ by 31.
    total = sum(
        position * _ALPHABET.index(letter) for position, letter in enumerate(body, start=1)
    )
    return _ALPHABET[total % 31]
