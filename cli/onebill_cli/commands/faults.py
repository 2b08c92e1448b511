"""`onebill faults`: the matrix of process and step, each cell a story with one death."""

import random
import secrets
from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.output import note, say
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.faults import long_lived, tell_under_fire
from onebill_cli.scripts.story import Story


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("faults")(faults)


def faults(
    process: Annotated[str, typer.Option(help="Only this process.")] = "",
    step: Annotated[str, typer.Option(help="Only this step.")] = "",
    cells: Annotated[int, typer.Option(help="At most so many cells; 0 for all.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Draw the same again.")] = None,
) -> None:
    """Kill every process at every step, one story per pair; stop at the first that differs."""
    environment = Environment.load()
    seed = secrets.randbelow(2**32) if seed is None else seed
    source = random.Random(seed)
    say(f"seed {seed}")
    steps = [told.name for told in Story(Cast.of(environment), source).steps()]
    matrix = [
        (name, moment)
        for name in long_lived(environment)
        for moment in steps
        if process in ("", name) and step in ("", moment)
    ]
    source.shuffle(matrix)
    chosen = matrix[:cells] if cells else matrix
    for number, (name, moment) in enumerate(chosen, start=1):
        note(f"{number} of {len(chosen)}: {name} dies at {moment}")
        tell_under_fire(environment, {moment: [name]}, source)
    say(f"{len(chosen)} stories ended the same.")
