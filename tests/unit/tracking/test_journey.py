"""The one-container rules and the folding of a journey."""

import copy
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.tracking.adapters.state import (
    read_journey,
    read_plan,
    write_journey,
    write_plan,
)
from services.tracking.domain.container import BreachCode, MilestoneCode
from services.tracking.domain.events import SeenSeal
from services.tracking.domain.journey import advance, find_news, fold, start
from services.tracking.domain.outlook import look_ahead
from tests.support.journeys import (
    BOX,
    HAULIER,
    LAST_HAULIER,
    LINE,
    OTHER_BOX,
    RAIL,
    SEAL,
    event,
    plan,
    story,
)


def box(events, the_plan=None):
    return fold(the_plan or plan(), events).containers[BOX]


def codes(container):
    return [(breach.code, breach.leg_sequence) for breach in container.breaches]


def story_with(*more):
    return sorted([*story(), *more], key=lambda one: one.event_date_time)


def story_without(code, leg):
    return [one for one in story() if (one.event_code, one.leg_sequence) != (code, leg)]


def changed(code, leg, **changes):
    return [
        one._replace(**changes) if (one.event_code, one.leg_sequence) == (code, leg) else one
        for one in story()
    ]


def test_a_journey_without_trouble_reaches_every_expected_milestone_and_has_no_breach():
    journey = fold(plan(), story())

    outlook = look_ahead(plan(), journey, journey.containers[BOX])

    assert codes(journey.containers[BOX]) == []
    assert [one.code for one in outlook.milestones if one.happened is None] == []
    assert outlook.next_expected is None
    assert journey.containers[BOX].is_unopened


def test_taking_in_charge_is_the_first_laden_gate_out_by_the_first_carrier_with_a_shippers_seal():
    taken = box(story()).happened[MilestoneCode.TAKEN_IN_CHARGE, 1]

    assert (
        taken.event_id == next(one.event_id for one in story_with() if one.event_code == "NONE")
        if False
        else taken.un_location_code == "CNCKG"
    )
    assert [seal.seal_number for seal in taken.seals] == [SEAL]


def test_invariant_8_an_empty_gate_out_is_no_taking_in_charge():
    container = box(changed("GATED_OUT", 1, is_laden=False)[:3])

    assert not container.has(MilestoneCode.TAKEN_IN_CHARGE, 1)


def test_invariant_8_a_gate_out_without_a_seal_is_no_taking_in_charge():
    container = box(changed("GATED_OUT", 1, seals=())[:3])

    assert not container.has(MilestoneCode.TAKEN_IN_CHARGE, 1)


def test_invariant_8_a_gate_out_told_by_another_is_no_taking_in_charge():
    container = box(changed("GATED_OUT", 1, issuer="terminal-singapore")[:3])

    assert not container.has(MilestoneCode.TAKEN_IN_CHARGE, 1)


def test_invariant_8_a_planned_gate_out_is_no_taking_in_charge():
    container = box(changed("GATED_OUT", 1, event_classifier="PLANNED")[:3])

    assert not container.has(MilestoneCode.TAKEN_IN_CHARGE, 1)


def test_on_board_is_the_actual_loading_on_the_vessel_and_not_on_the_train():
    container = box(story())

    assert container.has(MilestoneCode.LOADED_ON_BOARD, 3)
    assert not container.has(MilestoneCode.LOADED_ON_BOARD, 2)


def test_invariant_46_another_container_number_on_a_leg_is_a_breach_on_that_leg():
    container = box(changed("GATED_IN", 2, equipment_reference=OTHER_BOX))

    assert (BreachCode.CONTAINER_CHANGED, 2) in codes(container)


def test_invariant_46_a_container_seen_before_any_was_assigned_is_the_bookings_own():
    journey = fold(plan(equipment={}), story())

    assert list(journey.containers) == [BOX]
    assert codes(journey.containers[BOX]) == []


def test_invariant_47_a_door_opened_on_the_way_is_an_opening_on_the_leg_after_the_last_good_seal():
    container = box(story_with(event(RAIL, "DOOR_OPENED", 2, 40, "", seals=())))

    assert codes(container) == [(BreachCode.OPENED, 2)]
    assert not container.is_unopened


def test_invariant_47_doors_may_open_before_stuffing_and_after_delivery():
    container = box(
        story_with(
            event(HAULIER, "DOOR_OPENED", 0, -4, "", seals=()),
            event(LAST_HAULIER, "DOOR_OPENED", 4, 342, "", seals=()),
        )
    )

    assert codes(container) == []
    assert container.is_unopened


