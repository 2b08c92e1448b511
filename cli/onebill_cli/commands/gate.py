"""`onebill gate …`: the two gates as lights, customs, the terminal, the pass."""

from typing import Annotated

import typer
from onebill.ledger.v1 import ledger_pb2

from onebill_cli.commands.agent import delivery_agent
from onebill_cli.environment import Environment
from onebill_cli.errors import Exit
from onebill_cli.output import say
from onebill_cli.roles import cast
from onebill_cli.roles.destination import Customs, Terminal
from onebill_cli.scripts.story import containers_of

app = typer.Typer(help="The two gates, each condition a light.", no_args_is_help=True)

Bill = Annotated[str, typer.Argument(help="The bill's reference.")]


@app.command("lights")
def lights(bill: Bill) -> None:
    """Show both gates; leaves with 1 while gate one is closed."""
    seen = delivery_agent().bill(bill)
    _show("Gate one, out of the terminal", list(seen.gates.terminal_release))
    _show("Gate two, to the receiver", list(seen.gates.delivery))
    if not all(light.is_met for light in seen.gates.terminal_release):
        raise typer.Exit(int(Exit.REFUSED))


@app.command("release")
def release(
    bill: Bill,
    haulier: Annotated[str, typer.Option(help="The haulier's party id.")],
) -> None:
    """Open gate one and print the pass for the haulier."""
    agent = delivery_agent()
    keys = containers_of(agent.bill(bill).record)
    drawn = agent.make_pass(haulier, keys)
    agent.release_terminal(bill, drawn)
    say(f"Pass {drawn.pass_reference} for {haulier}, single use.")


@app.command("confirm-terminal-charges")
def confirm_terminal_charges(bill: Bill) -> None:
    """Say that the terminal's charges are secured (the terminal)."""
    Terminal(Environment.load(), cast.TERMINAL, "partnerport").confirm_charges(bill)
    say("Terminal charges confirmed.")


@app.command("customs-release")
def customs_release(bill: Bill) -> None:
    """Let the goods move (customs)."""
    _customs().release(bill)
    say("Released by customs.")


@app.command("hold")
def hold(
    bill: Bill, reference: Annotated[str, typer.Option(help="The hold's reference.")]
) -> None:
    """Hold the goods (customs)."""
    _customs().hold(bill, reference)
    say(f"Held under {reference}.")


@app.command("lift-hold")
def lift_hold(
    bill: Bill, reference: Annotated[str, typer.Option(help="The hold's reference.")]
) -> None:
    """Lift a hold that this office placed (customs)."""
    _customs().lift_hold(bill, reference)
    say(f"Hold {reference} lifted.")


def _customs() -> Customs:
    return Customs(Environment.load(), cast.CUSTOMS, "partnerport")


def _show(title: str, conditions: list[ledger_pb2.GateCondition]) -> None:
    say(f"[bold]{title}[/bold]")
    for light in conditions:
        mark = "[green]●[/green] yes" if light.is_met else "[red]●[/red] no "
        waits = "" if light.is_met else f"  waits for {light.waits_for}"
        say(f"  {mark}  {light.name}{waits}")
