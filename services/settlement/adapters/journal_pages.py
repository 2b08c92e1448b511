"""Reading the journal: pages of entries, and the trial balance. For the operator's desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from foundation.kernel.money import Money
from foundation.runtime.database import Transaction
from services.settlement.domain.journal import Posting


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """An entry as it stands in the journal."""

    number: int
    entry_type: str
    booking_reference: str
    postings: Sequence[Posting]
    posted_at: datetime
    reverses: str


@dataclass(frozen=True, slots=True)
class CurrencyBalance:
    """One currency of the trial balance, in minor units; credits less debits per account."""

    currency: str
    debits: int
    credits: int
    accounts: Sequence[tuple[str, Money]]


async def entries(
    transaction: Transaction, booking_reference: str, after: int, limit: int
) -> list[WrittenEntry]:
    """Answer a page of entries, oldest first."""
    found = await transaction.connection.execute(
        text(
            "SELECT entry_number, entry_type, booking_reference, posted_at, reverses "
            "FROM journal_entries WHERE (:booking = '' OR booking_reference = :booking) "
            "AND entry_number > :after ORDER BY entry_number LIMIT :limit"
        ),
        {"booking": booking_reference, "after": after, "limit": limit},
    )
    rows = found.all()
    postings = await _postings(transaction, [row.entry_number for row in rows])
    return [
        WrittenEntry(
            row.entry_number,
            row.entry_type,
            row.booking_reference,
            postings[row.entry_number],
            row.posted_at,
            row.reverses,
        )
        for row in rows
    ]


async def trial_balance(transaction: Transaction) -> list[CurrencyBalance]:
    """Answer every account in every currency."""
    found = await transaction.connection.execute(
        text(
            "SELECT currency_code, account, sum(amount)::bigint AS balance, "
            "coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)::bigint AS debits, "
            "coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint AS credits "
            "FROM journal_lines GROUP BY currency_code, account ORDER BY currency_code, account"
        )
    )
    rows = found.all()
    return [
        CurrencyBalance(
            currency,
            sum(row.debits for row in rows if row.currency_code == currency),
            sum(row.credits for row in rows if row.currency_code == currency),
            [
                (row.account, Money(row.balance, currency))
                for row in rows
                if row.currency_code == currency
            ],
        )
        for currency in dict.fromkeys(row.currency_code for row in rows)
    ]


async def _postings(transaction: Transaction, numbers: Sequence[int]) -> dict[int, list[Posting]]:
    """Join each posting's two lines: the debit below zero and the credit above."""
    found = await transaction.connection.execute(
        text(
            "SELECT debit.entry_number, debit.account AS source, credit.account AS destination, "
            "credit.amount, credit.currency_code FROM journal_lines AS debit "
            "JOIN journal_lines AS credit USING (entry_number, posting_number) "
            "WHERE debit.amount < 0 AND credit.amount > 0 AND entry_number = ANY(:numbers) "
            "ORDER BY entry_number, posting_number"
        ),
        {"numbers": list(numbers)},
    )
    postings: dict[int, list[Posting]] = {number: [] for number in numbers}
    for row in found:
        amount = Money(row.amount, row.currency_code)
        postings[row.entry_number].append(Posting(row.source, row.destination, amount))
    return postings
