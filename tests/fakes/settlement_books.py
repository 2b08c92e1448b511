"""Settlement's books in memory: a transaction is a copy that is kept or thrown away."""

import copy
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from foundation.kernel.money import Money
from services.settlement.application.ports import Books, Closure, RailSilent, Told
from services.settlement.domain.buying import Payable
from services.settlement.domain.invoice import Invoice, InvoiceState
from services.settlement.domain.journal import JournalEntry
from services.settlement.domain.payment import Outcome, Payment, PaymentState
from services.settlement.domain.rating import Rating

T = TypeVar("T")


@dataclass
class FakeBooks:
    """Keeps what PostgreSQL keeps, with the same unique keys."""

    ended: set[str] = field(default_factory=set)
    ratings: dict[str, Rating] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    payables: dict[str, Payable] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    journal: list[JournalEntry] = field(default_factory=list)
    closures: dict[str, Closure] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    async def lock(self, booking_reference: str) -> None:
        """One at a time anyway."""

    async def is_ended(self, booking_reference: str) -> bool:
        return booking_reference in self.ended

    async def end(self, booking_reference: str, *, at: datetime) -> None:
        self.ended.add(booking_reference)

    async def next_rating_reference(self, booking_reference: str) -> str:
        return f"RT-{booking_reference}-{len(self.ratings) + 1}"

    async def add_rating(self, rating: Rating) -> None:
        self.ratings[rating.reference] = rating

    async def rating(self, reference: str) -> Rating | None:
        return self.ratings.get(reference)

    async def add_invoice(self, invoice: Invoice) -> None:
        assert not any(
            (known.booking_reference, known.transport_document_reference)
            == (invoice.booking_reference, invoice.transport_document_reference)
            for known in self.invoices.values()
        ), "a booking has one invoice, and one for each bill in another's place"
        self.invoices[invoice.number] = invoice

    async def save_invoice(self, invoice: Invoice) -> None:
        self.invoices[invoice.number] = invoice

    async def invoice(self, number: str) -> Invoice | None:
        return self.invoices.get(number)

    async def invoice_of(self, booking_reference: str) -> Invoice | None:
        return next(
            (
                i
                for i in self.invoices.values()
                if i.booking_reference == booking_reference and not i.transport_document_reference
            ),
            None,
        )

    async def changes_of(self, booking_reference: str) -> list[Invoice]:
        return [
            i
            for i in self.invoices.values()
            if i.booking_reference == booking_reference and i.transport_document_reference
        ]

    async def on_credit(self, payer: str, currency: str) -> Money:
        total = Money.zero(currency)
        for invoice in self.invoices.values():
            if invoice.payer == payer and invoice.state is InvoiceState.ON_CREDIT:
                total += invoice.total
        return total

    async def add_payables(self, payables: Sequence[Payable]) -> None:
        self.payables |= {payable.reference: payable for payable in payables}

    async def save_payable(self, payable: Payable) -> None:
        self.payables[payable.reference] = payable

    async def payables_of(self, booking_reference: str) -> list[Payable]:
        return [p for p in self.payables.values() if p.booking_reference == booking_reference]

    async def add_payment(self, payment: Payment) -> None:
        assert not any(
            known.subject == payment.subject and known.state is not PaymentState.REFUSED
            for known in self.payments.values()
        ), "of one subject at most one payment is under way or done"
        assert payment.reference not in self.payments
        self.payments[payment.reference] = payment

    async def save_payment(self, payment: Payment) -> None:
        self.payments[payment.reference] = payment

    async def payment(self, reference: str) -> Payment | None:
        return self.payments.get(reference)

    async def payments_of(self, subject: str) -> list[Payment]:
        return [payment for payment in self.payments.values() if payment.subject == subject]

    async def post(self, entry: JournalEntry) -> None:
        assert entry.key not in {known.key for known in self.journal}, "nothing is posted twice"
        self.journal.append(entry)

    async def closure(self, booking_reference: str) -> Closure | None:
        return self.closures.get(booking_reference)

    async def add_closure(self, closure: Closure) -> None:
        self.closures[closure.booking_reference] = closure

    def tell(self, told: Told) -> None:
        self.told.append(told)


class FakeLedgers:
    """Opens transactions on one set of books."""

    def __init__(self) -> None:
        self.books = FakeBooks()

    async def run(self, work: Callable[[Books], Awaitable[T]]) -> T:
        draft = copy.deepcopy(self.books)
        answer = await work(draft)
        self.books = draft
        return answer


class ProcessGone(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


class FakeBank:
    """A bank that books once per reference, on a line that fails when told to.

    `line` holds what happens to the next calls: "ok", "order lost", "answer lost", "killed
    before" and "killed after"; empty is ok.
    """

    name = "SANDBOX"

    def __init__(self) -> None:
        self.booked: dict[str, Payment] = {}
        self.line: list[str] = []

    async def execute(self, payment: Payment) -> Outcome:
        happens = self._next()
        if happens == "killed before":
            raise ProcessGone
        if happens == "order lost":
            raise RailSilent
        self.booked.setdefault(payment.reference, payment)
        if happens == "killed after":
            raise ProcessGone
        if happens == "answer lost":
            raise RailSilent
        return Outcome(settled=True, rail_reference=f"SANDBOX-{payment.reference}")

    async def ask(self, payment_reference: str) -> Outcome | None:
        happens = self._next()
        if happens.startswith("killed"):
            raise ProcessGone
        if happens.endswith("lost"):
            raise RailSilent
        if payment_reference not in self.booked:
            return None
        return Outcome(settled=True, rail_reference=f"SANDBOX-{payment_reference}")

    def _next(self) -> str:
        return self.line.pop(0) if self.line else "ok"
