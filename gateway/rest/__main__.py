"""`python -m gateway.rest`: serve /v1 over https until SIGTERM or SIGINT.

`migrate` makes the schema of first answers; `openapi` prints the API description.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from foundation.runtime.database import Database, database_url
from foundation.runtime.housekeeping import keep_house
from foundation.runtime.migrations import MigrationFault, migrate
from foundation.runtime.process import OwnerSettings, beside, leave
from foundation.runtime.rates import Rates
from foundation.runtime.settings import SettingsFault, load_settings
from foundation.runtime.telemetry import start_telemetry
from gateway.neighbours import open_neighbours
from gateway.rest.app import make_app
from gateway.rest.openapi import describe
from gateway.rest.routes import Behind
from gateway.rest.server import make_server
from gateway.rest.settings import RestSettings
from gateway.rest.tokens import Tokens
from workflows.client import Consignments, connect

_log = logging.getLogger(__name__)

_PART: Final = "gateway-rest"
_SCHEMA: Final = "gateway"
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


async def run(settings: RestSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    async with AsyncExitStack() as stack:
        neighbours = await stack.enter_async_context(open_neighbours(settings))
        database = Database(settings, _SCHEMA)
        stack.push_async_callback(database.close)
        # Lazily: acts on bills and every read go on while the process is away.
        client = await connect(settings, lazy=True)
        tokens = Tokens(
            settings.jwks_file,
            settings.token_issuer,
            settings.token_audience,
            lambda: datetime.now(UTC),
        )
        behind = Behind(neighbours, Consignments(client, settings.deadlines), settings.address)
        server = make_server(
            make_app(behind, tokens, database, Rates(settings.requests_per_second)),
            settings.listen_address,
            settings.tls_certificate_file,
            settings.tls_key_file,
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        for house in (
            keep_house(database),
            keep_house(database, "forget_first_answers", settings.first_answers_days),
        ):
            await stack.enter_async_context(beside(house))
        _log.info("serving", extra={"address": settings.listen_address})
        await server.serve()


def main(arguments: list[str]) -> int:
    """Run the process and answer its exit code."""
    try:
        if arguments == ["openapi"]:
            sys.stdout.write(json.dumps(describe(), indent=2) + "\n")
            return 0
        if arguments == ["migrate"]:
            owner = load_settings(OwnerSettings, f"{_PART}-owner", os.environ)
            applied = asyncio.run(migrate(database_url(owner), _SCHEMA, _SCHEMA, _MIGRATIONS))
            sys.stdout.write("".join(f"applied {name}\n" for name in applied))
            return 0
        if arguments:
            sys.stderr.write("usage: python -m gateway.rest [migrate | openapi]\n")
            return 2
        settings = load_settings(RestSettings, _PART, os.environ)
    except (SettingsFault, MigrationFault) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    start_telemetry(_PART, os.environ)
    asyncio.run(run(settings))
    return 0


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
