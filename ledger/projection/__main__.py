"""`python -m ledger.projection [migrate|rebuild]`: serve, make the schema, fold again from 0."""

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack

from foundation.kernel.errors import DomainError
from foundation.runtime.database import Database, database_url
from foundation.runtime.migrations import MigrationFault, migrate
from foundation.runtime.process import OwnerSettings, leave, serve
from foundation.runtime.settings import SettingsFault, load_settings
from foundation.runtime.telemetry import start_telemetry
from ledger.projection.follower import rebuild
from ledger.projection.program import MIGRATIONS, SCHEMA, folder, following, open_peer, wire
from ledger.projection.settings import PART, ProjectionSettings
from ledger.projection.store import Projected, Superseded

_USAGE = "usage: python -m ledger.projection [migrate|rebuild]\n"


def main() -> int:
    """Do what the command line says and answer the exit code."""
    try:
        if sys.argv[1:] == ["migrate"]:
            owner = load_settings(OwnerSettings, f"{PART}-owner", os.environ)
            applied = asyncio.run(migrate(database_url(owner), SCHEMA, SCHEMA, MIGRATIONS))
            sys.stdout.write("".join(f"applied {name}\n" for name in applied))
            return 0
        settings = load_settings(ProjectionSettings, PART, os.environ)
        if sys.argv[1:] == ["rebuild"]:
            return asyncio.run(_rebuild(settings))
    except (SettingsFault, MigrationFault) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    if sys.argv[1:]:
        sys.stderr.write(_USAGE)
        return 2
    start_telemetry(PART, os.environ)
    asyncio.run(_serve(settings))
    return 0


async def _rebuild(settings: ProjectionSettings) -> int:
    begun = time.monotonic()
    async with AsyncExitStack() as stack:
        database = Database(settings, SCHEMA)
        stack.push_async_callback(database.close)
        peer = await stack.enter_async_context(open_peer(settings))
        try:
            blocks, transactions = await rebuild(
                folder(settings, database, peer),
                Projected(database, settings.organisation),
                peer.gateway,
            )
        except Superseded:
            sys.stderr.write("Another rebuild began meanwhile; this one gave way.\n")
            return 1
        except DomainError as fault:
            sys.stderr.write(f"The projection was not rebuilt: {fault.message}\n")
            return 1
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"{transactions} transactions of {blocks} blocks folded again in {seconds:.1f} s, "
        f"{transactions / seconds:,.0f} a second\n"
    )
    return 0


async def _serve(settings: ProjectionSettings) -> None:
    async with AsyncExitStack() as stack:
        database = Database(settings, SCHEMA)
        stack.push_async_callback(database.close)
        peer = await stack.enter_async_context(open_peer(settings))
        wired, follower = wire(settings, database, peer)
        await stack.enter_async_context(following(follower))
        await serve(settings, wired)


if __name__ == "__main__":
    leave(main())
