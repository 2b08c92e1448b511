"""What settlement needs of the world: its books, and rails that move money."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from foundation.kernel.money import Money
from services.settlement.domain.amending import ChangeFee
from services.settlement.domain.buying import Payable, Purchases
from services.settlement.domain.credit import CreditAgreement
from services.settlement.domain.exchange import ExchangeRate
from services.settlement.domain.invoice import Invoice
from services.settlement.domain.journal import JournalEntry
from services.settlement.domain.payment import Outcome, Payment
from services.settlement.domain.rating import Rating, Tariff


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every dated row that settlement reads, as values."""

    tariff: Tariff
    purchases: Purchases
    exchange_rates: Sequence[ExchangeRate]
    credit: Sequence[CreditAgreement]
    change_fees: Sequence[ChangeFee] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A fact for the outbox: `onebill.settlement.<what>.v1`."""

    what: str
    subject: str
    at: datetime
    payload: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Closure:
    """A closed settlement."""

    booking_reference: str
    margin: Money
    closed_at: datetime


class Books(Protocol):
    """The records of settlement in one transaction of one caller."""

    async def lock(self, booking_reference: str) -> None:
        """Let nobody else change this booking's money until the transaction ends."""
        ...

    async def is_ended(self, booking_reference: str) -> bool:
        """Whether the booking ended before performance."""
        ...

    async def end(self, booking_reference: str, *, at: datetime) -> None:
        """Remember that it ended, so that what comes late is refused."""
        ...

    async def next_rating_reference(self, booking_reference: str) -> str:
        """Name the booking's next rating."""
        ...

    async def add_rating(self, rating: Rating) -> None:
        """Keep a rating."""
        ...

    async def rating(self, reference: str) -> Rating | None:
        """Answer a rating that the caller may see."""
        ...

    async def add_invoice(self, invoice: Invoice) -> None:
        """Keep a new invoice."""
        ...

    async def save_invoice(self, invoice: Invoice) -> None:
        """Keep an invoice's new state."""
        ...

    async def invoice(self, number: str) -> Invoice | None:
        """Answer an invoice that the caller may see."""
        ...

    async def invoice_of(self, booking_reference: str) -> Invoice | None:
        """Answer the one invoice of a booking for its agreed journey."""
        ...

    async def changes_of(self, booking_reference: str) -> list[Invoice]:
        """Answer the invoices for changes of destination of a booking."""
        ...

    async def on_credit(self, payer: str, currency: str) -> Money:
        """Answer what a payer has on credit."""
        ...

    async def add_payables(self, payables: Sequence[Payable]) -> None:
        """Keep what was agreed."""
        ...

    async def save_payable(self, payable: Payable) -> None:
        """Keep a payable's new state."""
        ...

    async def payables_of(self, booking_reference: str) -> list[Payable]:
        """Answer a booking's payables, by leg."""
        ...

    async def add_payment(self, payment: Payment) -> None:
        """Write an intent."""
        ...

    async def save_payment(self, payment: Payment) -> None:
        """Keep the rail's answer."""
        ...

    async def payment(self, reference: str) -> Payment | None:
        """Answer a payment."""
        ...

    async def payments_of(self, subject: str) -> list[Payment]:
        """Answer every payment of a subject, oldest first."""
        ...

    async def post(self, entry: JournalEntry) -> None:
        """Append to the journal."""
        ...

    async def closure(self, booking_reference: str) -> Closure | None:
        """Answer how the booking was closed, if it was."""
        ...

    async def add_closure(self, closure: Closure) -> None:
        """Close a booking's settlement."""
        ...

    def tell(self, told: Told) -> None:
        """Publish a fact with this transaction."""
        ...


T = TypeVar("T")


class Ledgers(Protocol):
    """Opens transactions, for use cases that need more than one."""

    async def run(self, work: Callable[[Books], Awaitable[T]]) -> T:
        """Do `work` in a transaction of its own and commit."""
        ...


class RailSilent(Exception):
    """The rail did not answer: whether it did what it was told is unknown."""


class PaymentRail(Protocol):
    """A bank or network that moves money. It keeps to one payment per reference."""

    @property
    def name(self) -> str:
        """What accounts and answers call it; a sandbox says SANDBOX."""
        ...

    async def execute(self, payment: Payment) -> Outcome:
        """Do the payment, or answer what became of it under the same reference before.

        Raises:
            RailSilent: no answer came.
        """
        ...

    async def ask(self, payment_reference: str) -> Outcome | None:
        """Answer what became of a payment; None if the rail never heard of it.

        Raises:
            RailSilent: no answer came.
        """
        ...
