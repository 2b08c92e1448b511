"""The story's journey, Chongqing to Singapore, as plan and events for tests of tracking."""

import itertools
from datetime import UTC, datetime, timedelta

from services.tracking.domain.events import SeenSeal, TrackingEvent
from services.tracking.domain.plan import Place, Plan, PlannedLeg

BOX = "NARU3472484"
OTHER_BOX = "CSQU3054383"
SEAL = "CN284416"
BOOKING = "OBBSVQG2DWXN1W"
DEPARTS = datetime(2026, 1, 12, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 24, tzinfo=UTC)

DOOR, STATION = Place("CNCKG", "DOOR"), Place("CNCKG", "TJC")
PORT, TERMINAL = Place("CNQZH", "QZGE"), Place("SGSIN", "TUAS")

HAULIER, RAIL, LINE, LAST_HAULIER = (
    "haulier-chongqing",
    "rail-chongqing",
    "line-beibu",
    "haulier-singapore",
)


def plan(**changes):
    """Four legs: lorry, train, vessel, lorry."""

    def at(days):
        return DEPARTS + timedelta(days=days)

    fields = {
        "booking_reference": BOOKING,
        "shipper": "seller",
        "legs": (
            PlannedLeg(1, "TRUCK", HAULIER, DOOR, STATION, at(0), at(0.5)),
            PlannedLeg(2, "RAIL", RAIL, STATION, PORT, at(1), at(3)),
            PlannedLeg(3, "VESSEL", LINE, PORT, TERMINAL, at(5), at(12)),
            PlannedLeg(4, "TRUCK", LAST_HAULIER, TERMINAL, Place("SGJUR"), at(14), at(14.5)),
        ),
        "containers": 1,
        "empty_pick_up": "CNCKG",
        "empty_return": "SGSIN",
        "facilities": frozenset({"terminal-singapore", "customs-qinzhou"}),
        "equipment": {BOX: (SEAL,)},
    }
    return Plan(**{**fields, **changes})


_numbers = itertools.count(1)


def event(issuer, code, leg, hours, place="", *, seals=(SEAL,), laden=True, **changes):
    """One ACTUAL event, `hours` after the planned departure; sealed and laden unless told."""
    types = {"ARRIVED": "TRANSPORT", "DEPARTED": "TRANSPORT", "DOOR_OPENED": "IOT"}
    fields = {
        "issuer": issuer,
        "event_id": f"E{next(_numbers)}",
        "event_type": types.get(code, "EQUIPMENT"),
        "event_code": code,
        "event_classifier": "ACTUAL",
        "event_date_time": DEPARTS + timedelta(hours=hours),
        "booking_reference": BOOKING,
        "leg_sequence": leg,
        "equipment_reference": "" if code in ("ARRIVED", "DEPARTED") else BOX,
        "un_location_code": place,
        "facility_code": "",
        "facility_type": "",
        "is_laden": laden,
        "seals": tuple(
            seal if isinstance(seal, SeenSeal) else SeenSeal(seal, "SHIPPER") for seal in seals
        ),
        "mode_of_transport": "",
        "vessel_imo_number": "",
        "vessel_name": "",
        "voyage_number": "",
        "retracted_event_id": "",
        "remark": "",
        "authority_reference": "",
    }
    return TrackingEvent(**{**fields, **changes})


def story():
    """Every event of a journey on which nothing goes wrong, in order."""
    return [
        event(HAULIER, "PICKED_UP", 0, -6, "CNCKG", seals=(), laden=False),
        event("seller", "STUFFED", 0, -3, "CNCKG"),
        event(HAULIER, "GATED_OUT", 1, 0, "CNCKG"),
        event(HAULIER, "GATED_IN", 1, 9, "CNCKG"),
        event(RAIL, "GATED_IN", 2, 10, "CNCKG"),
        event(RAIL, "LOADED", 2, 20, "CNCKG"),
        event(RAIL, "DEPARTED", 2, 24, "CNCKG"),
        event(RAIL, "ARRIVED", 2, 70, "CNQZH"),
        event(RAIL, "DISCHARGED", 2, 72, "CNQZH"),
        event(LINE, "GATED_IN", 3, 74, "CNQZH"),
        event(LINE, "LOADED", 3, 119, "CNQZH"),
        event(LINE, "DEPARTED", 3, 121, "CNQZH"),
        event(LINE, "ARRIVED", 3, 286, "SGSIN"),
        event(LINE, "DISCHARGED", 3, 290, "SGSIN"),
        event(LAST_HAULIER, "GATED_OUT", 4, 337, "SGSIN"),
        event(LAST_HAULIER, "GATED_IN", 4, 340, "SGJUR"),
        event(LAST_HAULIER, "STRIPPED", 4, 344, "SGJUR", seals=()),
        event(LAST_HAULIER, "DROPPED_OFF", 0, 360, "SGSIN", seals=(), laden=False),
    ]
