"""The door itself: who asks, may they, was it asked before, what is the answer."""

import asyncio
import hashlib
import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route as StarletteRoute

from foundation.kernel.errors import DomainError, InvalidValue, LimitExceeded, NotFound
from foundation.runtime.database import Database
from foundation.runtime.rates import Rates
from gateway.rest.api import ROUTES
from gateway.rest.first_answers import Begun, FirstAnswers, read_key
from gateway.rest.openapi import describe
from gateway.rest.problems import is_final, problem, refusal_of
from gateway.rest.protojson import Json, parse_json
from gateway.rest.reading import read_body
from gateway.rest.routes import Answer, Ask, Behind, Route
from gateway.rest.tokens import Tokens

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer(__name__)

# Any fixed UUID does; request ids hang on it.
_NAMESPACE: Final = uuid.UUID("5d1a7c1e-2f0b-5c55-9a55-0b1110000002")

# Of so many digits any number has its place in 63 bits.
_STRONG_TAG: Final = re.compile('"([0-9]{1,18})"')

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Door:
    """What every route needs."""

    behind: Behind
    tokens: Tokens
    first_answers: FirstAnswers
    rates: Rates

    def serve(self, route: Route) -> Endpoint:
        """Make the endpoint of one route."""

        async def endpoint(request: Request) -> Response:
            name = f"{route.method} {route.path}"
            context = propagate.extract(dict(request.headers))
            seen = uuid.uuid4().hex
            with _tracer.start_as_current_span(name, context, kind=SpanKind.SERVER):
                try:
                    answer = await self._admitted(route, request, seen)
                except Exception as error:  # noqa: BLE001 - every fault becomes an answer
                    answer = _refused(route, refusal_of(error), seen)
            answer.headers["X-Request-Id"] = seen
            return answer

        return endpoint

    async def _admitted(self, route: Route, request: Request, seen: str) -> Response:
        holder = self.tokens.holder(request.headers.get("authorization"))
        self.rates.check(holder.organisation)
        holder.need(route.scope)
        body: Json = {}
        if route.is_write:
            body = await _read(request, route.body_bytes_max)
        ask = Ask(
            behind=self.behind,
            holder=holder,
            path=request.path_params,
            query=dict(request.query_params),
            body=body,
            message=read_body(route, body) if route.is_write else None,
            request_id=str(uuid.uuid4()),
            revision=_revision(request.headers.get("if-match")) if route.is_edit else 0,
            implied_scopes=route.implies,
        )
        if not route.is_write:
            return _response(await route.handler(ask))
        key = read_key(request.headers.get("idempotency-key"))
        # To the end even if the caller hangs up: its repeat finds the answer.
        return await asyncio.shield(self._once(route, request, ask, key, seen))

    async def _once(
        self, route: Route, request: Request, ask: Ask, key: str, seen: str
    ) -> Response:
        organisation = ask.holder.organisation
        begun = await self.first_answers.begin(
            organisation,
            key,
            _hash_of(request, ask),
            str(uuid.uuid5(_NAMESPACE, f"{organisation}\n{key}")),
        )
        if not isinstance(begun, Begun):
            return begun
        try:
            answer = _response(await route.handler(_named(ask, begun)))
        except Exception as error:
            refused = refusal_of(error)
            if not is_final(refused):
                await self.first_answers.release(organisation, key)
                raise
            answer = _refused(route, refused, seen)
        await self.first_answers.finish(organisation, key, answer)
        return answer


def make_app(behind: Behind, tokens: Tokens, database: Database, rates: Rates) -> Starlette:
    """Put the door together."""
    door = Door(behind, tokens, FirstAnswers(database), rates)
    description = describe()

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        try:
            async with asyncio.timeout(2), database.reading("operator"):
                return PlainTextResponse("ok\n")
        except (DomainError, TimeoutError):
            return PlainTextResponse("our records cannot be reached\n", 503)

    async def openapi(_request: Request) -> Response:
        return JSONResponse(description)

    return Starlette(
        routes=[
            *(
                StarletteRoute(route.path, door.serve(route), methods=[route.method])
                for route in ROUTES
            ),
            StarletteRoute("/v1/openapi.json", openapi),
            StarletteRoute("/healthz", healthz),
            StarletteRoute("/readyz", readyz),
        ],
        exception_handlers={404: _not_found, 405: _not_allowed},
    )


async def _not_found(_request: Request, _error: Exception) -> Response:
    return problem(NotFound("PATH_NOT_FOUND", "There is nothing at this path."), uuid.uuid4().hex)


async def _not_allowed(_request: Request, _error: Exception) -> Response:
    return problem(
        InvalidValue("METHOD_NOT_ALLOWED", "This path does not take that method."),
        uuid.uuid4().hex,
    )


async def _read(request: Request, bytes_max: int) -> Json:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise InvalidValue("CONTENT_TYPE", "The body must be application/json.")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise LimitExceeded(
                    "BODY_TOO_LARGE",
                    f"The body is larger than {bytes_max / 1024 / 1024:.1f} MiB.",
                )
    except ClientDisconnect as gone:
        raise InvalidValue("BODY_CUT", "The body ended before its end.") from gone
    return parse_json(bytes(body)) if body else {}


def _revision(if_match: str | None) -> int:
    """Read the strong entity tag that says on which revision an edit was made (RFC 9110)."""
    tag = _STRONG_TAG.fullmatch((if_match or "").strip())
    if tag is None:
        raise InvalidValue(
            "REVISION_MISSING",
            'Say with If-Match which revision you change: its ETag, such as "3".',
        )
    return int(tag[1])


def _hash_of(request: Request, ask: Ask) -> bytes:
    said = {
        "method": request.method,
        "path": request.url.path,
        "query": sorted(request.query_params.multi_items()),
        "body": ask.body,
        # Only where it counts, so that what was asked before it existed keeps its name.
        **({"revision": ask.revision} if ask.revision else {}),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()


def _named(ask: Ask, begun: Begun) -> Ask:
    return replace(
        ask,
        request_id=begun.request_id,
        booking_reference=begun.booking_reference,
        received_at=begun.received_at,
    )


def _refused(route: Route, refused: DomainError, seen: str) -> Response:
    """Answer a refusal and leave it in trace and log, with the id that the caller was told."""
    trace.get_current_span().set_attribute("onebill.reason", refused.reason)
    _log.info(
        "refused",
        extra={
            "route": f"{route.method} {route.path}",
            "reason": refused.reason,
            "request_id": seen,
        },
    )
    return problem(refused, seen)


def _response(answer: Answer | Response) -> Response:
    if isinstance(answer, Response):
        return answer
    return JSONResponse(answer.body, answer.status, dict(answer.headers))
