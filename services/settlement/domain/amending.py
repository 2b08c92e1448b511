"""What an amended bill costs whoever asked for it: the change of destination (invariant 40).

A fee per container, and for each leg what the published freight to the new place is above the
freight that was agreed. What would be cheaper gives nothing back: the journey's price was agreed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation.kernel.errors import NotFound
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule, in_force
from services.settlement.domain.charges import ChargeLine
from services.settlement.domain.journey import Journey
from services.settlement.domain.rating import Tariff, rate


@dataclass(frozen=True, slots=True)
class ChangeFee:
    """The fee for a change of destination, per container."""

    rule: Rule
    charge_code: str
    amount: Money


def lines_of_change(
    tariff: Tariff,
    fees: Sequence[ChangeFee],
    agreed: Sequence[ChargeLine],
    after: Journey,
    *,
    currency: str,
    at: datetime,
) -> tuple[ChargeLine, ...]:
    """Write the lines that a change of destination is invoiced with.

    Args:
        tariff: the published prices.
        fees: what a change costs by itself.
        agreed: the lines of the journey's one invoice.
        after: the journey as it is to be.
        currency: of the journey's invoice.
        at: when it is rated.

    Raises:
        NotFound: TARIFF_MISSING, CHANGE_FEE_MISSING.
    """
    fee = next((row for row in in_force(fees, at.date()) if row.amount.currency == currency), None)
    if fee is None:
        raise NotFound(
            "CHANGE_FEE_MISSING", f"We have no price in {currency} for a change of destination."
        )
    lines = [
        ChargeLine(
            tariff.charges[fee.charge_code],
            0,
            Money(fee.amount.amount * after.containers, currency),
        )
    ]
    paid = {(line.charge.code, line.leg_sequence): line.amount for line in agreed}
    rated = rate(tariff, after, reference="", payer="", premium=None, currency=currency, at=at)
    for line in rated.lines:
        more = line.amount - paid.get((line.charge.code, line.leg_sequence), Money.zero(currency))
        if line.leg_sequence and more.amount > 0:
            lines.append(ChargeLine(line.charge, line.leg_sequence, more))
    return tuple(lines)
