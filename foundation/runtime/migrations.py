"""Plain numbered SQL, applied once, by the schema's owner.

The runtime's own files come first in every schema, then the service's. A file that was applied
is never edited: its checksum is kept and compared. One advisory lock makes concurrent starts
wait for each other.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

_OWN: Final = Path(__file__).parent / "migrations"

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationFault(Exception):
    """A migration cannot be applied; the message says which and why."""


@dataclass(frozen=True, slots=True)
class _Migration:
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def migrate(owner: URL, schema: str, role: str, folder: Path | None) -> list[str]:
    """Apply what is missing in `schema` and answer the names of what was applied.

    Args:
        owner: where the schema's owner logs in.
        schema: which exists and belongs to that owner.
        role: the service's own role, which gets the rights that each file grants to `:role`.
        folder: the service's `migrations/`, with files `0001_what.sql` and so on; None for a
            schema that only has the runtime's tables.

    Raises:
        MigrationFault: an applied file was edited, or a number is missing or twice there.
    """
    engine = create_async_engine(owner, connect_args={"server_settings": {"search_path": schema}})
    applied: list[str] = []
    try:
        async with engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            if driver is None:
                raise MigrationFault("no connection to the database")
            async with driver.transaction():
                await driver.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                    f"migrations of {schema}",
                )
                await driver.execute(_TABLE)
                known = {
                    row["name"]: row["checksum"]
                    for row in await driver.fetch("SELECT name, checksum FROM migrations")
                }
                await driver.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO "{role}"')
                for migration in (*_read("runtime", _OWN), *_read(schema, folder)):
                    if migration.name in known:
                        _unchanged(migration, known[migration.name])
                        continue
                    await driver.execute(migration.sql.replace(":role", f'"{role}"'))
                    await driver.execute(
                        "INSERT INTO migrations (name, checksum) VALUES ($1, $2)",
                        migration.name,
                        migration.checksum,
                    )
                    applied.append(migration.name)
    finally:
        await engine.dispose()
    return applied


def _read(prefix: str, folder: Path | None) -> Iterator[_Migration]:
    if folder is None:
        return
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        if not path.name.startswith(f"{number:04d}_"):
            raise MigrationFault(f"{path} should carry the number {number:04d}")
        yield _Migration(f"{prefix}/{path.name}", path.read_text(encoding="utf-8"))


def _unchanged(migration: _Migration, checksum: str) -> None:
    if migration.checksum != checksum:
        raise MigrationFault(
            f"{migration.name} was edited after it was applied; add a new file instead"
        )
