"""What the database refuses, whatever the code does; and who sees what."""

import asyncpg
import pytest

from tests.integration.insurance.conftest import Insurance

TABLES = ["quotes", "declarations", "certificates", "incidents", "deliveries", "claims"]


async def whole_story(insurance: Insurance) -> None:
    await insurance.certify()
    await insurance.incident()
    await insurance.start_clocks()
    await insurance.claim("issuing-bank", "POSSESSOR", "TITLE_HOLDER")


async def superuser(insurance: Insurance) -> asyncpg.Connection:
    url = insurance.running.database_settings.database_url.replace("insurance@", "postgres@")
    connection = await asyncpg.connect(url)
    await connection.execute("SET search_path TO insurance")
    return connection


@pytest.mark.parametrize("organisation", ["buyer", "line-beibu", ""])
async def test_another_organisation_reads_zero_rows(
    insurance: Insurance, organisation: str
) -> None:
    await whole_story(insurance)

    assert {table: await insurance.count(table) for table in TABLES} == dict.fromkeys(TABLES, 1)
    assert {
        table: await insurance.count(table, organisation)
        for table in [*TABLES, "outbox", "grants"]
    } == dict.fromkeys([*TABLES, "outbox", "grants"], 0)


@pytest.mark.parametrize("table", TABLES)
async def test_row_level_security_is_what_hides_the_rows(insurance: Insurance, table: str) -> None:
    await whole_story(insurance)
    assert await insurance.count(table, "buyer") == 0
    connection = await superuser(insurance)
    try:
        await connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()

    assert await insurance.count(table, "buyer") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE certificates SET content = '{}'",
        "DELETE FROM certificates",
        "UPDATE quotes SET premium_amount = 1",
        "DELETE FROM claims",
    ],
)
async def test_the_service_has_no_right_to_change_what_it_issued(
    insurance: Insurance, statement: str
) -> None:
    connection = await asyncpg.connect(
        insurance.running.database_settings.database_url,
        server_settings={"search_path": "insurance"},
    )
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_operator_can_never_be_an_assured_or_a_claimant(insurance: Insurance) -> None:
    await whole_story(insurance)
    connection = await superuser(insurance)
    try:
        for table in ["quotes", "declarations", "certificates", "claims"]:
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(f"UPDATE {table} SET organisation = 'operator'")
    finally:
        await connection.close()
