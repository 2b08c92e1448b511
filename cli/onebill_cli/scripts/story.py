"""The story that every change must keep telling: Chongqing to Singapore under one bill.

Each step goes through public doors only and leaves the world as the next one needs it. Refused
attempts are part of the story: a step tries them, and a try that succeeds is a failure.
"""

import random
from datetime import timedelta
from typing import Any, Final

from onebill_cli.roles import cast as roles
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.shipper import SANDBOX
from onebill_cli.scripts.carriage import Carriage
from onebill_cli.scripts.consignment import (
    LETTER_OF_CREDIT,
    Consignment,
    Sale,
    booking_request,
)
from onebill_cli.scripts.containers import draw_container
from onebill_cli.scripts.telling import Say, Step, StoryBroken
from onebill_cli.signing import now

CREDIT: Final = "LC-SMB-2026-118"
TRUST: Final = timedelta(days=14)
READY_IN: Final = timedelta(days=21)


class Story(Carriage):
    """The cast, the consignment, and the steps in order."""

    def __init__(
        self,
        cast: Cast,
        source: random.Random,
        payment_rail: str = SANDBOX,
        sale: Sale = LETTER_OF_CREDIT,
    ) -> None:
        """Begin one sale; `source` draws container and seal."""
        super().__init__(
            cast, Consignment(draw_container(source), f"OB{source.randrange(10**7):07d}")
        )
        self._payment_rail = payment_rail
        self._sale = sale

    def steps(self) -> list[Step]:
        """Return the story from first to last."""
        return [
            Step("parties", "Everybody is known on the ledger", self.register),
            Step("book", "One call books the whole journey", self.book),
            Step("accept", "Four carriers accept their legs", self.accept),
            Step("stuff", "The box is stuffed, sealed and weighed", self.stuff),
            Step("custody", "The haulier takes the box in charge", self.take_in_charge),
            Step("issue", "One bill is issued on the ledger", self.issue),
            Step("rail", "By rail to Qinzhou", self.rail),
            Step("sea", "Loaded, and noted on board", self.load_on_board),
            Step("finance", "The bill is presented, paid, endorsed and pledged", self.finance),
            Step("arrive", "The vessel arrives; the buyer surrenders", self.arrive),
            Step("gates", "Two gates, and delivery at Jurong", self.deliver),
            Step("close", "Everything sums to zero", self.close),
        ]

    @property
    def title_at_issue(self) -> str:
        """Who has the title from the first minute."""
        return self.consignment.parties[roles.ISSUING_BANK]

    title_is_told = "the shipper has possession, the bank the title"

    # -- the steps; those that move the box are in carriage.py ------------------------------

    def register(self, say: Say) -> None:
        """Register the cast; names stay off the channel."""
        self.consignment.parties = self.cast.register()
        say(f"{len(self.consignment.parties)} parties, each vouched for by a member it trusts")

    def book(self, say: Say) -> None:
        """Book by one call; a place nobody knows is refused first."""
        wrong = booking_request(now() + READY_IN, sale=self._sale)
        wrong["placeOfDelivery"] = {"unLocationCode": "SGXXX"}
        self.refused("an unknown place", lambda: self.cast.seller.book(wrong), say)
        answer = self.cast.seller.book(booking_request(now() + READY_IN, sale=self._sale))
        self.consignment.booking = answer["bookingReference"]
        say(
            f"booking {answer['bookingReference']}: {answer['total']['display']} door to door, "
            f"of which cargo insurance {answer['premium']['display']}"
        )

    def accept(self, say: Say) -> None:
        """Accept leg by leg; nobody answers for another."""
        booking = self.consignment.booking
        cast = self.cast
        self.wait_leg_requested()
        self.refused(
            "a carrier answering another's leg",
            lambda: cast.line.accept_leg(booking, 2, "LINE-GRABS-RAIL"),
            say,
        )
        for carrier, leg, number in (
            (cast.haulier_origin, 1, "HC-7781"),
            (cast.rail, 2, "RC-20264411"),
            (cast.line, 3, "BBL-Q2647W-031"),
            (cast.haulier_destination, 4, "HS-0931"),
        ):
            carrier.accept_leg(booking, leg, number)
            say(f"leg {leg}: {carrier.organisation} accepts as {number}")
        self.wait_state("CONFIRMED")
        self.consignment.bill = self.wait_for(
            "reference of the bill",
            lambda: cast.seller.documents(booking)["transportDocumentReference"] or None,
        )
        invoice = self.wait_for("invoice", lambda: next(iter(cast.seller.invoices(booking)), None))
        self.consignment.invoice = invoice["invoiceNumber"]
        say(
            f"booking confirmed, one invoice {invoice['invoiceNumber']} over "
            f"{invoice['total']['display']}"
        )

    def issue(self, say: Say) -> None:
        """Approve, pay, issue: to the shipper, to order of the issuing bank."""
        consignment, cast = self.consignment, self.cast
        draft = self.wait_for("complete draft", self._complete_draft)
        cast.seller.approve_draft(consignment.booking, draft)
        invoice = cast.seller.pay(consignment.invoice, self._payment_rail)
        say(
            f"draft {draft['version']} approved with the shipper's key; invoice "
            + (
                "paid through the sandbox bank"
                if invoice["state"] == "PAID"
                else "on agreed credit"
            )
        )
        bill = self.wait_for("bill on the ledger", self._bill_issued)
        say(f"bill {consignment.bill} issued: {self.title_is_told}")
        if bill["titleHolder"] != self.title_at_issue:
            raise StoryBroken("the title is not where the sale wants it")

    def finance(self, say: Say) -> None:
        """Present to the banks; the first refuses until the set is right, the second finances."""
        consignment, cast = self.consignment, self.cast
        parties, bill = consignment.parties, consignment.bill
        first, issuing, buyer = (
            parties[role] for role in (roles.FIRST_BANK, roles.ISSUING_BANK, roles.BUYER)
        )
        self.refused(
            "a stranger's transfer",
            lambda: cast.terminal.act(bill, "TRANSFER", recipient=parties[roles.TERMINAL]),
            say,
        )
        papers = self._set_of_documents()
        incomplete = {name: papers[name] for name in papers if name != "packing-list"}
        cast.seller.present(bill, first, CREDIT, incomplete)
        self.refused(
            "the bill sold twice",
            lambda: cast.seller.transfer(bill, buyer),
            say,
        )
        cast.first_bank.refuse_presentation(bill, ["packing list missing (UCP 600 art. 14 f)"])
        self.must_hold(parties[roles.SELLER])
        say("the bank refuses: packing list missing; bill and whole set are the shipper's again")
        cast.seller.present(bill, first, CREDIT, papers)
        cast.first_bank.take_up(bill)
        cast.first_bank.present(bill, issuing, CREDIT, papers)
        cast.issuing_bank.take_up(bill)
        say("presented again, taken up by both banks, paid at sight")
        cast.issuing_bank.endorse_to_order(bill, buyer)
        cast.issuing_bank.transfer(bill, buyer)
        cast.buyer.pledge(bill, issuing)
        self.refused(
            "a pledged bill endorsed on",
            lambda: cast.issuing_bank.endorse_to_order(bill, first),
            say,
        )
        cast.issuing_bank.release_on_trust(bill, buyer, now() + TRUST)
        say("endorsed to the buyer, who pledges it back and gets it on trust to fetch the goods")

    def arrive(self, say: Say) -> None:
        """Arrive, and hand the bill back for delivery at the buyer's door."""
        consignment, cast = self.consignment, self.cast
        parties, bill = consignment.parties, consignment.bill
        self.discharge()
        consignment.surrender = cast.buyer.surrender_for_delivery(
            bill, parties[roles.DELIVERY_AGENT], parties[roles.BUYER]
        )
        cast.delivery_agent.accept_surrender(bill, consignment.surrender)
        say(f"surrender {consignment.surrender} accepted by the delivery agent")
        cast.issuing_bank.release_pledge(bill)
        say("the buyer has paid its bank, which gives the pledge up")

    def deliver(self, say: Say) -> None:
        """Open gate one when every light is green, then gate two at the door."""
        consignment, cast = self.consignment, self.cast
        parties, bill = consignment.parties, consignment.bill
        record = self.record()
        haulier = parties[roles.HAULIER_DESTINATION]
        early = cast.delivery_agent.make_pass(record, haulier, [consignment.equipment])
        self.refused(
            "the terminal gate while the master is not released",
            lambda: cast.delivery_agent.release_terminal(record, early),
            say,
        )
        self.turn_lights()
        self.release(haulier)
        self.carry_to_door()
        self.hand_over(parties[roles.BUYER])
        say("seal intact at the door, delivery signed, bill accomplished")
        self.refused(
            "an act on an accomplished bill",
            lambda: cast.customs.hold(bill, "LATE-HOLD"),
            say,
        )

    # -- what steps ask --------------------------------------------------------------------

    def _set_of_documents(self) -> dict[str, bytes]:
        certificate = self.cast.seller.certificate(self.consignment.booking)
        return {
            "invoice": b"Invoice JL-2026-1107, CIP Jurong, USD 120,000.00",
            "packing-list": b"4 cases, 16,200 kg",
            "certificate-of-insurance": str(certificate["certificateNumber"]).encode(),
        }

    def _complete_draft(self) -> dict[str, Any] | None:
        draft = self.cast.seller.draft(self.consignment.booking)
        return draft if not draft["missing"] else None

    def _bill_issued(self) -> dict[str, Any] | None:
        return self.cast.seller.bill(self.consignment.bill)
