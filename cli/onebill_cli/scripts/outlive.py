"""`onebill demo-outlive`: the bill outlives its platform, told as it happens.

The story runs to the open sea; then every process of the operator is killed, for good. What the
bill is for goes on without it, by the three other organisations of the ledger. At the end the
operator comes back and finds what they did.
"""

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onebill.ledger.v1 import ledger_pb2, ledger_service_pb2
from onebill_verify import Trust, verify

from onebill_cli.doors import DEADLINE_SECONDS, ask_ledger_door
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit, TryAgain
from onebill_cli.output import say
from onebill_cli.roles import cast as roles
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.destination import Holder
from onebill_cli.roles.introducing import introduce
from onebill_cli.roles.port import WITHOUT_OPERATOR
from onebill_cli.roles.shipper import Customer
from onebill_cli.scripts.faults import patient
from onebill_cli.scripts.processes import is_the_operators, running
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.telling import Say, Step, StoryBroken, record_of
from onebill_cli.scripts.waiting import wait_for
from onebill_cli.signing import new_request_id, now
from onebill_cli.trust import trust_file

OPENING: Final = """\
A bill is issued and its container is at sea. Then the operator is gone: every machine of it, for
good. The bill is not the operator's: four organisations keep it, and three are left.
On this one machine PostgreSQL is shared by all of them and stays; on many machines each
organisation has its own. The platform's own pages stand still;
the goods and the title to them do not."""

LAST_STEP_BEFORE: Final = "sea"
COURIER: Final = "port"
"""The member that carries the shipper's acts when the operator, who vouched for it, is gone."""

_NEEDED_AFTERWARDS: Final = (
    *(roles.SELLER, roles.ISSUING_BANK, roles.BUYER, roles.DELIVERY_AGENT),
    roles.HAULIER_DESTINATION,
)


@dataclass(slots=True)
class Outliving:
    """The story without its operator, step by step."""

    story: Story
    build: Path
    killed: tuple[str, ...] = ()

    def steps(self) -> list[Step]:
        """Return what happens after the vessel sailed, from first to last."""
        return [
            Step("proof", "The shipper keeps its own proof", self.keep_proof),
            Step("death", "Every process of the operator dies", self.kill_the_operator),
            Step("holder", "The shipper goes to another door", self.go_to_another_door),
            Step("title", "The bill is passed on, paid and endorsed", self.pass_on),
            Step("surrender", "The buyer surrenders; the agent accepts", self.surrender),
            Step("gate one", "Out of the terminal", self.open_gate_one),
            Step("gate two", "At the door in Jurong", self.open_gate_two),
            Step("attest", "The port says what it has", self.attest),
            Step("return", "The operator comes back", self.bring_back),
        ]

    def keep_proof(self, tell: Say) -> None:
        """Fetch the bundle while the gateway is there, and verify it as a stranger would."""
        self.build.mkdir(parents=True, exist_ok=True)
        bundle, roots = self.build / "bundle.json", self.build / "roots.json"
        bundle.write_bytes(self._cast.seller.bundle(self._bill))
        roots.write_text(trust_file(self._cast.environment))
        tell(f"{bundle}: {bundle.stat().st_size:,} bytes; it needs nobody to be checked")

    def kill_the_operator(self, tell: Say) -> None:
        """Freeze all of the operator's processes at one moment, then kill each with -9."""
        environment = self._cast.environment
        names = [each.name for each in running(environment) if is_the_operators(each)]
        _local("kill", *names)
        left = [each.name for each in running(environment) if is_the_operators(each)]
        if left:
            raise StoryBroken(f"the operator still runs {', '.join(left)}")
        self.killed = tuple(names)
        tell(f"{len(names)} processes, none of them with time to tidy up: {', '.join(names)}")
        try:
            Customer.of(_impatient(environment), roles.SELLER).bill(self._bill)
        except TryAgain as silence:
            tell(f"the platform's door: {silence.reason}")
        else:
            raise StoryBroken("the operator's door still answers")

    def go_to_another_door(self, tell: Say) -> None:
        """Check the bundle offline, and let the port know whose key the shipper's is."""
        answer = verify(
            (self.build / "bundle.json").read_bytes(),
            Trust.parse((self.build / "roots.json").read_bytes()),
            now(),
        )
        if not answer.proven:
            raise StoryBroken(f"the shipper's bundle is not proven: {answer.message}")
        tell(f"its bundle verifies offline: act {answer.sequence}, {answer.state}")
        environment = self._cast.environment
        key = environment.act_key(roles.SELLER).public
        introduce(environment, roles.SELLER, self._parties[roles.SELLER], key, COURIER)
        held = self._seller.bill(self._bill)
        tell(f"at the {COURIER}'s ledger service: act {held.sequence}, in the shipper's hands")

    def pass_on(self, tell: Say) -> None:
        """From the shipper through its bank to the buyer."""
        cast, parties = self._cast, self._parties
        self._seller.transfer(self._bill, parties[roles.ISSUING_BANK])
        cast.issuing_bank.endorse_to_order(self._bill, parties[roles.BUYER])
        held = cast.issuing_bank.transfer(self._bill, parties[roles.BUYER])
        if held.possessor != parties[roles.BUYER]:
            raise StoryBroken("the buyer does not have the bill")
        tell(f"act {held.sequence}: possession and title are the buyer's")

    def surrender(self, tell: Say) -> None:
        """Hand the bill back for delivery."""
        cast, parties = self._cast, self._parties
        reference = cast.buyer.surrender_for_delivery(
            self._bill, parties[roles.DELIVERY_AGENT], parties[roles.BUYER]
        )
        cast.delivery_agent.accept_surrender(self._bill, reference)
        tell(f"surrender {reference} accepted")

    def open_gate_one(self, tell: Say) -> None:
        """Let the line's agent, the terminal and customs say their words; then release."""
        cast, consignment = self._cast, self.story.consignment
        cast.line_agent.release_master(self._bill)
        cast.terminal.confirm_charges(self._bill)
        cast.customs.release(self._bill)
        record = self.story.record()
        haulier = self._parties[roles.HAULIER_DESTINATION]
        consignment.pick_up_pass = cast.delivery_agent.make_pass(
            record, haulier, [consignment.equipment]
        )
        cast.delivery_agent.release_terminal(record, consignment.pick_up_pass)
        tell("master released, charges secured, customs cleared: released to the haulier")

    def open_gate_two(self, tell: Say) -> None:
        """Deliver against the pass; the bill ends here."""
        consignment = self.story.consignment
        if consignment.pick_up_pass is None:
            raise StoryBroken("there is no pass")
        bill = self._cast.delivery_agent.accomplish(
            self._bill,
            self._parties[roles.BUYER],
            consignment.pick_up_pass,
            seal_numbers=[consignment.seal],
            received_by="Warehouse 3, Jurong",
        )
        if bill.state != ledger_pb2.BILL_STATE_ACCOMPLISHED:
            raise StoryBroken(f"the bill is {ledger_pb2.BillState.Name(bill.state)}")
        tell(f"act {bill.sequence}: accomplished, by the other three alone")

    def attest(self, tell: Say) -> None:
        """Let the three organisations sign what they have."""
        request = ledger_service_pb2.AttestRequest(
            transport_document_reference=self._bill,
            nonce=new_request_id(),
            organisations=WITHOUT_OPERATOR,
        )
        answer = ask_ledger_door(
            self._cast.environment,
            roles.PARTNER_PORT,
            roles.PARTNER_PORT,
            lambda door: door.Attest(request, timeout=DEADLINE_SECONDS),
        )
        state = record_of(answer.attestation)["state"]
        tell(f"{state}, signed by the peers of {', '.join(answer.organisations)}")

    def bring_back(self, tell: Say) -> None:
        """Start the operator again, and wait until it has what the others did without it."""
        theirs = self._cast.delivery_agent.bill(self._bill)
        acts = self._cast.delivery_agent.acts(self._bill)
        _local("up")
        operator = Holder(self._cast.environment, roles.SELLER, "operator")
        wait_for(
            "the operator's own peer to catch up",
            lambda: operator.bill(self._bill).record == theirs.record or None,
            120.0,
        )
        own = operator.acts(self._bill)
        if [act.act_hash for act in own] != [act.act_hash for act in acts]:
            raise StoryBroken("the operator's chain of acts is another one")
        tell(f"its peer fetched the blocks; all {len(own)} acts and the record are the same")
        state = wait_for("the platform's door", self._state_at_the_platform, 120.0)
        tell(f"the platform's own page says {state}")

    def _state_at_the_platform(self) -> str | None:
        state = str(self._cast.seller.bill(self._bill)["state"])
        return state if state == "ACCOMPLISHED" else None

    @property
    def _cast(self) -> Cast:
        return self.story.cast

    @property
    def _seller(self) -> Holder:
        return Holder(self._cast.environment, roles.SELLER, COURIER)

    @property
    def _bill(self) -> str:
        return self.story.consignment.bill

    @property
    def _parties(self) -> dict[str, str]:
        return self.story.consignment.parties


