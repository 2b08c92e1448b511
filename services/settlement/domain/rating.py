"""Rating: what the journey costs the shipper, by the tariff rows in force on that day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from foundation.kernel.errors import InvalidValue, NotFound
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule, in_force, unverified
from services.settlement.domain.charges import (
    INSURANCE_PREMIUM,
    ChargeCodes,
    ChargeLine,
    total_of,
)
from services.settlement.domain.journey import Journey, Lane, Leg


@dataclass(frozen=True, slots=True)
class TariffRow:
    """One published price.

    Attributes:
        lane: where it applies; None for a price of the whole journey.
        per_container: whether it counts once per container, or once.
        is_freight: a leg without a row of this kind has no price.
    """

    rule: Rule
    charge_code: str
    lane: Lane | None
    amount: Money
    per_container: bool
    is_freight: bool


@dataclass(frozen=True, slots=True)
class Rating:
    """A price with its lines; never changed once made."""

    reference: str
    booking_reference: str
    payer: str
    lines: tuple[ChargeLine, ...]
    total: Money
    unverified: tuple[Rule, ...]
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class Tariff:
    """Every published price, and what the codes mean."""

    charges: ChargeCodes
    rows: Sequence[TariffRow]


def rate(
    tariff: Tariff,
    journey: Journey,
    *,
    reference: str,
    payer: str,
    premium: Money | None,
    currency: str,
    at: datetime,
) -> Rating:
    """Rate a journey. The premium is another's price and passes through unchanged.

    Raises:
        NotFound: TARIFF_MISSING, naming the leg.
        InvalidValue: CURRENCY_UNKNOWN, PREMIUM_CURRENCY.
    """
    # A slip in the currency is told apart from a price that we do not have.
    Money.zero(currency)
    rows = [row for row in in_force(tariff.rows, at.date()) if row.amount.currency == currency]
    used: list[TariffRow] = []
    lines: list[ChargeLine] = []
    for leg in journey.legs:
        for row in _rows_of(leg, rows, at.date(), currency):
            used.append(row)
            lines.append(_line(tariff.charges, row, leg.sequence, journey.containers))
    for row in (row for row in rows if row.lane is None):
        used.append(row)
        lines.append(_line(tariff.charges, row, 0, journey.containers))
    if premium is not None and premium.amount != 0:
        if premium.currency != currency:
            raise InvalidValue(
                "PREMIUM_CURRENCY",
                f"The premium is in {premium.currency} and the price in {currency}.",
                premium_currency=premium.currency,
                currency=currency,
            )
        lines.append(ChargeLine(tariff.charges[INSURANCE_PREMIUM], 0, premium))
    return Rating(
        reference=reference,
        booking_reference=journey.booking_reference,
        payer=payer,
        lines=tuple(lines),
        total=total_of(lines, currency),
        unverified=unverified(used),
        rated_at=at,
    )


def _rows_of(leg: Leg, rows: Sequence[TariffRow], day: date, currency: str) -> list[TariffRow]:
    """Answer the narrowest row of each charge for the leg."""
    narrowest: dict[str, tuple[int, TariffRow]] = {}
    for row in rows:
        narrowness = row.lane.narrowness(leg) if row.lane else 0
        if narrowness > narrowest.get(row.charge_code, (0, row))[0]:
            narrowest[row.charge_code] = (narrowness, row)
    found = [row for _, row in narrowest.values()]
    if not any(row.is_freight for row in found):
        raise NotFound(
            "TARIFF_MISSING",
            f"We have no price in {currency} on {day} for leg {leg.sequence}, {leg.mode} from "
            f"{leg.departure} to {leg.arrival}.",
            leg_sequence=leg.sequence,
            mode_of_transport=leg.mode,
            currency=currency,
        )
    return found


def _line(charges: ChargeCodes, row: TariffRow, leg_sequence: int, containers: int) -> ChargeLine:
    count = containers if row.per_container else 1
    amount = Money(row.amount.amount * count, row.amount.currency)
    return ChargeLine(charges[row.charge_code], leg_sequence, amount)
