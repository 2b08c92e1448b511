"""Nothing is paid twice: not by a repeat, not by a lost answer, not after a crash."""

import asyncio
import uuid

import grpc
import pytest
from onebill.settlement.v1 import settlement_pb2
from onebill.settlement.v1 import settlement_service_pb2 as pb
from sqlalchemy import text

from foundation.kernel.errors import Unavailable
from foundation.runtime.identity import on_behalf_of
from tests.integration.settlement.conftest import (
    BOOKING,
    OTHER_BOOKING,
    Settlement,
    new_request,
    refusal_of,
)


async def bank_books(settlement: Settlement) -> list[str]:
    """The references under which the sandbox bank has moved money."""
    async with settlement.running.database.reading("operator") as transaction:
        found = await transaction.connection.execute(
            text(
                "SELECT payment_reference FROM sandbox_bank_payments WHERE settled "
                "ORDER BY payment_reference"
            )
        )
        return list(found.scalars())


async def test_a_repeat_gets_the_first_answer(settlement: Settlement) -> None:
    number = (await settlement.invoice()).invoice_number
    request_id = new_request()

    first = await settlement.pay(number, request_id)
    again = await settlement.pay(number, request_id)

    assert again == first
    assert await bank_books(settlement) == [f"{number}-1"]


async def test_another_request_for_a_paid_invoice_pays_nothing(settlement: Settlement) -> None:
    number = (await settlement.invoice()).invoice_number

    first = await settlement.pay(number)
    other = await settlement.pay(number)

    assert other == first
    assert await bank_books(settlement) == [f"{number}-1"]


async def test_a_lost_answer_is_asked_for(settlement: Settlement) -> None:
    number = (await settlement.invoice()).invoice_number
    settlement.line.answers_lost.add(f"{number}-1")

    paid = await settlement.pay(number)

    assert paid.invoice.state == settlement_pb2.INVOICE_STATE_PAID
    assert await bank_books(settlement) == [f"{number}-1"]


async def test_an_unknown_outcome_leaves_the_invoice_pending_until_the_bank_answers(
    settlement: Settlement,
) -> None:
    number = (await settlement.invoice()).invoice_number
    settlement.line.orders_lost.add(f"{number}-1")
    request_id = new_request()

    refusal = await refusal_of(
        settlement.worker.PayInvoice(
            pb.PayInvoiceRequest(invoice_number=number, request_id=request_id)
        )
    )
    assert isinstance(refusal, Unavailable)
    assert refusal.reason == "PAYMENT_OUTCOME_UNKNOWN"
    pending = await settlement.worker.GetInvoice(pb.GetInvoiceRequest(invoice_number=number))
    assert pending.invoice.state == settlement_pb2.INVOICE_STATE_PAYMENT_PENDING
    assert await bank_books(settlement) == []

    settlement.line.orders_lost.clear()
    paid = await settlement.worker.PayInvoice(
        pb.PayInvoiceRequest(invoice_number=number, request_id=request_id)
    )

    assert paid.invoice.state == settlement_pb2.INVOICE_STATE_PAID
    assert await bank_books(settlement) == [f"{number}-1"]
    assert (await settlement.entry_types()).count("INVOICE_PAID") == 1


@pytest.mark.parametrize("asks_again", ["the same request", "another request"])
@pytest.mark.parametrize(("dies_when_bank", "booked"), [("hears", 0), ("answers", 1)])
async def test_a_crash_between_intent_and_answer_never_pays_twice(
    settlement: Settlement, dies_when_bank: str, booked: int, asks_again: str
) -> None:
    number = (await settlement.invoice()).invoice_number
    request_id = new_request()
    settlement.line.dies_when_bank = dies_when_bank
    with pytest.raises(grpc.aio.AioRpcError) as fault:
        await settlement.pay(number, request_id)
    assert fault.value.code() is grpc.StatusCode.INTERNAL
    assert len(await bank_books(settlement)) == booked
    assert await settlement.entry_types() == ["INVOICE_ISSUED"]
    settlement.line.dies_when_bank = ""

    paid = await settlement.pay(
        number, request_id if asks_again == "the same request" else new_request()
    )

    assert paid.invoice.state == settlement_pb2.INVOICE_STATE_PAID
    assert await bank_books(settlement) == [f"{number}-1"]
    assert await settlement.entry_types() == ["INVOICE_ISSUED", "INVOICE_PAID"]


async def test_ten_requests_at_once_pay_once(settlement: Settlement) -> None:
    number = (await settlement.invoice()).invoice_number

    answers = await asyncio.gather(*(settlement.pay(number) for _ in range(10)))

    assert len({answer.payment_reference for answer in answers}) == 1
    assert await bank_books(settlement) == [f"{number}-1"]
    assert (await settlement.entry_types()).count("INVOICE_PAID") == 1


