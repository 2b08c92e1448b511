"""A bill amended: surrendered, another issued in its place, the goods delivered under that one."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from onebill_cli.environment import Environment
from onebill_cli.errors import NotThere, Refused
from onebill_cli.roles import cast as roles
from onebill_cli.roles.acts import wanted_change
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.shipper import Customer
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.telex import Telex
from onebill_cli.scripts.waiting import wait_for
from onebill_cli.trust import trust_file
from onebill_verify.__main__ import main as verify

from tests.e2e.test_reconcile import reconcile

pytestmark = pytest.mark.engines

Json = dict[str, Any]

CHANGI = ("SGSIN", "CHANGI")
PATIENCE = 120.0


class Amended(Telex):
    """The telex release's story, whose bill is amended on the way."""

    def play(self, *names: str) -> None:
        """Play the named steps."""
        for step in self.steps():
            if step.name in names:
                step.play(lambda _: None)


def surrender(story: Story, reason: str, wanted: Json) -> str:
    seller, bill = story.cast.seller, story.consignment.bill
    return seller.surrender_for_amendment(bill, seller.bill(bill)["issuer"], reason, "", wanted)


def reissued(story: Story) -> str:
    """Wait for the bill in the other's place, and go on with that one."""
    seller, old = story.cast.seller, story.consignment.bill
    new = seller.amendment(old)["transportDocumentReference"]
    wait_for(
        "bill in the other's place",
        lambda: _issued(story, new),
        PATIENCE,
    )
    story.consignment.bill = new
    return str(new)


def _issued(story: Story, new: str) -> bool | None:
    papers = story.cast.seller.documents(story.consignment.booking)
    return papers["transportDocumentReference"] == new or None


def play_to_issue(environment: Environment, folder: Path) -> Amended:
    story = Amended(Cast.of(environment), random.Random(), folder)
    story.play("parties", "book", "accept", "stuff", "custody", "issue")
    return story


@pytest.fixture(scope="module")
def redirected(
    environment: Environment, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Amended, str]:
    """A bill to order whose goods go to Changi instead of Jurong, and the bill before it."""
    story = play_to_issue(environment, tmp_path_factory.mktemp("gate"))
    seller, desk, old = story.cast.seller, story.cast.desk, story.consignment.bill
    asked = surrender(story, "COD", wanted_change("/".join(CHANGI)))
    amendment = desk.prepare_amendment(old)
    assert amendment["approvalsMissing"] == [seller.signer.party]
    desk.accept_surrender(old, asked)
    seller.approve_amendment(old)
    invoice = wait_for("invoice for the change", lambda: _change_invoice(story), PATIENCE)
    assert seller.bill(old)["state"] == "SURRENDERED_FOR_AMENDMENT", "nothing ends unpaid"
    seller.pay(invoice["invoiceNumber"])
    reissued(story)
    story.consignment.warehouse = CHANGI
    return story, old


def _change_invoice(story: Story) -> Json | None:
    invoices = story.cast.seller.invoices(story.consignment.booking)
    return next((one for one in invoices if one["transportDocumentReference"]), None)


def test_invariant_37_the_old_bill_is_void_and_the_new_one_names_it(
    redirected: tuple[Amended, str],
) -> None:
    story, old = redirected
    seller, new = story.cast.seller, story.consignment.bill
    ended, issued = json.loads(seller.bill(old)["record"]), json.loads(seller.bill(new)["record"])

    assert (ended["state"], ended["replacedBy"]) == ("VOIDED", [new])
    assert (issued["state"], issued["replaces"]) == ("ISSUED", [old])
    assert [act["actionCode"] for act in seller.acts(old)].count("VOID") == 1
    assert [act["actionCode"] for act in seller.acts(new)] == ["ISSUE"]


def test_invariant_42_and_39_it_went_to_who_surrendered_with_the_same_boxes(
    redirected: tuple[Amended, str],
) -> None:
    story, old = redirected
    seller, new = story.cast.seller, story.consignment.bill
    ended, issued = json.loads(seller.bill(old)["record"]), json.loads(seller.bill(new)["record"])

    assert seller.bill(new)["possessor"] == seller.signer.party
    for member in ("containerKeys", "takingInChargeDate", "firstCarrier", "shipper"):
        assert issued[member] == ended[member]
    assert issued["certificateHash"] != ended["certificateHash"], "endorsed to the new bill"


def test_invariant_38_the_old_bill_refuses_every_act(redirected: tuple[Amended, str]) -> None:
    story, old = redirected
    seller, desk, parties = story.cast.seller, story.cast.desk, story.consignment.parties
    attempts: dict[str, Callable[[], object]] = {
        "BILL_CLOSED": lambda: seller.transfer(old, parties[roles.FIRST_BANK]),
        "NOTHING_TO_AMEND": lambda: desk.prepare_amendment(old),
        "BILL_NOT_ISSUED": lambda: seller.copy(old),
    }

    for reason, attempt in attempts.items():
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.reason == reason
    with pytest.raises(Refused) as refused:
        seller.surrender_for_delivery(old, parties[roles.DELIVERY_AGENT], parties[roles.BUYER])
    assert refused.value.reason == "BILL_CLOSED"


