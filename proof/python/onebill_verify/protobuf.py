"""A strict reader of the few protobuf messages that an endorsed transaction is made of.

It reads only the canonical encoding: fields in ascending order, varints of minimal length, no
default value spelled out, no unknown field. So a message has one spelling, and no byte of it
can be changed or added without being noticed.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from onebill_verify.errors import NotProven

_CONTINUES: Final = 0x80
_UINT64_MAX: Final = 2**64 - 1
_REASON: Final = "TRANSACTION_MALFORMED"
_NONE: Final[list[bytes]] = []


class Kind(IntEnum):
    """How a field is written."""

    NUMBER = 0  # varint, never zero
    BYTES = 1  # bytes or text, never empty
    MESSAGE = 2  # an embedded message; may be empty, then all of it has default values
    REPEATED = 3  # any number of bytes, texts or messages


# Plain integers: reading is the verifier's inner loop.
NUMBER: Final = int(Kind.NUMBER)
BYTES: Final = int(Kind.BYTES)
MESSAGE: Final = int(Kind.MESSAGE)
REPEATED: Final = int(Kind.REPEATED)

Schema = Mapping[int, int]


class Message:
    """The fields of one message by number; what is absent has its default value."""

    __slots__ = ("_lists", "_numbers", "_parts")

    def __init__(
        self, parts: dict[int, bytes], numbers: dict[int, int], lists: dict[int, list[bytes]]
    ) -> None:
        self._parts = parts
        self._numbers = numbers
        self._lists = lists

    def number(self, field: int) -> int:
        """Return a varint field, 0 where absent."""
        return self._numbers.get(field << 3, 0)

    def part(self, field: int) -> bytes:
        """Return a bytes field, empty where absent."""
        return self._parts.get(field << 3 | 2, b"")

    def text(self, field: int) -> str:
        """Return a text field. Raises NotProven `TRANSACTION_MALFORMED` unless UTF-8."""
        return utf8(self._parts.get(field << 3 | 2, b""))

    def many(self, field: int) -> list[bytes]:
        """Return a repeated field."""
        return self._lists.get(field << 3 | 2, _NONE)


def schema(fields: Mapping[int, int]) -> Schema:
    """Return the kinds of a message's fields by the byte with which each begins."""
    return {field << 3 | (0 if kind == NUMBER else 2): kind for field, kind in fields.items()}


def utf8(data: bytes) -> str:
    """Decode a text. Raises NotProven `TRANSACTION_MALFORMED`."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise NotProven(_REASON, "a text in a transaction is not UTF-8") from None


def read(  # noqa: C901, PLR0912 - the inner loop: calls cost more than branches
    data: bytes, kinds: Schema, what: str
) -> Message:
    """Read a message of up to 15 fields. Raises NotProven `TRANSACTION_MALFORMED`."""
    parts: dict[int, bytes] = {}
    numbers: dict[int, int] = {}
    lists: dict[int, list[bytes]] = {}
    at, end, last = 0, len(data), 0
    try:
        while at < end:
            tag = data[at]
            kind = kinds.get(tag, -1)
            length = data[at + 1]
            at += 2
            if length >= _CONTINUES:
                # Two bytes are the usual length of a field that is longer than 127.
                more = data[at]
                if 0 < more < _CONTINUES:
                    length += (more << 7) - _CONTINUES
                    at += 1
                else:
                    length, at = _long_varint(data, at - 1, what)
            if kind == REPEATED and tag >= last:
                if tag == last:
                    lists[tag].append(data[at : at + length])
                else:
                    lists[tag] = [data[at : at + length]]
                at += length
            elif tag <= last or kind < 0:
                raise NotProven(_REASON, f"{what} has an unknown or misplaced field")
            elif kind == NUMBER:
                numbers[tag] = length
            else:
                parts[tag] = data[at : at + length]
                at += length
            if length == 0 and kind <= BYTES:
                raise NotProven(_REASON, f"{what} spells out what is not there")
            last = tag
    except IndexError:
        raise NotProven(_REASON, f"{what} is cut off") from None
    if at != end:
        raise NotProven(_REASON, f"{what} is cut off")
    return Message(parts, numbers, lists)


def _long_varint(data: bytes, at: int, what: str) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < _CONTINUES:
            break
        if shift > 63:  # noqa: PLR2004 - the tenth byte of a 64-bit varint is its last
            raise NotProven(_REASON, f"{what} has a number of more than 64 bits")
    if byte == 0 or value > _UINT64_MAX:
        raise NotProven(_REASON, f"{what} has a number in a wrong spelling")
    return value, at
