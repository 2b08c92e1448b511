"""Steps about money."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf import json_format
from onebill.settlement.v1 import settlement_pb2
from onebill.settlement.v1 import settlement_service_pb2 as pb
from temporalio import activity

from foundation.kernel.errors import NotFound
from foundation.runtime.identity import OPERATOR, on_behalf_of
from workflows.activities import shapes
from workflows.activities.booking import get_booking
from workflows.activities.refusals import refusals_are_final
from workflows.messages import (
    Do,
    InvoiceFacts,
    LegStep,
    PaperAnswer,
    PayInvoice,
    Step,
    StepWithReason,
)

if TYPE_CHECKING:
    from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceAsyncStub
    from onebill.settlement.v1.settlement_service_pb2_grpc import SettlementServiceAsyncStub

_AS_OPERATOR = on_behalf_of(OPERATOR)
_SETTLED = {"PAID", "ON_CREDIT"}


@dataclass(frozen=True)
class SettlementActivities:
    """Rates, invoice, payment, the carriers' money."""

    settlement: "SettlementServiceAsyncStub"
    bookings: "BookingServiceAsyncStub"

    @activity.defn(name=Do.AGREE_BUY_RATES)
    async def agree_buy_rates(self, step: Step) -> None:
        """Record what each carrier is owed for its leg."""
        with refusals_are_final():
            booking = await get_booking(self.bookings, step.booking_reference)
            await self.settlement.AgreeBuyRates(
                pb.AgreeBuyRatesRequest(
                    booking_reference=step.booking_reference,
                    legs=shapes.rated_legs(booking),
                    containers=shapes.containers_of(booking),
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.RELEASE_BUY_RATES)
    async def release_buy_rates(self, step: StepWithReason) -> None:
        """Take the agreed rates back."""
        with refusals_are_final():
            await self.settlement.ReleaseBuyRates(
                pb.ReleaseBuyRatesRequest(
                    booking_reference=step.booking_reference, request_id=step.request_id
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.ISSUE_INVOICE)
    async def issue_invoice(self, step: Step) -> None:
        """Issue the one invoice from the booking's rating."""
        with refusals_are_final():
            booking = await get_booking(self.bookings, step.booking_reference)
            await self.settlement.IssueInvoice(
                pb.IssueInvoiceRequest(
                    booking_reference=step.booking_reference,
                    rating_reference=booking.offer.rating_reference,
                    payment_term=shapes.payment_term_of(booking),
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.CREDIT_INVOICE)
    async def credit_invoice(self, step: StepWithReason) -> None:
        """Take the invoice back by a credit note, if it was issued."""
        with refusals_are_final():
            invoice = await self._invoice(step.booking_reference)
            if invoice is None:
                raise NotFound("INVOICE_NOT_FOUND", "There is no invoice to take back.")
            await self.settlement.CreditInvoice(
                pb.CreditInvoiceRequest(
                    invoice_number=invoice.invoice_number,
                    reason=step.reason,
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.PAY_INVOICE)
    async def pay_invoice(self, command: PayInvoice) -> PaperAnswer:
        """Tell the rail to collect, as the payer."""
        with refusals_are_final():
            answer = await self.settlement.PayInvoice(
                pb.PayInvoiceRequest(
                    invoice_number=command.invoice_number,
                    payment_rail=command.payment_rail,
                    payer_account=command.payer_account,
                    request_id=command.request_id,
                ),
                metadata=on_behalf_of(command.payer_organisation),
            )
        return PaperAnswer(json_format.MessageToJson(answer, indent=None))

    @activity.defn(name=Do.PAY_CARRIER)
    async def pay_carrier(self, step: LegStep) -> None:
        """Pay the carrier of one leg on its terms."""
        with refusals_are_final():
            request = pb.PayCarrierRequest(
                booking_reference=step.booking_reference,
                leg_sequence=step.leg_sequence,
                event_id=step.event_id,
            )
            request.request_id = shapes.with_facts(step.request_id, request)
            await self.settlement.PayCarrier(request, metadata=_AS_OPERATOR)

    @activity.defn(name=Do.CLOSE_SETTLEMENT)
    async def close(self, step: Step) -> None:
        """Prorate, net and pay what is still due."""
        with refusals_are_final():
            await self.settlement.CloseSettlement(
                pb.CloseSettlementRequest(
                    booking_reference=step.booking_reference, request_id=step.request_id
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.LOOK_AT_INVOICE)
    async def look(self, booking_reference: str) -> InvoiceFacts:
        """Where the one invoice stands."""
        with refusals_are_final():
            invoice = await self._invoice(booking_reference)
        if invoice is None:
            return InvoiceFacts()
        state = shapes.word(settlement_pb2.InvoiceState.Name(invoice.state), "INVOICE_STATE")
        # Collect freight is the receiver's debt and never keeps a bill from being issued.
        return InvoiceFacts(
            invoice.invoice_number, state, state in _SETTLED or invoice.payment_term == "COL"
        )

    async def _invoice(self, booking_reference: str) -> settlement_pb2.Invoice | None:
        answer = await self.settlement.ListInvoices(
            pb.ListInvoicesRequest(booking_reference=booking_reference, page_size=200),
            metadata=_AS_OPERATOR,
        )
        return next((one for one in answer.invoices if not one.transport_document_reference), None)
