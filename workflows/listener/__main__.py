"""`python -m workflows.listener`: follow six streams until SIGTERM or SIGINT.

`python -m workflows.listener migrate` makes the schema in which the checkpoints are kept.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterable, Callable
from contextlib import AsyncExitStack
from functools import partial

from onebill.booking.v1 import booking_service_pb2
from onebill.documents.v1 import documents_service_pb2
from onebill.insurance.v1 import insurance_service_pb2
from onebill.ledger.v1 import ledger_service_pb2
from onebill.settlement.v1 import settlement_service_pb2
from onebill.tracking.v1 import tracking_service_pb2

from foundation.runtime.database import Database, database_url
from foundation.runtime.migrations import MigrationFault, migrate
from foundation.runtime.outbox import DatabaseCheckpoints, HasEvents, follow
from foundation.runtime.process import OwnerSettings, Wired, serve
from foundation.runtime.settings import SettingsFault, load_settings
from foundation.runtime.telemetry import start_telemetry
from workflows.client import Consignments, connect
from workflows.listener.nudges import Nudges
from workflows.messages import Stream
from workflows.neighbours import Neighbours, open_neighbours
from workflows.settings import ListenerSettings

PART = "listener"

Watch = Callable[[int], AsyncIterable[HasEvents]]


def watches(neighbours: Neighbours) -> dict[Stream, Watch]:
    """How to watch each stream from a position on."""
    return {
        Stream.BOOKING: lambda after: neighbours.bookings.WatchEvents(
            booking_service_pb2.WatchEventsRequest(after_position=after)
        ),
        Stream.DOCUMENTS: lambda after: neighbours.documents.WatchEvents(
            documents_service_pb2.WatchEventsRequest(after_position=after)
        ),
        Stream.TRACKING: lambda after: neighbours.tracking.WatchEvents(
            tracking_service_pb2.WatchEventsRequest(after_position=after)
        ),
        Stream.SETTLEMENT: lambda after: neighbours.settlement.WatchEvents(
            settlement_service_pb2.WatchEventsRequest(after_position=after)
        ),
        Stream.INSURANCE: lambda after: neighbours.insurance.WatchEvents(
            insurance_service_pb2.WatchEventsRequest(after_position=after)
        ),
        Stream.LEDGER: lambda after: neighbours.ledger.WatchEvents(
            ledger_service_pb2.WatchEventsRequest(after_position=after)
        ),
    }


async def run(settings: ListenerSettings) -> None:
    """Listen until SIGTERM or SIGINT."""
    async with AsyncExitStack() as stack:
        neighbours = await stack.enter_async_context(open_neighbours(settings))
        database = Database(settings, PART)
        stack.push_async_callback(database.close)
        client = await connect(settings, lazy=True)
        nudges = Nudges(Consignments(client), neighbours.documents)
        checkpoints = DatabaseCheckpoints(database)
        tasks = [
            asyncio.create_task(
                follow(stream.value, watch, checkpoints, partial(nudges.effect, stream.value))
            )
            for stream, watch in watches(neighbours).items()
        ]

        async def stop() -> None:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        await serve(settings, Wired({}, lambda _server: None), before_drain=stop)


def main(arguments: list[str]) -> int:
    """Run the process and answer its exit code."""
    try:
        if arguments == ["migrate"]:
            owner = load_settings(OwnerSettings, f"{PART}-owner", os.environ)
            applied = asyncio.run(migrate(database_url(owner), PART, PART, None))
            sys.stdout.write("".join(f"applied {name}\n" for name in applied))
            return 0
        if arguments:
            sys.stderr.write("usage: python -m workflows.listener [migrate]\n")
            return 2
        settings = load_settings(ListenerSettings, PART, os.environ)
    except (SettingsFault, MigrationFault) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    start_telemetry(PART, os.environ)
    asyncio.run(run(settings))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
