"""The story that every change must keep telling: Chongqing to Singapore under one bill.

Each step goes through public doors only and leaves the world as the next one needs it. Refused
attempts are part of the story: a step tries them, and a try that succeeds is a failure.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from onebill_verify.pick_up import PickUpPass

from onebill_cli.errors import CommandFailed, NotThere, Refused
from onebill_cli.roles import cast as roles
from onebill_cli.roles.carrier import Place
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.shipper import SANDBOX
from onebill_cli.scripts.consignment import (
    DEPOT_DESTINATION,
    DEPOT_ORIGIN,
    LETTER_OF_CREDIT,
    MASS_GRAMS,
    PORT_OF_DISCHARGE,
    PORT_OF_LOADING,
    RAIL_STATION,
    VESSEL_IMO_NUMBER,
    VESSEL_NAME,
    VOYAGE_NUMBER,
    WAREHOUSE,
    WORKS,
    Consignment,
    Sale,
    booking_request,
    event,
    happened_at,
)
from onebill_cli.scripts.containers import draw_container
from onebill_cli.scripts.waiting import wait_for
from onebill_cli.signing import now

Say = Callable[[str], None]
CREDIT: Final = "LC-SMB-2026-118"
TRUST: Final = timedelta(days=14)
READY_IN: Final = timedelta(days=21)
WAIT_SECONDS: Final = 60.0
T = TypeVar("T")


class StoryBroken(AssertionError):
    """Something that must be refused was allowed, or came out otherwise than told."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its short name for scripts, its title for people."""

    name: str
    title: str
    play: Callable[[Say], None]


