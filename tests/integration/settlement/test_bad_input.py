"""What cannot be right is refused with a reason, and leaves every table as it was."""

import pytest
from onebill.common.v1 import common_pb2
from onebill.settlement.v1 import settlement_service_pb2 as pb

from tests.integration.settlement.conftest import (
    BOOKING,
    LEGS,
    Settlement,
    new_request,
    refusal_of,
)

TABLES = [
    "ratings",
    "invoices",
    "payables",
    "payments",
    "closures",
    "journal_entries",
    "journal_lines",
    "outbox",
    "ended_bookings",
    "sandbox_bank_payments",
]


def rating_request(**changes: object) -> pb.RateBookingRequest:
    request = pb.RateBookingRequest(
        booking_reference=BOOKING,
        legs=LEGS,
        premium=common_pb2.Money(amount=100, currency_code="USD"),
        payer_organisation="seller",
        containers=1,
        request_id=new_request(),
    )
    for name, value in changes.items():
        request.ClearField(name)
        if isinstance(value, common_pb2.Money):
            getattr(request, name).CopyFrom(value)
        elif isinstance(value, list):
            getattr(request, name).extend(value)
        else:
            setattr(request, name, value)
    return request


def leg(**changes: object) -> pb.RatedLeg:
    changed = pb.RatedLeg()
    changed.CopyFrom(LEGS[0])
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"premium": common_pb2.Money(amount=-1, currency_code="USD")}, "AMOUNT_NEGATIVE"),
        ({"premium": common_pb2.Money(amount=1, currency_code="XDR")}, "CURRENCY_UNKNOWN"),
        ({"premium": common_pb2.Money(amount=1, currency_code="EUR")}, "PREMIUM_CURRENCY"),
        ({"currency_code": "XAU"}, "CURRENCY_UNKNOWN"),
        ({"currency_code": "EUR"}, "TARIFF_MISSING"),
        ({"containers": 0}, "CONTAINERS_OUT_OF_RANGE"),
        ({"legs": []}, "LEGS_NOT_NUMBERED"),
        ({"legs": [leg(leg_sequence=2)]}, "LEGS_NOT_NUMBERED"),
        ({"legs": [leg(mode_of_transport="SHIP")]}, "MODE_OF_TRANSPORT_UNKNOWN"),
        ({"legs": [leg(arrival_un_location_code="CHONGQING")]}, "UN_LOCATION_CODE_FORM"),
        ({"booking_reference": "OBB"}, "BOOKING_REFERENCE_FORM"),
        ({"payer_organisation": "The Seller"}, "ORGANISATION_FORM"),
        ({"request_id": "1"}, "REQUEST_ID_FORM"),
    ],
)
async def test_a_rating_that_cannot_be_right_leaves_no_trace(
    settlement: Settlement, changes: dict[str, object], reason: str
) -> None:
    refusal = await refusal_of(settlement.worker.RateBooking(rating_request(**changes)))

    assert refusal.reason == reason
    assert {table: await settlement.count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)


async def test_the_same_id_with_another_body_is_refused(settlement: Settlement) -> None:
    request = rating_request()
    await settlement.worker.RateBooking(request)
    request.containers = 2

    refusal = await refusal_of(settlement.worker.RateBooking(request))

    assert refusal.reason == "REQUEST_ID_REUSED"
    assert await settlement.count("ratings") == 1


@pytest.mark.parametrize(
    ("term", "reason"), [("COL", "PAYMENT_TERM_NOT_PREPAID"), ("", "PAYMENT_TERM_UNKNOWN")]
)
async def test_only_prepaid_journeys_are_invoiced(
    settlement: Settlement, term: str, reason: str
) -> None:
    rating = await settlement.rate()

    refusal = await refusal_of(
        settlement.worker.IssueInvoice(
            pb.IssueInvoiceRequest(
                booking_reference=BOOKING,
                rating_reference=rating.rating_reference,
                payment_term=term,
                request_id=new_request(),
            )
        )
    )

    assert refusal.reason == reason
    assert await settlement.count("journal_entries") == 0


async def test_an_unknown_rail_is_refused_before_anything_is_written(
    settlement: Settlement,
) -> None:
    number = (await settlement.invoice()).invoice_number

    refusal = await refusal_of(
        settlement.worker.PayInvoice(
            pb.PayInvoiceRequest(
                invoice_number=number, payment_rail="E-CNY", request_id=new_request()
            )
        )
    )

    assert refusal.reason == "PAYMENT_RAIL_UNKNOWN"
    assert await settlement.count("payments") == 0


async def test_a_pooled_leg_is_not_paid_before_the_close(settlement: Settlement) -> None:
    await settlement.invoice()
    await settlement.agree()

    refusal = await refusal_of(
        settlement.worker.PayCarrier(
            pb.PayCarrierRequest(
                booking_reference=BOOKING,
                leg_sequence=1,
                event_id="event-1",
                request_id=new_request(),
            )
        )
    )

    assert refusal.reason == "PAID_AT_CLOSE"
    assert await settlement.count("payments") == 0


async def test_no_carrier_is_paid_without_an_event_that_shows_the_performance(
    settlement: Settlement,
) -> None:
    await settlement.invoice()
    await settlement.agree()

    refusal = await refusal_of(
        settlement.worker.PayCarrier(
            pb.PayCarrierRequest(
                booking_reference=BOOKING, leg_sequence=2, request_id=new_request()
            )
        )
    )

    assert refusal.reason == "MEMBER_MISSING"


async def test_a_booking_that_bought_nothing_cannot_be_closed(settlement: Settlement) -> None:
    refusal = await refusal_of(
        settlement.worker.CloseSettlement(
            pb.CloseSettlementRequest(booking_reference=BOOKING, request_id=new_request())
        )
    )

    assert refusal.reason == "SETTLEMENT_NOT_FOUND"


async def test_a_page_token_of_somebody_else_is_refused(settlement: Settlement) -> None:
    refusal = await refusal_of(
        settlement.worker.ListInvoices(pb.ListInvoicesRequest(page_token="abc"))
    )

    assert refusal.reason == "PAGE_TOKEN_INVALID"
