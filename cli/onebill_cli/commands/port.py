"""`onebill port …`: what a partner port does at its own ledger service.

It looks, verifies, attests, watches, states custody and holds. A release is never its to give.
"""

import json
import uuid
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from onebill_verify import b64u

from onebill_cli.commands.hands import AsJson, Hand, Manner, Reference, Yes, in_utc
from onebill_cli.commands.shown import act_json, bill_json, custody_json, show_bill, show_chain
from onebill_cli.commands.verify import check
from onebill_cli.environment import Environment
from onebill_cli.files import read_bytes
from onebill_cli.output import note, say, show_json, show_table
from onebill_cli.roles.cast import PARTNER_PORT
from onebill_cli.roles.port import WITHOUT_OPERATOR, PortOffice
from onebill_cli.watching import Journal, follow

app = typer.Typer(
    help="A partner port: look, verify, attest, watch, state custody, hold.",
    no_args_is_help=True,
)

As = Annotated[str, typer.Option("--as", help="The port; its certificate opens the door.")]
Member = Annotated[
    str, typer.Option(help="Whose ledger service is asked; the port's own if left out.")
]
Signing = Annotated[
    list[str] | None, typer.Option("--organisation", help="MSP that shall sign; may be repeated.")
]
HoldReference = Annotated[str, typer.Option("--reference", help="The hold's own reference.")]


def office(organisation: str, member: str) -> PortOffice:
    """Sit in a port's office, at its own ledger service unless told."""
    return PortOffice(Environment.load(), organisation, member or organisation)


@app.command("bill")
def bill(
    reference: Reference,
    organisation: As = PARTNER_PORT,
    member: Member = "",
    as_json: AsJson = False,
) -> None:
    """Show a bill as the port's own peer has it, and what the port may do next."""
    seen = bill_json(office(organisation, member).bill(reference))
    if as_json:
        show_json(seen)
    else:
        show_bill(seen)


@app.command("chain")
def chain(
    reference: Reference,
    organisation: As = PARTNER_PORT,
    member: Member = "",
    as_json: AsJson = False,
) -> None:
    """Show every act on a bill, oldest first."""
    acts = [act_json(act) for act in office(organisation, member).acts(reference)]
    if as_json:
        show_json({"acts": acts})
    else:
        show_chain(reference, acts)


@app.command("bundle")
def bundle(
    reference: Reference,
    out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("bundle.json"),
    organisation: As = PARTNER_PORT,
    member: Member = "",
    signing: Signing = None,
) -> None:
    """Make the file that proves a bill offline from the port's own peer, without the document."""
    out.write_bytes(office(organisation, member).bundle(reference, signing or WITHOUT_OPERATOR))
    say(f"{out}: check it with: onebill port verify {out} --roots ROOTS")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The bundle.")],
    roots: Annotated[Path, typer.Option(help="The pinned roots; never from the bundle.")],
    as_json: AsJson = False,
) -> None:
    """Verify a bundle offline; leaves with 4 where it is not proven."""
    check(file, roots, organisations=2, now=None, as_json=as_json)


@app.command("attest")
def attest(
    reference: Reference,
    organisation: As = PARTNER_PORT,
    member: Member = "",
    signing: Signing = None,
    as_json: AsJson = False,
) -> None:
    """Let the port's peer and others sign what they have of a bill now."""
    answer = office(organisation, member).attest(
        reference, uuid.uuid4().hex, signing or WITHOUT_OPERATOR
    )
    told = json.loads(answer.attestation)
    if as_json:
        show_json(
            {
                "attestation": told,
                "organisations": list(answer.organisations),
                "endorsedTransaction": b64u(answer.endorsed_transaction),
            }
        )
        return
    say(
        f"[bold]{reference} is {told['state']}[/bold] at act {told['sequence']}, as of "
        f"{told['asOf']}, signed by {', '.join(answer.organisations)}"
    )
    say(f"possessor {told['possessor']}, title {told['titleHolder'] or 'blank'}")


@app.command("watch")
def watch(
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--from", help="A file that keeps what was seen: the watch goes on where it ends."
        ),
    ] = None,
    after: Annotated[int, typer.Option(help="Without a file: only facts after this.")] = 0,
    organisation: As = PARTNER_PORT,
    member: Member = "",
) -> None:
    """Print what happens on the ledger as it happens, one JSON object per line.

    With --from, every fact is written to the file exactly once, whoever dies in between.
    """
    watched = office(organisation, member)
    if checkpoint is None:
        for fact in follow(watched, after):
            typer.echo(fact)
        return
    with Journal.open(checkpoint) as journal:
        note(f"after position {journal.position}")
        for fact in follow(watched, journal.position):
            journal.keep(fact)
            typer.echo(fact)


@app.command("custody")
def custody(
    reference: Reference,
    container: Annotated[
        str, typer.Option(help="The container; the statements so far if none.")
    ] = "",
    seal: Annotated[list[str] | None, typer.Option(help="A seal seen; may be repeated.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%SZ"], help="In the yard since, UTC."),
    ] = None,
    place: Annotated[str, typer.Option(help="UN/LOCODE of the yard.")] = "SGSIN",
    organisation: As = PARTNER_PORT,
    member: Member = "",
    as_json: AsJson = False,
) -> None:
    """State that a container stands in the yard, signed; or list what was stated. No release."""
    yard = office(organisation, member)
    if container and since is not None:
        stated = [yard.state_custody(reference, container, seal or (), place, in_utc(since))]
    else:
        stated = yard.custody_statements(reference)
    if as_json:
        show_json({"custodyStatements": [custody_json(one) for one in stated]})
        return
    show_table(
        f"Custody stated for {reference}; none of it is a release",
        ("container", "seals", "where", "in the yard since", "stated", "by"),
        (
            (
                one["equipmentReference"],
                ", ".join(one["sealNumbers"]),
                one["unLocationCode"],
                one["inYardSince"],
                one["statedAt"],
                one["party"],
            )
            for one in map(custody_json, stated)
        ),
    )


@app.command("hold")
def hold(
    reference: Reference,
    hold_reference: HoldReference,
    organisation: As = PARTNER_PORT,
    member: Member = "",
    shown: Annotated[
        Path | None,
        typer.Option("--bundle", help="The bundle that a holder showed; for a first hold."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Hold the goods of a bill; only this port lifts it."""
    port = office(organisation, member)
    port.shown = None if shown is None else read_bytes(shown)
    hand = Hand(port, Manner(yes=yes, as_json=as_json))
    hand.says(f"You hold the goods of {reference} under {hold_reference}.")
    hand.hold(reference, hold_reference)


@app.command("lift")
def lift(
    reference: Reference,
    hold_reference: HoldReference,
    organisation: As = PARTNER_PORT,
    member: Member = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Lift a hold that this port placed."""
    hand = Hand(office(organisation, member), Manner(yes=yes, as_json=as_json))
    hand.says(f"You lift hold {hold_reference} on {reference}.")
    hand.lift_hold(reference, hold_reference)
