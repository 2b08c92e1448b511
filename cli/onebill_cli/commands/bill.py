"""`onebill bill …`: look at a bill, act on it, fetch its proof."""

from pathlib import Path
from typing import Annotated

import typer
from onebill_verify import RejectTransferTerms
from onebill_verify.terms import NoTerms, Terms

from onebill_cli.commands.shown import show_bill
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.output import say, show_json, show_table
from onebill_cli.roles.cast import SELLER
from onebill_cli.roles.shipper import Customer
from onebill_cli.signing import sign_next

app = typer.Typer(help="Look at a bill, act on it, fetch its proof.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(help="The bill's reference.")]
As = Annotated[str, typer.Option("--as", help="Who acts; its key signs.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; an act cannot be undone.")]
DryRun = Annotated[bool, typer.Option(help="Show what would be signed, and stop.")]


@app.command("show")
def show(reference: Reference, organisation: As = SELLER, as_json: AsJson = False) -> None:
    """Show where a bill stands and what may be done next."""
    bill = Customer.of(Environment.load(), organisation).bill(reference)
    if as_json:
        show_json(bill)
    else:
        show_bill(bill)


@app.command("chain")
def chain(reference: Reference, organisation: As = SELLER, as_json: AsJson = False) -> None:
    """Show every act on a bill, oldest first."""
    acts = Customer.of(Environment.load(), organisation).acts(reference)
    if as_json:
        show_json({"acts": acts})
        return
    show_table(
        f"Bill {reference}",
        ("act", "what", "by", "to", "recorded"),
        (
            (
                act["sequence"],
                act["actionCode"],
                act["actor"],
                act["recipient"],
                act.get("recordedAt", ""),
            )
            for act in acts
        ),
    )


@app.command("bundle")
def bundle(
    reference: Reference,
    file: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path("bundle.json"),
    organisation: As = SELLER,
) -> None:
    """Fetch the file that proves a bill offline."""
    file.write_bytes(Customer.of(Environment.load(), organisation).bundle(reference))
    say(f"{file}: check it with: onebill verify {file} --roots ROOTS")


@app.command("transfer")
def transfer(
    reference: Reference,
    to: Annotated[str, typer.Option(help="Who shall possess it: an organisation or party id.")],
    organisation: As = SELLER,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Give possession of a bill to another party."""
    sentence = f"You give possession of {reference} to {to}."
    _act(reference, organisation, "TRANSFER", sentence, to=to, yes=yes, dry_run=dry_run)


@app.command("endorse")
def endorse(
    reference: Reference,
    to: Annotated[str, typer.Option(help="To whose order: an organisation or party id.")],
    organisation: As = SELLER,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Endorse a bill to the order of another party."""
    sentence = f"You endorse {reference} to the order of {to}."
    _act(reference, organisation, "ENDORSE_TO_ORDER", sentence, to=to, yes=yes, dry_run=dry_run)


@app.command("reject")
def reject(
    reference: Reference, organisation: As = SELLER, yes: Yes = False, dry_run: DryRun = False
) -> None:
    """Send a bill back as the first thing done with it."""
    sentence = f"You send {reference} back to whom it came from."
    _act(
        reference,
        organisation,
        "REJECT_TRANSFER",
        sentence,
        terms=RejectTransferTerms(None),
        yes=yes,
        dry_run=dry_run,
    )


def _act(
    reference: str,
    organisation: str,
    action_code: str,
    sentence: str,
    *,
    to: str | None = None,
    terms: Terms | None = None,
    yes: bool,
    dry_run: bool,
) -> None:
    customer = Customer.of(Environment.load(), organisation)
    recipient = None if to is None else str(customer.door.get(f"/v1/parties/{to}")["party"])
    if dry_run:
        act = sign_next(
            customer.head(reference),
            customer.signer,
            action_code,
            recipient=recipient,
            terms=NoTerms() if terms is None else terms,
        )
        say(sentence)
        show_json({"act": act.signed.act.payload(), "actHash": act.signed.hash})
        return
    if not yes and not _agreed(sentence):
        raise CommandFailed(Exit.USAGE, "NOT_AGREED", "Nothing was signed.")
    answer = customer.act(reference, action_code, recipient=recipient, terms=terms)
    say(f"Done: act {answer['act']['sequence']}, {answer['act']['actHash']}.")


def _agreed(sentence: str) -> bool:
    say(f"{sentence} This cannot be undone.")
    return typer.confirm("Sign and send?", default=False)