class Story:
    """The cast, the consignment, and the steps in order."""

    def __init__(
        self,
        cast: Cast,
        source: random.Random,
        payment_rail: str = SANDBOX,
        sale: Sale = LETTER_OF_CREDIT,
    ) -> None:
        self.cast = cast
        self._payment_rail = payment_rail
        self._sale = sale
        self.consignment = Consignment(
            equipment=draw_container(source), seal=f"OB{source.randrange(10**7):07d}"
        )

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

    # -- the steps -------------------------------------------------------------------------

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

    def stuff(self, say: Say) -> None:
        """Pick the empty up, stuff, seal, weigh."""
        consignment, cast = self.consignment, self.cast
        digit = (int(consignment.equipment[-1]) + 1) % 10
        misspelt = f"{consignment.equipment[:-1]}{digit}"
        self.refused(
            "a container number with a wrong check digit",
            lambda: cast.seller.put_equipment(
                consignment.booking, misspelt, [consignment.seal], MASS_GRAMS
            ),
            say,
        )
        cast.seller.put_equipment(
            consignment.booking, consignment.equipment, [consignment.seal], MASS_GRAMS
        )
        cast.haulier_origin.report(
            [
                event(
                    consignment,
                    "PICKED_UP",
                    DEPOT_ORIGIN,
                    1,
                    "TRUCK",
                    laden=False,
                    facility_type="DEPOT",
                ),
                event(
                    consignment,
                    "GATED_IN",
                    WORKS,
                    1,
                    "TRUCK",
                    laden=False,
                    facility_type="CUSTOMER_LOCATION",
                ),
            ]
        )
        cast.haulier_origin.report(
            [
                event(
                    consignment, "STUFFED", WORKS, 1, "TRUCK", facility_type="CUSTOMER_LOCATION"
                ),
            ]
        )
        draft = self.wait_for("draft", lambda: cast.seller.draft(consignment.booking) or None)
        self.refused(
            "a bill before custody",
            lambda: cast.seller.approve_draft(consignment.booking, draft),
            say,
        )
        say(
            f"container {consignment.equipment}, seal {consignment.seal}, "
            f"{MASS_GRAMS // 1000:,} kg verified"
        )

    def take_in_charge(self, say: Say) -> None:
        """Hand the sealed box to the first haulier: now the operator has the goods."""
        consignment, cast = self.consignment, self.cast
        haulier = cast.haulier_origin
        self.refused(
            "a leg document that names the buyer",
            lambda: haulier.issue_leg_document(
                consignment.booking,
                1,
                "RN-0001",
                consignment.equipment,
                [consignment.seal],
                roles.BUYER,
                now(),
            ),
            say,
        )
        gate_out = event(
            consignment, "GATED_OUT", WORKS, 1, "TRUCK", facility_type="CUSTOMER_LOCATION"
        )
        haulier.report([gate_out])
        haulier.issue_leg_document(
            consignment.booking,
            1,
            "RN-0001",
            consignment.equipment,
            [consignment.seal],
            "operator",
            now(),
        )
        haulier.submit_receipt(
            consignment.booking,
            1,
            consignment.equipment,
            [consignment.seal],
            "TAKEN_IN_CHARGE",
            Place(*WORKS),
            happened_at(gate_out),
        )
        certificate = self.wait_for(
            "certificate", lambda: cast.seller.certificate(consignment.booking) or None
        )
        say(
            f"insured from door to door by certificate {certificate['certificateNumber']}, "
            f"{certificate['insuredValue']['display']}"
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

    def rail(self, say: Say) -> None:
        """Carry by rail; the hand-over reports container and seal."""
        consignment, cast = self.consignment, self.cast
        cast.haulier_origin.report(
            [
                event(consignment, "GATED_IN", RAIL_STATION, 1, "TRUCK", facility_type="RAMP"),
            ]
        )
        cast.rail.report(
            [
                event(consignment, "LOADED", RAIL_STATION, 2, "RAIL", facility_type="RAMP"),
                event(consignment, "DEPARTED", RAIL_STATION, 2, "RAIL", event_type="TRANSPORT"),
            ]
        )
        cast.rail.issue_leg_document(
            consignment.booking,
            2,
            "RW-882046",
            consignment.equipment,
            [consignment.seal],
            "operator",
            now(),
        )
        cast.rail.report(
            [
                event(consignment, "ARRIVED", PORT_OF_LOADING, 2, "RAIL", event_type="TRANSPORT"),
                event(
                    consignment,
                    "DISCHARGED",
                    PORT_OF_LOADING,
                    2,
                    "RAIL",
                    facility_type="PORT_TERMINAL",
                ),
            ]
        )
        say("rail waybill RW-882046, consignee the operator; seal unchanged at Qinzhou")

    def load_on_board(self, say: Say) -> None:
        """Load, and note vessel and date on board; not before loading."""
        consignment, cast = self.consignment, self.cast
        place = Place(
            PORT_OF_LOADING[0],
            vessel_imo_number=VESSEL_IMO_NUMBER,
            vessel_name=VESSEL_NAME,
            voyage_number=VOYAGE_NUMBER,
        )

        def receipt(moment: datetime) -> object:
            return cast.line.submit_receipt(
                consignment.booking,
                3,
                consignment.equipment,
                [consignment.seal],
                "LOADED_ON_BOARD",
                place,
                moment,
            )

        self.refused("an on-board date before loading", lambda: receipt(now()), say)
        cast.line.report(
            [
                event(
                    consignment,
                    "GATED_IN",
                    PORT_OF_LOADING,
                    3,
                    "VESSEL",
                    facility_type="PORT_TERMINAL",
                ),
            ]
        )
        loading = event(
            consignment, "LOADED", PORT_OF_LOADING, 3, "VESSEL", facility_type="PORT_TERMINAL"
        )
        cast.line.report([loading])
        cast.line.issue_leg_document(
            consignment.booking,
            3,
            "SWB-BBL-2647031",
            consignment.equipment,
            [consignment.seal],
            roles.DELIVERY_AGENT,
            now(),
        )
        receipt(happened_at(loading))
        self.wait_for("note on board", lambda: self._act_done("NOTE_ON_BOARD"))
        cast.line.report(
            [
                event(
                    consignment, "DEPARTED", PORT_OF_LOADING, 3, "VESSEL", event_type="TRANSPORT"
                ),
            ]
        )
        say(f"on board {VESSEL_NAME} (IMO {VESSEL_IMO_NUMBER}), noted on the bill")

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
        self._must_hold(parties[roles.SELLER])
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

    def discharge(self) -> None:
        """Report the vessel's arrival and the box on the quay."""
        self.cast.line.report(
            [
                event(
                    self.consignment,
                    "ARRIVED",
                    PORT_OF_DISCHARGE,
                    3,
                    "VESSEL",
                    event_type="TRANSPORT",
                ),
                event(
                    self.consignment,
                    "DISCHARGED",
                    PORT_OF_DISCHARGE,
                    3,
                    "VESSEL",
                    facility_type="PORT_TERMINAL",
                ),
            ]
        )

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

    def turn_lights(self) -> None:
        """Let the line's agent, the terminal and customs each turn its own light."""
        self._wait_ocean_freight_paid()
        self.cast.line_agent.release_master(self.consignment.bill)
        self.cast.terminal.confirm_charges(self.consignment.bill)
        self.cast.customs.release(self.consignment.bill)

    def release(self, haulier: str, plate: str | None = None) -> PickUpPass:
        """Open gate one, and give the haulier its pass."""
        agent, record = self.cast.delivery_agent, self.record()
        pick_up_pass = agent.make_pass(record, haulier, [self.consignment.equipment], plate=plate)
        agent.release_terminal(record, pick_up_pass)
        self.consignment.pick_up_pass = pick_up_pass
        return pick_up_pass

    def carry_to_door(self) -> None:
        """Take the box out of the terminal and to the buyer's door."""
        consignment, haulier = self.consignment, self.cast.haulier_destination
        haulier.report(
            [
                event(
                    consignment,
                    "GATED_OUT",
                    PORT_OF_DISCHARGE,
                    4,
                    "TRUCK",
                    facility_type="PORT_TERMINAL",
                ),
            ]
        )
        haulier.issue_leg_document(
            consignment.booking,
            4,
            "RN-SG-5520",
            consignment.equipment,
            [consignment.seal],
            roles.DELIVERY_AGENT,
            now(),
        )
        haulier.report(
            [
                event(
                    consignment,
                    "GATED_IN",
                    WAREHOUSE,
                    4,
                    "TRUCK",
                    facility_type="CUSTOMER_LOCATION",
                ),
            ]
        )

    def hand_over(self, receiver: str) -> None:
        """Open gate two with the proof of delivery."""
        if self.consignment.pick_up_pass is None:
            raise StoryBroken("nobody has a pass")
        self.cast.delivery_agent.accomplish(
            self.consignment.bill,
            receiver,
            self.consignment.pick_up_pass,
            seal_numbers=[self.consignment.seal],
            received_by="Warehouse 3, Jurong",
        )

    def close(self, say: Say) -> None:
        """Return the empty; carriers are paid, the journal sums to zero."""
        consignment, cast = self.consignment, self.cast
        cast.haulier_destination.report(
            [
                event(
                    consignment,
                    "STRIPPED",
                    WAREHOUSE,
                    4,
                    "TRUCK",
                    laden=False,
                    facility_type="CUSTOMER_LOCATION",
                ),
                event(
                    consignment,
                    "DROPPED_OFF",
                    DEPOT_DESTINATION,
                    4,
                    "TRUCK",
                    laden=False,
                    facility_type="DEPOT",
                ),
            ]
        )
        self.wait_state("COMPLETED")
        for line in cast.desk.trial_balance():
            if int(line["difference"]) != 0:
                raise StoryBroken(f"the journal does not sum to zero in {line['currencyCode']}")
        say("carriers paid on their terms, the pooled pair prorated, the journal sums to zero")

    # -- what steps ask --------------------------------------------------------------------

    def _set_of_documents(self) -> dict[str, bytes]:
        certificate = self.cast.seller.certificate(self.consignment.booking)
        return {
            "invoice": b"Invoice JL-2026-1107, CIP Jurong, USD 120,000.00",
            "packing-list": b"4 cases, 16,200 kg",
            "certificate-of-insurance": str(certificate["certificateNumber"]).encode(),
        }

    def _must_hold(self, party: str) -> None:
        head = self.cast.seller.head(self.consignment.bill)
        if head.possessor != party:
            raise StoryBroken(f"the bill is {head.possessor}'s, not {party}'s")

    def refused(self, what: str, attempt: Callable[[], object], say: Say) -> None:
        """Try what must be refused; keep the reason. Raises StoryBroken where it succeeds."""
        try:
            attempt()
        except (Refused, NotThere) as refusal:
            self.keep_refusal(what, refusal, say)
            return
        raise StoryBroken(f"{what} was not refused")

    def keep_refusal(self, what: str, refusal: CommandFailed, say: Say) -> None:
        """Write a refusal down, for the summary."""
        self.consignment.refusals.append(
            {"what": what, "reason": refusal.reason, "sentence": refusal.message}
        )
        say(f"refused: {what}: {refusal.reason}")

    def wait_for(self, what: str, probe: Callable[[], T | None]) -> T:
        """Wait for what the platform does by itself, as patiently as the environment says."""
        patience = max(WAIT_SECONDS, self.cast.environment.patience_seconds)
        return wait_for(what, probe, patience)

    def wait_state(self, state: str) -> dict[str, Any]:
        """Wait until the booking is in a state; stop early where it can no longer get there."""

        def probe() -> dict[str, Any] | None:
            booking = self.cast.seller.booking(self.consignment.booking)
            if booking["state"] in {"REJECTED", "DECLINED", "CANCELLED"} - {state}:
                raise StoryBroken(f"the booking is {booking['state']}: {booking['stateReason']}")
            return booking if booking["state"] == state else None

        return self.wait_for(f"booking in state {state}", probe)

    def wait_leg_requested(self) -> None:
        """Wait until the carriers were asked."""

        def probe() -> bool | None:
            booking = self.cast.seller.booking(self.consignment.booking)
            return all(leg["state"] != "PLANNED" for leg in booking["legs"]) or None

        self.wait_for("request to the carriers", probe)

    def _complete_draft(self) -> dict[str, Any] | None:
        draft = self.cast.seller.draft(self.consignment.booking)
        return draft if not draft["missing"] else None

    def _bill_issued(self) -> dict[str, Any] | None:
        return self.cast.seller.bill(self.consignment.bill)

    def _act_done(self, action_code: str) -> bool | None:
        acts = self.cast.seller.acts(self.consignment.bill)
        return any(act["actionCode"] == action_code for act in acts) or None

    def record(self) -> dict[str, Any]:
        """Ask for the bill's record on the ledger."""
        return record_of(self.cast.delivery_agent.bill(self.consignment.bill).record)

    def _wait_ocean_freight_paid(self) -> None:
        booking = self.consignment.booking

        def probe() -> bool | None:
            payables = self.cast.line.payables(booking)
            return any(payable.state == "PAID" for payable in payables) or None

        self.wait_for("payment of the ocean freight", probe)


def record_of(text: str) -> dict[str, Any]:
    """Read a bill's record on the ledger."""
    record: dict[str, Any] = json.loads(text)
    return record
