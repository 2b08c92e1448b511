"""Two stories of short-sea trade: no paper crosses the sea, and nobody waits for any.

The first is a sea waybill on open account: nothing is surrendered, the goods go to the named
consignee on its identity, and the shipper may still say no until they are delivered. The second
is 电放, the telex release: a bill to order that its shipper surrenders at origin, naming the
receiver, so that it is delivered at destination without the bill.
"""

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onebill_verify import PublicKey, SurrenderAnswerTerms

from onebill_cli.environment import Environment
from onebill_cli.gate_book import Admission, Arrival, Book, refresh
from onebill_cli.output import say
from onebill_cli.roles import cast as roles
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.shipper import AGREED_CREDIT, SANDBOX
from onebill_cli.roles.yard import Yard
from onebill_cli.scripts.consignment import OPEN_ACCOUNT, PAID_BEFORE_ARRIVAL
from onebill_cli.scripts.demo import tell_whole
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.telling import Say, Step, StoryBroken
from onebill_cli.signing import now

OPENING: Final = """\
Two lathes for the same buyer, without a letter of credit. The first travels under a sea waybill
on open account; the second under a bill to order, paid by transfer while the vessel is at sea,
and released by telex (电放). Both are told as they happen, refusals included; nothing is
simulated but the bank and the weeks."""

TRUCK: Final = "XE 4821 K"
OTHER_TRUCK: Final = "XB 1177 D"


@dataclass(slots=True)
class Gate:
    """The terminal's gate with its book, as it stands without a line."""

    yard: Yard
    file: Path

    def look(self) -> None:
        """Look at the ledger while there is a line."""
        at = now()
        book = Book.read(self.file) if self.file.exists() else Book(self.yard.party, at, at)
        refresh(book, self.yard)
        book.write(self.file)

    def check(self, carried: str, plate: str, container: str) -> Admission:
        """Check a pass from the book alone."""
        book = Book.read(self.file)
        admitted = book.admit(carried, Arrival(plate, container, now()))
        book.write(self.file)
        return admitted


class Waybill(Story):
    """Open account: the buyer pays in sixty days, the seller keeps a hand on the goods."""

    def __init__(self, cast: Cast, source: random.Random) -> None:
        """Begin with a sea waybill to the buyer, freight on agreed credit."""
        super().__init__(cast, source, AGREED_CREDIT, OPEN_ACCOUNT)

    @property
    def title_at_issue(self) -> str:
        """The consignee's, from the first minute."""
        return self.consignment.parties[roles.BUYER]

    title_is_told = "a sea waybill; the goods are for the named consignee and nobody else"

    def steps(self) -> list[Step]:
        """Return the story from first to last."""
        own = {
            "issue": Step("issue", "One sea waybill is issued on the ledger", self.issue),
            "finance": Step("finance", "Nothing is presented, nothing surrendered", self.finance),
            "arrive": Step("arrive", "The vessel arrives; the shipper says stop", self.arrive),
        }
        return [own.get(step.name, step) for step in super().steps()]

    def finance(self, say: Say) -> None:
        """Try what a bill could do and a waybill cannot."""
        cast, bill, parties = self.cast, self.consignment.bill, self.consignment.parties
        self.refused(
            "a sea waybill endorsed",
            lambda: cast.seller.endorse_to_order(bill, parties[roles.FIRST_BANK]),
            say,
        )
        self.refused(
            "a sea waybill pledged",
            lambda: cast.seller.pledge(bill, parties[roles.FIRST_BANK]),
            say,
        )
        self.refused(
            "a sea waybill surrendered for delivery",
            lambda: cast.seller.surrender_for_delivery(
                bill, parties[roles.DELIVERY_AGENT], parties[roles.BUYER]
            ),
            say,
        )
        say("the buyer owes the price for sixty days; the seller trusts it, within limits")

    def arrive(self, say: Say) -> None:
        """Arrive; a contrary instruction shuts both gates until the shipper takes it back."""
        consignment, cast = self.consignment, self.cast
        parties, bill = consignment.parties, consignment.bill
        self.discharge()
        self.turn_lights()
        issuer = str(self.record()["issuer"])
        instruction = cast.seller.surrender_for_amendment(
            bill, issuer, "COD", "Hold the goods: the last invoice is overdue."
        )
        say(f"the shipper gives a contrary instruction, {instruction}: an old invoice is overdue")
        record = self.record()
        drawn = cast.delivery_agent.make_pass(
            record, parties[roles.HAULIER_DESTINATION], [consignment.equipment]
        )
        self.refused(
            "a release against the shipper's instruction",
            lambda: cast.delivery_agent.release_terminal(record, drawn),
            say,
        )
        cast.seller.withdraw_surrender(bill, instruction)
        say("the old invoice is paid; the shipper takes its instruction back")

    def deliver(self, say: Say) -> None:
        """Deliver to the consignee on its identity; to nobody else."""
        cast, parties = self.cast, self.consignment.parties
        self.release(parties[roles.HAULIER_DESTINATION])
        self.carry_to_door()
        self.refused(
            "delivery to somebody who is not the consignee",
            lambda: self.hand_over(parties[roles.FIRST_BANK]),
            say,
        )
        self.hand_over(parties[roles.BUYER])
        say("the consignee is identified at its door, signs, and has its goods")
        self.refused(
            "a contrary instruction after delivery",
            lambda: cast.seller.surrender_for_amendment(
                self.consignment.bill, str(self.record()["issuer"]), "COD"
            ),
            say,
        )


