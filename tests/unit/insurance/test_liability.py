"""The table of limits: a total loss of 18,000 kg in 20 enumerated packages."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.kernel.errors import InvalidValue, NotFound
from foundation.kernel.money import Money
from foundation.kernel.rules import in_force
from foundation.kernel.unlocode import UnLocode
from services.insurance.adapters.rule_files import load_rulebook
from services.insurance.domain.cover import InsuredLeg
from services.insurance.domain.liability import Loss, answer, limit_of, spell_sdr

TODAY = date(2026, 11, 23)
REGIMES = load_rulebook().regimes
LOSS = Loss(gross_weight_grams=18_000_000, packages=20, on=TODAY)


def leg(number: int, mode: str, departure: str, arrival: str) -> InsuredLeg:
    return InsuredLeg(number, mode, UnLocode(departure), UnLocode(arrival))


LEGS = [
    leg(1, "TRUCK", "CNCKG", "CNCKG"),
    leg(2, "RAIL", "CNCKG", "CNQZH"),
    leg(3, "VESSEL", "CNQZH", "SGSIN"),
    leg(4, "TRUCK", "SGSIN", "SGJUR"),
]


def regime(name: str, on: date = TODAY):
    (row,) = [row for row in in_force(REGIMES, on) if row.regime == name]
    return row


@pytest.mark.parametrize(
    ("name", "sdr"),
    [
        ("HAGUE-VISBY", 36_000),
        ("CMC-2025", 36_000),
        ("FBL", 36_000),
        ("FBL_WITHOUT_WATER", 149_940),
        ("CMR", 149_940),
        ("CIM", 306_000),
        ("MONTREAL", 468_000),
        ("MT-1980", 49_500),
        ("ROTTERDAM", 54_000),
    ],
)
def test_each_regime_has_its_limit_for_the_same_loss(name, sdr):
    assert limit_of(regime(name), LOSS).sdr == sdr


def test_domestic_rail_counts_in_yuan_a_tonne():
    assert limit_of(regime("CN-RAIL"), LOSS).money == Money.of("36000.00", "CNY")


def test_domestic_road_has_no_limit():
    limit = limit_of(regime("CN-ROAD"), LOSS)

    assert (limit.sdr, limit.money) == (None, None)


def test_packages_beat_weight_only_below_333_kilograms_each():
    light = Loss(gross_weight_grams=333_000, packages=1, on=TODAY)
    heavy = Loss(gross_weight_grams=334_000, packages=1, on=TODAY)

    assert limit_of(regime("FBL"), light).sdr == Fraction("666.67")
    assert limit_of(regime("FBL"), heavy).sdr == 668


def test_packages_not_enumerated_make_the_container_one_package():
    assert limit_of(regime("FBL"), Loss(1_000, 0, TODAY)).sdr == Fraction("666.67")


@given(st.integers(1, 30_000_000), st.integers(0, 1000), st.sampled_from(REGIMES))
def test_a_heavier_loss_never_has_a_lower_limit(grams, packages, row):
    lighter, heavier = (
        limit_of(row, Loss(weight, packages, TODAY)) for weight in (grams, 2 * grams)
    )

    if lighter.sdr is not None:
        assert heavier.sdr >= lighter.sdr
    if lighter.money is not None:
        assert heavier.money.amount >= lighter.money.amount


def test_invariant_44_an_unknown_leg_stays_with_the_operator_under_the_contract():
    found = answer(REGIMES, LEGS, 0, LOSS)

    assert found.owed.regime.regime == "FBL"
    assert spell_sdr(found.owed.sdr) == "36000.00"
    assert found.recovered is None


def test_a_contract_without_a_leg_by_water_has_the_higher_limit():
    assert answer(REGIMES, LEGS[:2], 0, LOSS).owed.regime.regime == "FBL_WITHOUT_WATER"


@pytest.mark.parametrize(
    ("number", "name"), [(1, "CN-ROAD"), (2, "CN-RAIL"), (3, "CMC-2025"), (4, "FBL")]
)
def test_a_known_leg_follows_its_own_law(number, name):
    found = answer(REGIMES, LEGS, number, LOSS)

    assert found.owed.regime.regime == name
    assert found.recovered is not None


def test_the_sea_leg_of_april_2026_still_follows_the_code_of_1992():
    found = answer(REGIMES, LEGS, 3, Loss(18_000_000, 20, date(2026, 4, 30)))

    assert found.owed.regime.regime == "CMC-1992"
    assert found.unverified == ()


def test_an_answer_on_an_unverified_row_says_so():
    (rule,) = answer(REGIMES, LEGS, 3, LOSS).unverified

    assert rule.key == "liability/cmc"
    assert "second-hand" in rule.note


def test_a_leg_that_is_not_there_is_refused():
    with pytest.raises(NotFound) as refused:
        answer(REGIMES, LEGS, 5, LOSS)
    assert refused.value.reason == "LEG_NOT_FOUND"


def test_a_loss_of_nothing_is_refused():
    with pytest.raises(InvalidValue) as refused:
        Loss(0, 1, TODAY)
    assert refused.value.reason == "LOSS_NOT_POSITIVE"


def test_sdr_is_rounded_up_to_the_hundredth():
    assert [spell_sdr(Fraction(1, 3)), spell_sdr(Fraction("666.67"))] == ["0.34", "666.67"]
