"""The tracking service's door. No rule lives here."""

from collections.abc import AsyncIterator
from typing import Any, Final

import grpc
from onebill.tracking.v1 import (
    tracking_service_pb2 as pb,
)
from onebill.tracking.v1 import tracking_service_pb2_grpc as pb_grpc

from foundation.kernel.clock import Clock
from foundation.kernel.errors import InvalidValue, NotAllowed
from foundation.runtime.database import Database, Transaction
from foundation.runtime.identity import OPERATOR, Access
from foundation.runtime.outbox import Outbox
from foundation.runtime.requests import reads, writes
from services.tracking.adapters.messages import from_event, from_journey, to_event, to_plan
from services.tracking.adapters.records import DatabaseRecords, JourneyCache
from services.tracking.application import handlers

_SERVICE: Final = "/onebill.tracking.v1.TrackingService/"
_PAGE_SIZE: Final = 50
_PAGE_SIZE_MAX: Final = 200

_WORKER: Final = Access(parts=frozenset({"worker"}))
_READERS: Final = Access(parts=frozenset({"worker", "gateway-rest"}))

ACCESS: Final = {
    f"{_SERVICE}PlanJourney": _WORKER,
    f"{_SERVICE}AssignEquipment": _WORKER,
    f"{_SERVICE}GrantBooking": _WORKER,
    f"{_SERVICE}IngestEvents": Access(parts=frozenset({"gateway-carrier"})),
    f"{_SERVICE}GetJourney": _READERS,
    f"{_SERVICE}ListEvents": _READERS,
    f"{_SERVICE}WatchEvents": Access(
        parts=frozenset({"listener"}), acting_for=frozenset({OPERATOR})
    ),
}
"""Who may call what."""


class TrackingServicer(pb_grpc.TrackingServiceServicer):
    """Answers onebill.tracking.v1."""

    def __init__(
        self, database: Database, outbox: Outbox, clock: Clock, facilities: frozenset[str]
    ) -> None:
        self.database = database
        self._outbox = outbox
        self._clock = clock
        self._facilities = facilities
        self._cache = JourneyCache()

    @writes(pb.PlanJourneyResponse)
    async def PlanJourney(  # noqa: N802 - the name is the protocol's
        self, request: pb.PlanJourneyRequest, transaction: Transaction
    ) -> pb.PlanJourneyResponse:
        """Lay the plan that events are held against."""
        plan = to_plan(request, self._facilities)
        planned = await handlers.plan_journey(self._records(transaction), plan)
        return pb.PlanJourneyResponse(journey=from_journey(planned))

    @writes(pb.AssignEquipmentResponse)
    async def AssignEquipment(  # noqa: N802 - the name is the protocol's
        self, request: pb.AssignEquipmentRequest, transaction: Transaction
    ) -> pb.AssignEquipmentResponse:
        """Say which container with which seals travels."""
        planned = await handlers.assign_equipment(
            self._records(transaction),
            request.booking_reference,
            request.equipment_reference,
            request.seal_numbers,
        )
        return pb.AssignEquipmentResponse(journey=from_journey(planned))

    @writes(pb.IngestEventsResponse)
    async def IngestEvents(  # noqa: N802 - the name is the protocol's
        self, request: pb.IngestEventsRequest, transaction: Transaction
    ) -> pb.IngestEventsResponse:
        """Store a batch and fold it. The operator's own parts may say whose events they are."""
        issuer = request.issuer or transaction.organisation
        if transaction.organisation not in (issuer, OPERATOR):
            raise NotAllowed(
                "ISSUER_NOT_CALLER",
                f"{transaction.organisation} cannot tell events in the name of {issuer}.",
                issuer=issuer,
            )
        done = await handlers.ingest(
            self._records(transaction),
            issuer,
            [to_event(issuer, event) for event in request.events],
            self._clock(),
        )
        return pb.IngestEventsResponse(
            accepted=done.accepted,
            duplicates=done.duplicates,
            rejected=[
                pb.RejectedEvent(event_id=event_id, reason=fault.reason, message=fault.message)
                for event_id, fault in done.rejected
            ],
        )

    @reads
    async def GetJourney(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetJourneyRequest, transaction: Transaction
    ) -> pb.GetJourneyResponse:
        """Answer a journey that the caller may see."""
        planned = await self._records(transaction).read_journey(request.booking_reference)
        if planned is None:
            raise handlers.booking_unknown(request.booking_reference)
        return pb.GetJourneyResponse(journey=from_journey(planned))

    @reads
    async def ListEvents(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListEventsRequest, transaction: Transaction
    ) -> pb.ListEventsResponse:
        """Answer a page of the events of a booking that the caller may see."""
        size = min(request.page_size or _PAGE_SIZE, _PAGE_SIZE_MAX)
        page = await self._records(transaction).list_events(
            request.booking_reference, _position(request.page_token), size
        )
        return pb.ListEventsResponse(
            events=[from_event(event, received_at) for _, received_at, event in page],
            next_page_token=str(page[-1][0]) if len(page) == size else "",
        )

    @writes(pb.GrantBookingResponse)
    async def GrantBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.GrantBookingRequest, transaction: Transaction
    ) -> pb.GrantBookingResponse:
        """Let a further organisation read the journey. For its owner and the operator."""
        owner = await self._records(transaction).find_owner(request.booking_reference)
        if owner is None or transaction.organisation not in (owner, OPERATOR):
            raise handlers.booking_unknown(request.booking_reference)
        await transaction.grant(request.booking_reference, request.organisation, request.role)
        return pb.GrantBookingResponse(organisation=request.organisation)

    async def WatchEvents(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.WatchEventsRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        """Answer facts from a position on, then as they come."""
        async for events in self._outbox.watch(request.after_position):
            yield pb.WatchEventsResponse(events=events)

    def _records(self, transaction: Transaction) -> DatabaseRecords:
        return DatabaseRecords(transaction, self._cache)


def _position(token: str) -> int:
    if not token:
        return 0
    if not (token.isascii() and token.isdigit() and len(token) < 19):  # noqa: PLR2004 - fits 63 bits
        raise InvalidValue("PAGE_TOKEN_UNKNOWN", "That page token is none of ours.")
    return int(token)
