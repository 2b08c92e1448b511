"""`onebill agent …`: the delivery agent's and the line's agent's acts."""

from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.output import say
from onebill_cli.roles import cast
from onebill_cli.roles.destination import CarriersAgent, DeliveryAgent

app = typer.Typer(help="Acts of the delivery agent and the line's agent.", no_args_is_help=True)

Bill = Annotated[str, typer.Argument(help="The bill's reference.")]
Surrender = Annotated[str, typer.Argument(help="The surrender's reference.")]


def delivery_agent() -> DeliveryAgent:
    """Return the delivery agent of the story."""
    return DeliveryAgent(Environment.load(), cast.DELIVERY_AGENT, "partnerport")


@app.command("accept-surrender")
def accept_surrender(bill: Bill, surrender: Surrender) -> None:
    """Accept a surrender for delivery."""
    delivery_agent().accept_surrender(bill, surrender)
    say(f"Surrender {surrender} accepted.")


@app.command("reject-surrender")
def reject_surrender(
    bill: Bill, surrender: Surrender, comment: Annotated[str, typer.Option(help="Why.")]
) -> None:
    """Send a surrender back with a comment."""
    delivery_agent().reject_surrender(bill, surrender, comment)
    say(f"Surrender {surrender} rejected; the holder has the bill again.")


@app.command("release-master")
def release_master(bill: Bill) -> None:
    """Release the master document (the line's agent, after the ocean freight is paid)."""
    CarriersAgent(Environment.load(), cast.LINE_AGENT, "carrier").release_master(bill)
    say("Master document released.")
