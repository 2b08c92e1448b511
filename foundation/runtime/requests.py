"""One transaction per RPC, and the first answer for every repeat.

`writes` turns a method that takes a request and a transaction into an RPC: change, outbox rows
and the request's own row commit together or not at all. `reads` does the same for an RPC that
changes nothing. With them a servicer has no line about transactions or repeats.
"""

import functools
import hashlib
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from google.protobuf.message import Message
from sqlalchemy import text

from foundation.kernel.errors import Conflict, DomainError, InvalidValue
from foundation.runtime.database import Database, Transaction
from foundation.runtime.identity import current_caller

_log = logging.getLogger(__name__)

_TAKE: Final = text(
    "INSERT INTO requests (organisation, method, request_id, body_hash) "
    "VALUES (:organisation, :method, :request_id, :body_hash) ON CONFLICT DO NOTHING"
)
_FIRST: Final = text(
    "SELECT body_hash, answer FROM requests WHERE organisation = :organisation "
    "AND method = :method AND request_id = :request_id"
)
_ANSWER: Final = text(
    "UPDATE requests SET answer = :answer WHERE organisation = :organisation "
    "AND method = :method AND request_id = :request_id"
)
_LOCKED_ANSWER: Final = text(
    "SELECT answer FROM requests WHERE organisation = :organisation "
    "AND method = :method AND request_id = :request_id FOR UPDATE"
)
_REFUSE: Final = text(
    "INSERT INTO refusals (organisation, method, request_id, reason) "
    "VALUES (:organisation, :method, :request_id, :reason)"
)


class HasDatabase(Protocol):
    """A servicer with a schema of its own."""

    @property
    def database(self) -> Database:
        """Where its transactions are opened."""
        ...


S = TypeVar("S", bound=HasDatabase)
Request = TypeVar("Request", bound=Message)
Answer = TypeVar("Answer", bound=Message)


def reads(
    act: Callable[[S, Request, Transaction], Awaitable[Answer]],
) -> Callable[[S, Request, object], Awaitable[Answer]]:
    """Make an RPC of a method that only reads: a read-only transaction for the caller."""

    @functools.wraps(act)
    async def rpc(self: S, request: Request, context: object) -> Answer:
        async with self.database.reading(current_caller().organisation) as transaction:
            return await act(self, request, transaction)

    return rpc


def writes(
    answer: type[Answer],
) -> Callable[
    [Callable[[S, Request, Transaction], Awaitable[Answer]]],
    Callable[[S, Request, object], Awaitable[Answer]],
]:
    """Make an RPC of a method that changes something, for requests with a `request_id`.

    The row in `requests` is inserted first, so that a second copy of the request waits at the
    unique index until the first has committed or rolled back. A repeat gets the first answer,
    byte for byte. A refusal rolls everything back and is then noted in `refusals`.

    The RPC raises:
        InvalidValue: REQUEST_ID_FORM.
        Conflict: REQUEST_ID_REUSED.
    """

    def make(
        act: Callable[[S, Request, Transaction], Awaitable[Answer]],
    ) -> Callable[[S, Request, object], Awaitable[Answer]]:
        @functools.wraps(act)
        async def rpc(self: S, request: Request, context: object) -> Answer:
            async def work(transaction: Transaction) -> Answer:
                return await act(self, request, transaction)

            return await answer_once(
                self.database, request, answer, current_caller().organisation, work
            )

        return rpc

    return make


async def answer_once(
    database: Database,
    request: Message,
    answer: type[Answer],
    organisation: str,
    work: Callable[[Transaction], Awaitable[Answer]],
) -> Answer:
    """Do `work` once for this request id, and answer every repeat from the record.

    `writes` is the usual way in; this is for whoever has no servicer method to decorate, a
    stream for example.
    """
    key = {
        "organisation": organisation,
        "method": request.DESCRIPTOR.full_name,
        "request_id": _request_id(request),
    }
    body_hash = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()

    async def once(transaction: Transaction) -> Answer:
        taken = await transaction.connection.execute(_TAKE, {**key, "body_hash": body_hash})
        if taken.rowcount == 0:
            first = (await transaction.connection.execute(_FIRST, key)).one()
            return _repeat(first.body_hash, first.answer, body_hash, answer, key["request_id"])
        said = await work(transaction)
        await transaction.connection.execute(
            _ANSWER, {**key, "answer": said.SerializeToString(deterministic=True)}
        )
        return said

    try:
        return await database.run(organisation, once)
    except DomainError as refusal:
        await _note(database, key, refusal)
        raise


