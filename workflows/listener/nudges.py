"""From a fact to the consignment it is about."""

import json
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import grpc
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_service_pb2

from foundation.kernel.errors import NotFound
from foundation.runtime.refusals import refusal_from
from workflows.client import Consignments

if TYPE_CHECKING:
    from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceAsyncStub

# Tracking's stream also tells of every single event; the process waits for milestones and
# breaches only, about thirty a journey.
_HEARD: Final = {"tracking": ("onebill.tracking.milestone.", "onebill.tracking.breach.")}
# One bill in 32 begins with these letters too, but a bill's reference has 18 characters.
_BOOKING_PREFIX: Final = "OBB"
_BOOKING_LENGTH: Final = 14
_BILL: Final = re.compile(r"OB[A-Z2-7]{16}")
_REMEMBERED: Final = 10_000


@dataclass
class Nudges:
    """Gives each fact its effect. Repeats are harmless."""

    consignments: Consignments
    documents: "DocumentsServiceAsyncStub"
    # By bill; empty for a bill of another operator, which never becomes one of ours: documents
    # knows its bills before they are issued.
    _bookings_of_bills: OrderedDict[str, str] = field(default_factory=OrderedDict)

    async def effect(self, stream: str, event: common_pb2.Event) -> None:
        """Nudge the consignment that the fact is about, if there is one."""
        heard = _HEARD.get(stream)
        if heard is not None and not event.type.startswith(heard):
            return
        booking_reference = await self._booking_of(event)
        if booking_reference:
            await self.consignments.nudge(booking_reference, stream, event.position)

    async def _booking_of(self, event: common_pb2.Event) -> str:
        try:
            payload = json.loads(event.payload or "{}")
        except ValueError:
            payload = {}
        said = payload.get("bookingReference") if isinstance(payload, dict) else None
        if isinstance(said, str) and said:
            return said
        subject = event.subject
        if subject.startswith(_BOOKING_PREFIX) and len(subject) == _BOOKING_LENGTH:
            return subject
        bill = event.subject
        if isinstance(payload, dict):
            bill = str(payload.get("transportDocumentReference") or bill)
        # What else the ledger tells of, a party for example, nobody here waits for.
        return await self._booking_of_bill(bill) if _BILL.fullmatch(bill) else ""

    async def _booking_of_bill(self, bill: str) -> str:
        known = self._bookings_of_bills.get(bill)
        if known is not None:
            return known
        try:
            answer = await self.documents.FindBooking(
                documents_service_pb2.FindBookingRequest(transport_document_reference=bill)
            )
            booking = answer.booking_reference
        except grpc.aio.AioRpcError as error:
            if not isinstance(refusal_from(error), NotFound):
                raise
            booking = ""
        self._bookings_of_bills[bill] = booking
        if len(self._bookings_of_bills) > _REMEMBERED:
            self._bookings_of_bills.popitem(last=False)
        return booking
