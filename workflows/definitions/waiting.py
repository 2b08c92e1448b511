"""What a consignment waits for, in one sentence that needs no code to be read."""

from datetime import datetime
from typing import Final

from workflows.definitions.milestones import LOADED_ON_BOARD
from workflows.messages import (
    AmendmentFacts,
    BillFacts,
    BookingFacts,
    InvoiceFacts,
    JourneyFacts,
    PaperFacts,
    WaitingFor,
)

_DOES: Final = {
    "EMPTY_PICKED_UP": "pick up the empty container",
    "STUFFED": "stuff and seal the container",
    "TAKEN_IN_CHARGE": "take the sealed container at the shipper's door",
    "LEG_STARTED": "take the container",
    LOADED_ON_BOARD: "load the container on board",
    "DEPARTED": "report departure",
    "ARRIVED": "report arrival",
    "DISCHARGED": "discharge the container",
    "LEG_ENDED": "hand the container over",
    "GATED_OUT_AT_DESTINATION": "fetch the container out of the terminal",
    "DELIVERED": "deliver the container to the receiver",
    "EMPTY_RETURNED": "bring the empty container back",
}

_OPERATOR: Final = "operator"


def first_answer() -> WaitingFor:
    """The booking is being recorded."""
    return _said("FIRST_ANSWER", _OPERATOR, None, "Waiting for the booking to be recorded.")


def desk(hits: int) -> WaitingFor:
    """Screening hits hold the booking."""
    word = "a screening hit" if hits == 1 else f"{hits} screening hits"
    return _said(
        "SCREENING", _OPERATOR, None, f"Waiting for the operator's desk to look at {word}."
    )


def offer(shipper: str) -> WaitingFor:
    """What an amended booking costs is not known."""
    return _said(
        "OFFER", shipper, None, "Waiting for a price of what the shipper changed in its booking."
    )


def acceptance(booking: BookingFacts) -> WaitingFor:
    """Carriers have not answered yet."""
    open_legs = [leg for leg in booking.legs if leg.state != "ACCEPTED"]
    who = _listed([f"{leg.carrier_organisation} (leg {leg.leg_sequence})" for leg in open_legs])
    return _said(
        "CARRIERS",
        ", ".join(leg.carrier_organisation for leg in open_legs),
        booking.acceptance_deadline,
        f"Waiting for {who or 'the carriers'} to accept{_until(booking.acceptance_deadline)}.",
    )


def confirmation() -> WaitingFor:
    """Our own steps after acceptance."""
    return _said("CONFIRMATION", _OPERATOR, None, "Waiting for the booking to be confirmed.")


def custody(booking: BookingFacts, journey: JourneyFacts, until: datetime | None) -> WaitingFor:
    """The goods are not with us yet."""
    named = len(journey.equipment_references)
    if named < booking.containers:
        shipper = booking.shipper_organisation
        return _said(
            "EQUIPMENT",
            shipper,
            until,
            f"Waiting for {shipper} to name container, seals and weight{_until(until)}.",
        )
    return _expected("CUSTODY", booking, journey, until)


def issue(
    papers: PaperFacts, invoice: InvoiceFacts, shipper: str, refused: dict[str, str]
) -> WaitingFor:
    """The goods are with us and the bill is not issued yet."""
    if refused:
        return _said("PAPERS", _OPERATOR, None, f"Waiting: {next(iter(refused.values()))}")
    if papers.state != "APPROVED":
        return _said(
            "APPROVAL", shipper, None, f"Waiting for {shipper} to approve the draft of the bill."
        )
    if not invoice.is_settled:
        return _said(
            "PAYMENT",
            shipper,
            None,
            f"Waiting for {shipper} to pay invoice {invoice.invoice_number}.",
        )
    return _said("ISSUE", _OPERATOR, None, "Waiting for the bill to be issued on the ledger.")


def carriage(
    booking: BookingFacts, journey: JourneyFacts, bill: BillFacts, refused: dict[str, str]
) -> WaitingFor:
    """The bill is issued and the goods travel, or wait at a gate."""
    if bill.state == "PENDING_SURRENDER_FOR_DELIVERY":
        return _said(
            "SURRENDER",
            "delivery agent",
            None,
            "Waiting for the delivery agent to answer the surrender of the bill.",
        )
    if journey.next_expected in {"GATED_OUT_AT_DESTINATION", "DELIVERED", ""} and bill.waits:
        wait = bill.waits[0]
        return _said(
            "GATE",
            wait.waits_for,
            None,
            f"Waiting at the gate for {_words(wait.name)}"
            + (f", which lies with {wait.waits_for}." if wait.waits_for else "."),
        )
    if bill.state == "SURRENDERED_FOR_DELIVERY" and not journey.next_expected:
        return _said(
            "ACCOMPLISHMENT",
            "delivery agent",
            None,
            "Waiting for the delivery agent to record the delivery on the bill.",
        )
    if refused and not journey.next_expected:
        return _said("DESK", _OPERATOR, None, f"Waiting: {next(iter(refused.values()))}")
    return _expected("CARRIAGE", booking, journey, None)


def amendment(facts: AmendmentFacts, refused: dict[str, str]) -> WaitingFor:
    """A bill was taken in and another is to stand in its place."""
    if facts.approvals_missing:
        who = ", ".join(facts.approvals_missing)
        return _said(
            "AMENDMENT_APPROVAL", who, None, f"Waiting for {who} to approve the amended bill."
        )
    if not facts.is_settled:
        return _said(
            "AMENDMENT_PAYMENT",
            "",
            None,
            f"Waiting for invoice {facts.invoice_number} for the change of destination.",
        )
    if refused:
        return _said("AMENDMENT", _OPERATOR, None, f"Waiting: {next(iter(refused.values()))}")
    return _said("AMENDMENT", _OPERATOR, None, "Waiting for the amended bill to be issued.")


def ended(state: str, reason: str) -> WaitingFor:
    """Nothing any more."""
    tail = f": {reason}" if reason else "."
    return _said("NOTHING", "", None, f"Nothing to wait for; the consignment is {state}{tail}")


def _expected(
    what: str, booking: BookingFacts, journey: JourneyFacts, until: datetime | None
) -> WaitingFor:
    if not journey.next_expected:
        return _said(what, "", until, f"Waiting for the carriers' next report{_until(until)}.")
    carriers = {leg.leg_sequence: leg.carrier_organisation for leg in booking.legs}
    legs = sorted(carriers)
    # Leg 0 is before the first leg or after the last; the carrier next to it does the work.
    nearest = legs[-1] if journey.next_expected == "EMPTY_RETURNED" else legs[0]
    who = carriers.get(journey.next_expected_leg or nearest, "the carrier") if legs else ""
    does = _DOES.get(journey.next_expected, "report " + _words(journey.next_expected))
    leg = f" on leg {journey.next_expected_leg}" if journey.next_expected_leg else ""
    when = journey.next_expected_at
    planned = f", planned for {when:%Y-%m-%d %H:%M} UTC" if when else ""
    return _said(what, who, until or when, f"Waiting for {who} to {does}{leg}{planned}.")


def _said(what: str, on_whom: str, until: datetime | None, sentence: str) -> WaitingFor:
    return WaitingFor(what=what, on_whom=on_whom, until=until, sentence=sentence)


def _until(until: datetime | None) -> str:
    return f", until {until:%Y-%m-%d %H:%M} UTC" if until else ""


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))


def _words(code: str) -> str:
    return code.replace("_", " ").lower()