async def answer_in_steps(
    database: Database,
    request: Message,
    answer: type[Answer],
    organisation: str,
    before: Callable[[], Awaitable[None]],
    work: Callable[[Transaction], Awaitable[Answer]],
) -> Answer:
    """As `answer_once`, for what cannot be one transaction because an outsider is told between.

    The request's row is committed first, so that its id names this body from then on. `before`
    runs next, in transactions of its own; a crash or a refusal may leave it half done, so it
    must find and finish what an earlier attempt began. `work` gives the answer and commits
    with it.
    """
    key = {
        "organisation": organisation,
        "method": request.DESCRIPTOR.full_name,
        "request_id": _request_id(request),
    }
    body_hash = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()

    async def claim(transaction: Transaction) -> bytes | None:
        await transaction.connection.execute(_TAKE, {**key, "body_hash": body_hash})
        first = (await transaction.connection.execute(_FIRST, key)).one()
        if bytes(first.body_hash) != body_hash:
            raise _reused(key["request_id"])
        return None if first.answer is None else bytes(first.answer)

    async def once(transaction: Transaction) -> Answer:
        first = (await transaction.connection.execute(_LOCKED_ANSWER, key)).one()
        if first.answer is not None:
            return answer.FromString(bytes(first.answer))
        said = await work(transaction)
        await transaction.connection.execute(
            _ANSWER, {**key, "answer": said.SerializeToString(deterministic=True)}
        )
        return said

    try:
        given = await database.run(organisation, claim)
        if given is not None:
            return answer.FromString(given)
        await before()
        return await database.run(organisation, once)
    except DomainError as refusal:
        await _note(database, key, refusal)
        raise


async def answer_elsewhere(
    database: Database,
    request: Message,
    answer: type[Answer],
    organisation: str,
    work: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Answer repeats from the record, for work that commits somewhere else than in our database.

    No transaction stays open while `work` runs, so it must bear being done twice itself: two
    copies of a request that come at the same moment both reach it.
    """
    key = {
        "organisation": organisation,
        "method": request.DESCRIPTOR.full_name,
        "request_id": _request_id(request),
    }
    body_hash = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    async with database.reading(organisation) as transaction:
        first = (await transaction.connection.execute(_FIRST, key)).one_or_none()
    if first is not None:
        return _repeat(first.body_hash, first.answer, body_hash, answer, key["request_id"])
    try:
        said = await work()
    except DomainError as refusal:
        await _note(database, key, refusal)
        raise

    async def remember(transaction: Transaction) -> None:
        taken = await transaction.connection.execute(_TAKE, {**key, "body_hash": body_hash})
        if taken.rowcount:
            await transaction.connection.execute(
                _ANSWER, {**key, "answer": said.SerializeToString(deterministic=True)}
            )

    await database.run(organisation, remember)
    return said


def _request_id(request: Message) -> uuid.UUID:
    written: str = getattr(request, "request_id", "")
    try:
        request_id = uuid.UUID(written)
    except ValueError:
        request_id = None
    # uuid.UUID also accepts braces, urn: and missing hyphens; one id must have one spelling.
    if request_id is None or str(request_id) != written.lower():
        raise InvalidValue(
            "REQUEST_ID_FORM",
            f"{written!r} is not a request id: send a UUID such as "
            "9f3c1f0e-6f0e-4d55-8a5e-0d6c3f2b7a11, the same one for every repeat.",
            request_id=written,
        )
    return request_id


def _repeat(
    first_hash: bytes,
    first_answer: bytes,
    body_hash: bytes,
    answer: type[Answer],
    request_id: object,
) -> Answer:
    if bytes(first_hash) != body_hash:
        raise _reused(request_id)
    return answer.FromString(bytes(first_answer))


def _reused(request_id: object) -> Conflict:
    return Conflict(
        "REQUEST_ID_REUSED",
        f"Request id {request_id} was used before for a different request; use a new one.",
        request_id=request_id,
    )


async def _note(database: Database, key: dict[str, object], refusal: DomainError) -> None:
    try:
        async with database.transaction(str(key["organisation"])) as transaction:
            await transaction.connection.execute(
                _REFUSE, {**key, "request_id": str(key["request_id"]), "reason": refusal.reason}
            )
    except Exception:  # noqa: BLE001 - the caller's answer is the refusal, noted or not
        _log.exception("a refusal could not be noted", extra={"reason": refusal.reason})
