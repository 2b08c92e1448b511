"""The forms of act.md section 1 as small readers, and `Members`, which reads one object.

A reader takes a JSON value and returns it typed, or raises ValueError with half a sentence
that follows the member's name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final, TypeVar

from onebill_verify.canonical import JsonValue
from onebill_verify.errors import NotProven

T = TypeVar("T")
Reader = Callable[[JsonValue], T]

JWS_LENGTH_MAX: Final = 32_768
# An act carries a receipt for each container.
ACT_LENGTH_MAX: Final = 262_144
# Hour 24 and second 60 are left out: some libraries read them, some do not.
_TIME: Final = re.compile(r"2\d{3}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)
_DATE: Final = re.compile(r"2\d{3}-\d{2}-\d{2}", re.ASCII)


class Members:
    """The members of one object: each is taken by name, and nothing may be left over."""

    def __init__(self, value: JsonValue, what: str, reason: str) -> None:
        """Take an object called `what`; every fault is NotProven with `reason`."""
        self._what = what
        self._reason = reason
        if not isinstance(value, dict):
            raise NotProven(reason, f"{what} is not a JSON object")
        self._value: Mapping[str, JsonValue] = value
        self._taken = 0

    def take(self, name: str, reader: Reader[T]) -> T:
        """Return a member that must be there."""
        if name not in self._value:
            raise NotProven(self._reason, f"{self._what} has no {name}")
        self._taken += 1
        try:
            return reader(self._value[name])
        except ValueError as error:
            raise NotProven(self._reason, f"{self._what}: {name} {error}") from None

    def optional(self, name: str, reader: Reader[T]) -> T | None:
        """Return a member that may be absent; null is not absent."""
        return self.take(name, reader) if name in self._value else None

    def end(self) -> None:
        """Refuse members that nobody took."""
        if self._taken != len(self._value):
            raise NotProven(self._reason, f"{self._what} has members it should not have")


def text_like(pattern: str, otherwise: str) -> Reader[str]:
    """Make a reader of texts that match a pattern as a whole."""
    matches = re.compile(pattern, re.ASCII).fullmatch

    def read(value: JsonValue) -> str:
        if not isinstance(value, str) or not matches(value):
            raise ValueError(otherwise)
        return value

    return read


def one_of(*words: str) -> Reader[str]:
    """Make a reader of one word of a few."""

    def read(value: JsonValue) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return value

    return read


def array_of(reader: Reader[T], *, least: int, most: int) -> Reader[tuple[T, ...]]:
    """Make a reader of arrays with `least` to `most` elements, no two of them equal."""

    def read(value: JsonValue) -> tuple[T, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise ValueError(f"is not an array of {least} to {most} elements")
        elements = tuple(reader(element) for element in value)
        if len(set(elements)) != len(elements):
            raise ValueError("names the same thing twice")
        return elements

    return read


channel: Final = text_like(r"[a-z0-9.-]{1,64}", "is not a channel name")
party: Final = text_like(r"P[A-Z2-7]{26}", "is not a party id")
bill_reference: Final = text_like(r"OB[A-Z2-7]{16}", "is not a bill reference")
reference: Final = text_like(r"[A-Za-z0-9-]{1,35}", "is not a reference of 1 to 35 characters")
hex_hash: Final = text_like(r"[0-9a-f]{64}", "is not 64 lower-case hexadecimal characters")
kid: Final = text_like(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", "is not a key's thumbprint")
salt: Final = text_like(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", "is not a salt of 32 bytes")
nonce: Final = text_like(r"[A-Za-z0-9._~-]{1,64}", "is not a nonce")
msp_id: Final = text_like(r"[A-Za-z0-9.-]{1,64}", "is not an MSP id")


def boolean(value: JsonValue) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")  # noqa: TRY004 - readers raise one class
    return value


def positive(value: JsonValue) -> int:
    """Read an integer of at least 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("is not an integer of at least 1")
    return value


def counted(value: JsonValue) -> int:
    """Read an integer of at least 0; the canonical form has no others."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("is not an integer")  # noqa: TRY004 - readers raise one class
    return value


def text(value: JsonValue) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("is not a text")
    return value


def jws_text(value: JsonValue) -> str:
    """Read a text that may be a JWS: what it says is judged where it is used."""
    if not isinstance(value, str) or not 0 < len(value) <= JWS_LENGTH_MAX:
        raise ValueError("is not a text of a JWS's length")
    return value


def anything(value: JsonValue) -> JsonValue:
    """Read any value."""
    return value


def json_object(value: JsonValue) -> JsonValue:
    """Read an object of anything."""
    if not isinstance(value, dict):
        raise ValueError("is not an object")  # noqa: TRY004 - readers raise one class
    return value


def items(value: JsonValue) -> Sequence[JsonValue]:
    """Read an array of anything."""
    if not isinstance(value, list):
        raise ValueError("is not an array")  # noqa: TRY004 - readers raise one class
    return value


def time(value: JsonValue) -> datetime:
    """Read `YYYY-MM-DDThh:mm:ssZ`, years 2000 to 2999, no leap second."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("is not a time such as 2026-05-04T08:15:00Z")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is no time of the calendar") from None


def calendar_date(value: JsonValue) -> date:
    """Read `YYYY-MM-DD`, years 2000 to 2999."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("is not a date such as 2026-05-04")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("is no day of the calendar") from None


def spell_time(moment: datetime) -> str:
    """Spell a time as act.md does. Raises ValueError unless UTC and in whole seconds."""
    if moment.utcoffset() != UTC.utcoffset(None) or moment.microsecond:
        raise ValueError(f"{moment} is not UTC in whole seconds")
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
