"""The one bill as a document: DCSA EBL 3.0's TransportDocument with our multimodal members.

The document that is hashed carries no state and no date of issue: those are the ledger's, and
what is hashed never changes after issue (invariant 9). Its own date is the date of taking in
charge. Numbers are whole, because the canonical form knows no others; weights also stand in
grams beside DCSA's kilograms.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.documents.domain.equipment import SEAL_SOURCES, Equipment
from services.documents.domain.facts import (
    AttachedFile,
    BillKind,
    Booking,
    Certificate,
    Commodity,
    Custody,
    Function,
    Issuer,
    LedgerParties,
    Leg,
    Party,
    Place,
    custody_date,
)

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]
Document = dict[str, Json]

UNKNOWN_CLAUSE: Final = "SHIPPER'S LOAD, STOW, COUNT AND SEAL"
"""The unknown clause: it does not make a bill foul (UCP 600 article 26)."""

# Vessel and voyage are known when the box is on board; NOTE_ON_BOARD names them.
_TO_BE_NOTED: Final = "TO BE NOTED ON BOARD"
_LINE: Final = 35
_GRAMS: Final = 1_000
_PACKING_GROUPS: Final = {"I": 1, "II": 2, "III": 3}


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """Everything that a draft rests on."""

    reference: str
    issuer: Issuer
    booking: Booking
    parties: LedgerParties
    equipment: tuple[Equipment, ...] = ()
    custody: tuple[Custody, ...] = ()
    certificate: Certificate | None = None
    clauses: tuple[str, ...] = ()
    attachments: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, and what is missing before it can be approved."""

    document: Document
    missing: tuple[str, ...]


def write_draft(facts: DraftFacts) -> Draft:
    """Write the document that these facts make. The same facts make the same document."""
    booking = facts.booking
    is_waybill = booking.kind is BillKind.SEAWAYBILL
    document: Document = {
        "transportDocumentReference": facts.reference,
        "transportDocumentTypeCode": "SWB" if is_waybill else "BOL",
        "isShippedOnBoardType": False,
        "isElectronic": True,
        "isToOrder": booking.kind is BillKind.TO_ORDER,
        "freightPaymentTermCode": booking.payment_term,
        "termsAndConditions": facts.issuer.terms_and_conditions,
        "receiptTypeAtOrigin": _service_type(booking.legs[:1]),
        "deliveryTypeAtDestination": _service_type(booking.legs[-1:]),
        "cargoMovementTypeAtOrigin": "FCL",
        "cargoMovementTypeAtDestination": "FCL",
        "carrierCode": facts.issuer.carrier_code,
        "carrierCodeListProvider": facts.issuer.carrier_code_list_provider,
        "carrierClauses": [UNKNOWN_CLAUSE, *facts.clauses],
        "placeOfIssue": {"UNLocationCode": facts.issuer.place_of_issue},
        "invoicePayableAt": {"UNLocationCode": _payable_at(booking)},
        "partyContactDetails": [{"name": facts.issuer.name[:_LINE], "email": facts.issuer.email}],
        "documentParties": _document_parties(facts),
        "transports": _transports(booking),
        "consignmentItems": _consignment_items(facts),
        "utilizedTransportEquipments": [_equipment(one) for one in facts.equipment],
        "multimodalTransport": _multimodal(facts),
        "attachments": [
            {
                "name": one.name,
                "mediaType": one.media_type,
                "size": one.size,
                "documentChecksum": one.document_checksum,
            }
            for one in facts.attachments
        ],
    }
    if not is_waybill:
        document["numberOfOriginalsWithoutCharges"] = 1
    taken = custody_date(facts.custody)
    if taken is not None:
        document["receivedForShipmentDate"] = taken.isoformat()
        document["displayedShippedOnBoardReceivedForShipment"] = (
            f"RECEIVED FOR SHIPMENT {taken.isoformat()}"
        )
    return Draft(document, tuple(_missing(facts)))


def with_clause(document: Document, clause: str) -> Document:
    """Answer the document with one clause more."""
    clauses = document["carrierClauses"]
    if not isinstance(clauses, list):
        raise TypeError("carrierClauses is a list")
    return {**document, "carrierClauses": [*clauses, clause]}


