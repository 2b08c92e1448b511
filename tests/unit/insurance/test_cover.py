"""The premium of the story, the perils of each leg, and what no cover is given for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.kernel.errors import DomainError
from foundation.kernel.money import Money
from foundation.kernel.references import make_booking_reference
from foundation.kernel.unlocode import UnLocode
from services.insurance.adapters.rule_files import load_rulebook
from services.insurance.domain.cover import InsuredLeg, open_cover, quote
from services.insurance.domain.declaration import Declaration, DeclarationState

BOOKING = make_booking_reference(lambda count: bytes(range(count)))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = load_rulebook().cover
MACHINERY = Money.of("120000.00", "USD")


def leg(number: int, mode: str, departure: str, arrival: str) -> InsuredLeg:
    return InsuredLeg(number, mode, UnLocode(departure), UnLocode(arrival))


LEGS = [
    leg(1, "TRUCK", "CNCKG", "CNCKG"),
    leg(2, "RAIL", "CNCKG", "CNQZH"),
    leg(3, "VESSEL", "CNQZH", "SGSIN"),
    leg(4, "TRUCK", "SGSIN", "SGJUR"),
]


def quoted(**changes: object):
    asked = {
        "legs": LEGS,
        "commercial_value": MACHINERY,
        "incoterms_rule": "CIP",
        "assured": "seller",
        "hs_codes": ["847989"],
        "at": NOON,
    } | changes
    return quote(RULES, reference="QT-1", booking_reference=BOOKING, **asked)


def test_the_story_is_insured_for_110_percent_at_one_premium():
    made = quoted()

    assert made.insured_value == Money.of("132000.00", "USD")
    # 132,000.00 at 1,105 parts per million.
    assert made.premium == Money.of("145.86", "USD")


def test_war_attaches_only_while_waterborne():
    assert [(leg.leg_sequence, leg.clauses) for leg in quoted().perils] == [
        (1, ("ICC_A", "STRIKES")),
        (2, ("ICC_A", "STRIKES")),
        (3, ("ICC_A", "STRIKES", "WAR")),
        (4, ("ICC_A", "STRIKES")),
    ]


@given(st.integers(1, 10**12))
def test_invariant_49_the_insured_value_is_never_below_110_percent(cents):
    insured = quoted(commercial_value=Money(cents, "USD")).insured_value.amount

    assert insured * 100 >= cents * 110
    assert (insured - 1) * 100 < cents * 110


def test_the_dearest_class_in_the_container_sets_the_premium():
    assert quoted(hs_codes=["847989", "701337"]).premium.amount > quoted().premium.amount


def test_no_certificate_is_cheaper_than_the_least_premium():
    assert quoted(commercial_value=Money.of("10.00", "USD")).premium == Money.of("25.00", "USD")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"assured": "operator"}, "OPERATOR_NOT_ASSURED"),
        ({"commercial_value": Money(0, "USD")}, "VALUE_NOT_POSITIVE"),
        ({"commercial_value": Money(-1, "USD")}, "VALUE_NOT_POSITIVE"),
        ({"commercial_value": Money(100, "EUR")}, "COVER_CURRENCY_MISSING"),
        ({"incoterms_rule": "cip"}, "INCOTERMS_RULE_FORM"),
        ({"hs_codes": []}, "HS_CODE_FORM"),
        ({"hs_codes": ["machinery"]}, "HS_CODE_FORM"),
        ({"hs_codes": ["711319"]}, "CARGO_NOT_COVERED"),
        ({"legs": LEGS[1:]}, "LEGS_NOT_NUMBERED"),
        ({"legs": []}, "LEGS_NOT_NUMBERED"),
    ],
)
def test_what_cannot_be_insured_is_refused(changes, reason):
    with pytest.raises(DomainError) as refused:
        quoted(**changes)
    assert refused.value.reason == reason


def test_a_value_over_the_limit_per_conveyance_is_refused():
    made = quoted(commercial_value=Money.of("4545454.55", "USD"))
    cover = open_cover(RULES, "USD", NOON.date())

    with pytest.raises(DomainError) as refused:
        Declaration.declare(made, cover, at=NOON)
    assert refused.value.reason == "INSURED_VALUE_OVER_LIMIT"

    at_the_limit = quoted(commercial_value=Money.of("4545454.54", "USD"))
    assert Declaration.declare(at_the_limit, cover, at=NOON).state is DeclarationState.DECLARED


def test_an_expired_quote_is_not_declared():
    made = quoted()

    with pytest.raises(DomainError) as refused:
        Declaration.declare(
            made, open_cover(RULES, "USD", NOON.date()), at=NOON + timedelta(days=14, seconds=1)
        )
    assert refused.value.reason == "QUOTE_EXPIRED"


@pytest.mark.parametrize(
    ("state", "move"),
    [("CANCELLED", "certified"), ("CERTIFIED", "certified"), ("CERTIFIED", "cancelled")],
)
def test_cover_that_attached_or_ended_does_not_move(state, move):
    declaration = Declaration.declare(quoted(), open_cover(RULES, "USD", NOON.date()), at=NOON)

    with pytest.raises(DomainError) as refused:
        getattr(replace(declaration, state=DeclarationState(state)), move)()
    assert refused.value.reason == "DECLARATION_WRONG_STATE"
