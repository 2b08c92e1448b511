"""Leg documents, attachments, the bill's draft and the shipper's approval of it."""

import grpc
from onebill.documents.v1 import amendment_pb2, documents_pb2
from onebill.documents.v1 import documents_service_pb2 as pb
from starlette.responses import Response

from foundation.kernel.errors import NotFound
from foundation.runtime.refusals import refusal_from
from gateway.rest.bills import roles_on
from gateway.rest.journeys import must_see
from gateway.rest.passing import as_text, from_text
from gateway.rest.protojson import to_json
from gateway.rest.routes import Answer, Ask
from workflows.client import PutPaper


async def list_documents(ask: Ask) -> Answer:
    """Every paper of a booking."""
    booking = await must_see(ask)
    reference = booking.booking_reference
    documents, metadata = ask.services.documents, ask.metadata
    legs = await documents.ListLegDocuments(
        pb.ListLegDocumentsRequest(booking_reference=reference), metadata=metadata
    )
    equipment = await documents.ListEquipment(
        pb.ListEquipmentRequest(booking_reference=reference), metadata=metadata
    )
    attachments = await documents.ListAttachments(
        pb.ListAttachmentsRequest(booking_reference=reference), metadata=metadata
    )
    bill = ""
    try:
        bill = (await _draft(ask)).transport_document_reference
    except grpc.aio.AioRpcError as error:
        if not isinstance(refusal_from(error), NotFound):
            raise
    return Answer(
        {
            "transportDocumentReference": bill,
            **to_json(legs),
            **to_json(equipment),
            **to_json(attachments),
        }
    )


async def add_attachment(ask: Ask) -> Answer:
    """Keep a file, bound by hash and size."""
    request = ask.said(pb.AddAttachmentRequest)
    request.booking_reference = (await must_see(ask)).booking_reference
    request.request_id = ask.request_id
    answer = await ask.services.documents.AddAttachment(request, metadata=ask.metadata)
    return Answer(to_json(answer.attachment), 201)


async def get_attachment(ask: Ask) -> Response:
    """One file as it was handed in."""
    bill = ask.query.get("transportDocumentReference", "")
    answer = await ask.services.documents.GetAttachment(
        pb.GetAttachmentRequest(
            attachment_reference=ask.path["attachmentReference"],
            roles=await roles_on(ask, bill) if bill else [],
            transport_document_reference=bill,
        ),
        metadata=ask.metadata,
    )
    return Response(
        answer.content,
        media_type=answer.attachment.media_type or "application/octet-stream",
        # What a shipper uploaded is never run in somebody's browser as our own page.
        headers={
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def get_bill_draft(ask: Ask) -> Answer:
    """The bill's latest draft or version."""
    return Answer(to_json(await _draft(ask)))


async def approve_bill_draft(ask: Ask) -> Answer:
    """The shipper's signed approval of exactly this draft."""
    booking = await must_see(ask)
    draft = await _draft(ask)
    request = pb.ApproveDraftRequest(
        transport_document_reference=draft.transport_document_reference,
        approval=str(ask.body.get("approval", "")),
    )
    answer = await ask.behind.consignments.approve_draft(
        PutPaper(
            booking_reference=booking.booking_reference,
            organisation=ask.holder.organisation,
            paper=as_text(request),
            request_id=ask.request_id,
        )
    )
    approved = to_json(from_text(answer.answer, documents_pb2.TransportDocument))
    return Answer(
        {
            name: approved[name]
            for name in ("transportDocumentReference", "version", "state", "documentHash")
        }
    )


async def get_bill_amendment(ask: Ask) -> Answer:
    """The bill that is to take, or took, the place of another, with its draft."""
    answer = await _amendment(ask)
    return Answer(to_json(answer))


async def approve_bill_amendment(ask: Ask) -> Answer:
    """The holder's, and the shipper's, signed approval of the bill in another's place."""
    amendment = await _amendment(ask)
    request = pb.ApproveDraftRequest(
        transport_document_reference=amendment.transport_document_reference,
        approval=str(ask.body.get("approval", "")),
    )
    await ask.behind.consignments.approve_draft(
        PutPaper(
            booking_reference=amendment.booking_reference,
            organisation=ask.holder.organisation,
            paper=as_text(request),
            request_id=ask.request_id,
        )
    )
    return Answer(to_json(await _amendment(ask)))


async def _amendment(ask: Ask) -> amendment_pb2.Amendment:
    answer = await ask.services.documents.GetAmendment(
        pb.GetAmendmentRequest(replaces=ask.path["transportDocumentReference"]),
        metadata=ask.metadata,
    )
    return answer.amendment


async def _draft(ask: Ask) -> documents_pb2.TransportDocument:
    answer = await ask.services.documents.GetTransportDocument(
        pb.GetTransportDocumentRequest(booking_reference=ask.path["bookingReference"]),
        metadata=ask.metadata,
    )
    return answer.transport_document
