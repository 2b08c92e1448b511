"""A payment: written down before a rail is told, known by one reference for ever.

INTENDED is written first. Whoever finds it later asks the rail under the same reference before
anything else, so a lost answer never becomes a second payment.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from foundation.kernel.errors import WrongState
from foundation.kernel.money import Money


class Direction(StrEnum):
    """Which way the money goes."""

    COLLECT = "COLLECT"
    PAY_OUT = "PAY_OUT"


class PaymentState(StrEnum):
    """What is known of it."""

    INTENDED = "INTENDED"
    SETTLED = "SETTLED"
    REFUSED = "REFUSED"


# Every move there is: an answer of the rail is final.
TRANSITIONS: Final = {
    PaymentState.INTENDED: {PaymentState.SETTLED, PaymentState.REFUSED},
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rail's answer.

    Attributes:
        settled: whether the money moved.
        rail_reference: the rail's own reference of it.
        explanation: why not, where it did not.
    """

    settled: bool
    rail_reference: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """One order to one rail.

    Attributes:
        reference: ours; the rail keeps to one payment per reference.
        subject: what is paid: an invoice number, or a carrier's statement. At most one payment
            per subject is not REFUSED.
        request_id: the request that intended it.
    """

    reference: str
    subject: str
    booking_reference: str
    counterparty: str
    direction: Direction
    rail: str
    account: str
    amount: Money
    request_id: str
    intended_at: datetime
    state: PaymentState = PaymentState.INTENDED
    rail_reference: str = ""
    explanation: str = ""
    answered_at: datetime | None = None

    def answered(self, outcome: Outcome, *, at: datetime) -> Self:
        """Record the rail's answer; the same answer twice changes nothing."""
        target = PaymentState.SETTLED if outcome.settled else PaymentState.REFUSED
        if target is self.state:
            return self
        if target not in TRANSITIONS.get(self.state, set()):
            raise WrongState(
                "PAYMENT_ALREADY_ANSWERED",
                f"Payment {self.reference} is {self.state}; the rail now says {target}.",
                payment_reference=self.reference,
                state=self.state,
            )
        return replace(
            self,
            state=target,
            rail_reference=outcome.rail_reference,
            explanation=outcome.explanation,
            answered_at=at,
        )
