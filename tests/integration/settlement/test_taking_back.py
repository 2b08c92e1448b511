"""Compensation: what was agreed, issued or paid is taken back when a booking ends early."""

from onebill.settlement.v1 import settlement_pb2
from onebill.settlement.v1 import settlement_service_pb2 as pb

from tests.integration.settlement.conftest import (
    BOOKING,
    LEGS,
    Settlement,
    new_request,
    refusal_of,
)


async def release(settlement: Settlement):
    return await settlement.worker.ReleaseBuyRates(
        pb.ReleaseBuyRatesRequest(booking_reference=BOOKING, request_id=new_request())
    )


async def credit(settlement: Settlement, **more: str):
    return await settlement.worker.CreditInvoice(
        pb.CreditInvoiceRequest(reason="a carrier declined", request_id=new_request(), **more)
    )


async def test_agreed_rates_are_released_when_a_booking_ends(settlement: Settlement) -> None:
    await settlement.agree()

    released = await release(settlement)

    assert {payable.state for payable in released.payables} == {"REVERSED"}
    assert {p.state for p in (await release(settlement)).payables} == {"REVERSED"}


async def test_a_release_that_comes_first_refuses_the_late_agreement(
    settlement: Settlement,
) -> None:
    assert not (await release(settlement)).payables

    refusal = await refusal_of(
        settlement.worker.AgreeBuyRates(
            pb.AgreeBuyRatesRequest(
                booking_reference=BOOKING, legs=LEGS, containers=1, request_id=new_request()
            )
        )
    )

    assert refusal.reason == "BOOKING_ENDED"
    assert await settlement.count("payables") == 0


async def test_a_performed_leg_is_not_released(settlement: Settlement) -> None:
    await settlement.invoice()
    await settlement.agree()
    await settlement.pay_leg(2)

    refusal = await refusal_of(
        settlement.worker.ReleaseBuyRates(
            pb.ReleaseBuyRatesRequest(booking_reference=BOOKING, request_id=new_request())
        )
    )

    assert refusal.reason == "PAYABLE_WRONG_STATE"
    listed = await settlement.worker.ListPayables(pb.ListPayablesRequest())
    assert [payable.state for payable in listed.payables] == ["AGREED", "PAID", "AGREED", "AGREED"]


async def test_crediting_an_open_invoice_leaves_nothing_owed(settlement: Settlement) -> None:
    number = (await settlement.invoice()).invoice_number

    credited = await credit(settlement, invoice_number=number)

    assert credited.invoice.state == settlement_pb2.INVOICE_STATE_CREDITED
    assert await settlement.balances() == {}
    assert await settlement.entry_types() == ["INVOICE_ISSUED", "INVOICE_CREDITED"]


async def test_crediting_a_paid_invoice_pays_the_money_back(settlement: Settlement) -> None:
    number = (await settlement.invoice()).invoice_number
    await settlement.pay(number)

    credited = await credit(settlement, invoice_number=number)
    again = await credit(settlement, invoice_number=number)

    assert credited.invoice.state == settlement_pb2.INVOICE_STATE_CREDITED
    assert again == credited
    assert await settlement.balances() == {}
    assert (await settlement.entry_types())[-1] == "INVOICE_REFUNDED"


async def test_a_payment_under_way_is_brought_to_its_end_before_the_credit(
    settlement: Settlement,
) -> None:
    number = (await settlement.invoice()).invoice_number
    settlement.line.orders_lost.add(f"{number}-1")
    await refusal_of(
        settlement.worker.PayInvoice(
            pb.PayInvoiceRequest(invoice_number=number, request_id=new_request())
        )
    )
    settlement.line.orders_lost.clear()

    await credit(settlement, invoice_number=number)

    assert await settlement.balances() == {}


async def test_a_credit_by_booking_refuses_the_late_invoice(settlement: Settlement) -> None:
    rating = await settlement.rate()

    credited = await credit(settlement, booking_reference=BOOKING)
    assert not credited.HasField("invoice")

    refusal = await refusal_of(
        settlement.worker.IssueInvoice(
            pb.IssueInvoiceRequest(
                booking_reference=BOOKING,
                rating_reference=rating.rating_reference,
                payment_term="PRE",
                request_id=new_request(),
            )
        )
    )
    assert refusal.reason == "BOOKING_ENDED"
    assert await settlement.count("journal_entries") == 0
