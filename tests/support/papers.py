"""The story's booking, parties and keys, for tests of documents."""

import uuid
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.booking.v1 import booking_pb2
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_pb2
from onebill.documents.v1 import documents_service_pb2 as pb
from onebill_verify import Approval, PrivateKey, Receipt, encode, new_salt, salted_hash

BOX, SEAL = "NARU3472484", "CN284416"
BOOKING = "OBBSVQG2DWXN1W"
CHANNEL = "onebill"
CONTAINER_KEY = "ab" * 32
CERTIFICATE_HASH = "cd" * 32
TAKEN_AT = datetime(2026, 1, 14, 6, 30, 5, tzinfo=UTC)
LOADED_AT = TAKEN_AT + timedelta(days=5)


def party_id(letter):
    return "P" + letter * 26


ISSUER, SELLER, BANK, AGENT, LINES_AGENT, TERMINAL, CUSTOMS, HAULIER, LINE = map(
    party_id, "ABCDEFGHI"
)
KEYS = {name: PrivateKey.from_secret(number) for number, name in enumerate("SHLX", start=11)}
SELLER_KEY, HAULIER_KEY, LINE_KEY, STRANGERS_KEY = KEYS.values()


def jwk(key):
    return encode(key.public.jwk()).decode()


def stamp(moment):
    said = Timestamp()
    said.FromDatetime(moment)
    return said


def request_id():
    return str(uuid.uuid4())


def location(code, facility="", name=""):
    return common_pb2.Location(un_location_code=code, facility_code=facility, location_name=name)


def leg(sequence, mode, start, end, carrier, consignee, days):
    departs = TAKEN_AT + timedelta(days=days)
    return booking_pb2.Leg(
        leg_sequence=sequence,
        mode_of_transport=mode,
        departure_location=start,
        arrival_location=end,
        carrier_organisation=carrier,
        consignee_organisation=consignee,
        planned_departure=stamp(departs),
        planned_arrival=stamp(departs + timedelta(hours=12)),
    )


def booking(**changes):
    """Chongqing to Singapore, to order of the issuing bank, freight prepaid."""
    door, station = location("CNCKG", "DOOR", "Chongqing"), location("CNCKG", "TJC")
    port, terminal = location("CNQZH", "QZGE"), location("SGSIN", "TUAS", "Singapore")
    jurong = location("SGJUR", "", "Jurong")
    said = booking_pb2.Booking(
        booking_reference=BOOKING,
        shipper_organisation="seller",
        state=booking_pb2.BOOKING_STATE_CONFIRMED,
        legs=[
            leg(
                1,
                common_pb2.MODE_OF_TRANSPORT_TRUCK,
                door,
                station,
                "haulier-chongqing",
                "operator",
                0,
            ),
            leg(
                2,
                common_pb2.MODE_OF_TRANSPORT_RAIL,
                station,
                port,
                "rail-chongqing",
                "operator",
                1,
            ),
            leg(
                3,
                common_pb2.MODE_OF_TRANSPORT_VESSEL,
                port,
                terminal,
                "line-beibu",
                "delivery-agent-singapore",
                5,
            ),
            leg(
                4,
                common_pb2.MODE_OF_TRANSPORT_TRUCK,
                terminal,
                jurong,
                "haulier-singapore",
                "delivery-agent-singapore",
                14,
            ),
        ],
        request=booking_pb2.BookingRequest(
            place_of_receipt=door,
            place_of_delivery=jurong,
            document_parties=[
                party(
                    common_pb2.PARTY_FUNCTION_SHIPPER,
                    "Jialing Gear Works",
                    "seller",
                    "18 Tuanjie Road, Shapingba, Chongqing",
                ),
                party(common_pb2.PARTY_FUNCTION_ENDORSEE, "Straits Issuing Bank", "issuing-bank"),
                party(common_pb2.PARTY_FUNCTION_NOTIFY_PARTY, "Jurong Drives", "buyer"),
                party(
                    common_pb2.PARTY_FUNCTION_DELIVERY_AGENT,
                    "Merlion Delivery Agents",
                    "delivery-agent-singapore",
                    "7 Keppel Way",
                ),
            ],
            requested_equipments=[
                booking_pb2.RequestedEquipment(iso_equipment_code="22G1", units=1)
            ],
            commodities=[
                booking_pb2.Commodity(
                    hs_code="848340",
                    description_of_goods="Gearboxes for conveyors, on pallets, shrink-wrapped",
                    number_of_packages=20,
                    gross_weight_grams=18_000_500,
                )
            ],
            payment_term=booking_pb2.PAYMENT_TERM_PRE,
            bill_kind=booking_pb2.BILL_KIND_TO_ORDER,
        ),
    )
    for name, value in changes.items():
        setattr(said, name, value)
    return said


