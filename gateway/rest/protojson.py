"""Protobuf messages as /v1 writes them: camelCase, enum values without their prefix.

Read from the descriptors, so a field added to a proto is in the API the same day. Money has
minor units as text and a display beside it; other integers are JSON numbers; bytes are
base64url without padding. Whatever is not known is refused with a pointer to it.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2

from foundation.kernel.errors import DomainError, InvalidValue
from foundation.kernel.money import Money

M = TypeVar("M", bound=Message)
Json = dict[str, Any]

_MONEY: Final = common_pb2.Money.DESCRIPTOR.full_name
_TIMESTAMP: Final = Timestamp.DESCRIPTOR.full_name
_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|\+00:00)", re.ASCII
)
_DIGITS: Final = re.compile(r"-?[0-9]{1,19}")
_LIMITS: Final = {
    FieldDescriptor.CPPTYPE_INT32: 31,
    FieldDescriptor.CPPTYPE_INT64: 63,
}


class BodyFault(InvalidValue):
    """The body cannot be read. `errors` has a pointer and a reason for every fault found."""

    def __init__(self, faults: list[tuple[str, DomainError]]) -> None:
        first = faults[0][1]
        super().__init__(first.reason, first.message, **first.metadata)
        self.errors = [{"pointer": where, "reason": fault.reason} for where, fault in faults]


def parse_json(body: bytes) -> Json:
    """Read a JSON object; a member named twice, NaN and the like are refused.

    Raises:
        InvalidValue: JSON_MALFORMED.
    """
    try:
        document = json.loads(body, object_pairs_hook=_once_each, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as wrong:
        raise InvalidValue(
            "JSON_MALFORMED", "The body is not a JSON object that can be read."
        ) from wrong
    if not isinstance(document, dict):
        raise InvalidValue("JSON_MALFORMED", "The body must be a JSON object.")
    return document


def to_json(message: Message, *, leave_out: frozenset[str] = frozenset()) -> Json:
    """Write a message. `leave_out` names proto fields of its first level."""
    document: Json = {}
    for field in _fields(message):
        if field.name in leave_out:
            continue
        value = getattr(message, field.name)
        if field.is_repeated:
            document[field.json_name] = [_written(field, item) for item in value]
        elif field.message_type is None or message.HasField(field.name):
            document[field.json_name] = _written(field, value)
    return document


def from_json(document: Json, kind: type[M]) -> M:
    """Read a message.

    Raises:
        BodyFault: MEMBER_UNKNOWN, MEMBER_TYPE, VALUE_UNKNOWN, NUMBER_NOT_WHOLE, TIME_FORM,
            BYTES_FORM, or what Money says.
    """
    reader = _Reader()
    message = kind()
    reader.fill(message, document, "")
    if reader.faults:
        raise BodyFault(reader.faults)
    return message


def money_json(money: common_pb2.Money) -> Json:
    """Minor units as text, and the amount as people write it."""
    try:
        display = str(Money(money.amount, money.currency_code))
    except InvalidValue:
        display = f"{money.amount} {money.currency_code}".strip()
    return {
        "amount": str(money.amount),
        "currencyCode": money.currency_code,
        "display": display,
    }


def enum_prefix(kind: EnumDescriptor) -> str:
    """What stands before every value of the enum, such as BOOKING_STATE_."""
    return str(kind.values_by_number[0].name).removesuffix("UNSPECIFIED")


def time_text(moment: datetime) -> str:
    """RFC 3339 with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def b64u(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _fields(message: Message) -> list[FieldDescriptor]:
    # The stubs know a second, native kind of the same thing.
    return cast("list[FieldDescriptor]", message.DESCRIPTOR.fields)


def _written(field: FieldDescriptor, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if field.message_type is not None:
        if field.message_type.full_name == _MONEY:
            return money_json(value)
        if field.message_type.full_name == _TIMESTAMP:
            return time_text(value.ToDatetime(tzinfo=UTC))
        return to_json(value)
    if field.enum_type is not None:
        named = field.enum_type.values_by_number.get(value)
        prefix = enum_prefix(field.enum_type)
        return named.name.removeprefix(prefix) if named is not None and value else ""
    if isinstance(value, bytes):
        return b64u(value)
    return value


class _Reader:
    """Collects every fault, so that a caller corrects its body once."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, DomainError]] = []

    def fill(self, message: Message, document: object, pointer: str) -> None:
        if not isinstance(document, dict):
            self._fault(pointer, "MEMBER_TYPE", f"{pointer or 'The body'} must be an object.")
            return
        fields = {field.json_name: field for field in _fields(message)}
        for name, value in document.items():
            where = f"{pointer}/{name}"
            field = fields.get(name)
            if field is None:
                self._fault(where, "MEMBER_UNKNOWN", f"{where} is not a member we know.")
            elif field.is_repeated:
                self._fill_list(message, field, value, where)
            elif value is not None:
                self._set(message, field, value, where)

    def _fill_list(
        self, message: Message, field: FieldDescriptor, value: object, where: str
    ) -> None:
        if not isinstance(value, list):
            self._fault(where, "MEMBER_TYPE", f"{where} must be a list.")
            return
        target = getattr(message, field.name)
        for index, item in enumerate(value):
            place = f"{where}/{index}"
            if field.message_type is not None:
                read = target.add()
                self._fill_message(read, field.message_type, item, place)
                continue
            scalar = self._scalar(field, item, place)
            if scalar is not None:
                target.append(scalar)

    def _set(self, message: Message, field: FieldDescriptor, value: object, where: str) -> None:
        if field.message_type is not None:
            target = getattr(message, field.name)
            target.SetInParent()
            self._fill_message(target, field.message_type, value, where)
            return
        scalar = self._scalar(field, value, where)
        if scalar is not None:
            setattr(message, field.name, scalar)

    def _fill_message(self, target: Message, kind: Descriptor, value: object, where: str) -> None:
        if kind.full_name == _MONEY and isinstance(target, common_pb2.Money):
            self._fill_money(target, value, where)
        elif kind.full_name == _TIMESTAMP and isinstance(target, Timestamp):
            self._fill_time(target, value, where)
        else:
            self.fill(target, value, where)

    def _fill_money(self, target: common_pb2.Money, value: object, where: str) -> None:
        if not isinstance(value, dict) or not set(value) <= {"amount", "currencyCode", "display"}:
            self._fault(where, "MEMBER_TYPE", f"{where} must be an amount and its currencyCode.")
            return
        amount = value.get("amount")
        if isinstance(amount, str) and _DIGITS.fullmatch(amount):
            amount = int(amount)
        try:
            # Not an int is for Money to refuse: it says what an amount is.
            money = Money(amount, value.get("currencyCode")).not_negative(  # type: ignore[arg-type]
                where.rsplit("/", 1)[-1]
            )
        except DomainError as refused:
            self.faults.append((where, refused))
            return
        target.amount = money.amount
        target.currency_code = money.currency

    def _fill_time(self, target: Timestamp, value: object, where: str) -> None:
        if isinstance(value, str) and _TIME.fullmatch(value):
            try:
                target.FromJsonString(value)
            except ValueError:
                pass
            else:
                return
        self._fault(
            where,
            "TIME_FORM",
            f"{where} must be a time in UTC such as 2026-12-01T08:00:00Z.",
        )

    def _scalar(self, field: FieldDescriptor, value: object, where: str) -> Any:  # noqa: ANN401
        if field.enum_type is not None:
            return self._enum(field.enum_type, value, where)
        kind = field.cpp_type
        if kind in _LIMITS:
            return self._integer(value, _LIMITS[kind], where)
        if kind == FieldDescriptor.CPPTYPE_BOOL:
            return self._of_type(value, bool, "true or false", where)
        text = self._of_type(value, str, "text", where)
        if field.type == FieldDescriptor.TYPE_BYTES and text is not None:
            return self._bytes(text, where)
        return text

    def _enum(self, kind: EnumDescriptor, value: object, where: str) -> int | None:
        known = {
            item.name.removeprefix(enum_prefix(kind)): item.number
            for item in kind.values
            if item.number
        }
        if value == "":
            return 0
        if not isinstance(value, str) or value not in known:
            self._fault(
                where,
                "VALUE_UNKNOWN",
                f"{where} must be one of {', '.join(known)}, not {str(value)[:40]!r}.",
            )
            return None
        return known[value]

    def _integer(self, value: object, bits: int, where: str) -> int | None:
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if type(value) is not int or not -(2**bits) <= value < 2**bits:
            self._fault(where, "NUMBER_NOT_WHOLE", f"{where} must be a whole number.")
            return None
        return value

    def _bytes(self, text: str, where: str) -> bytes | None:
        plain = text.rstrip("=").replace("+", "-").replace("/", "_")
        try:
            return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            self._fault(where, "BYTES_FORM", f"{where} must be base64.")
            return None

    def _of_type(self, value: object, kind: type[Any], word: str, where: str) -> Any:  # noqa: ANN401
        if not isinstance(value, kind):
            self._fault(where, "MEMBER_TYPE", f"{where} must be {word}.")
            return None
        return value

    def _fault(self, where: str, reason: str, message: str) -> None:
        self.faults.append((where, InvalidValue(reason, message, pointer=where)))


def _once_each(pairs: list[tuple[str, Any]]) -> Json:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a member is named twice")
    return document


def _refuse_constant(word: str) -> Callable[[], None]:
    raise ValueError(f"{word} is no JSON")
