"""Bills: state, acts signed by the caller, bundle, attestation. No workflow stands in between."""

import json
from collections.abc import Sequence
from typing import cast

import grpc
from onebill.documents.v1 import documents_service_pb2
from onebill.insurance.v1 import insurance_service_pb2
from onebill.ledger.v1 import ledger_pb2, projection_service_pb2
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify import Attachment, BundledAct, PartyTransaction, Shown, compose
from starlette.responses import Response

from foundation.kernel.errors import InvalidValue, NotFound
from foundation.runtime.refusals import refusal_from
from gateway.rest.protojson import to_json
from gateway.rest.routes import Answer, Ask

_WITHOUT_TRANSACTION = frozenset({"endorsed_transaction"})


async def list_bills(ask: Ask) -> Answer:
    """The bills on which the holder has or had a role, newest first, as far as they match."""
    own = await ask.services.ledger.ListOwnParties(
        pb.ListOwnPartiesRequest(), metadata=ask.metadata
    )
    answer = await ask.services.projection.SearchBills(
        projection_service_pb2.SearchBillsRequest(
            parties=own.parties,
            states=[_state(name) for name in _names(ask, "state")],
            roles=_names(ask, "role"),
            flags=_names(ask, "flag"),
            reference_prefix=ask.query.get("referencePrefix", ""),
            container_key=await _container_key(ask),
            page_size=ask.page_size,
            page_token=ask.page_token,
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


async def get_bill(ask: Ask) -> Answer:
    """One bill, with what the holder may do next."""
    answer = await ask.services.ledger.GetBill(
        pb.GetBillRequest(transport_document_reference=_reference(ask)), metadata=ask.metadata
    )
    return Answer(to_json(answer.bill))


async def get_bill_document(ask: Ask) -> Answer:
    """The transport document, by the holder's role on the bill."""
    answer = await ask.services.documents.GetTransportDocument(
        documents_service_pb2.GetTransportDocumentRequest(
            transport_document_reference=_reference(ask),
            roles=await roles_on(ask, _reference(ask)),
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer.transport_document))


async def get_bill_copy(ask: Ask) -> Response:
    """The document on paper, marked as a copy, with the way to the proof."""
    reference = _reference(ask)
    answer = await ask.services.documents.PrintTransportDocumentCopy(
        documents_service_pb2.PrintTransportDocumentCopyRequest(
            transport_document_reference=reference,
            roles=await roles_on(ask, reference),
            proof_link=f"{ask.behind.public_url}/v1/bills/{reference}/bundle",
        ),
        metadata=ask.metadata,
    )
    return Response(
        answer.content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{reference}.copy.pdf"'},
    )


async def list_acts(ask: Ask) -> Answer:
    """The chain of acts, oldest first."""
    answer = await ask.services.ledger.ListActs(
        pb.ListActsRequest(
            transport_document_reference=_reference(ask),
            after_sequence=ask.number("afterSequence"),
        ),
        metadata=ask.metadata,
    )
    return Answer({"acts": [to_json(act, leave_out=_WITHOUT_TRANSACTION) for act in answer.acts]})


async def submit_act(ask: Ask) -> Answer:
    """Carry an act that the caller signed to the ledger."""
    request = ask.said(pb.SubmitActRequest)
    request.request_id = ask.request_id
    answer = await ask.services.ledger.SubmitAct(request, metadata=ask.metadata)
    return Answer(
        {
            "act": to_json(answer.act, leave_out=_WITHOUT_TRANSACTION),
            "bill": to_json(answer.bill),
        },
        201,
    )


async def get_attestation(ask: Ask) -> Answer:
    """What the peers of the named organisations sign of the bill now."""
    answer = await ask.services.ledger.Attest(
        pb.AttestRequest(
            transport_document_reference=_reference(ask),
            nonce=_nonce(ask),
            organisations=_organisations(ask),
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


async def get_bundle(ask: Ask) -> Response:
    """Everything that a stranger needs to verify the bill, as canonical bytes."""
    reference = _reference(ask)
    evidence = await ask.services.ledger.GetEvidence(
        pb.GetEvidenceRequest(
            transport_document_reference=reference,
            nonce=_nonce(ask),
            organisations=_organisations(ask),
        ),
        metadata=ask.metadata,
    )
    document, attachments = await _document(ask, reference)
    bundle = compose(
        channel=evidence.channel,
        chaincode=evidence.chaincode,
        transport_document_reference=reference,
        parties=[
            PartyTransaction(party.party, transaction)
            for party in evidence.parties
            for transaction in party.endorsed_transactions
        ],
        acts=[
            BundledAct(act.signed_act, act.endorsed_transaction, _details(act))
            for act in evidence.acts
        ],
        attestation_transaction=evidence.attestation_transaction,
        document=document,
        certificate=await _certificate(ask, reference),
        attachments=attachments,
    )
    return Response(
        bundle,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{reference}.bundle.json"'},
    )


async def roles_on(ask: Ask, reference: str) -> Sequence[str]:
    """The holder's roles on a bill, as the ledger has them; none for a bill not its own."""
    try:
        answer = await ask.services.ledger.ListRoles(
            pb.ListRolesRequest(
                transport_document_reference=reference, organisation=ask.holder.organisation
            ),
            metadata=ask.metadata,
        )
    except grpc.aio.AioRpcError as error:
        if isinstance(refusal_from(error), NotFound):
            return []
        raise
    return answer.roles


async def _document(ask: Ask, reference: str) -> tuple[Shown | None, list[Attachment]]:
    try:
        answer = await ask.services.documents.GetTransportDocument(
            documents_service_pb2.GetTransportDocumentRequest(
                transport_document_reference=reference, roles=await roles_on(ask, reference)
            ),
            metadata=ask.metadata,
        )
    except grpc.aio.AioRpcError as error:
        if isinstance(refusal_from(error), NotFound):
            return None, []
        raise
    held = answer.transport_document
    if not held.salt:
        return None, []
    content = json.loads(held.content)
    attachments = [
        Attachment(entry["name"], entry["mediaType"], entry["size"], entry["documentChecksum"])
        for entry in content.get("attachments", [])
    ]
    return Shown(held.salt, content), attachments


async def _certificate(ask: Ask, reference: str) -> Shown | None:
    try:
        found = await ask.services.documents.FindBooking(
            documents_service_pb2.FindBookingRequest(transport_document_reference=reference)
        )
        answer = await ask.services.insurance.GetCertificate(
            insurance_service_pb2.GetCertificateRequest(
                booking_reference=found.booking_reference,
                roles=await roles_on(ask, reference),
                transport_document_reference=reference,
            ),
            metadata=ask.metadata,
        )
    except grpc.aio.AioRpcError as error:
        # Who may not see the certificate gets a bundle without it, and the verifier says so.
        if isinstance(refusal_from(error), NotFound):
            return None
        raise
    held = answer.certificate
    return Shown(held.salt, json.loads(held.content)) if held.salt else None


def _details(act: ledger_pb2.RecordedAct) -> Shown | None:
    return Shown(act.details_salt, json.loads(act.details)) if act.details_salt else None


def _reference(ask: Ask) -> str:
    return ask.path["transportDocumentReference"]


def _nonce(ask: Ask) -> str:
    # A nonce makes an attestation fresh for its asker; who gives none gets the request's id.
    return ask.query.get("nonce") or ask.request_id


def _organisations(ask: Ask) -> list[str]:
    return _names(ask, "organisations")


def _names(ask: Ask, parameter: str) -> list[str]:
    return [name for name in ask.query.get(parameter, "").split(",") if name]


def _state(name: str) -> "ledger_pb2.BillState.ValueType":
    number = ledger_pb2.BillState.DESCRIPTOR.values_by_name.get(f"BILL_STATE_{name}")
    if number is None or number.number == ledger_pb2.BILL_STATE_UNSPECIFIED:
        raise InvalidValue("STATE_UNKNOWN", f"{name[:40]!r} is no state of a bill.")
    return cast("ledger_pb2.BillState.ValueType", number.number)


async def _container_key(ask: Ask) -> str:
    """Blind a container's number as the members do; the question is the operator's own."""
    equipment = ask.query.get("equipmentReference", "")
    if not equipment:
        return ""
    answer = await ask.services.ledger.ComputeContainerKey(
        pb.ComputeContainerKeyRequest(equipment_reference=equipment)
    )
    return answer.container_key
