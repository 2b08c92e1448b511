"""A bill's record read: roles, and the lights of the two gates."""

import json
from datetime import UTC, datetime

import pytest
from onebill_verify.errors import NotProven

from ledger.service.records import (
    BillRecord,
    lights_of_gate_one,
    lights_of_gate_two,
    roles_of,
)
from tests.support.bill_records import (
    AGENT,
    BANK,
    BUYER,
    CARRIERS_AGENT,
    CUSTOMS,
    HAULIER,
    SHIPPER,
    TERMINAL,
    record,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPEN = {
    "customsReleasedBy": [CUSTOMS],
    "masterReleased": True,
    "confirmedPayments": ["TERMINAL"],
    "state": "SURRENDERED_FOR_DELIVERY",
}
PASS = {
    "containerKeys": ["a" * 64],
    "haulier": HAULIER,
    "passHash": "b" * 64,
    "validUntil": "2026-11-23T18:00:00Z",
}


def waiting(lights):
    return {light.name: light.waits_for for light in lights if not light.is_met}


def test_a_stored_record_reads_as_it_was():
    assert BillRecord.from_text(record().text) == record()


def test_a_record_spelled_otherwise_is_read_and_kept_canonical():
    assert BillRecord.from_text(json.dumps(json.loads(record().text), indent=2)) == record()
    with pytest.raises(NotProven, match="two members"):
        BillRecord.from_text(record().text.replace("{", '{"state":"ISSUED",', 1))


def test_roles_are_those_of_now_and_those_that_passed_on():
    moved = record(possessor=BUYER, titleHolder=BUYER)

    assert roles_of(moved, frozenset(), frozenset({BUYER})) == ["POSSESSOR", "TITLE_HOLDER"]
    assert roles_of(moved, frozenset({"POSSESSOR", "SHIPPER"}), frozenset({SHIPPER})) == [
        "FORMER_POSSESSOR",
        "SHIPPER",
    ]
    assert roles_of(moved, frozenset({"TITLE_HOLDER"}), frozenset({BANK})) == [
        "FORMER_TITLE_HOLDER"
    ]


def test_who_never_had_a_part_has_no_role():
    assert roles_of(record(), frozenset(), frozenset({BUYER})) == []
    assert roles_of(record(titleHolder=""), frozenset(), frozenset({""})) == []


def test_invariant_35_gate_one_names_each_false_part_and_on_whom_it_waits():
    assert waiting(lights_of_gate_one(record())) == {
        "CUSTOMS_RELEASED": CUSTOMS,
        "MASTER_RELEASED": CARRIERS_AGENT,
        "TERMINAL_CHARGES_SECURED": TERMINAL,
        "SURRENDER_ACCEPTED": SHIPPER,
    }
    assert waiting(lights_of_gate_one(record(**OPEN))) == {}


def test_invariant_35_a_hold_shuts_both_gates():
    held = record(**OPEN, release=PASS, holds=[{"holdReference": "H-1", "placedBy": CUSTOMS}])

    assert waiting(lights_of_gate_one(held)) == {"NO_HOLD": CUSTOMS}
    assert waiting(lights_of_gate_two(held, NOON)) == {"NO_HOLD": CUSTOMS}


def test_invariant_48_prepaid_freight_is_no_light_of_the_second_gate():
    ready = record(**OPEN, release=PASS)

    assert waiting(lights_of_gate_two(ready, NOON)) == {}
    assert not any("FREIGHT" in light.name for light in lights_of_gate_two(ready, NOON))


def test_a_pass_that_has_ended_is_no_pass():
    late = datetime(2026, 11, 24, tzinfo=UTC)

    assert waiting(lights_of_gate_two(record(**OPEN, release=PASS), late)) == {"PASS_LIVE": AGENT}
    assert waiting(lights_of_gate_two(record(**OPEN), NOON)) == {"PASS_LIVE": AGENT}


@pytest.mark.parametrize("condition", ["receiverCharges", "generalAverage"])
def test_only_what_the_bill_names_is_waited_for(condition):
    conditions = {
        "customs": False,
        "gateOne": "AGENTS_CUSTODY",
        "generalAverage": False,
        "masterDocuments": False,
        "receiverCharges": False,
        "terminalCharges": False,
        condition: True,
    }

    bare = record(conditions=conditions)

    assert waiting(lights_of_gate_one(bare)) == {}
    assert len(waiting(lights_of_gate_two(bare, NOON))) == 3
