"""Shows a journey, a bill and an invoice the way a person wants to read them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from onebill.ledger.v1 import ledger_pb2

from onebill_cli.output import say, show_table


def show_journey(
    booking: Mapping[str, Any], journey: Mapping[str, Any], ones: Sequence[tuple[str, str]]
) -> None:
    """Begin with one sentence: what it waits for, on whom, until when."""
    say(f"[bold]{journey['waitingFor']['sentence']}[/bold]\n")
    show_table(
        f"Booking {booking['bookingReference']}: {booking['state']}",
        ("leg", "mode", "from", "to", "carrier", "state", "carrier's number"),
        (
            (
                leg["legSequence"],
                leg["modeOfTransport"],
                leg["departureLocation"]["unLocationCode"],
                leg["arrivalLocation"]["unLocationCode"],
                leg["carrierOrganisation"],
                leg["state"],
                leg["carrierBookingReference"],
            )
            for leg in booking["legs"]
        ),
    )
    for container in (journey.get("journey") or {}).get("containers", ()):
        say("")
        show_table(
            f"Container {container['equipmentReference']}",
            ("milestone", "leg", "planned", "actual", "where"),
            (
                (
                    milestone["milestoneCode"],
                    milestone["legSequence"] or "",
                    milestone.get("plannedAt", ""),
                    milestone.get("actualAt", ""),
                    milestone["unLocationCode"],
                )
                for milestone in container["milestones"]
            ),
        )
        for breach in container["breaches"]:
            say(
                f"  [red]{breach['breachCode']}[/red] on leg {breach['legSequence']}: "
                f"{breach['explanation']}"
            )
    say("")
    show_table("The four ones", ("one", "which"), ones)


def show_bill(bill: Mapping[str, Any]) -> None:
    """Show where a bill stands, its gates and what the asker may do next."""
    say(
        f"[bold]Bill {bill['transportDocumentReference']}: {bill['state']}[/bold], "
        f"act {bill['sequence']}"
    )
    say(f"possessor {bill['possessor']}, title {bill['titleHolder'] or 'blank'}\n")
    gates = bill.get("gates") or {}
    for name, title in (("terminalRelease", "Gate one"), ("delivery", "Gate two")):
        for light in gates.get(name, ()):
            mark = "[green]yes[/green]" if light["isMet"] else "[red]no[/red]"
            waits = "" if light["isMet"] else f"  waits for {light['waitsFor']}"
            say(f"  {title}: {light['name']} {mark}{waits}")
    say("")
    show_next_acts(bill, why_not=True)


def show_amendment(amendment: Mapping[str, Any]) -> None:
    """Show the bill that is to take another's place, and who still has to approve it."""
    draft = amendment["draft"]
    say(
        f"[bold]{amendment['transportDocumentReference']}[/bold] in the place of "
        f"{amendment['replaces']} ({amendment['reasonCode']}): {draft['state']}"
    )
    document = json.loads(draft["content"])
    transports, parties = document["transports"], document["documentParties"]
    told = [
        ("form", document["transportDocumentTypeCode"]),
        (
            "place of delivery",
            " ".join(str(one) for one in transports["placeOfDelivery"].values()),
        ),
        *(
            (member, parties[member]["partyName"])
            for member in ("shipper", "consignee", "endorsee", "carriersAgentAtDestination")
            if member in parties
        ),
        ("goes to", draft["issueTo"]),
        ("still to approve", ", ".join(amendment["approvalsMissing"]) or "nobody"),
    ]
    show_table("What it says", ("what", "as drafted"), told)


def show_next_acts(bill: Mapping[str, Any], *, why_not: bool = False) -> None:
    """Say what the asker may do next; where asked, also why not the rest."""
    acts = bill.get("allowedActs", ())
    if why_not and acts:
        show_table(
            "What you may do next",
            ("act", "now", "why not"),
            (
                (act["actionCode"], "yes" if act["isAllowed"] else "no", act["reason"])
                for act in acts
            ),
        )
        return
    allowed = [act["actionCode"] for act in acts if act["isAllowed"]]
    say(f"You may do next: {', '.join(allowed) or 'nothing'}.")


def bill_json(bill: ledger_pb2.Bill) -> dict[str, Any]:
    """Write a bill as /v1 writes it."""
    document: dict[str, Any] = json_format.MessageToDict(
        bill, always_print_fields_with_no_presence=True
    )
    document["state"] = str(document["state"]).removeprefix("BILL_STATE_")
    document["sequence"] = bill.sequence
    return document


def act_json(act: ledger_pb2.RecordedAct) -> dict[str, Any]:
    """Write an act as /v1 writes it, without its transaction."""
    document: dict[str, Any] = json_format.MessageToDict(
        act, always_print_fields_with_no_presence=True
    )
    document.pop("endorsedTransaction", None)
    document["sequence"] = act.sequence
    return document


def custody_json(stated: ledger_pb2.CustodyStatement) -> dict[str, Any]:
    """Write a custody statement as /v1 would."""
    document: dict[str, Any] = json_format.MessageToDict(
        stated, always_print_fields_with_no_presence=True
    )
    return document


def show_chain(reference: str, acts: Sequence[Mapping[str, Any]]) -> None:
    """Show every act on a bill, oldest first."""
    show_table(
        f"Bill {reference}",
        ("act", "what", "by", "to", "recorded"),
        (
            (
                act["sequence"],
                act["actionCode"],
                act["actor"],
                act["recipient"],
                act.get("recordedAt", ""),
            )
            for act in acts
        ),
    )
