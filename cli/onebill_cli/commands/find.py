"""`onebill find`: one word in, whatever carries it out."""

from collections.abc import Iterator
from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.errors import NotThere
from onebill_cli.output import show_json, show_table
from onebill_cli.roles.cast import SELLER
from onebill_cli.roles.shipper import Customer

Found = dict[str, str]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("find")(find)


def find(
    text: Annotated[str, typer.Argument(help="Booking, container, bill or invoice number.")],
    organisation: Annotated[str, typer.Option("--as", help="Who asks.")] = SELLER,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Find a booking by any number that stands on its papers."""
    found = list(_search(Customer.of(Environment.load(), organisation), text.upper()))
    if not found:
        raise NotThere("NOTHING_FOUND", f"Nothing of yours carries {text}.")
    if as_json:
        show_json({"found": found})
        return
    show_table(
        "Found",
        ("booking", "what", "reference", "state"),
        ((row["bookingReference"], row["what"], row["reference"], row["state"]) for row in found),
    )


def _search(customer: Customer, text: str) -> Iterator[Found]:
    for invoice in customer.door.get("/v1/invoices")["invoices"]:
        if text in invoice["invoiceNumber"].upper():
            yield _row(
                invoice["bookingReference"], "invoice", invoice["invoiceNumber"], invoice["state"]
            )
    for booking in customer.door.get("/v1/bookings")["bookings"]:
        reference = booking["bookingReference"]
        if text in reference:
            yield _row(reference, "booking", reference, booking["state"])
        papers = customer.documents(reference)
        bill = papers["transportDocumentReference"]
        if bill and text in bill:
            yield _row(reference, "bill", bill, booking["state"])
        for equipment in papers["equipments"]:
            if text in equipment["equipmentReference"]:
                yield _row(
                    reference, "container", equipment["equipmentReference"], booking["state"]
                )


def _row(booking: str, what: str, reference: str, state: str) -> Found:
    return {"bookingReference": booking, "what": what, "reference": reference, "state": state}
