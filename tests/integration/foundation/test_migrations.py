"""Migrations are applied once, in order, and never edited."""

import pytest
from sqlalchemy import text

from foundation.runtime.database import database_url
from foundation.runtime.migrations import MigrationFault, migrate
from foundation.runtime.settings import DatabaseSettings

FIRST = "CREATE TABLE first (n integer); GRANT SELECT ON first TO :role;"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "0001_first.sql").write_text(FIRST)
    return tmp_path


@pytest.fixture
def owner(open_database):
    """The owner's login to a schema that has the runtime's tables only."""
    database = open_database("migrated")
    url = database.url.set(username="migrated_owner").render_as_string(hide_password=False)
    return database, database_url(DatabaseSettings(database_url=url))


async def test_what_is_missing_is_applied_once(owner, folder):
    database, url = owner

    first = await migrate(url, "migrated", "migrated", folder)
    (folder / "0002_second.sql").write_text("ALTER TABLE first ADD m integer;")
    second = await migrate(url, "migrated", "migrated", folder)
    third = await migrate(url, "migrated", "migrated", folder)

    assert first == ["migrated/0001_first.sql"]
    assert second == ["migrated/0002_second.sql"]
    assert third == []
    async with database.reading("operator") as transaction:
        found = await transaction.connection.execute(text("SELECT n, m FROM first"))
        assert found.all() == []


async def test_an_applied_file_that_was_edited_stops_everything(owner, folder):
    _, url = owner
    await migrate(url, "migrated", "migrated", folder)
    (folder / "0001_first.sql").write_text(FIRST + " ")

    with pytest.raises(MigrationFault, match="was edited after it was applied"):
        await migrate(url, "migrated", "migrated", folder)


async def test_a_number_left_out_is_refused(owner, folder):
    _, url = owner
    (folder / "0003_third.sql").write_text("SELECT 1;")

    with pytest.raises(MigrationFault, match="should carry the number 0002"):
        await migrate(url, "migrated", "migrated", folder)


async def test_a_file_that_fails_leaves_nothing_of_the_run(owner, folder):
    database, url = owner
    (folder / "0002_second.sql").write_text("CREATE TABLE second (n integer); SELECT 1/0;")

    with pytest.raises(Exception, match="division by zero"):
        await migrate(url, "migrated", "migrated", folder)

    async with database.reading("operator") as transaction:
        found = await transaction.connection.execute(
            text("SELECT to_regclass('first'), to_regclass('second')")
        )
        assert found.one() == (None, None)
