"""Protobuf into the facts that documents judges."""

from datetime import UTC
from typing import Final

from onebill.booking.v1 import booking_pb2
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import amendment_pb2, documents_pb2
from onebill.documents.v1 import documents_service_pb2 as pb

from foundation.kernel.errors import InvalidValue
from services.documents.domain.amendment import Change
from services.documents.domain.equipment import Equipment, Seal, VerifiedGrossMass
from services.documents.domain.facts import (
    BillKind,
    Booking,
    Certificate,
    Commodity,
    Custody,
    DangerousGoods,
    Function,
    LedgerParties,
    Leg,
    Party,
    Place,
)
from services.documents.domain.leg_document import CarriersPaper

_MODES: Final = {
    common_pb2.MODE_OF_TRANSPORT_VESSEL: "VESSEL",
    common_pb2.MODE_OF_TRANSPORT_RAIL: "RAIL",
    common_pb2.MODE_OF_TRANSPORT_TRUCK: "TRUCK",
    common_pb2.MODE_OF_TRANSPORT_BARGE: "BARGE",
}
KINDS: Final = {
    booking_pb2.BILL_KIND_TO_ORDER: BillKind.TO_ORDER,
    booking_pb2.BILL_KIND_STRAIGHT: BillKind.STRAIGHT,
    booking_pb2.BILL_KIND_SEAWAYBILL: BillKind.SEAWAYBILL,
}
FUNCTIONS: Final = {
    common_pb2.PARTY_FUNCTION_SHIPPER: Function.SHIPPER,
    common_pb2.PARTY_FUNCTION_CONSIGNEE: Function.CONSIGNEE,
    common_pb2.PARTY_FUNCTION_ENDORSEE: Function.ENDORSEE,
    common_pb2.PARTY_FUNCTION_NOTIFY_PARTY: Function.NOTIFY_PARTY,
    common_pb2.PARTY_FUNCTION_DELIVERY_AGENT: Function.DELIVERY_AGENT,
    common_pb2.PARTY_FUNCTION_BUYER: Function.BUYER,
}
_CONFIRMED: Final = {
    booking_pb2.BOOKING_STATE_CONFIRMED,
    booking_pb2.BOOKING_STATE_COMPLETED,
}


def read_booking(said: booking_pb2.Booking) -> Booking:
    """Read a booking as far as a bill rests on it.

    Raises:
        InvalidValue: BOOKING_REFERENCE_MISSING, MODE_OF_TRANSPORT_UNKNOWN,
            PARTY_FUNCTION_UNKNOWN.
    """
    if not said.booking_reference or not said.shipper_organisation:
        raise InvalidValue("BOOKING_REFERENCE_MISSING", "Hand the booking in, with its shipper.")
    request = said.request
    return Booking(
        reference=said.booking_reference,
        shipper=said.shipper_organisation,
        is_confirmed=said.state in _CONFIRMED,
        kind=KINDS.get(request.bill_kind, BillKind.TO_ORDER),
        place_of_receipt=_place(request.place_of_receipt),
        place_of_delivery=_place(request.place_of_delivery),
        parties=tuple(_party(party) for party in request.document_parties),
        commodities=tuple(_commodity(goods) for goods in request.commodities),
        legs=tuple(_leg(leg) for leg in said.legs),
        containers=sum(wanted.units for wanted in request.requested_equipments),
        payment_term="COL" if request.payment_term == booking_pb2.PAYMENT_TERM_COL else "PRE",
    )


def read_change(said: amendment_pb2.WantedChange) -> Change:
    """Read what a surrendering party asked for.

    Raises:
        InvalidValue: PARTY_FUNCTION_UNKNOWN.
    """
    return Change(
        place_of_delivery=_place(said.place_of_delivery)
        if said.HasField("place_of_delivery")
        else None,
        kind=KINDS.get(said.bill_kind),
        parties=tuple(_party(party) for party in said.document_parties),
    )