class Telex(Story):
    """电放: the shipper surrenders at origin, the receiver gets the goods without the bill."""

    def __init__(self, cast: Cast, source: random.Random, folder: Path) -> None:
        """Begin with a bill to order, blank; the gate's book lies in `folder`."""
        super().__init__(cast, source, SANDBOX, PAID_BEFORE_ARRIVAL)
        yard = Yard(cast.environment, roles.TERMINAL, "partnerport")
        self._gate = Gate(yard, folder / "gate.json")

    @property
    def title_at_issue(self) -> str:
        """Nobody's by name: to order, blank."""
        return ""

    title_is_told = "to order, blank: whoever possesses it has the title, and that is the shipper"

    def steps(self) -> list[Step]:
        """Return the story from first to last."""
        own = {
            "finance": Step("finance", "Paid by transfer; released by telex", self.finance),
            "arrive": Step("arrive", "The vessel arrives, the release before it", self.arrive),
            "gates": Step("gates", "A pass, a gate without a line, a door", self.deliver),
        }
        return [own.get(step.name, step) for step in super().steps()]

    def finance(self, say: Say) -> None:
        """Surrender at origin, naming the receiver; afterwards nobody moves the bill."""
        consignment, cast = self.consignment, self.cast
        parties, bill = consignment.parties, consignment.bill
        agent, buyer = parties[roles.DELIVERY_AGENT], parties[roles.BUYER]
        self.refused(
            "a telex release by who does not hold the bill",
            lambda: cast.buyer.surrender_for_delivery(bill, agent, buyer),
            say,
        )
        say("the price is there; the shipper surrenders in Chongqing and names the receiver")
        consignment.surrender = cast.seller.surrender_for_delivery(bill, agent, buyer)
        self.refused(
            "the bill sold after it was surrendered",
            lambda: cast.seller.transfer(bill, parties[roles.FIRST_BANK]),
            say,
        )
        self.refused(
            "the shipper's own acceptance of its surrender",
            lambda: cast.seller.act(
                bill, "ACCEPT_SURRENDER", terms=SurrenderAnswerTerms(consignment.surrender)
            ),
            say,
        )
        cast.delivery_agent.accept_surrender(bill, consignment.surrender)
        say(f"telex release {consignment.surrender} accepted in Singapore, vessel still at sea")
        self.refused(
            "a surrender withdrawn after it was accepted",
            lambda: cast.seller.withdraw_surrender(bill, consignment.surrender),
            say,
        )

    def arrive(self, say: Say) -> None:
        """Arrive; from the last light to the pass is one act."""
        self.discharge()
        self.turn_lights()
        started = time.monotonic()
        self.release(self.consignment.parties[roles.HAULIER_DESTINATION])
        took = time.monotonic() - started
        say(f"every light is green; the haulier has its pass {took:.1f} s later")

    def deliver(self, say: Say) -> None:
        """Fetch the box at a gate that has no line, once; then deliver without the paper."""
        consignment, cast = self.consignment, self.cast
        parties, bill, box = consignment.parties, consignment.bill, consignment.equipment
        carried = consignment.pick_up_pass
        if carried is None:
            raise StoryBroken("nobody has a pass")
        gate = self._gate
        cast.customs.hold(bill, "SG-HOLD-7")
        gate.look()
        named = carried.hand_on(
            cast.environment.act_key(roles.HAULIER_DESTINATION),
            parties[roles.HAULIER_DESTINATION],
            _public(cast, roles.HAULIER_DESTINATION),
            now(),
            TRUCK,
        )

        def attempt(text: str, plate: str) -> Callable[[], Admission]:
            return lambda: gate.check(text, plate, box)

        self.refused("a pass after customs held again", attempt(named.text, TRUCK), say)
        cast.customs.lift_hold(bill, "SG-HOLD-7")
        gate.look()
        self.refused("a pass on which nobody named a truck", attempt(carried.text, TRUCK), say)
        self.refused("another truck with the pass", attempt(named.text, OTHER_TRUCK), say)
        admitted = gate.check(named.text, TRUCK, box)
        say(f"the gate opens for {admitted.plate}, its line cut, by what the ledger said before")
        self.refused("the same pass again", attempt(named.text, TRUCK), say)
        self.carry_to_door()
        self.refused(
            "delivery to somebody who was not named",
            lambda: self.hand_over(parties[roles.FIRST_BANK]),
            say,
        )
        self.hand_over(parties[roles.BUYER])
        say("delivered at Jurong without the bill; the bill is accomplished all the same")


def run_demo_telex(environment: Environment, build: Path, seed: int | None) -> int:
    """Tell both stories; write summary and bundle of each below `build`."""
    say(OPENING)
    started = time.monotonic()
    source = random.Random(seed)
    refusals = 0
    with tempfile.TemporaryDirectory() as folder:
        told: tuple[tuple[str, str, Story], ...] = (
            ("sea-waybill", "Open account, sea waybill", Waybill(Cast.of(environment), source)),
            ("telex", "电放, telex release", Telex(Cast.of(environment), source, Path(folder))),
        )
        for name, title, story in told:
            say(f"\n[bold]— {title} —[/bold]")
            refusals += len(tell_whole(environment, build / name, story)["refusals"])
    say(f"\nBoth told in {time.monotonic() - started:.0f} s; {refusals} attempts refused.")
    for name, _, _ in told:
        say(f"  onebill verify {build / name}/bundle.json --roots {build / name}/roots.json")
    return 0


def _public(cast: Cast, organisation: str) -> PublicKey:
    return cast.environment.act_key(organisation).public
