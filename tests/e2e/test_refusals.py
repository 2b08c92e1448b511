"""What the story must refuse, each told as a story of its own."""

from collections.abc import Callable

import pytest
from onebill_cli.errors import NotThere, Refused
from onebill_cli.roles import cast as roles
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.shipper import AGREED_CREDIT
from onebill_cli.scripts.consignment import PORT_OF_LOADING, RAIL_STATION, booking_request, event
from onebill_cli.scripts.story import READY_IN, Story
from onebill_cli.scripts.waiting import wait_for
from onebill_cli.signing import now
from onebill_verify import HoldTerms

pytestmark = pytest.mark.engines

PlayUntil = Callable[..., Story]


def test_the_last_carrier_declines_and_everything_is_given_back(play_until: PlayUntil) -> None:
    story = play_until("book")
    booking, cast = story.consignment.booking, story.cast
    story.wait_leg_requested()
    cast.haulier_origin.accept_leg(booking, 1, "HC-1")
    cast.rail.accept_leg(booking, 2, "RC-1")
    cast.line.accept_leg(booking, 3, "LB-1")

    cast.haulier_destination.decline_leg(booking, 4, "No truck that week")

    rejected = story.wait_state("REJECTED")
    assert "No truck that week" in rejected["stateReason"]
    assert {leg["state"] for leg in rejected["legs"]} == {"RELEASED", "DECLINED"}
    assert cast.seller.invoices(booking) == []


def test_the_bank_refuses_the_documents_and_the_bill_comes_back(play_until: PlayUntil) -> None:
    story = play_until("issue")
    cast, bill, parties = story.cast, story.consignment.bill, story.consignment.parties
    cast.seller.transfer(bill, parties[roles.ISSUING_BANK])

    cast.issuing_bank.reject_transfer(bill, endorse_to=parties[roles.SELLER])

    head = cast.seller.head(bill)
    assert head.possessor == parties[roles.SELLER]
    assert head.title_holder == parties[roles.SELLER]


def test_invariant_20_rejecting_is_the_receivers_first_act_or_none(play_until: PlayUntil) -> None:
    story = play_until("issue")
    cast, bill, parties = story.cast, story.consignment.bill, story.consignment.parties
    cast.seller.transfer(bill, parties[roles.ISSUING_BANK])
    cast.issuing_bank.act(bill, "SIGN")

    with pytest.raises(Refused) as refused:
        cast.issuing_bank.reject_transfer(bill)

    assert refused.value.reason == "NOTHING_TO_REJECT"


def test_invariant_48_freight_on_credit_never_blocks_an_honest_holders_delivery(
    play_until: PlayUntil,
) -> None:
    story = play_until("gates", payment_rail=AGREED_CREDIT)

    invoice = story.cast.seller.invoices(story.consignment.booking)[0]
    assert invoice["state"] == "ON_CREDIT", "the shipper still owes the prepaid freight"
    assert story.cast.seller.bill(story.consignment.bill)["state"] == "ACCOMPLISHED"


def test_invariant_47_one_character_off_is_a_query_and_no_incident(play_until: PlayUntil) -> None:
    story = play_until("issue")
    consignment, cast = story.consignment, story.cast
    last = "0" if consignment.seal[-1] != "0" else "1"

    cast.rail.report(
        [
            event(
                consignment,
                "LOADED",
                RAIL_STATION,
                2,
                "RAIL",
                facility_type="RAMP",
                seal=consignment.seal[:-1] + last,
            )
        ]
    )

    assert "SEAL_QUERY" in _breaches(story)
    assert cast.seller.incidents(consignment.booking) == []


def test_invariant_47_another_seal_is_a_breach_and_opens_an_incident_on_its_leg(
    play_until: PlayUntil,
) -> None:
    story = play_until("rail")
    consignment, cast = story.consignment, story.cast

    cast.line.report(
        [
            event(
                consignment,
                "GATED_IN",
                PORT_OF_LOADING,
                3,
                "VESSEL",
                facility_type="PORT_TERMINAL",
                seal="XX9999999",
            )
        ]
    )

    assert "SEAL_BREACH" in _breaches(story)
    incident = wait_for(
        "incident", lambda: next(iter(cast.seller.incidents(consignment.booking)), None)
    )
    assert incident["cause"] == "SEAL_BREACH"
    # The railway handed over with the right seal, so it happened in the line's hands.
    assert incident["legSequence"] == 3


def test_a_hold_closes_the_gates_until_its_own_office_lifts_it(play_until: PlayUntil) -> None:
    story = play_until("finance")
    cast, bill = story.cast, story.consignment.bill
    cast.customs.hold(bill, "SG-HOLD-1")

    with pytest.raises(Refused) as refused:
        cast.terminal.act(bill, "LIFT_HOLD", terms=HoldTerms("SG-HOLD-1"))

    assert refused.value.reason == "NOT_HOLD_AUTHORITY"
    cast.customs.lift_hold(bill, "SG-HOLD-1")
    assert list(cast.customs.bill(bill).holds) == []


def test_invariant_58_a_stranger_learns_nothing_of_a_bill(
    play_until: PlayUntil, cast: Cast
) -> None:
    story = play_until("issue")

    with pytest.raises(NotThere) as real:
        cast.first_bank.bill(story.consignment.bill)
    with pytest.raises(NotThere) as invented:
        cast.first_bank.bill("OBAAAAAAAAAAAAAAAA")

    assert real.value.reason == invented.value.reason


def test_a_booking_held_by_screening_waits_for_a_person_other_than_the_booker(
    cast: Cast,
) -> None:
    request = booking_request(now() + READY_IN)
    request["documentParties"][2]["partyName"] = "Ostrava Phantom Trading"

    answer = cast.seller.book(request)

    assert answer["screeningHits"], "the invented name is on the list"
    entry = answer["screeningHits"][0]["listEntry"]
    lifted = cast.desk.lift_screening_hit(answer["bookingReference"], entry, "Namesake; checked")
    assert lifted["screeningHits"][0]["liftedBy"]


def test_a_held_booking_is_amended_and_priced_anew_before_its_carriers_are_asked(
    cast: Cast,
) -> None:
    request = booking_request(now() + READY_IN)
    named = request["documentParties"][2]["partyName"]
    request["documentParties"][2]["partyName"] = "Ostrava Phantom Trading"
    held = cast.seller.book(request)
    request["documentParties"][2]["partyName"] = named
    value = request["commercialValue"]
    request["commercialValue"] = {**value, "amount": str(2 * int(value["amount"]))}

    answer = cast.seller.amend(held["bookingReference"], request)

    assert not answer["screeningHits"]
    assert int(answer["premium"]["amount"]) == 2 * int(held["premium"]["amount"])

    def states() -> set[str]:
        return {leg["state"] for leg in cast.seller.booking(held["bookingReference"])["legs"]}

    wait_for(
        "the carriers to be asked",
        lambda: states() == {"REQUESTED"} or None,
    )


def test_a_cancelled_booking_gives_its_legs_back(play_until: PlayUntil) -> None:
    story = play_until("book")
    story.wait_leg_requested()

    story.cast.seller.cancel(story.consignment.booking, "The buyer changed its mind")

    cancelled = story.wait_state("CANCELLED")
    assert {leg["state"] for leg in cancelled["legs"]} == {"RELEASED"}


def _breaches(story: Story) -> set[str]:
    journey = story.cast.seller.journey(story.consignment.booking)["journey"]
    return {
        breach["breachCode"]
        for container in journey["containers"]
        for breach in container["breaches"]
    }