def run_outlive(
    environment: Environment, build: Path, seed: int | None, *, only_before: bool
) -> None:
    """Tell it against a running stack with four orderers, which ends whole again.

    With `only_before` the operator is left alone: a bill at sea is there for somebody else.
    """
    if not any(process.name == "orderer-operator" for process in running(environment)):
        raise CommandFailed(
            Exit.USAGE,
            "ORDERING_NOT_SHARED",
            "This stack has one orderer, the operator's word on order; it cannot outlive it.",
            "Run: make demo-outlive",
        )
    say(OPENING)
    story = Story(Cast.of(patient(environment)), random.Random(seed))
    say("\n[bold]Before: booked, taken in charge, issued, loaded[/bold]")
    started = time.monotonic()
    for step in story.steps():
        step.play(lambda _: None)
        say(f"    {step.title}")
        if step.name == LAST_STEP_BEFORE:
            break
    if only_before:
        held = story.consignment
        say(f"\nbill {held.bill}, container {held.equipment}, seal {held.seal}")
        for organisation in _NEEDED_AFTERWARDS:
            say(f"{organisation} {held.parties[organisation]}")
        return
    for number, step in enumerate(Outliving(story, build).steps(), start=1):
        say(f"\n[bold]{number}. {step.title}[/bold]")
        began = time.monotonic()
        step.play(_indented)
        say(f"    [dim]{time.monotonic() - began:.1f} s[/dim]")
    say(f"\nTold in {time.monotonic() - started:.0f} s.")


def _impatient(environment: Environment) -> Environment:
    values = dict(environment.values) | {"ONEBILL_PATIENCE_SECONDS": "0"}
    return Environment(environment.state, values)


def _indented(sentence: str) -> None:
    say(f"    {sentence}")


def _local(*arguments: str) -> None:
    """Do what `make` does on this machine's stack."""
    command = [sys.executable, "-m", "local", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - ours
    if done.returncode != 0:
        raise CommandFailed(Exit.REFUSED, "STACK_REFUSED", done.stderr.strip() or done.stdout)
