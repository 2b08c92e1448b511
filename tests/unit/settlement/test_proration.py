"""The pool is shared out to the cent, and the same inputs always give the same cents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money
from services.settlement.domain.proration import PoolPart, prorate


def part(leg: int, brings_in: int, fixed: int, weight: int) -> PoolPart:
    return PoolPart(leg, f"haulier-{leg}", Money(brings_in, "USD"), Money(fixed, "USD"), weight)


parts = st.lists(
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(1, 10**7)),
    min_size=1,
    max_size=12,
).map(
    # What is fixed is never more than what comes in.
    lambda rows: [
        part(leg, brings_in + fixed, fixed, weight)
        for leg, (brings_in, fixed, weight) in enumerate(rows, start=1)
    ]
)


@given(parts)
def test_the_shares_are_the_pool_exactly(pooled):
    shares = prorate("road", pooled)

    assert sum(share.amount.amount for share in shares) == sum(
        member.brings_in.amount for member in pooled
    )


@given(parts)
def test_no_share_is_a_cent_or_more_off_its_exact_value(pooled):
    weights = sum(member.weight for member in pooled)
    rest = sum(member.brings_in.amount - member.fixed.amount for member in pooled)

    for share in prorate("road", pooled):
        variable = share.amount.amount - share.part.fixed.amount
        assert abs(variable * weights - rest * share.part.weight) < weights


@given(parts)
def test_the_same_inputs_in_another_order_give_the_same_cents(pooled):
    forwards = {share.part.leg_sequence: share.amount for share in prorate("road", pooled)}
    backwards = {share.part.leg_sequence: share.amount for share in prorate("road", pooled[::-1])}

    assert forwards == backwards


def test_the_odd_cent_goes_to_the_largest_remainder():
    first, second, third = prorate(
        "road", [part(1, 34, 0, 1), part(2, 33, 0, 1), part(3, 33, 0, 1)]
    )

    assert [first.amount.amount, second.amount.amount, third.amount.amount] == [34, 33, 33]


def test_a_share_explains_itself_with_its_inputs():
    (first, _) = prorate("road", [part(1, 20500, 0, 45000), part(4, 22600, 6000, 28000)])

    assert first.amount == Money(22870, "USD")
    assert first.explanation == (
        "Share of pool road for leg 1: 0.00 USD fixed, plus (431.00 USD pool less 60.00 USD "
        "fixed) x 45000 of 73000 by weight, rounded by largest remainder, is 228.70 USD."
    )


def test_a_pool_smaller_than_its_fixed_amounts_is_refused():
    with pytest.raises(InvalidValue) as refused:
        prorate("road", [part(1, 10, 20, 1)])
    assert refused.value.reason == "POOL_TOO_SMALL"


def test_a_pool_without_weight_is_refused():
    with pytest.raises(InvalidValue) as refused:
        prorate("road", [part(1, 10, 0, 0)])
    assert refused.value.reason == "POOL_WEIGHTS"


def test_amounts_of_two_currencies_are_never_pooled():
    other = PoolPart(2, "haulier-2", Money(10, "CNY"), Money(0, "CNY"), 1)

    with pytest.raises(InvalidValue) as refused:
        prorate("road", [part(1, 10, 0, 1), other])
    assert refused.value.reason == "CURRENCIES_DIFFER"
