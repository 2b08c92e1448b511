"""Charge codes: what a line of an invoice is for, and where its money goes.

Our own list, after UN/CEFACT Recommendation 23 (GB/T 17152) and DCSA's free `chargeCode`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule


class Nature(StrEnum):
    """Whose money a charge is."""

    REVENUE = "REVENUE"
    # Somebody else's price, collected and handed on unchanged: the insurance premium.
    PASS_THROUGH = "PASS_THROUGH"  # noqa: S105 - no password
    # An authority's money: import duty and tax, never revenue (invariant 69).
    DISBURSEMENT = "DISBURSEMENT"


@dataclass(frozen=True, slots=True)
class ChargeCode:
    """One row of the charge code list.

    Attributes:
        code: ours, such as `OFR`.
        rec23: the code of UN/CEFACT Recommendation 23; empty while not mapped.
        dcsa: what DCSA messages carry as `chargeCode`.
        name_en: in English.
        name_zh: in Chinese.
        vat_class: the tax class of the line, judged per line and never for the whole bill.
        nature: whose money it is.
        must_be_zero: true for what may never happen under one container, such as transloading.
    """

    rule: Rule
    code: str
    rec23: str
    dcsa: str
    name_en: str
    name_zh: str
    vat_class: str
    nature: Nature
    must_be_zero: bool = False


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One line of a rating or an invoice.

    Attributes:
        leg_sequence: the leg it is for; 0 for the journey as a whole.
    """

    charge: ChargeCode
    leg_sequence: int
    amount: Money

    def __post_init__(self) -> None:
        """Refuse a negative line, and a charge that one container rules out."""
        self.amount.not_negative(self.charge.name_en)
        if self.charge.must_be_zero and self.amount.amount != 0:
            raise InvalidValue(
                "CHARGE_AGAINST_ONE_CONTAINER",
                f"{self.charge.name_en} cannot be charged: the container is not changed on the "
                "way.",
                charge_code=self.charge.code,
            )


class ChargeCodes:
    """The list, by code."""

    def __init__(self, rows: Iterable[ChargeCode]) -> None:
        self._rows = {row.code: row for row in rows}

    def __getitem__(self, code: str) -> ChargeCode:
        """Answer a row of the list.

        Raises:
            InvalidValue: CHARGE_CODE_UNKNOWN.
        """
        if code not in self._rows:
            raise InvalidValue(
                "CHARGE_CODE_UNKNOWN",
                f"{code!r} is not on the list of charge codes.",
                charge_code=code,
            )
        return self._rows[code]


def total_of(lines: Iterable[ChargeLine], currency: str) -> Money:
    """Add the lines up.

    Raises:
        InvalidValue: CURRENCIES_DIFFER.
    """
    total = Money.zero(currency)
    for line in lines:
        total += line.amount
    return total


INSURANCE_PREMIUM = "INS"
