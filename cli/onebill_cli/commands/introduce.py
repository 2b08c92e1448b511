"""`onebill introduce`: a party's other door, when the member that vouched for it is gone."""

from pathlib import Path
from typing import Annotated

import typer
from onebill_verify import PublicKey, parse

from onebill_cli.environment import Environment
from onebill_cli.output import say
from onebill_cli.roles.introducing import introduce as introduce_party


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("introduce")(introduce)


def introduce(
    organisation: Annotated[str, typer.Argument(help="Whose party it is.")],
    party: Annotated[str, typer.Argument(help="Its party id, as on the bill.")],
    member: Annotated[
        str, typer.Option(help="The member whose people introduce it, at its ledger service.")
    ],
    key: Annotated[
        Path | None,
        typer.Option(help="Its public key, a JWK; this stack's own for it if left out."),
    ] = None,
) -> None:
    """Let a member's ledger service know a party that another member vouched for."""
    environment = Environment.load()
    public = (
        environment.act_key(organisation).public
        if key is None
        else PublicKey.from_jwk(parse(key.read_bytes()))
    )
    introduce_party(environment, organisation, party, public, member)
    say(f"{organisation} is {party} at {member}'s ledger service from now on.")
