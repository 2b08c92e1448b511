"""The journal sums to zero, whatever is done."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money
from services.settlement.adapters.rule_files import load_rulebook
from services.settlement.domain import books
from services.settlement.domain.charges import ChargeLine
from services.settlement.domain.invoice import Invoice
from services.settlement.domain.journal import EntryType, JournalEntry, Posting
from services.settlement.domain.rating import Rating

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CHARGES = load_rulebook().tariff.charges

accounts = st.sampled_from(["bank:SANDBOX", "margin", "receivable:seller", "payable:line-beibu"])
amounts = st.builds(
    Money, st.integers(min_value=1, max_value=10**12), st.sampled_from(["USD", "CNY", "JPY"])
)
postings = (
    st.tuples(accounts, accounts, amounts)
    .filter(lambda p: p[0] != p[1])
    .map(lambda p: Posting(*p))
)
entries = st.lists(postings, min_size=1, max_size=20).map(
    lambda moved: JournalEntry("KEY", EntryType.LEG_PERFORMED, "OBB", moved, NOON)
)


@given(entries)
def test_every_entry_sums_to_zero_in_every_currency(entry):
    assert set(entry.sums().values()) == {0}


@given(entries)
def test_a_reversal_brings_every_account_back(entry):
    back = entry.reversal(EntryType.INVOICE_CREDITED, at=NOON)

    together = entry.balances()
    for account, amount in back.balances().items():
        together[account] += amount
    assert set(together.values()) == {0}
    assert back.reverses == entry.key


@pytest.mark.parametrize("amount", [0, -1])
def test_a_posting_moves_more_than_nothing(amount):
    with pytest.raises(InvalidValue, match="moves more"):
        Posting("margin", "bank:SANDBOX", Money(amount, "USD"))


def test_a_posting_needs_two_accounts():
    with pytest.raises(InvalidValue, match="two accounts"):
        Posting("margin", "margin", Money(1, "USD"))


def invoice_of(*lines: tuple[str, int]) -> Invoice:
    charged = tuple(ChargeLine(CHARGES[code], 0, Money(cents, "USD")) for code, cents in lines)
    total = Money(sum(cents for _, cents in lines), "USD")
    rating = Rating("RT-1", "OBB", "seller", charged, total, (), NOON)
    return Invoice.issue(rating, "PRE", at=NOON)


def test_invariant_69_import_duty_and_tax_never_enter_revenue_accounts():
    invoice = invoice_of(("OFR", 64000), ("DTY", 9000), ("TAX", 7000))

    balances = books.invoice_issued(invoice).balances()

    revenue = sum(
        amount for (account, _), amount in balances.items() if account in books.REVENUE_ACCOUNTS
    )
    assert revenue == 64000
    assert balances[books.TAX_DISBURSEMENTS, "USD"] == 16000
    assert books.income_of(invoice.lines, "USD") == Money(64000, "USD")


def test_the_premium_passes_through_and_is_never_revenue():
    invoice = invoice_of(("OFR", 64000), ("INS", 14586))

    balances = books.invoice_issued(invoice).balances()

    assert balances[books.PREMIUM_PAYABLE, "USD"] == 14586
    assert balances[books.UNEARNED_FREIGHT, "USD"] == 64000


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_recognising_the_margin_empties_income_and_cost(income, cost):
    if income == cost == 0:
        return
    entry = books.margin_recognised("OBB", Money(income, "USD"), Money(cost, "USD"), at=NOON)

    balances = entry.balances()

    assert balances.get((books.UNEARNED_FREIGHT, "USD"), 0) == -income
    assert balances.get((books.CARRIAGE_COST, "USD"), 0) == cost
    assert balances.get((books.MARGIN, "USD"), 0) == income - cost


def test_transloading_cannot_be_charged_under_one_container():
    with pytest.raises(InvalidValue, match="container is not changed"):
        ChargeLine(CHARGES["TRL"], 1, Money(1, "USD"))
