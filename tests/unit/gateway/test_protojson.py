"""JSON as /v1 writes and reads it."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from onebill.booking.v1 import booking_pb2
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_pb2, documents_service_pb2

from foundation.kernel.errors import InvalidValue
from gateway.rest.protojson import BodyFault, from_json, parse_json, to_json

LEG = {
    "modeOfTransport": "RAIL",
    "departureLocation": {"unLocationCode": "CNCKG", "facilityCode": "TJC"},
    "arrivalLocation": {"unLocationCode": "CNQZH"},
    "carrierOrganisation": "rail-chongqing",
    "plannedDeparture": "2026-12-20T08:00:00Z",
    "plannedArrival": "2026-12-22T08:00:00Z",
}


def faults(document: dict, kind: type = booking_pb2.BookingRequest) -> list[dict]:
    with pytest.raises(BodyFault) as refused:
        from_json(document, kind)
    return refused.value.errors


def test_enum_values_are_written_and_read_without_their_prefix() -> None:
    read = from_json({"legs": [LEG], "paymentTerm": "PRE"}, booking_pb2.BookingRequest)

    assert read.legs[0].mode_of_transport == common_pb2.MODE_OF_TRANSPORT_RAIL
    assert to_json(read)["legs"][0]["modeOfTransport"] == "RAIL"
    assert to_json(read)["paymentTerm"] == "PRE"
    assert to_json(read)["billKind"] == ""


def test_money_is_minor_units_as_text_with_a_display() -> None:
    request = booking_pb2.BookingRequest(
        commercial_value=common_pb2.Money(amount=12_000_000, currency_code="USD")
    )

    assert to_json(request)["commercialValue"] == {
        "amount": "12000000",
        "currencyCode": "USD",
        "display": "120,000.00 USD",
    }


@pytest.mark.parametrize(
    ("money", "reason"),
    [
        ({"amount": -1, "currencyCode": "USD"}, "AMOUNT_NEGATIVE"),
        ({"amount": "-5", "currencyCode": "USD"}, "AMOUNT_NEGATIVE"),
        ({"amount": 12.5, "currencyCode": "USD"}, "AMOUNT_NOT_WHOLE"),
        ({"amount": "12.50", "currencyCode": "USD"}, "AMOUNT_NOT_WHOLE"),
        ({"amount": True, "currencyCode": "USD"}, "AMOUNT_NOT_WHOLE"),
        ({"amount": "1", "currencyCode": "XAU"}, "CURRENCY_UNKNOWN"),
        ({"amount": "1", "currencyCode": "usd"}, "CURRENCY_UNKNOWN"),
        ({"amount": "1", "currency": "USD"}, "MEMBER_TYPE"),
    ],
)
def test_an_amount_that_is_none_is_refused_where_it_stands(money: dict, reason: str) -> None:
    assert faults({"totalMaximum": money}) == [{"pointer": "/totalMaximum", "reason": reason}]


def test_every_fault_is_told_at_once_with_a_pointer_to_it() -> None:
    document = {
        "legs": [{**LEG, "plannedDeparture": "tomorrow", "mode": "RAIL"}],
        "paymentTerm": "LATER",
        "requestedEquipments": [{"units": 1.5}],
        "incotermsRule": 3,
    }

    assert faults(document) == [
        {"pointer": "/legs/0/plannedDeparture", "reason": "TIME_FORM"},
        {"pointer": "/legs/0/mode", "reason": "MEMBER_UNKNOWN"},
        {"pointer": "/paymentTerm", "reason": "VALUE_UNKNOWN"},
        {"pointer": "/requestedEquipments/0/units", "reason": "NUMBER_NOT_WHOLE"},
        {"pointer": "/incotermsRule", "reason": "MEMBER_TYPE"},
    ]


@pytest.mark.parametrize(
    "time",
    [
        "2026-12-20 08:00:00Z",
        "2026-12-20T08:00:00",
        "2026-12-20T08:00:00+08:00",
        "2026-13-01T00:00:00Z",
        7,
    ],
)
def test_a_time_is_in_utc_or_refused(time: object) -> None:
    assert faults({"cargoReadyAt": time}) == [{"pointer": "/cargoReadyAt", "reason": "TIME_FORM"}]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff", b"7", b"[" * 100_000]
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_json(body)

    assert refused.value.reason == "JSON_MALFORMED"


def test_bytes_are_base64_in_either_alphabet() -> None:
    for text in ("-_8=", "+/8=", "-_8"):
        read = from_json({"content": text}, documents_service_pb2.AddAttachmentRequest)
        assert read.content == b"\xfb\xff"
    assert faults({"content": "$$"}, documents_service_pb2.AddAttachmentRequest) == [
        {"pointer": "/content", "reason": "BYTES_FORM"}
    ]


def test_a_message_that_is_not_there_is_left_out() -> None:
    assert "verifiedGrossMass" not in to_json(documents_pb2.Equipment())
    assert to_json(documents_pb2.Equipment())["seals"] == []


@given(
    st.builds(
        common_pb2.Event,
        position=st.integers(0, 2**63 - 1),
        event_id=st.text(max_size=20),
        subject=st.text(max_size=20),
        occurred_at=st.builds(
            Timestamp,
            seconds=st.integers(0, 4_000_000_000),
            nanos=st.integers(0, 999_999).map(lambda micros: micros * 1000),
        ),
    )
)
def test_what_is_written_is_read_back_the_same(event: common_pb2.Event) -> None:
    assert from_json(to_json(event), common_pb2.Event) == event
