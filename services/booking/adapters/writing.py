"""Domain values into protobuf."""

from datetime import datetime
from typing import TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.booking.v1 import booking_pb2 as pb
from onebill.booking.v1 import booking_service_pb2 as service_pb
from onebill.common.v1 import common_pb2

from foundation.kernel.money import Money
from services.booking.adapters.reading import BILL_KINDS, FUNCTIONS, MODES, PAYMENT_TERMS
from services.booking.application.ports import GrantedLeg
from services.booking.domain.booking import Booking, Offer
from services.booking.domain.cargo import Commodity
from services.booking.domain.itinerary import Leg, LegPlan, LegState
from services.booking.domain.places import Gazetteer, Location
from services.booking.domain.request import BookingRequest, Party, RequestedEquipment
from services.booking.domain.states import BookingState

Enum = TypeVar("Enum")
Domain = TypeVar("Domain")

_BOOKING_STATES = {
    state: pb.BookingState.Value(f"BOOKING_STATE_{state}") for state in BookingState
}
_LEG_STATES = {state: pb.LegState.Value(f"LEG_STATE_{state}") for state in LegState}


def _turned(table: dict[Enum, Domain]) -> dict[Domain, Enum]:
    return {value: key for key, value in table.items()}


_MODES = _turned(MODES)
_FUNCTIONS = _turned(FUNCTIONS)
_PAYMENT_TERMS = _turned(PAYMENT_TERMS)
_BILL_KINDS = _turned(BILL_KINDS)


class Writer:
    """Writes bookings with the names of their places."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def booking(self, booking: Booking) -> pb.Booking:
        """Write a booking as its owner sees it."""
        message = pb.Booking(
            booking_reference=booking.reference,
            shipper_organisation=booking.shipper_organisation,
            request=self.request(booking.request),
            legs=[self.leg(leg) for leg in booking.legs],
            state=_BOOKING_STATES[booking.state],
            state_reason=booking.state_reason,
            acceptance_deadline=_time(booking.acceptance_deadline),
            screening_hits=[
                pb.ScreeningHit(
                    list_entry=hit.list_entry, pointer=hit.pointer, lifted_by=hit.lifted_by
                )
                for hit in booking.screening_hits
            ],
            revision=booking.total_revision,
            received_at=_time(booking.received_at),
        )
        if booking.offer is not None:
            message.offer.CopyFrom(_offer(booking.offer))
        return message

    def request(self, request: BookingRequest) -> pb.BookingRequest:
        """Write a request as it was asked."""
        message = pb.BookingRequest(
            place_of_receipt=self._location(request.place_of_receipt),
            place_of_delivery=self._location(request.place_of_delivery),
            legs=[self._leg_request(plan) for plan in request.legs],
            cargo_ready_at=_time(request.cargo_ready_at),
            document_parties=[_party(party) for party in request.parties],
            requested_equipments=[self.equipment(wanted) for wanted in request.equipment],
            commodities=[_commodity(goods) for goods in request.commodities],
            incoterms_rule=request.incoterms_rule,
            incoterms_place=request.incoterms_place,
            payment_term=_PAYMENT_TERMS[request.payment_term],
            bill_kind=_BILL_KINDS[request.bill_kind],
        )
        if request.commercial_value is not None:
            message.commercial_value.CopyFrom(_money(request.commercial_value))
        if request.total_maximum is not None:
            message.total_maximum.CopyFrom(_money(request.total_maximum))
        return message

    def leg(self, leg: Leg) -> pb.Leg:
        """Write a leg."""
        plan = leg.plan
        return pb.Leg(
            leg_sequence=leg.sequence,
            mode_of_transport=_MODES[plan.mode],
            departure_location=self._location(plan.departure),
            arrival_location=self._location(plan.arrival),
            carrier_organisation=plan.carrier,
            planned_departure=_time(plan.planned_departure),
            planned_arrival=_time(plan.planned_arrival),
            transport_plan_stage=leg.stage.value,
            carrier_booking_reference=leg.carrier_booking_reference,
            state=_LEG_STATES[leg.state],
            state_reason=leg.state_reason,
            consignee_organisation=leg.consignee,
        )

    def granted_leg(self, granted: GrantedLeg) -> service_pb.GrantedLeg:
        """Write a leg as its carrier sees it."""
        return service_pb.GrantedLeg(
            booking_reference=granted.booking_reference,
            leg=self.leg(granted.leg),
            requested_equipments=[self.equipment(wanted) for wanted in granted.equipment],
            acceptance_deadline=_time(granted.acceptance_deadline),
            is_dangerous_goods=granted.is_dangerous,
        )

    def equipment(self, wanted: RequestedEquipment) -> pb.RequestedEquipment:
        """Write containers as asked for."""
        message = pb.RequestedEquipment(
            iso_equipment_code=wanted.iso_equipment_code, units=wanted.units
        )
        if wanted.empty_pick_up is not None:
            message.empty_pick_up.CopyFrom(self._location(wanted.empty_pick_up))
        if wanted.empty_return is not None:
            message.empty_return.CopyFrom(self._location(wanted.empty_return))
        return message

    def _leg_request(self, plan: LegPlan) -> pb.LegRequest:
        return pb.LegRequest(
            mode_of_transport=_MODES[plan.mode],
            departure_location=self._location(plan.departure),
            arrival_location=self._location(plan.arrival),
            carrier_organisation=plan.carrier,
            planned_departure=_time(plan.planned_departure),
            planned_arrival=_time(plan.planned_arrival),
        )

    def _location(self, location: Location) -> common_pb2.Location:
        return common_pb2.Location(
            un_location_code=location.code.code,
            facility_code=location.facility_code,
            location_name=self._gazetteer.name(location.code),
        )


def _party(party: Party) -> common_pb2.Party:
    return common_pb2.Party(
        party_function=_FUNCTIONS[party.function],
        organisation=party.organisation,
        party_name=party.name,
        address=party.address,
        ledger_party=party.ledger_party,
    )


def _commodity(goods: Commodity) -> pb.Commodity:
    message = pb.Commodity(
        hs_code=goods.hs_code,
        description_of_goods=goods.description,
        number_of_packages=goods.packages,
        gross_weight_grams=goods.gross_weight_grams,
    )
    declared = goods.dangerous_goods
    if declared is not None:
        message.dangerous_goods.CopyFrom(
            pb.DangerousGoodsDeclaration(
                un_number=declared.un_number,
                proper_shipping_name=declared.proper_shipping_name,
                imo_class=declared.imo_class,
                packing_group=declared.packing_group,
                quantity_and_packaging=declared.quantity_and_packaging,
                packing_certificate=declared.packing_certificate,
                emergency_contact=declared.emergency_contact,
            )
        )
    return message


def _offer(offer: Offer) -> pb.Offer:
    return pb.Offer(
        total=_money(offer.total),
        premium=_money(offer.premium),
        rating_reference=offer.rating_reference,
        quote_reference=offer.quote_reference,
    )


def _money(money: Money) -> common_pb2.Money:
    return common_pb2.Money(amount=money.amount, currency_code=money.currency)


def _time(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
