"""What an amendment may change of a bill, and what it never does (invariants 37 to 43)."""

import pytest

from foundation.kernel.errors import InvalidValue, WrongState
from services.documents.adapters import reading
from services.documents.domain.amendment import (
    Amendment,
    Change,
    Reason,
    amended,
    chain_of,
    check_change,
    find_forbidden_changes,
    read_reason,
)
from services.documents.domain.facts import BillKind, Function, Party, Place
from tests.support.papers import booking

BOOKED = reading.read_booking(booking())
BUYER = Party(Function.CONSIGNEE, "Jurong Drives", "buyer")
TUAS = Place("SGSIN", "DEPOT")


def refused(reason, change, surrendering="seller"):
    with pytest.raises(InvalidValue) as error:
        check_change(reason, change, BOOKED, surrendering)
    return error.value.reason


def test_invariant_40_a_change_of_destination_moves_the_end_of_the_last_road():
    check_change(Reason.CHANGE_OF_DESTINATION, Change(TUAS), BOOKED, "seller")

    changed = amended(BOOKED, Change(TUAS))

    assert changed.place_of_delivery == changed.legs[-1].arrival == TUAS
    assert changed.legs[:-1] == BOOKED.legs[:-1]
    assert (changed.commodities, changed.containers) == (BOOKED.commodities, BOOKED.containers)


@pytest.mark.parametrize(
    "place",
    [Place("CNSHA"), Place("MYKUL"), Place("SGSIN"), Place("SGSIN", "TUAS")],
    ids=["home again", "over a border", "where the road begins", "at the very gate"],
)
def test_invariant_40_what_a_vessel_was_booked_for_is_not_changed(place):
    assert refused(Reason.CHANGE_OF_DESTINATION, Change(place)) == "DESTINATION_UNREACHABLE"


def test_a_place_that_is_none_is_refused():
    assert refused(Reason.CHANGE_OF_DESTINATION, Change(Place("sgsin"))) == "UN_LOCATION_CODE_FORM"


def test_invariant_40_a_switch_changes_form_and_parties_only():
    change = Change(kind=BillKind.SEAWAYBILL, parties=(BUYER,))
    check_change(Reason.SWITCH, change, BOOKED, "seller")

    changed = amended(BOOKED, change)

    assert (changed.kind, changed.party(Function.CONSIGNEE)) == (BillKind.SEAWAYBILL, BUYER)
    assert changed.party(Function.ENDORSEE) is None, "a sea waybill has no endorsee"
    assert changed.legs == BOOKED.legs
    assert refused(Reason.SWITCH, Change(TUAS)) == "AMENDMENT_BEYOND_REASON"


def test_a_new_shipper_is_who_surrendered_and_nobody_else():
    middleman = Change(parties=(Party(Function.SHIPPER, "Straits Trading", "middleman"),))

    check_change(Reason.SWITCH, middleman, BOOKED, "middleman")

    assert refused(Reason.SWITCH, middleman, "seller") == "SHIPPER_OF_ANOTHER"


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        (Reason.CHANGE_OF_DESTINATION, Change(TUAS, BillKind.SEAWAYBILL)),
        (Reason.CHANGE_OF_DESTINATION, Change(TUAS, parties=(BUYER,))),
        (Reason.OTHER, Change(kind=BillKind.SEAWAYBILL)),
        (Reason.OTHER, Change(TUAS)),
        (Reason.OTHER, Change(parties=(Party(Function.ENDORSEE, "Another", "other-bank"),))),
    ],
)
def test_invariant_40_a_reason_covers_its_own_changes_and_no_others(reason, change):
    assert refused(reason, change) == "AMENDMENT_BEYOND_REASON"


@pytest.mark.parametrize("change", [Change(), Change(BOOKED.place_of_delivery)])
def test_an_amendment_that_changes_nothing_is_refused(change):
    assert refused(Reason.CHANGE_OF_DESTINATION, change) == "AMENDMENT_WITHOUT_CHANGE"


def test_the_same_change_made_twice_is_made_once():
    change = Change(TUAS, parties=(Party(Function.DELIVERY_AGENT, "Agents", "agent-2"),))

    assert amended(amended(BOOKED, change), change) == amended(BOOKED, change)


def test_a_switch_to_paper_makes_no_new_bill():
    with pytest.raises(WrongState) as error:
        read_reason("SWTP")

    assert error.value.reason == "AMENDMENT_NOT_OFFERED"


DOCUMENT = {
    "transportDocumentReference": "OB1",
    "transportDocumentTypeCode": "BOL",
    "isToOrder": True,
    "receivedForShipmentDate": "2026-01-14",
    "transports": {"portOfLoading": {"UNLocationCode": "CNQZH"}, "placeOfDelivery": {"a": 1}},
    "consignmentItems": [{"cargoItems": [{"grossWeightGrams": 18_000_500}]}],
    "utilizedTransportEquipments": [{"equipment": {"equipmentReference": "NARU3472484"}}],
    "multimodalTransport": {
        "legs": [{"arrivalLocation": {"a": 1}}, {"arrivalLocation": {"a": 2}}],
        "takingInCharge": [{"sealNumbers": ["CN284416"]}],
        "certificateOfInsurance": {"certificateHash": "ab"},
    },
}


def altered(path, value):
    name, *rest = path.split("/")
    held = DOCUMENT[name]
    return {**DOCUMENT, name: {**held, rest[0]: value} if rest else value}


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("utilizedTransportEquipments", [{"equipment": {"equipmentReference": "MSKU9070323"}}]),
        ("consignmentItems", []),
        ("receivedForShipmentDate", "2026-01-13"),
        ("transports/portOfLoading", {"UNLocationCode": "CNSHA"}),
        ("multimodalTransport/takingInCharge", []),
        (
            "multimodalTransport/legs",
            [{"arrivalLocation": {"a": 9}}, {"arrivalLocation": {"a": 2}}],
        ),
    ],
)
def test_invariant_40_goods_boxes_origin_and_dates_never_change(reason, path, value):
    assert find_forbidden_changes(reason, DOCUMENT, altered(path, value)) == [path.split("/")[0]]


@pytest.mark.parametrize(
    ("reason", "path", "value"),
    [
        (Reason.CHANGE_OF_DESTINATION, "transports/placeOfDelivery", {"a": 2}),
        (
            Reason.CHANGE_OF_DESTINATION,
            "multimodalTransport/legs",
            [{"arrivalLocation": {"a": 1}}, {"arrivalLocation": {"a": 3}}],
        ),
        (Reason.SWITCH, "transportDocumentTypeCode", "SWB"),
        (Reason.OTHER, "multimodalTransport/certificateOfInsurance", {"certificateHash": "cd"}),
    ],
)
def test_what_its_reason_covers_may_change(reason, path, value):
    assert find_forbidden_changes(reason, DOCUMENT, altered(path, value)) == []


def test_invariant_39_bills_that_took_anothers_place_are_told_in_order_and_never_in_a_ring():
    first, second = Amendment("B", "A", "X"), Amendment("C", "B", "X")
    ring = [Amendment("B", "A", "X"), Amendment("A", "B", "X")]

    assert chain_of("C", [second, first]) == [first, second]
    assert chain_of("A", [second, first]) == []
    assert len(chain_of("A", ring)) == len(ring)
