"""A tracking event as its issuer told it, and the form it must have.

Names are those of DCSA Track & Trace 3.0.0. An event is never changed after it was told: a
later event of the same issuer may take it back or correct it by naming it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from foundation.kernel.equipment import EquipmentReference
from foundation.kernel.errors import InvalidValue
from foundation.kernel.unlocode import UnLocode


class EventType(StrEnum):
    """DCSA eventType, as far as carriers tell us."""

    EQUIPMENT = "EQUIPMENT"
    TRANSPORT = "TRANSPORT"
    IOT = "IOT"


class Classifier(StrEnum):
    """DCSA eventClassifier. ACTUAL is never replaced by the other two."""

    PLANNED = "PLANNED"
    ESTIMATED = "ESTIMATED"
    ACTUAL = "ACTUAL"


EVENT_CODES: Final[Mapping[str, frozenset[str]]] = {
    EventType.EQUIPMENT: frozenset(
        {
            "AVAILABLE_FOR_DROP_OFF",
            "AVAILABLE_FOR_PICKUP",
            "CROSSED",
            "CUSTOMS_RELEASED",
            "CUSTOMS_SELECTED_FOR_INSPECTION",
            "CUSTOMS_SELECTED_FOR_SCAN",
            "DISCHARGED",
            "DROPPED_OFF",
            "GATED_IN",
            "GATED_OUT",
            "INSPECTED",
            "LOADED",
            "PICKED_UP",
            "REMOVED",
            "RESEALED",
            "STRIPPED",
            "STUFFED",
        }
    ),
    EventType.TRANSPORT: frozenset({"APPROACHING", "ARRIVED", "DEPARTED"}),
    EventType.IOT: frozenset(
        {
            "BREADCRUMB",
            "DEVICE_STATUS",
            "DOOR_CLOSED",
            "DOOR_OPENED",
            "GEOFENCE_ENTRY",
            "GEOFENCE_EXIT",
            "MOTION_START",
            "MOTION_STOP",
            "PAIRING",
            "UNPAIRING",
        }
    ),
}
"""equipmentEventType, transportEventType and iotEventType of Track & Trace 3.0.0."""

SEAL_SOURCES: Final = frozenset(
    {
        "CARRIER",
        "CONSOLIDATOR",
        "CUSTOMER",
        "CUSTOMS",
        "PHYTOSANITARY",
        "SHIPPER",
        "TERMINAL",
        "VETERINARY",
    }
)

_CLASSIFIERS: Final = frozenset(Classifier)
# The members event_type, event_code and event_classifier, which stand side by side.
_KIND: Final = slice(2, 5)
_KINDS: Final = frozenset(
    (str(event_type), code, str(classifier))
    for event_type, codes in EVENT_CODES.items()
    for code in codes
    for classifier in Classifier
)

# Every code that moves the journey. The others are kept and shown, and change nothing in it.
_MOVING: Final = frozenset(
    {
        "CROSSED",
        "DISCHARGED",
        "DROPPED_OFF",
        "GATED_IN",
        "GATED_OUT",
        "INSPECTED",
        "LOADED",
        "PICKED_UP",
        "RESEALED",
        "STRIPPED",
        "STUFFED",
        "ARRIVED",
        "DEPARTED",
        "DOOR_OPENED",
    }
)

# Codes of one moment in the order in which they can follow each other; breaks ties of time.
_RANKS: Final[Mapping[str, int]] = {
    code: rank
    for rank, code in enumerate(
        (
            "PICKED_UP",
            "STUFFED",
            "GATED_OUT",
            "GATED_IN",
            "LOADED",
            "DEPARTED",
            "CROSSED",
            "DOOR_OPENED",
            "INSPECTED",
            "RESEALED",
            "ARRIVED",
            "DISCHARGED",
            "STRIPPED",
            "DROPPED_OFF",
        )
    )
}

# A clock may be a little ahead of ours; the ledger allows as much.
_CLOCK_SKEW: Final = timedelta(minutes=2)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EVENT_ID_MAX: Final = 100
_REMARK_MAX: Final = 250
# From mode_of_transport on, every member is a text.
_FIRST_TEXT: Final = 14
_TEXTS_MAX: Final = 850
_SEALS_MAX: Final = 20
_SEAL_NUMBER_MAX: Final = 15


class SeenSeal(NamedTuple):
    """A seal as somebody read it; `replaced_seal_number` only where it took another's place."""

    seal_number: str
    seal_source: str
    replaced_seal_number: str = ""


