"""A refusal as RFC 9457 problem details, with the next step for whoever reads it."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import grpc
from starlette.responses import JSONResponse

from foundation.kernel.errors import (
    Conflict,
    DomainError,
    InvalidValue,
    LimitExceeded,
    LostRace,
    NotAllowed,
    NotFound,
    Unavailable,
    WrongState,
)
from foundation.runtime.rates import TOO_MANY_REQUESTS
from foundation.runtime.refusals import answer_of_neighbour

_log = logging.getLogger(__name__)

_TYPE: Final = "https://onebill.example/errors/"
_MEDIA_TYPE: Final = "application/problem+json"

# Kind of refusal: status, title, and what whoever is refused can do.
_KINDS: Final[tuple[tuple[type[DomainError], int, str, str], ...]] = (
    (
        InvalidValue,
        400,
        "This request cannot be taken as it is",
        "Correct the request and send it with a new Idempotency-Key.",
    ),
    (NotFound, 404, "There is no such thing", "Check the reference."),
    (
        WrongState,
        409,
        "This cannot be done now",
        "Read it again to see where it stands and what it waits for.",
    ),
    (NotAllowed, 403, "You may not do this", "Ask whoever gave you the token or the role."),
    (Conflict, 409, "This was used before for something else", "Use a new one."),
    (LostRace, 409, "Somebody else was faster", "Read it again and decide again."),
    (LimitExceeded, 413, "This is too much", "Send less, or in smaller pieces."),
    (Unavailable, 503, "Not at this moment", "Send the same request again in a moment."),
)

# Reasons of this door whose status or next step is their own.
_OWN: Final[Mapping[str, tuple[int, str]]] = {
    "TOKEN_MISSING": (401, "Send the header Authorization: Bearer with a token."),
    "TOKEN_INVALID": (401, "Get a token from the issuer that this platform trusts."),
    "TOKEN_EXPIRED": (401, "Get a new token."),
    "REVISION_MISSING": (428, "Read it, and send the ETag that you got as If-Match."),
    "REVISION_MOVED_ON": (412, "Read it again and decide again."),
    "IDEMPOTENCY_KEY_MISSING": (400, "Make a key such as a UUID and keep it for repeats."),
    "IDEMPOTENCY_KEY_REUSED": (422, "Use a new key for a new request."),
    "REQUEST_ID_REUSED": (422, "Use a new key for a new request."),
    "REQUEST_IN_FLIGHT": (409, "Wait a moment and send the same request again."),
    "METHOD_NOT_ALLOWED": (405, "See the API description."),
    "CONTENT_TYPE": (415, "Send Content-Type: application/json."),
    TOO_MANY_REQUESTS: (429, "Wait as long as Retry-After says and send the same request again."),
}
_RETRY_AFTER_SECONDS: Final = "1"
_UNAVAILABLE: Final = 503


class Unauthenticated(DomainError):
    """Nobody knows who asks."""


def problem(refused: DomainError, request_id: str) -> JSONResponse:
    """Write a refusal."""
    status, title, what_now = _about(refused)
    document: dict[str, Any] = {
        "type": _TYPE + refused.reason,
        "title": title,
        "status": status,
        "detail": refused.message,
        "reason": refused.reason,
        "requestId": request_id,
        "errors": getattr(refused, "errors", []),
        "whatNow": what_now,
    }
    headers: dict[str, str] = {}
    if status == _UNAVAILABLE:
        headers["Retry-After"] = _RETRY_AFTER_SECONDS
    if refused.reason == TOO_MANY_REQUESTS:
        headers["Retry-After"] = refused.metadata["retry_after_seconds"]
    if isinstance(refused, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="onebill"'
    return JSONResponse(document, status, headers, media_type=_MEDIA_TYPE)


def refusal_of(error: Exception) -> DomainError:
    """Read what refused; a fault of ours is told without detail."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, grpc.aio.AioRpcError):
        told = answer_of_neighbour(error)
        if told is not None:
            return told
        _log.error("a call failed", extra={"code": str(error.code())})
    else:
        _log.error("fault", exc_info=error)
    return Unavailable("FAULT", "Something went wrong on our side; we have a log.")


def is_final(refused: DomainError) -> bool:
    """Whether the same request would be refused again, so that the refusal is its answer."""
    return not isinstance(refused, Unavailable | LostRace) and refused.reason != TOO_MANY_REQUESTS


def _about(refused: DomainError) -> tuple[int, str, str]:
    for kind, status, title, what_now in _KINDS:
        if isinstance(refused, kind):
            own = _OWN.get(refused.reason)
            return (own[0], title, own[1]) if own else (status, title, what_now)
    own = _OWN.get(refused.reason, (401, ""))
    return own[0], "Who asks is not known", own[1]
