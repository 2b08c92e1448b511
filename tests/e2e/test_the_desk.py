"""What the operator's desk decides on a bill: its key in custody signs, the law still judges."""

import hashlib
from collections.abc import Callable

import pytest
from onebill_cli.errors import Refused
from onebill_cli.roles import cast as roles
from onebill_cli.roles.shipper import Customer, Desk
from onebill_cli.scripts.consignment import PAID_BEFORE_ARRIVAL
from onebill_cli.scripts.story import Story

pytestmark = pytest.mark.engines

PlayUntil = Callable[..., Story]


@pytest.fixture(scope="module")
def story(play_once: PlayUntil) -> Story:
    """A bill to order, blank, in its shipper's hands."""
    return play_once("issue", sale=PAID_BEFORE_ARRIVAL, kind=_Blank)


class _Blank(Story):
    @property
    def title_at_issue(self) -> str:
        return ""


@pytest.fixture
def amended(story: Story) -> str:
    """The bill, handed back to be switched to paper."""
    seller, bill = story.cast.seller, story.consignment.bill
    return seller.surrender_for_amendment(
        bill, seller.bill(bill)["issuer"], "SWTP", "for the bank"
    )


def test_a_rejected_amendment_leaves_the_bill_where_it_was(story: Story, amended: str) -> None:
    seller, desk, bill = story.cast.seller, story.cast.desk, story.consignment.bill

    desk.reject_surrender(bill, amended, "The bank takes the electronic bill.")

    after = seller.bill(bill)
    assert (after["state"], after["possessor"]) == ("ISSUED", seller.signer.party)


def test_a_rejection_without_a_reason_is_refused(story: Story, amended: str) -> None:
    bill = story.consignment.bill

    with pytest.raises(Refused) as refused:
        story.cast.desk.reject_surrender(bill, amended, " ")

    assert refused.value.reason == "COMMENT_MISSING"
    story.cast.seller.withdraw_surrender(bill, amended)


def test_the_desk_does_nobody_elses_act(story: Story) -> None:
    with pytest.raises(Refused) as refused:
        story.cast.desk.act(
            story.consignment.bill,
            "TRANSFER",
            recipient=story.consignment.parties[roles.FIRST_BANK],
        )

    assert refused.value.reason == "ACT_NOT_THE_DESKS"


def test_the_desk_is_the_operators_alone(story: Story) -> None:
    environment = story.cast.environment
    stranger = Customer.of(environment, roles.FIRST_BANK)
    stranger.door.scopes = ("desk",)

    with pytest.raises(Refused) as refused:
        Desk(stranger.door).switch_to_paper(story.consignment.bill, b"printed")

    assert refused.value.reason == "DESK_IS_THE_OPERATORS"


def test_a_bill_that_nobody_handed_back_is_not_ended(story: Story) -> None:
    with pytest.raises(Refused) as refused:
        story.cast.desk.switch_to_paper(story.consignment.bill, b"printed")

    assert refused.value.reason == "WRONG_STATE"


def test_no_bill_is_taken_in_from_which_no_way_leads_on(story: Story) -> None:
    seller, bill = story.cast.seller, story.consignment.bill
    asked = seller.surrender_for_amendment(bill, seller.bill(bill)["issuer"], "COD")

    with pytest.raises(Refused) as refused:
        story.cast.desk.accept_surrender(bill, asked)

    assert refused.value.reason == "AMENDMENT_NOT_PREPARED"
    seller.withdraw_surrender(bill, asked)


def test_invariant_41_a_bill_switched_to_paper_takes_no_more_acts(
    story: Story, amended: str
) -> None:
    seller, desk, bill = story.cast.seller, story.cast.desk, story.consignment.bill
    desk.accept_surrender(bill, amended)
    printed = b"Printed in Chongqing, original 1 of 1"

    desk.switch_to_paper(bill, printed)

    assert seller.bill(bill)["state"] == "PAPER"
    last = seller.acts(bill)[-1]
    assert hashlib.sha256(printed).hexdigest() in last["details"]
    with pytest.raises(Refused) as refused:
        seller.transfer(bill, story.consignment.parties[roles.FIRST_BANK])
    assert refused.value.reason == "BILL_CLOSED"
