"""Tells a rail once, and asks for what is not known."""

from collections.abc import Mapping
from dataclasses import dataclass

from foundation.kernel.errors import InvalidValue, Unavailable
from services.settlement.application.ports import PaymentRail, RailSilent
from services.settlement.domain.payment import Outcome, Payment

AGREED_CREDIT = "AGREED_CREDIT"
"""No rail: the payer's agreed credit stands in for a payment."""


@dataclass(frozen=True, slots=True)
class Cashier:
    """Every rail there is, by name."""

    rails: Mapping[str, PaymentRail]
    default_rail: str

    def check_rail(self, name: str) -> str:
        """Answer the rail's name, the default one for none.

        Raises:
            InvalidValue: PAYMENT_RAIL_UNKNOWN.
        """
        if not name:
            return self.default_rail
        if name not in self.rails:
            raise InvalidValue(
                "PAYMENT_RAIL_UNKNOWN",
                f"{name!r} is no payment rail; there is {', '.join(sorted(self.rails))}.",
                payment_rail=name,
            )
        return name

    async def bring_about(self, payment: Payment, *, told_before: bool) -> Outcome:
        """Answer what became of a payment.

        A payment that may have been told before is asked for first. Only a rail that has never
        heard of the reference is told, and it keeps to one payment per reference in any case.

        Raises:
            Unavailable: PAYMENT_OUTCOME_UNKNOWN; the same request may be sent again.
        """
        rail = self.rails[payment.rail]
        try:
            known = await rail.ask(payment.reference) if told_before else None
            return known or await self._tell(rail, payment)
        except RailSilent as silent:
            raise Unavailable(
                "PAYMENT_OUTCOME_UNKNOWN",
                f"{rail.name} has not answered yet whether payment {payment.reference} was made; "
                "it will be asked again, and never told twice.",
                payment_reference=payment.reference,
            ) from silent

    async def _tell(self, rail: PaymentRail, payment: Payment) -> Outcome:
        try:
            return await rail.execute(payment)
        except RailSilent:
            known = await rail.ask(payment.reference)
            if known is None:
                # It may still be on its way; telling again is for the next request.
                raise
            return known
