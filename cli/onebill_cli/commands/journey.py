"""`onebill journey`: begins with what it waits for, on whom, until when."""

from typing import Annotated, Any

import typer

from onebill_cli.commands.shown import show_journey
from onebill_cli.environment import Environment
from onebill_cli.errors import NotThere
from onebill_cli.output import show_json
from onebill_cli.roles.cast import SELLER
from onebill_cli.roles.shipper import Customer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("journey")(journey)


def journey(
    booking: Annotated[str, typer.Argument(help="The booking's reference.")],
    organisation: Annotated[str, typer.Option("--as", help="Who asks.")] = SELLER,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show where the box is, and the four ones."""
    customer = Customer.of(Environment.load(), organisation)
    told = customer.journey(booking)
    if as_json:
        show_json(told)
        return
    show_journey(customer.booking(booking), told, _ones(customer, booking, told))


def _ones(customer: Customer, booking: str, told: dict[str, Any]) -> list[tuple[str, str]]:
    invoices = customer.invoices(booking)
    papers = customer.documents(booking)
    containers = (told.get("journey") or {}).get("containers", [])
    try:
        certificate = str(customer.certificate(booking)["certificateNumber"])
    except NotThere:
        certificate = "not yet"
    return [
        ("one booking", booking),
        (
            "one settlement",
            ", ".join(
                f"{invoice['invoiceNumber']} {invoice['total']['display']} {invoice['state']}"
                for invoice in invoices
            )
            or "not yet",
        ),
        ("one insurance", certificate),
        (
            "one container",
            ", ".join(
                container["equipmentReference"]
                + (", never opened" if container["isUnopened"] else ", opened")
                for container in containers
            )
            or "not yet",
        ),
        ("one bill", papers["transportDocumentReference"] or "not yet"),
    ]
