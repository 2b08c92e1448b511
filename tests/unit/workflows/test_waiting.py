"""What a consignment waits for, as a sentence that people can act on."""

from dataclasses import replace
from datetime import UTC, datetime

from workflows.definitions import milestones, waiting
from workflows.messages import (
    BillFacts,
    BookingFacts,
    BreachFacts,
    GateWait,
    InvoiceFacts,
    JourneyFacts,
    LegFacts,
    PaperFacts,
    Reached,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOOKING = BookingFacts(
    state="CONFIRMED",
    shipper_organisation="seller",
    legs=[
        LegFacts(1, "TRUCK", "haulier-chongqing", "ACCEPTED"),
        LegFacts(2, "RAIL", "rail-chongqing", "REQUESTED"),
        LegFacts(3, "VESSEL", "line-beibu", "REQUESTED"),
    ],
    acceptance_deadline=NOON,
)
JOURNEY = JourneyFacts(equipment_references=["NARU3472484"])


def reached(code: str, leg: int, box: str = "NARU3472484", minute: int = 0) -> Reached:
    return Reached(code, leg, box, f"{code}-{leg}-{box}", NOON.replace(minute=minute))


def test_carriers_that_have_not_answered_are_named_with_their_deadline() -> None:
    said = waiting.acceptance(BOOKING)

    assert said.sentence == (
        "Waiting for rail-chongqing (leg 2) and line-beibu (leg 3) to accept, "
        "until 2026-11-23 12:00 UTC."
    )
    assert said.on_whom == "rail-chongqing, line-beibu"
    assert said.until == NOON


def test_before_the_container_is_named_the_shipper_is_waited_for() -> None:
    said = waiting.custody(BOOKING, JourneyFacts(), None)

    assert said.on_whom == "seller"
    assert said.sentence == "Waiting for seller to name container, seals and weight."


def test_the_carrier_of_the_next_event_is_waited_for_on_its_leg() -> None:
    journey = replace(
        JOURNEY, next_expected="LOADED_ON_BOARD", next_expected_leg=3, next_expected_at=NOON
    )

    said = waiting.carriage(BOOKING, journey, BillFacts("ISSUED"), {})

    assert said.sentence == (
        "Waiting for line-beibu to load the container on board on leg 3, "
        "planned for 2026-11-23 12:00 UTC."
    )


def test_an_event_that_we_have_no_words_for_is_still_a_sentence() -> None:
    journey = replace(JOURNEY, next_expected="CUSTOMS_RELEASED", next_expected_leg=2)

    said = waiting.carriage(BOOKING, journey, BillFacts("ISSUED"), {})

    assert said.sentence == "Waiting for rail-chongqing to report customs released on leg 2."


def test_a_shut_gate_says_what_keeps_it_shut_and_with_whom_it_lies() -> None:
    bill = BillFacts("SURRENDERED_FOR_DELIVERY", waits=[GateWait("MASTER_RELEASED", "PAGENT")])

    said = waiting.carriage(BOOKING, JOURNEY, bill, {})

    assert said.sentence == "Waiting at the gate for master released, which lies with PAGENT."


def test_approval_comes_before_payment_and_payment_before_issue() -> None:
    draft, approved = PaperFacts("OB1", "DRAFT"), PaperFacts("OB1", "APPROVED")
    owed, paid = InvoiceFacts("INV-1", "OPEN"), InvoiceFacts("INV-1", "PAID", is_settled=True)

    assert waiting.issue(draft, owed, "seller", {}).what == "APPROVAL"
    assert waiting.issue(approved, owed, "seller", {}).sentence == (
        "Waiting for seller to pay invoice INV-1."
    )
    assert waiting.issue(approved, paid, "seller", {}).what == "ISSUE"


def test_a_milestone_is_reached_when_every_container_reached_it() -> None:
    two = replace(BOOKING, containers=2)
    journey = replace(JOURNEY, reached=[reached("TAKEN_IN_CHARGE", 1)])

    assert not milestones.have_all_reached(journey, two, "TAKEN_IN_CHARGE")
    both = replace(
        journey, reached=[*journey.reached, reached("TAKEN_IN_CHARGE", 1, "MSKU1234565")]
    )
    assert milestones.have_all_reached(both, two, "TAKEN_IN_CHARGE")


def test_a_container_seen_twice_is_one_container() -> None:
    two = replace(BOOKING, containers=2)
    journey = replace(JOURNEY, reached=[reached("TAKEN_IN_CHARGE", 1)] * 2)

    assert not milestones.have_all_reached(journey, two, "TAKEN_IN_CHARGE")


def paid(journey: JourneyFacts) -> list[tuple[int, str]]:
    return [
        (leg.leg_sequence, shown.event_id)
        for leg, shown in milestones.to_be_paid(journey, BOOKING)
    ]


def test_rail_is_paid_with_the_load_and_ocean_when_on_board() -> None:
    journey = replace(JOURNEY, reached=[reached("LEG_STARTED", 2), reached("LEG_STARTED", 3)])

    assert paid(journey) == [(2, "LEG_STARTED-2-NARU3472484")]
    on_board = replace(journey, reached=[*journey.reached, reached("LOADED_ON_BOARD", 3)])
    assert [leg for leg, _ in paid(on_board)] == [2, 3]
    assert milestones.sea_legs_on_board(on_board, BOOKING) == [3]


def test_only_breaches_of_the_one_container_become_incidents() -> None:
    codes = ["SEAL_QUERY", "SEAL_BREACH", "OUT_OF_ORDER", "OPENED", "EXCUSED_OPENING", "MISROUTED"]
    journey = replace(JOURNEY, breaches=[BreachFacts(code, 1, code, "", NOON) for code in codes])

    assert [breach.breach_code for breach in milestones.incidents(journey)] == [
        "SEAL_BREACH",
        "OPENED",
    ]


def test_the_days_for_notice_run_from_the_last_containers_delivery() -> None:
    journey = replace(
        JOURNEY,
        reached=[reached("DELIVERED", 3, minute=5), reached("DELIVERED", 3, "B", minute=9)],
    )

    assert milestones.delivered_at(journey, NOON) == NOON.replace(minute=9)
    assert milestones.delivered_at(JOURNEY, NOON) == NOON
