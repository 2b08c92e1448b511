"""What a route is: path, scope, shapes and handler. The table of all is in api.py."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from google.protobuf.message import Message
from starlette.responses import Response

from foundation.runtime.identity import Metadata, on_behalf_of
from gateway.neighbours import Neighbours
from gateway.rest.protojson import Json
from gateway.rest.tokens import Holder
from workflows.client import Consignments

M = TypeVar("M", bound=Message)

Shape = type[Message] | Mapping[str, Any] | None
"""A message, or an object of shapes by member, `[shape]` for a list, `str` or `int`."""

_PAGE_SIZE_MAX = 200
# Any number of so many digits has its place in 63 bits.
_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the door."""

    neighbours: Neighbours
    consignments: Consignments
    # Where the world finds this door.
    public_url: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, its holder known and its body read."""

    behind: Behind
    holder: Holder
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    message: Message | None
    request_id: str
    booking_reference: str = ""
    received_at: datetime | None = None
    revision: int = 0
    implied_scopes: frozenset[str] = frozenset()

    @property
    def metadata(self) -> Metadata:
        """With which calls are made for the holder."""
        return on_behalf_of(
            self.holder.organisation,
            self.holder.scopes | self.implied_scopes,
            self.holder.person,
        )

    def said(self, kind: type[M]) -> M:
        """A copy of the body as the message that the route takes."""
        copy = kind()
        if isinstance(self.message, kind):
            copy.CopyFrom(self.message)
        return copy

    @property
    def services(self) -> Neighbours:
        """The services behind the door."""
        return self.behind.neighbours

    @property
    def page_size(self) -> int:
        """How many to list; too many is as many as there may be."""
        return min(self.number("pageSize"), _PAGE_SIZE_MAX)

    def number(self, name: str) -> int:
        """Read a whole number of the query; 0 where there is none that can be one of ours."""
        text = self.query.get(name, "")
        is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
        return int(text) if is_number else 0

    @property
    def page_token(self) -> str:
        """Where the last page ended."""
        return self.query.get("pageToken", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler says."""

    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Ask], Awaitable[Answer | Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the API.

    Attributes:
        method: GET, POST or PUT.
        path: with its parameters in braces.
        scope: asked of the token.
        summary: one sentence for people.
        handler: does it.
        takes: shape of the body; a message is read before the handler runs.
        says: shape of the answer.
        status: of the good answer.
        query: names of the query parameters, each with its sentence.
        implies: scopes of the services behind that this route's own scope includes.
        leaves_out: proto fields of `takes` that are not the caller's to say.
        body_bytes_max: limit of the body.
        is_edit: whether the header If-Match must say which revision is changed.
    """

    method: str
    path: str
    scope: str
    summary: str
    handler: Handler
    says: Shape
    takes: Shape = None
    status: int = 200
    query: Mapping[str, str] = field(default_factory=dict)
    implies: frozenset[str] = frozenset()
    leaves_out: frozenset[str] = frozenset()
    body_bytes_max: int = 1024 * 1024
    is_edit: bool = False

    @property
    def is_write(self) -> bool:
        """Whether it needs an Idempotency-Key."""
        return self.method != "GET"

    @property
    def name(self) -> str:
        """The operation's name in the API description."""
        first, *rest = self.handler.__name__.split("_")
        return first + "".join(word.capitalize() for word in rest)
