"""The first answer for every repeat of an Idempotency-Key, byte for byte."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from starlette.responses import Response

from foundation.kernel.errors import Conflict, InvalidValue
from foundation.kernel.references import make_booking_reference
from foundation.runtime.database import Database

# Longer than any write may take; a repeat after a crash of ours waits this long at most.
_LEASE_SECONDS: Final = 45
_KEY_CHARACTERS_MAX: Final = 64

_TAKE: Final = text(
    "INSERT INTO first_answers (organisation, idempotency_key, body_hash, request_id, "
    "booking_reference, leased_until) VALUES (:organisation, :key, :body_hash, :request_id, "
    ":booking_reference, now() + make_interval(secs => :lease)) ON CONFLICT DO NOTHING "
    "RETURNING received_at"
)
_READ: Final = text(
    "SELECT body_hash, request_id, booking_reference, received_at, "
    "leased_until > now() AS is_leased, status, content_type, location, answer "
    "FROM first_answers "
    "WHERE organisation = :organisation AND idempotency_key = :key FOR UPDATE"
)
_LEASE: Final = text(
    "UPDATE first_answers SET leased_until = now() + make_interval(secs => :lease) "
    "WHERE organisation = :organisation AND idempotency_key = :key"
)
_ANSWER: Final = text(
    "UPDATE first_answers SET status = :status, content_type = :content_type, "
    "location = :location, answer = :answer "
    "WHERE organisation = :organisation AND idempotency_key = :key AND status IS NULL"
)


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that is ours to do, under these names whatever happens to us."""

    request_id: str
    booking_reference: str
    received_at: datetime


class FirstAnswers:
    """The table `first_answers`, on behalf of one organisation at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(
        self, organisation: str, key: str, body_hash: bytes, request_id: str
    ) -> Begun | Response:
        """Take the request, or answer what it was answered first.

        Raises:
            Conflict: IDEMPOTENCY_KEY_REUSED, REQUEST_IN_FLIGHT.
        """
        row = {"organisation": organisation, "key": key}
        booking_reference = make_booking_reference(secrets.token_bytes)
        async with self._database.transaction(organisation) as transaction:
            taken = await transaction.connection.execute(
                _TAKE,
                {
                    **row,
                    "body_hash": body_hash,
                    "request_id": uuid.UUID(request_id),
                    "booking_reference": booking_reference,
                    "lease": _LEASE_SECONDS,
                },
            )
            received_at = taken.scalar_one_or_none()
            if received_at is not None:
                return Begun(request_id, booking_reference, received_at)
            first = (await transaction.connection.execute(_READ, row)).one()
            if bytes(first.body_hash) != body_hash:
                raise Conflict(
                    "IDEMPOTENCY_KEY_REUSED",
                    "This Idempotency-Key was used before for a different request.",
                )
            if first.status is not None:
                return _replayed(
                    first.status, first.content_type, first.location, bytes(first.answer)
                )
            if first.is_leased:
                raise Conflict(
                    "REQUEST_IN_FLIGHT", "The same request is being worked on at this moment."
                )
            await transaction.connection.execute(_LEASE, {**row, "lease": _LEASE_SECONDS})
            return Begun(str(first.request_id), first.booking_reference, first.received_at)

    async def finish(self, organisation: str, key: str, answer: Response) -> None:
        """Keep the answer for every repeat, unless a copy of the request was answered before."""
        async with self._database.transaction(organisation) as transaction:
            await transaction.connection.execute(
                _ANSWER,
                {
                    "organisation": organisation,
                    "key": key,
                    "status": answer.status_code,
                    "content_type": answer.headers.get("content-type"),
                    "location": answer.headers.get("location"),
                    "answer": bytes(answer.body),
                },
            )

    async def release(self, organisation: str, key: str) -> None:
        """The outcome is not final: let a repeat do the work under the same names."""
        async with self._database.transaction(organisation) as transaction:
            await transaction.connection.execute(
                _LEASE, {"organisation": organisation, "key": key, "lease": 0}
            )


def read_key(header: str | None) -> str:
    """Read an Idempotency-Key, quoted (as the IETF draft has it) or bare.

    Raises:
        InvalidValue: IDEMPOTENCY_KEY_MISSING.
    """
    key = (header or "").strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > _KEY_CHARACTERS_MAX or not (key.isascii() and key.isprintable()):
        raise InvalidValue(
            "IDEMPOTENCY_KEY_MISSING",
            "Every write needs the header Idempotency-Key: 1 to 64 plain characters, the same "
            "for every repeat.",
        )
    return key


def _replayed(
    status: int, content_type: str | None, location: str | None, answer: bytes
) -> Response:
    headers = {"Idempotent-Replay": "true"}
    if location:
        headers["Location"] = location
    return Response(answer, status, headers, media_type=content_type)
