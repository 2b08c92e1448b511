"""Transactions on PostgreSQL, each on behalf of one organisation.

The organisation is told to the database at the beginning of every transaction, and row-level
security does the rest: a forgotten WHERE shows nothing that the caller may not see.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from opentelemetry import propagate
from sqlalchemy import URL, TextClause, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from foundation.kernel.errors import LimitExceeded, LostRace, Unavailable
from foundation.runtime.settings import DatabaseSettings

_log = logging.getLogger(__name__)

T = TypeVar("T")
Payload = dict[str, object]

# SQLSTATE of a serialization failure and of a deadlock: the transaction did nothing and may
# be run again as it is.
_RUN_AGAIN: Final = {"40001", "40P01"}

# Classes of SQLSTATE in which the server, not the statement, is at fault: connection (08),
# insufficient resources (53), operator intervention such as a shutdown (57P).
_AWAY: Final = {"08", "53", "57"}
_ATTEMPTS: Final = 3
_PAYLOAD_BYTES: Final = 64 * 1024
_spell: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_WRITING: Final = text("SELECT set_config('onebill.organisation', :organisation, true)")
_READING: Final = text(
    "SELECT set_config('onebill.organisation', :organisation, true), "
    "set_config('transaction_read_only', 'on', true)"
)
# One statement for any number of facts, as one JSON text: arrays are walked in Python by the
# driver, element by element. Facts are numbered in the order in which they were published: the
# default of `position` is drawn after the sort.
_PUBLISH: Final = text(
    "INSERT INTO outbox (event_id, type, subject, occurred_at, payload, traceparent) "
    "SELECT event_id, type, subject, occurred_at, payload, CAST(:traceparent AS text) "
    "FROM json_to_recordset(CAST(:facts AS json)) AS fact (place integer, event_id uuid, "
    "type text, subject text, occurred_at timestamptz, payload jsonb) ORDER BY place"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, for the outbox.

    Attributes:
        type: `onebill.<service>.<what>.v1`, past tense.
        subject: the reference on the paper that it is about.
        occurred_at: when, UTC.
        payload: the fact itself; becomes a JSON object of at most 64 KiB.
    """

    type: str
    subject: str
    occurred_at: datetime
    payload: Payload
    event_id: uuid.UUID = field(default_factory=uuid.uuid4)


class Transaction:
    """One open transaction on behalf of one organisation; commits when its block ends well."""

    def __init__(self, connection: AsyncConnection, organisation: str, schema: str) -> None:
        self.connection = connection
        self.organisation = organisation
        self._schema = schema
        self._facts: list[Fact] = []

    def publish(self, *facts: Fact) -> None:
        """Put facts into the outbox; they are written last, just before the commit."""
        self._facts.extend(facts)

    async def grant(self, subject: str, organisation: str, role: str) -> None:
        """Let another organisation see and change the rows about `subject`, as `role`."""
        await self.connection.execute(
            text(
                "INSERT INTO grants (subject, organisation, role, granted_by) "
                "VALUES (:subject, :organisation, :role, :granted_by) ON CONFLICT DO NOTHING"
            ),
            {
                "subject": subject,
                "organisation": organisation,
                "role": role,
                "granted_by": self.organisation,
            },
        )

    @asynccontextmanager
    async def speaking_for(self, organisation: str) -> AsyncIterator[None]:
        """Read and write on behalf of another organisation for the length of a block.

        For what the operator knows and the caller may not: whether a carrier has a leg, what
        others told. What is shown of it to the caller is the service's own business.
        """
        if organisation == self.organisation:
            yield
            return
        await self.connection.execute(_WRITING, {"organisation": organisation})
        yield
        # Not after an error: the transaction is lost then, and its settings with it.
        await self.connection.execute(_WRITING, {"organisation": self.organisation})

    async def write_facts(self) -> None:
        """Write what was published. The database calls this; nobody else needs to.

        A reader asks for positions after the last it saw, so a position must never become
        visible after a higher one. Sequence numbers alone do not promise that: they are drawn
        before the commit. A lock per schema, taken here and held until the commit, makes
        commits of facts follow one another. The other way, reading only below the oldest
        running transaction, would let any long transaction of the whole cluster, Temporal's
        included, stop every stream. The price is one commit's duration (about 2 ms) per
        transaction that publishes; who has much to say says it in batches.
        """
        if not self._facts:
            return
        await self.connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"outbox of {self._schema}"},
        )
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        rows = ",".join(_row(place, fact) for place, fact in enumerate(self._facts))
        await self.connection.execute(
            _PUBLISH, {"facts": f"[{rows}]", "traceparent": carrier.get("traceparent")}
        )
        await self.connection.execute(
            text("SELECT pg_notify(:channel, '')"), {"channel": outbox_channel(self._schema)}
        )
        self._facts.clear()


