"""`onebill kill-one`: shoot one process and watch that nothing gets lost."""

from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.scripts.kill_one import run_kill_one


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("kill-one")(kill_one)


def kill_one(
    name: Annotated[str, typer.Argument(help="Which process; one by lot if left out.")] = "",
    seed: Annotated[int | None, typer.Option(help="Draw the same one again.")] = None,
) -> None:
    """Kill one process of the running stack with -9 and compare the books."""
    run_kill_one(Environment.load(), name, seed)
