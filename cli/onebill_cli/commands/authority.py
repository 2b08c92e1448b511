"""`onebill authority …`: what a court or another authority orders."""

from pathlib import Path
from typing import Annotated, Final

import typer

from onebill_cli.commands.hands import Hand, act_of
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.files import read_bytes
from onebill_cli.roles.cast import COURT

app = typer.Typer(help="Orders of a court or another authority.", no_args_is_help=True)

ABROAD: Final = "partnerport"
OrderReference = Annotated[str, typer.Option("--order", help="The order's own reference.")]
Paper = Annotated[Path, typer.Option(help="The order as it was written; hashed, never sent.")]


@act_of(app, "order", by=COURT, through=ABROAD)
def order(
    hand: Hand,
    reference: str,
    order_reference: OrderReference,
    paper: Paper,
    hold_all: Annotated[bool, typer.Option("--hold-all", help="Nothing moves any more.")] = False,
    transfer_to: Annotated[str, typer.Option(help="Possession goes to this party.")] = "",
) -> None:
    """Order that nothing moves, or that another party possesses the bill."""
    if hold_all == bool(transfer_to):
        raise CommandFailed(
            Exit.USAGE, "ORDER_UNCLEAR", "Say either --hold-all or --transfer-to PARTY."
        )
    if hold_all:
        hand.says(f"You order under {order_reference} that {reference} stays where it is.")
        hand.order(reference, order_reference, "HOLD_ALL", read_bytes(paper))
        return
    hand.says(f"You order under {order_reference} that {transfer_to} possesses {reference}.")
    hand.order(
        reference,
        order_reference,
        "TRANSFER_POSSESSION",
        read_bytes(paper),
        hand.party_of(transfer_to),
    )


@act_of(app, "lift", by=COURT, through=ABROAD)
def lift(hand: Hand, reference: str, order_reference: OrderReference, paper: Paper) -> None:
    """Lift an order that this authority made."""
    hand.says(f"You lift order {order_reference} on {reference}.")
    hand.order(reference, order_reference, "LIFT", read_bytes(paper))
