"""`onebill demo-outlive`: the bill goes on when its operator is gone."""

from pathlib import Path
from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.scripts.outlive import run_outlive


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo-outlive")(demo_outlive)


def demo_outlive(
    build: Annotated[Path, typer.Option(help="Where bundle and roots go.")] = Path(
        "build/outlive"
    ),
    seed: Annotated[int | None, typer.Option(help="Draw the same container again.")] = None,
    only_before: Annotated[
        bool, typer.Option("--only-before", help="Stop at sea, with the operator alive.")
    ] = False,
) -> None:
    """Kill every process of the operator and tell how the bill goes on without it."""
    run_outlive(Environment.load(), build, seed, only_before=only_before)
