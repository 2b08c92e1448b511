"""Liability: which regime applies to a loss, and how far it goes. Pure, over dated rows.

The default contract is a modified network system (FIATA FBL, UNCTAD/ICC Rules): a loss on a
known leg follows that leg's mandatory law where there is one; a loss on no known leg follows the
contract, whose limit is the sea's if any leg is by water. An unknown leg stays with the
operator: it recovers from nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from foundation.kernel.errors import InvalidValue, NotFound
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule, in_force, unverified
from services.insurance.domain.cover import InsuredLeg

_WATERBORNE: Final = frozenset({"VESSEL", "BARGE"})
_GRAMS_PER_KILOGRAM: Final = 1000
_GRAMS_PER_TONNE: Final = 1_000_000

CONTRACT_WITH_WATER: Final = "FBL"
CONTRACT_WITHOUT_WATER: Final = "FBL_WITHOUT_WATER"


@dataclass(frozen=True, slots=True)
class Regime:
    """One row of the table of limits.

    Attributes:
        regime: its short name, such as `CMC`.
        modes: the modes that it governs by itself; empty for a contract or a comparison.
        countries: where a leg must lie for that, both ends; empty for anywhere.
        sdr_per_package: in SDR; None where packages do not count.
        sdr_per_kilogram: in SDR; None where weight does not count.
        money_per_tonne: where the regime counts in a currency.
    """

    rule: Rule
    regime: str
    name: str
    modes: frozenset[str]
    countries: frozenset[str]
    sdr_per_package: Fraction | None
    sdr_per_kilogram: Fraction | None
    money_per_tonne: Money | None

    def governs(self, leg: InsuredLeg) -> bool:
        """Whether it is the mandatory law of a leg."""
        ends = {leg.departure.country, leg.arrival.country}
        return leg.mode in self.modes and (not self.countries or ends <= self.countries)


@dataclass(frozen=True, slots=True)
class Loss:
    """What was lost, all of it.

    Attributes:
        packages: enumerated on the bill; 0 where they are not, and then the container is one.
    """

    gross_weight_grams: int
    packages: int
    on: date

    def __post_init__(self) -> None:
        """Refuse a loss of nothing."""
        if self.gross_weight_grams <= 0 or self.packages < 0:
            raise InvalidValue(
                "LOSS_NOT_POSITIVE", "Say the gross weight of what was lost, above zero."
            )


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a regime goes: in SDR, in money, or without a limit (both None)."""

    regime: Regime
    sdr: Fraction | None
    money: Money | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator owes cargo, and what it recovers from the carrier of the leg."""

    owed: Limit
    recovered: Limit | None
    explanation: str
    unverified: tuple[Rule, ...]


def limit_of(regime: Regime, loss: Loss) -> Limit:
    """Answer the limit of a regime for a loss: per package or by weight, whichever is higher."""
    kilograms = Fraction(loss.gross_weight_grams, _GRAMS_PER_KILOGRAM)
    if regime.money_per_tonne is not None:
        rate = regime.money_per_tonne
        # Up to the minor unit in favour of who lost.
        amount = -(-rate.amount * loss.gross_weight_grams // _GRAMS_PER_TONNE)
        money = Money(amount, rate.currency)
        return Limit(regime, None, money, f"{_spell(kilograms)} kg at {rate} a tonne is {money}")
    packages = max(loss.packages, 1)
    by_package = regime.sdr_per_package and packages * regime.sdr_per_package
    by_weight = regime.sdr_per_kilogram and kilograms * regime.sdr_per_kilogram
    if by_package is None and by_weight is None:
        return Limit(regime, None, None, "no limit: the market value at destination is owed")
    parts = []
    if by_package is not None and regime.sdr_per_package is not None:
        parts.append(
            f"{packages} packages at {_spell(regime.sdr_per_package)} SDR is {_spell(by_package)}"
        )
    if by_weight is not None and regime.sdr_per_kilogram is not None:
        parts.append(
            f"{_spell(kilograms)} kg at {_spell(regime.sdr_per_kilogram)} SDR is "
            f"{_spell(by_weight)}"
        )
    return Limit(
        regime,
        max(value for value in (by_package, by_weight) if value is not None),
        None,
        "; ".join(parts) + ("; the higher counts" if len(parts) > 1 else ""),
    )


def answer(
    regimes: Sequence[Regime], legs: Sequence[InsuredLeg], leg_of_loss: int, loss: Loss
) -> Answer:
    """Say which regime applies, how far it goes, and what comes back from the leg's carrier.

    Raises:
        NotFound: LEG_NOT_FOUND, REGIME_MISSING.
    """
    rows = in_force(regimes, loss.on)
    contract = limit_of(_contract(rows, legs), loss)
    if leg_of_loss == 0:
        return Answer(
            contract,
            None,
            f"The leg is not known, so the contract answers ({contract.regime.name}): "
            f"{contract.explanation}. Nothing is recovered from a carrier.",
            unverified([contract.regime]),
        )
    leg = next((leg for leg in legs if leg.sequence == leg_of_loss), None)
    if leg is None:
        raise NotFound(
            "LEG_NOT_FOUND", f"There is no leg {leg_of_loss}.", leg_sequence=leg_of_loss
        )
    mandatory = next((row for row in rows if row.governs(leg)), None)
    if mandatory is None:
        return Answer(
            contract,
            contract,
            f"Leg {leg_of_loss} ({leg.mode}) has no mandatory law on record, so the contract "
            f"answers ({contract.regime.name}): {contract.explanation}. The carrier is held to "
            "the same.",
            unverified([contract.regime]),
        )
    limit = limit_of(mandatory, loss)
    return Answer(
        limit,
        limit,
        f"Leg {leg_of_loss} ({leg.mode}) is known and has its own law ({mandatory.name}): "
        f"{limit.explanation}. The same is recovered from its carrier.",
        unverified([mandatory]),
    )


def _contract(rows: Sequence[Regime], legs: Sequence[InsuredLeg]) -> Regime:
    by_water = any(leg.mode in _WATERBORNE for leg in legs)
    wanted = CONTRACT_WITH_WATER if by_water else CONTRACT_WITHOUT_WATER
    for row in rows:
        if row.regime == wanted:
            return row
    raise NotFound("REGIME_MISSING", f"There is no row {wanted} for that day.", regime=wanted)


def spell_sdr(amount: Fraction) -> str:
    """Write an amount of SDR with two decimals, rounded up in favour of who lost."""
    hundredths = -(-amount.numerator * 100 // amount.denominator)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _spell(amount: Fraction) -> str:
    text = f"{amount.numerator * 1000 // amount.denominator:04d}"
    whole, rest = text[:-3], text[-3:].rstrip("0")
    grouped = f"{int(whole):,}"
    return f"{grouped}.{rest}" if rest else grouped