def _missing(facts: DraftFacts) -> list[str]:
    booking, parties = facts.booking, facts.parties
    needed = {
        "SHIPPER": booking.party(Function.SHIPPER) is not None,
        "DELIVERY_AGENT": booking.party(Function.DELIVERY_AGENT) is not None,
        "CONSIGNEE": booking.kind is BillKind.TO_ORDER
        or booking.party(Function.CONSIGNEE) is not None,
        "LEDGER_PARTIES": _are_registered(booking, parties),
        "EQUIPMENT": len(facts.equipment) == booking.containers > 0,
        "CARGO_BY_CONTAINER": len(facts.equipment) <= 1
        or len(booking.commodities) == len(facts.equipment),
        "TAKING_IN_CHARGE": {one.equipment_reference for one in facts.custody}
        >= {one.reference for one in facts.equipment}
        and bool(facts.custody),
        "CERTIFICATE": facts.certificate is not None,
    }
    return [word for word, is_there in needed.items() if not is_there]


def _are_registered(booking: Booking, parties: LedgerParties) -> bool:
    always = (
        parties.issuer,
        parties.shipper,
        parties.delivery_agent,
        parties.carriers_agent,
        parties.terminal,
        parties.first_carrier,
    )
    consignee = parties.consignee if booking.kind is not BillKind.TO_ORDER else "none"
    endorsee = parties.endorsee if booking.party(Function.ENDORSEE) else "none"
    return all((*always, consignee, endorsee)) and bool(parties.customs)


def _payable_at(booking: Booking) -> str:
    place = (
        booking.place_of_receipt if booking.payment_term == "PRE" else (booking.place_of_delivery)
    )
    return place.un_location_code


def _service_type(legs: Sequence[Leg]) -> str:
    # A lorry comes to the door; everything else begins and ends at a yard.
    return "SD" if any(leg.mode_of_transport == "TRUCK" for leg in legs) else "CY"


def _document_parties(facts: DraftFacts) -> Document:
    booking, ids = facts.booking, facts.parties
    issuer = facts.issuer
    parties: Document = {
        "issuingParty": {
            "partyName": issuer.name,
            "address": {
                "street": issuer.street,
                "city": issuer.city,
                "countryCode": issuer.country_code,
            },
            "identifyingCodes": _codes(ids.issuer),
        }
    }
    for function, member, ledger_id in (
        (Function.SHIPPER, "shipper", ids.shipper),
        (Function.CONSIGNEE, "consignee", ids.consignee),
        (Function.ENDORSEE, "endorsee", ids.endorsee),
    ):
        party = booking.party(function)
        if party is not None:
            parties[member] = _party(party, ledger_id)
    agent = booking.party(Function.DELIVERY_AGENT)
    if agent is not None:
        place = booking.place_of_delivery
        parties["carriersAgentAtDestination"] = {
            "partyName": agent.name,
            "address": {
                "street": (agent.address or agent.name)[:70].strip(),
                "city": (place.name or place.un_location_code)[:35].strip(),
                "countryCode": place.un_location_code[:2],
            },
            "partyContactDetails": [{"name": issuer.name[:_LINE], "email": issuer.email}],
            "identifyingCodes": _codes(ids.delivery_agent),
        }
    notify = [one for one in booking.parties if one.function is Function.NOTIFY_PARTY]
    if notify:
        parties["notifyParties"] = [_party(one, "") for one in notify[:3]]
    return parties


def _party(party: Party, ledger_id: str) -> Document:
    said: Document = {"partyName": party.name, "identifyingCodes": _codes(ledger_id)}
    if party.address:
        said["addressLines"] = [party.address]
    if not ledger_id:
        del said["identifyingCodes"]
    return said


def _codes(ledger_id: str) -> Json:
    # ZZZ: mutually defined (UN/EDIFACT 3055).
    return (
        [{"codeListProvider": "ZZZ", "codeListName": "OneBill ledger", "partyCode": ledger_id}]
        if ledger_id
        else []
    )


def _place(place: Place) -> Document:
    said: Document = {"UNLocationCode": place.un_location_code}
    if place.name:
        said["locationName"] = place.name
    return said


def _inland_place(place: Place) -> Document:
    return _place(place) | ({"facilityName": place.facility_code} if place.facility_code else {})


