"""`onebill demo`: the story, told as it happens."""

from pathlib import Path
from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.scripts.demo import run_demo
from onebill_cli.scripts.telex import run_demo_telex


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)
    app.command("demo-telex")(demo_telex)


def demo(
    build: Annotated[Path, typer.Option(help="Where bundle and summary go.")] = Path("build/demo"),
    seed: Annotated[int | None, typer.Option(help="Draw the same container again.")] = None,
) -> None:
    """Tell the story Chongqing to Singapore against the running stack."""
    run_demo(Environment.load(), build, seed)


def demo_telex(
    build: Annotated[Path, typer.Option(help="Where bundles and summaries go.")] = Path(
        "build/demo-telex"
    ),
    seed: Annotated[int | None, typer.Option(help="Draw the same containers again.")] = None,
) -> None:
    """Tell the two short-sea stories: a sea waybill on open account, and a telex release."""
    run_demo_telex(Environment.load(), build, seed)
