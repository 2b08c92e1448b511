"""Forgetting what is kept for repeats only, once no repeat can come.

Who may delete is the schema's owner, by a function of its migrations, which holds the least age
itself; here it is only called, in small batches, so that nobody waits for it.
"""

import asyncio
import logging
from typing import Final

from sqlalchemy import text

from foundation.runtime.database import Database

_log = logging.getLogger(__name__)

REQUESTS_DAYS: Final = 400
"""Longer than any consignment lives: the process sends a step again under the same request id."""

_BATCH: Final = 1_000
_EVERY_SECONDS: Final = 6 * 3600.0


async def forget(database: Database, function: str, older_than_days: int) -> int:
    """Forget batch after batch until nothing old is left; answer how many rows went.

    `function` is the owner's, taking days and a number of rows.
    """
    total, last = 0, _BATCH
    while last == _BATCH:
        # On behalf of nobody: only the owner's own policy opens a row.
        async with database.transaction("") as transaction:
            found = await transaction.connection.execute(
                text(f"SELECT {function}(:days, :most)"),
                {"days": older_than_days, "most": _BATCH},
            )
            last = int(found.scalar_one())
        total += last
    return total


async def keep_house(
    database: Database,
    function: str = "forget_requests",
    older_than_days: int = REQUESTS_DAYS,
    every_seconds: float = _EVERY_SECONDS,
) -> None:
    """Forget at once and then every few hours, until cancelled. A fault waits for next time."""
    while True:
        try:
            gone = await forget(database, function, older_than_days)
        except Exception:  # noqa: BLE001 - nobody's request depends on it
            _log.exception("old answers could not be forgotten")
        else:
            if gone:
                _log.info("forgotten", extra={"rows": gone, "schema": database.schema})
        await asyncio.sleep(every_seconds)