class TrackingEvent(NamedTuple):
    """One event. A tuple, because hundreds of thousands a day pass through here.

    `issuer` and `event_id` together name it. `leg_sequence` is 0 before the first and after
    the last leg. Times are UTC. Texts that were not told are empty.
    """

    issuer: str
    event_id: str
    event_type: str
    event_code: str
    event_classifier: str
    event_date_time: datetime
    booking_reference: str
    leg_sequence: int
    equipment_reference: str
    un_location_code: str
    facility_code: str
    facility_type: str
    is_laden: bool
    seals: tuple[SeenSeal, ...]
    mode_of_transport: str
    vessel_imo_number: str
    vessel_name: str
    voyage_number: str
    retracted_event_id: str
    remark: str
    authority_reference: str

    @property
    def moves_the_journey(self) -> bool:
        """Whether the journey depends on it."""
        return self.event_code in _MOVING or self.retracted_event_id != ""

    @property
    def only_takes_back(self) -> bool:
        """Whether it tells nothing of its own: it names another event and has no code."""
        return self.event_code == ""

    @property
    def order(self) -> "EventOrder":
        """Its place among ACTUAL events: by time, then as such things follow each other."""
        return (
            self.event_date_time,
            self.leg_sequence,
            _RANKS.get(self.event_code, len(_RANKS)),
            self.issuer,
            self.event_id,
        )


EventOrder = tuple[datetime, int, int, str, str]


class Fault(NamedTuple):
    """Why one event could not be taken: a stable reason and one sentence."""

    reason: str
    message: str


def find_fault(event: TrackingEvent, now: datetime) -> Fault | None:
    """Say what is wrong with the form of an event, or None.

    Whether its issuer may tell it is the plan's question (`Plan.admits`).
    """
    if event.only_takes_back and event.retracted_event_id:
        return _find_text_fault(event)
    # Nearly every event is fine, and a batch has a thousand: what each function below tells
    # apart is asked of the kind here in one look.
    return (
        (None if event[_KIND] in _KINDS else _find_kind_fault(event))
        or _find_time_fault(event, now)
        or _find_number_fault(event)
        or _find_text_fault(event)
    )


def _find_kind_fault(event: TrackingEvent) -> Fault | None:
    codes = EVENT_CODES.get(event.event_type)
    if codes is None:
        return Fault(
            "EVENT_TYPE_UNKNOWN", f"{event.event_type!r} is not EQUIPMENT, TRANSPORT or IOT."
        )
    if event.event_code not in codes:
        return Fault(
            "EVENT_CODE_UNKNOWN",
            f"{event.event_code!r} is not a code of {event.event_type} events in Track & Trace "
            "3.0.0.",
        )
    if event.event_classifier not in _CLASSIFIERS:
        return Fault(
            "EVENT_CLASSIFIER_UNKNOWN",
            f"{event.event_classifier!r} is not PLANNED, ESTIMATED or ACTUAL.",
        )
    return None


def _find_time_fault(event: TrackingEvent, now: datetime) -> Fault | None:
    at = event.event_date_time
    if _EARLIEST <= at <= now:
        return None
    if at < _EARLIEST:
        return Fault("EVENT_TIME_MISSING", "An event needs its time, in this century.")
    if event.event_classifier == Classifier.ACTUAL and at > now + _CLOCK_SKEW:
        return Fault(
            "EVENT_FROM_THE_FUTURE", "What is ACTUAL cannot lie in the future: say ESTIMATED."
        )
    return None


def _find_number_fault(event: TrackingEvent) -> Fault | None:
    fault = None
    if event.equipment_reference or event.event_type != "TRANSPORT":
        fault = _equipment_fault(event.equipment_reference)
    if fault is None and event.un_location_code:
        fault = _place_fault(event.un_location_code)
    return fault


def _find_text_fault(event: TrackingEvent) -> Fault | None:
    texts = "".join(event[_FIRST_TEXT:])
    texts = f"{event.event_id}{event.facility_code}{event.facility_type}{texts}"
    if not 1 <= len(event.event_id) <= _EVENT_ID_MAX:
        return Fault("EVENT_ID_FORM", "An event needs an id of its issuer, 1 to 100 characters.")
    if len(texts) > _REMARK_MAX and len(event.remark) > _REMARK_MAX:
        return Fault("REMARK_TOO_LONG", "A remark has at most 250 characters.")
    if len(texts) > _TEXTS_MAX or "\0" in texts:
        return Fault("TEXT_TOO_LONG", "Names, numbers and references are short plain text.")
    return _find_seal_fault(event) if event.seals else None


def _find_seal_fault(event: TrackingEvent) -> Fault | None:
    if len(event.seals) > _SEALS_MAX:
        return Fault("SEALS_TOO_MANY", "One container carries at most 20 seals.")
    for seal in event.seals:
        if not 1 <= len(seal.seal_number) <= _SEAL_NUMBER_MAX or "\0" in seal.seal_number:
            return Fault("SEAL_NUMBER_FORM", "A seal number has 1 to 15 characters.")
        if seal.seal_source not in SEAL_SOURCES:
            return Fault(
                "SEAL_SOURCE_UNKNOWN",
                f"{seal.seal_source!r} is no seal source, such as SHIPPER or CUSTOMS.",
            )
    return None


@lru_cache(maxsize=65_536)
def _equipment_fault(number: str) -> Fault | None:
    try:
        EquipmentReference(number)
    except InvalidValue as wrong:
        return Fault(wrong.reason, wrong.message)
    return None


@lru_cache(maxsize=4_096)
def _place_fault(code: str) -> Fault | None:
    try:
        UnLocode(code)
    except InvalidValue as wrong:
        return Fault(wrong.reason, wrong.message)
    return None