def read_parties(said: pb.DraftParties) -> LedgerParties:
    """Read the ledger ids of the parties."""
    return LedgerParties(
        issuer=said.issuer,
        shipper=said.shipper,
        consignee=said.consignee,
        endorsee=said.endorsee,
        delivery_agent=said.delivery_agent,
        carriers_agent=said.carriers_agent,
        terminal=said.terminal,
        customs=tuple(said.customs),
        first_carrier=said.first_carrier,
        sea_carrier=said.sea_carrier,
    )


def read_certificate(said: documents_pb2.Certificate) -> Certificate | None:
    """Read the certificate; None before there is one."""
    if not (said.certificate_number and said.certificate_hash):
        return None
    return Certificate(said.certificate_number, said.certificate_hash)


def read_custody(said: pb.TakingInChargeFact) -> Custody:
    """Read one ACTUAL event of tracking."""
    return Custody(
        equipment_reference=said.equipment_reference,
        leg_sequence=said.leg_sequence,
        seal_numbers=tuple(said.seal_numbers),
        at=said.event_at.ToDatetime(UTC),
        event_id=said.event_id,
        un_location_code=said.un_location_code,
    )


def read_equipment(said: documents_pb2.Equipment) -> Equipment:
    """Read a container as its shipper declares it."""
    mass = said.verified_gross_mass
    return Equipment(
        booking_reference=said.booking_reference,
        reference=said.equipment_reference,
        iso_equipment_code=said.iso_equipment_code,
        seals=tuple(Seal(seal.seal_number, seal.seal_source) for seal in said.seals),
        verified_gross_mass=VerifiedGrossMass(
            mass_grams=mass.mass_grams,
            method=mass.method,
            responsible_person=mass.responsible_person,
            determined_at=mass.determined_at.ToDatetime(UTC),
        )
        if said.HasField("verified_gross_mass")
        else None,
    )


def read_carriers_paper(said: pb.IssueLegDocumentRequest) -> CarriersPaper:
    """Read what a carrier wrote on its paper."""
    return CarriersPaper(
        carrier=said.carrier_organisation,
        number=said.number,
        equipment_reference=said.equipment_reference,
        seal_numbers=tuple(said.seal_numbers),
        consignee=said.consignee_organisation,
        is_negotiable=said.is_negotiable,
        issued_at=said.issued_at.ToDatetime(UTC),
    )


def _place(said: common_pb2.Location) -> Place:
    return Place(said.un_location_code, said.facility_code, said.location_name)


def _party(said: common_pb2.Party) -> Party:
    function = FUNCTIONS.get(said.party_function)
    if function is None:
        raise InvalidValue("PARTY_FUNCTION_UNKNOWN", f"What is {said.party_name} on the bill?")
    return Party(function, said.party_name, said.organisation, said.address)


def _commodity(said: booking_pb2.Commodity) -> Commodity:
    danger = said.dangerous_goods
    return Commodity(
        hs_code=said.hs_code,
        description=said.description_of_goods,
        packages=said.number_of_packages,
        gross_grams=said.gross_weight_grams,
        dangerous_goods=DangerousGoods(
            un_number=danger.un_number,
            proper_shipping_name=danger.proper_shipping_name,
            imo_class=danger.imo_class,
            packing_group=danger.packing_group,
            emergency_contact=danger.emergency_contact,
        )
        if said.HasField("dangerous_goods")
        else None,
    )


def _leg(said: booking_pb2.Leg) -> Leg:
    mode = _MODES.get(said.mode_of_transport)
    if mode is None:
        raise InvalidValue(
            "MODE_OF_TRANSPORT_UNKNOWN", f"How does leg {said.leg_sequence} travel?"
        )
    return Leg(
        sequence=said.leg_sequence,
        mode_of_transport=mode,
        departure=_place(said.departure_location),
        arrival=_place(said.arrival_location),
        carrier=said.carrier_organisation,
        consignee=said.consignee_organisation,
        planned_departure=said.planned_departure.ToDatetime(UTC),
        planned_arrival=said.planned_arrival.ToDatetime(UTC),
    )
