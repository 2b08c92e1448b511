"""The second story: a sea waybill on open account, and a telex release (电放)."""

import random
from pathlib import Path

import pytest
from onebill_cli.environment import Environment
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.faults import check_ending
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.summary import summarise
from onebill_cli.scripts.telex import Telex, Waybill
from onebill_cli.trust import trust_file
from onebill_verify.__main__ import main as verify

pytestmark = pytest.mark.engines

WAYBILL_REFUSES = {
    "a sea waybill endorsed": "NOT_NEGOTIABLE",
    "a sea waybill pledged": "NOT_NEGOTIABLE",
    "a sea waybill surrendered for delivery": "NOT_ENTITLED_TO_SURRENDER",
    "a release against the shipper's instruction": "WRONG_STATE",
    "delivery to somebody who is not the consignee": "RECIPIENT_WRONG",
    "a contrary instruction after delivery": "BILL_CLOSED",
}
TELEX_REFUSES = {
    "a telex release by who does not hold the bill": "BILL_UNKNOWN",
    "the bill sold after it was surrendered": "WRONG_STATE",
    "the shipper's own acceptance of its surrender": "NOT_DELIVERY_AGENT",
    "a surrender withdrawn after it was accepted": "WRONG_STATE",
    "a pass after customs held again": "RELEASE_HELD",
    "a pass on which nobody named a truck": "PASS_WITHOUT_PLATE",
    "another truck with the pass": "PASS_FOR_ANOTHER_TRUCK",
    "the same pass again": "PASS_USED",
    "delivery to somebody who was not named": "RECIPIENT_WRONG",
}


def told(story: Story) -> Story:
    for step in story.steps():
        step.play(lambda _: None)
    return story


@pytest.fixture(scope="module")
def waybill(environment: Environment) -> Story:
    return told(Waybill(Cast.of(environment), random.Random()))


@pytest.fixture(scope="module")
def telex(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return told(Telex(Cast.of(environment), random.Random(), tmp_path_factory.mktemp("gate")))


def reasons(story: Story) -> dict[str, str]:
    return {refusal["what"]: refusal["reason"] for refusal in story.consignment.refusals}


def test_invariant_35_a_sea_waybill_is_delivered_to_its_consignee_without_surrender(
    environment: Environment, waybill: Story
) -> None:
    check_ending(summarise(environment, waybill.consignment, {}))
    acts = [act["actionCode"] for act in waybill.cast.seller.acts(waybill.consignment.bill)]
    assert "SURRENDER_FOR_DELIVERY" not in acts
    assert reasons(waybill).items() >= WAYBILL_REFUSES.items()


def test_invariant_34_a_telex_release_delivers_to_who_was_named_at_origin(
    environment: Environment, telex: Story
) -> None:
    check_ending(summarise(environment, telex.consignment, {}))
    acts = [act["actionCode"] for act in telex.cast.seller.acts(telex.consignment.bill)]
    assert acts.index("ACCEPT_SURRENDER") < acts.index("RELEASE_MASTER"), "before the vessel"
    assert "TRANSFER" not in acts, "the bill never left the shipper"
    assert reasons(telex).items() >= TELEX_REFUSES.items()


@pytest.mark.parametrize("which", ["waybill", "telex"])
def test_both_are_proven_offline(
    which: str, request: pytest.FixtureRequest, environment: Environment, tmp_path: Path
) -> None:
    story: Story = request.getfixturevalue(which)
    bundle, roots = tmp_path / "bundle.json", tmp_path / "roots.json"
    bundle.write_bytes(story.cast.seller.bundle(story.consignment.bill))
    roots.write_text(trust_file(environment))

    assert verify([str(bundle), "--roots", str(roots)]) == 0
