"""What a change of destination costs: invoiced once to who asked, never taken from the journey."""

import asyncio

from onebill.common.v1 import common_pb2
from onebill.settlement.v1 import settlement_pb2
from onebill.settlement.v1 import settlement_service_pb2 as pb

from foundation.runtime.identity import on_behalf_of
from tests.integration.settlement.conftest import (
    BOOKING,
    LEGS,
    Settlement,
    new_request,
    refusal_of,
)

BILL, LATER = "OB3456734567345673", "OB4567456745674567"


def legs(delivery: str) -> list[pb.RatedLeg]:
    last = pb.RatedLeg()
    last.CopyFrom(LEGS[-1])
    last.arrival_un_location_code = delivery
    return [*LEGS[:-1], last]


def change(settlement: Settlement, bill: str = BILL, delivery: str = "SGSIN", **changes: object):
    fields = {
        "booking_reference": BOOKING,
        "transport_document_reference": bill,
        "payer_organisation": "buyer",
        "legs": legs(delivery),
        "containers": 1,
        "request_id": new_request(),
    }
    return settlement.worker.InvoiceChange(pb.InvoiceChangeRequest(**(fields | changes)))


async def pay(settlement: Settlement, number: str, request: str = ""):
    return await settlement.worker.PayInvoice(
        pb.PayInvoiceRequest(invoice_number=number, request_id=request or new_request()),
        metadata=on_behalf_of("buyer"),
    )


async def test_invariant_40_a_change_of_destination_has_its_price_and_its_own_invoice(
    settlement: Settlement,
) -> None:
    journey = await settlement.invoice()

    invoice = (await change(settlement)).invoice

    assert invoice.total == common_pb2.Money(amount=8_500, currency_code="USD")
    assert [line.charge_code for line in invoice.lines] == ["COD"]
    assert (invoice.payer_organisation, invoice.transport_document_reference) == ("buyer", BILL)
    assert invoice.invoice_number != journey.invoice_number


async def test_invariant_48_the_journey_keeps_its_one_invoice(settlement: Settlement) -> None:
    journey = await settlement.invoice()
    await change(settlement)

    answer = await settlement.worker.ListInvoices(
        pb.ListInvoicesRequest(booking_reference=BOOKING)
    )

    assert [one for one in answer.invoices if not one.transport_document_reference] == [journey]


async def test_it_is_invoiced_once_however_often_and_by_how_many_it_is_asked(
    settlement: Settlement,
) -> None:
    await settlement.invoice()

    answers = await asyncio.gather(*(change(settlement) for _ in range(4)))

    assert len({answer.invoice.invoice_number for answer in answers}) == 1
    assert await settlement.count("invoices") == 2
    assert (await settlement.balances())["receivable:buyer", "USD"] == -8_500


async def test_it_is_paid_once_and_by_who_asked(settlement: Settlement) -> None:
    await settlement.invoice()
    number = (await change(settlement)).invoice.invoice_number
    request = new_request()

    first = await pay(settlement, number, request)
    again = await pay(settlement, number, request)

    assert first == again
    assert first.invoice.state == settlement_pb2.INVOICE_STATE_PAID
    balances = await settlement.balances()
    assert balances["bank:SANDBOX", "USD"] == -8_500
    assert ("receivable:buyer", "USD") not in balances
    assert (
        await refusal_of(
            settlement.worker.GetInvoice(
                pb.GetInvoiceRequest(invoice_number=number), metadata=on_behalf_of("seller")
            )
        )
    ).reason == "INVOICE_NOT_FOUND"


async def test_what_it_brings_is_in_the_margin_and_the_journal_sums_to_zero(
    settlement: Settlement,
) -> None:
    journey = await settlement.invoice()
    await settlement.agree()
    await settlement.pay(journey.invoice_number)
    await pay(settlement, (await change(settlement)).invoice.invoice_number)
    await pay(settlement, (await change(settlement, LATER)).invoice.invoice_number)
    await settlement.pay_leg(2)
    await settlement.pay_leg(3)

    closed = await settlement.close()

    assert closed.margin == common_pb2.Money(amount=62_248 + 2 * 8_500, currency_code="USD")
    balances = await settlement.balances()
    assert ("unearned-freight", "USD") not in balances
    late = await refusal_of(change(settlement, "OB5678567856785678"))
    assert late.reason == "SETTLEMENT_CLOSED"


async def test_a_place_without_a_price_is_refused_and_nothing_is_written(
    settlement: Settlement,
) -> None:
    early = await refusal_of(change(settlement))
    await settlement.invoice()

    refused = await refusal_of(change(settlement, delivery="MYKUL"))

    assert (early.reason, refused.reason) == ("INVOICE_NOT_ISSUED", "TARIFF_MISSING")
    assert await settlement.count("invoices") == 1
