"""The smallest service there is, on the runtime: it keeps notes by reference.

It borrows messages of the booking service, so that no proto exists for tests alone.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import grpc
from onebill.booking.v1 import booking_pb2, booking_service_pb2, booking_service_pb2_grpc
from sqlalchemy import text

from foundation.kernel.errors import NotFound, WrongState
from foundation.runtime.database import Database, Fact, Transaction
from foundation.runtime.identity import Access
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Service, Wired
from foundation.runtime.requests import reads, writes
from foundation.runtime.settings import ServiceSettings

SERVICE = "/onebill.booking.v1.BookingService/"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

ACCESS = {
    SERVICE + "ConfirmBooking": Access(parts=frozenset({"worker"}), members=True),
    SERVICE + "GetBooking": Access(
        parts=frozenset({"worker", "gateway-rest"}), members=True, scope="notes:read"
    ),
    SERVICE + "WatchEvents": Access(parts=frozenset({"listener"})),
}


@dataclass
class NotesServicer(booking_service_pb2_grpc.BookingServiceServicer):
    database: Database
    outbox: Outbox
    # Held by a test that wants a write to stay open for a while.
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    written: int = 0

    def __post_init__(self):
        self.gate.set()

    @writes(booking_service_pb2.ConfirmBookingResponse)
    async def ConfirmBooking(  # noqa: N802
        self, request: booking_service_pb2.ConfirmBookingRequest, transaction: Transaction
    ) -> booking_service_pb2.ConfirmBookingResponse:
        reference = request.booking_reference
        await transaction.connection.execute(
            text("INSERT INTO notes VALUES (:reference, :organisation, 'noted')"),
            {"reference": reference, "organisation": transaction.organisation},
        )
        await self.gate.wait()
        if reference.startswith("GRANTED"):
            await transaction.grant(reference, "buyer", "READER")
        transaction.publish(Fact("onebill.notes.noted.v1", reference, NOON, {"by": "test"}))
        if reference.startswith("REFUSED"):
            raise WrongState("NOTES_CLOSED", f"{reference} cannot be noted.", reference=reference)
        if reference.startswith("FAULT"):
            raise RuntimeError("a secret detail")
        self.written += 1
        return booking_service_pb2.ConfirmBookingResponse(
            booking=booking_pb2.Booking(booking_reference=reference, revision=self.written)
        )

    @reads
    async def GetBooking(  # noqa: N802
        self, request: booking_service_pb2.GetBookingRequest, transaction: Transaction
    ) -> booking_service_pb2.GetBookingResponse:
        found = await transaction.connection.execute(
            text("SELECT body FROM notes WHERE reference = :reference"),
            {"reference": request.booking_reference},
        )
        if found.scalar_one_or_none() is None:
            raise NotFound("NOTE_UNKNOWN", "There is no such note.")
        return booking_service_pb2.GetBookingResponse(
            booking=booking_pb2.Booking(booking_reference=request.booking_reference)
        )

    async def WatchEvents(  # noqa: N802
        self, request: booking_service_pb2.WatchEventsRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[booking_service_pb2.WatchEventsResponse]:
        async for events in self.outbox.watch(request.after_position):
            yield booking_service_pb2.WatchEventsResponse(events=events)


def notes_service(made: list[NotesServicer]) -> Service[ServiceSettings]:
    """Wire the service; the servicer is added to `made`, for tests that reach inside."""

    def wire(settings: ServiceSettings, database: Database, outbox: Outbox) -> Wired:
        servicer = NotesServicer(database, outbox)
        made.append(servicer)
        return Wired(
            ACCESS,
            lambda server: booking_service_pb2_grpc.add_BookingServiceServicer_to_server(
                servicer, server
            ),
        )

    return Service("notes", ServiceSettings, Path(__file__).parent / "notes_migrations", wire)
