"""Bring every schema of this instance up to date, in one process.

Each part can do it alone (`python -m services.booking migrate`), as it does on many machines.
Here a dozen interpreters that load everything to run a few files of SQL would be most of the
first start.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from foundation.runtime.migrations import MigrationFault, migrate
from local import postgres
from local.members import members
from local.places import ROOT

# Where each schema's own SQL lies; the runtime's tables come first in all of them.
FOLDERS: Final[dict[str, Path | None]] = {
    **{
        service: ROOT / "services" / service / "migrations"
        for service in ("booking", "documents", "tracking", "settlement", "insurance")
    },
    **{
        f"ledger_{organisation}": ROOT / "ledger" / "service" / "migrations"
        for organisation in ("operator", "carrier", "port", "partnerport")
    },
    "projection": ROOT / "ledger" / "projection" / "migrations",
    "custody": ROOT / "ledger" / "custody" / "migrations",
    "gateway": ROOT / "gateway" / "rest" / "migrations",
    "listener": None,
}


async def migrate_all() -> list[str]:
    """Apply what is missing and answer the names of what was applied.

    Raises:
        MigrationFault: an applied file was edited, or a number is missing.
    """
    applied = await asyncio.gather(
        *(_migrate(schema, folder) for schema, folder in FOLDERS.items()),
        *(_migrate(f"ledger_{each.id}", FOLDERS["ledger_port"]) for each in members()),
    )
    return [name for names in applied for name in names]


async def _migrate(schema: str, folder: Path | None) -> list[str]:
    owner = make_url(postgres.url(f"{schema}_owner")).set(drivername="postgresql+asyncpg")
    return [f"{schema}: {name}" for name in await migrate(owner, schema, schema, folder)]


def main() -> int:
    """Return 0, or 1 after saying which file cannot be applied."""
    try:
        for name in asyncio.run(migrate_all()):
            print(name)
    except MigrationFault as fault:
        print(f"onebill: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
