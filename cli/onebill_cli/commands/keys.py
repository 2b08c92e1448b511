"""`onebill keys …`: tokens, registrations, pinned roots."""

from pathlib import Path
from typing import Annotated

import typer

from onebill_cli.environment import Environment
from onebill_cli.output import say
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.shipper import SHIPPER_SCOPES
from onebill_cli.tokens import make_token
from onebill_cli.trust import trust_file

app = typer.Typer(help="Tokens, registrations and pinned roots.", no_args_is_help=True)


@app.command("token")
def token(
    organisation: Annotated[str, typer.Option("--as", help="Whose token.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope; may be given again. A shipper's if none.")
    ] = None,
    person: Annotated[str, typer.Option(help="The person's opaque id.")] = "",
    seconds: Annotated[int, typer.Option(help="How long it lives.")] = 3600,
) -> None:
    """Print a token signed with the stack's own key."""
    scopes = tuple(scope or SHIPPER_SCOPES)
    typer.echo(
        make_token(Environment.load(), organisation, scopes, person=person, lives_seconds=seconds)
    )


@app.command("register")
def register() -> None:
    """Register the cast of the story on the ledger; a repeat changes nothing."""
    for organisation, party in Cast.of(Environment.load()).register().items():
        say(f"{party}  {organisation}")


@app.command("roots")
def roots(
    out: Annotated[Path, typer.Option(help="Where to write them.")] = Path("roots.json"),
) -> None:
    """Write the pinned roots of the running stack for `onebill verify`."""
    out.write_text(trust_file(Environment.load()))
    say(f"{out}: pin it; a bundle is never asked for its own roots")
