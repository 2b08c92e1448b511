"""Whatever is asked, in whatever order, with whatever lost or killed: the books stay true."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from foundation.kernel.errors import DomainError
from foundation.kernel.money import Money
from services.settlement.adapters.rule_files import load_rulebook
from services.settlement.application.cashier import Cashier
from services.settlement.application.collecting import Collecting
from services.settlement.application.paying import Paying
from services.settlement.application.selling import Selling
from services.settlement.domain import books as accounts
from services.settlement.domain.buying import PayableState
from services.settlement.domain.invoice import InvoiceState
from services.settlement.domain.payment import Direction, PaymentState
from tests.fakes.settlement_books import FakeBank, FakeLedgers, ProcessGone
from tests.unit.settlement.story import BOOKING, JOURNEY

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = load_rulebook()
NUMBER = f"INV-{BOOKING}"

# What becomes of the next calls to the bank; the faults first, for they are what matters.
lines = st.sampled_from(
    [
        ["killed after"],
        ["answer lost", "answer lost"],
        ["killed before"],
        ["order lost"],
        ["answer lost"],
        ["ok", "killed after"],
        [],
    ]
)
requests = st.sampled_from(["request-1", "request-2"])


class AnyOrder(RuleBasedStateMachine):
    """One booking, asked for everything."""

    def __init__(self) -> None:
        super().__init__()
        self.ledgers = FakeLedgers()
        self.bank = FakeBank()
        cashier = Cashier({"SANDBOX": self.bank}, "SANDBOX")
        self.selling = Selling(RULES)
        self.collecting = Collecting(RULES, cashier)
        self.paying = Paying(RULES, cashier)
        self.closed_as: object = None
        self.may_end_early = False

    def attempt(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do it; a refusal and a death are answers too."""
        answer = None
        with suppress(DomainError, ProcessGone):
            answer = asyncio.run(work)
        self.bank.line.clear()
        return answer

    @initialize(may_end_early=st.sampled_from([False, False, False, True]))
    def book(self, *, may_end_early: bool) -> None:
        # A booking that ends early refuses nearly everything after; most never do.
        self.may_end_early = may_end_early

        async def issue(books):
            rating = await self.selling.rate(
                books,
                JOURNEY,
                payer="seller",
                premium=Money(14586, "USD"),
                currency="USD",
                at=NOON,
            )
            await self.selling.issue(books, BOOKING, rating.reference, "PRE", at=NOON)
            await self.paying.agree(books, JOURNEY, at=NOON)

        asyncio.run(self.ledgers.run(issue))

    @rule(request_id=requests, line=lines)
    def pay_invoice(self, request_id: str, line: list[str]) -> None:
        self.bank.line = list(line)
        self.attempt(
            self.collecting.bring_in(
                self.ledgers, NUMBER, rail="", account="", request_id=request_id, at=NOON
            )
        )

    @precondition(lambda self: self.may_end_early)
    @rule(line=lines)
    def credit_invoice(self, line: list[str]) -> None:
        self.bank.line = list(line)
        self.attempt(
            self.collecting.credit(self.ledgers, NUMBER, BOOKING, reason="declined", at=NOON)
        )

    @precondition(lambda self: self.may_end_early)
    @rule()
    def release_rates(self) -> None:
        self.attempt(self.ledgers.run(lambda books: self.paying.release(books, BOOKING, at=NOON)))

    @rule(leg=st.sampled_from([2, 3, 4]), request_id=requests, line=lines)
    def pay_leg(self, leg: int, request_id: str, line: list[str]) -> None:
        self.bank.line = list(line)
        self.attempt(
            self.paying.pay_leg(
                self.ledgers, BOOKING, leg, f"event-{leg}", request_id=request_id, at=NOON
            )
        )

    @rule(request_id=requests, line=lines)
    def close(self, request_id: str, line: list[str]) -> None:
        async def whole():
            await self.paying.pay_statements(self.ledgers, BOOKING, request_id=request_id, at=NOON)
            return await self.ledgers.run(lambda books: self.paying.close(books, BOOKING, at=NOON))

        self.bank.line = list(line)
        answer = self.attempt(whole())
        if answer is not None:
            _, closure = answer
            assert self.closed_as in (None, closure), "a repeat gets the first answer"
            self.closed_as = closure

    @invariant()
    def the_journal_sums_to_zero_in_every_currency(self) -> None:
        totals: Counter[str] = Counter()
        for entry in self.ledgers.books.journal:
            totals.update(entry.sums())
        assert not any(totals.values())

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        moved = Counter(payment.subject for payment in self.bank.booked.values())
        assert not moved or max(moved.values()) == 1
        owed = Counter()
        paid = Counter()
        for payable in self.ledgers.books.payables.values():
            owed[payable.carrier, payable.amount.currency] += payable.amount.amount
        for payment in self.bank.booked.values():
            if payment.direction is Direction.PAY_OUT and payment.counterparty != "seller":
                paid[payment.counterparty, payment.amount.currency] += payment.amount.amount
        assert all(paid[who] <= owed[who] for who in paid)

    @invariant()
    def nothing_moves_that_was_not_written_down_first(self) -> None:
        assert set(self.bank.booked) <= set(self.ledgers.books.payments)

    @invariant()
    def once_every_answer_is_known_our_bank_account_is_the_banks(self) -> None:
        books = self.ledgers.books
        if any(payment.state is PaymentState.INTENDED for payment in books.payments.values()):
            return
        ours: Counter[str] = Counter()
        for entry in books.journal:
            for (account, currency), amount in entry.balances().items():
                if account == accounts.bank("SANDBOX"):
                    ours[currency] += amount
        theirs: Counter[str] = Counter()
        for payment in self.bank.booked.values():
            sign = -1 if payment.direction is Direction.COLLECT else 1
            theirs[payment.amount.currency] += sign * payment.amount.amount
        assert {c: a for c, a in ours.items() if a} == {c: a for c, a in theirs.items() if a}

    @invariant()
    def a_paid_invoice_was_collected(self) -> None:
        invoice = self.ledgers.books.invoices.get(NUMBER)
        if invoice is not None and invoice.state is InvoiceState.PAID:
            assert any(payment.subject == NUMBER for payment in self.bank.booked.values())

    @invariant()
    def a_released_leg_is_never_paid(self) -> None:
        books = self.ledgers.books
        released = {
            p.reference for p in books.payables.values() if p.state is PayableState.REVERSED
        }
        assert not released & {payment.subject for payment in self.bank.booked.values()}


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=120, stateful_step_count=10, deadline=None)
