"""Journeys as carriers tell them: fifty bookings of four boxes, thirty events each box.

Four carriers, one leg each. A batch holds five events of each of two hundred boxes, as a
carrier's system sends them after a train or a ship has moved.
"""

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2

from foundation.kernel.equipment import equipment_check_digit
from foundation.kernel.references import make_booking_reference

BOOKINGS: Final = 50
BOXES: Final = 4
_OWNER: Final = "OBLU"
_SERIALS: Final = 10**6
_DEPARTS: Final = datetime(2026, 1, 12, 8, tzinfo=UTC)

_LEGS: Final = (
    ("TRUCK", "haulier-chongqing", ("CNCKG", "DOOR"), ("CNCKG", "TJC"), 0.0, 0.5),
    ("RAIL", "rail-chongqing", ("CNCKG", "TJC"), ("CNQZH", "QZGE"), 1.0, 3.0),
    ("VESSEL", "line-beibu", ("CNQZH", "QZGE"), ("SGSIN", "TUAS"), 5.0, 12.0),
    ("TRUCK", "haulier-singapore", ("SGSIN", "TUAS"), ("SGJUR", ""), 14.0, 14.5),
)


@dataclass(frozen=True, slots=True)
class _Told:
    """One event as it is told of every box: hours are after the planned departure."""

    code: str
    leg: int
    hours: float
    place: str
    classifier: str = "ACTUAL"
    kind: str = "EQUIPMENT"
    laden: bool = True


# One row a batch: who tells it, and the five events of each box.
_BATCHES: Final = (
    (
        "haulier-chongqing",
        _Told("PICKED_UP", 0, -6, "CNCKG", laden=False),
        _Told("GATED_IN", 1, 11, "CNCKG", "ESTIMATED"),
        _Told("GATED_OUT", 1, 0, "CNCKG"),
        _Told("BREADCRUMB", 1, 4, "CNCKG", kind="IOT"),
        _Told("GATED_IN", 1, 9, "CNCKG"),
    ),
    (
        "rail-chongqing",
        _Told("GATED_IN", 2, 10, "CNCKG"),
        _Told("DEPARTED", 2, 24, "CNCKG", "PLANNED", "TRANSPORT"),
        _Told("LOADED", 2, 20, "CNCKG"),
        _Told("DEPARTED", 2, 25, "CNCKG", kind="TRANSPORT"),
        _Told("ARRIVED", 2, 71, "CNQZH", "ESTIMATED", "TRANSPORT"),
    ),
    (
        "rail-chongqing",
        _Told("BREADCRUMB", 2, 40, "CNCKG", kind="IOT"),
        _Told("ARRIVED", 2, 72, "CNQZH", "ESTIMATED", "TRANSPORT"),
        _Told("BREADCRUMB", 2, 60, "CNQZH", kind="IOT"),
        _Told("ARRIVED", 2, 73, "CNQZH", kind="TRANSPORT"),
        _Told("DISCHARGED", 2, 74, "CNQZH"),
    ),
    (
        "line-beibu",
        _Told("GATED_IN", 3, 76, "CNQZH"),
        _Told("DEPARTED", 3, 120, "CNQZH", "PLANNED", "TRANSPORT"),
        _Told("LOADED", 3, 119, "CNQZH"),
        _Told("DEPARTED", 3, 121, "CNQZH", kind="TRANSPORT"),
        _Told("ARRIVED", 3, 284, "SGSIN", "ESTIMATED", "TRANSPORT"),
    ),
    (
        "line-beibu",
        _Told("BREADCRUMB", 3, 200, "CNQZH", kind="IOT"),
        _Told("ARRIVED", 3, 286, "SGSIN", "ESTIMATED", "TRANSPORT"),
        _Told("APPROACHING", 3, 284, "SGSIN", kind="TRANSPORT"),
        _Told("ARRIVED", 3, 287, "SGSIN", kind="TRANSPORT"),
        _Told("DISCHARGED", 3, 290, "SGSIN"),
    ),
    (
        "haulier-singapore",
        _Told("GATED_OUT", 4, 337, "SGSIN"),
        _Told("BREADCRUMB", 4, 338, "SGSIN", kind="IOT"),
        _Told("GATED_IN", 4, 340, "SGJUR"),
        _Told("STRIPPED", 4, 344, "SGJUR"),
        _Told("DROPPED_OFF", 0, 360, "SGSIN", laden=False),
    ),
)