def test_invariant_47_an_authorised_opening_with_a_new_seal_is_excused_and_visible():
    new_seal = "QZ000777"
    inspected = event(
        "customs-qinzhou",
        "INSPECTED",
        3,
        80,
        "CNQZH",
        seals=(),
        authority_reference="QZ-2026-311",
        remark="Random inspection",
    )
    resealed = event(
        "customs-qinzhou", "RESEALED", 3, 81, "CNQZH", seals=(SeenSeal(new_seal, "CUSTOMS", SEAL),)
    )
    after = [
        one._replace(seals=(SeenSeal(new_seal, "CUSTOMS"),))
        if one.event_date_time > resealed.event_date_time and one.seals
        else one
        for one in story()
    ]

    container = box([*after, inspected, resealed])

    assert codes(container) == [(BreachCode.EXCUSED_OPENING, 3)]
    assert not container.is_unopened
    assert container.expected_seals == [new_seal]


def test_invariant_47_an_authorised_opening_handed_over_without_a_new_seal_is_an_opening():
    inspected = event(
        "customs-qinzhou",
        "INSPECTED",
        3,
        80,
        "CNQZH",
        seals=(),
        authority_reference="QZ-2026-311",
        remark="Random inspection",
    )

    container = box([*story(), inspected])

    assert [code for code, _ in codes(container)] == [
        BreachCode.EXCUSED_OPENING,
        BreachCode.OPENED,
    ]


def test_invariant_47_a_seal_one_character_off_is_a_query_and_no_breach():
    container = box(changed("LOADED", 3, seals=(SeenSeal("CN284476", "SHIPPER"),)))

    assert codes(container) == [(BreachCode.SEAL_QUERY, 3)]
    assert container.is_unopened


def test_rule_3_a_seal_that_differs_is_a_breach_on_the_leg_after_the_last_good_hand_over():
    broken = (SeenSeal("XX999", "CARRIER"),)

    at_discharge = box(changed("DISCHARGED", 3, seals=broken))
    at_next_carrier = box(changed("GATED_IN", 2, seals=broken))

    assert codes(at_discharge) == [(BreachCode.SEAL_BREACH, 3)]
    assert codes(at_next_carrier) == [(BreachCode.SEAL_BREACH, 2)]


def test_a_wrong_seal_that_travels_on_is_told_once():
    broken = (SeenSeal("XX999", "CARRIER"),)
    events = [
        one._replace(seals=broken) if one.leg_sequence >= 3 and one.seals else one
        for one in story()
    ]

    assert codes(box(events)) == [(BreachCode.SEAL_BREACH, 3)]


def test_a_carriers_further_seal_beside_the_shippers_is_no_breach():
    events = changed("LOADED", 3, seals=(SeenSeal("LINE77", "CARRIER"), SeenSeal(SEAL, "SHIPPER")))

    assert codes(box(events)) == []


def test_two_seals_that_look_alike_are_not_taken_for_each_other():
    two = plan(equipment={BOX: ("SEAL01", "SEAL02")})
    seen = (SeenSeal("SEAL02", "SHIPPER"),)

    container = box([one._replace(seals=seen) if one.seals else one for one in story()], two)

    assert [code for code, _ in codes(container)] == [BreachCode.SEAL_BREACH]


def test_invariant_45_a_hand_over_out_of_order_is_an_exception_with_an_owner():
    container = box([one for one in story() if one.leg_sequence != 2])

    assert [(b.code, b.leg_sequence, b.owner) for b in container.breaches] == [
        (BreachCode.OUT_OF_ORDER, 3, LINE)
    ]
    assert container.has(MilestoneCode.DELIVERED, 4)


def test_invariant_45_a_discharge_without_a_loading_is_an_exception_until_the_loading_is_told():
    early = box(story_without("LOADED", 3))
    late = box([*story_without("LOADED", 3), changed("LOADED", 3)[10]])

    assert (BreachCode.OUT_OF_ORDER, 3) in codes(early)
    assert codes(late) == []


def test_a_place_that_is_not_on_the_plan_is_a_misroute():
    container = box(changed("DISCHARGED", 3, un_location_code="MYPKG"))

    assert (BreachCode.MISROUTED, 3) in codes(container)


def test_what_its_issuer_took_back_was_never_told():
    wrong = event(LINE, "LOADED", 3, 100, "CNQZH", event_id="WRONG")
    retraction = event(LINE, "", 3, 0, retracted_event_id="WRONG")

    container = box([wrong, *story(), retraction])

    assert container.happened[MilestoneCode.LOADED_ON_BOARD, 3].event_id != "WRONG"


def test_nobody_takes_back_what_another_told():
    mine = event(LINE, "LOADED", 3, 100, "CNQZH", event_id="MINE")
    theirs = event(RAIL, "", 2, 0, retracted_event_id="MINE")

    container = box([mine, *story(), theirs])

    assert container.happened[MilestoneCode.LOADED_ON_BOARD, 3].event_id == "MINE"


