"""Collecting an invoice, crediting it, and giving back what was paid.

Three steps, each of which a crash may follow: the intent is written, the rail is told or asked,
the answer is written.
"""

from dataclasses import dataclass
from datetime import datetime

from foundation.kernel.errors import NotFound, WrongState
from services.settlement.application.cashier import Cashier
from services.settlement.application.ports import Books, Ledgers, Rulebook
from services.settlement.application.selling import invoice_to_change, told_of
from services.settlement.domain import books as accounts
from services.settlement.domain.credit import check_credit
from services.settlement.domain.invoice import Invoice, InvoiceState, invoice_number
from services.settlement.domain.payment import Direction, Payment, PaymentState


@dataclass(frozen=True, slots=True)
class Collecting:
    """The shipper's payment."""

    rules: Rulebook
    cashier: Cashier

    async def put_on_credit(self, books: Books, number: str, *, at: datetime) -> Invoice:
        """Let the payer's agreed credit cover an open invoice."""
        invoice = await invoice_to_change(books, number)
        if invoice.state is InvoiceState.ON_CREDIT:
            return invoice
        on_credit = invoice.put_on_credit()
        check_credit(
            self.rules.credit,
            invoice.payer,
            invoice.total,
            await books.on_credit(invoice.payer, invoice.total.currency),
            at.date(),
        )
        await books.save_invoice(on_credit)
        books.tell(told_of(on_credit, "invoice.on_credit", at))
        return on_credit

    async def bring_in(
        self,
        ledgers: Ledgers,
        number: str,
        *,
        rail: str,
        account: str,
        request_id: str,
        at: datetime,
    ) -> Payment:
        """Have an invoice paid, and answer the payment that did it.

        A repeat, another request and a restarted process all find the same intent.

        Raises:
            WrongState: PAYMENT_REFUSED, INVOICE_WRONG_STATE.
            Unavailable: PAYMENT_OUTCOME_UNKNOWN.
        """
        rail = self.cashier.check_rail(rail)

        async def intend(books: Books) -> tuple[Payment, bool]:
            invoice = await invoice_to_change(books, number)
            earlier = await books.payments_of(number)
            for payment in earlier:
                if payment.request_id == request_id or payment.state is not PaymentState.REFUSED:
                    return payment, True
            pending = invoice.payment_told()
            payment = Payment(
                reference=f"{number}-{len(earlier) + 1}",
                subject=number,
                booking_reference=invoice.booking_reference,
                counterparty=invoice.payer,
                direction=Direction.COLLECT,
                rail=rail,
                account=account or f"{rail}-{invoice.payer}",
                amount=invoice.total,
                request_id=request_id,
                intended_at=at,
            )
            await books.save_invoice(pending)
            await books.add_payment(payment)
            return payment, False

        payment, told_before = await ledgers.run(intend)
        if payment.state is PaymentState.INTENDED:
            payment = await self._answered(ledgers, payment, told_before=told_before, at=at)
        if payment.state is PaymentState.REFUSED:
            raise WrongState(
                "PAYMENT_REFUSED",
                f"{payment.rail} refused to collect invoice {number}: {payment.explanation}",
                invoice_number=number,
                payment_reference=payment.reference,
            )
        return payment

    async def credit(
        self,
        ledgers: Ledgers,
        number: str,
        booking_reference: str,
        *,
        reason: str,
        at: datetime,
    ) -> Invoice | None:
        """Take an invoice back whole, and pay back what was paid.

        A payment under way is brought to its end first. For a booking whose invoice was never
        issued, its end is remembered, so that a late one is refused; the answer is then None.
        """

        async def pending(books: Books) -> Payment | None:
            payments = await books.payments_of(number or invoice_number(booking_reference))
            return next((p for p in payments if p.state is PaymentState.INTENDED), None)

        open_payment = await ledgers.run(pending)
        if open_payment is not None:
            await self._answered(ledgers, open_payment, told_before=True, at=at)

        async def take_back(books: Books) -> tuple[Invoice | None, Payment | None]:
            return await self._take_back(books, number, booking_reference, reason=reason, at=at)

        invoice, refund = await ledgers.run(take_back)
        if invoice is not None and refund is not None and refund.state is PaymentState.INTENDED:
            await self._refunded(ledgers, refund, at=at)
        return invoice

    async def _take_back(
        self,
        books: Books,
        number: str,
        booking_reference: str,
        *,
        reason: str,
        at: datetime,
    ) -> tuple[Invoice | None, Payment | None]:
        if booking_reference:
            await books.lock(booking_reference)
            await books.end(booking_reference, at=at)
        seen = await books.invoice(number or invoice_number(booking_reference))
        if seen is None:
            if number:
                raise NotFound(
                    "INVOICE_NOT_FOUND", f"There is no invoice {number}.", invoice_number=number
                )
            return None, None
        invoice = await invoice_to_change(books, seen.number)
        refunds = await books.payments_of(_refund_of(invoice))
        if invoice.state is InvoiceState.CREDITED:
            return invoice, refunds[-1] if refunds else None
        credited = invoice.credited()
        await books.end(invoice.booking_reference, at=at)
        await books.save_invoice(credited)
        await books.post(accounts.invoice_credited(invoice, at=at))
        books.tell(told_of(credited, "invoice.credited", at, reason=reason))
        if invoice.state is not InvoiceState.PAID:
            return credited, None
        payments = await books.payments_of(invoice.number)
        paid = next(p for p in payments if p.state is PaymentState.SETTLED)
        refund = Payment(
            reference=f"{invoice.number}-R1",
            subject=_refund_of(invoice),
            booking_reference=invoice.booking_reference,
            counterparty=invoice.payer,
            direction=Direction.PAY_OUT,
            rail=paid.rail,
            account=paid.account,
            amount=invoice.total,
            request_id=paid.request_id,
            intended_at=at,
        )
        await books.add_payment(refund)
        return credited, refund

    async def _answered(
        self, ledgers: Ledgers, payment: Payment, *, told_before: bool, at: datetime
    ) -> Payment:
        outcome = await self.cashier.bring_about(payment, told_before=told_before)

        async def record(books: Books) -> Payment:
            invoice = await invoice_to_change(books, payment.subject)
            current = await books.payment(payment.reference) or payment
            if current.state is not PaymentState.INTENDED:
                return current
            answered = current.answered(outcome, at=at)
            await books.save_payment(answered)
            if outcome.settled:
                paid = invoice.paid(at=at)
                await books.save_invoice(paid)
                await books.post(accounts.invoice_paid(paid, answered, at=at))
                books.tell(told_of(paid, "invoice.paid", at))
            else:
                refused = invoice.payment_refused()
                await books.save_invoice(refused)
                books.tell(told_of(refused, "invoice.payment_refused", at))
            return answered

        return await ledgers.run(record)

    async def _refunded(self, ledgers: Ledgers, refund: Payment, *, at: datetime) -> None:
        outcome = await self.cashier.bring_about(refund, told_before=True)

        async def record(books: Books) -> None:
            await books.lock(refund.booking_reference)
            current = await books.payment(refund.reference) or refund
            if current.state is not PaymentState.INTENDED:
                return
            answered = current.answered(outcome, at=at)
            await books.save_payment(answered)
            invoice = await books.invoice_of(refund.booking_reference)
            if invoice is not None and outcome.settled:
                await books.post(accounts.invoice_refunded(invoice, answered, at=at))

        await ledgers.run(record)


def _refund_of(invoice: Invoice) -> str:
    return f"refund of {invoice.number}"