def _transports(booking: Booking) -> Document:
    at_sea = [leg for leg in booking.legs if leg.mode_of_transport == "VESSEL"] or booking.legs
    first, last = at_sea[0], at_sea[-1]
    said: Document = {
        "plannedDepartureDate": first.planned_departure.date().isoformat(),
        "plannedArrivalDate": last.planned_arrival.date().isoformat(),
        "placeOfReceipt": _inland_place(booking.place_of_receipt),
        "portOfLoading": _place(first.departure),
        "portOfDischarge": _place(last.arrival),
        "placeOfDelivery": _inland_place(booking.place_of_delivery),
        "vesselVoyages": [{"vesselName": _TO_BE_NOTED, "carrierExportVoyageNumber": _TO_BE_NOTED}],
    }
    before = [leg.mode_of_transport for leg in booking.legs if leg.sequence < first.sequence]
    after = [leg.mode_of_transport for leg in booking.legs if leg.sequence > last.sequence]
    if before:
        said["preCarriageBy"] = " ".join(before)[:50]
    if after:
        said["onCarriageBy"] = " ".join(after)[:50]
    return said


def _consignment_items(facts: DraftFacts) -> list[Json]:
    booking = facts.booking
    numbers = [one.reference for one in facts.equipment]
    return [
        {
            "carrierBookingReference": booking.reference,
            "descriptionOfGoods": textwrap.wrap(goods.description, _LINE),
            "HSCodes": [goods.hs_code],
            "cargoItems": [_cargo_item(goods, number)]
            if (number := _container_of(place, numbers))
            else [],
        }
        for place, goods in enumerate(booking.commodities)
    ]


def _container_of(place: int, numbers: Sequence[str]) -> str:
    """Say in which container the goods of one line lie.

    All in the one there is; of several, line by line in order. Anything else nobody told, and
    then the draft is not complete.
    """
    if len(numbers) == 1:
        return numbers[0]
    return numbers[place] if place < len(numbers) else ""


def _cargo_item(goods: Commodity, number: str) -> Document:
    packaging: Document = {"numberOfPackages": goods.packages, "description": "packages"}
    danger = goods.dangerous_goods
    if danger is not None:
        declared: Document = {
            "UNNumber": danger.un_number,
            "properShippingName": danger.proper_shipping_name,
            "imoClass": danger.imo_class,
            "emergencyContactDetails": {
                "contact": danger.emergency_contact,
                "phone": danger.emergency_contact[:30].strip(),
            },
        }
        if danger.packing_group in _PACKING_GROUPS:
            declared["packingGroup"] = _PACKING_GROUPS[danger.packing_group]
        packaging["dangerousGoods"] = [declared]
    return {
        "equipmentReference": number,
        # Whole kilograms, never less than what is in it; the exact figure stands beside.
        "cargoGrossWeight": {"value": -(-goods.gross_grams // _GRAMS), "unit": "KGM"},
        "grossWeightGrams": goods.gross_grams,
        "outerPackaging": packaging,
    }


def _equipment(one: Equipment) -> Document:
    return {
        "equipment": {
            "equipmentReference": one.reference,
            "ISOEquipmentCode": one.iso_equipment_code,
        },
        "isShipperOwned": False,
        "seals": [
            {"number": seal.number, "source": SEAL_SOURCES[seal.source]} for seal in one.seals
        ],
    }


def _multimodal(facts: DraftFacts) -> Document:
    """What DCSA's document has no member for: the whole journey, insurance, custody."""
    said: Document = {
        "legs": [
            {
                "legSequence": leg.sequence,
                "modeOfTransport": leg.mode_of_transport,
                "departureLocation": _inland_place(leg.departure),
                "arrivalLocation": _inland_place(leg.arrival),
            }
            for leg in facts.booking.legs
        ],
        "takingInCharge": [
            {
                "equipmentReference": one.equipment_reference,
                "takingInChargeDateTime": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
                "UNLocationCode": one.un_location_code,
                "sealNumbers": sorted(one.seal_numbers),
            }
            for one in sorted(facts.custody, key=lambda one: one.equipment_reference)
        ],
    }
    if facts.certificate is not None:
        said["certificateOfInsurance"] = {
            "certificateNumber": facts.certificate.number,
            "certificateHash": facts.certificate.certificate_hash,
        }
    return said
