"""A running settlement service, asked as the worker asks it, on a real PostgreSQL."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from onebill.common.v1 import common_pb2
from onebill.settlement.v1 import settlement_pb2
from onebill.settlement.v1 import settlement_service_pb2 as pb
from onebill.settlement.v1.settlement_service_pb2_grpc import SettlementServiceStub
from sqlalchemy import text

from foundation.kernel.errors import DomainError
from foundation.kernel.references import make_booking_reference
from foundation.runtime.identity import on_behalf_of
from foundation.runtime.refusals import refusal_from
from services.settlement.adapters.sandbox_bank import SANDBOX, SandboxBank
from services.settlement.application.ports import RailSilent
from services.settlement.service import settlement_service

BOOKING = make_booking_reference(lambda count: bytes(range(count)))
OTHER_BOOKING = make_booking_reference(lambda count: bytes(range(count, 2 * count)))
LEGS = [
    pb.RatedLeg(
        leg_sequence=number,
        mode_of_transport=mode,
        carrier_organisation=carrier,
        departure_un_location_code=departure,
        arrival_un_location_code=arrival,
    )
    for number, (mode, carrier, departure, arrival) in enumerate(
        [
            ("TRUCK", "haulier-chongqing", "CNCKG", "CNCKG"),
            ("RAIL", "rail-chongqing", "CNCKG", "CNQZH"),
            ("VESSEL", "line-beibu", "CNQZH", "SGSIN"),
            ("TRUCK", "haulier-singapore", "SGSIN", "SGJUR"),
        ],
        start=1,
    )
]


def new_request() -> str:
    return str(uuid.uuid4())


class ProcessGone(Exception):
    """Stands for kill -9: nothing after it runs, no rule catches it."""


@dataclass
class Line:
    """The line to the sandbox bank, which a test can cut."""

    # References whose order is lost on the way to the bank.
    orders_lost: set[str] = field(default_factory=set)
    # References whose answer is lost on the way back.
    answers_lost: set[str] = field(default_factory=set)
    # Where our own process dies: "hears", before the bank books, or "answers", after it.
    dies_when_bank: str = ""
    # References after whose booking our own process dies.
    dies_after: set[str] = field(default_factory=set)

    async def hears(self, reference: str) -> None:
        if self.dies_when_bank == "hears":
            raise ProcessGone
        if reference in self.orders_lost:
            raise RailSilent

    async def answers(self, reference: str) -> None:
        if self.dies_when_bank == "answers" or reference in self.dies_after:
            raise ProcessGone
        if reference in self.answers_lost:
            raise RailSilent


@dataclass
class Settlement:
    """The service and what a test does with it most."""

    running: Any
    line: Line

    def stub(self, organisation: str = "operator", part: str | None = "worker"):
        return SettlementServiceStub(self.running.channel(organisation, part))

    @property
    def worker(self):
        return self.stub()

    async def rate(self, booking: str = BOOKING, *, behalf: str = "seller", cents: int = 14586):
        answer = await self.worker.RateBooking(
            pb.RateBookingRequest(
                booking_reference=booking,
                legs=LEGS,
                premium=common_pb2.Money(amount=cents, currency_code="USD"),
                payer_organisation="seller",
                containers=1,
                request_id=new_request(),
            ),
            metadata=on_behalf_of(behalf),
        )
        return answer.rating

    async def invoice(self, booking: str = BOOKING) -> settlement_pb2.Invoice:
        rating = await self.rate(booking)
        answer = await self.worker.IssueInvoice(
            pb.IssueInvoiceRequest(
                booking_reference=booking,
                rating_reference=rating.rating_reference,
                payment_term="PRE",
                request_id=new_request(),
            )
        )
        return answer.invoice

    async def agree(self, booking: str = BOOKING):
        return await self.worker.AgreeBuyRates(
            pb.AgreeBuyRatesRequest(
                booking_reference=booking, legs=LEGS, containers=1, request_id=new_request()
            )
        )

    async def pay(self, number: str, request_id: str | None = None, **more: str):
        return await self.worker.PayInvoice(
            pb.PayInvoiceRequest(
                invoice_number=number, request_id=request_id or new_request(), **more
            ),
            metadata=on_behalf_of("seller"),
        )

    async def pay_leg(self, leg: int, request_id: str | None = None, booking: str = BOOKING):
        return await self.worker.PayCarrier(
            pb.PayCarrierRequest(
                booking_reference=booking,
                leg_sequence=leg,
                event_id=f"event-{leg}",
                request_id=request_id or new_request(),
            )
        )

    async def close(self, request_id: str | None = None, booking: str = BOOKING):
        return await self.worker.CloseSettlement(
            pb.CloseSettlementRequest(
                booking_reference=booking, request_id=request_id or new_request()
            )
        )

    async def balances(self) -> dict[tuple[str, str], int]:
        """Every account that is not empty, and a check that every currency sums to zero."""
        answer = await self.worker.GetTrialBalance(pb.GetTrialBalanceRequest())
        assert all(line.difference == 0 for line in answer.lines)
        assert all(line.sum_of_debits == line.sum_of_credits for line in answer.lines)
        return {
            (account.account, line.currency_code): account.balance.amount
            for line in answer.lines
            for account in line.accounts
            if account.balance.amount
        }

    async def entry_types(self) -> list[str]:
        answer = await self.worker.ListJournalEntries(pb.ListJournalEntriesRequest(page_size=200))
        return [entry.entry_type for entry in answer.entries]

    async def count(self, table: str, organisation: str = "operator") -> int:
        """How many rows of a table an organisation sees, asked as the service's own role."""
        async with self.running.database.reading(organisation) as transaction:
            found = await transaction.connection.execute(text(f"SELECT count(*) FROM {table}"))
            return found.scalar_one()


async def refusal_of(call: grpc.aio.UnaryUnaryCall) -> DomainError:
    """Answer the refusal that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    refusal = refusal_from(refused.value)
    assert refusal is not None, refused.value
    return refusal


@pytest.fixture
async def settlement(running_service: Callable[..., Any]) -> Settlement:
    line = Line()
    rails: dict[str, SandboxBank] = {}
    running = await running_service(settlement_service(rails=rails))
    rails[SANDBOX] = SandboxBank(running.database, hears=line.hears, answers=line.answers)
    return Settlement(running, line)
