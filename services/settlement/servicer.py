"""onebill.settlement.v1: thin, one use case per RPC."""

from collections.abc import AsyncIterator

import grpc
from onebill.settlement.v1 import settlement_pb2, settlement_service_pb2_grpc
from onebill.settlement.v1 import settlement_service_pb2 as pb

from foundation.kernel.clock import Clock
from foundation.kernel.errors import NotFound
from foundation.kernel.references import check_booking_reference
from foundation.runtime.database import Database, Transaction
from foundation.runtime.identity import check_organisation, current_caller
from foundation.runtime.outbox import Outbox
from foundation.runtime.requests import answer_in_steps, answer_once, reads, writes
from services.settlement.adapters import journal_pages
from services.settlement.adapters import protobuf as wire
from services.settlement.adapters.postgres import PostgresBooks, PostgresLedgers
from services.settlement.application.cashier import AGREED_CREDIT, Cashier
from services.settlement.application.collecting import Collecting
from services.settlement.application.paying import Paying
from services.settlement.application.ports import Rulebook
from services.settlement.application.selling import Selling
from services.settlement.domain.payment import PaymentState

_DEFAULT_CURRENCY = "USD"


class SettlementServicer(settlement_service_pb2_grpc.SettlementServiceServicer):
    """No rule lives here. DomainError becomes a status in the runtime."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        clock: Clock,
        rules: Rulebook,
        cashier: Cashier,
    ) -> None:
        self.database = database
        self._outbox = outbox
        self._clock = clock
        self._charges = rules.tariff.charges
        self._selling = Selling(rules)
        self._collecting = Collecting(rules, cashier)
        self._paying = Paying(rules, cashier)

    @writes(pb.RateBookingResponse)
    async def RateBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.RateBookingRequest, transaction: Transaction
    ) -> pb.RateBookingResponse:
        """Rate a journey by the tariff in force."""
        rating = await self._selling.rate(
            self._books(transaction),
            wire.journey(request.booking_reference, request.legs, request.containers),
            payer=check_organisation(request.payer_organisation),
            premium=wire.premium(request),
            currency=request.currency_code or _DEFAULT_CURRENCY,
            at=self._clock(),
        )
        return pb.RateBookingResponse(rating=wire.rating_to_proto(rating))

    @writes(pb.AgreeBuyRatesResponse)
    async def AgreeBuyRates(  # noqa: N802 - the name is the protocol's
        self, request: pb.AgreeBuyRatesRequest, transaction: Transaction
    ) -> pb.AgreeBuyRatesResponse:
        """Record what each carrier is owed for its leg."""
        payables = await self._paying.agree(
            self._books(transaction),
            wire.journey(request.booking_reference, request.legs, request.containers),
            at=self._clock(),
        )
        return pb.AgreeBuyRatesResponse(payables=map(wire.payable_to_proto, payables))

    @writes(pb.ReleaseBuyRatesResponse)
    async def ReleaseBuyRates(  # noqa: N802 - the name is the protocol's
        self, request: pb.ReleaseBuyRatesRequest, transaction: Transaction
    ) -> pb.ReleaseBuyRatesResponse:
        """Take the agreed rates back."""
        payables = await self._paying.release(
            self._books(transaction),
            check_booking_reference(request.booking_reference),
            at=self._clock(),
        )
        return pb.ReleaseBuyRatesResponse(payables=map(wire.payable_to_proto, payables))

    @writes(pb.IssueInvoiceResponse)
    async def IssueInvoice(  # noqa: N802 - the name is the protocol's
        self, request: pb.IssueInvoiceRequest, transaction: Transaction
    ) -> pb.IssueInvoiceResponse:
        """Issue the one invoice of a booking."""
        invoice = await self._selling.issue(
            self._books(transaction),
            check_booking_reference(request.booking_reference),
            request.rating_reference,
            request.payment_term,
            at=self._clock(),
        )
        return pb.IssueInvoiceResponse(invoice=wire.invoice_to_proto(invoice))

    @writes(pb.InvoiceChangeResponse)
    async def InvoiceChange(  # noqa: N802 - the name is the protocol's
        self, request: pb.InvoiceChangeRequest, transaction: Transaction
    ) -> pb.InvoiceChangeResponse:
        """Invoice a change of destination."""
        invoice = await self._selling.invoice_change(
            self._books(transaction),
            wire.journey(request.booking_reference, request.legs, request.containers),
            wire.required(request.transport_document_reference, "transport_document_reference"),
            check_organisation(request.payer_organisation),
            at=self._clock(),
        )
        return pb.InvoiceChangeResponse(invoice=wire.invoice_to_proto(invoice))

    async def CreditInvoice(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.CreditInvoiceRequest,
        context: grpc.aio.ServicerContext[pb.CreditInvoiceRequest, pb.CreditInvoiceResponse],
    ) -> pb.CreditInvoiceResponse:
        """Take an invoice back, and pay back what was paid."""
        organisation = current_caller().organisation
        answer = pb.CreditInvoiceResponse()

        async def take_back() -> None:
            wire.required(request.reason, "reason")
            if not request.invoice_number:
                check_booking_reference(request.booking_reference)
            invoice = await self._collecting.credit(
                self._ledgers(organisation),
                request.invoice_number,
                request.booking_reference,
                reason=request.reason,
                at=self._clock(),
            )
            if invoice is not None:
                answer.invoice.CopyFrom(wire.invoice_to_proto(invoice))

        async def say(_: Transaction) -> pb.CreditInvoiceResponse:
            return answer

        return await answer_in_steps(
            self.database, request, pb.CreditInvoiceResponse, organisation, take_back, say
        )

    async def PayInvoice(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.PayInvoiceRequest,
        context: grpc.aio.ServicerContext[pb.PayInvoiceRequest, pb.PayInvoiceResponse],
    ) -> pb.PayInvoiceResponse:
        """Have an invoice collected, or put on agreed credit."""
        organisation = current_caller().organisation
        number = request.invoice_number
        if request.payment_rail == AGREED_CREDIT:

            async def put_on_credit(transaction: Transaction) -> pb.PayInvoiceResponse:
                invoice = await self._collecting.put_on_credit(
                    self._books(transaction), number, at=self._clock()
                )
                return pb.PayInvoiceResponse(invoice=wire.invoice_to_proto(invoice))

            return await answer_once(
                self.database, request, pb.PayInvoiceResponse, organisation, put_on_credit
            )

        async def bring_in() -> None:
            await self._collecting.bring_in(
                self._ledgers(organisation),
                number,
                rail=request.payment_rail,
                account=request.payer_account,
                request_id=request.request_id,
                at=self._clock(),
            )

        async def say(transaction: Transaction) -> pb.PayInvoiceResponse:
            books = self._books(transaction)
            invoice = await books.invoice(number)
            settled = [
                payment
                for payment in await books.payments_of(number)
                if payment.state is PaymentState.SETTLED
            ]
            if invoice is None or not settled:
                raise _no_invoice(number)
            return pb.PayInvoiceResponse(
                invoice=wire.invoice_to_proto(invoice),
                payment_reference=settled[0].rail_reference,
            )

        return await answer_in_steps(
            self.database, request, pb.PayInvoiceResponse, organisation, bring_in, say
        )

    async def PayCarrier(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.PayCarrierRequest,
        context: grpc.aio.ServicerContext[pb.PayCarrierRequest, pb.PayCarrierResponse],
    ) -> pb.PayCarrierResponse:
        """Pay the carrier of one leg on its terms."""
        organisation = current_caller().organisation
        answer = pb.PayCarrierResponse()

        async def pay() -> None:
            payable = await self._paying.pay_leg(
                self._ledgers(organisation),
                check_booking_reference(request.booking_reference),
                request.leg_sequence,
                wire.required(request.event_id, "event_id"),
                request_id=request.request_id,
                at=self._clock(),
            )
            answer.payable.CopyFrom(wire.payable_to_proto(payable))

        async def say(_: Transaction) -> pb.PayCarrierResponse:
            return answer

        return await answer_in_steps(
            self.database, request, pb.PayCarrierResponse, organisation, pay, say
        )

    async def CloseSettlement(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.CloseSettlementRequest,
        context: grpc.aio.ServicerContext[pb.CloseSettlementRequest, pb.CloseSettlementResponse],
    ) -> pb.CloseSettlementResponse:
        """Prorate, net, pay, and recognise the margin."""
        organisation = current_caller().organisation
        booking_reference = request.booking_reference

        async def pay() -> None:
            await self._paying.pay_statements(
                self._ledgers(organisation),
                check_booking_reference(booking_reference),
                request_id=request.request_id,
                at=self._clock(),
            )

        async def close(transaction: Transaction) -> pb.CloseSettlementResponse:
            payables, closure = await self._paying.close(
                self._books(transaction), booking_reference, at=self._clock()
            )
            return pb.CloseSettlementResponse(
                payables=map(wire.payable_to_proto, payables), margin=wire.money(closure.margin)
            )

        return await answer_in_steps(
            self.database, request, pb.CloseSettlementResponse, organisation, pay, close
        )

    @reads
    async def GetInvoice(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetInvoiceRequest, transaction: Transaction
    ) -> pb.GetInvoiceResponse:
        """Answer one invoice that the caller may see."""
        invoice = await self._books(transaction).invoice(request.invoice_number)
        if invoice is None:
            raise _no_invoice(request.invoice_number)
        return pb.GetInvoiceResponse(invoice=wire.invoice_to_proto(invoice))

    @reads
    async def ListInvoices(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListInvoicesRequest, transaction: Transaction
    ) -> pb.ListInvoicesResponse:
        """Answer a page of invoices, newest first."""
        size, before = wire.page(request.page_size, request.page_token)
        found = await self._books(transaction).invoices(request.booking_reference, before, size)
        return pb.ListInvoicesResponse(
            invoices=[wire.invoice_to_proto(invoice) for _, invoice in found],
            next_page_token=wire.next_page([place for place, _ in found], size),
        )

    @reads
    async def ListPayables(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListPayablesRequest, transaction: Transaction
    ) -> pb.ListPayablesResponse:
        """Answer a page of payables; a carrier sees its own."""
        size, after = wire.page(request.page_size, request.page_token)
        found = await self._books(transaction).payables(
            request.booking_reference, after or 0, size
        )
        return pb.ListPayablesResponse(
            payables=[wire.payable_to_proto(payable) for _, payable in found],
            next_page_token=wire.next_page([place for place, _ in found], size),
        )

    @reads
    async def ListJournalEntries(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListJournalEntriesRequest, transaction: Transaction
    ) -> pb.ListJournalEntriesResponse:
        """Answer a page of the journal, oldest first."""
        size, after = wire.page(request.page_size, request.page_token)
        found = await journal_pages.entries(
            transaction, request.booking_reference, after or 0, size
        )
        return pb.ListJournalEntriesResponse(
            entries=[wire.entry_to_proto(entry) for entry in found],
            next_page_token=wire.next_page([entry.number for entry in found], size),
        )

    @reads
    async def GetTrialBalance(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetTrialBalanceRequest, transaction: Transaction
    ) -> pb.GetTrialBalanceResponse:
        """Answer every account in every currency."""
        lines: list[settlement_pb2.TrialBalanceLine] = [
            wire.balance_to_proto(balance)
            for balance in await journal_pages.trial_balance(transaction)
        ]
        return pb.GetTrialBalanceResponse(lines=lines)

    async def WatchEvents(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.WatchEventsRequest,
        context: grpc.aio.ServicerContext[pb.WatchEventsRequest, pb.WatchEventsResponse],
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        """Answer facts from a position on, then as they come."""
        async for events in self._outbox.watch(request.after_position):
            yield pb.WatchEventsResponse(events=events)

    def _books(self, transaction: Transaction) -> PostgresBooks:
        return PostgresBooks(transaction, self._charges)

    def _ledgers(self, organisation: str) -> PostgresLedgers:
        return PostgresLedgers(self.database, organisation, self._charges)


def _no_invoice(number: str) -> NotFound:
    return NotFound("INVOICE_NOT_FOUND", f"There is no invoice {number}.", invoice_number=number)
