"""Protobuf into domain values. What is missing or unreadable is refused by its field's name."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.booking.v1 import booking_pb2 as pb
from onebill.common.v1 import common_pb2

from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money
from foundation.kernel.unlocode import UnLocode
from foundation.runtime.identity import check_organisation
from services.booking.domain.booking import Offer
from services.booking.domain.cargo import Commodity, DangerousGoodsDeclaration
from services.booking.domain.itinerary import LegPlan
from services.booking.domain.places import Location, Mode
from services.booking.domain.request import (
    BillKind,
    BookingRequest,
    Party,
    PartyFunction,
    PaymentTerm,
    RequestedEquipment,
)

MODES = {
    common_pb2.MODE_OF_TRANSPORT_VESSEL: Mode.VESSEL,
    common_pb2.MODE_OF_TRANSPORT_RAIL: Mode.RAIL,
    common_pb2.MODE_OF_TRANSPORT_TRUCK: Mode.TRUCK,
    common_pb2.MODE_OF_TRANSPORT_BARGE: Mode.BARGE,
}
FUNCTIONS = {
    common_pb2.PARTY_FUNCTION_SHIPPER: PartyFunction.SHIPPER,
    common_pb2.PARTY_FUNCTION_CONSIGNEE: PartyFunction.CONSIGNEE,
    common_pb2.PARTY_FUNCTION_ENDORSEE: PartyFunction.ENDORSEE,
    common_pb2.PARTY_FUNCTION_NOTIFY_PARTY: PartyFunction.NOTIFY_PARTY,
    common_pb2.PARTY_FUNCTION_DELIVERY_AGENT: PartyFunction.DELIVERY_AGENT,
    common_pb2.PARTY_FUNCTION_BUYER: PartyFunction.BUYER,
}
PAYMENT_TERMS = {
    pb.PAYMENT_TERM_PRE: PaymentTerm.PRE,
    pb.PAYMENT_TERM_COL: PaymentTerm.COL,
}
BILL_KINDS = {
    pb.BILL_KIND_TO_ORDER: BillKind.TO_ORDER,
    pb.BILL_KIND_STRAIGHT: BillKind.STRAIGHT,
    pb.BILL_KIND_SEAWAYBILL: BillKind.SEAWAYBILL,
}


def read_request(message: pb.BookingRequest) -> BookingRequest:
    """Read a whole request.

    Raises:
        InvalidValue: FIELD_REQUIRED, and what the values refuse by themselves.
    """
    payment_term = PAYMENT_TERMS.get(message.payment_term)
    if payment_term is None:
        raise _required("payment term")
    return BookingRequest(
        place_of_receipt=read_location(message.place_of_receipt, "place of receipt"),
        place_of_delivery=read_location(message.place_of_delivery, "place of delivery"),
        legs=tuple(
            _read_leg(leg, f"leg {sequence}") for sequence, leg in enumerate(message.legs, start=1)
        ),
        cargo_ready_at=read_time(
            message.cargo_ready_at, "time the cargo is ready", message.HasField("cargo_ready_at")
        ),
        parties=tuple(read_party(party) for party in message.document_parties),
        equipment=tuple(read_equipment(wanted) for wanted in message.requested_equipments),
        commodities=tuple(_read_commodity(goods) for goods in message.commodities),
        incoterms_rule=message.incoterms_rule,
        incoterms_place=message.incoterms_place,
        payment_term=payment_term,
        commercial_value=_optional_money(
            message.commercial_value, present=message.HasField("commercial_value")
        ),
        bill_kind=BILL_KINDS.get(message.bill_kind, BillKind.TO_ORDER),
        total_maximum=_optional_money(
            message.total_maximum, present=message.HasField("total_maximum")
        ),
    )


def read_offer(message: pb.Offer) -> Offer:
    """Read price and premium with the references of who made them."""
    if not message.rating_reference or not message.quote_reference:
        raise _required("rating reference and quote reference")
    return Offer(
        total=_money(message.total),
        premium=_money(message.premium),
        rating_reference=message.rating_reference,
        quote_reference=message.quote_reference,
    )


def read_location(message: common_pb2.Location, name: str) -> Location:
    """Read a place; `name` says which, for the refusal."""
    if not message.un_location_code:
        raise _required(name)
    return Location(UnLocode(message.un_location_code), message.facility_code)


def read_time(message: Timestamp, name: str, present: bool) -> datetime:  # noqa: FBT001 - HasField's answer
    """Read a moment; `name` says which, for the refusal."""
    if not present:
        raise _required(name)
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError) as unreadable:
        raise InvalidValue(
            "TIME_FORM", f"The {name} is no moment in time.", field=name
        ) from unreadable


def _read_leg(message: pb.LegRequest, name: str) -> LegPlan:
    mode = MODES.get(message.mode_of_transport)
    if mode is None:
        raise _required(f"mode of transport of {name}")
    if not message.carrier_organisation:
        raise _required(f"carrier of {name}")
    return LegPlan(
        mode=mode,
        departure=read_location(message.departure_location, f"departure of {name}"),
        arrival=read_location(message.arrival_location, f"arrival of {name}"),
        carrier=check_organisation(message.carrier_organisation),
        planned_departure=read_time(
            message.planned_departure,
            f"planned departure of {name}",
            message.HasField("planned_departure"),
        ),
        planned_arrival=read_time(
            message.planned_arrival,
            f"planned arrival of {name}",
            message.HasField("planned_arrival"),
        ),
    )


def read_party(message: common_pb2.Party) -> Party:
    """Read a party and its function."""
    function = FUNCTIONS.get(message.party_function)
    if function is None:
        raise _required("function of every party")
    if message.organisation:
        check_organisation(message.organisation)
    return Party(
        function=function,
        name=message.party_name,
        organisation=message.organisation,
        address=message.address,
        ledger_party=message.ledger_party,
    )


def read_equipment(message: pb.RequestedEquipment) -> RequestedEquipment:
    """Read containers as asked for."""
    return RequestedEquipment(
        iso_equipment_code=message.iso_equipment_code,
        units=message.units,
        empty_pick_up=read_location(message.empty_pick_up, "empty pick-up")
        if message.HasField("empty_pick_up")
        else None,
        empty_return=read_location(message.empty_return, "empty return")
        if message.HasField("empty_return")
        else None,
    )


def _read_commodity(message: pb.Commodity) -> Commodity:
    declared = message.dangerous_goods
    return Commodity(
        hs_code=message.hs_code,
        description=message.description_of_goods,
        packages=message.number_of_packages,
        gross_weight_grams=message.gross_weight_grams,
        dangerous_goods=DangerousGoodsDeclaration(
            un_number=declared.un_number,
            proper_shipping_name=declared.proper_shipping_name,
            imo_class=declared.imo_class,
            packing_group=declared.packing_group,
            quantity_and_packaging=declared.quantity_and_packaging,
            packing_certificate=declared.packing_certificate,
            emergency_contact=declared.emergency_contact,
        )
        if message.HasField("dangerous_goods")
        else None,
    )


def _money(message: common_pb2.Money) -> Money:
    return Money(message.amount, message.currency_code)


def _optional_money(message: common_pb2.Money, *, present: bool) -> Money | None:
    return _money(message) if present else None


def _required(name: str) -> InvalidValue:
    return InvalidValue("FIELD_REQUIRED", f"Say the {name}; it is missing.", field=name)
