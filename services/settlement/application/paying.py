"""Buying legs, paying carriers on their terms, and closing a booking's settlement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation.kernel.errors import Conflict, NotFound, WrongState
from foundation.kernel.money import Money
from services.settlement.application.cashier import Cashier
from services.settlement.application.ports import Books, Closure, Ledgers, Rulebook, Told
from services.settlement.application.selling import refuse_ended
from services.settlement.domain import books as accounts
from services.settlement.domain.buying import Basis, Payable, PayableState, agree
from services.settlement.domain.exchange import exchange
from services.settlement.domain.invoice import Invoice, InvoiceState
from services.settlement.domain.journey import Journey
from services.settlement.domain.payment import Direction, Payment, PaymentState


@dataclass(frozen=True, slots=True)
class _Order:
    """A statement on its way to the rail, and the legs that it pays."""

    payment: Payment
    legs: Sequence[int]
    told_before: bool


@dataclass(frozen=True, slots=True)
class Paying:
    """What the carriers are owed."""

    rules: Rulebook
    cashier: Cashier

    async def agree(self, books: Books, journey: Journey, *, at: datetime) -> list[Payable]:
        """Record what each carrier of a journey is to be paid; once per booking."""
        await books.lock(journey.booking_reference)
        await refuse_ended(books, journey.booking_reference)
        if await books.payables_of(journey.booking_reference):
            raise Conflict(
                "BUY_RATES_AGREED",
                f"The rates of booking {journey.booking_reference} are agreed already.",
                booking_reference=journey.booking_reference,
            )
        payables = agree(self.rules.purchases, journey, at.date())
        await books.add_payables(payables)
        return list(payables)

    async def release(
        self, books: Books, booking_reference: str, *, at: datetime
    ) -> list[Payable]:
        """Take the agreed rates back; a booking never seen is remembered as ended."""
        await books.lock(booking_reference)
        payables = await books.payables_of(booking_reference)
        released = [payable.released() for payable in payables]
        await books.end(booking_reference, at=at)
        for payable in released:
            await books.save_payable(payable)
        return released

    async def pay_leg(
        self,
        ledgers: Ledgers,
        booking_reference: str,
        leg_sequence: int,
        event_id: str,
        *,
        request_id: str,
        at: datetime,
    ) -> Payable:
        """Pay a bought leg once its performance is recorded; once, however often it is asked.

        Raises:
            NotFound: PAYABLE_NOT_FOUND.
            WrongState: PAID_AT_CLOSE for a pooled leg, CARRIER_PAYMENT_REFUSED.
            Unavailable: PAYMENT_OUTCOME_UNKNOWN.
        """

        async def intend(books: Books) -> tuple[Payable, _Order | None]:
            await books.lock(booking_reference)
            payable = await _payable(books, booking_reference, leg_sequence)
            if payable.basis is Basis.POOL_SHARE:
                raise WrongState(
                    "PAID_AT_CLOSE",
                    f"Leg {leg_sequence} is in pool {payable.pool}; it is paid when the "
                    "settlement is closed.",
                    booking_reference=booking_reference,
                    leg_sequence=leg_sequence,
                )
            if payable.state is PayableState.PAID:
                return payable, None
            invoice = await _invoice(books, booking_reference)
            due = await self._perform(books, payable, invoice, event_id, at=at)
            if not due.statement:
                due = due.stated(due.reference)
                await books.save_payable(due)
            return due, await self._order(books, due, request_id, at=at)

        payable, order = await ledgers.run(intend)
        if order is None:
            return payable
        paid = await self._pay_out(ledgers, order, at=at)
        return next(leg for leg in paid if leg.leg_sequence == leg_sequence)

    async def pay_statements(
        self, ledgers: Ledgers, booking_reference: str, *, request_id: str, at: datetime
    ) -> None:
        """Prorate pools, net per carrier and currency, and pay every statement."""

        async def settle(books: Books) -> list[_Order]:
            await books.lock(booking_reference)
            payables = await books.payables_of(booking_reference)
            if not payables:
                raise NotFound(
                    "SETTLEMENT_NOT_FOUND",
                    f"No carrier was bought for booking {booking_reference}.",
                    booking_reference=booking_reference,
                )
            invoice = await _invoice(books, booking_reference)
            due = await self._prorate(books, payables, invoice, at=at)
            for payable in due:
                if payable.state is PayableState.AGREED:
                    await self._perform(books, payable, invoice, "", at=at)
            return await self._net(books, booking_reference, request_id, at=at)

        for order in await ledgers.run(settle):
            await self._pay_out(ledgers, order, at=at)

    async def close(
        self, books: Books, booking_reference: str, *, at: datetime
    ) -> tuple[list[Payable], Closure]:
        """Recognise the margin once everybody is paid; the same answer ever after."""
        await books.lock(booking_reference)
        payables = await books.payables_of(booking_reference)
        closed = await books.closure(booking_reference)
        if closed is not None:
            return payables, closed
        invoice = await _invoice(books, booking_reference)
        cost = Money.zero(invoice.total.currency)
        for payable in payables:
            if payable.state is not PayableState.PAID or payable.cost is None:
                raise WrongState(
                    "CARRIER_NOT_PAID",
                    f"Leg {payable.leg_sequence} is {payable.state}; the settlement closes when "
                    "every carrier is paid.",
                    leg_sequence=payable.leg_sequence,
                )
            cost += payable.cost
        income = accounts.income_of(invoice.lines, invoice.total.currency)
        for change in await books.changes_of(booking_reference):
            income += accounts.income_of(change.lines, change.total.currency)
        await books.post(accounts.margin_recognised(booking_reference, income, cost, at=at))
        closure = Closure(booking_reference, income - cost, at)
        await books.add_closure(closure)
        books.tell(
            Told(
                "settlement.closed",
                booking_reference,
                at,
                {
                    "bookingReference": booking_reference,
                    "marginAmount": closure.margin.amount,
                    "currencyCode": closure.margin.currency,
                },
            )
        )
        return payables, closure

    async def _perform(
        self, books: Books, payable: Payable, invoice: Invoice, event_id: str, *, at: datetime
    ) -> Payable:
        """Record the performance of a bought leg; a leg that is DUE stays so."""
        if payable.state is PayableState.DUE:
            return payable
        exchanged = exchange(
            self.rules.exchange_rates, payable.amount, invoice.total.currency, at.date()
        )
        said = payable.explanation
        if exchanged.rate is not None:
            said += f" At {exchanged.rate} ({exchanged.rate.rule.key}) it costs {exchanged.worth}."
        due = payable.performed(event_id=event_id, cost=exchanged.worth, explanation=said, at=at)
        await books.save_payable(due)
        await books.post(accounts.leg_performed(due, exchanged.worth, at=at))
        return due

    async def _prorate(
        self, books: Books, payables: Sequence[Payable], invoice: Invoice, *, at: datetime
    ) -> list[Payable]:
        """Prorate every pool whose shares are still AGREED; answer the other payables too."""
        others = [payable for payable in payables if payable.basis is not Basis.POOL_SHARE]
        for pool in dict.fromkeys(payable.pool for payable in payables if payable.pool):
            shares = [
                payable
                for payable in payables
                if payable.pool == pool and payable.state is PayableState.AGREED
            ]
            if not shares:
                continue
            costs = [
                exchange(
                    self.rules.exchange_rates, share.amount, invoice.total.currency, at.date()
                ).worth
                for share in shares
            ]
            await books.post(accounts.pool_prorated(pool, shares, costs, at=at))
            for share, cost in zip(shares, costs, strict=True):
                await books.save_payable(
                    share.performed(event_id="", cost=cost, explanation=share.explanation, at=at)
                )
        return others

    async def _net(
        self, books: Books, booking_reference: str, request_id: str, *, at: datetime
    ) -> list[_Order]:
        """One statement per carrier and currency for what is DUE and in no statement yet."""
        stated: dict[str, Payable] = {}
        for payable in await books.payables_of(booking_reference):
            if payable.state is not PayableState.DUE:
                continue
            if payable.amount.amount == 0:
                await books.save_payable(payable.paid(at=at))
                continue
            due = payable
            if not due.statement:
                due = due.stated(f"ST-{booking_reference}-{due.carrier}-{due.amount.currency}")
                await books.save_payable(due)
            stated[due.statement] = due
        return [
            await self._order(books, payable, request_id, at=at) for payable in stated.values()
        ]

    async def _order(
        self, books: Books, stated: Payable, request_id: str, *, at: datetime
    ) -> _Order:
        """Write the intent to pay a payable's statement, or find the one that was written."""
        statement = [
            payable
            for payable in await books.payables_of(stated.booking_reference)
            if payable.statement == stated.statement
        ]
        legs = [payable.leg_sequence for payable in statement]
        earlier = await books.payments_of(stated.statement)
        for payment in earlier:
            if payment.state is not PaymentState.REFUSED:
                return _Order(payment, legs, told_before=True)
        rail = self.cashier.default_rail
        payment = Payment(
            reference=f"{stated.statement}-{len(earlier) + 1}",
            subject=stated.statement,
            booking_reference=stated.booking_reference,
            counterparty=stated.carrier,
            direction=Direction.PAY_OUT,
            rail=rail,
            account=f"{rail}-{stated.carrier}",
            amount=sum((p.amount for p in statement), Money.zero(stated.amount.currency)),
            request_id=request_id,
            intended_at=at,
        )
        await books.add_payment(payment)
        return _Order(payment, legs, told_before=False)

    async def _pay_out(self, ledgers: Ledgers, order: _Order, *, at: datetime) -> list[Payable]:
        payment, legs = order.payment, order.legs
        outcome = await self.cashier.bring_about(payment, told_before=order.told_before)

        async def record(books: Books) -> list[Payable]:
            await books.lock(payment.booking_reference)
            payables = [await _payable(books, payment.booking_reference, leg) for leg in legs]
            current = await books.payment(payment.reference) or payment
            if current.state is not PaymentState.INTENDED:
                return payables
            answered = current.answered(outcome, at=at)
            await books.save_payment(answered)
            if not outcome.settled:
                return payables
            paid = [payable.paid(at=at) for payable in payables]
            for payable in paid:
                await books.save_payable(payable)
            await books.post(accounts.carrier_paid(answered, at=at))
            books.tell(
                Told(
                    "carrier.paid",
                    payment.booking_reference,
                    at,
                    {
                        "bookingReference": payment.booking_reference,
                        "carrierOrganisation": payment.counterparty,
                        "legSequences": ",".join(str(leg) for leg in legs),
                        "amount": payment.amount.amount,
                        "currencyCode": payment.amount.currency,
                    },
                )
            )
            return paid

        payables = await ledgers.run(record)
        if any(payable.state is not PayableState.PAID for payable in payables):
            raise WrongState(
                "CARRIER_PAYMENT_REFUSED",
                f"{payment.rail} refused to pay {payment.counterparty}: {outcome.explanation}",
                payment_reference=payment.reference,
            )
        return payables


async def _payable(books: Books, booking_reference: str, leg_sequence: int) -> Payable:
    for payable in await books.payables_of(booking_reference):
        if payable.leg_sequence == leg_sequence:
            return payable
    raise NotFound(
        "PAYABLE_NOT_FOUND",
        f"Nothing is owed for leg {leg_sequence} of booking {booking_reference}.",
        booking_reference=booking_reference,
        leg_sequence=leg_sequence,
    )


async def _invoice(books: Books, booking_reference: str) -> Invoice:
    invoice = await books.invoice_of(booking_reference)
    if invoice is None or invoice.state is InvoiceState.CREDITED:
        raise WrongState(
            "INVOICE_NOT_ISSUED",
            f"Booking {booking_reference} has no invoice in force; no carrier is paid for it.",
            booking_reference=booking_reference,
        )
    return invoice
