"""What is kept for repeats is forgotten when no repeat can come, and nothing else."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from foundation.runtime.database import Database
from foundation.runtime.housekeeping import REQUESTS_DAYS, forget, keep_house
from tests.support.waiting import until

GATEWAY = Path(__file__).parents[3] / "gateway" / "rest" / "migrations"
REQUESTS = (
    "INSERT INTO gateway.requests (organisation, method, request_id, body_hash, answer, "
    "answered_at) SELECT 'seller', 'M', gen_random_uuid(), '', {answer}, "
    "now() - make_interval(days => {days}) FROM generate_series(1, {rows})"
)
ANSWERS = (
    "INSERT INTO gateway.first_answers (organisation, idempotency_key, body_hash, request_id, "
    "booking_reference, received_at, leased_until, status) SELECT 'seller', gen_random_uuid(), "
    "'', gen_random_uuid(), 'OBB1234567890Z', now() - make_interval(days => {days}), now(), "
    "{answer} FROM generate_series(1, {rows})"
)


class House:
    """A schema with rows of every age; looked at from outside."""

    def __init__(self, postgres):
        self.settings = postgres.database("gateway", GATEWAY)
        self.outside = postgres.as_superuser(self.settings)
        self.database = Database(self.settings, "gateway")

    async def ask(self, statement):
        connection = await asyncpg.connect(self.outside)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def rows(self, table):
        return await self.ask(f"SELECT count(*) FROM gateway.{table}")


@pytest.fixture
async def house(postgres):
    made = House(postgres)
    yield made
    await made.database.close()


@pytest.mark.parametrize(
    ("table", "insert", "answer", "least_days"),
    [("requests", REQUESTS, "'x'", 365), ("first_answers", ANSWERS, "201", 90)],
)
async def test_old_answers_are_forgotten_and_never_a_row_without_one(
    house, table, insert, answer, least_days
):
    await house.ask(insert.format(answer=answer, days=least_days + 10, rows=2_345))
    await house.ask(insert.format(answer="NULL", days=least_days + 10, rows=3))
    await house.ask(insert.format(answer=answer, days=least_days - 1, rows=4))

    not_old_enough = await forget(house.database, f"forget_{table}", least_days + 20)
    # Whatever is asked for, the function keeps what is younger than its own least age.
    gone = await forget(house.database, f"forget_{table}", 1)

    assert (not_old_enough, gone) == (0, 2_345)
    assert await house.rows(table) == 3 + 4


async def test_the_service_itself_has_no_right_to_delete(house):
    await house.ask(REQUESTS.format(answer="'x'", days=1_000, rows=1))

    for table in ("requests", "first_answers"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with house.database.transaction("seller") as transaction:
                await transaction.connection.execute(text(f"DELETE FROM {table}"))

    assert await house.rows("requests") == 1


async def test_a_temporary_table_does_not_stand_in_for_the_services(house):
    await house.ask(REQUESTS.format(answer="'x'", days=1_000, rows=1))

    async with house.database.transaction("seller") as transaction:
        await transaction.connection.execute(
            text("CREATE TEMPORARY TABLE requests (answer bytea, answered_at timestamptz)")
        )
        found = await transaction.connection.execute(text("SELECT forget_requests(400, 10)"))
        assert found.scalar_one() == 1

    assert await house.rows("requests") == 0


async def test_a_process_keeps_house_and_goes_on_after_a_fault(house):
    await house.ask("ALTER FUNCTION gateway.forget_requests RENAME TO away")
    keeping = asyncio.create_task(keep_house(house.database, every_seconds=0.01))
    try:
        await house.ask(REQUESTS.format(answer="'x'", days=REQUESTS_DAYS + 1, rows=1))
        await house.ask("ALTER FUNCTION gateway.away RENAME TO forget_requests")

        async def is_clean():
            return await house.rows("requests") == 0

        await until(is_clean, seconds=120)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
