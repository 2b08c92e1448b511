"""`onebill desk …`: the operator's people: what everything waits for, and the books."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from onebill_cli.commands.hands import Reference, Yes, agreed, show_done
from onebill_cli.commands.shown import show_amendment
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit, Refused
from onebill_cli.files import read_bytes
from onebill_cli.output import say, show_json, show_table
from onebill_cli.roles.shipper import Desk

app = typer.Typer(help="The operator's desk.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("bookings")
def bookings(as_json: AsJson = False) -> None:
    """List every booking with what it waits for."""
    rows = Desk.of(Environment.load()).bookings()
    if as_json:
        show_json({"bookings": rows})
        return
    show_table(
        "Bookings",
        ("booking", "state", "waits for"),
        (
            (
                row["booking"]["bookingReference"],
                row["booking"]["state"],
                row["waitingFor"]["sentence"],
            )
            for row in rows
        ),
    )


@app.command("bills")
def bills(as_json: AsJson = False) -> None:
    """List every bill with what it is waiting for."""
    rows = Desk.of(Environment.load()).bills()
    if as_json:
        show_json({"bills": rows})
        return
    show_table(
        "Bills",
        ("bill", "state", "waits for"),
        (
            (
                row["transportDocumentReference"],
                row["state"],
                ", ".join(f"{wait['gate']} {wait['name']}" for wait in row["waitsFor"]),
            )
            for row in rows
        ),
    )


@app.command("trial-balance")
def trial_balance(as_json: AsJson = False) -> None:
    """Show every account in every currency; each currency sums to zero."""
    lines = Desk.of(Environment.load()).trial_balance()
    if as_json:
        show_json({"lines": lines})
        return
    for line in lines:
        show_table(
            f"{line['currencyCode']}: difference {line['difference']}",
            ("account", "balance"),
            ((account["account"], account["balance"]["display"]) for account in line["accounts"]),
        )


@app.command("journal")
def journal(
    booking: Annotated[str, typer.Option(help="Only of this booking.")] = "",
) -> None:
    """Print the journal."""
    show_json({"entries": Desk.of(Environment.load()).journal(booking)})


@app.command("lift")
def lift(
    booking: Annotated[str, typer.Argument(help="The booking that is held.")],
    entry: Annotated[str, typer.Argument(help="The list entry that was met.")],
    reason: Annotated[str, typer.Option(help="Why it may go on.")],
) -> None:
    """Lift a screening hit; not by the person who booked."""
    Desk.of(Environment.load()).lift_screening_hit(booking, entry, reason)
    say(f"Hit {entry} on {booking} lifted.")


# --- acts of the issuer -------------------------------------------------------------------------


@app.command("accept")
def accept(reference: Reference, yes: Yes = False, as_json: AsJson = False) -> None:
    """Accept a surrender, for amendment or for delivery."""
    desk = Desk.of(Environment.load())
    surrender = _pending(desk, reference)
    _decide(
        desk,
        reference,
        f"The operator accepts surrender {surrender} of {reference}.",
        lambda: desk.accept_surrender(reference, surrender),
        yes=yes,
        as_json=as_json,
    )


@app.command("prepare")
def prepare(reference: Reference, as_json: AsJson = False) -> None:
    """Draft the bill that a surrender for amendment asks for, before it is accepted."""
    amendment = Desk.of(Environment.load()).prepare_amendment(reference)
    if as_json:
        show_json(amendment)
    else:
        show_amendment(amendment)


@app.command("reject")
def reject(
    reference: Reference,
    comment: Annotated[str, typer.Option(help="Why.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Send a surrender back, for amendment or for delivery."""
    desk = Desk.of(Environment.load())
    surrender = _pending(desk, reference)
    _decide(
        desk,
        reference,
        f"The operator rejects surrender {surrender} of {reference}: {comment}.",
        lambda: desk.reject_surrender(reference, surrender, comment),
        yes=yes,
        as_json=as_json,
    )


@app.command("switch-to-paper")
def switch_to_paper(
    reference: Reference,
    certificate: Annotated[Path, typer.Option(help="The record of the printing.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End a bill whose paper was printed."""
    desk, printed = Desk.of(Environment.load()), read_bytes(certificate)
    _decide(
        desk,
        reference,
        f"The operator ends {reference}; from now on only its paper counts.",
        lambda: desk.switch_to_paper(reference, printed),
        yes=yes,
        as_json=as_json,
    )


@app.command("confirm-payment")
def confirm_payment(
    reference: Reference,
    of: Annotated[str, typer.Option(help="RECEIVER_CHARGES or GENERAL_AVERAGE.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Say that what the receiver owes, or general average, is paid or secured."""
    if of not in {"RECEIVER_CHARGES", "GENERAL_AVERAGE"}:
        raise CommandFailed(
            Exit.USAGE, "REASON_UNKNOWN", "--of is RECEIVER_CHARGES or GENERAL_AVERAGE."
        )
    desk = Desk.of(Environment.load())
    _decide(
        desk,
        reference,
        f"The operator confirms {of} of {reference}.",
        lambda: desk.confirm_payment(reference, of),
        yes=yes,
        as_json=as_json,
    )


@app.command("deliver-against-indemnity")
def deliver_against_indemnity(
    reference: Reference,
    to: Annotated[str, typer.Option(help="Who gets the goods.")],
    indemnity: Annotated[Path, typer.Option(help="The letter of indemnity.")],
    signed_by: Annotated[tuple[str, str], typer.Option(help="The two persons who answer for it.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Hand the goods over without the bill; every later holder sees it."""
    desk, letter = Desk.of(Environment.load()), read_bytes(indemnity)
    receiver = desk.party_of(to)
    _decide(
        desk,
        reference,
        f"The operator hands the goods of {reference} to {to} without the bill.",
        lambda: desk.deliver_against_indemnity(reference, receiver, letter, signed_by),
        yes=yes,
        as_json=as_json,
    )


def _pending(desk: Desk, reference: str) -> str:
    record = json.loads(desk.bill(reference)["record"])
    pending = record.get("amendment") or record.get("surrender")
    if not pending:
        raise Refused("SURRENDER_REFERENCE_WRONG", f"{reference} is not surrendered.")
    return str(pending["surrenderRequestReference"])


def _decide(
    desk: Desk,
    reference: str,
    sentence: str,
    act: Callable[[], dict[str, Any]],
    *,
    yes: bool,
    as_json: bool,
) -> None:
    if not yes and not agreed(sentence):
        raise CommandFailed(Exit.USAGE, "NOT_AGREED", "Nothing was signed.")
    act()
    show_done(desk.bill(reference), as_json=as_json)
