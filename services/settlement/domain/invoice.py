"""The invoice to the shipper: one per consignment for the agreed journey (invariant 48).

What a change of destination costs is invoiced to whoever asked for it, by an invoice of its own.

It is OPEN when issued. A payment told to a rail makes it PAYMENT_PENDING until the rail's answer
is known, then PAID, or what it was before. A payer with agreed credit may put it ON_CREDIT and
pay later. A booking that ends before its bill is issued has its invoice CREDITED, whole.
Later costs never change it: they are notes of their own.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from foundation.kernel.errors import InvalidValue, WrongState
from foundation.kernel.money import Money
from services.settlement.domain.charges import ChargeLine, total_of
from services.settlement.domain.rating import Rating

# Prepaid freight is due at once and payable within this time.
DUE_AFTER: Final = timedelta(days=7)


class InvoiceState(StrEnum):
    """Where an invoice stands."""

    OPEN = "OPEN"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    PAID = "PAID"
    CREDITED = "CREDITED"
    ON_CREDIT = "ON_CREDIT"


# Every move there is. CREDITED is terminal.
TRANSITIONS: Final = {
    InvoiceState.OPEN: {
        InvoiceState.PAYMENT_PENDING,
        InvoiceState.ON_CREDIT,
        InvoiceState.CREDITED,
    },
    InvoiceState.ON_CREDIT: {InvoiceState.PAYMENT_PENDING, InvoiceState.CREDITED},
    InvoiceState.PAYMENT_PENDING: {
        InvoiceState.PAID,
        InvoiceState.OPEN,
        InvoiceState.ON_CREDIT,
    },
    InvoiceState.PAID: {InvoiceState.CREDITED},
}


@dataclass(frozen=True, slots=True)
class Invoice:
    """One payer, one booking, one sum."""

    number: str
    booking_reference: str
    payer: str
    lines: tuple[ChargeLine, ...]
    total: Money
    payment_term: str
    issued_at: datetime
    due_at: datetime
    state: InvoiceState = InvoiceState.OPEN
    # What the state was before the payment that is pending now.
    was_on_credit: bool = False
    paid_at: datetime | None = None
    # The bill whose amendment it is for; empty: the booking's one invoice for the agreed journey.
    transport_document_reference: str = ""

    @classmethod
    def of_change(
        cls,
        agreed: "Invoice",
        transport_document_reference: str,
        payer: str,
        lines: tuple[ChargeLine, ...],
        *,
        at: datetime,
    ) -> Self:
        """Issue the invoice for what a new bill in another's place costs whoever asked for it."""
        return cls(
            number=f"{agreed.number}-{transport_document_reference}",
            booking_reference=agreed.booking_reference,
            payer=payer,
            lines=lines,
            total=total_of(lines, agreed.total.currency),
            payment_term=agreed.payment_term,
            issued_at=at,
            due_at=at + DUE_AFTER,
            transport_document_reference=transport_document_reference,
        )

    @classmethod
    def issue(cls, rating: Rating, payment_term: str, *, at: datetime) -> Self:
        """Issue the invoice of a rating.

        Raises:
            InvalidValue: PAYMENT_TERM_UNKNOWN, PAYMENT_TERM_NOT_PREPAID, INVOICE_WITHOUT_AMOUNT.
        """
        if payment_term not in {"PRE", "COL"}:
            raise InvalidValue(
                "PAYMENT_TERM_UNKNOWN",
                f"{payment_term!r} is no payment term: PRE or COL.",
                payment_term=payment_term,
            )
        if payment_term != "PRE":
            # The agreed journey is one prepaid settlement by the shipper; what is the
            # receiver's is invoiced to the receiver, and only what the bill's face allows.
            raise InvalidValue(
                "PAYMENT_TERM_NOT_PREPAID",
                "The agreed journey is settled once and prepaid; collect freight is not offered.",
                payment_term=payment_term,
            )
        if rating.total.amount <= 0:
            raise InvalidValue("INVOICE_WITHOUT_AMOUNT", "An invoice asks for more than nothing.")
        return cls(
            number=invoice_number(rating.booking_reference),
            booking_reference=rating.booking_reference,
            payer=rating.payer,
            lines=rating.lines,
            total=rating.total,
            payment_term=payment_term,
            issued_at=at,
            due_at=at + DUE_AFTER,
        )

    def put_on_credit(self) -> Self:
        """The payer's agreed credit covers it."""
        return self._to(InvoiceState.ON_CREDIT)

    def payment_told(self) -> Self:
        """A rail is about to be told to collect it."""
        on_credit = self.state is InvoiceState.ON_CREDIT
        return replace(self._to(InvoiceState.PAYMENT_PENDING), was_on_credit=on_credit)

    def paid(self, *, at: datetime) -> Self:
        """The rail collected it."""
        return replace(self._to(InvoiceState.PAID), paid_at=at)

    def payment_refused(self) -> Self:
        """The rail refused; it stands as before."""
        back = InvoiceState.ON_CREDIT if self.was_on_credit else InvoiceState.OPEN
        return self._to(back)

    def credited(self) -> Self:
        """Taken back whole."""
        return self._to(InvoiceState.CREDITED)

    def _to(self, target: InvoiceState) -> Self:
        if target not in TRANSITIONS.get(self.state, set()):
            raise WrongState(
                "INVOICE_WRONG_STATE",
                f"Invoice {self.number} is {self.state} and cannot become {target}.",
                invoice_number=self.number,
                state=self.state,
            )
        return replace(self, state=target)


def invoice_number(booking_reference: str) -> str:
    """Name the one invoice of a booking."""
    return f"INV-{booking_reference}"
