"""onebill.booking.v1 over the use cases. No rule lives here, and no line about repeats."""

from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

import grpc
from onebill.booking.v1 import booking_pb2
from onebill.booking.v1 import booking_service_pb2 as pb
from onebill.booking.v1 import booking_service_pb2_grpc as pb_grpc

from foundation.runtime.database import Database, Transaction
from foundation.runtime.identity import current_caller
from foundation.runtime.outbox import Outbox
from foundation.runtime.requests import reads, writes
from services.booking.adapters.bookings import PostgresBookings
from services.booking.adapters.legs import PostgresLegs, leg_reference
from services.booking.adapters.paging import page_size, read_page_token, write_page_token
from services.booking.adapters.reading import (
    read_location,
    read_offer,
    read_party,
    read_request,
    read_time,
)
from services.booking.adapters.writing import Writer
from services.booking.application.handlers import BookingHandlers, CreateBooking
from services.booking.application.ports import Page

Context = grpc.aio.ServicerContext[Any, Any]


class BookingServicer(pb_grpc.BookingServiceServicer):
    """One method per RPC; each runs in one transaction on behalf of its caller."""

    def __init__(
        self, *, database: Database, outbox: Outbox, handlers: BookingHandlers, writer: Writer
    ) -> None:
        self.database = database
        self._outbox = outbox
        self._handlers = handlers
        self._writer = writer

    @writes(pb.CreateBookingResponse)
    async def CreateBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.CreateBookingRequest, transaction: Transaction
    ) -> pb.CreateBookingResponse:
        """Record a booking."""
        booking = await self._handlers.create(
            self._bookings(transaction),
            CreateBooking(
                reference=request.booking_reference,
                request=read_request(request.request),
                organisation=transaction.organisation,
                person=current_caller().person,
                acceptance_deadline=read_time(
                    request.acceptance_deadline,
                    "carriers' deadline",
                    request.HasField("acceptance_deadline"),
                ),
            ),
        )
        return pb.CreateBookingResponse(booking=self._writer.booking(booking))

    @writes(pb.RecordOfferResponse)
    async def RecordOffer(  # noqa: N802 - the name is the protocol's
        self, request: pb.RecordOfferRequest, transaction: Transaction
    ) -> pb.RecordOfferResponse:
        """Keep price and premium."""
        booking = await self._handlers.record_offer(
            self._bookings(transaction), request.booking_reference, read_offer(request.offer)
        )
        return pb.RecordOfferResponse(booking=self._writer.booking(booking))

    @writes(pb.RequestLegsResponse)
    async def RequestLegs(  # noqa: N802 - the name is the protocol's
        self, request: pb.RequestLegsRequest, transaction: Transaction
    ) -> pb.RequestLegsResponse:
        """Ask every carrier for its leg."""
        told = request.HasField("acceptance_deadline")
        booking = await self._handlers.request_legs(
            self._bookings(transaction),
            request.booking_reference,
            read_time(request.acceptance_deadline, "carriers' deadline", told) if told else None,
        )
        return pb.RequestLegsResponse(booking=self._writer.booking(booking))

    @writes(pb.AcceptLegResponse)
    async def AcceptLeg(  # noqa: N802 - the name is the protocol's
        self, request: pb.AcceptLegRequest, transaction: Transaction
    ) -> pb.AcceptLegResponse:
        """Record a carrier's yes."""
        granted = await self._handlers.accept_leg(
            PostgresLegs(transaction),
            request.booking_reference,
            request.leg_sequence,
            request.carrier_booking_reference,
        )
        return pb.AcceptLegResponse(leg=self._writer.leg(granted.leg))

    @writes(pb.DeclineLegResponse)
    async def DeclineLeg(  # noqa: N802 - the name is the protocol's
        self, request: pb.DeclineLegRequest, transaction: Transaction
    ) -> pb.DeclineLegResponse:
        """Record a carrier's no."""
        granted = await self._handlers.decline_leg(
            PostgresLegs(transaction),
            request.booking_reference,
            request.leg_sequence,
            request.reason,
        )
        return pb.DeclineLegResponse(leg=self._writer.leg(granted.leg))

    @writes(pb.ConfirmBookingResponse)
    async def ConfirmBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.ConfirmBookingRequest, transaction: Transaction
    ) -> pb.ConfirmBookingResponse:
        """Confirm a booking whose legs are all accepted."""
        booking = await self._handlers.confirm(
            self._bookings(transaction), request.booking_reference
        )
        return pb.ConfirmBookingResponse(booking=self._writer.booking(booking))

    @writes(pb.RejectBookingResponse)
    async def RejectBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.RejectBookingRequest, transaction: Transaction
    ) -> pb.RejectBookingResponse:
        """Reject or decline a booking."""
        booking = await self._handlers.reject(
            self._bookings(transaction), request.booking_reference, request.reason
        )
        return pb.RejectBookingResponse(booking=self._writer.booking(booking))

    @writes(pb.CancelBookingResponse)
    async def CancelBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.CancelBookingRequest, transaction: Transaction
    ) -> pb.CancelBookingResponse:
        """Cancel a booking, or put a tombstone for one never seen."""
        booking = await self._handlers.cancel(
            self._bookings(transaction), request.booking_reference, request.reason
        )
        if booking is None:
            return pb.CancelBookingResponse(
                booking=booking_pb2.Booking(
                    booking_reference=request.booking_reference,
                    shipper_organisation=transaction.organisation,
                    state=booking_pb2.BOOKING_STATE_CANCELLED,
                )
            )
        return pb.CancelBookingResponse(booking=self._writer.booking(booking))

    @writes(pb.AmendBookingResponse)
    async def AmendBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.AmendBookingRequest, transaction: Transaction
    ) -> pb.AmendBookingResponse:
        """Change parties, goods and values before the carriers are asked."""
        booking = await self._handlers.amend(
            self._bookings(transaction),
            request.booking_reference,
            read_request(request.request),
            request.expected_revision,
        )
        return pb.AmendBookingResponse(booking=self._writer.booking(booking))

    @writes(pb.LiftScreeningHitResponse)
    async def LiftScreeningHit(  # noqa: N802 - the name is the protocol's
        self, request: pb.LiftScreeningHitRequest, transaction: Transaction
    ) -> pb.LiftScreeningHitResponse:
        """Lift a screening hit in a person's name."""
        booking = await self._handlers.lift_screening_hit(
            self._bookings(transaction),
            request.booking_reference,
            request.list_entry,
            request.person,
            request.reason,
        )
        return pb.LiftScreeningHitResponse(booking=self._writer.booking(booking))

    @writes(pb.ChangeDestinationResponse)
    async def ChangeDestination(  # noqa: N802 - the name is the protocol's
        self, request: pb.ChangeDestinationRequest, transaction: Transaction
    ) -> pb.ChangeDestinationResponse:
        """Let the last leg end elsewhere."""
        booking = await self._handlers.change_destination(
            self._bookings(transaction),
            request.booking_reference,
            read_location(request.place_of_delivery, "place of delivery"),
            is_only_checked=request.is_only_checked,
        )
        return pb.ChangeDestinationResponse(booking=self._writer.booking(booking))

    @reads
    async def ScreenParties(  # noqa: N802 - the name is the protocol's
        self, request: pb.ScreenPartiesRequest, transaction: Transaction
    ) -> pb.ScreenPartiesResponse:
        """Hold names against the screening list."""
        hits = await self._handlers.screen_parties(
            self._bookings(transaction),
            request.booking_reference,
            [read_party(party) for party in request.document_parties],
        )
        return pb.ScreenPartiesResponse(
            screening_hits=[
                booking_pb2.ScreeningHit(list_entry=hit.list_entry, pointer=hit.pointer)
                for hit in hits
            ]
        )

    @writes(pb.CompleteBookingResponse)
    async def CompleteBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.CompleteBookingRequest, transaction: Transaction
    ) -> pb.CompleteBookingResponse:
        """Close a booking."""
        booking = await self._handlers.complete(
            self._bookings(transaction), request.booking_reference
        )
        return pb.CompleteBookingResponse(booking=self._writer.booking(booking))

    @reads
    async def GetBooking(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetBookingRequest, transaction: Transaction
    ) -> pb.GetBookingResponse:
        """Answer one booking."""
        booking = await self._bookings(transaction).get(request.booking_reference)
        return pb.GetBookingResponse(booking=self._writer.booking(booking))

    @reads
    async def ListBookings(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListBookingsRequest, transaction: Transaction
    ) -> pb.ListBookingsResponse:
        """Answer bookings, newest first."""
        size = page_size(request.page_size)
        bookings = await self._bookings(transaction).list_newest(
            size, read_page_token(request.page_token)
        )
        answer = pb.ListBookingsResponse(
            bookings=[self._writer.booking(booking) for booking in bookings]
        )
        if len(bookings) == size:
            last = bookings[-1]
            answer.next_page_token = write_page_token(
                Page(last.received_at.astimezone(UTC), last.reference)
            )
        return answer

    @reads
    async def ListLegs(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListLegsRequest, transaction: Transaction
    ) -> pb.ListLegsResponse:
        """Answer the calling carrier's legs."""
        size = page_size(request.page_size)
        legs = await PostgresLegs(transaction).list_newest(
            size, read_page_token(request.page_token)
        )
        answer = pb.ListLegsResponse(legs=[self._writer.granted_leg(leg) for leg in legs])
        if len(legs) == size:
            last = legs[-1]
            answer.next_page_token = write_page_token(
                Page(
                    last.leg.plan.planned_departure.astimezone(UTC),
                    leg_reference(last.booking_reference, last.leg.sequence),
                )
            )
        return answer

    async def WatchEvents(  # noqa: N802 - the name is the protocol's
        self, request: pb.WatchEventsRequest, context: Context
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        """Stream facts from a position on."""
        async for events in self._outbox.watch(request.after_position):
            yield pb.WatchEventsResponse(events=events)

    def _bookings(self, transaction: Transaction) -> PostgresBookings:
        return PostgresBookings(transaction, self._writer)