def test_invariant_40_the_new_bill_is_proven_offline_with_its_link_to_the_old(
    redirected: tuple[Amended, str], environment: Environment, tmp_path: Path
) -> None:
    story, old = redirected
    bundle, roots = tmp_path / "bundle.json", tmp_path / "roots.json"
    roots.write_text(trust_file(environment))
    told = story.cast.seller.bundle(story.consignment.bill)
    bundle.write_bytes(told)

    assert verify([str(bundle), "--roots", str(roots)]) == 0
    shown = json.loads(told)
    document = shown["document"]["transportDocument"]
    assert document["transports"]["placeOfDelivery"]["UNLocationCode"] == "SGSIN"
    endorsement = shown["certificate"]["certificateOfInsurance"]["endorsement"]
    assert endorsement["replacedTransportDocumentReference"] == old
    bundle.write_bytes(story.cast.seller.bundle(old))
    assert verify([str(bundle), "--roots", str(roots)]) == 0, "what the old one was stays provable"


def test_invariant_43_the_goods_are_delivered_under_the_new_bill_and_the_parts_agree(
    redirected: tuple[Amended, str],
) -> None:
    story, _ = redirected
    story.play("rail", "sea", "finance", "arrive", "gates", "close")

    bill = story.cast.delivery_agent.bill(story.consignment.bill)
    journey = story.cast.seller.journey(story.consignment.booking)["journey"]
    delivered = [
        one
        for one in journey["containers"][0]["milestones"]
        if one["milestoneCode"] == "DELIVERED"
    ]
    assert json.loads(bill.record)["state"] == "ACCOMPLISHED"
    assert delivered[0]["unLocationCode"] == "SGSIN"
    assert not any(int(line["difference"]) for line in story.cast.desk.trial_balance())
    code, said = reconcile()
    assert code == 0, said


def test_invariant_40_what_the_underwriter_or_the_road_does_not_reach_is_refused_and_sent_back(
    environment: Environment, tmp_path: Path
) -> None:
    story = play_to_issue(environment, tmp_path)
    seller, desk, bill = story.cast.seller, story.cast.desk, story.consignment.bill
    asked = surrender(story, "COD", wanted_change("NLRTM"))

    with pytest.raises(Refused) as beyond:
        desk.prepare_amendment(bill)
    with pytest.raises(Refused) as unprepared:
        desk.accept_surrender(bill, asked)
    desk.reject_surrender(bill, asked, "We do not deliver in Rotterdam.")
    again = surrender(story, "COD", wanted_change("/".join(CHANGI)))
    desk.prepare_amendment(bill)
    seller.withdraw_surrender(bill, again)

    assert beyond.value.reason in {"ENDORSEMENT_REFUSED", "DESTINATION_UNREACHABLE"}
    assert unprepared.value.reason == "AMENDMENT_NOT_PREPARED"
    assert seller.bill(bill)["state"] == "ISSUED"
    assert _change_invoice(story) is None, "nothing is owed for what was not done"
    # A new surrender needs a draft of its own: the one that was prepared is for the withdrawn.
    once_more = surrender(story, "COD", wanted_change("/".join(CHANGI)))
    with pytest.raises(Refused) as stale:
        desk.accept_surrender(bill, once_more)
    assert stale.value.reason == "AMENDMENT_NOT_PREPARED"
    seller.withdraw_surrender(bill, once_more)


def test_invariant_68_an_amended_bill_does_not_lead_around_the_screening_list(
    environment: Environment, tmp_path: Path
) -> None:
    story = play_to_issue(environment, tmp_path)
    seller, desk, bill = story.cast.seller, story.cast.desk, story.consignment.bill
    listed = ("CONSIGNEE", roles.BUYER, "Grey Heron Shipping (Asia)", "1 Quay")
    asked = surrender(story, "SWI", wanted_change(bill_kind="SEAWAYBILL", parties=[listed]))

    with pytest.raises(Refused) as refused:
        desk.prepare_amendment(bill)
    desk.reject_surrender(bill, asked, "That name cannot come onto a bill of ours.")

    assert refused.value.reason == "PARTY_ON_SCREENING_LIST"
    assert seller.bill(bill)["state"] == "ISSUED"


def test_invariant_40_a_bill_to_order_is_switched_to_a_sea_waybill(
    environment: Environment, tmp_path: Path
) -> None:
    story = play_to_issue(environment, tmp_path)
    seller, desk, old = story.cast.seller, story.cast.desk, story.consignment.bill
    buyer = ("CONSIGNEE", roles.BUYER, "Jurong Precision Tools Pte. Ltd.", "40 Pioneer Road")
    asked = surrender(story, "SWI", wanted_change(bill_kind="SEAWAYBILL", parties=[buyer]))
    amendment = desk.prepare_amendment(old)
    with pytest.raises(NotThere) as stranger:
        Customer.of(environment, roles.BUYER).amendment(old)
    seller.approve_amendment(old)
    desk.accept_surrender(old, asked)

    new = reissued(story)

    record = json.loads(seller.bill(new)["record"])
    assert amendment["reasonCode"] == "SWI"
    assert stranger.value.reason == "BILL_UNKNOWN"
    assert record["transportDocumentTypeCode"] == "SWB"
    assert record["consignee"] == story.consignment.parties[roles.BUYER]
    assert _change_invoice(story) is None
    with pytest.raises(Refused) as refused:
        seller.endorse_to_order(new, story.consignment.parties[roles.FIRST_BANK])
    assert refused.value.reason == "NOT_NEGOTIABLE"
