"""A strict reader of the few protobuf messages that an endorsed transaction is made of.

It reads only the canonical encoding: fields in ascending order, varints of minimal length, no
default value spelled out, no unknown field. So a message has one spelling, and no byte of it
can be changed or added without being noticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from onebill_verify.errors import NotProven

_VARINT: Final = 0
_LENGTH: Final = 2
_CONTINUES: Final = 0x80
_UINT64_MAX: Final = 2**64 - 1
_REASON: Final = "TRANSACTION_MALFORMED"


class Kind(Enum):
    """How a field is written."""

    NUMBER = auto()  # varint, never zero
    BYTES = auto()  # bytes or text, never empty
    MESSAGE = auto()  # an embedded message; may be empty, then all of it has default values
    REPEATED = auto()  # any number of bytes, texts or messages


NUMBER: Final = Kind.NUMBER
BYTES: Final = Kind.BYTES
MESSAGE: Final = Kind.MESSAGE
REPEATED: Final = Kind.REPEATED


@dataclass(frozen=True, slots=True)
class Message:
    """The fields of one message by number; what is absent has its default value."""

    numbers: Mapping[int, int]
    parts: Mapping[int, bytes]
    lists: Mapping[int, list[bytes]]

    def number(self, field: int) -> int:
        """Return a varint field, 0 where absent."""
        return self.numbers.get(field, 0)

    def part(self, field: int) -> bytes:
        """Return a bytes field, empty where absent."""
        return self.parts.get(field, b"")

    def text(self, field: int) -> str:
        """Return a text field. Raises NotProven `TRANSACTION_MALFORMED` unless UTF-8."""
        return utf8(self.parts.get(field, b""))

    def many(self, field: int) -> list[bytes]:
        """Return a repeated field."""
        return self.lists.get(field, [])


def utf8(data: bytes) -> str:
    """Decode a text. Raises NotProven `TRANSACTION_MALFORMED`."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise NotProven(_REASON, "a text in a transaction is not UTF-8") from None


def read(data: bytes, schema: Mapping[int, Kind], what: str) -> Message:
    """Read a message of up to 15 fields. Raises NotProven `TRANSACTION_MALFORMED`."""
    numbers: dict[int, int] = {}
    parts: dict[int, bytes] = {}
    lists: dict[int, list[bytes]] = {}
    at, end, last = 0, len(data), 0
    try:
        while at < end:
            tag = data[at]
            field, wire = tag >> 3, tag & 7
            kind = schema.get(field) if tag < _CONTINUES else None
            if kind is None or field < last or (field == last and kind is not REPEATED):
                raise NotProven(_REASON, f"{what} has an unknown or misplaced field")
            last = field
            length = data[at + 1]
            at += 2
            if length >= _CONTINUES:
                length, at = _long_varint(data, at - 1, what)
            if kind is NUMBER:
                if wire != _VARINT or length == 0:
                    raise NotProven(_REASON, f"{what} has a number in a wrong spelling")
                numbers[field] = length
                continue
            if wire != _LENGTH or length > end - at or (length == 0 and kind is BYTES):
                raise NotProven(_REASON, f"{what} has a field in a wrong spelling or cut off")
            part = data[at : at + length]
            at += length
            if kind is REPEATED:
                lists.setdefault(field, []).append(part)
            else:
                parts[field] = part
    except IndexError:
        raise NotProven(_REASON, f"{what} is cut off") from None
    return Message(numbers, parts, lists)


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
