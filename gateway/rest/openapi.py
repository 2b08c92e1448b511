"""The API description, made from the route table and the protos' descriptors."""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from gateway.rest.api import ROUTES
from gateway.rest.protojson import Json, enum_prefix
from gateway.rest.routes import Route, Shape

_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_MONEY: Final = "onebill.common.v1.Money"
_TIMESTAMP: Final = "google.protobuf.Timestamp"
_KINDS: Final = {
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.CPPTYPE_INT64: {"type": "integer", "format": "int64"},
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_STRING: {"type": "string"},
}
_PROBLEM: Final[Json] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string", "description": "Stable, listed in docs/errors.md."},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
        "whatNow": {"type": "string"},
    },
}
_MONEY_SCHEMA: Final[Json] = {
    "type": "object",
    "description": "An amount of money.",
    "required": ["amount", "currencyCode"],
    "properties": {
        "amount": {"type": "string", "description": "Minor units, such as 123400."},
        "currencyCode": {"type": "string", "description": "ISO 4217."},
        "display": {"type": "string", "readOnly": True, "description": "For people."},
    },
}


def describe() -> Json:
    """The whole description as OpenAPI 3.1."""
    schemas = _Schemas()
    paths: Json = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OneBill",
            "version": "1",
            "description": "One booking, one settlement, one cargo insurance, one container "
            "and one electronic bill of lading for a multimodal journey.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "ES256; claims iss, aud, sub, tenant, scope, exp.",
                }
            },
            "schemas": dict(sorted(schemas.made.items())),
        },
    }


class _Schemas:
    def __init__(self) -> None:
        self.made: Json = {"Problem": _PROBLEM, "Money": _MONEY_SCHEMA}

    def of(self, shape: Any, leaves_out: frozenset[str] = frozenset()) -> Json:  # noqa: ANN401
        if shape is str:
            return {"type": "string"}
        if shape is int:
            return {"type": "integer"}
        if isinstance(shape, list):
            return {"type": "array", "items": self.of(shape[0])}
        if isinstance(shape, Mapping):
            return {
                "type": "object",
                "properties": {name: self.of(member) for name, member in shape.items()},
            }
        kind = cast("type[Message]", shape).DESCRIPTOR
        if leaves_out:
            return self._object(kind, leaves_out)
        return self._reference(kind)

    def _reference(self, kind: Any) -> Json:  # noqa: ANN401 - two kinds of descriptor
        if kind.full_name == _TIMESTAMP:
            return {"type": "string", "format": "date-time"}
        name = "Money" if kind.full_name == _MONEY else kind.name
        if name not in self.made:
            # Before its members, for a message may contain itself.
            self.made[name] = {}
            self.made[name] = self._object(kind, frozenset())
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, kind: Any, leaves_out: frozenset[str]) -> Json:  # noqa: ANN401
        return {
            "type": "object",
            "properties": {
                field.json_name: self._field(field)
                for field in kind.fields
                if field.name not in leaves_out
            },
        }

    def _field(self, field: FieldDescriptor) -> Json:
        schema = self._single(field)
        return {"type": "array", "items": schema} if field.is_repeated else schema

    def _single(self, field: FieldDescriptor) -> Json:
        if field.message_type is not None:
            return self._reference(field.message_type)
        if field.enum_type is not None:
            prefix = enum_prefix(field.enum_type)
            return {
                "type": "string",
                "enum": [
                    "",
                    *(
                        value.name.removeprefix(prefix)
                        for value in field.enum_type.values
                        if value.number
                    ),
                ],
            }
        if field.type == FieldDescriptor.TYPE_BYTES:
            return {"type": "string", "format": "base64url"}
        return dict(_KINDS[field.cpp_type])


def _operation(route: Route, schemas: _Schemas) -> Json:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    parameters += [
        {"name": name, "in": "query", "description": said, "schema": {"type": "string"}}
        for name, said in route.query.items()
    ]
    operation: Json = {
        "operationId": route.name,
        "summary": route.summary,
        "description": f"Scope `{route.scope}`.",
        "parameters": parameters,
        "responses": {
            str(route.status): {"description": "Done.", **_content(route.says, schemas)},
            "default": {
                "description": "Refused.",
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": "#/components/schemas/Problem"}
                    }
                },
            },
        },
    }
    if route.is_edit:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "description": "The ETag of what is changed, as it was last read.",
                "schema": {"type": "string"},
            }
        )
    if route.is_write:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "The same for every repeat; a repeat gets the first answer.",
                "schema": {"type": "string", "maxLength": 64},
            }
        )
        shape = route.takes if route.takes is not None else {}
        operation["requestBody"] = {
            "content": {"application/json": {"schema": schemas.of(shape, route.leaves_out)}}
        }
    return operation


def _content(shape: Shape, schemas: _Schemas) -> Json:
    if shape is None:
        return {}
    return {"content": {"application/json": {"schema": schemas.of(shape)}}}
