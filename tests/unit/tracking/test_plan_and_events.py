"""What a plan and an event must be, and who may tell what."""

from datetime import timedelta

import pytest

from foundation.kernel.errors import InvalidValue
from services.tracking.domain.events import find_fault
from services.tracking.domain.plan import Place, check_assignment, check_plan
from tests.support.journeys import (
    BOX,
    HAULIER,
    LAST_HAULIER,
    LATER,
    LINE,
    OTHER_BOX,
    RAIL,
    event,
    plan,
    story,
)


def reason_of(work):
    with pytest.raises(InvalidValue) as refused:
        work()
    return refused.value.reason


def with_leg(number, **changes):
    legs = list(plan().legs)
    leg = legs[number - 1]
    legs[number - 1] = type(leg)(
        **{name: changes.get(name, getattr(leg, name)) for name in leg.__slots__}
    )
    return plan(legs=tuple(legs))


def test_the_story_is_a_plan():
    assert check_plan(plan()) == plan()


def test_legs_that_do_not_join_are_refused():
    assert (
        reason_of(lambda: check_plan(with_leg(2, departure=Place("CNSHA")))) == "LEGS_DO_NOT_JOIN"
    )


def test_a_leg_starts_in_the_facility_where_the_one_before_ended():
    elsewhere = Place("CNCKG", "GYZ")

    assert reason_of(lambda: check_plan(with_leg(2, departure=elsewhere))) == "LEGS_DO_NOT_JOIN"


def test_planned_times_that_run_backwards_are_refused():
    before = plan().legs[1].planned_departure - timedelta(hours=1)
    too_early = plan().legs[0].planned_departure

    assert (
        reason_of(lambda: check_plan(with_leg(2, planned_arrival=before)))
        == "PLANNED_TIMES_BACKWARDS"
    )
    assert (
        reason_of(lambda: check_plan(with_leg(2, planned_departure=too_early)))
        == "PLANNED_TIMES_BACKWARDS"
    )


def test_an_unknown_form_of_place_is_refused():
    assert (
        reason_of(lambda: check_plan(with_leg(4, arrival=Place("SG-01"))))
        == "UN_LOCATION_CODE_FORM"
    )


def test_a_container_more_than_asked_for_is_refused():
    assert reason_of(lambda: check_assignment(plan(), OTHER_BOX, ("S1",))) == "EQUIPMENT_TOO_MANY"


def test_a_container_with_a_wrong_check_digit_is_refused():
    empty = plan(equipment={})

    assert (
        reason_of(lambda: check_assignment(empty, "CSQU3054384", ("S1",)))
        == "EQUIPMENT_REFERENCE_CHECK_DIGIT"
    )


def test_a_container_without_a_seal_is_refused():
    assert reason_of(lambda: check_assignment(plan(), BOX, ())) == "SEALS_MISSING"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_id": ""}, "EVENT_ID_FORM"),
        ({"event_id": "x" * 101}, "EVENT_ID_FORM"),
        ({"event_type": "REEFER"}, "EVENT_TYPE_UNKNOWN"),
        ({"event_code": "LOAD"}, "EVENT_CODE_UNKNOWN"),
        ({"event_classifier": "ACT"}, "EVENT_CLASSIFIER_UNKNOWN"),
        ({"event_date_time": LATER.replace(year=1970)}, "EVENT_TIME_MISSING"),
        ({"event_date_time": LATER + timedelta(minutes=3)}, "EVENT_FROM_THE_FUTURE"),
        ({"equipment_reference": "CSQU3054384"}, "EQUIPMENT_REFERENCE_CHECK_DIGIT"),
        ({"equipment_reference": ""}, "EQUIPMENT_REFERENCE_FORM"),
        ({"un_location_code": "CNSH1"}, "UN_LOCATION_CODE_FORM"),
        ({"remark": "x" * 251}, "REMARK_TOO_LONG"),
        ({"vessel_name": "x" * 900}, "TEXT_TOO_LONG"),
        ({"vessel_name": "a\0b"}, "TEXT_TOO_LONG"),
    ],
)
def test_an_event_that_cannot_be_read_is_told_why(changes, reason):
    fault = find_fault(event(LINE, "LOADED", 3, 1, "CNQZH")._replace(**changes), LATER)

    assert fault is not None
    assert fault.reason == reason


def test_a_seal_number_of_sixteen_characters_is_refused():
    fault = find_fault(event(LINE, "LOADED", 3, 1, "CNQZH", seals=("S" * 16,)), LATER)

    assert fault is not None
    assert fault.reason == "SEAL_NUMBER_FORM"


def test_every_event_of_the_story_can_be_read_and_is_admitted():
    for one in story():
        assert find_fault(one, LATER) is None
        assert plan().admits(one) is None


@pytest.mark.parametrize(
    ("issuer", "code", "leg", "reason"),
    [
        (RAIL, "LOADED", 3, "LEG_UNKNOWN"),
        (LINE, "GATED_IN", 0, "LEG_UNKNOWN"),
        (HAULIER, "GATED_IN", 5, "LEG_UNKNOWN"),
        ("seller", "GATED_OUT", 1, "LEG_UNKNOWN"),
        ("terminal-singapore", "STRIPPED", 4, "LEG_UNKNOWN"),
        ("line-of-nobody", "LOADED", 3, "BOOKING_UNKNOWN"),
        ("line-of-nobody", "LOADED", 9, "BOOKING_UNKNOWN"),
        ("terminal-of-nobody", "GATED_OUT", 4, "BOOKING_UNKNOWN"),
    ],
)
def test_a_carrier_tells_its_own_leg_and_a_stranger_nothing(issuer, code, leg, reason):
    fault = plan().admits(event(issuer, code, leg, 1))

    assert fault is not None
    assert fault.reason == reason


@pytest.mark.parametrize(
    ("issuer", "code", "leg"),
    [
        (HAULIER, "PICKED_UP", 0),
        (LAST_HAULIER, "DROPPED_OFF", 0),
        ("seller", "STUFFED", 0),
        ("terminal-singapore", "GATED_OUT", 4),
        ("customs-qinzhou", "INSPECTED", 3),
        ("operator", "LOADED", 3),
    ],
)
def test_who_has_something_to_tell_may_tell_it(issuer, code, leg):
    assert plan().admits(event(issuer, code, leg, 1)) is None
