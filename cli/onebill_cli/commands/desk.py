"""`onebill desk …`: the operator's people: what everything waits for, and the books."""

from typing import Annotated

import typer

from onebill_cli.environment import Environment
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
