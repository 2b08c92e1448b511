"""Where the box is and what the consignment waits for, once or as a stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

import grpc
from onebill.booking.v1 import booking_pb2, booking_service_pb2
from onebill.tracking.v1 import tracking_service_pb2
from starlette.responses import Response, StreamingResponse

from foundation.kernel.errors import DomainError, NotFound
from foundation.runtime.refusals import refusal_from
from gateway.rest.protojson import Json, time_text, to_json
from gateway.rest.routes import Answer, Ask
from workflows.client import WaitingFor

# Milestones come minutes apart; a person watching sees one within a second.
_LOOK_SECONDS: Final = 1.0
# A proxy in between closes a stream that says nothing for half a minute.
_KEEP_ALIVE_LOOKS: Final = 15
# Nobody watches longer than this on one token.
_STREAM_LOOKS_MAX: Final = 3_600
_OVER: Final = "NOTHING"


async def must_see(ask: Ask) -> booking_pb2.Booking:
    """The booking of the path, if the holder may see it.

    Raises:
        grpc.aio.AioRpcError: the booking service's refusal; others' bookings are not found.
    """
    answer = await ask.services.bookings.GetBooking(
        booking_service_pb2.GetBookingRequest(booking_reference=ask.path["bookingReference"]),
        metadata=ask.metadata,
    )
    return answer.booking


async def get_journey(ask: Ask) -> Answer:
    """What the consignment waits for, and every container's milestones."""
    booking = await must_see(ask)
    return Answer(await _journey(ask, booking))


async def list_journey_events(ask: Ask) -> Answer:
    """The events as their issuers told them, oldest first."""
    answer = await ask.services.tracking.ListEvents(
        tracking_service_pb2.ListEventsRequest(
            booking_reference=ask.path["bookingReference"],
            page_size=ask.page_size,
            page_token=ask.page_token,
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


async def stream_journey(ask: Ask) -> Response:
    """The journey at once and on every change, as server-sent events."""
    booking = await must_see(ask)
    return StreamingResponse(
        _changes(ask, booking),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def waiting_json(waiting: WaitingFor | None, booking: booking_pb2.Booking) -> Json:
    """What is waited for; said from the booking where the process cannot say."""
    if waiting is None:
        state = booking_pb2.BookingState.Name(booking.state).removeprefix("BOOKING_STATE_")
        ended = state not in {"RECEIVED", "CONFIRMED"}
        return {
            "sentence": (
                f"Nothing to wait for; the booking is {state}."
                if ended
                else "What this waits for cannot be told at this moment."
            ),
            "what": _OVER if ended else "UNKNOWN",
            "onWhom": "",
            "until": "",
        }
    return {
        "sentence": waiting.sentence,
        "what": waiting.what,
        "onWhom": waiting.on_whom,
        "until": time_text(waiting.until) if waiting.until else "",
    }


async def _journey(ask: Ask, booking: booking_pb2.Booking) -> Json:
    reference = booking.booking_reference
    waiting = await ask.behind.consignments.waiting_for(reference)
    document: Json = {
        "bookingReference": reference,
        "waitingFor": waiting_json(waiting, booking),
    }
    try:
        answer = await ask.services.tracking.GetJourney(
            tracking_service_pb2.GetJourneyRequest(booking_reference=reference),
            metadata=ask.metadata,
        )
    except grpc.aio.AioRpcError as error:
        # Before the booking is confirmed no journey is planned.
        if not isinstance(refusal_from(error), NotFound):
            raise
    else:
        document["journey"] = to_json(answer.journey, leave_out=frozenset({"booking_reference"}))
    return document


async def _changes(ask: Ask, booking: booking_pb2.Booking) -> AsyncIterator[str]:
    last = ""
    for look in range(_STREAM_LOOKS_MAX):
        try:
            document = await _journey(ask, booking)
        except (grpc.aio.AioRpcError, DomainError):
            # A neighbour is away for a moment; the reader keeps what it has.
            document = None
        if document is not None:
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            if text != last:
                last = text
                yield f"event: journey\ndata: {text}\n\n"
            if document["waitingFor"]["what"] == _OVER:
                break
        if look % _KEEP_ALIVE_LOOKS == _KEEP_ALIVE_LOOKS - 1:
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK_SECONDS)
    yield "event: end\ndata: {}\n\n"
