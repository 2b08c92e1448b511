"""Servers in the test's own process, over real mutual TLS on a free port."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import grpc
import pytest

from foundation.runtime.channel import open_channel
from foundation.runtime.database import Database
from foundation.runtime.identity import AccessTable
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Service, Wired
from foundation.runtime.rates import Rates
from foundation.runtime.server import Register, Server
from foundation.runtime.settings import DatabaseSettings, ServerSettings, TlsSettings
from tests.support.pki import Pki
from tests.support.postgres import Postgres


@dataclass
class RunningServer:
    """A server that a test may call as anybody."""

    address: str
    _pki: Pki
    _stack: AsyncExitStack
    server: Server
    database: Database | None = None
    database_settings: DatabaseSettings | None = None

    def channel(self, organisation: str, part: str | None = None) -> grpc.aio.Channel:
        """Open a channel with that caller's certificate; closed after the test."""
        channel = open_channel(self.address, self._pki.tls(organisation, part))
        self._stack.push_async_callback(channel.close)
        return channel


@pytest.fixture
async def service_server(
    pki: Pki,
) -> AsyncIterator[Callable[..., Any]]:
    """Answers `await start(access, register, rates) -> RunningServer`; no schema."""
    async with AsyncExitStack() as stack:

        async def start(
            access: AccessTable, register: Register, rates: Rates | None = None
        ) -> RunningServer:
            server = Server(_settings(pki.tls("operator", "server")), access, register, rates)
            await server.start()
            stack.push_async_callback(server.stop)
            return RunningServer(f"localhost:{server.port}", pki, stack, server)

        yield start


@pytest.fixture
async def running_service(pki: Pki, postgres: Postgres) -> AsyncIterator[Callable[..., Any]]:
    """Answers `await start(SERVICE, **settings) -> RunningServer`, with a fresh database."""
    async with AsyncExitStack() as stack:

        async def start(service: Service[Any], **more: object) -> RunningServer:
            database_settings = postgres.database(service.part, service.migrations)
            tls = pki.tls("operator", service.part)
            settings = service.settings(
                **_fields(tls),
                **_fields(database_settings),
                listen_address="localhost:0",
                drain_seconds=1,
                **more,
            )
            database = Database(settings, service.part)
            stack.push_async_callback(database.close)
            outbox = await stack.enter_async_context(Outbox(database))
            wired: Wired = service.wire(settings, database, outbox)
            server = Server(settings, wired.access, wired.register)
            await server.start()

            async def stop() -> None:
                await outbox.close()
                await server.stop()

            stack.push_async_callback(stop)
            return RunningServer(
                f"localhost:{server.port}", pki, stack, server, database, database_settings
            )

        yield start


@pytest.fixture
async def open_database(postgres: Postgres) -> AsyncIterator[Callable[..., Database]]:
    """Answers `make(part, migrations=None) -> Database`, fresh and closed after the test."""
    made: list[Database] = []

    def make(part: str, migrations: Path | None = None) -> Database:
        database = Database(postgres.database(part, migrations), part)
        made.append(database)
        return database

    yield make
    for database in made:
        await database.close()


def _settings(tls: TlsSettings) -> ServerSettings:
    return ServerSettings(**_fields(tls), listen_address="localhost:0", drain_seconds=1)


def _fields(settings: object) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in fields(settings)}  # type: ignore[arg-type]
