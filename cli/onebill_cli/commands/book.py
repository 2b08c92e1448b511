"""`onebill book`, `amend` and `cancel`: one call for the whole journey, and taking it back."""

import json
from pathlib import Path
from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.output import say, show_json
from onebill_cli.roles.cast import SELLER
from onebill_cli.roles.shipper import Customer
from onebill_cli.scripts.consignment import booking_request
from onebill_cli.scripts.story import READY_IN
from onebill_cli.signing import now


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("book")(book)
    app.command("amend")(amend)
    app.command("cancel")(cancel)


def book(
    request: Annotated[
        Path | None, typer.Argument(help="A booking request as JSON; the story's if left out.")
    ] = None,
    organisation: Annotated[str, typer.Option("--as", help="Who books.")] = SELLER,
    dry_run: Annotated[bool, typer.Option(help="Show what would be sent.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Book all legs, price and insurance in one call."""
    body = booking_request(now() + READY_IN) if request is None else _read(request)
    if dry_run:
        show_json(body)
        return
    answer = Customer.of(Environment.load(), organisation).book(body)
    if as_json:
        show_json(answer)
        return
    say(
        f"[bold]{answer['bookingReference']}[/bold] is {answer['state']}: "
        f"{answer['total']['display']}, insurance {answer['premium']['display']} included."
    )
    say(f"Follow it with: onebill journey {answer['bookingReference']}")


def amend(
    booking: Annotated[str, typer.Argument(help="The booking's reference.")],
    request: Annotated[Path, typer.Argument(help="The whole request as it shall read, JSON.")],
    organisation: Annotated[str, typer.Option("--as", help="Who booked.")] = SELLER,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Change parties, goods or values until the carriers are asked; priced anew."""
    answer = Customer.of(Environment.load(), organisation).amend(booking, _read(request))
    if as_json:
        show_json(answer)
        return
    say(f"[bold]{booking}[/bold] is amended and now costs {answer['total']['display']}.")


def cancel(
    booking: Annotated[str, typer.Argument(help="The booking's reference.")],
    reason: Annotated[str, typer.Argument(help="Why, for the carriers to read.")],
    organisation: Annotated[str, typer.Option("--as", help="Who booked.")] = SELLER,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Give a booking up, until its goods are taken in charge."""
    answer = Customer.of(Environment.load(), organisation).cancel(booking, reason)
    if as_json:
        show_json(answer)
        return
    say(f"[bold]{booking}[/bold] is {answer['state']}; its legs are released.")


def _read(file: Path) -> dict[str, object]:
    try:
        document = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise CommandFailed(
            Exit.USAGE, "FILE_UNREADABLE", f"{file} is no JSON: {error}"
        ) from error
    if not isinstance(document, dict):
        raise CommandFailed(Exit.USAGE, "FILE_UNREADABLE", f"{file} is not one JSON object.")
    return document
