"""`onebill verify`: is this bundle proven? No network, no account."""

from pathlib import Path
from typing import Annotated

import typer
from onebill_verify.__main__ import main as verify_offline


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle.")],
    roots: Annotated[Path, typer.Option(help="The pinned roots; never from the bundle.")],
    organisations: Annotated[
        int, typer.Option(help="How many organisations must have endorsed.")
    ] = 2,
    now: Annotated[str | None, typer.Option(help="The time of day, YYYY-MM-DDThh:mm:ssZ.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Verify a bundle offline; leaves with 4 where it is not proven."""
    check(bundle, roots, organisations=organisations, now=now, as_json=as_json)


def check(
    bundle: Path, roots: Path, *, organisations: int, now: str | None, as_json: bool
) -> None:
    """Run the offline verifier as a stranger would."""
    arguments = [str(bundle), "--roots", str(roots), "--organisations", str(organisations)]
    if now is not None:
        arguments += ["--now", now]
    if as_json:
        arguments.append("--json")
    raise typer.Exit(verify_offline(arguments))