class Database:
    """One service's schema, reached with its own role. Close it when the process ends."""

    def __init__(self, settings: DatabaseSettings, schema: str) -> None:
        self.schema = schema
        self.url = database_url(settings)
        self.engine = _engine(self.url, settings.database_pool_size, schema)
        self._alone: dict[str, AsyncEngine] = {}

    @asynccontextmanager
    async def transaction(self, organisation: str) -> AsyncIterator[Transaction]:
        """Open a transaction on behalf of `organisation`; commit at the end, or roll back."""
        async with _present(), self.engine.begin() as connection:
            await connection.execute(_WRITING, {"organisation": organisation})
            transaction = Transaction(connection, organisation, self.schema)
            yield transaction
            await transaction.write_facts()

    @asynccontextmanager
    async def reading(self, organisation: str) -> AsyncIterator[Transaction]:
        """Open a transaction that may only read, on behalf of `organisation`."""
        async with _present(), self.engine.begin() as connection:
            await connection.execute(_READING, {"organisation": organisation})
            yield Transaction(connection, organisation, self.schema)

    async def run(self, organisation: str, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in a transaction, again if PostgreSQL asks for that, three times at most.

        Raises:
            LostRace: CONCURRENT_CHANGE, if it lost every time.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self.transaction(organisation) as transaction:
                    return await work(transaction)
            except DBAPIError as error:
                if _sqlstate(error) not in _RUN_AGAIN:
                    raise
                _log.info("transaction lost a race", extra={"attempt": attempt})
                # Let the winner finish before the next attempt.
                await asyncio.sleep(0.01 * attempt)
        raise LostRace(
            "CONCURRENT_CHANGE",
            "Somebody else is changing this at the same moment; please send it again.",
        )

    async def run_alone(
        self, organisation: str, statement: TextClause, parameters: Mapping[str, object]
    ) -> object:
        """Run one statement, a transaction of its own, for `organisation`; answer its one value.

        It is one question to the database, where `transaction` asks seven (three of them whether
        the connection lives): for who writes often, in one statement, and is waited for. The
        connection speaks for that organisation alone, and is used for nothing else.

        Raises:
            Unavailable: the database is away, or was when it was asked last; ask again.
        """
        async with _present(), self._engine_of(organisation).connect() as connection:
            found = await connection.execute(statement, parameters)
            value: object = found.scalar_one()
            return value

    def _engine_of(self, organisation: str) -> AsyncEngine:
        if organisation not in self._alone:
            self._alone[organisation] = _engine_alone(self.url, self.schema, organisation)
        return self._alone[organisation]

    async def close(self) -> None:
        """Close every connection."""
        for engine in (self.engine, *self._alone.values()):
            await engine.dispose()


def database_url(settings: DatabaseSettings) -> URL:
    """Answer the URL for SQLAlchemy and asyncpg, password included."""
    url = make_url(settings.database_url).set(drivername="postgresql+asyncpg")
    if settings.database_password is not None:
        url = url.set(password=settings.database_password.value)
    return url


def outbox_channel(schema: str) -> str:
    """Name the channel on which new facts of `schema` are announced."""
    return f"outbox_{schema}"


def is_unique_violation(error: DBAPIError) -> bool:
    """Whether the statement failed because such a row exists already (SQLSTATE 23505)."""
    return _sqlstate(error) == "23505"


@asynccontextmanager
async def _present() -> AsyncIterator[None]:
    """Say that the database is away, where it is, so that the caller may ask again."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or (_sqlstate(error) or "")[:2] in _AWAY:
            raise _away() from error
        raise
    except (OSError, PoolTimeout) as error:
        raise _away() from error


def _away() -> Unavailable:
    return Unavailable(
        "DATABASE_UNAVAILABLE",
        "Our records cannot be reached at this moment; send the same request again.",
    )


def _engine(url: URL, pool_size: int, schema: str) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        # What fails is logged with its statement, never with the documents and salts in it.
        hide_parameters=True,
        connect_args={"server_settings": _server_settings(schema)},
    )


def _engine_alone(url: URL, schema: str, organisation: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_timeout=10,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={
            "server_settings": {
                **_server_settings(schema),
                "onebill.organisation": organisation,
            }
        },
    )
    event.listen(engine.sync_engine, "checkout", _check_open)
    return engine


def _check_open(_: DBAPIConnection, known: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
    """Have another connection opened where the server has closed this one, without asking it."""
    driver: Any = known.driver_connection
    if driver.is_closed():
        raise DisconnectionError


def _server_settings(schema: str) -> dict[str, str]:
    return {
        "search_path": schema,
        "application_name": f"onebill {schema}",
        "timezone": "UTC",
        "statement_timeout": "30000",
        "idle_in_transaction_session_timeout": "60000",
    }


def _sqlstate(error: DBAPIError) -> str | None:
    state: object = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def _row(place: int, fact: Fact) -> str:
    payload = _spell(fact.payload)
    if len(payload.encode()) > _PAYLOAD_BYTES:
        raise LimitExceeded(
            "FACT_TOO_LARGE",
            f"What happened to {fact.subject} is too much for one event of 64 KiB.",
            subject=fact.subject,
        )
    row = _spell(
        {
            "place": place,
            "event_id": str(fact.event_id),
            "type": fact.type,
            "subject": fact.subject,
            "occurred_at": fact.occurred_at.isoformat(),
        }
    )
    return f'{row[:-1]},"payload":{payload}}}'
