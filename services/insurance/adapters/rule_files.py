"""Reads `rules/*.toml` into the rows that the rules take as values."""

from fractions import Fraction
from pathlib import Path
from typing import Final

from foundation.kernel.money import Money
from foundation.runtime.rule_files import RuleEntry, read_rule_file
from services.insurance.application.ports import Rulebook
from services.insurance.domain.cover import (
    CargoClass,
    CoverRules,
    CoverTerms,
    OpenCover,
    PremiumRate,
)
from services.insurance.domain.endorsement import Reach
from services.insurance.domain.incident import NoticeRule
from services.insurance.domain.liability import Regime

RULES: Final = Path(__file__).parent.parent / "rules"


def load_rulebook(folder: Path = RULES) -> Rulebook:
    """Read every rule file of insurance.

    Raises:
        RuleFault: a row is incomplete or has a member nobody knows.
    """
    return Rulebook(
        cover=CoverRules(
            terms=[_terms(entry) for entry in read_rule_file(folder / "cover_terms.toml")],
            classes=[_class(entry) for entry in read_rule_file(folder / "cargo_classes.toml")],
            rates=[_rate(entry) for entry in read_rule_file(folder / "premium.toml")],
            open_covers=[_cover(entry) for entry in read_rule_file(folder / "open_covers.toml")],
        ),
        reach=[_reach(entry) for entry in read_rule_file(folder / "endorsements.toml")],
        notice=[_notice(entry) for entry in read_rule_file(folder / "notice.toml")],
        regimes=[_regime(entry) for entry in read_rule_file(folder / "liability.toml")],
    )


def _terms(entry: RuleEntry) -> CoverTerms:
    row = CoverTerms(
        rule=entry.rule,
        incoterms_rule=entry.text("incoterms_rule"),
        valuation_percent=entry.whole("valuation_percent"),
        clauses=entry.texts("clauses"),
        waterborne_clauses=entry.texts("waterborne_clauses"),
    )
    entry.end()
    return row


def _class(entry: RuleEntry) -> CargoClass:
    row = CargoClass(
        rule=entry.rule,
        hs_prefix=entry.text("hs_prefix"),
        cargo_class=entry.text("cargo_class"),
        is_covered=entry.flag("is_covered", default=True),
    )
    entry.end()
    return row


def _rate(entry: RuleEntry) -> PremiumRate:
    row = PremiumRate(
        rule=entry.rule,
        mode=entry.text("mode"),
        cargo_class=entry.text("cargo_class"),
        clause=entry.text("clause"),
        parts_per_million=entry.whole("parts_per_million"),
    )
    entry.end()
    return row


def _cover(entry: RuleEntry) -> OpenCover:
    currency = entry.text("currency")
    row = OpenCover(
        rule=entry.rule,
        reference=entry.text("reference"),
        insurer=entry.text("insurer"),
        limit=Money.of(entry.text("limit"), currency),
        least_premium=Money.of(entry.text("least_premium"), currency),
        claims_payable_at=entry.text("claims_payable_at"),
    )
    entry.end()
    return row


def _reach(entry: RuleEntry) -> Reach:
    row = Reach(rule=entry.rule, country=entry.text("country"))
    entry.end()
    return row


def _notice(entry: RuleEntry) -> NoticeRule:
    row = NoticeRule(rule=entry.rule, clock=entry.text("clock"), days=entry.whole("days"))
    entry.end()
    return row


def _regime(entry: RuleEntry) -> Regime:
    per_tonne = entry.text("money_per_tonne", "")
    row = Regime(
        rule=entry.rule,
        regime=entry.text("regime"),
        name=entry.text("name"),
        modes=frozenset(entry.texts("modes")),
        countries=frozenset(entry.texts("countries")),
        sdr_per_package=_sdr(entry.text("sdr_per_package", "")),
        sdr_per_kilogram=_sdr(entry.text("sdr_per_kilogram", "")),
        money_per_tonne=Money.of(per_tonne, entry.text("currency")) if per_tonne else None,
    )
    entry.end()
    return row


def _sdr(written: str) -> Fraction | None:
    return Fraction(written) if written else None
