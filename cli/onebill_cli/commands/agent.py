"""`onebill agent …`: the delivery agent's and the line's agent's acts."""

from pathlib import Path
from typing import Annotated, Final

import typer

from onebill_cli.commands.hands import Hand, act_of
from onebill_cli.files import read_bytes
from onebill_cli.roles.cast import DELIVERY_AGENT, LINE_AGENT

app = typer.Typer(help="Acts of the delivery agent and the line's agent.", no_args_is_help=True)

ABROAD: Final = "partnerport"
Surrender = Annotated[
    str, typer.Option(help="The surrender's reference; the one that waits if left out.")
]


@act_of(app, "accept-surrender", by=DELIVERY_AGENT, through=ABROAD)
def accept_surrender(hand: Hand, reference: str, surrender: Surrender = "") -> None:
    """Accept a surrender for delivery."""
    surrender = surrender or hand.pending_surrender(reference)
    hand.says(f"You accept surrender {surrender} of {reference}.")
    hand.accept_surrender(reference, surrender)


@act_of(app, "reject-surrender", by=DELIVERY_AGENT, through=ABROAD)
def reject_surrender(
    hand: Hand,
    reference: str,
    comment: Annotated[str, typer.Option(help="Why.")],
    surrender: Surrender = "",
) -> None:
    """Send a surrender back with a comment; the holder has the bill again."""
    surrender = surrender or hand.pending_surrender(reference)
    hand.says(f"You reject surrender {surrender} of {reference}: {comment}.")
    hand.reject_surrender(reference, surrender, comment)


@act_of(app, "deliver-against-indemnity", by=DELIVERY_AGENT, through=ABROAD)
def deliver_against_indemnity(
    hand: Hand,
    reference: str,
    to: Annotated[str, typer.Option(help="Who gets the goods.")],
    indemnity: Annotated[Path, typer.Option(help="The letter of indemnity.")],
    signed_by: Annotated[tuple[str, str], typer.Option(help="The two persons who answer for it.")],
) -> None:
    """Hand the goods over without the bill; every later holder sees it."""
    hand.says(f"You hand the goods of {reference} to {to} without the bill.")
    hand.deliver_against_indemnity(reference, hand.party_of(to), read_bytes(indemnity), signed_by)


@act_of(app, "release-master", by=LINE_AGENT, through="carrier")
def release_master(hand: Hand, reference: str) -> None:
    """Release the master document (the line's agent, after the ocean freight is paid)."""
    hand.says(f"You release the master document of {reference}.").release_master(reference)
