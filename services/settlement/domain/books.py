"""The chart of accounts, and what each event of trade writes into the journal.

Balances are credits less debits: what we owe is above zero, what is owed to us below. Income is
unearned until the settlement is closed; what carriers cost waits beside it. An account is named
after what it holds and, where it belongs to somebody, after the organisation.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from foundation.kernel.money import Money
from services.settlement.domain.buying import Basis, Payable
from services.settlement.domain.charges import ChargeLine, Nature
from services.settlement.domain.invoice import Invoice
from services.settlement.domain.journal import EntryType, JournalEntry, Posting
from services.settlement.domain.payment import Payment

UNEARNED_FREIGHT: Final = "unearned-freight"
CARRIAGE_COST: Final = "carriage-cost"
MARGIN: Final = "margin"
PREMIUM_PAYABLE: Final = "premium-payable"
TAX_DISBURSEMENTS: Final = "tax-disbursements"
# Where a revenue line may go: only what is ours to earn (invariant 69).
REVENUE_ACCOUNTS: Final = frozenset({UNEARNED_FREIGHT, MARGIN})

_DESTINATIONS: Final = {
    Nature.REVENUE: UNEARNED_FREIGHT,
    Nature.PASS_THROUGH: PREMIUM_PAYABLE,
    Nature.DISBURSEMENT: TAX_DISBURSEMENTS,
}


def receivable(payer: str) -> str:
    """What a payer owes us."""
    return f"receivable:{payer}"


def payable_to(carrier: str) -> str:
    """What we owe a carrier."""
    return f"payable:{carrier}"


def bank(rail: str) -> str:
    """Our money at a rail."""
    return f"bank:{rail}"


def exchange_account(currency: str) -> str:
    """Our open position in a currency; there is one account per currency."""
    return f"exchange:{currency}"


def pool_account(pool: str) -> str:
    """What a pool holds: nothing, before and after each proration."""
    return f"pool:{pool}"


def invoice_issued(invoice: Invoice) -> JournalEntry:
    """The payer owes the lines; each line goes where its nature says."""
    return JournalEntry(
        key=_key(EntryType.INVOICE_ISSUED, invoice.number),
        entry_type=EntryType.INVOICE_ISSUED,
        booking_reference=invoice.booking_reference,
        postings=[
            Posting(receivable(invoice.payer), _DESTINATIONS[line.charge.nature], line.amount)
            for line in invoice.lines
            if line.amount.amount
        ],
        posted_at=invoice.issued_at,
    )


def invoice_paid(invoice: Invoice, payment: Payment, *, at: datetime) -> JournalEntry:
    """The rail holds the money; the payer owes nothing more."""
    return JournalEntry(
        key=_key(EntryType.INVOICE_PAID, invoice.number),
        entry_type=EntryType.INVOICE_PAID,
        booking_reference=invoice.booking_reference,
        postings=[Posting(bank(payment.rail), receivable(invoice.payer), invoice.total)],
        posted_at=at,
    )


def invoice_credited(invoice: Invoice, *, at: datetime) -> JournalEntry:
    """The invoice is taken back by a reversal, whole."""
    return invoice_issued(invoice).reversal(EntryType.INVOICE_CREDITED, at=at)


def invoice_refunded(invoice: Invoice, payment: Payment, *, at: datetime) -> JournalEntry:
    """What was paid goes back."""
    return JournalEntry(
        key=_key(EntryType.INVOICE_REFUNDED, invoice.number),
        entry_type=EntryType.INVOICE_REFUNDED,
        booking_reference=invoice.booking_reference,
        postings=[Posting(receivable(invoice.payer), bank(payment.rail), invoice.total)],
        posted_at=at,
    )


def leg_performed(payable: Payable, cost: Money, *, at: datetime) -> JournalEntry:
    """A bought leg is owed.

    Bought in another currency, it passes the exchange accounts: the cost enters in the currency
    of the price, the debt in the carrier's, and each currency sums to zero by itself.
    """
    owed = payable_to(payable.carrier)
    if cost.currency == payable.amount.currency:
        postings = [Posting(CARRIAGE_COST, owed, payable.amount)]
    else:
        postings = [
            Posting(CARRIAGE_COST, exchange_account(cost.currency), cost),
            Posting(exchange_account(payable.amount.currency), owed, payable.amount),
        ]
    return JournalEntry(
        key=_key(EntryType.LEG_PERFORMED, payable.reference),
        entry_type=EntryType.LEG_PERFORMED,
        booking_reference=payable.booking_reference,
        postings=postings,
        posted_at=at,
    )


def pool_prorated(
    pool: str, payables: Sequence[Payable], costs: Sequence[Money], *, at: datetime
) -> JournalEntry:
    """What the legs brought in enters the pool and leaves it as shares, to the cent."""
    postings: list[Posting] = []
    for payable, cost in zip(payables, costs, strict=True):
        part = payable.part
        if payable.basis is not Basis.POOL_SHARE or part is None:
            raise ValueError(f"{payable.reference} is in no pool")
        if cost.currency != part.brings_in.currency:
            postings.append(Posting(CARRIAGE_COST, exchange_account(cost.currency), cost))
            source = exchange_account(part.brings_in.currency)
        else:
            source = CARRIAGE_COST
        postings += _unless_zero(source, pool_account(pool), part.brings_in)
    for payable in payables:
        postings += _unless_zero(pool_account(pool), payable_to(payable.carrier), payable.amount)
    return JournalEntry(
        key=_key(EntryType.POOL_PRORATED, f"{payables[0].booking_reference}/{pool}"),
        entry_type=EntryType.POOL_PRORATED,
        booking_reference=payables[0].booking_reference,
        postings=postings,
        posted_at=at,
    )


def carrier_paid(payment: Payment, *, at: datetime) -> JournalEntry:
    """The rail paid a carrier its statement."""
    return JournalEntry(
        key=_key(EntryType.CARRIER_PAID, payment.subject),
        entry_type=EntryType.CARRIER_PAID,
        booking_reference=payment.booking_reference,
        postings=[Posting(payable_to(payment.counterparty), bank(payment.rail), payment.amount)],
        posted_at=at,
    )


def margin_recognised(
    booking_reference: str, income: Money, cost: Money, *, at: datetime
) -> JournalEntry:
    """The journey is done: income is earned, its cost is met from it, the rest is the margin."""
    margin = income - cost
    postings = _unless_zero(UNEARNED_FREIGHT, CARRIAGE_COST, _less(income, cost))
    if margin.amount > 0:
        postings.append(Posting(UNEARNED_FREIGHT, MARGIN, margin))
    elif margin.amount < 0:
        postings.append(Posting(MARGIN, CARRIAGE_COST, -margin))
    return JournalEntry(
        key=_key(EntryType.MARGIN_RECOGNISED, booking_reference),
        entry_type=EntryType.MARGIN_RECOGNISED,
        booking_reference=booking_reference,
        postings=postings,
        posted_at=at,
    )


def income_of(lines: Iterable[ChargeLine], currency: str) -> Money:
    """What of an invoice is ours to earn: neither premium nor tax."""
    income = Money.zero(currency)
    for line in lines:
        if _DESTINATIONS[line.charge.nature] in REVENUE_ACCOUNTS:
            income += line.amount
    return income


def _less(one: Money, other: Money) -> Money:
    return one if one.is_at_most(other) else other


def _unless_zero(source: str, destination: str, amount: Money) -> list[Posting]:
    return [Posting(source, destination, amount)] if amount.amount else []


def _key(entry_type: EntryType, subject: str) -> str:
    return f"{entry_type}/{subject}"
