"""`onebill carrier …`: a carrier's own legs, and what it is paid."""

import json
import sys
from typing import Annotated

import typer
from google.protobuf import json_format
from onebill.booking.v1 import booking_pb2
from onebill.tracking.v1 import tracking_pb2

from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.output import note, say, show_json, show_table
from onebill_cli.roles.carrier import Carrier
from onebill_cli.signing import now

app = typer.Typer(help="A carrier's own legs, events and payments.", no_args_is_help=True)

As = Annotated[str, typer.Option("--as", help="The carrier; its certificate opens the door.")]
Booking = Annotated[str, typer.Argument(help="The booking's reference.")]
Leg = Annotated[int, typer.Argument(help="The leg's number.")]


@app.command("legs")
def legs(organisation: As, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the carrier's own legs."""
    granted = Carrier(Environment.load(), organisation).legs()
    if as_json:
        show_json({"legs": [json_format.MessageToDict(leg) for leg in granted]})
        return
    show_table(
        f"Legs of {organisation}",
        ("booking", "leg", "from", "to", "state"),
        (
            (
                item.booking_reference,
                item.leg.leg_sequence,
                item.leg.departure_location.un_location_code,
                item.leg.arrival_location.un_location_code,
                booking_pb2.LegState.Name(item.leg.state).removeprefix("LEG_STATE_"),
            )
            for item in granted
        ),
    )


@app.command("accept")
def accept(
    booking: Booking,
    leg: Leg,
    organisation: As,
    number: Annotated[str, typer.Option(help="The carrier's own number for it.")],
) -> None:
    """Accept a leg."""
    Carrier(Environment.load(), organisation).accept_leg(booking, leg, number)
    say(f"Leg {leg} of {booking} accepted as {number}.")


@app.command("decline")
def decline(
    booking: Booking,
    leg: Leg,
    organisation: As,
    reason: Annotated[str, typer.Option(help="Why.")],
) -> None:
    """Decline a leg."""
    Carrier(Environment.load(), organisation).decline_leg(booking, leg, reason)
    say(f"Leg {leg} of {booking} declined.")


@app.command("document")
def document(
    booking: Booking,
    leg: Leg,
    organisation: As,
    number: Annotated[str, typer.Option(help="The document's number.")],
    equipment: Annotated[str, typer.Option(help="The container taken.")],
    seal: Annotated[list[str], typer.Option(help="A seal seen; may be given again.")],
    consignee: Annotated[str, typer.Option(help="Consignee on the paper.")],
) -> None:
    """Issue the leg's document now that the box is here."""
    Carrier(Environment.load(), organisation).issue_leg_document(
        booking, leg, number, equipment, seal, consignee, now()
    )
    say(f"Document {number} of leg {leg} issued.")


@app.command("report")
def report(organisation: As) -> None:
    """Report events read from standard input, one JSON object per line."""
    events = []
    for number, line in enumerate(sys.stdin, start=1):
        try:
            events.append(json_format.Parse(line, tracking_pb2.TrackingEvent()))
        except json_format.ParseError as error:
            raise CommandFailed(
                Exit.USAGE, "EVENT_UNREADABLE", f"Line {number} is no event: {error}"
            ) from error
    for answer in Carrier(Environment.load(), organisation).report(events):
        note(f"{answer.accepted} new, {answer.duplicates} known")
        for rejected in answer.rejected:
            note(f"rejected {rejected}")


@app.command("payables")
def payables(booking: Booking, organisation: As) -> None:
    """Show what the carrier is owed and was paid, and why."""
    rows = Carrier(Environment.load(), organisation).payables(booking)
    sys.stdout.write(json.dumps([json_format.MessageToDict(row) for row in rows], indent=2) + "\n")
