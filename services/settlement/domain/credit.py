"""Agreed credit: who may have the bill issued before the freight is paid, and up to how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from foundation.kernel.errors import NotAllowed
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule, in_force


@dataclass(frozen=True, slots=True)
class CreditAgreement:
    """One payer's agreement."""

    rule: Rule
    payer: str
    limit: Money


def check_credit(
    agreements: Sequence[CreditAgreement], payer: str, asked: Money, already: Money, on: date
) -> CreditAgreement:
    """Answer the agreement that covers `asked` on top of what is on credit already.

    Raises:
        NotAllowed: CREDIT_NOT_AGREED, CREDIT_LIMIT_EXCEEDED.
    """
    for agreement in in_force(agreements, on):
        if agreement.payer == payer and agreement.limit.currency == asked.currency:
            if (asked + already).is_at_most(agreement.limit):
                return agreement
            raise NotAllowed(
                "CREDIT_LIMIT_EXCEEDED",
                f"{asked} on top of {already} is more than the agreed credit of "
                f"{agreement.limit}.",
                limit=agreement.limit,
            )
    raise NotAllowed(
        "CREDIT_NOT_AGREED",
        f"No credit is agreed with {payer} in {asked.currency}; the freight is paid before the "
        "bill is issued.",
        payer=payer,
    )
