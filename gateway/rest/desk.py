"""The operator's own people: what everything waits for, hits to lift, the books."""

import asyncio

from onebill.booking.v1 import booking_service_pb2
from onebill.documents.v1 import amendment_pb2, documents_service_pb2
from onebill.ledger.v1 import projection_service_pb2
from onebill.settlement.v1 import settlement_service_pb2

from foundation.kernel.errors import NotAllowed
from foundation.runtime.identity import OPERATOR
from gateway.rest.bookings import booking_answer_json
from gateway.rest.journeys import must_see, waiting_json
from gateway.rest.passing import from_text
from gateway.rest.protojson import Json, to_json
from gateway.rest.routes import Answer, Ask
from workflows.client import DeskAct, LiftScreeningHit, PrepareAmendment


async def desk_bookings(ask: Ask) -> Answer:
    """Every booking with what it waits for."""
    _of_operator(ask)
    answer = await ask.services.bookings.ListBookings(
        booking_service_pb2.ListBookingsRequest(
            page_size=ask.page_size, page_token=ask.page_token
        ),
        metadata=ask.metadata,
    )
    waiting = await asyncio.gather(
        *(
            ask.behind.consignments.waiting_for(booking.booking_reference)
            for booking in answer.bookings
        )
    )
    return Answer(
        {
            "bookings": [
                {"booking": to_json(booking), "waitingFor": waiting_json(said, booking)}
                for booking, said in zip(answer.bookings, waiting, strict=True)
            ],
            "nextPageToken": answer.next_page_token,
        }
    )


async def desk_lift_screening_hit(ask: Ask) -> Answer:
    """Lift a screening hit; the token's person answers for it."""
    _of_operator(ask)
    booking = await must_see(ask)
    answer = await ask.behind.consignments.lift_screening_hit(
        LiftScreeningHit(
            booking_reference=booking.booking_reference,
            list_entry=str(ask.body.get("listEntry", "")),
            person=ask.holder.person,
            reason=str(ask.body.get("reason", "")),
            request_id=ask.request_id,
        )
    )
    document = booking_answer_json(answer)
    return Answer(
        {
            name: document[name]
            for name in ("bookingReference", "state", "stateReason", "screeningHits")
        }
    )


async def desk_bills(ask: Ask) -> Answer:
    """What the gates of every bill wait for."""
    _of_operator(ask)
    answer = await ask.services.projection.SearchBills(
        projection_service_pb2.SearchBillsRequest(
            is_whole=True, page_size=ask.page_size, page_token=ask.page_token
        ),
        metadata=ask.metadata,
    )
    rows: list[Json] = []
    for found in answer.bills:
        bill = to_json(found)
        gates = bill.get("gates", {})
        rows.append(
            {
                "transportDocumentReference": bill["transportDocumentReference"],
                "state": bill["state"],
                "possessor": bill["possessor"],
                "waitsFor": [
                    {"gate": gate, "name": light["name"], "waitsFor": light["waitsFor"]}
                    for gate, member in (
                        ("TERMINAL_RELEASE", "terminalRelease"),
                        ("DELIVERY", "delivery"),
                    )
                    for light in gates.get(member, [])
                    if not light["isMet"]
                ],
            }
        )
    return Answer({"bills": rows, "nextPageToken": answer.next_page_token})


async def desk_act(ask: Ask) -> Answer:
    """An act of the issuer that a person of the operator decides; custody signs it."""
    _of_operator(ask)
    reference = ask.path["transportDocumentReference"]
    found = await ask.services.documents.FindBooking(
        documents_service_pb2.FindBookingRequest(transport_document_reference=reference)
    )
    outcome = await ask.behind.consignments.desk_act(
        DeskAct(
            booking_reference=found.booking_reference,
            transport_document_reference=reference,
            action_code=str(ask.body.get("actionCode", "")),
            recipient=str(ask.body.get("recipient", "")),
            terms=str(ask.body.get("terms") or "{}"),
            details=str(ask.body.get("details") or "{}"),
            person=ask.holder.person,
            request_id=ask.request_id,
        )
    )
    return Answer({"transportDocumentReference": reference, "actHash": outcome.act_hash}, 201)


async def desk_prepare_amendment(ask: Ask) -> Answer:
    """Have the bill drafted that a surrender for amendment asks for."""
    _of_operator(ask)
    reference = ask.path["transportDocumentReference"]
    found = await ask.services.documents.FindBooking(
        documents_service_pb2.FindBookingRequest(transport_document_reference=reference)
    )
    answer = await ask.behind.consignments.prepare_amendment(
        PrepareAmendment(
            booking_reference=found.booking_reference,
            transport_document_reference=reference,
            person=ask.holder.person,
            request_id=ask.request_id,
        )
    )
    return Answer(to_json(from_text(answer.answer, amendment_pb2.Amendment)), 201)


async def desk_trial_balance(ask: Ask) -> Answer:
    """Every account in every currency; the differences are zero."""
    _of_operator(ask)
    answer = await ask.services.settlement.GetTrialBalance(
        settlement_service_pb2.GetTrialBalanceRequest(), metadata=ask.metadata
    )
    return Answer(to_json(answer))


async def desk_journal(ask: Ask) -> Answer:
    """The journal, oldest first."""
    _of_operator(ask)
    answer = await ask.services.settlement.ListJournalEntries(
        settlement_service_pb2.ListJournalEntriesRequest(
            booking_reference=ask.query.get("bookingReference", ""),
            page_size=ask.page_size,
            page_token=ask.page_token,
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


async def desk_payables(ask: Ask) -> Answer:
    """What carriers are owed and were paid."""
    _of_operator(ask)
    answer = await ask.services.settlement.ListPayables(
        settlement_service_pb2.ListPayablesRequest(
            booking_reference=ask.query.get("bookingReference", ""),
            page_size=ask.page_size,
            page_token=ask.page_token,
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


def _of_operator(ask: Ask) -> None:
    if ask.holder.organisation != OPERATOR:
        raise NotAllowed("DESK_IS_THE_OPERATORS", "The desk is for the operator's own people.")
