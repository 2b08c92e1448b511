"""Cover: what attaches on each leg, the insured value, and the premium by dated rates.

All risks and strikes attach door to door; war attaches only while waterborne, from loading on
the sea vessel to discharge, so it is said per leg. Import of the words: Institute Cargo Clauses
(A), Institute Strikes Clauses, Institute War Clauses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from foundation.kernel.errors import InvalidValue, NotAllowed, NotFound
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule, in_force, unverified
from foundation.kernel.unlocode import UnLocode

MODES: Final = frozenset({"VESSEL", "RAIL", "TRUCK", "BARGE"})
LEGS_MAX: Final = 20
QUOTE_HOLDS: Final = timedelta(days=14)

# Who may be nobody's assured under a cargo cover: an insurer cannot recover from its own
# assured, and the operator is whom it recovers from (invariant 49).
POLICYHOLDER: Final = "operator"

_MILLION: Final = 1_000_000
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class InsuredLeg:
    """One leg as insurance needs it."""

    sequence: int
    mode: str
    departure: UnLocode
    arrival: UnLocode
    carrier: str = ""

    def __post_init__(self) -> None:
        """Check the mode."""
        if self.mode not in MODES:
            raise InvalidValue(
                "MODE_OF_TRANSPORT_UNKNOWN",
                f"{self.mode!r} is no mode of transport: VESSEL, RAIL, TRUCK or BARGE.",
                mode_of_transport=self.mode,
            )


@dataclass(frozen=True, slots=True)
class LegPerils:
    """What attaches on one leg."""

    leg_sequence: int
    mode: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverTerms:
    """What an Incoterms rule asks of the cover; the row for `*` holds for every other rule."""

    rule: Rule
    incoterms_rule: str
    valuation_percent: int
    clauses: tuple[str, ...]
    waterborne_clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CargoClass:
    """Goods by the first digits of their HS code; a class may be outside the open cover."""

    rule: Rule
    hs_prefix: str
    cargo_class: str
    is_covered: bool


@dataclass(frozen=True, slots=True)
class PremiumRate:
    """One clause on one mode for one class of goods, in parts per million of the insured value."""

    rule: Rule
    mode: str
    cargo_class: str
    clause: str
    parts_per_million: int


@dataclass(frozen=True, slots=True)
class OpenCover:
    """The operator's open cover in one currency.

    Attributes:
        insurer: who carries the risk and signs the certificate.
        limit: the most that is insured on one conveyance.
        least_premium: no certificate costs less.
    """

    rule: Rule
    reference: str
    insurer: str
    limit: Money
    least_premium: Money
    claims_payable_at: str


@dataclass(frozen=True, slots=True)
class CoverRules:
    """Every dated row behind a quote."""

    terms: Sequence[CoverTerms]
    classes: Sequence[CargoClass]
    rates: Sequence[PremiumRate]
    open_covers: Sequence[OpenCover]


@dataclass(frozen=True, slots=True)
class Quote:
    """One premium for all legs; never changed once made."""

    reference: str
    booking_reference: str
    assured: str
    insured_value: Money
    valuation_percent: int
    premium: Money
    perils: tuple[LegPerils, ...]
    valid_until: datetime
    unverified: tuple[Rule, ...]


def quote(
    rules: CoverRules,
    legs: Sequence[InsuredLeg],
    *,
    reference: str,
    booking_reference: str,
    commercial_value: Money,
    incoterms_rule: str,
    assured: str,
    hs_codes: Sequence[str],
    at: datetime,
) -> Quote:
    """Quote one premium for the whole journey.

    The insured value is rounded up to the minor unit, so that it is never below the percentage
    asked; so is the premium, once, over all legs.

    Raises:
        InvalidValue: LEGS_NOT_NUMBERED, VALUE_NOT_POSITIVE, INCOTERMS_RULE_FORM, HS_CODE_FORM.
        NotAllowed: OPERATOR_NOT_ASSURED, CARGO_NOT_COVERED.
        NotFound: COVER_CURRENCY_MISSING, PREMIUM_RATE_MISSING.
    """
    numbers = [leg.sequence for leg in legs]
    if not 1 <= len(numbers) <= LEGS_MAX or numbers != list(range(1, len(numbers) + 1)):
        raise InvalidValue(
            "LEGS_NOT_NUMBERED",
            f"Legs are numbered 1, 2, 3 and so on, {LEGS_MAX} at most.",
            legs=numbers,
        )
    if commercial_value.amount <= 0:
        raise InvalidValue(
            "VALUE_NOT_POSITIVE", f"Goods worth {commercial_value} cannot be insured."
        )
    if assured == POLICYHOLDER:
        raise NotAllowed(
            "OPERATOR_NOT_ASSURED",
            "The operator holds the policy for cargo interests and is never the assured.",
        )
    day = at.date()
    terms = _terms(rules, incoterms_rule, day)
    cover = open_cover(rules, commercial_value.currency, day)
    classes = _classes(rules, hs_codes, day)
    insured = Money(
        _rounded_up(commercial_value.amount * terms.valuation_percent, _PERCENT),
        commercial_value.currency,
    )
    perils = tuple(_perils(terms, leg) for leg in legs)
    rates = [
        _dearest(rules, leg.mode, classes, clause, day) for leg in perils for clause in leg.clauses
    ]
    owed = _rounded_up(insured.amount * sum(rate.parts_per_million for rate in rates), _MILLION)
    return Quote(
        reference=reference,
        booking_reference=booking_reference,
        assured=assured,
        insured_value=insured,
        valuation_percent=terms.valuation_percent,
        premium=Money(max(owed, cover.least_premium.amount), insured.currency),
        perils=perils,
        valid_until=at + QUOTE_HOLDS,
        unverified=unverified([terms, cover, *classes, *rates]),
    )


def open_cover(rules: CoverRules, currency: str, day: date) -> OpenCover:
    """Answer the open cover in force for a currency.

    Raises:
        NotFound: COVER_CURRENCY_MISSING.
    """
    for cover in in_force(rules.open_covers, day):
        if cover.limit.currency == currency:
            return cover
    raise NotFound(
        "COVER_CURRENCY_MISSING",
        f"There is no open cover in {currency} on {day}.",
        currency=currency,
    )


def _terms(rules: CoverRules, incoterms_rule: str, day: date) -> CoverTerms:
    if not (len(incoterms_rule) == 3 and incoterms_rule.isascii() and incoterms_rule.isupper()):  # noqa: PLR2004 - three letters
        raise InvalidValue(
            "INCOTERMS_RULE_FORM",
            f"{incoterms_rule!r} is no Incoterms rule: three capital letters, such as CIP.",
            incoterms_rule=incoterms_rule,
        )
    rows = {row.incoterms_rule: row for row in in_force(rules.terms, day)}
    found = rows.get(incoterms_rule, rows.get("*"))
    if found is None:
        raise NotFound(
            "COVER_TERMS_MISSING",
            f"There are no terms of cover for {incoterms_rule} on {day}.",
            incoterms_rule=incoterms_rule,
        )
    return found


def _classes(rules: CoverRules, hs_codes: Sequence[str], day: date) -> list[CargoClass]:
    """Answer the class of each HS code, by the longest prefix; refuse what is outside."""
    if not hs_codes:
        raise InvalidValue("HS_CODE_FORM", "Say at least one HS code of the goods.")
    found: dict[str, CargoClass] = {}
    for code in hs_codes:
        if not (4 <= len(code) <= 10 and code.isascii() and code.isdigit()):  # noqa: PLR2004 - heading to national line
            raise InvalidValue(
                "HS_CODE_FORM", f"{code!r} is no HS code: 4 to 10 digits.", hs_code=code
            )
        row = max(
            (row for row in in_force(rules.classes, day) if code.startswith(row.hs_prefix)),
            key=lambda row: len(row.hs_prefix),
        )
        if not row.is_covered:
            raise NotAllowed(
                "CARGO_NOT_COVERED",
                f"Goods of HS {code} ({row.cargo_class}) are outside the open cover.",
                hs_code=code,
            )
        found[row.cargo_class] = row
    return list(found.values())


def _perils(terms: CoverTerms, leg: InsuredLeg) -> LegPerils:
    waterborne = terms.waterborne_clauses if leg.mode == "VESSEL" else ()
    return LegPerils(leg.sequence, leg.mode, (*terms.clauses, *waterborne))


def _dearest(
    rules: CoverRules, mode: str, classes: Iterable[CargoClass], clause: str, day: date
) -> PremiumRate:
    """Answer the highest rate among the classes in the consignment."""
    wanted = {row.cargo_class for row in classes}
    rates = [
        rate
        for rate in in_force(rules.rates, day)
        if (rate.mode, rate.clause) == (mode, clause) and rate.cargo_class in wanted
    ]
    if {rate.cargo_class for rate in rates} != wanted:
        raise NotFound(
            "PREMIUM_RATE_MISSING",
            f"There is no rate for {clause} by {mode} on {day}.",
            clause=clause,
            mode_of_transport=mode,
        )
    return max(rates, key=lambda rate: rate.parts_per_million)


def _rounded_up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
