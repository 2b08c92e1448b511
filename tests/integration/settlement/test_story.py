"""The money of the story, from the price to the closed books."""

from onebill.common.v1 import common_pb2
from onebill.settlement.v1 import settlement_pb2
from onebill.settlement.v1 import settlement_service_pb2 as pb

from foundation.runtime.identity import on_behalf_of
from tests.integration.settlement.conftest import (
    BOOKING,
    Settlement,
    new_request,
    refusal_of,
)


async def test_one_journey_settles_to_the_cent_and_the_journal_sums_to_zero(
    settlement: Settlement,
) -> None:
    invoice = await settlement.invoice()
    assert invoice.invoice_number == f"INV-{BOOKING}"
    assert invoice.total == common_pb2.Money(amount=267586, currency_code="USD")
    await settlement.agree()

    paid = await settlement.pay(invoice.invoice_number)
    assert paid.invoice.state == settlement_pb2.INVOICE_STATE_PAID
    assert paid.payment_reference.startswith("SANDBOX-")

    rail = (await settlement.pay_leg(2)).payable
    assert (rail.state, rail.amount.amount, rail.amount.currency_code) == ("PAID", 560000, "CNY")
    assert (
        "At 1 USD = 7.1200 CNY (exchange_rates/usd-cny) it costs 786.52 USD." in rail.explanation
    )
    ocean = (await settlement.pay_leg(3)).payable
    assert (ocean.state, ocean.amount.amount) == ("PAID", 69000)

    closed = await settlement.close()
    assert [(p.leg_sequence, p.state, p.amount.amount) for p in closed.payables] == [
        (1, "PAID", 22870),
        (2, "PAID", 560000),
        (3, "PAID", 69000),
        (4, "PAID", 20230),
    ]
    # 2,530.00 of freight less 786.52 rail, 690.00 ocean and the pool's 431.00.
    assert closed.margin == common_pb2.Money(amount=62248, currency_code="USD")

    assert await settlement.balances() == {
        ("bank:SANDBOX", "CNY"): 560000,
        ("bank:SANDBOX", "USD"): -267586 + 69000 + 43100,
        ("exchange:CNY", "CNY"): -560000,
        ("exchange:USD", "USD"): 78652,
        ("margin", "USD"): 62248,
        ("premium-payable", "USD"): 14586,
    }
    assert await settlement.entry_types() == [
        "INVOICE_ISSUED",
        "INVOICE_PAID",
        "LEG_PERFORMED",
        "CARRIER_PAID",
        "LEG_PERFORMED",
        "CARRIER_PAID",
        "POOL_PRORATED",
        "CARRIER_PAID",
        "CARRIER_PAID",
        "MARGIN_RECOGNISED",
    ]


async def test_the_facts_of_a_settlement_are_told_in_order(settlement: Settlement) -> None:
    invoice = await settlement.invoice()
    await settlement.agree()
    await settlement.pay(invoice.invoice_number)
    await settlement.close()

    told = []
    stream = settlement.stub(part="listener").WatchEvents(pb.WatchEventsRequest())
    async for answer in stream:
        told += [(event.type, event.subject) for event in answer.events]
        if told[-1][0] == "onebill.settlement.settlement.closed.v1":
            break
    stream.cancel()

    kinds = [kind.removeprefix("onebill.settlement.").removesuffix(".v1") for kind, _ in told]
    assert kinds[:2] == ["invoice.issued", "invoice.paid"]
    assert kinds.count("carrier.paid") == 4
    assert kinds[-1] == "settlement.closed"
    assert {subject for _, subject in told} == {BOOKING}


async def test_invariant_48_one_booking_has_one_invoice(settlement: Settlement) -> None:
    invoice = await settlement.invoice()
    rating = await settlement.rate()

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

    assert refusal.reason == "INVOICE_EXISTS"
    assert refusal.metadata["invoice_number"] == invoice.invoice_number
    assert await settlement.count("invoices") == 1
    assert await settlement.entry_types() == ["INVOICE_ISSUED"]


async def test_the_bill_may_be_issued_on_agreed_credit_and_paid_later(
    settlement: Settlement,
) -> None:
    invoice = await settlement.invoice()

    on_credit = await settlement.pay(invoice.invoice_number, payment_rail="AGREED_CREDIT")
    assert on_credit.invoice.state == settlement_pb2.INVOICE_STATE_ON_CREDIT
    assert await settlement.entry_types() == ["INVOICE_ISSUED"]

    paid = await settlement.pay(invoice.invoice_number)
    assert paid.invoice.state == settlement_pb2.INVOICE_STATE_PAID


async def test_an_unpaid_invoice_does_not_stop_the_carriers_from_being_paid(
    settlement: Settlement,
) -> None:
    invoice = await settlement.invoice()
    await settlement.agree()
    await settlement.pay(invoice.invoice_number, payment_rail="AGREED_CREDIT")

    closed = await settlement.close()

    assert {payable.state for payable in closed.payables} == {"PAID"}
    assert (await settlement.balances())["receivable:seller", "USD"] == -267586


async def test_a_page_of_the_journal_leads_to_the_next(settlement: Settlement) -> None:
    invoice = await settlement.invoice()
    await settlement.pay(invoice.invoice_number)

    first = await settlement.worker.ListJournalEntries(pb.ListJournalEntriesRequest(page_size=1))
    second = await settlement.worker.ListJournalEntries(
        pb.ListJournalEntriesRequest(page_size=1, page_token=first.next_page_token)
    )

    assert first.entries[0].entry_type == "INVOICE_ISSUED"
    assert second.entries[0].entry_type == "INVOICE_PAID"
    assert [(p.source, p.destination) for p in second.entries[0].postings] == [
        ("bank:SANDBOX", "receivable:seller")
    ]


async def test_the_payer_finds_its_invoice(settlement: Settlement) -> None:
    invoice = await settlement.invoice()
    rest = settlement.stub(part="gateway-rest")

    listed = await rest.ListInvoices(
        pb.ListInvoicesRequest(), metadata=on_behalf_of("seller", ["invoices:read"])
    )
    one = await rest.GetInvoice(
        pb.GetInvoiceRequest(invoice_number=invoice.invoice_number),
        metadata=on_behalf_of("seller", ["invoices:read"]),
    )

    assert list(listed.invoices) == [invoice]
    assert one.invoice == invoice
