"""The shipper's invoices and their payment."""

from onebill.settlement.v1 import settlement_service_pb2 as pb

from gateway.rest.passing import from_text
from gateway.rest.protojson import to_json
from gateway.rest.routes import Answer, Ask
from workflows.client import PayInvoice


async def list_invoices(ask: Ask) -> Answer:
    """The holder's invoices, newest first."""
    answer = await ask.services.settlement.ListInvoices(
        pb.ListInvoicesRequest(
            booking_reference=ask.query.get("bookingReference", ""),
            page_size=ask.page_size,
            page_token=ask.page_token,
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


async def get_invoice(ask: Ask) -> Answer:
    """One invoice."""
    answer = await ask.services.settlement.GetInvoice(
        pb.GetInvoiceRequest(invoice_number=ask.path["invoiceNumber"]), metadata=ask.metadata
    )
    return Answer(to_json(answer.invoice))


async def pay_invoice(ask: Ask) -> Answer:
    """Tell the payment rail to collect an invoice."""
    found = await ask.services.settlement.GetInvoice(
        pb.GetInvoiceRequest(invoice_number=ask.path["invoiceNumber"]), metadata=ask.metadata
    )
    invoice = found.invoice
    answer = await ask.behind.consignments.pay_invoice(
        PayInvoice(
            booking_reference=invoice.booking_reference,
            invoice_number=invoice.invoice_number,
            payer_organisation=ask.holder.organisation,
            payment_rail=str(ask.body.get("paymentRail") or "SANDBOX"),
            payer_account=str(ask.body.get("payerAccount") or ask.holder.organisation),
            request_id=ask.request_id,
        )
    )
    return Answer(to_json(from_text(answer.answer, pb.PayInvoiceResponse).invoice))