def party(function, name, organisation, address=""):
    return common_pb2.Party(
        party_function=function, party_name=name, organisation=organisation, address=address
    )


def parties():
    return pb.DraftParties(
        issuer=ISSUER,
        shipper=SELLER,
        endorsee=BANK,
        delivery_agent=AGENT,
        carriers_agent=LINES_AGENT,
        terminal=TERMINAL,
        customs=[CUSTOMS],
        first_carrier=HAULIER,
        sea_carrier=LINE,
    )


def certificate():
    return documents_pb2.Certificate(
        certificate_number="OBI-2026-1", certificate_hash=CERTIFICATE_HASH
    )


def equipment(number=BOX, seal=SEAL):
    return documents_pb2.Equipment(
        booking_reference=BOOKING,
        equipment_reference=number,
        iso_equipment_code="22G1",
        seals=[documents_pb2.Seal(seal_number=seal, seal_source="SHIPPER")],
        verified_gross_mass=documents_pb2.VerifiedGrossMass(
            mass_grams=20_300_000,
            method="SM1",
            responsible_person="Weighbridge 2",
            determined_at=stamp(TAKEN_AT - timedelta(hours=2)),
        ),
    )


def custody(leg_sequence=1, at=TAKEN_AT, place="CNCKG"):
    return pb.TakingInChargeFact(
        equipment_reference=BOX,
        leg_sequence=leg_sequence,
        seal_numbers=[SEAL],
        event_at=stamp(at),
        event_id=f"E-{leg_sequence}",
        un_location_code=place,
    )


def receipt(bill, *, leg_sequence=1, carrier=HAULIER, key=HAULIER_KEY, at=TAKEN_AT, **changes):
    """A signed receipt and the salts that open it, as the carrier hands them in."""
    is_first = leg_sequence == 1
    values = {
        "equipment": {"equipmentReference": changes.pop("box", BOX)},
        "seal": {"sealNumbers": [changes.pop("seal", SEAL)]},
        "place": {"unLocationCode": "CNCKG", "facilityCode": "DOOR"}
        if is_first
        else {
            "unLocationCode": "CNQZH",
            "vesselIMONumber": "9811000",
            "vesselName": "Beibu Star",
            "voyageNumber": "026S",
        },
    }
    salts = {name: new_salt(name.encode().ljust(32, b".")) for name in values}
    said = Receipt(
        **{
            "channel": CHANNEL,
            "transport_document_reference": bill,
            "receipt_type": "TAKEN_IN_CHARGE" if is_first else "LOADED_ON_BOARD",
            "carrier": carrier,
            "leg_sequence": leg_sequence,
            "container_key": CONTAINER_KEY,
            "equipment_hash": salted_hash(salts["equipment"], values["equipment"]),
            "seal_hash": salted_hash(salts["seal"], values["seal"]),
            "place_hash": salted_hash(salts["place"], values["place"]),
            "event_date_time": at,
            **changes,
        }
    ).sign(key)
    opened = {name: {"salt": salts[name], "value": value} for name, value in values.items()}
    return documents_pb2.Receipt(
        booking_reference=BOOKING,
        leg_sequence=leg_sequence,
        equipment_reference=BOX,
        receipt=said,
        salts=encode(opened).decode(),
    )


def approval(document, *, key=SELLER_KEY, **changes):
    return Approval(
        **{
            "channel": CHANNEL,
            "transport_document_reference": document.transport_document_reference,
            "shipper": SELLER,
            "issue_to": document.issue_to,
            "endorsee": document.endorsee or None,
            "consignee": document.consignee or None,
            "document_hash": document.document_hash,
            "approved_date_time": TAKEN_AT,
            **changes,
        }
    ).sign(key)