async def test_a_request_id_names_its_first_body_before_any_money_moves(
    settlement: Settlement,
) -> None:
    first = (await settlement.invoice()).invoice_number
    second = (await settlement.invoice(OTHER_BOOKING)).invoice_number
    request_id = new_request()
    await settlement.pay(first, request_id)

    refusal = await refusal_of(
        settlement.worker.PayInvoice(
            pb.PayInvoiceRequest(invoice_number=second, request_id=request_id),
            metadata=on_behalf_of("seller"),
        )
    )

    assert refusal.reason == "REQUEST_ID_REUSED"
    assert await bank_books(settlement) == [f"{first}-1"]


async def test_an_account_without_money_leaves_the_invoice_as_it_was(
    settlement: Settlement,
) -> None:
    number = (await settlement.invoice()).invoice_number
    request_id = new_request()

    for _ in range(2):
        refusal = await refusal_of(
            settlement.worker.PayInvoice(
                pb.PayInvoiceRequest(
                    invoice_number=number,
                    payer_account="SANDBOX-EMPTY-1",
                    request_id=request_id,
                )
            )
        )
        assert refusal.reason == "PAYMENT_REFUSED"
    invoice = await settlement.worker.GetInvoice(pb.GetInvoiceRequest(invoice_number=number))
    assert invoice.invoice.state == settlement_pb2.INVOICE_STATE_OPEN
    assert await settlement.entry_types() == ["INVOICE_ISSUED"]

    paid = await settlement.pay(number)
    assert paid.invoice.state == settlement_pb2.INVOICE_STATE_PAID


async def test_a_carrier_is_paid_once_however_often_it_is_asked(settlement: Settlement) -> None:
    await settlement.invoice()
    await settlement.agree()
    request_id = new_request()

    answers = [
        await settlement.pay_leg(2, request_id),
        await settlement.pay_leg(2, request_id),
        await settlement.pay_leg(2),
        *await asyncio.gather(*(settlement.pay_leg(2) for _ in range(4))),
    ]

    assert all(answer == answers[0] for answer in answers)
    assert len(await bank_books(settlement)) == 1
    assert await settlement.entry_types() == ["INVOICE_ISSUED", "LEG_PERFORMED", "CARRIER_PAID"]


async def test_a_carrier_whose_payment_is_unknown_is_not_paid_again_at_close(
    settlement: Settlement,
) -> None:
    await settlement.invoice()
    await settlement.agree()
    order = f"PB-{BOOKING}-2-1"
    settlement.line.orders_lost.add(order)
    refusal = await refusal_of(
        settlement.worker.PayCarrier(
            pb.PayCarrierRequest(
                booking_reference=BOOKING,
                leg_sequence=2,
                event_id="event-2",
                request_id=new_request(),
            )
        )
    )
    assert refusal.reason == "PAYMENT_OUTCOME_UNKNOWN"
    settlement.line.orders_lost.clear()

    closed = await settlement.close()

    assert {payable.state for payable in closed.payables} == {"PAID"}
    assert (await bank_books(settlement)).count(order) == 1
    assert (await settlement.balances())["bank:SANDBOX", "CNY"] == 560000


async def test_closing_again_pays_nothing_and_answers_the_same(settlement: Settlement) -> None:
    await settlement.invoice()
    await settlement.agree()
    request_id = new_request()

    answers = [
        await settlement.close(request_id),
        await settlement.close(request_id),
        await settlement.close(),
    ]

    assert answers[1] == answers[0]
    assert answers[2] == answers[0]
    assert len(await bank_books(settlement)) == 4
    assert (await settlement.entry_types()).count("MARGIN_RECOGNISED") == 1


async def test_a_close_cut_short_is_finished_by_the_next(settlement: Settlement) -> None:
    await settlement.invoice()
    await settlement.agree()
    statement = f"ST-{BOOKING}-line-beibu-USD-1"
    settlement.line.orders_lost.add(statement)
    request_id = str(uuid.uuid4())
    refusal = await refusal_of(
        settlement.worker.CloseSettlement(
            pb.CloseSettlementRequest(booking_reference=BOOKING, request_id=request_id)
        )
    )
    assert refusal.reason == "PAYMENT_OUTCOME_UNKNOWN"
    settlement.line.orders_lost.clear()

    closed = await settlement.close(request_id)

    assert {payable.state for payable in closed.payables} == {"PAID"}
    assert len(await bank_books(settlement)) == 4
    assert closed.margin.amount == 62248


async def test_a_leg_whose_close_was_cut_short_is_not_paid_again_by_itself(
    settlement: Settlement,
) -> None:
    await settlement.invoice()
    await settlement.agree()
    statement = f"ST-{BOOKING}-rail-chongqing-CNY-1"
    settlement.line.dies_after.add(statement)
    with pytest.raises(grpc.aio.AioRpcError):
        await settlement.close()
    settlement.line.dies_after.clear()

    paid = await settlement.pay_leg(2)

    assert paid.payable.state == "PAID"
    assert [order for order in await bank_books(settlement) if "-2-" in order] == []
    assert (await bank_books(settlement)).count(statement) == 1
    await settlement.close()
    assert (await settlement.balances())["bank:SANDBOX", "CNY"] == 560000