@dataclass(frozen=True, slots=True)
class Box:
    """A container with the shipper's seal on it, on its booking."""

    booking_reference: str
    equipment_reference: str
    seal_number: str


@dataclass(frozen=True, slots=True)
class Group:
    """Fifty bookings whose boxes travel together."""

    boxes: tuple[Box, ...]

    def plans(self) -> Iterator[tracking_service_pb2.PlanJourneyRequest]:
        """Answer the plan of every booking."""
        for reference in dict.fromkeys(box.booking_reference for box in self.boxes):
            yield tracking_service_pb2.PlanJourneyRequest(
                booking_reference=reference,
                legs=[
                    tracking_service_pb2.PlannedLeg(
                        leg_sequence=number,
                        mode_of_transport=mode,
                        carrier_organisation=carrier,
                        departure_location=_place(*departure),
                        arrival_location=_place(*arrival),
                        planned_departure=_stamp(departs * 24),
                        planned_arrival=_stamp(arrives * 24),
                    )
                    for number, (mode, carrier, departure, arrival, departs, arrives) in enumerate(
                        _LEGS, start=1
                    )
                ],
                containers=BOXES,
                shipper_organisation="seller",
                empty_pick_up=_place("CNCKG"),
                empty_return=_place("SGSIN"),
                request_id=str(uuid.uuid4()),
            )

    def assignments(self) -> Iterator[tracking_service_pb2.AssignEquipmentRequest]:
        """Answer which box with which seal travels on which booking."""
        for box in self.boxes:
            yield tracking_service_pb2.AssignEquipmentRequest(
                booking_reference=box.booking_reference,
                equipment_reference=box.equipment_reference,
                seal_numbers=[box.seal_number],
                request_id=str(uuid.uuid4()),
            )

    def batches(self) -> list[tracking_service_pb2.IngestEventsRequest]:
        """Answer the six batches of a thousand events in which the journeys are told."""
        return [
            tracking_service_pb2.IngestEventsRequest(
                issuer=issuer,
                events=[_event(issuer, told, box) for told in five for box in self.boxes],
                request_id=str(uuid.uuid4()),
            )
            for issuer, *five in _BATCHES
        ]


def draw_group() -> Group:
    """Make up fifty bookings with four boxes each."""
    return Group(
        tuple(
            Box(reference, draw_container(), f"CN{secrets.randbelow(_SERIALS):06d}")
            for reference in (make_booking_reference(secrets.token_bytes) for _ in range(BOOKINGS))
            for _ in range(BOXES)
        )
    )


def _event(issuer: str, told: _Told, box: Box) -> tracking_pb2.TrackingEvent:
    is_of_the_box = told.kind != "TRANSPORT"
    shows_seal = told.kind == "EQUIPMENT" and told.laden and told.code != "STRIPPED"
    return tracking_pb2.TrackingEvent(
        event_id=secrets.token_hex(12),
        issuer=issuer,
        event_type=told.kind,
        event_code=told.code,
        event_classifier=told.classifier,
        event_date_time=_stamp(told.hours),
        booking_reference=box.booking_reference,
        leg_sequence=told.leg,
        equipment_reference=box.equipment_reference if is_of_the_box else "",
        event_location=_place(told.place),
        is_laden=told.laden and is_of_the_box,
        seals=[tracking_pb2.SeenSeal(seal_number=box.seal_number, seal_source="SHIPPER")]
        if shows_seal
        else [],
        mode_of_transport=_LEGS[told.leg - 1][0] if told.leg else "",
        vessel_imo_number="9839272" if issuer == "line-beibu" else "",
        voyage_number="026S" if issuer == "line-beibu" else "",
    )


def draw_container() -> str:
    """Make up a container number with its check digit."""
    stem = f"{_OWNER}{secrets.randbelow(_SERIALS):06d}"
    return f"{stem}{equipment_check_digit(stem)}"


def _place(code: str, facility: str = "") -> common_pb2.Location:
    return common_pb2.Location(un_location_code=code, facility_code=facility)


def _stamp(hours: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(_DEPARTS + timedelta(hours=hours))
    return stamp