def test_an_estimate_never_replaces_what_happened():
    estimate = event(LINE, "ARRIVED", 3, 300, "SGSIN", event_classifier="ESTIMATED")
    journey = fold(plan(), [*story(), estimate])

    milestone = next(
        one
        for one in look_ahead(plan(), journey, journey.containers[BOX]).milestones
        if (one.code, one.leg_sequence) == (MilestoneCode.ARRIVED, 3)
    )

    assert milestone.happened.at == story()[12].event_date_time
    assert milestone.estimated_at == estimate.event_date_time


def test_the_arrival_is_expected_as_late_as_the_last_thing_known_is_behind_the_plan():
    the_plan = plan()
    two_days_late = event(RAIL, "ARRIVED", 2, 72 + 48, "CNQZH")
    journey = fold(the_plan, [*story()[:7], two_days_late])

    outlook = look_ahead(the_plan, journey, journey.containers[BOX])

    assert outlook.estimated_arrival == the_plan.last_leg.planned_arrival + timedelta(days=2)
    assert outlook.next_expected.code is MilestoneCode.LEG_ENDED
    assert outlook.next_expected.leg_sequence == 2


def test_before_anything_happened_the_empty_pick_up_is_expected():
    outlook = look_ahead(plan(), start(plan()), None)

    assert outlook.next_expected.code is MilestoneCode.EMPTY_PICKED_UP
    assert outlook.estimated_arrival == plan().last_leg.planned_arrival


def test_news_are_told_once():
    the_plan = plan()
    journey = start(the_plan)

    first = advance(the_plan, journey, story()[:3])
    second = advance(the_plan, journey, [event(HAULIER, "DOOR_OPENED", 1, 5, seals=())])

    assert [one.slot[0] for one in first.milestones] == [
        MilestoneCode.EMPTY_PICKED_UP,
        MilestoneCode.STUFFED,
        MilestoneCode.TAKEN_IN_CHARGE,
        MilestoneCode.LEG_STARTED,
    ]
    assert second.milestones == ()
    assert [breach.code for _, breach in second.breaches] == [BreachCode.OPENED]


def test_a_journey_folded_anew_tells_only_what_it_did_not_tell():
    the_plan = plan()
    events = story()
    correction = events[2]._replace(event_id="CORRECTED", retracted_event_id=events[2].event_id)

    news = find_news(fold(the_plan, events[:3]), fold(the_plan, [*events[:4], correction]))

    assert [(one.slot[0], one.happened.event_id) for one in news.milestones] == [
        (MilestoneCode.TAKEN_IN_CHARGE, "CORRECTED"),
        (MilestoneCode.LEG_STARTED, "CORRECTED"),
        (MilestoneCode.LEG_ENDED, events[3].event_id),
    ]


def test_plan_and_journey_are_the_same_after_they_were_written_and_read():
    journey = fold(plan(), trouble())

    assert read_journey(write_journey(journey)) == journey
    assert read_plan(write_plan(plan())) == plan()


def trouble():
    """A journey with a little of everything."""
    return [
        *story(),
        event(RAIL, "DOOR_OPENED", 2, 40, "", seals=()),
        event(LINE, "GATED_IN", 3, 75, "CNQZH", seals=("CN284476",)),
        event(LINE, "LOADED", 3, 76, "CNQZH", equipment_reference=OTHER_BOX),
        event(LINE, "DISCHARGED", 3, 289, "MYPKG", seals=("XX999",)),
        event(LINE, "ARRIVED", 3, 250, "SGSIN", event_classifier="ESTIMATED"),
        event(LINE, "LOADED", 3, 90, "CNQZH", event_id="WRONG"),
        event(LINE, "", 3, 0, retracted_event_id="WRONG"),
        event(
            "customs-qinzhou",
            "RESEALED",
            3,
            82,
            "CNQZH",
            seals=(SeenSeal("QZ1", "CUSTOMS", SEAL),),
            authority_reference="QZ-1",
            remark="Quarantine",
        ),
    ]


ALL = trouble()


@settings(max_examples=150, deadline=None)
@given(order=st.permutations(ALL))
def test_the_journey_does_not_depend_on_the_order_in_which_events_came(order):
    assert fold(plan(), order) == fold(plan(), ALL)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_folding_batch_by_batch_gives_the_same_journey_as_folding_all(data):
    the_plan = plan()
    waiting = data.draw(
        st.one_of(st.permutations(ALL), st.just(sorted(ALL, key=lambda one: one.event_date_time)))
    )
    journey = start(the_plan)
    told = []
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        batch, waiting = waiting[:size], waiting[size:]
        told += batch
        if advance(the_plan, journey, batch) is None:
            journey = fold(the_plan, told)

    assert journey == fold(the_plan, ALL)


def test_what_reaches_back_is_refused_and_changes_nothing():
    the_plan = plan()
    journey = fold(the_plan, story()[3:])
    before = copy.deepcopy(journey)

    assert advance(the_plan, journey, story()[:3]) is None
    assert journey == before
