"""`onebill demo`: the story, told as it happens."""

from pathlib import Path
from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.scripts.demo import run_demo


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    build: Annotated[Path, typer.Option(help="Where bundle and summary go.")] = Path("build/demo"),
    seed: Annotated[int | None, typer.Option(help="Draw the same container again.")] = None,
) -> None:
    """Tell the story Chongqing to Singapore against the running stack."""
    run_demo(Environment.load(), build, seed)
