"""The books in PostgreSQL: one object per transaction, row-level security behind every line."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from sqlalchemy import Row, text

from foundation.kernel.money import Money
from foundation.runtime.booking_records import BookingRecords
from foundation.runtime.database import Database, Fact, Transaction
from foundation.runtime.rule_json import rule_from_json, rule_to_json
from services.settlement.adapters import rows as stored
from services.settlement.application.ports import Books, Closure, Told
from services.settlement.domain.buying import Payable
from services.settlement.domain.charges import ChargeCodes, ChargeLine
from services.settlement.domain.invoice import Invoice, InvoiceState
from services.settlement.domain.journal import JournalEntry
from services.settlement.domain.payment import Payment
from services.settlement.domain.rating import Rating

T = TypeVar("T")

_INVOICE: Final = "SELECT * FROM invoices WHERE "


class PostgresBooks(BookingRecords):
    """The books of one transaction."""

    def __init__(self, transaction: Transaction, charges: ChargeCodes) -> None:
        super().__init__(transaction, "settlement")
        self._charges = charges

    async def next_rating_reference(self, booking_reference: str) -> str:
        """Name the booking's next rating."""
        (row,) = await self._rows(
            "SELECT count(*) AS made FROM ratings WHERE booking_reference = :booking",
            booking=booking_reference,
        )
        return f"RT-{booking_reference}-{row.made + 1}"

    async def add_rating(self, rating: Rating) -> None:
        """Keep a rating."""
        await self._do(
            "INSERT INTO ratings (rating_reference, booking_reference, organisation, "
            "currency_code, total_amount, lines, unverified, rated_at) VALUES (:reference, "
            ":booking, :payer, :currency, :total, CAST(:lines AS jsonb), "
            "CAST(:unverified AS jsonb), :at)",
            reference=rating.reference,
            booking=rating.booking_reference,
            payer=rating.payer,
            currency=rating.total.currency,
            total=rating.total.amount,
            lines=stored.lines_to_json(rating.lines),
            unverified=json.dumps([rule_to_json(rule) for rule in rating.unverified]),
            at=rating.rated_at,
        )

    async def rating(self, reference: str) -> Rating | None:
        """Answer a rating that the caller may see."""
        rows = await self._rows(
            "SELECT * FROM ratings WHERE rating_reference = :reference", reference=reference
        )
        return self._rating(rows[0]) if rows else None

    async def add_invoice(self, invoice: Invoice) -> None:
        """Keep a new invoice; the database keeps it the only one of its booking and bill."""
        await self._do(
            "INSERT INTO invoices (invoice_number, booking_reference, organisation, "
            "payment_term, currency_code, total_amount, lines, state, was_on_credit, issued_at, "
            "due_at, transport_document_reference) VALUES (:number, :booking, :payer, :term, "
            ":currency, :total, CAST(:lines AS jsonb), :state, false, :issued_at, :due_at, :bill)",
            bill=invoice.transport_document_reference,
            number=invoice.number,
            booking=invoice.booking_reference,
            payer=invoice.payer,
            term=invoice.payment_term,
            currency=invoice.total.currency,
            total=invoice.total.amount,
            lines=stored.lines_to_json(invoice.lines),
            state=invoice.state,
            issued_at=invoice.issued_at,
            due_at=invoice.due_at,
        )

    async def save_invoice(self, invoice: Invoice) -> None:
        """Keep an invoice's new state."""
        await self._do(
            "UPDATE invoices SET state = :state, was_on_credit = :was_on_credit, "
            "paid_at = :paid_at WHERE invoice_number = :number",
            state=invoice.state,
            was_on_credit=invoice.was_on_credit,
            paid_at=invoice.paid_at,
            number=invoice.number,
        )

    async def invoice(self, number: str) -> Invoice | None:
        """Answer an invoice that the caller may see."""
        rows = await self._rows(_INVOICE + "invoice_number = :number", number=number)
        return self._invoice(rows[0]) if rows else None

    async def invoice_of(self, booking_reference: str) -> Invoice | None:
        """Answer the one invoice of a booking."""
        rows = await self._rows(
            _INVOICE + "booking_reference = :booking AND transport_document_reference = ''",
            booking=booking_reference,
        )
        return self._invoice(rows[0]) if rows else None

    async def changes_of(self, booking_reference: str) -> list[Invoice]:
        """Answer the invoices for changes of destination of a booking."""
        rows = await self._rows(
            _INVOICE + "booking_reference = :booking AND transport_document_reference <> '' "
            "ORDER BY listed_as",
            booking=booking_reference,
        )
        return [self._invoice(row) for row in rows]

    async def invoices(
        self, booking_reference: str, before: int | None, limit: int
    ) -> list[tuple[int, Invoice]]:
        """Answer a page of invoices, newest first, each with its place in the list."""
        rows = await self._rows(
            _INVOICE + "(:booking = '' OR booking_reference = :booking) "
            "AND (CAST(:before AS bigint) IS NULL OR listed_as < :before) "
            "ORDER BY listed_as DESC LIMIT :limit",
            booking=booking_reference,
            before=before,
            limit=limit,
        )
        return [(row.listed_as, self._invoice(row)) for row in rows]

    async def on_credit(self, payer: str, currency: str) -> Money:
        """Answer what a payer has on credit."""
        (row,) = await self._rows(
            "SELECT coalesce(sum(total_amount), 0)::bigint AS amount FROM invoices "
            "WHERE organisation = :payer AND currency_code = :currency AND (state = 'ON_CREDIT' "
            "OR (state = 'PAYMENT_PENDING' AND was_on_credit))",
            payer=payer,
            currency=currency,
        )
        return Money(row.amount, currency)

    async def add_payables(self, payables: Sequence[Payable]) -> None:
        """Keep what was agreed."""
        for payable in payables:
            part = payable.part
            await self._do(
                "INSERT INTO payables (payable_reference, booking_reference, leg_sequence, "
                "organisation, currency_code, amount, basis, terms, explanation, pool, "
                "brings_in_amount, fixed_amount, weight, state, event_id) VALUES (:reference, "
                ":booking, :leg, :carrier, :currency, :amount, :basis, :terms, :explanation, "
                ":pool, :brings_in, :fixed, :weight, :state, '')",
                reference=payable.reference,
                booking=payable.booking_reference,
                leg=payable.leg_sequence,
                carrier=payable.carrier,
                currency=payable.amount.currency,
                amount=payable.amount.amount,
                basis=payable.basis,
                terms=payable.terms,
                explanation=payable.explanation,
                pool=payable.pool,
                brings_in=part.brings_in.amount if part else None,
                fixed=part.fixed.amount if part else None,
                weight=part.weight if part else None,
                state=payable.state,
            )

    async def save_payable(self, payable: Payable) -> None:
        """Keep a payable's new state."""
        await self._do(
            "UPDATE payables SET state = :state, explanation = :explanation, "
            "event_id = :event_id, statement = :statement, cost_amount = :cost, "
            "cost_currency_code = :cost_currency, "
            "due_at = :due_at, paid_at = :paid_at WHERE payable_reference = :reference",
            state=payable.state,
            explanation=payable.explanation,
            event_id=payable.event_id,
            statement=payable.statement,
            cost=payable.cost.amount if payable.cost else None,
            cost_currency=payable.cost.currency if payable.cost else None,
            due_at=payable.due_at,
            paid_at=payable.paid_at,
            reference=payable.reference,
        )

    async def payables_of(self, booking_reference: str) -> list[Payable]:
        """Answer a booking's payables, by leg."""
        rows = await self._rows(
            "SELECT * FROM payables WHERE booking_reference = :booking ORDER BY leg_sequence",
            booking=booking_reference,
        )
        return [stored.payable(row) for row in rows]

    async def payables(
        self, booking_reference: str, after: int, limit: int
    ) -> list[tuple[int, Payable]]:
        """Answer a page of payables, oldest first, each with its place in the list."""
        rows = await self._rows(
            "SELECT * FROM payables WHERE (:booking = '' OR booking_reference = :booking) "
            "AND listed_as > :after ORDER BY listed_as LIMIT :limit",
            booking=booking_reference,
            after=after,
            limit=limit,
        )
        return [(row.listed_as, stored.payable(row)) for row in rows]

    async def add_payment(self, payment: Payment) -> None:
        """Write an intent."""
        await self._do(
            "INSERT INTO payments (payment_reference, subject, booking_reference, organisation, "
            "direction, rail, account, currency_code, amount, request_id, state, "
            "rail_reference, explanation, intended_at) VALUES (:reference, :subject, :booking, "
            ":counterparty, :direction, :rail, :account, :currency, :amount, :request_id, "
            ":state, '', '', :intended_at)",
            reference=payment.reference,
            subject=payment.subject,
            booking=payment.booking_reference,
            counterparty=payment.counterparty,
            direction=payment.direction,
            rail=payment.rail,
            account=payment.account,
            currency=payment.amount.currency,
            amount=payment.amount.amount,
            request_id=payment.request_id,
            state=payment.state,
            intended_at=payment.intended_at,
        )

    async def save_payment(self, payment: Payment) -> None:
        """Keep the rail's answer."""
        await self._do(
            "UPDATE payments SET state = :state, rail_reference = :rail_reference, "
            "explanation = :explanation, answered_at = :answered_at "
            "WHERE payment_reference = :reference",
            state=payment.state,
            rail_reference=payment.rail_reference,
            explanation=payment.explanation,
            answered_at=payment.answered_at,
            reference=payment.reference,
        )

    async def payment(self, reference: str) -> Payment | None:
        """Answer a payment."""
        rows = await self._rows(
            "SELECT * FROM payments WHERE payment_reference = :reference", reference=reference
        )
        return stored.payment(rows[0]) if rows else None

    async def payments_of(self, subject: str) -> list[Payment]:
        """Answer every payment of a subject, oldest first."""
        rows = await self._rows(
            "SELECT * FROM payments WHERE subject = :subject "
            "ORDER BY intended_at, payment_reference",
            subject=subject,
        )
        return [stored.payment(row) for row in rows]

    async def post(self, entry: JournalEntry) -> None:
        """Append to the journal: two lines per posting."""
        (row,) = await self._rows("SELECT nextval('journal_entry_number') AS number")
        await self._do(
            "INSERT INTO journal_entries (entry_number, entry_key, entry_type, "
            "booking_reference, posted_at, reverses) VALUES (:number, :key, :type, :booking, "
            ":posted_at, :reverses)",
            number=row.number,
            key=entry.key,
            type=entry.entry_type,
            booking=entry.booking_reference,
            posted_at=entry.posted_at,
            reverses=entry.reverses,
        )
        lines = [
            {
                "number": row.number,
                "posting": number,
                "account": account,
                "currency": posting.amount.currency,
                "amount": amount,
            }
            for number, posting in enumerate(entry.postings, start=1)
            for account, amount in (
                (posting.source, -posting.amount.amount),
                (posting.destination, posting.amount.amount),
            )
        ]
        await self._transaction.connection.execute(
            text(
                "INSERT INTO journal_lines (entry_number, posting_number, account, "
                "currency_code, amount) VALUES (:number, :posting, :account, :currency, :amount)"
            ),
            lines,
        )

    async def closure(self, booking_reference: str) -> Closure | None:
        """Answer how the booking was closed, if it was."""
        rows = await self._rows(
            "SELECT * FROM closures WHERE booking_reference = :booking", booking=booking_reference
        )
        if not rows:
            return None
        margin = Money(rows[0].margin_amount, rows[0].currency_code)
        return Closure(rows[0].booking_reference, margin, rows[0].closed_at)

    async def add_closure(self, closure: Closure) -> None:
        """Close a booking's settlement."""
        await self._do(
            "INSERT INTO closures (booking_reference, organisation, margin_amount, "
            "currency_code, closed_at) VALUES (:booking, :organisation, :amount, :currency, :at)",
            booking=closure.booking_reference,
            organisation=self._transaction.organisation,
            amount=closure.margin.amount,
            currency=closure.margin.currency,
            at=closure.closed_at,
        )

    def tell(self, told: Told) -> None:
        """Publish a fact with this transaction."""
        self._transaction.publish(
            Fact(f"onebill.settlement.{told.what}.v1", told.subject, told.at, dict(told.payload))
        )

    def _rating(self, row: Row[tuple[object, ...]]) -> Rating:
        return Rating(
            reference=row.rating_reference,
            booking_reference=row.booking_reference,
            payer=row.organisation,
            lines=self._lines(row.lines, row.currency_code),
            total=Money(row.total_amount, row.currency_code),
            unverified=tuple(rule_from_json(rule) for rule in row.unverified),
            rated_at=row.rated_at,
        )

    def _invoice(self, row: Row[tuple[object, ...]]) -> Invoice:
        return Invoice(
            number=row.invoice_number,
            booking_reference=row.booking_reference,
            payer=row.organisation,
            lines=self._lines(row.lines, row.currency_code),
            total=Money(row.total_amount, row.currency_code),
            payment_term=row.payment_term,
            issued_at=row.issued_at,
            due_at=row.due_at,
            state=InvoiceState(row.state),
            was_on_credit=row.was_on_credit,
            paid_at=row.paid_at,
            transport_document_reference=row.transport_document_reference,
        )

    def _lines(
        self, lines: Sequence[Mapping[str, str | int]], currency: str
    ) -> tuple[ChargeLine, ...]:
        return tuple(
            ChargeLine(
                charge=self._charges[str(line["chargeCode"])],
                leg_sequence=int(line["legSequence"]),
                amount=Money(int(line["amount"]), currency),
            )
            for line in lines
        )


class PostgresLedgers:
    """Opens the books again and again, for use cases of several transactions."""

    def __init__(self, database: Database, organisation: str, charges: ChargeCodes) -> None:
        self._database = database
        self._organisation = organisation
        self._charges = charges

    async def run(self, work: Callable[[Books], Awaitable[T]]) -> T:
        """Do `work` in a transaction of its own and commit."""

        async def once(transaction: Transaction) -> T:
            return await work(PostgresBooks(transaction, self._charges))

        return await self._database.run(self._organisation, once)
