"""The life of a service process: settings, migrations or serving, and an end without loss.

`python -m services.X migrate` applies the schema's SQL as its owner; `python -m services.X`
serves until SIGTERM or SIGINT.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

from foundation.runtime.database import Database, database_url
from foundation.runtime.housekeeping import keep_house
from foundation.runtime.identity import AccessTable
from foundation.runtime.migrations import MigrationFault, migrate
from foundation.runtime.outbox import Outbox
from foundation.runtime.rates import Rates
from foundation.runtime.server import Register, Server
from foundation.runtime.settings import (
    DatabaseSettings,
    ServerSettings,
    ServiceSettings,
    SettingsFault,
    load_settings,
)
from foundation.runtime.telemetry import end_telemetry, start_telemetry

_log = logging.getLogger(__name__)

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


@dataclass(frozen=True, kw_only=True)
class OwnerSettings(DatabaseSettings):
    """How the owner of a schema logs in: ONEBILL_<PART>_OWNER_DATABASE_URL and so on."""


@dataclass(frozen=True, slots=True)
class Wired:
    """A service put together: who may call what, how often, and how its servicers are added."""

    access: AccessTable
    register: Register
    rates: Rates | None = None


@dataclass(frozen=True, slots=True)
class Service(Generic[SettingsT]):
    """What a service's `__main__` says about itself.

    Attributes:
        part: its name, which is also its schema and its login role.
        settings: its settings dataclass.
        migrations: the folder with its SQL.
        wire: puts the servicers together, given what a service process always has.
    """

    part: str
    settings: type[SettingsT]
    migrations: Path
    wire: Callable[[SettingsT, Database, Outbox], Wired]


def run_service(service: Service[SettingsT]) -> int:
    """Do what the command line says and answer the exit code."""
    try:
        if sys.argv[1:] == ["migrate"]:
            owner = load_settings(OwnerSettings, f"{service.part}-owner", os.environ)
            applied = asyncio.run(
                migrate(database_url(owner), service.part, service.part, service.migrations)
            )
            sys.stdout.write("".join(f"applied {name}\n" for name in applied))
            return 0
        if sys.argv[1:]:
            sys.stderr.write(f"usage: python -m services.{service.part} [migrate]\n")
            return 2
        settings = load_settings(service.settings, service.part, os.environ)
    except (SettingsFault, MigrationFault) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    start_telemetry(service.part, os.environ)
    asyncio.run(_serve_service(service, settings))
    return 0


async def _serve_service(service: Service[SettingsT], settings: SettingsT) -> None:
    async with AsyncExitStack() as stack:
        database = Database(settings, service.part)
        stack.push_async_callback(database.close)
        outbox = await stack.enter_async_context(Outbox(database))
        wired = service.wire(settings, database, outbox)
        await stack.enter_async_context(beside(keep_house(database)))
        # Watches end first: they would otherwise use up the whole time for draining.
        await serve(settings, wired, before_drain=outbox.close)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do work without an end beside the block, and give it up at its end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def serve(
    settings: ServerSettings,
    wired: Wired,
    *,
    before_drain: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then drain. For processes without a schema too."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = Server(settings, wired.access, wired.register, wired.rates)
    _collect_less_often()
    await server.start()
    _log.info("serving", extra={"address": settings.listen_address})
    await stopping.wait()
    _log.info("draining")
    if before_drain is not None:
        await before_drain()
    await server.stop()


def leave(code: int) -> NoReturn:
    """End the process at once, its last traces and lines written.

    Not by Python's own way to the end: threads of gRPC or of the HTTP server may still run, and
    one that meets an interpreter which is being taken down aborts a process that has done its
    work.
    """
    end_telemetry()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _collect_less_often() -> None:
    """Let Python's collector of reference cycles look seldom, and never at what stays for life.

    Requests make objects that die by themselves; a batch of a thousand events makes tens of
    thousands. Looked at after every 700, as is usual, they cost a quarter of tracking's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
