"""The goods and the plan of the story: machinery in one container, Chongqing to Jurong."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from onebill.common.v1 import common_pb2
from onebill.tracking.v1 import tracking_pb2
from onebill_verify.pick_up import PickUpPass

from onebill_cli.roles import cast as roles
from onebill_cli.roles.carrier import timestamp
from onebill_cli.signing import now

WORKS: Final = ("CNCKG", "DOOR")
RAIL_STATION: Final = ("CNCKG", "TJC")
PORT_OF_LOADING: Final = ("CNQZH", "QZGE")
PORT_OF_DISCHARGE: Final = ("SGSIN", "TUAS")
WAREHOUSE: Final = ("SGJUR", "")
DEPOT_ORIGIN: Final = ("CNCKG", "DEPOT")
DEPOT_DESTINATION: Final = ("SGSIN", "DEPOT")

VESSEL_IMO_NUMBER: Final = "9321483"
VESSEL_NAME: Final = "BEIBU STAR"
VOYAGE_NUMBER: Final = "2647W"
MASS_GRAMS: Final = 18_400_000


@dataclass(slots=True)
class Consignment:
    """What the story has learned so far."""

    equipment: str
    seal: str
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    booking: str = ""
    bill: str = ""
    invoice: str = ""
    surrender: str = ""
    # Where the last haulier delivers: as booked, or as a change of destination says.
    warehouse: tuple[str, str] = WAREHOUSE
    pick_up_pass: PickUpPass | None = None
    parties: dict[str, str] = field(default_factory=dict)
    refusals: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sale:
    """What of a sale stands in its booking: the form of the bill, and whose it is to be."""

    bill_kind: str
    parties: tuple[tuple[str, str], ...]


LETTER_OF_CREDIT: Final = Sale(
    "TO_ORDER",
    (("ENDORSEE", roles.ISSUING_BANK), ("NOTIFY_PARTY", roles.BUYER)),
)
"""Sight credit: to order of the issuing bank, notify the buyer."""

OPEN_ACCOUNT: Final = Sale("SEAWAYBILL", (("CONSIGNEE", roles.BUYER),))
"""Open account: a sea waybill to the buyer; nothing is surrendered."""

PAID_BEFORE_ARRIVAL: Final = Sale("TO_ORDER", (("NOTIFY_PARTY", roles.BUYER),))
"""Transfer before arrival: to order, blank, surrendered at origin once the money is there."""

_NAMES: Final = {
    roles.SELLER: (
        "Chongqing Jialing Machinery Co., Ltd.",
        "18 Tongxing Road, Beibei, Chongqing",
    ),
    roles.ISSUING_BANK: ("Straits Merchant Bank Ltd.", "1 Cecil Street, Singapore"),
    roles.BUYER: ("Jurong Precision Tools Pte. Ltd.", "40 Pioneer Road, Jurong, Singapore"),
    roles.DELIVERY_AGENT: (
        "OneBill Delivery Agency (Singapore) Pte. Ltd.",
        "7 Keppel Road, Singapore",
    ),
}


def booking_request(
    ready: datetime, line: str = roles.LINE, sale: Sale = LETTER_OF_CREDIT
) -> dict[str, Any]:
    """Return the shipper's one request; planned times lie weeks ahead."""

    def place(code: tuple[str, str]) -> dict[str, str]:
        return {"unLocationCode": code[0], "facilityCode": code[1]}

    def leg(
        mode: str,
        start: tuple[str, str],
        end: tuple[str, str],
        carrier: str,
        from_day: float,
        to_day: float,
    ) -> dict[str, Any]:
        return {
            "modeOfTransport": mode,
            "departureLocation": place(start),
            "arrivalLocation": place(end),
            "carrierOrganisation": carrier,
            "plannedDeparture": _spell(ready + timedelta(days=from_day)),
            "plannedArrival": _spell(ready + timedelta(days=to_day)),
        }

    return {
        "placeOfReceipt": place(WORKS),
        "placeOfDelivery": place(WAREHOUSE),
        "legs": [
            leg("TRUCK", WORKS, RAIL_STATION, roles.HAULIER_ORIGIN, 0.5, 0.7),
            leg("RAIL", RAIL_STATION, PORT_OF_LOADING, roles.RAIL, 1, 3),
            leg("VESSEL", PORT_OF_LOADING, PORT_OF_DISCHARGE, roles.LINE, 4, 9),
            leg("TRUCK", PORT_OF_DISCHARGE, WAREHOUSE, roles.HAULIER_DESTINATION, 10, 10.2),
        ],
        "cargoReadyAt": _spell(ready),
        "documentParties": [
            {
                "partyFunction": function,
                "organisation": organisation,
                "partyName": _NAMES[organisation][0],
                "address": _NAMES[organisation][1],
            }
            for function, organisation in (
                ("SHIPPER", roles.SELLER),
                *sale.parties,
                ("DELIVERY_AGENT", roles.DELIVERY_AGENT),
            )
        ],
        "requestedEquipments": [
            {
                "isoEquipmentCode": "22G1",
                "units": 1,
                "emptyPickUp": place(DEPOT_ORIGIN),
                "emptyReturn": place(DEPOT_DESTINATION),
            }
        ],
        "commodities": [
            {
                "hsCode": "845811",
                "descriptionOfGoods": "Horizontal lathes, numerically controlled",
                "numberOfPackages": 4,
                "grossWeightGrams": 16_200_000,
            }
        ],
        "incotermsRule": "CIP",
        "incotermsPlace": "Buyer's warehouse, Jurong, Singapore",
        "paymentTerm": "PRE",
        "commercialValue": {"amount": "12000000", "currencyCode": "USD"},
        "billKind": sale.bill_kind,
    }


def event(
    consignment: Consignment,
    code: str,
    place: tuple[str, str],
    leg: int,
    mode: str,
    *,
    laden: bool = True,
    facility_type: str = "",
    seal: str | None = None,
    event_type: str = "EQUIPMENT",
    seal_source: str = "SHIPPER",
) -> tracking_pb2.TrackingEvent:
    """Return one ACTUAL event that happens now, as its carrier tells it."""
    told = tracking_pb2.TrackingEvent(
        event_id=str(uuid.uuid4()),
        event_type=event_type,
        event_code=code,
        event_classifier="ACTUAL",
        event_date_time=timestamp(now()),
        booking_reference=consignment.booking,
        leg_sequence=leg,
        equipment_reference=consignment.equipment if event_type != "TRANSPORT" else "",
        event_location=common_pb2.Location(un_location_code=place[0], facility_code=place[1]),
        facility_type=facility_type,
        is_laden=laden and event_type == "EQUIPMENT",
        mode_of_transport=mode,
    )
    if laden and event_type == "EQUIPMENT":
        told.seals.append(
            tracking_pb2.SeenSeal(
                seal_number=consignment.seal if seal is None else seal, seal_source=seal_source
            )
        )
    if mode == "VESSEL":
        told.vessel_imo_number = VESSEL_IMO_NUMBER
        told.vessel_name = VESSEL_NAME
        told.voyage_number = VOYAGE_NUMBER
    return told


def happened_at(told: tracking_pb2.TrackingEvent) -> datetime:
    """Return when an event happened: a receipt for it names the same time."""
    return told.event_date_time.ToDatetime(UTC)


def _spell(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
