"""What a port signs about its yard: one form, and nothing in it opens a gate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from onebill_verify import NotProven, PrivateKey, SignedAct
from onebill_verify.custody import INVALID, CustodyStatement, SignedCustodyStatement

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = PrivateKey.from_secret(21)
STATEMENT = CustodyStatement(
    channel="onebill",
    transport_document_reference="OBAAAAAAAAAAAAAAAA",
    party="P" + "A" * 26,
    equipment_reference="OBLU1234560",
    seal_numbers=("OB0000001",),
    un_location_code="SGSIN",
    in_yard_since=AT - timedelta(hours=3),
    stated_at=AT,
)


def test_a_statement_is_read_back_as_it_was_signed() -> None:
    signed = SignedCustodyStatement.parse(STATEMENT.sign(KEY))

    signed.verify(KEY.public)

    assert signed.statement == STATEMENT


@pytest.mark.parametrize(
    "wrong",
    [
        {"equipment_reference": "OBLU123"},
        {"seal_numbers": ("a seal",)},
        {"seal_numbers": ("S1", "S1")},
        {"un_location_code": "Singapore"},
        {"in_yard_since": AT + timedelta(seconds=1)},
        {"party": "partnerport"},
        {"transport_document_reference": "OB1"},
    ],
)
def test_what_has_not_the_form_is_not_signed(wrong: dict[str, object]) -> None:
    with pytest.raises(NotProven) as refused:
        replace(STATEMENT, **wrong).sign(KEY)  # type: ignore[arg-type]

    assert refused.value.reason == INVALID


def test_another_key_is_not_the_ports() -> None:
    signed = SignedCustodyStatement.parse(STATEMENT.sign(KEY))

    with pytest.raises(NotProven) as refused:
        signed.verify(PrivateKey.from_secret(22).public)

    assert refused.value.reason == INVALID


def test_a_custody_statement_is_no_act_and_so_no_release() -> None:
    with pytest.raises(NotProven) as refused:
        SignedAct.parse(STATEMENT.sign(KEY))

    assert refused.value.reason == "ACT_MALFORMED"
