"""Facts as a stream: written by the owner, watched from a position on, followed to an effect.

A notification wakes the readers at once; a look every second finds what a lost wake-up missed.
"""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, Protocol, Self

import asyncpg
import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2
from opentelemetry import propagate
from opentelemetry.context import attach, detach
from sqlalchemy import text

from foundation.kernel.errors import InvalidValue
from foundation.runtime.database import Database, Transaction, outbox_channel
from foundation.runtime.identity import OPERATOR

_log = logging.getLogger(__name__)

_POLL_SECONDS: Final = 1.0
_BATCH: Final = 200
_SHORTEST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 5.0

_AFTER: Final = text(
    "SELECT position, event_id, type, subject, occurred_at, payload::text AS payload, "
    "traceparent FROM outbox WHERE position > :after ORDER BY position LIMIT :batch"
)


class Outbox:
    """Reads one service's outbox for any number of watchers. Use as an async context."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._news = asyncio.Condition()
        self._news_heard = 0
        self._closed = False
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End every watch, so that the server can drain, and the listening connection."""
        self._closed = True
        async with self._news:
            self._news.notify_all()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None

    async def watch(self, after_position: int) -> AsyncIterator[list[common_pb2.Event]]:
        """Answer facts after `after_position` in batches, then as they come, until closed.

        Raises:
            InvalidValue: POSITION_NEGATIVE.
        """
        if after_position < 0:
            raise InvalidValue(
                "POSITION_NEGATIVE",
                "A position is 0 or more.",
                after_position=after_position,
            )
        position = after_position
        while not self._closed:
            heard = self._news_heard
            events = await self.read(position)
            if events:
                position = events[-1].position
                yield events
            else:
                await self._wait(heard)

    async def read(self, after_position: int) -> list[common_pb2.Event]:
        """Answer at most 200 facts after `after_position`, in order."""
        async with self._database.reading(OPERATOR) as transaction:
            found = await transaction.connection.execute(
                _AFTER, {"after": after_position, "batch": _BATCH}
            )
            return [
                common_pb2.Event(
                    position=row.position,
                    event_id=str(row.event_id),
                    type=row.type,
                    subject=row.subject,
                    occurred_at=_timestamp(row.occurred_at),
                    payload=row.payload,
                    traceparent=row.traceparent or "",
                )
                for row in found
            ]

    async def _wait(self, heard: int) -> None:
        async with self._news:
            # News that came between the read and this wait would otherwise be slept through.
            if self._closed or self._news_heard != heard:
                return
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                return

    async def _listen(self) -> None:
        """Keep one connection that listens; while it is away the poll does the work."""
        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            gone = asyncio.Event()
            connection = None
            try:
                connection = await asyncpg.connect(url)
                connection.add_termination_listener(lambda _, gone=gone: gone.set())
                await connection.add_listener(
                    outbox_channel(self._database.schema), lambda *_: self._wake()
                )
                await gone.wait()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                _log.warning("the outbox is polled only", extra={"fault": type(fault).__name__})
            finally:
                if connection is not None and not connection.is_closed():
                    connection.terminate()
            await asyncio.sleep(_POLL_SECONDS)

    def _wake(self) -> None:
        async def tell() -> None:
            async with self._news:
                self._news_heard += 1
                self._news.notify_all()

        # Kept by the loop until done: it only takes a free lock.
        task = asyncio.get_running_loop().create_task(tell())
        task.add_done_callback(lambda done: done.exception())


class HasEvents(Protocol):
    """Any service's WatchEventsResponse."""

    @property
    def events(self) -> Sequence[common_pb2.Event]:
        """Facts in order, at least one."""
        ...


class Checkpoints(Protocol):
    """Where a follower remembers how far it has come."""

    async def load(self, stream: str) -> int:
        """Answer the last position whose effect is done; 0 at first."""
        ...

    async def save(self, stream: str, position: int) -> None:
        """Remember that everything up to `position` has its effect."""
        ...


class DatabaseCheckpoints:
    """Checkpoints in the follower's own schema."""

    def __init__(self, database: Database, organisation: str = OPERATOR) -> None:
        self._database = database
        self._organisation = organisation

    async def load(self, stream: str) -> int:
        """Answer the last position whose effect is done; 0 at first."""
        async with self._database.reading(self._organisation) as transaction:
            found = await transaction.connection.execute(
                text("SELECT position FROM checkpoints WHERE stream = :stream"),
                {"stream": stream},
            )
            return found.scalar_one_or_none() or 0

    async def save(self, stream: str, position: int) -> None:
        """Remember `position`; never goes back."""
        async with self._database.transaction(self._organisation) as transaction:
            await save_checkpoint(transaction, stream, position)


async def save_checkpoint(transaction: Transaction, stream: str, position: int) -> None:
    """Remember `position` in the transaction that also holds the effect, where it is ours."""
    await transaction.connection.execute(
        text(
            "INSERT INTO checkpoints (stream, position) VALUES (:stream, :position) "
            "ON CONFLICT (stream) DO UPDATE SET "
            "position = greatest(checkpoints.position, excluded.position)"
        ),
        {"stream": stream, "position": position},
    )


async def follow(
    stream: str,
    watch: Callable[[int], AsyncIterable[HasEvents]],
    checkpoints: Checkpoints,
    effect: Callable[[common_pb2.Event], Awaitable[None]],
) -> None:
    """Give every fact of a stream its effect, at least once and in order, until cancelled.

    The checkpoint is written after the effect, so an effect must bear being repeated. When
    the stream breaks or an effect fails, it goes on from the checkpoint after a pause.
    """
    pause = _SHORTEST_PAUSE_SECONDS
    while True:
        try:
            position = await checkpoints.load(stream)
            async for answer in watch(position):
                for event in answer.events:
                    await _give_effect(event, effect)
                    position = event.position
                await checkpoints.save(stream, position)
                pause = _SHORTEST_PAUSE_SECONDS
        except grpc.RpcError as broken:
            _log.info("stream broke", extra={"stream": stream, "fault": str(broken.code())})
        except Exception:  # noqa: BLE001 - whatever failed, the stream must go on from here
            _log.exception("an effect failed", extra={"stream": stream})
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def _give_effect(
    event: common_pb2.Event, effect: Callable[[common_pb2.Event], Awaitable[None]]
) -> None:
    # The effect belongs to the trace of the request that made the fact.
    token = attach(propagate.extract({"traceparent": event.traceparent}))
    try:
        await effect(event)
    finally:
        detach(token)


def _timestamp(moment: object) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)  # type: ignore[arg-type]  # the driver answers a datetime
    return stamp
