"""The booking's states, tried act by act, and what its rules refuse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.kernel.errors import DomainError, InvalidValue, WrongState
from foundation.kernel.money import Money
from foundation.kernel.unlocode import UnLocode
from services.booking.adapters.reading import read_request
from services.booking.adapters.rules import load_rules
from services.booking.domain.booking import Offer
from services.booking.domain.itinerary import LEG_MOVES, LegState
from services.booking.domain.places import Location
from services.booking.domain.receiving import receive
from services.booking.domain.states import MOVES, Act, BookingState
from tests.support.bookings import READY, machinery_to_jurong

RULES = load_rules()
NOW = datetime(2030, 2, 1, tzinfo=UTC)
DEADLINE = NOW + timedelta(days=2)
OFFER = Offer(Money(482_000, "USD"), Money(15_000, "USD"), "RAT-1", "QUO-1")


def received(message=None, **more):
    return receive(
        "OBB0000000000" + "0",
        read_request(message or machinery_to_jurong()),
        organisation="seller",
        person="mei",
        acceptance_deadline=DEADLINE,
        rules=RULES,
        at=NOW,
        **more,
    )


CHANGI = Location(UnLocode("SGSIN"), "CHANGI")


def test_invariant_40_another_destination_moves_the_last_leg_and_nothing_else():
    booking = booking_in(BookingState.CONFIRMED)
    before, carriers = list(booking.legs), [leg.plan.carrier for leg in booking.legs]

    changed = booking.change_destination(CHANGI, RULES.gazetteer, at=NOW)
    again = booking.change_destination(CHANGI, RULES.gazetteer, at=NOW)

    assert (changed, again) == (True, False)
    assert booking.request.place_of_delivery == booking.legs[-1].plan.arrival == CHANGI
    assert booking.legs[:-1] == before[:-1]
    assert [leg.plan.carrier for leg in booking.legs] == carriers


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Location(UnLocode("SGXXX")), "PLACE_UNKNOWN"),
        (Location(UnLocode("SGSIN")), "LEG_GOES_NOWHERE"),
    ],
)
def test_a_destination_that_no_lorry_of_ours_reaches_changes_nothing(place, reason):
    booking = booking_in(BookingState.CONFIRMED)
    before = (booking.request, list(booking.legs), booking.revision)

    with pytest.raises(InvalidValue) as refused:
        booking.change_destination(place, RULES.gazetteer, at=NOW)

    assert refused.value.reason == reason
    assert (booking.request, booking.legs, booking.revision) == before


def accept_all(booking):
    booking.legs = [
        leg.accept(f"C-{leg.sequence}", deadline=DEADLINE, at=NOW) for leg in booking.legs
    ]


def booking_in(state):
    """Bring a booking into a state by the shortest way there is."""
    booking = received()
    if state is BookingState.REJECTED:
        booking.reject("no", at=NOW)
    elif state is BookingState.CANCELLED:
        booking.cancel("no", at=NOW)
    elif state is not BookingState.RECEIVED:
        booking.record_offer(OFFER, at=NOW)
        booking.request_legs(at=NOW)
        accept_all(booking)
        booking.confirm(at=NOW)
        if state is BookingState.DECLINED:
            booking.reject("no", at=NOW)
        elif state is BookingState.COMPLETED:
            booking.complete(at=NOW)
    assert booking.state is state
    return booking


ACTS = {
    Act.RECORD_OFFER: lambda booking: booking.record_offer(OFFER, at=NOW),
    Act.LIFT_SCREENING_HIT: lambda booking: booking.lift_screening_hit(
        "OB-N-0002", person="wang", reason="another", at=NOW
    ),
    Act.AMEND: lambda booking: booking.amend(
        booking.request,
        expected_revision=booking.total_revision,
        screening=RULES.screening,
        at=NOW,
    ),
    Act.REQUEST_LEGS: lambda booking: booking.request_legs(at=NOW),
    Act.CONFIRM: lambda booking: booking.confirm(at=NOW),
    Act.REJECT: lambda booking: booking.reject("why", at=NOW),
    Act.CANCEL: lambda booking: booking.cancel("why", at=NOW),
    Act.CHANGE_DESTINATION: lambda booking: booking.change_destination(
        CHANGI, RULES.gazetteer, at=NOW
    ),
    Act.COMPLETE: lambda booking: booking.complete(at=NOW),
}


def prepared(state, act):
    """The state, with whatever else the act needs besides the state."""
    booking = booking_in(state)
    if state is BookingState.RECEIVED and act is Act.REQUEST_LEGS:
        booking.record_offer(OFFER, at=NOW)
    if state is BookingState.RECEIVED and act is Act.CONFIRM:
        booking.record_offer(OFFER, at=NOW)
        booking.request_legs(at=NOW)
        accept_all(booking)
    if state is BookingState.RECEIVED and act is Act.LIFT_SCREENING_HIT:
        message = machinery_to_jurong()
        message.document_parties[2].party_name = "Grey Heron Shipping"
        booking = received(message)
    booking.events.clear()
    return booking


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", BookingState)
def test_every_act_from_every_state_does_what_the_table_says(state, act):
    booking = prepared(state, act)
    target = MOVES[state].get(act)

    if target is not None:
        ACTS[act](booking)
        assert booking.state is target
        assert len(booking.events) == 1
        return
    before = replace(booking, events=list(booking.events), legs=list(booking.legs))
    with pytest.raises(WrongState) as refused:
        ACTS[act](booking)
    assert refused.value.reason == "BOOKING_WRONG_STATE"
    assert booking == before


def test_the_table_names_every_state_and_act():
    assert set(MOVES) == set(BookingState)
    assert {act for moves in MOVES.values() for act in moves} == set(Act)
    assert set(ACTS) == set(Act)


@pytest.mark.parametrize("target", ["request", "accept", "decline"])
@pytest.mark.parametrize("state", LegState)
def test_every_answer_from_every_leg_state_does_what_the_table_says(state, target):
    leg = replace(received().legs[0], state=state)
    act = {
        "request": leg.request,
        "accept": lambda: leg.accept("C-1", deadline=DEADLINE, at=NOW),
        "decline": lambda: leg.decline("no", deadline=DEADLINE, at=NOW),
    }[target]
    goal = {
        "request": LegState.REQUESTED,
        "accept": LegState.ACCEPTED,
        "decline": LegState.DECLINED,
    }[target]

    if goal in LEG_MOVES.get(state, set()):
        assert act().state is goal
    else:
        with pytest.raises(WrongState, match=f"Leg 1 is {state.value}"):
            act()


@pytest.mark.parametrize("state", LegState)
def test_releasing_keeps_who_declined(state):
    leg = replace(received().legs[0], state=state)

    released = leg.release("the booking ended")

    kept = {LegState.DECLINED, LegState.RELEASED}
    assert released.state is (state if state in kept else LegState.RELEASED)


def change(**fields):
    def apply(message):
        for name, value in fields.items():
            setattr(message, name, value)

    return apply


def at(path, **fields):
    """Change a nested message, `at("commodities.0", hs_code="x")`."""

    def apply(message):
        for step in path.split("."):
            message = message[int(step)] if step.isdigit() else getattr(message, step)
        for name, value in fields.items():
            setattr(message, name, value)

    return apply


def drop_party(number):
    return lambda message: message.document_parties.pop(number)


def own_legs(edit=lambda legs: None):
    """Ask for the legs of the standard route by name, edited."""

    def apply(message):
        from services.booking.adapters.writing import Writer  # noqa: PLC0415

        booking = received()
        request = replace(booking.request, legs=tuple(leg.plan for leg in booking.legs))
        message.legs.extend(Writer(RULES.gazetteer).request(request).legs)
        edit(message.legs)

    return apply


def leg(number, **fields):
    return own_legs(lambda legs: [setattr(legs[number], *item) for item in fields.items()])


def leg_time(number, name, hours):
    def edit(legs):
        moment = getattr(legs[number], name)
        moment.FromDatetime(moment.ToDatetime() + timedelta(hours=hours))

    return own_legs(edit)


def declare(**missing):
    def apply(message):
        declared = message.commodities[0].dangerous_goods
        fields = {
            "un_number": "1263",
            "proper_shipping_name": "PAINT",
            "imo_class": "3",
            "packing_group": "II",
            "quantity_and_packaging": "40 steel drums (1A1)",
            "packing_certificate": "CPC-7",
            "emergency_contact": "+86 23 6000 0000",
        } | missing
        for name, value in fields.items():
            setattr(declared, name, value)

    return apply


BAD_INPUT = [
    ("PLACE_UNKNOWN", at("place_of_receipt", un_location_code="CNXXX")),
    ("UN_LOCATION_CODE_FORM", at("place_of_delivery", un_location_code="Jurong")),
    ("FACILITY_CODE_FORM", at("place_of_delivery", facility_code="warehouse 7")),
    ("PLACE_UNKNOWN", at("requested_equipments.0.empty_return", un_location_code="SGXXX")),
    ("FIELD_REQUIRED", lambda message: message.ClearField("place_of_receipt")),
    ("FIELD_REQUIRED", lambda message: message.ClearField("cargo_ready_at")),
    ("FIELD_REQUIRED", change(payment_term=0)),
    ("NO_STANDARD_ROUTE", at("place_of_delivery", un_location_code="MYPKG")),
    ("LEGS_DO_NOT_JOIN", own_legs(lambda legs: legs.pop(1))),
    ("LEGS_DO_NOT_JOIN", own_legs(lambda legs: legs.pop())),
    (
        "LEGS_DO_NOT_JOIN",
        own_legs(lambda legs: legs[0].departure_location.CopyFrom(legs[1].arrival_location)),
    ),
    (
        "LEG_GOES_NOWHERE",
        own_legs(lambda legs: legs[2].arrival_location.CopyFrom(legs[2].departure_location)),
    ),
    ("MODE_NOT_SERVED", leg(1, mode_of_transport=1)),
    ("FIELD_REQUIRED", leg(1, carrier_organisation="")),
    ("ORGANISATION_FORM", leg(1, carrier_organisation="Rail Chongqing")),
    ("TIMES_RUN_BACKWARDS", leg_time(0, "planned_departure", -3)),
    ("TIMES_RUN_BACKWARDS", leg_time(1, "planned_departure", -25)),
    ("TIMES_RUN_BACKWARDS", leg_time(2, "planned_arrival", -120)),
    ("TOO_MANY_LEGS", own_legs(lambda legs: legs.extend([legs[0]] * 9))),
    ("PARTY_MISSING", drop_party(0)),
    ("PARTY_MISSING", drop_party(3)),
    ("PARTY_TWICE", at("document_parties.2", party_function=1)),
    ("PARTY_EXCLUDED", at("document_parties.2", party_function=2)),
    ("PARTY_MISSING", change(bill_kind=2)),
    ("PARTY_NAME_FORM", at("document_parties.0", party_name=" ")),
    ("PARTY_ADDRESS_FORM", at("document_parties.0", address="x" * 251)),
    ("DELIVERY_AGENT_UNKNOWN", at("document_parties.3", organisation="")),
    ("LEG_CONSIGNEE_NOT_OPERATOR", at("document_parties.3", organisation="buyer")),
    (
        "TOO_MANY_PARTIES",
        lambda message: message.document_parties.extend([message.document_parties[2]] * 20),
    ),
    ("EQUIPMENT_MISSING", lambda message: message.ClearField("requested_equipments")),
    ("EQUIPMENT_CODE_FORM", at("requested_equipments.0", iso_equipment_code="20FT")),
    ("EQUIPMENT_UNITS_FORM", at("requested_equipments.0", units=0)),
    (
        "TOO_MANY_CONTAINERS",
        lambda message: message.requested_equipments.extend(
            [type(message.requested_equipments[0])(iso_equipment_code="22G1", units=50)]
        ),
    ),
    ("COMMODITIES_MISSING", lambda message: message.ClearField("commodities")),
    ("HS_CODE_FORM", at("commodities.0", hs_code="84798")),
    ("HS_CODE_FORM", at("commodities.0", hs_code="779999")),
    ("DESCRIPTION_FORM", at("commodities.0", description_of_goods="")),
    ("PACKAGES_FORM", at("commodities.0", number_of_packages=0)),
    ("WEIGHT_FORM", at("commodities.0", gross_weight_grams=-1)),
    ("CARGO_TOO_HEAVY", at("commodities.0", gross_weight_grams=36_000_001)),
    ("DANGEROUS_GOODS_INCOMPLETE", declare(packing_certificate="", emergency_contact=" ")),
    ("DANGEROUS_GOODS_FORM", declare(un_number="12A3")),
    ("DANGEROUS_GOODS_FORM", declare(imo_class="10")),
    ("DANGEROUS_GOODS_FORM", declare(emergency_contact="the office")),
    ("INCOTERM_UNKNOWN", change(incoterms_rule="CIFX")),
    ("PAYMENT_TERM_AGAINST_INCOTERM", change(payment_term=2)),
    ("PAYMENT_TERM_NOT_PREPAID", change(payment_term=2, incoterms_rule="FCA")),
    ("CURRENCY_UNKNOWN", at("commercial_value", currency_code="XDR")),
    ("AMOUNT_NEGATIVE", at("commercial_value", amount=-1)),
    ("AMOUNT_NEGATIVE", at("total_maximum", amount=-1, currency_code="USD")),
]


@pytest.mark.parametrize(
    ("reason", "spoil"), BAD_INPUT, ids=[f"{n}-{case[0]}" for n, case in enumerate(BAD_INPUT)]
)
def test_bad_input_is_refused_with_its_reason_and_one_sentence(reason, spoil):
    message = machinery_to_jurong()
    spoil(message)

    with pytest.raises(DomainError) as refused:
        received(message)

    assert refused.value.reason == reason
    assert refused.value.message.endswith(".")


def test_the_shippers_own_legs_are_taken_as_asked():
    message = machinery_to_jurong()
    own_legs()(message)

    booking = received(message)

    assert [leg.plan for leg in booking.legs] == list(booking.request.legs)
    assert booking.legs[0].plan.planned_departure >= READY


def test_a_complete_declaration_of_dangerous_goods_is_accepted_and_not_a_hit():
    message = machinery_to_jurong()
    message.commodities[0].description_of_goods = "Industrial paint"
    declare()(message)

    booking = received(message)

    assert booking.request.is_dangerous
    assert booking.screening_hits == []


def test_invariant_70_dangerous_goods_go_when_every_carrier_has_accepted_one_declaration():
    message = machinery_to_jurong()
    declare()(message)
    booking = received(message)
    booking.record_offer(OFFER, at=NOW)
    booking.request_legs(at=NOW)

    # From now on carriers decide upon this declaration, so it is not changed any more.
    with pytest.raises(WrongState) as amended:
        ACTS[Act.AMEND](booking)
    *first, last = booking.legs
    booking.legs = [
        *(leg.accept(f"C-{leg.sequence}", deadline=DEADLINE, at=NOW) for leg in first),
        last,
    ]
    with pytest.raises(WrongState) as confirmed:
        booking.confirm(at=NOW)

    assert amended.value.reason == "LEGS_ALREADY_REQUESTED"
    assert confirmed.value.reason == "LEGS_NOT_ACCEPTED"
    booking.legs = [*booking.legs[:-1], last.accept("C-9", deadline=DEADLINE, at=NOW)]
    booking.confirm(at=NOW)


def test_goods_that_sound_dangerous_and_are_not_declared_hold_the_booking():
    message = machinery_to_jurong()
    message.commodities[0].description_of_goods = "Tools with LITHIUM cells"

    booking = received(message)

    assert [hit.pointer for hit in booking.open_hits] == ["commodities/0/descriptionOfGoods"]
    booking.record_offer(OFFER, at=NOW)
    with pytest.raises(WrongState) as refused:
        booking.request_legs(at=NOW)
    assert refused.value.reason == "BOOKING_HELD"


@pytest.mark.parametrize(
    "name",
    [
        "Grey Heron Shipping",
        "SHIPPING, GREY-HERON (Asia)",
        "Gréy Heron  Shipping",
        "\uff27\uff32\uff25\uff39 heron shipping",
        "重庆虚构远洋贸易有限公司",
    ],
)
def test_a_listed_name_is_met_however_it_is_written(name):
    message = machinery_to_jurong()
    message.document_parties[2].party_name = name

    assert len(received(message).screening_hits) == 1


@pytest.mark.parametrize(
    "name", ["Grey Shipping", "Heron Shipping", "Greyheron Ship", "Jurong Tooling"]
)
def test_another_name_is_not_met(name):
    message = machinery_to_jurong()
    message.document_parties[2].party_name = name

    assert received(message).screening_hits == []


def named(*names):
    parties = received(machinery_to_jurong()).request.parties
    return [replace(parties[0], name=name) for name in names]


def test_invariant_68_names_of_an_amended_bill_are_screened_like_a_bookings():
    hits = RULES.screening.screen_names(named("Jurong Tooling", "GREY-HERON shipping (Asia)"))

    assert [(hit.list_entry, hit.pointer) for hit in hits] == [
        ("OB-N-0002", "documentParties/1/partyName")
    ]


def test_invariant_68_an_entry_that_a_person_lifted_on_this_booking_holds_no_longer():
    message = machinery_to_jurong()
    message.document_parties[2].party_name = "Grey Heron Shipping"
    booking = received(message)
    again = RULES.screening.screen_names(named("Grey Heron Shipping", "Vantor Kesh Metals"))

    assert booking.not_lifted(again) == again
    booking.lift_screening_hit("OB-N-0002", person="desk-1", reason="Another firm.", at=NOW)
    assert [hit.list_entry for hit in booking.not_lifted(again)] == ["OB-N-0003"]


def test_a_deadline_behind_us_is_refused():
    with pytest.raises(InvalidValue) as refused:
        receive(
            "OBB00000000000",
            read_request(machinery_to_jurong()),
            organisation="seller",
            person=None,
            acceptance_deadline=NOW,
            rules=RULES,
            at=NOW,
        )

    assert refused.value.reason == "ACCEPTANCE_DEADLINE_BEHIND"


def test_a_booking_held_beyond_its_deadline_is_asked_for_by_a_new_one():
    booking = received()
    booking.record_offer(OFFER, at=NOW)
    late = DEADLINE + timedelta(hours=1)

    with pytest.raises(InvalidValue) as refused:
        booking.request_legs(at=late)
    booking.request_legs(at=late, deadline=late + timedelta(days=1))

    assert refused.value.reason == "ACCEPTANCE_DEADLINE_BEHIND"
    assert booking.acceptance_deadline == late + timedelta(days=1)
    assert booking.legs[0].state is LegState.REQUESTED


def test_a_premium_above_the_total_is_refused():
    with pytest.raises(InvalidValue) as refused:
        Offer(Money(1, "USD"), Money(2, "USD"), "R", "Q")

    assert refused.value.reason == "PREMIUM_ABOVE_TOTAL"


def test_an_offer_is_not_changed_once_carriers_are_asked():
    booking = received()
    booking.record_offer(OFFER, at=NOW)
    booking.request_legs(at=NOW)

    with pytest.raises(WrongState) as refused:
        booking.record_offer(OFFER, at=NOW)

    assert refused.value.reason == "LEGS_ALREADY_REQUESTED"


def test_an_amendment_cannot_change_the_route():
    booking = received()
    request = replace(booking.request, cargo_ready_at=READY + timedelta(days=1))

    with pytest.raises(InvalidValue) as refused:
        booking.amend(
            request,
            expected_revision=booking.total_revision,
            screening=RULES.screening,
            at=NOW,
        )

    assert refused.value.reason == "AMENDMENT_CHANGES_ROUTE"


@given(st.integers(0, 500_000), st.integers(0, 500_000))
def test_the_shippers_maximum_is_kept_to_the_cent(total, maximum):
    message = machinery_to_jurong()
    message.total_maximum.amount = maximum
    message.total_maximum.currency_code = "USD"
    booking = received(message)

    booking.record_offer(Offer(Money(total, "USD"), Money(0, "USD"), "R", "Q"), at=NOW)

    within = total <= maximum
    assert (booking.state is BookingState.RECEIVED) is within
    assert all((leg.state is LegState.PLANNED) is within for leg in booking.legs)


def test_every_place_has_two_names_and_a_mode():
    assert len(RULES.gazetteer) >= 60
