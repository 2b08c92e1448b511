"""Facts of the services in the shape that other services ask for them. No rule, no I/O."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from onebill.booking.v1 import booking_pb2
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_service_pb2
from onebill.insurance.v1 import insurance_service_pb2
from onebill.settlement.v1 import settlement_service_pb2
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2

from workflows.messages import Amount, BookingAnswer, OpenHit


def word(name: str, prefix: str) -> str:
    """The enum value without its prefix: `RECEIVED`, `TRUCK`."""
    return name.removeprefix(f"{prefix}_")


def moment(stamp: Timestamp) -> datetime:
    """A protobuf timestamp as an aware moment in UTC."""
    return stamp.ToDatetime(tzinfo=UTC)


def stamp(at: datetime) -> Timestamp:
    """An aware moment as a protobuf timestamp."""
    made = Timestamp()
    made.FromDatetime(at)
    return made


def with_facts(request_id: str, request: Message) -> str:
    """Name a request that carries gathered facts by those facts too.

    A second attempt gathers again, and a worker that follows one that died within its task may
    see another time and later news. The same facts must be a repeat, and changed facts a
    request of their own rather than the same id with another body; that nothing happens twice
    is then kept by the service's own state.
    """
    body = hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()
    return str(uuid.uuid5(uuid.UUID(request_id), body))


def mode_of(leg: booking_pb2.Leg) -> str:
    """VESSEL, RAIL, TRUCK or BARGE."""
    return word(common_pb2.ModeOfTransport.Name(leg.mode_of_transport), "MODE_OF_TRANSPORT")


def payment_term_of(booking: booking_pb2.Booking) -> str:
    """PRE or COL."""
    return word(booking_pb2.PaymentTerm.Name(booking.request.payment_term), "PAYMENT_TERM")


def containers_of(booking: booking_pb2.Booking) -> int:
    """How many containers were booked."""
    return sum(wanted.units for wanted in booking.request.requested_equipments) or 1


def rated_legs(booking: booking_pb2.Booking) -> list[settlement_service_pb2.RatedLeg]:
    """The legs as settlement rates them."""
    return [
        settlement_service_pb2.RatedLeg(
            leg_sequence=leg.leg_sequence,
            mode_of_transport=mode_of(leg),
            carrier_organisation=leg.carrier_organisation,
            departure_un_location_code=leg.departure_location.un_location_code,
            arrival_un_location_code=leg.arrival_location.un_location_code,
        )
        for leg in booking.legs
    ]


def insured_legs(booking: booking_pb2.Booking) -> list[insurance_service_pb2.InsuredLeg]:
    """The legs as insurance covers them."""
    return [
        insurance_service_pb2.InsuredLeg(
            leg_sequence=leg.leg_sequence,
            mode_of_transport=mode_of(leg),
            departure_un_location_code=leg.departure_location.un_location_code,
            arrival_un_location_code=leg.arrival_location.un_location_code,
            carrier_organisation=leg.carrier_organisation,
        )
        for leg in booking.legs
    ]


def planned_legs(booking: booking_pb2.Booking) -> list[tracking_service_pb2.PlannedLeg]:
    """The legs as tracking holds events against them."""
    return [
        tracking_service_pb2.PlannedLeg(
            leg_sequence=leg.leg_sequence,
            mode_of_transport=mode_of(leg),
            carrier_organisation=leg.carrier_organisation,
            departure_location=leg.departure_location,
            arrival_location=leg.arrival_location,
            planned_departure=leg.planned_departure,
            planned_arrival=leg.planned_arrival,
        )
        for leg in booking.legs
    ]


def planned_journey(booking: booking_pb2.Booking) -> tracking_service_pb2.PlanJourneyRequest:
    """A booking's journey as tracking plans it, empty pick-up and return included."""
    wanted = booking.request.requested_equipments[0]
    return tracking_service_pb2.PlanJourneyRequest(
        booking_reference=booking.booking_reference,
        legs=planned_legs(booking),
        containers=containers_of(booking),
        shipper_organisation=booking.shipper_organisation,
        empty_pick_up=wanted.empty_pick_up if wanted.HasField("empty_pick_up") else None,
        empty_return=wanted.empty_return if wanted.HasField("empty_return") else None,
    )


def happened(
    journey: tracking_pb2.Journey, code: int, leg_sequence: int | None = None
) -> list[documents_service_pb2.TakingInChargeFact]:
    """Each container's ACTUAL milestone of one kind, as documents judges it."""
    return [
        documents_service_pb2.TakingInChargeFact(
            equipment_reference=container.equipment_reference,
            leg_sequence=milestone.leg_sequence,
            seal_numbers=[seal.seal_number for seal in milestone.seals],
            event_at=milestone.actual_at,
            event_id=milestone.event_id,
            un_location_code=milestone.un_location_code,
        )
        for container in journey.containers
        for milestone in container.milestones
        if milestone.milestone_code == code
        and milestone.HasField("actual_at")
        and leg_sequence in (None, milestone.leg_sequence)
    ]


def amount_of(money: common_pb2.Money) -> Amount:
    """Money as a message of the workflow."""
    return Amount(money.amount, money.currency_code)


def booking_answer(booking: booking_pb2.Booking) -> BookingAnswer:
    """What a shipper is told of its booking first."""
    has_offer = booking.HasField("offer")
    return BookingAnswer(
        booking_reference=booking.booking_reference,
        state=word(booking_pb2.BookingState.Name(booking.state), "BOOKING_STATE"),
        state_reason=booking.state_reason,
        total=amount_of(booking.offer.total) if has_offer else None,
        premium=amount_of(booking.offer.premium) if has_offer else None,
        acceptance_deadline=(
            moment(booking.acceptance_deadline)
            if booking.HasField("acceptance_deadline")
            else None
        ),
        screening_hits=[
            OpenHit(hit.list_entry, hit.pointer, hit.lifted_by) for hit in booking.screening_hits
        ],
        revision=booking.revision,
    )


def organisation_of(booking: booking_pb2.Booking, function: int) -> str:
    """The organisation that has a function on the document; empty for none."""
    found: Iterable[str] = (
        party.organisation
        for party in booking.request.document_parties
        if party.party_function == function and party.organisation
    )
    return next(iter(found), "")
