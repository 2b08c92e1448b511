"""Claims: the certificate holder's to make, with an interest in the goods (invariant 50).

Whoever possesses the bill holds the blank-endorsed certificate. When a bill is surrendered its
possession goes to the carrier; the certificate does not: it stays with the title holder who
surrendered. An event is no condition, and neither is the leg: both are findings.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from foundation.kernel.errors import InvalidValue, NotAllowed
from foundation.kernel.money import Money
from services.insurance.domain.certificate import Certificate
from services.insurance.domain.cover import POLICYHOLDER

EXPLANATION_MAX: Final = 2000

# An interest shows in the record of the bill: the right to demand the goods, or having sold
# them while still holding the bill. A bank or an agent that only holds it has none of its own.
_INTEREST: Final = frozenset({"TITLE_HOLDER", "SHIPPER"})
_SURRENDERED: Final = frozenset({"FORMER_POSSESSOR", "TITLE_HOLDER"})


class ClaimState(StrEnum):
    """Where a claim stands."""

    NOTIFIED = "NOTIFIED"
    SURVEYED = "SURVEYED"
    ADJUSTED = "ADJUSTED"
    PAID = "PAID"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim on one certificate."""

    reference: str
    certificate_number: str
    booking_reference: str
    claimant: str
    amount: Money
    explanation: str
    incident_reference: str
    state: ClaimState = ClaimState.NOTIFIED


def claim_reference(certificate: Certificate, number: int) -> str:
    """Name the certificate's claim."""
    return f"CL-{certificate.booking_reference}-{number}"


def open_claim(
    certificate: Certificate,
    *,
    reference: str,
    claimant: str,
    roles: frozenset[str],
    amount: Money,
    explanation: str,
    incident_reference: str,
) -> Claim:
    """Open a claim.

    Raises:
        NotAllowed: NOT_CERTIFICATE_HOLDER, NO_INSURABLE_INTEREST.
        InvalidValue: CLAIM_NOT_POSITIVE, CLAIM_CURRENCY, CLAIM_OVER_INSURED_VALUE,
            EXPLANATION_MISSING.
    """
    if "POSSESSOR" not in roles and not roles >= _SURRENDERED:
        raise NotAllowed(
            "NOT_CERTIFICATE_HOLDER",
            f"{claimant} does not hold certificate {certificate.number}; who possesses the bill "
            "does.",
            certificate_number=certificate.number,
        )
    if claimant == POLICYHOLDER or not roles & _INTEREST:
        raise NotAllowed(
            "NO_INSURABLE_INTEREST",
            f"{claimant} holds certificate {certificate.number} for somebody else and has no "
            "interest in the goods of its own.",
            certificate_number=certificate.number,
        )
    if amount.amount <= 0:
        raise InvalidValue("CLAIM_NOT_POSITIVE", f"A claim asks for more than {amount}.")
    if amount.currency != certificate.insured_value.currency:
        raise InvalidValue(
            "CLAIM_CURRENCY",
            f"The cover is in {certificate.insured_value.currency}, the claim in "
            f"{amount.currency}.",
        )
    if not amount.is_at_most(certificate.insured_value):
        raise InvalidValue(
            "CLAIM_OVER_INSURED_VALUE",
            f"{amount} is more than the insured value, {certificate.insured_value}.",
        )
    if not 0 < len(explanation) <= EXPLANATION_MAX:
        raise InvalidValue(
            "EXPLANATION_MISSING", f"Say in 1 to {EXPLANATION_MAX} characters what is claimed."
        )
    return Claim(
        reference=reference,
        certificate_number=certificate.number,
        booking_reference=certificate.booking_reference,
        claimant=claimant,
        amount=amount,
        explanation=explanation,
        incident_reference=incident_reference,
    )
