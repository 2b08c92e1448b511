"""The SANDBOX bank: it moves no money and says so in every answer.

It has books of its own, keyed by our payment reference, in transactions of its own: what it
answered once it answers for ever. An account that begins with `SANDBOX-EMPTY` has no money.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import text

from foundation.runtime.database import Database
from foundation.runtime.identity import OPERATOR
from services.settlement.domain.payment import Direction, Outcome, Payment

SANDBOX: Final = "SANDBOX"
_EMPTY: Final = "SANDBOX-EMPTY"

_ASK: Final = text(
    "SELECT settled, sandbox_reference, explanation FROM sandbox_bank_payments "
    "WHERE payment_reference = :reference"
)
_BOOK: Final = text(
    "INSERT INTO sandbox_bank_payments (payment_reference, direction, account, currency_code, "
    "amount, settled, sandbox_reference, explanation) VALUES (:reference, :direction, :account, "
    ":currency, :amount, :settled, :sandbox_reference, :explanation) ON CONFLICT DO NOTHING"
)


async def _reachable(_: str) -> None:
    """The line to a sandbox is always up."""


class SandboxBank:
    """A PaymentRail that only writes down.

    Args:
        database: where its books lie.
        hears: called with the payment reference before it books an order or answers a question;
            a test raises RailSilent here for an order that never arrived.
        answers: called after it has booked; a test raises RailSilent here for a lost answer.
    """

    def __init__(
        self,
        database: Database,
        *,
        hears: Callable[[str], Awaitable[None]] = _reachable,
        answers: Callable[[str], Awaitable[None]] = _reachable,
    ) -> None:
        self._database = database
        self._hears = hears
        self._answers = answers

    @property
    def name(self) -> str:
        """What accounts and answers call it."""
        return SANDBOX

    async def execute(self, payment: Payment) -> Outcome:
        """Book the payment, or answer what was booked under its reference before."""
        await self._hears(payment.reference)
        collected_from_nothing = payment.direction is Direction.COLLECT and (
            payment.account.startswith(_EMPTY)
        )
        async with self._database.transaction(OPERATOR) as transaction:
            await transaction.connection.execute(
                _BOOK,
                {
                    "reference": payment.reference,
                    "direction": payment.direction,
                    "account": payment.account,
                    "currency": payment.amount.currency,
                    "amount": payment.amount.amount,
                    "settled": not collected_from_nothing,
                    "sandbox_reference": _sandbox_reference(payment.reference),
                    "explanation": f"the SANDBOX account {payment.account} has no money."
                    if collected_from_nothing
                    else "",
                },
            )
        outcome = await self._booked(payment.reference)
        if outcome is None:
            raise RuntimeError("the SANDBOX bank lost what it has just booked")
        await self._answers(payment.reference)
        return outcome

    async def ask(self, payment_reference: str) -> Outcome | None:
        """Answer what was booked under a reference; None if nothing was."""
        await self._hears(payment_reference)
        return await self._booked(payment_reference)

    async def _booked(self, reference: str) -> Outcome | None:
        async with self._database.reading(OPERATOR) as transaction:
            found = await transaction.connection.execute(_ASK, {"reference": reference})
            row = found.one_or_none()
        if row is None:
            return None
        return Outcome(row.settled, row.sandbox_reference, row.explanation)


def _sandbox_reference(payment_reference: str) -> str:
    return f"{SANDBOX}-{hashlib.sha256(payment_reference.encode()).hexdigest()[:16].upper()}"
