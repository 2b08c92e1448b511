"""Rating, issuing and crediting: the shipper's side of a booking."""

from dataclasses import dataclass
from datetime import datetime

from foundation.kernel.errors import Conflict, NotFound, WrongState
from foundation.kernel.money import Money
from services.settlement.application.ports import Books, Rulebook, Told
from services.settlement.domain import books as accounts
from services.settlement.domain.amending import lines_of_change
from services.settlement.domain.invoice import Invoice
from services.settlement.domain.journey import Journey
from services.settlement.domain.rating import Rating, rate


@dataclass(frozen=True, slots=True)
class Selling:
    """What the shipper is asked for."""

    rules: Rulebook

    async def rate(
        self,
        books: Books,
        journey: Journey,
        *,
        payer: str,
        premium: Money | None,
        currency: str,
        at: datetime,
    ) -> Rating:
        """Rate a journey by the tariff in force and keep the price with its lines."""
        await books.lock(journey.booking_reference)
        await refuse_ended(books, journey.booking_reference)
        rating = rate(
            self.rules.tariff,
            journey,
            reference=await books.next_rating_reference(journey.booking_reference),
            payer=payer,
            premium=premium,
            currency=currency,
            at=at,
        )
        await books.add_rating(rating)
        return rating

    async def issue(
        self,
        books: Books,
        booking_reference: str,
        rating_reference: str,
        payment_term: str,
        *,
        at: datetime,
    ) -> Invoice:
        """Issue the one invoice of a booking; a second one is refused (invariant 48)."""
        await books.lock(booking_reference)
        await refuse_ended(books, booking_reference)
        rating = await books.rating(rating_reference)
        if rating is None or rating.booking_reference != booking_reference:
            raise NotFound(
                "RATING_NOT_FOUND",
                f"There is no rating {rating_reference} of booking {booking_reference}.",
                rating_reference=rating_reference,
            )
        earlier = await books.invoice_of(booking_reference)
        if earlier is not None:
            raise Conflict(
                "INVOICE_EXISTS",
                f"Booking {booking_reference} has its one invoice: {earlier.number}.",
                invoice_number=earlier.number,
            )
        invoice = Invoice.issue(rating, payment_term, at=at)
        await books.add_invoice(invoice)
        await books.post(accounts.invoice_issued(invoice))
        books.tell(told_of(invoice, "invoice.issued", at))
        return invoice

    async def invoice_change(
        self,
        books: Books,
        after: Journey,
        transport_document_reference: str,
        payer: str,
        *,
        at: datetime,
    ) -> Invoice:
        """Invoice a change of destination, once per new bill; the same ever after.

        Raises:
            WrongState: INVOICE_NOT_ISSUED, SETTLEMENT_CLOSED, BOOKING_ENDED.
            NotFound: TARIFF_MISSING, CHANGE_FEE_MISSING.
        """
        booking_reference = after.booking_reference
        await books.lock(booking_reference)
        await refuse_ended(books, booking_reference)
        for earlier in await books.changes_of(booking_reference):
            if earlier.transport_document_reference == transport_document_reference:
                return earlier
        agreed = await books.invoice_of(booking_reference)
        if agreed is None:
            raise WrongState(
                "INVOICE_NOT_ISSUED",
                f"Booking {booking_reference} has no invoice for its journey yet.",
                booking_reference=booking_reference,
            )
        if await books.closure(booking_reference) is not None:
            raise WrongState(
                "SETTLEMENT_CLOSED",
                f"The settlement of booking {booking_reference} is closed.",
                booking_reference=booking_reference,
            )
        lines = lines_of_change(
            self.rules.tariff,
            self.rules.change_fees,
            agreed.lines,
            after,
            currency=agreed.total.currency,
            at=at,
        )
        invoice = Invoice.of_change(agreed, transport_document_reference, payer, lines, at=at)
        await books.add_invoice(invoice)
        await books.post(accounts.invoice_issued(invoice))
        books.tell(told_of(invoice, "invoice.issued", at))
        return invoice


async def refuse_ended(books: Books, booking_reference: str) -> None:
    """Refuse what comes after the end of a booking.

    Raises:
        WrongState: BOOKING_ENDED.
    """
    if await books.is_ended(booking_reference):
        raise WrongState(
            "BOOKING_ENDED",
            f"Booking {booking_reference} ended; nothing more is bought or sold for it.",
            booking_reference=booking_reference,
        )


def told_of(invoice: Invoice, what: str, at: datetime, **more: str) -> Told:
    """Say what happened to an invoice, for whoever follows the booking."""
    return Told(
        what,
        invoice.booking_reference,
        at,
        {
            "bookingReference": invoice.booking_reference,
            "invoiceNumber": invoice.number,
            "state": str(invoice.state),
            "amount": invoice.total.amount,
            "currencyCode": invoice.total.currency,
            **more,
        },
    )


async def invoice_to_change(books: Books, number: str) -> Invoice:
    """Answer an invoice under the lock of its booking.

    Raises:
        NotFound: INVOICE_NOT_FOUND.
    """
    seen = await books.invoice(number)
    if seen is None:
        raise NotFound(
            "INVOICE_NOT_FOUND", f"There is no invoice {number}.", invoice_number=number
        )
    await books.lock(seen.booking_reference)
    locked = await books.invoice(number)
    return locked or seen
