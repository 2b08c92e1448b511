"""Reads a body against a shape of the route table, so that nothing unknown passes."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from foundation.kernel.errors import DomainError, InvalidValue
from gateway.rest.protojson import BodyFault, Json, from_json
from gateway.rest.routes import Route

_WORDS = {str: "text", int: "a whole number", list: "a list", dict: "an object"}


def read_body(route: Route, document: Json) -> Message | None:
    """Check the body and read the route's message out of it, where it has one.

    Raises:
        BodyFault: with a pointer for every fault.
    """
    if route.takes is None:
        _check(document, {})
        return None
    if isinstance(route.takes, Mapping):
        _check(document, route.takes)
        return None
    unwanted = [
        field.json_name
        for field in route.takes.DESCRIPTOR.fields
        if field.name in route.leaves_out and field.json_name in document
    ]
    if unwanted:
        raise BodyFault([(f"/{name}", _unknown(f"/{name}")) for name in unwanted])
    return from_json(document, route.takes)


def _check(document: Json, shape: Mapping[str, Any]) -> None:
    faults: list[tuple[str, DomainError]] = []
    for name, value in document.items():
        where = f"/{name}"
        if name not in shape:
            faults.append((where, _unknown(where)))
            continue
        wanted = shape[name]
        kind = list if isinstance(wanted, list) else wanted if wanted in (str, int) else dict
        if not isinstance(value, kind) or isinstance(value, bool):
            faults.append((where, InvalidValue("MEMBER_TYPE", f"{where} must be {_WORDS[kind]}.")))
    if faults:
        raise BodyFault(faults)


def _unknown(where: str) -> InvalidValue:
    return InvalidValue("MEMBER_UNKNOWN", f"{where} is not a member we know.", pointer=where)
