"""What the database refuses, whatever the code does; and who sees what."""

import asyncpg
import pytest
from onebill.settlement.v1 import settlement_service_pb2 as pb

from foundation.runtime.identity import on_behalf_of
from tests.integration.settlement.conftest import Settlement, refusal_of

BUSINESS_TABLES = ["ratings", "invoices", "payables", "payments", "closures"]


async def superuser(settlement: Settlement) -> asyncpg.Connection:
    url = settlement.running.database_settings.database_url.replace("settlement@", "postgres@")
    connection = await asyncpg.connect(url)
    await connection.execute("SET search_path TO settlement")
    return connection


async def as_service(settlement: Settlement) -> asyncpg.Connection:
    connection = await asyncpg.connect(
        settlement.running.database_settings.database_url,
        server_settings={"search_path": "settlement"},
    )
    await connection.execute("SELECT set_config('onebill.organisation', 'operator', false)")
    return connection


async def whole_story(settlement: Settlement) -> None:
    invoice = await settlement.invoice()
    await settlement.agree()
    await settlement.pay(invoice.invoice_number)
    await settlement.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_lines SET amount = amount + 1",
        "DELETE FROM journal_lines",
        "UPDATE journal_entries SET entry_type = 'OTHER'",
        "DELETE FROM journal_entries",
        "TRUNCATE journal_entries CASCADE",
    ],
)
async def test_the_journal_is_append_only_even_for_a_superuser(
    settlement: Settlement, statement: str
) -> None:
    await settlement.invoice()
    connection = await superuser(settlement)
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement", ["UPDATE journal_lines SET amount = 1", "DELETE FROM journal_entries"]
)
async def test_the_service_itself_has_no_right_to_change_the_journal(
    settlement: Settlement, statement: str
) -> None:
    connection = await as_service(settlement)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


ENTRY = (
    "INSERT INTO journal_entries (entry_number, entry_key, entry_type, booking_reference, "
    "posted_at, reverses) VALUES (1000, 'KEY', 'OTHER', 'OBB', now(), '')"
)
LINE = (
    "INSERT INTO journal_lines (entry_number, posting_number, account, currency_code, amount) "
    "VALUES ($1, $2, $3, $4, $5)"
)


async def test_an_entry_that_does_not_sum_to_zero_cannot_be_committed(
    settlement: Settlement,
) -> None:
    connection = await as_service(settlement)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(ENTRY)
        await connection.execute(LINE, 1000, 1, "bank:SANDBOX", "USD", -100)
        await connection.execute(LINE, 1000, 1, "margin", "USD", 99)
        with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero: USD -1"):
            await transaction.commit()
    finally:
        await connection.close()


async def test_two_currencies_do_not_balance_each_other(settlement: Settlement) -> None:
    connection = await as_service(settlement)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(ENTRY)
        await connection.execute(LINE, 1000, 1, "bank:SANDBOX", "USD", -100)
        await connection.execute(LINE, 1000, 1, "margin", "CNY", 100)
        with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero"):
            await transaction.commit()
    finally:
        await connection.close()


async def test_an_entry_without_lines_cannot_be_committed(settlement: Settlement) -> None:
    connection = await as_service(settlement)
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="has no lines"):
            await connection.execute(ENTRY)
    finally:
        await connection.close()


async def test_a_written_entry_is_sealed(settlement: Settlement) -> None:
    await settlement.invoice()
    connection = await as_service(settlement)
    try:
        number = await connection.fetchval("SELECT max(entry_number) FROM journal_entries")
        with pytest.raises(asyncpg.CheckViolationError, match="is sealed"):
            await connection.execute(LINE, number, 99, "margin", "USD", 1)
    finally:
        await connection.close()


@pytest.mark.parametrize("organisation", ["buyer", "line-beibu", ""])
async def test_another_organisation_reads_zero_rows(
    settlement: Settlement, organisation: str
) -> None:
    await whole_story(settlement)
    foreign = [
        "ratings",
        "invoices",
        "closures",
        "journal_entries",
        "journal_lines",
        "outbox",
        "sandbox_bank_payments",
    ]

    assert {
        table: await settlement.count(table, organisation) for table in foreign
    } == dict.fromkeys(foreign, 0)


@pytest.mark.parametrize("table", BUSINESS_TABLES)
async def test_row_level_security_is_what_hides_the_rows(
    settlement: Settlement, table: str
) -> None:
    await whole_story(settlement)
    assert await settlement.count(table, "buyer") == 0
    connection = await superuser(settlement)
    try:
        await connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()

    assert await settlement.count(table, "buyer") > 0


async def test_a_carrier_sees_what_it_is_paid_and_nothing_of_the_others(
    settlement: Settlement,
) -> None:
    await whole_story(settlement)
    carriers = settlement.stub(part="gateway-carrier")

    own = await carriers.ListPayables(
        pb.ListPayablesRequest(), metadata=on_behalf_of("haulier-singapore")
    )

    assert [(p.carrier_organisation, p.leg_sequence) for p in own.payables] == [
        ("haulier-singapore", 4)
    ]


async def test_the_stranger_finds_no_invoice(settlement: Settlement) -> None:
    number = (await settlement.invoice()).invoice_number

    refusal = await refusal_of(
        settlement.stub(part="gateway-rest").GetInvoice(
            pb.GetInvoiceRequest(invoice_number=number),
            metadata=on_behalf_of("buyer", ["invoices:read"]),
        )
    )

    assert refusal.reason == "INVOICE_NOT_FOUND"


async def test_what_carriers_are_paid_is_the_operators_to_ask(settlement: Settlement) -> None:
    refusal = await refusal_of(
        settlement.worker.CloseSettlement(
            pb.CloseSettlementRequest(), metadata=on_behalf_of("seller")
        )
    )

    assert refusal.reason == "CALLER_NOT_ADMITTED"


async def test_the_journal_needs_the_scope_desk(settlement: Settlement) -> None:
    rest = settlement.stub(part="gateway-rest")

    refusal = await refusal_of(
        rest.GetTrialBalance(
            pb.GetTrialBalanceRequest(), metadata=on_behalf_of("operator", ["invoices:read"])
        )
    )

    assert refusal.reason == "SCOPE_MISSING"


async def test_a_payable_never_moves_to_another_statement(settlement: Settlement) -> None:
    await whole_story(settlement)
    connection = await as_service(settlement)
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="cannot move to another"):
            await connection.execute("UPDATE payables SET statement = 'OTHER'")
    finally:
        await connection.close()


async def test_a_temporary_table_does_not_stand_in_for_the_journal(
    settlement: Settlement,
) -> None:
    connection = await superuser(settlement)
    try:
        await connection.execute("SELECT set_config('onebill.organisation', 'operator', false)")
        # What a database that was set up otherwise might let the service do.
        await connection.execute("CREATE TEMPORARY TABLE journal_lines (entry_number bigint)")
        writing = connection.transaction()
        await writing.start()
        await connection.execute(
            "INSERT INTO settlement.journal_entries (entry_number, entry_key, entry_type,"
            " booking_reference, posted_at, reverses) VALUES (999, 'k', 'OTHER', 'B', now(), '')"
        )
        await connection.execute(
            "INSERT INTO settlement.journal_lines VALUES (999, 1, 'FREIGHT', 'USD', 5)"
        )
        with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero"):
            await writing.commit()
    finally:
        await connection.close()
