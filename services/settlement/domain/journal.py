"""The journal: double entry, append-only, integers in minor units.

A posting debits one account and credits another by the same amount, so an entry sums to zero in
every currency by its form. Nothing is edited: a mistake is taken back by a reversal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money


class EntryType(StrEnum):
    """What happened."""

    INVOICE_ISSUED = "INVOICE_ISSUED"
    INVOICE_PAID = "INVOICE_PAID"
    INVOICE_CREDITED = "INVOICE_CREDITED"
    INVOICE_REFUNDED = "INVOICE_REFUNDED"
    LEG_PERFORMED = "LEG_PERFORMED"
    POOL_PRORATED = "POOL_PRORATED"
    CARRIER_PAID = "CARRIER_PAID"
    MARGIN_RECOGNISED = "MARGIN_RECOGNISED"


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement: `source` is debited, `destination` credited."""

    source: str
    destination: str
    amount: Money

    def __post_init__(self) -> None:
        """Refuse a posting that moves nothing or goes nowhere."""
        if self.amount.amount <= 0:
            raise InvalidValue("POSTING_NOT_POSITIVE", f"A posting moves more than {self.amount}.")
        if self.source == self.destination:
            raise InvalidValue(
                "POSTING_GOES_NOWHERE", f"A posting needs two accounts, not {self.source} twice."
            )

    def reversed(self) -> "Posting":
        """The same movement back."""
        return Posting(self.destination, self.source, self.amount)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Postings that belong together and are written at once.

    Attributes:
        key: what it records, once: `INVOICE_PAID/INV-…`. A second entry with the key is refused
            by the database, so nothing is ever posted twice.
        reverses: the key of the entry that it takes back; empty for none.
    """

    key: str
    entry_type: EntryType
    booking_reference: str
    postings: Sequence[Posting]
    posted_at: datetime
    reverses: str = ""

    def __post_init__(self) -> None:
        """Refuse an entry without postings."""
        if not self.postings:
            raise InvalidValue("ENTRY_EMPTY", "A journal entry has at least one posting.")

    def balances(self) -> dict[tuple[str, str], int]:
        """Answer credits less debits by account and currency."""
        sums: dict[tuple[str, str], int] = {}
        for posting in self.postings:
            currency, amount = posting.amount.currency, posting.amount.amount
            for account, signed in ((posting.source, -amount), (posting.destination, amount)):
                sums[account, currency] = sums.get((account, currency), 0) + signed
        return sums

    def sums(self) -> dict[str, int]:
        """Answer credits less debits by currency: zero, always."""
        totals: dict[str, int] = {}
        for (_, currency), amount in self.balances().items():
            totals[currency] = totals.get(currency, 0) + amount
        return totals

    def reversal(self, entry_type: EntryType, *, at: datetime) -> "JournalEntry":
        """Answer the entry that takes this one back."""
        return JournalEntry(
            key=f"{entry_type}/{self.key}",
            entry_type=entry_type,
            booking_reference=self.booking_reference,
            postings=[posting.reversed() for posting in self.postings],
            posted_at=at,
            reverses=self.key,
        )
