"""Canonical JSON: RFC 8785, narrowed to what a signed statement needs (act.md, section 1).

Numbers are integers from 0 to 2^53-1. Fractions, exponents, negative numbers, duplicate
member names, lone surrogates and nesting deeper than 16 are refused, so that a value has one
spelling and a spelling one value in every language.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from onebill_verify.errors import NotProven

JsonValue = None | bool | int | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

INTEGER_MAX: Final = 2**53 - 1
DEPTH_MAX: Final = 16
_DIGITS_MAX: Final = 16  # of 2^53-1; asked before int(), which is slow on long digits


def encode(value: JsonValue) -> bytes:
    """Return the canonical UTF-8 bytes of a value.

    Raises NotProven `JSON_MALFORMED` where the value has no canonical form.
    """
    try:
        return _spell(value, ascii_names=_check(value, DEPTH_MAX)).encode()
    except UnicodeEncodeError:
        raise NotProven("JSON_MALFORMED", "a text holds a lone surrogate") from None


def parse(data: bytes) -> JsonValue:
    """Read JSON strictly, in any spelling: use it for what people hand in.

    Raises NotProven `JSON_MALFORMED`.
    """
    value = _decode(_text(data), _decode_members)
    encode(value)  # depth, surrogates, range
    return value


def parse_canonical(data: bytes) -> JsonValue:
    """Read JSON that must be its own canonical encoding.

    Raises NotProven `JSON_MALFORMED`, or `NOT_CANONICAL` where the value is fine and its
    spelling is not.
    """
    text = _text(data)
    # A duplicate member would be lost here and missing from the second spelling: no hook needed.
    # A lone surrogate stands escaped in the text, and never in the second spelling.
    value = _decode(text, _decode_plain)
    if _spell(value, ascii_names=_walk(value, DEPTH_MAX)) != text:
        raise NotProven("NOT_CANONICAL", "the JSON is not spelled canonically (RFC 8785)")
    return value


def _spell(value: JsonValue, *, ascii_names: bool) -> str:
    return _encode_sorted(value) if ascii_names else _encode_by_utf16(value)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise NotProven("JSON_MALFORMED", "the bytes are not UTF-8") from None


def _decode(text: str, decoder: json.JSONDecoder) -> JsonValue:
    try:
        value: JsonValue = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise NotProven("JSON_MALFORMED", f"this is not JSON: {error}") from None
    except RecursionError:
        raise NotProven("JSON_MALFORMED", f"nesting deeper than {DEPTH_MAX}") from None
    return value


def _integer(digits: str) -> int:
    if len(digits) <= _DIGITS_MAX and not digits.startswith("-"):
        value = int(digits)
        if value <= INTEGER_MAX:
            return value
    raise NotProven("JSON_MALFORMED", "a number is not an integer from 0 to 2^53-1")


def _no_number(text: str) -> NoReturn:
    raise NotProven("JSON_MALFORMED", "a number is not an integer from 0 to 2^53-1")


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotProven("JSON_MALFORMED", "an object has two members of one name")
    return members


_decode_plain: Final = json.JSONDecoder(
    parse_float=_no_number, parse_int=_integer, parse_constant=_no_number
)
_decode_members: Final = json.JSONDecoder(
    parse_float=_no_number,
    parse_int=_integer,
    parse_constant=_no_number,
    object_pairs_hook=_members,
)
_encode_sorted: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), sort_keys=True
).encode
_encode_in_order: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":")
).encode


def _check(value: JsonValue, depth_left: int) -> bool:
    """Refuse what has no canonical form; say whether every member name is ASCII.

    For ASCII names the order of code points, which the C encoder sorts by, is that of UTF-16
    code units, which RFC 8785 asks for.
    """
    if isinstance(value, str):
        return True
    if isinstance(value, (dict, list, tuple)):
        if depth_left == 0:
            raise NotProven("JSON_MALFORMED", f"nesting deeper than {DEPTH_MAX}")
        ascii_names = True
        if isinstance(value, dict):
            for name in value:
                if not isinstance(name, str):
                    raise NotProven("JSON_MALFORMED", "a member name is not a text")
                ascii_names &= name.isascii()
        for inner in value.values() if isinstance(value, dict) else value:
            ascii_names &= _check(inner, depth_left - 1)
        return ascii_names
    _check_scalar(value)
    return True


def _walk(value: JsonValue, depth_left: int) -> bool:
    """Do as `_check` for a value that our decoder made: only depth and names are left to ask."""
    if not isinstance(value, (dict, list)):
        return True
    if depth_left == 0:
        raise NotProven("JSON_MALFORMED", f"nesting deeper than {DEPTH_MAX}")
    ascii_names = isinstance(value, list) or "".join(value).isascii()
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            ascii_names &= _walk(inner, depth_left - 1)
    return ascii_names


def _check_scalar(value: JsonValue) -> None:
    if value is None or isinstance(value, bool):
        return
    if not isinstance(value, int):
        raise NotProven("JSON_MALFORMED", f"a {type(value).__name__} has no canonical JSON")
    if not 0 <= value <= INTEGER_MAX:
        raise NotProven("JSON_MALFORMED", "a number is not an integer from 0 to 2^53-1")


def _encode_by_utf16(value: JsonValue) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        inside = ",".join(
            f"{_encode_in_order(name)}:{_encode_by_utf16(value[name])}" for name in names
        )
        return f"{{{inside}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_encode_by_utf16, value))}]"
    return _encode_in_order(value)
