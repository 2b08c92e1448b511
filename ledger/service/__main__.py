"""`python -m ledger.service [migrate|bootstrap]`: serve, make the schema, register the operator.

The same program at every organisation; ONEBILL_LEDGER_ORGANISATION says whose it is.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass

import grpc

from foundation.runtime.database import Database, database_url
from foundation.runtime.housekeeping import keep_house
from foundation.runtime.migrations import MigrationFault, migrate
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import OwnerSettings, beside, leave, serve
from foundation.runtime.settings import (
    DatabaseSettings,
    SettingsFault,
    load_settings,
)
from foundation.runtime.telemetry import start_telemetry
from ledger.service.bootstrap import bootstrap_patiently
from ledger.service.program import MIGRATIONS, beside_the_server, open_gateway, wire
from ledger.service.settings import PART, LedgerSettings

_USAGE = "usage: python -m ledger.service [migrate|bootstrap]\n"


@dataclass(frozen=True, kw_only=True)
class _Whose:
    """Whose ledger service it is; a migration needs to know no more."""

    organisation: str


def main() -> int:
    """Do what the command line says and answer the exit code."""
    try:
        if sys.argv[1:] == ["migrate"]:
            return _migrate()
        settings = load_settings(LedgerSettings, PART, os.environ)
        if sys.argv[1:] == ["bootstrap"]:
            return _bootstrap(settings)
    except (SettingsFault, MigrationFault) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    if sys.argv[1:]:
        sys.stderr.write(_USAGE)
        return 2
    start_telemetry(f"ledger-{settings.organisation}", os.environ)
    asyncio.run(_serve(settings))
    return 0


def _migrate() -> int:
    whose = load_settings(_Whose, PART, os.environ)
    schema = f"ledger_{whose.organisation}"
    owner: DatabaseSettings
    if f"ONEBILL_{PART.upper()}_OWNER_DATABASE_URL" in os.environ:
        owner = load_settings(OwnerSettings, f"{PART}-owner", os.environ)
    else:
        owner = load_settings(DatabaseSettings, PART, os.environ)
    applied = asyncio.run(migrate(database_url(owner), schema, schema, MIGRATIONS))
    sys.stdout.write("".join(f"applied {name}\n" for name in applied))
    return 0


def _bootstrap(settings: LedgerSettings) -> int:
    if settings.custody_address is None:
        raise SettingsFault(["ONEBILL_LEDGER_CUSTODY_ADDRESS is not set."])
    try:
        party = asyncio.run(
            bootstrap_patiently(settings.listen_address, settings.custody_address, settings)
        )
    except grpc.aio.AioRpcError as error:
        sys.stderr.write(f"The operator could not be registered: {error.details()}\n")
        return 1
    sys.stdout.write(f"operator is {party.party}, key {party.kid}\n")
    return 0


async def _serve(settings: LedgerSettings) -> None:
    async with AsyncExitStack() as stack:
        database = Database(settings, settings.schema)
        stack.push_async_callback(database.close)
        outbox = await stack.enter_async_context(Outbox(database))
        gateway = await stack.enter_async_context(open_gateway(settings))
        wired, program = wire(settings, database, outbox, gateway)
        await stack.enter_async_context(beside_the_server(program))
        await stack.enter_async_context(beside(keep_house(database)))
        await serve(settings, wired, before_drain=outbox.close)


if __name__ == "__main__":
    leave(main())
