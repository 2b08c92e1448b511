"""The box on its way: stuffed, taken in charge, by rail and sea, through two gates, home again.

Each hand-over reports container and seal. Nothing here knows whose the title is.
"""

from datetime import datetime

from onebill_verify.pick_up import PickUpPass

from onebill_cli.roles import cast as roles
from onebill_cli.roles.carrier import Place
from onebill_cli.scripts.consignment import (
    DEPOT_DESTINATION,
    DEPOT_ORIGIN,
    MASS_GRAMS,
    PORT_OF_DISCHARGE,
    PORT_OF_LOADING,
    RAIL_STATION,
    VESSEL_IMO_NUMBER,
    VESSEL_NAME,
    VOYAGE_NUMBER,
    WORKS,
    event,
    happened_at,
)
from onebill_cli.scripts.telling import Say, StoryBroken, Told
from onebill_cli.signing import now


class Carriage(Told):
    """What is done to the box, whatever is done with its bill."""

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
        self.wait_for("note on board", lambda: self.act_done("NOTE_ON_BOARD"))
        cast.line.report(
            [
                event(
                    consignment, "DEPARTED", PORT_OF_LOADING, 3, "VESSEL", event_type="TRANSPORT"
                ),
            ]
        )
        say(f"on board {VESSEL_NAME} (IMO {VESSEL_IMO_NUMBER}), noted on the bill")

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
                    consignment.warehouse,
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
                    consignment.warehouse,
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

    def _wait_ocean_freight_paid(self) -> None:
        booking = self.consignment.booking

        def probe() -> bool | None:
            payables = self.cast.line.payables(booking)
            return any(payable.state == "PAID" for payable in payables) or None

        self.wait_for("payment of the ocean freight", probe)
