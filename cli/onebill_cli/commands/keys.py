"""`onebill keys …`: keys in files, what they sign, tokens, registrations, pinned roots."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from onebill_verify import Act, NotProven, PrivateKey

from onebill_cli.commands import recovery
from onebill_cli.commands.hands import Yes, agreed
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.files import read_prepared, read_signed
from onebill_cli.keyring import load_key, new_passphrase, protect, read_private, write_private
from onebill_cli.output import say, show_json
from onebill_cli.registering import MSPS, Word, read_rulebook, sign_registration
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.introducing import vouch
from onebill_cli.roles.shipper import SHIPPER_SCOPES
from onebill_cli.tokens import make_token
from onebill_cli.trust import trust_file

app = typer.Typer(
    help="Keys in files, what they sign, tokens, registrations, roots.", no_args_is_help=True
)

KeyFile = Annotated[Path, typer.Option("--key", help="The key's file.")]


@app.command("new")
def new(
    out: Annotated[Path, typer.Option(help="Where the key goes; its public half beside it.")],
) -> None:
    """Make a key for acts, encrypted under a passphrase, and its public half as a JWK.

    The passphrase is asked for, or read from the file that ONEBILL_KEY_PASSPHRASE_FILE names.
    """
    key = PrivateKey.generate()
    write_private(out, protect(key, new_passphrase(os.environ)))
    public = out.with_suffix(".jwk")
    public.write_text(json.dumps(key.public.jwk(), indent=2) + "\n")
    say(f"{out}: keep it and its passphrase apart; {public} goes to who vouches for you")


@app.command("protect")
def protect_key(
    key: Annotated[Path, typer.Argument(help="A key that is not encrypted yet.")],
    out: Annotated[Path, typer.Option(help="Where the encrypted one goes.")],
) -> None:
    """Encrypt a key that lies open; delete the open one yourself."""
    try:
        opened = PrivateKey.from_pem(read_private(key))
    except NotProven as fault:
        raise CommandFailed(
            Exit.USAGE, "KEY_UNREADABLE", f"{key} is no open key on P-256."
        ) from fault
    write_private(out, protect(opened, new_passphrase(os.environ)))
    say(f"{out}: delete {key} when you have tried it")


@app.command("sign")
def sign(
    act: Annotated[Path, typer.Argument(help="The act, as --prepare wrote it.")],
    key: KeyFile,
    out: Annotated[Path | None, typer.Option(help="Where the signed act goes.")] = None,
    yes: Yes = False,
) -> None:
    """Sign an act in a file, where the key is; no network is asked. Anybody may hand it in."""
    prepared = read_prepared(act)
    if not yes and not agreed(_told(prepared.act)):
        raise CommandFailed(Exit.USAGE, "NOT_AGREED", "Nothing was signed.")
    ready = prepared.sign(load_key(key, os.environ))
    signed = out or act.with_suffix(".signed.json")
    signed.write_text(ready.text())
    say(f"{signed}: hand it in with: onebill bill submit {signed}")


@app.command("countersign")
def countersign(
    act: Annotated[Path, typer.Argument(help="The signed act, as `keys sign` wrote it.")],
    key: Annotated[Path, typer.Option("--key", help="The approver's key.")],
    out: Annotated[
        Path | None, typer.Option(help="Where it goes, countersigned; the same file if left out.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Countersign, as its approver, an act of who asked for four eyes. No network.

    The whole act is shown with its details, for it is the whole act that is approved.
    """
    ready = read_signed(act)
    if not yes:
        show_json({"act": ready.signed.act.payload(), "details": json.loads(ready.details)})
        if not agreed(_told(ready.signed.act)):
            raise CommandFailed(Exit.USAGE, "NOT_AGREED", "Nothing was signed.")
    approver = load_key(key, os.environ)
    if approver.kid == ready.signed.kid:
        raise CommandFailed(
            Exit.USAGE, "COUNTERSIGNATURE_INVALID", "This key signed the act; four eyes are two."
        )
    countersigned = out or act
    countersigned.write_text(ready.countersign(approver).text())
    say(f"{countersigned}: hand it in with: onebill bill submit {countersigned}")


def _told(act: Act) -> str:
    """Say in one sentence what an act does."""
    to = f", to {act.recipient}" if act.recipient else ""
    return (
        f"{act.actor} does {act.action_code} on {act.transport_document_reference}{to}, "
        f"until {act.expiry_date_time:%Y-%m-%dT%H:%M:%SZ}."
    )


recovery.add_to(app)


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


@app.command("apply")
def apply(
    organisation: Annotated[str, typer.Argument(help="Whose key it is, as in its certificate.")],
    key: KeyFile,
    role: Annotated[list[str], typer.Option(help="A role; may be given again.")],
    member: Annotated[str, typer.Option(help="The member that is to vouch.")],
    rulebook: Annotated[Path, typer.Option(help="The rulebook that you have read and keep.")],
    out: Annotated[Path, typer.Option(help="Where the registration goes.")],
    approver: Annotated[
        Path | None,
        typer.Option(help="Asks for four eyes: the key of the other person, who is here too."),
    ] = None,
) -> None:
    """Sign a registration: that the key is yours and that you keep this rulebook. No network.

    With an approver, issue, the end of a bill and the release of goods need its countersignature
    from then on: `onebill keys countersign`.
    """
    word = sign_registration(
        load_key(key, os.environ),
        organisation,
        MSPS.get(member, member),
        tuple(role),
        read_rulebook(rulebook),
        approver=None if approver is None else load_key(approver, os.environ),
    )
    out.write_text(word.text())
    say(f"{out}: goes to {member}, which vouches for you")


@app.command("vouch")
def vouch_for(
    organisation: Annotated[str, typer.Argument(help="Whose key it is, as in its certificate.")],
    registration: Annotated[Path, typer.Option(help="What it signed with `keys apply`.")],
    member: Annotated[str, typer.Option(help="The member that vouches; its certificate asks.")],
) -> None:
    """Register a party that a member vouches for; done by the member's own people."""
    word = Word.read(registration)
    party = vouch(Environment.load(), organisation, word, member)
    say(f"{party}  {organisation}, vouched for by {member}")


@app.command("roots")
def roots(
    out: Annotated[Path, typer.Option(help="Where to write them.")] = Path("roots.json"),
) -> None:
    """Write the pinned roots of the running stack for `onebill verify`."""
    out.write_text(trust_file(Environment.load()))
    say(f"{out}: pin it; a bundle is never asked for its own roots")
