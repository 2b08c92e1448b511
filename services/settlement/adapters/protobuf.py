"""From protobuf to the rules' values, and back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2
from onebill.settlement.v1 import settlement_pb2, settlement_service_pb2

from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money
from foundation.kernel.references import check_booking_reference
from foundation.kernel.rules import Rule
from foundation.kernel.unlocode import UnLocode
from services.settlement.adapters.journal_pages import CurrencyBalance, WrittenEntry
from services.settlement.domain.buying import Payable
from services.settlement.domain.charges import ChargeLine, Nature
from services.settlement.domain.invoice import Invoice
from services.settlement.domain.journey import Journey, Leg
from services.settlement.domain.rating import Rating

_PAGE_SIZE: Final = 50
_PAGE_SIZE_MAX: Final = 200


def journey(
    booking_reference: str, legs: Sequence[settlement_service_pb2.RatedLeg], containers: int
) -> Journey:
    """Read a journey."""
    return Journey(
        booking_reference=check_booking_reference(booking_reference),
        legs=[
            Leg(
                sequence=leg.leg_sequence,
                mode=leg.mode_of_transport,
                carrier=leg.carrier_organisation,
                departure=UnLocode(leg.departure_un_location_code),
                arrival=UnLocode(leg.arrival_un_location_code),
            )
            for leg in legs
        ],
        containers=containers,
    )


def premium(request: settlement_service_pb2.RateBookingRequest) -> Money | None:
    """Read the premium, if there is one."""
    if not request.HasField("premium"):
        return None
    return Money(request.premium.amount, request.premium.currency_code).not_negative("premium")


def required(text: str, what: str) -> str:
    """Answer a text that must be there.

    Raises:
        InvalidValue: MEMBER_MISSING.
    """
    if not text:
        raise InvalidValue("MEMBER_MISSING", f"{what} is missing.", member=what)
    return text


def page(page_size: int, page_token: str) -> tuple[int, int | None]:
    """Read how many rows are asked for, and after which place in the list.

    Raises:
        InvalidValue: PAGE_TOKEN_INVALID.
    """
    if page_token and not (page_token.isascii() and page_token.isdigit()):
        raise InvalidValue(
            "PAGE_TOKEN_INVALID", "Send the next_page_token of the last answer, or none."
        )
    size = _PAGE_SIZE if page_size <= 0 else min(page_size, _PAGE_SIZE_MAX)
    return size, int(page_token) if page_token else None


def next_page(places: Sequence[int], size: int) -> str:
    """Answer the token of the next page; empty at the end."""
    return str(places[-1]) if len(places) == size else ""


def rating_to_proto(rating: Rating) -> settlement_pb2.Rating:
    """Write a rating."""
    return settlement_pb2.Rating(
        rating_reference=rating.reference,
        booking_reference=rating.booking_reference,
        lines=[_line(line) for line in rating.lines],
        total=money(rating.total),
        unverified_rules=[_unverified(rule) for rule in rating.unverified],
    )


def invoice_to_proto(invoice: Invoice) -> settlement_pb2.Invoice:
    """Write an invoice."""
    return settlement_pb2.Invoice(
        invoice_number=invoice.number,
        booking_reference=invoice.booking_reference,
        payer_organisation=invoice.payer,
        lines=[_line(line) for line in invoice.lines],
        total=money(invoice.total),
        state=settlement_pb2.InvoiceState.Value(f"INVOICE_STATE_{invoice.state}"),
        issued_at=_stamp(invoice.issued_at),
        due_at=_stamp(invoice.due_at),
        paid_at=_stamp(invoice.paid_at),
        payment_term=invoice.payment_term,
        transport_document_reference=invoice.transport_document_reference,
    )


def payable_to_proto(payable: Payable) -> settlement_pb2.CarrierPayable:
    """Write a payable."""
    return settlement_pb2.CarrierPayable(
        payable_reference=payable.reference,
        booking_reference=payable.booking_reference,
        leg_sequence=payable.leg_sequence,
        carrier_organisation=payable.carrier,
        amount=money(payable.amount),
        basis=payable.basis,
        state=payable.state,
        explanation=payable.explanation,
        due_at=_stamp(payable.due_at),
        paid_at=_stamp(payable.paid_at),
    )


def entry_to_proto(entry: WrittenEntry) -> settlement_pb2.JournalEntry:
    """Write a journal entry."""
    return settlement_pb2.JournalEntry(
        entry_number=entry.number,
        entry_type=entry.entry_type,
        booking_reference=entry.booking_reference,
        postings=[
            settlement_pb2.Posting(
                source=posting.source,
                destination=posting.destination,
                amount=money(posting.amount),
            )
            for posting in entry.postings
        ],
        posted_at=_stamp(entry.posted_at),
        reverses=entry.reverses,
    )


def balance_to_proto(balance: CurrencyBalance) -> settlement_pb2.TrialBalanceLine:
    """Write one currency of the trial balance."""
    return settlement_pb2.TrialBalanceLine(
        currency_code=balance.currency,
        sum_of_debits=balance.debits,
        sum_of_credits=balance.credits,
        difference=balance.credits - balance.debits,
        accounts=[
            settlement_pb2.AccountBalance(account=account, balance=money(amount))
            for account, amount in balance.accounts
        ],
    )


def money(amount: Money) -> common_pb2.Money:
    """Write an amount."""
    return common_pb2.Money(amount=amount.amount, currency_code=amount.currency)


def _line(line: ChargeLine) -> settlement_pb2.ChargeLine:
    return settlement_pb2.ChargeLine(
        charge_code=line.charge.code,
        charge_name=line.charge.name_en,
        leg_sequence=line.leg_sequence,
        amount=money(line.amount),
        is_pass_through=line.charge.nature is Nature.PASS_THROUGH,
        vat_class=line.charge.vat_class,
    )


def _unverified(rule: Rule) -> common_pb2.UnverifiedRule:
    return common_pb2.UnverifiedRule(rule=rule.key, note=rule.note)


def _stamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp
