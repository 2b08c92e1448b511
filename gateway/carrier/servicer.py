"""onebill.carrier.v1: what a carrier, haulier, depot or terminal may say and see."""

import uuid
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Final, TypeVar

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from onebill.booking.v1 import booking_service_pb2
from onebill.carrier.v1 import carrier_service_pb2 as pb
from onebill.carrier.v1 import carrier_service_pb2_grpc as pb_grpc
from onebill.documents.v1 import documents_pb2, documents_service_pb2
from onebill.ledger.v1 import ledger_service_pb2
from onebill.settlement.v1 import settlement_service_pb2
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2

from foundation.kernel.errors import InvalidValue, NotFound
from foundation.runtime.identity import (
    OPERATOR,
    Access,
    AccessTable,
    current_caller,
    on_behalf_of,
)
from foundation.runtime.refusals import answer_of_neighbour
from gateway.carrier.own_legs import OwnLegs
from gateway.neighbours import Neighbours
from workflows.client import AnswerLeg, Consignments, PutPaper

T = TypeVar("T")
Context = grpc.aio.ServicerContext[Any, Any]

_SERVICE: Final = "/onebill.carrier.v1.CarrierService/"
# Organisations come with their own certificate; none of our parts has business here.
ACCESS: Final[AccessTable] = {
    _SERVICE + method: Access(members=True)
    for method in (
        "ListLegs",
        "AcceptLeg",
        "DeclineLeg",
        "IssueLegDocument",
        "GetReceiptTerms",
        "SubmitReceipt",
        "ReportEvents",
        "ListPayables",
    )
}
_AS_OPERATOR: Final = on_behalf_of(OPERATOR)
# As many as tracking takes in at once; whose each of them is, is asked before.
_BATCH_MAX: Final = 1_000


