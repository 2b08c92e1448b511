"""The price of the story, line by line, and what has no price."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from foundation.kernel.errors import InvalidValue, NotAllowed, NotFound
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule
from services.settlement.adapters.rule_files import load_rulebook
from services.settlement.domain.buying import agree
from services.settlement.domain.credit import check_credit
from services.settlement.domain.exchange import exchange
from services.settlement.domain.journey import Journey, Lane
from services.settlement.domain.rating import rate
from tests.unit.settlement.story import BOOKING, JOURNEY, LEGS, leg

RULES = load_rulebook()
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PREMIUM = Money.of("145.86", "USD")


def rated(journey: Journey = JOURNEY, premium: Money | None = PREMIUM, currency: str = "USD"):
    return rate(
        RULES.tariff,
        journey,
        reference="RT-1",
        payer="seller",
        premium=premium,
        currency=currency,
        at=NOON,
    )


def test_the_story_costs_2530_dollars_and_the_premium():
    rating = rated()

    assert [(line.charge.code, line.leg_sequence, str(line.amount)) for line in rating.lines] == [
        ("DRY", 1, "260.00 USD"),
        ("RFR", 2, "980.00 USD"),
        ("OFR", 3, "640.00 USD"),
        ("LSS", 3, "45.00 USD"),
        ("THO", 3, "120.00 USD"),
        ("THD", 3, "150.00 USD"),
        ("DRY", 4, "280.00 USD"),
        ("DOC", 0, "55.00 USD"),
        ("INS", 0, "145.86 USD"),
    ]
    assert rating.total == Money.of("2675.86", "USD")


def test_a_price_per_container_counts_every_container():
    one = rated(premium=None).total
    three = rated(replace(JOURNEY, containers=3), premium=None).total

    documentation = Money.of("55.00", "USD")
    assert three - documentation == Money(3 * (one - documentation).amount, "USD")


def test_demonstration_prices_say_so():
    assert {rule.key for rule in rated().unverified} >= {"tariff/rail-cn", "tariff/ocean-cn-sg"}


def test_a_leg_without_a_price_is_named():
    air = Journey(BOOKING, [leg(1, "VESSEL", "line-beibu", "SGSIN", "NLRTM")], 1)

    with pytest.raises(NotFound) as refused:
        rated(air)
    assert refused.value.reason == "TARIFF_MISSING"
    assert "leg 1, VESSEL from SGSIN to NLRTM" in refused.value.message


def test_a_premium_in_another_currency_is_refused():
    with pytest.raises(InvalidValue) as refused:
        rated(premium=Money(100, "CNY"))
    assert refused.value.reason == "PREMIUM_CURRENCY"


def test_legs_that_do_not_count_from_one_are_refused():
    with pytest.raises(InvalidValue) as refused:
        Journey(BOOKING, LEGS[1:], 1)
    assert refused.value.reason == "LEGS_NOT_NUMBERED"


def test_no_container_is_no_journey():
    with pytest.raises(InvalidValue) as refused:
        Journey(BOOKING, LEGS, 0)
    assert refused.value.reason == "CONTAINERS_OUT_OF_RANGE"


def test_the_narrower_lane_wins():
    lanes = [Lane("RAIL", "CN", "CN"), Lane("RAIL", "CNCKG", "CN"), Lane("RAIL", "CNCKG", "CNQZH")]

    assert [lane.narrowness(LEGS[1]) for lane in lanes] == [2, 3, 4]
    assert Lane("RAIL", "CNCKG", "SG").narrowness(LEGS[1]) == 0


def test_each_carrier_is_bought_or_pooled_to_the_cent():
    payables = agree(RULES.purchases, JOURNEY, NOON.date())

    assert [(p.carrier, str(p.amount), p.basis.value, p.terms.value) for p in payables] == [
        ("haulier-chongqing", "228.70 USD", "POOL_SHARE", "ON_STATEMENT"),
        ("rail-chongqing", "5,600.00 CNY", "BUY_RATE", "AT_ACCEPTANCE_OF_LOAD"),
        ("line-beibu", "690.00 USD", "BUY_RATE", "BEFORE_MASTER_RELEASE"),
        ("haulier-singapore", "202.30 USD", "POOL_SHARE", "ON_STATEMENT"),
    ]
    assert all("(demonstration value)" in payable.explanation for payable in payables)


def test_a_carrier_without_an_agreed_rate_is_named():
    unknown = Journey(BOOKING, [leg(1, "RAIL", "rail-elsewhere", "CNCKG", "CNQZH")], 1)

    with pytest.raises(NotFound) as refused:
        agree(RULES.purchases, unknown, NOON.date())
    assert refused.value.reason == "BUY_RATE_MISSING"


def test_the_rail_leg_is_worth_dollars_by_the_rate_of_the_day():
    fen = Money.of("5600.00", "CNY")

    assert exchange(RULES.exchange_rates, fen, "USD", date(2026, 11, 23)).worth == Money.of(
        "786.52", "USD"
    )
    assert exchange(RULES.exchange_rates, fen, "USD", date(2026, 6, 30)).worth == Money.of(
        "777.78", "USD"
    )


def test_an_exchange_without_a_rate_is_refused():
    with pytest.raises(NotFound) as refused:
        exchange(RULES.exchange_rates, Money(1, "EUR"), "USD", date(2026, 11, 23))
    assert refused.value.reason == "EXCHANGE_RATE_MISSING"


def test_credit_covers_up_to_its_limit_and_only_whom_it_was_agreed_with():
    asked = Money.of("2675.86", "USD")

    assert check_credit(RULES.credit, "seller", asked, Money(0, "USD"), NOON.date())
    with pytest.raises(NotAllowed) as over:
        check_credit(RULES.credit, "seller", asked, Money.of("49000", "USD"), NOON.date())
    assert over.value.reason == "CREDIT_LIMIT_EXCEEDED"
    with pytest.raises(NotAllowed) as stranger:
        check_credit(RULES.credit, "buyer", asked, Money(0, "USD"), NOON.date())
    assert stranger.value.reason == "CREDIT_NOT_AGREED"


def test_a_rule_holds_from_its_first_to_its_last_day():
    rule = Rule("x/y", date(2026, 1, 1), date(2026, 1, 31), "source", verified=True)

    assert [rule.holds_on(date(2026, 1, day)) for day in (1, 31)] == [True, True]
    assert not rule.holds_on(date(2025, 12, 31))
    assert not rule.holds_on(date(2026, 2, 1))
