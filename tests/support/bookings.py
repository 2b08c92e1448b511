"""The booking of the story, Chongqing to Jurong, as a message and as domain values."""

import os
import uuid
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.booking.v1 import booking_pb2, booking_service_pb2
from onebill.common.v1 import common_pb2

from foundation.kernel.references import make_booking_reference

READY = datetime(2030, 3, 1, 8, tzinfo=UTC)


def moment(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def place(code: str, facility: str = "") -> common_pb2.Location:
    return common_pb2.Location(un_location_code=code, facility_code=facility)


def party(function: int, name: str, organisation: str = "") -> common_pb2.Party:
    return common_pb2.Party(party_function=function, party_name=name, organisation=organisation)


def machinery_to_jurong() -> booking_pb2.BookingRequest:
    """Machinery in one 20' container, CIP Jurong, to order of the issuing bank, prepaid."""
    return booking_pb2.BookingRequest(
        place_of_receipt=place("CNCKG"),
        place_of_delivery=place("SGJUR"),
        cargo_ready_at=moment(READY),
        document_parties=[
            party(common_pb2.PARTY_FUNCTION_SHIPPER, "Chongqing Jialing Machinery", "seller"),
            party(common_pb2.PARTY_FUNCTION_ENDORSEE, "Straits Issuing Bank", "issuing-bank"),
            party(common_pb2.PARTY_FUNCTION_NOTIFY_PARTY, "Jurong Tooling", "buyer"),
            party(
                common_pb2.PARTY_FUNCTION_DELIVERY_AGENT,
                "Lion City Agencies",
                "delivery-agent-singapore",
            ),
        ],
        requested_equipments=[
            booking_pb2.RequestedEquipment(
                iso_equipment_code="22G1",
                units=1,
                empty_pick_up=place("CNCKG"),
                empty_return=place("SGSIN"),
            )
        ],
        commodities=[
            booking_pb2.Commodity(
                hs_code="847989",
                description_of_goods="Gear cutting machines",
                number_of_packages=12,
                gross_weight_grams=18_400_000,
            )
        ],
        incoterms_rule="CIP",
        incoterms_place="Jurong",
        payment_term=booking_pb2.PAYMENT_TERM_PRE,
        commercial_value=common_pb2.Money(amount=12_500_000, currency_code="USD"),
        bill_kind=booking_pb2.BILL_KIND_TO_ORDER,
    )


def new_reference() -> str:
    return make_booking_reference(os.urandom)


def new_request_id() -> str:
    return str(uuid.uuid4())


def create(
    request: booking_pb2.BookingRequest | None = None,
    reference: str | None = None,
    deadline: datetime | None = None,
) -> booking_service_pb2.CreateBookingRequest:
    return booking_service_pb2.CreateBookingRequest(
        booking_reference=reference or new_reference(),
        request=request or machinery_to_jurong(),
        acceptance_deadline=moment(deadline or datetime.now(UTC) + timedelta(hours=1)),
        request_id=new_request_id(),
    )


def offer(total: int = 482_000, premium: int = 15_000) -> booking_pb2.Offer:
    return booking_pb2.Offer(
        total=common_pb2.Money(amount=total, currency_code="USD"),
        premium=common_pb2.Money(amount=premium, currency_code="USD"),
        rating_reference="RAT-1",
        quote_reference="QUO-1",
    )