class CarrierServicer(pb_grpc.CarrierServiceServicer):
    """Narrows every call to the caller's own legs and passes it on."""

    def __init__(self, neighbours: Neighbours, consignments: Consignments, channel: str) -> None:
        self._neighbours = neighbours
        self._consignments = consignments
        self._channel = channel
        self._own = OwnLegs(neighbours.bookings)

    async def ListLegs(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListLegsRequest, context: Context
    ) -> pb.ListLegsResponse:
        """The caller's legs, newest first."""
        answer = await _refused_as_such(
            self._neighbours.bookings.ListLegs(
                booking_service_pb2.ListLegsRequest(
                    page_size=request.page_size, page_token=request.page_token
                ),
                metadata=on_behalf_of(_caller()),
            )
        )
        return pb.ListLegsResponse(legs=answer.legs, next_page_token=answer.next_page_token)

    async def AcceptLeg(  # noqa: N802 - the name is the protocol's
        self, request: pb.AcceptLegRequest, context: Context
    ) -> pb.AcceptLegResponse:
        """Accept a leg under the caller's own number."""
        leg = await self._answer_leg(
            request.booking_reference,
            request.leg_sequence,
            request.request_id,
            is_accepted=True,
            number=request.carrier_booking_reference,
        )
        return pb.AcceptLegResponse(leg=leg)

    async def DeclineLeg(  # noqa: N802 - the name is the protocol's
        self, request: pb.DeclineLegRequest, context: Context
    ) -> pb.DeclineLegResponse:
        """Decline a leg and say why."""
        leg = await self._answer_leg(
            request.booking_reference,
            request.leg_sequence,
            request.request_id,
            is_accepted=False,
            reason=request.reason,
        )
        return pb.DeclineLegResponse(leg=leg)

    async def IssueLegDocument(  # noqa: N802 - the name is the protocol's
        self, request: pb.IssueLegDocumentRequest, context: Context
    ) -> pb.IssueLegDocumentResponse:
        """Issue the leg's document when the caller takes the box."""
        caller = _caller()
        await self._own.find(caller, request.booking_reference, request.leg_sequence)
        paper = documents_service_pb2.IssueLegDocumentRequest(
            booking_reference=request.booking_reference,
            leg_sequence=request.leg_sequence,
            number=request.number,
            equipment_reference=request.equipment_reference,
            seal_numbers=request.seal_numbers,
            consignee_organisation=request.consignee_organisation,
            is_negotiable=request.is_negotiable,
            carrier_organisation=caller,
            issued_at=request.issued_at if request.HasField("issued_at") else None,
        )
        answer = await self._consignments.issue_leg_document(
            _paper(request.booking_reference, caller, paper, request.request_id)
        )
        return pb.IssueLegDocumentResponse(
            leg_document=json_format.Parse(answer.answer, documents_pb2.LegDocument())
        )

    async def GetReceiptTerms(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetReceiptTermsRequest, context: Context
    ) -> pb.GetReceiptTermsResponse:
        """What the caller's receipt for a container must name."""
        caller = _caller()
        await self._own.find(caller, request.booking_reference, request.leg_sequence)
        await self._check_declared(request.booking_reference, request.equipment_reference)
        document = await _refused_as_such(
            self._neighbours.documents.GetTransportDocument(
                documents_service_pb2.GetTransportDocumentRequest(
                    booking_reference=request.booking_reference
                ),
                metadata=_AS_OPERATOR,
            )
        )
        key = await _refused_as_such(
            self._neighbours.ledger.ComputeContainerKey(
                ledger_service_pb2.ComputeContainerKeyRequest(
                    equipment_reference=request.equipment_reference
                ),
                metadata=_AS_OPERATOR,
            )
        )
        party = await _refused_as_such(
            self._neighbours.ledger.GetParty(
                ledger_service_pb2.GetPartyRequest(organisation=caller), metadata=_AS_OPERATOR
            )
        )
        return pb.GetReceiptTermsResponse(
            channel=self._channel,
            transport_document_reference=(
                document.transport_document.transport_document_reference
            ),
            container_key=key.container_key,
            carrier_party=party.party.party,
        )

    async def SubmitReceipt(  # noqa: N802 - the name is the protocol's
        self, request: pb.SubmitReceiptRequest, context: Context
    ) -> pb.SubmitReceiptResponse:
        """Hand in the caller's signed receipt for a container."""
        caller, receipt = _caller(), request.receipt
        await self._own.find(caller, receipt.booking_reference, receipt.leg_sequence)
        answer = await self._consignments.submit_receipt(
            _paper(receipt.booking_reference, caller, receipt, request.request_id)
        )
        return pb.SubmitReceiptResponse(
            receipt=json_format.Parse(answer.answer, documents_pb2.Receipt())
        )

    async def ReportEvents(  # noqa: N802 - the name is the protocol's
        self, request_iterator: AsyncIterator[pb.ReportEventsRequest], context: Context
    ) -> AsyncIterator[pb.ReportEventsResponse]:
        """Events in batches: each answer says that its batch is durable."""
        caller = _caller()
        async for batch in request_iterator:
            yield await self._take_in(caller, batch)

    async def ListPayables(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListPayablesRequest, context: Context
    ) -> pb.ListPayablesResponse:
        """What the caller is owed and was paid, and why."""
        answer = await _refused_as_such(
            self._neighbours.settlement.ListPayables(
                settlement_service_pb2.ListPayablesRequest(
                    booking_reference=request.booking_reference,
                    page_size=request.page_size,
                    page_token=request.page_token,
                ),
                metadata=on_behalf_of(_caller()),
            )
        )
        return pb.ListPayablesResponse(
            payables=answer.payables, next_page_token=answer.next_page_token
        )

    async def _check_declared(self, booking_reference: str, equipment_reference: str) -> None:
        """Refuse a container that is not the booking's: who had every key could undo them all."""
        declared = await _refused_as_such(
            self._neighbours.documents.ListEquipment(
                documents_service_pb2.ListEquipmentRequest(booking_reference=booking_reference),
                metadata=_AS_OPERATOR,
            )
        )
        if equipment_reference not in {one.equipment_reference for one in declared.equipments}:
            raise NotFound(
                "EQUIPMENT_NOT_DECLARED",
                f"The shipper has declared no container {equipment_reference} for this booking.",
                booking_reference=booking_reference,
                equipment_reference=equipment_reference,
            )

    async def _answer_leg(
        self,
        booking_reference: str,
        leg_sequence: int,
        request_id: str,
        *,
        is_accepted: bool,
        number: str = "",
        reason: str = "",
    ) -> booking_service_pb2.GrantedLeg:
        caller = _caller()
        await self._own.find(caller, booking_reference, leg_sequence)
        await self._consignments.answer_leg(
            AnswerLeg(
                booking_reference=booking_reference,
                leg_sequence=leg_sequence,
                carrier_organisation=caller,
                is_accepted=is_accepted,
                carrier_booking_reference=number,
                reason=reason,
                request_id=_checked(request_id),
            )
        )
        return await self._own.find(caller, booking_reference, leg_sequence)

    async def _take_in(
        self, caller: str, batch: pb.ReportEventsRequest
    ) -> pb.ReportEventsResponse:
        if len(batch.events) > _BATCH_MAX:
            raise InvalidValue(
                "BATCH_SIZE", "A batch has 1 to 1,000 events.", events=len(batch.events)
            )
        own: list[tracking_pb2.TrackingEvent] = []
        rejected: list[str] = []
        # Each booking is asked about once, however often a batch names it.
        legs_of = {
            booking: await self._own.of_booking(caller, booking)
            for booking in dict.fromkeys(event.booking_reference for event in batch.events)
        }
        for event in batch.events:
            legs = legs_of[event.booking_reference]
            # Leg 0 is before the first and after the last: the empty's way.
            if legs and event.leg_sequence in legs | {0}:
                own.append(event)
            else:
                rejected.append(f"{event.event_id} LEG_NOT_FOUND")
        if not own:
            return pb.ReportEventsResponse(request_id=batch.request_id, rejected=rejected)
        answer = await _refused_as_such(
            self._neighbours.tracking.IngestEvents(
                tracking_service_pb2.IngestEventsRequest(
                    issuer=caller, events=own, request_id=_checked(batch.request_id)
                ),
                metadata=on_behalf_of(caller),
            )
        )
        rejected += [f"{event.event_id} {event.reason}" for event in answer.rejected]
        return pb.ReportEventsResponse(
            request_id=batch.request_id,
            accepted=answer.accepted,
            duplicates=answer.duplicates,
            rejected=rejected,
        )


async def _refused_as_such(call: Awaitable[T]) -> T:
    """Await a neighbour's answer; its refusal is ours to tell.

    Raises:
        DomainError: what the neighbour's rule said, or PART_UNAVAILABLE.
    """
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        told = answer_of_neighbour(error)
        if told is None:
            raise
        raise told from error


def _caller() -> str:
    return current_caller().organisation


def _paper(booking_reference: str, caller: str, paper: Message, request_id: str) -> PutPaper:
    return PutPaper(
        booking_reference=booking_reference,
        organisation=caller,
        paper=json_format.MessageToJson(paper, indent=None),
        request_id=_checked(request_id),
    )


def _checked(request_id: str) -> str:
    try:
        return str(uuid.UUID(request_id))
    except ValueError as wrong:
        raise InvalidValue(
            "REQUEST_ID_FORM",
            f"{request_id[:64]!r} is not a request id: send a UUID, the same for every repeat.",
        ) from wrong
