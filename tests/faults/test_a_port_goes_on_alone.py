"""A port with a peer of its own needs no machine of the operator: it watches, proves, attests.

One stack, killed and brought back once for the whole module: every process of the operator dies
with -9 while the port is watching, and stays dead until the tests are over.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from onebill_cli.environment import Environment
from onebill_cli.roles import cast as roles
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.port import WITHOUT_OPERATOR, PortOffice
from onebill_cli.scripts.faults import patient
from onebill_cli.scripts.processes import is_the_operators, running
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.waiting import wait_for
from onebill_cli.signing import now
from onebill_cli.trust import trust_file
from onebill_verify import Trust, verify

pytestmark = [pytest.mark.engines, pytest.mark.timeout(1500)]


@dataclass
class Alone:
    """The port, its watch, and the story that goes on without the operator."""

    story: Story
    port: PortOffice
    seen: Path
    watch: subprocess.Popen[bytes]

    @property
    def bill(self) -> str:
        return self.story.consignment.bill

    def facts(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.seen.read_text().splitlines()]

    def acts_seen(self) -> list[str]:
        return [
            fact["payload"]["actionCode"]  # type: ignore[index]
            for fact in self.facts()
            if fact["subject"] == self.bill and fact["type"] == "onebill.ledger.act.v1"
        ]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    environment = patient(Environment.load())
    story = Story(Cast.of(environment), random.Random())
    for step in story.steps():
        step.play(lambda _: None)
        if step.name == "issue":
            break
    # Whoever acts while the operator is away is known at another door before.
    story.cast.seller.transfer(
        story.consignment.bill, story.consignment.parties[roles.ISSUING_BANK]
    )
    assert story.cast.issuing_bank.party
    seen = tmp_path_factory.mktemp("port") / "seen.jsonl"
    seen.touch()
    port = PortOffice(environment, roles.PARTNER_PORT, "partnerport")
    alone = Alone(story, port, seen, start_watch(seen))
    wait_for("watch to be under way", lambda: "TRANSFER" in alone.acts_seen() or None, 300.0)
    local("kill", *(each.name for each in running(environment) if is_the_operators(each)))
    assert not [each.name for each in running(environment) if is_the_operators(each)]
    try:
        yield alone
    finally:
        alone.watch.kill()
        alone.watch.wait()
        local("up")


def test_the_watch_goes_on_while_title_moves_without_the_operator(alone: Alone) -> None:
    bank, buyer = alone.story.cast.issuing_bank, alone.story.cast.buyer

    bank.endorse_to_order(alone.bill, buyer.party)
    bank.transfer(alone.bill, buyer.party)

    expected = ["ISSUE", "TRANSFER", "ENDORSE_TO_ORDER", "TRANSFER"]
    wait_for("both acts in the watch", lambda: alone.acts_seen() == expected or None, 300.0)


def test_a_watch_that_is_killed_goes_on_without_gap_or_repeat(alone: Alone) -> None:
    alone.watch.send_signal(signal.SIGKILL)
    alone.watch.wait()
    alone.port.hold(alone.bill, "SG-ALONE")

    alone.watch = start_watch(alone.seen)
    alone.port.lift_hold(alone.bill, "SG-ALONE")

    wait_for("the lifted hold", lambda: alone.acts_seen()[-1:] == ["LIFT_HOLD"] or None, 300.0)
    assert alone.acts_seen()[-2:] == ["HOLD", "LIFT_HOLD"]
    positions = [fact["position"] for fact in alone.facts()]
    assert positions == sorted(set(positions)), "none twice, none out of order"


def test_the_port_attests_by_naming_organisations(alone: Alone) -> None:
    answer = alone.port.attest(alone.bill, "the-operator-is-away", WITHOUT_OPERATOR)

    assert set(answer.organisations) == set(WITHOUT_OPERATOR)
    assert json.loads(answer.attestation)["nonce"] == "the-operator-is-away"


def test_the_port_makes_and_verifies_the_proof_alone(alone: Alone) -> None:
    bundle = alone.port.bundle(alone.bill, WITHOUT_OPERATOR)
    trust = Trust.parse(trust_file(alone.port.environment).encode())

    answer = verify(bundle, trust, now())

    assert answer.proven, answer.message
    assert set(answer.attested_by) == set(WITHOUT_OPERATOR)


def start_watch(seen: Path) -> subprocess.Popen[bytes]:
    """Watch as the port's people do, in a process of its own."""
    command = [sys.executable, "-m", "onebill_cli", "port", "watch", "--from", str(seen)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ))


def local(*arguments: str) -> None:
    """Do what `make` does on this machine's stack."""
    subprocess.run([sys.executable, "-m", "local", *arguments], check=True, capture_output=True)
