"""Protobuf to tracking's own values and back."""

from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2

from services.tracking.application.ports import PlannedJourney
from services.tracking.domain.container import Breach, Container
from services.tracking.domain.events import SeenSeal, TrackingEvent
from services.tracking.domain.outlook import Milestone, look_ahead
from services.tracking.domain.plan import Place, Plan, PlannedLeg

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def to_event(issuer: str, said: tracking_pb2.TrackingEvent) -> TrackingEvent:
    """Read one event. Without a time of the calendar it gets the epoch, which no event has."""
    place = said.event_location
    stamp = said.event_date_time
    return TrackingEvent(
        issuer,
        said.event_id,
        said.event_type,
        said.event_code,
        said.event_classifier,
        _moment(stamp.seconds, stamp.nanos),
        said.booking_reference,
        said.leg_sequence,
        said.equipment_reference,
        place.un_location_code,
        place.facility_code,
        said.facility_type,
        said.is_laden,
        tuple([_read_seal(seal) for seal in said.seals]) if said.seals else (),
        said.mode_of_transport,
        said.vessel_imo_number,
        said.vessel_name,
        said.voyage_number,
        said.retracted_event_id,
        said.remark,
        said.authority_reference,
    )


def from_event(event: TrackingEvent, received_at: datetime) -> tracking_pb2.TrackingEvent:
    """Write one event as it was told."""
    return tracking_pb2.TrackingEvent(
        event_id=event.event_id,
        issuer=event.issuer,
        event_type=event.event_type,
        event_code=event.event_code,
        event_classifier=event.event_classifier,
        event_date_time=_stamp(event.event_date_time),
        booking_reference=event.booking_reference,
        leg_sequence=event.leg_sequence,
        equipment_reference=event.equipment_reference,
        event_location=common_pb2.Location(
            un_location_code=event.un_location_code, facility_code=event.facility_code
        ),
        facility_type=event.facility_type,
        is_laden=event.is_laden,
        seals=[_seal(seal) for seal in event.seals],
        mode_of_transport=event.mode_of_transport,
        vessel_imo_number=event.vessel_imo_number,
        vessel_name=event.vessel_name,
        voyage_number=event.voyage_number,
        retracted_event_id=event.retracted_event_id,
        remark=event.remark,
        authority_reference=event.authority_reference,
        received_at=_stamp(received_at),
    )


def to_plan(request: tracking_service_pb2.PlanJourneyRequest, facilities: frozenset[str]) -> Plan:
    """Read a plan; `facilities` are those whose gates count on every journey."""
    return Plan(
        booking_reference=request.booking_reference,
        shipper=request.shipper_organisation,
        legs=tuple(
            PlannedLeg(
                sequence=leg.leg_sequence,
                mode_of_transport=leg.mode_of_transport,
                carrier=leg.carrier_organisation,
                departure=_place(leg.departure_location),
                arrival=_place(leg.arrival_location),
                planned_departure=leg.planned_departure.ToDatetime(UTC),
                planned_arrival=leg.planned_arrival.ToDatetime(UTC),
            )
            for leg in request.legs
        ),
        containers=request.containers,
        empty_pick_up=request.empty_pick_up.un_location_code,
        empty_return=request.empty_return.un_location_code,
        facilities=facilities | frozenset(request.facility_organisations),
    )


def from_journey(planned: PlannedJourney) -> tracking_pb2.Journey:
    """Write a journey with its outlook. Before a container is known there is one without name."""
    plan, journey = planned
    containers: list[Container | None] = list(journey.containers.values())
    return tracking_pb2.Journey(
        booking_reference=plan.booking_reference,
        containers=[_container(planned, one) for one in containers or [None]],
    )


def _container(planned: PlannedJourney, one: Container | None) -> tracking_pb2.JourneyContainer:
    outlook = look_ahead(planned.plan, planned.journey, one)
    following = outlook.next_expected
    said = tracking_pb2.JourneyContainer(
        milestones=[_milestone(milestone) for milestone in outlook.milestones],
        next_expected=following.code.value if following else "",
        next_expected_leg=following.leg_sequence if following else 0,
        next_expected_at=_stamp(outlook.next_expected_at),
        estimated_arrival=_stamp(outlook.estimated_arrival),
        is_unopened=True,
    )
    if one is not None:
        said.equipment_reference = one.equipment_reference
        said.last_un_location_code = one.last_place
        said.is_unopened = one.is_unopened
        said.current_seals.extend(one.expected_seals)
        said.breaches.extend(_breach(breach) for breach in one.breaches)
    return said


def _milestone(one: Milestone) -> tracking_pb2.Milestone:
    said = tracking_pb2.Milestone(
        milestone_code=tracking_pb2.MilestoneCode.Value(f"MILESTONE_CODE_{one.code.value}"),
        leg_sequence=one.leg_sequence,
        planned_at=_stamp(one.planned_at),
        estimated_at=_stamp(one.estimated_at),
    )
    if one.happened is not None:
        said.actual_at.FromDatetime(one.happened.at)
        said.event_id = one.happened.event_id
        said.un_location_code = one.happened.un_location_code
        said.seals.extend(_seal(seal) for seal in one.happened.seals)
    return said


def _breach(one: Breach) -> tracking_pb2.Breach:
    return tracking_pb2.Breach(
        breach_code=tracking_pb2.BreachCode.Value(f"BREACH_CODE_{one.code.value}"),
        leg_sequence=one.leg_sequence,
        event_id=one.event_id,
        explanation=one.explanation,
        event_at=_stamp(one.at),
        owner=one.owner,
    )


def _place(said: common_pb2.Location) -> Place:
    return Place(said.un_location_code, said.facility_code)


def _read_seal(said: tracking_pb2.SeenSeal) -> SeenSeal:
    return SeenSeal(said.seal_number, said.seal_source, said.replaced_seal_number)


def _seal(seal: SeenSeal) -> tracking_pb2.SeenSeal:
    return tracking_pb2.SeenSeal(
        seal_number=seal.seal_number,
        seal_source=seal.seal_source,
        replaced_seal_number=seal.replaced_seal_number,
    )


def _moment(seconds: int, nanos: int) -> datetime:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return _EARLIEST
    return moment.replace(microsecond=nanos // 1_000) if nanos else moment


def _stamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
