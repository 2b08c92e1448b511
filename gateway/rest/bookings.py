"""Bookings and what a shipper tells of its containers."""

from onebill.booking.v1 import booking_pb2, booking_service_pb2
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_pb2, documents_service_pb2

from gateway.rest.journeys import must_see
from gateway.rest.passing import as_text, from_text
from gateway.rest.protojson import Json, money_json, time_text, to_json
from gateway.rest.routes import Answer, Ask
from workflows.client import AmendBooking, BookingAnswer, CancelBooking, PlaceBooking, PutPaper


async def place_booking(ask: Ask) -> Answer:
    """Book every leg in one call."""
    answer = await ask.behind.consignments.place_booking(
        PlaceBooking(
            booking_reference=ask.booking_reference,
            shipper_organisation=ask.holder.organisation,
            request=as_text(ask.message),
            request_id=ask.request_id,
            received_at=ask.received_at,
        )
    )
    location = {"Location": f"/v1/bookings/{answer.booking_reference}"}
    return Answer(booking_answer_json(answer), 201, location)


async def list_bookings(ask: Ask) -> Answer:
    """The holder's bookings, newest first."""
    answer = await ask.services.bookings.ListBookings(
        booking_service_pb2.ListBookingsRequest(
            page_size=ask.page_size, page_token=ask.page_token
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


async def get_booking(ask: Ask) -> Answer:
    """One booking."""
    booking = await must_see(ask)
    return Answer(to_json(booking), headers={"ETag": f'"{booking.revision}"'})


async def amend_booking(ask: Ask) -> Answer:
    """Say anew what is booked; places, times and legs stay."""
    booking = await must_see(ask)
    answer = await ask.behind.consignments.amend_booking(
        AmendBooking(
            booking_reference=booking.booking_reference,
            shipper_organisation=ask.holder.organisation,
            request=as_text(ask.message),
            expected_revision=ask.revision,
            request_id=ask.request_id,
        )
    )
    return Answer(booking_answer_json(answer), headers={"ETag": f'"{answer.revision}"'})


async def cancel_booking(ask: Ask) -> Answer:
    """Give a booking up, until the goods are taken in charge."""
    booking = await must_see(ask)
    answer = await ask.behind.consignments.cancel_booking(
        CancelBooking(
            booking_reference=booking.booking_reference,
            shipper_organisation=ask.holder.organisation,
            reason=str(ask.body.get("reason", "")),
            request_id=ask.request_id,
        )
    )
    return Answer(
        {
            "bookingReference": answer.booking_reference,
            "state": answer.state,
            "stateReason": answer.state_reason,
        }
    )


async def put_equipment(ask: Ask) -> Answer:
    """Name a container with its seals and verified gross mass."""
    booking = await must_see(ask)
    equipment = ask.said(documents_pb2.Equipment)
    equipment.booking_reference = booking.booking_reference
    equipment.equipment_reference = ask.path["equipmentReference"]
    answer = await ask.behind.consignments.put_equipment(
        PutPaper(
            booking_reference=booking.booking_reference,
            organisation=ask.holder.organisation,
            paper=as_text(documents_service_pb2.PutEquipmentRequest(equipment=equipment)),
            request_id=ask.request_id,
        )
    )
    return Answer(to_json(from_text(answer.answer, documents_pb2.Equipment)))


async def list_equipment(ask: Ask) -> Answer:
    """The containers of a booking."""
    answer = await ask.services.documents.ListEquipment(
        documents_service_pb2.ListEquipmentRequest(booking_reference=ask.path["bookingReference"]),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


def booking_answer_json(answer: BookingAnswer) -> Json:
    """The first answer to a shipper."""
    document: Json = {
        "bookingReference": answer.booking_reference,
        "state": answer.state,
        "stateReason": answer.state_reason,
        "screeningHits": [
            to_json(
                booking_pb2.ScreeningHit(
                    list_entry=hit.list_entry, pointer=hit.pointer, lifted_by=hit.lifted_by
                )
            )
            for hit in answer.screening_hits
        ],
        "revision": answer.revision,
    }
    for name, amount in (("total", answer.total), ("premium", answer.premium)):
        if amount is not None:
            document[name] = money_json(
                common_pb2.Money(amount=amount.amount, currency_code=amount.currency_code)
            )
    if answer.acceptance_deadline is not None:
        document["acceptanceDeadline"] = time_text(answer.acceptance_deadline)
    return document
