"""`onebill bill …`: look at a bill, do what its holder may do, fetch its proof."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from onebill_cli.commands.hands import (
    V1,
    As,
    AsJson,
    Hand,
    Manner,
    Reference,
    Through,
    Yes,
    act_of,
    agreed,
    in_utc,
    person,
    seen_by,
)
from onebill_cli.commands.shown import act_json, show_amendment, show_bill, show_chain
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.files import read_bytes, read_signed
from onebill_cli.output import say, show_json
from onebill_cli.roles.acts import AMENDMENT_REASONS, wanted_change
from onebill_cli.roles.cast import DELIVERY_AGENT, FIRST_BANK, SELLER
from onebill_cli.roles.shipper import Customer

app = typer.Typer(help="Look at a bill, act on it, fetch its proof.", no_args_is_help=True)

To = Annotated[str, typer.Option(help="To whom: an organisation or a party id.")]
Bank = Annotated[str, typer.Option("--to", help="The bank: an organisation or a party id.")]
EndorseTo = Annotated[
    str, typer.Option(help="Who shall have the title; only for who had it before.")
]
Surrender = Annotated[str, typer.Option(help="The surrender's reference.")]
Moment = Annotated[datetime, typer.Option(formats=["%Y-%m-%dT%H:%M:%SZ"], help="A time, UTC.")]


# --- looking ------------------------------------------------------------------------------------


@app.command("show")
def show(
    reference: Reference,
    organisation: As = SELLER,
    through: Through = V1,
    as_json: AsJson = False,
) -> None:
    """Show where a bill stands and what may be done next."""
    bill = seen_by(person(Environment.load(), organisation, through), reference)
    if as_json:
        show_json(bill)
    else:
        show_bill(bill)


@app.command("chain")
def chain(
    reference: Reference,
    organisation: As = SELLER,
    through: Through = V1,
    as_json: AsJson = False,
) -> None:
    """Show every act on a bill, oldest first."""
    who = person(Environment.load(), organisation, through)
    acts = (
        who.acts(reference)
        if isinstance(who, Customer)
        else [act_json(act) for act in who.acts(reference)]
    )
    if as_json:
        show_json({"acts": acts})
        return
    show_chain(reference, acts)


@app.command("bundle")
def bundle(
    reference: Reference,
    file: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path("bundle.json"),
    organisation: As = SELLER,
) -> None:
    """Fetch the file that proves a bill offline."""
    file.write_bytes(Customer.of(Environment.load(), organisation).bundle(reference))
    say(f"{file}: check it with: onebill verify {file} --roots ROOTS")


@app.command("copy")
def copy(
    reference: Reference,
    file: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path("copy.pdf"),
    organisation: As = SELLER,
) -> None:
    """Print the bill on paper, marked as a copy, with the way to its proof."""
    file.write_bytes(Customer.of(Environment.load(), organisation).copy(reference))
    say(f"{file}: a copy, not the bill; its QR code leads to the proof")


@app.command("submit")
def submit(
    file: Annotated[Path, typer.Argument(help="The act, as `onebill keys sign` wrote it.")],
    organisation: As = SELLER,
    through: Through = V1,
    as_json: AsJson = False,
) -> None:
    """Hand in an act that was signed elsewhere; anybody may be its courier."""
    act = read_signed(file)
    reference = act.signed.act.transport_document_reference
    hand = Hand.of(organisation, through, Manner(as_json=as_json))
    if isinstance(hand.who, Customer):
        hand.who.submit(reference, act)
    else:
        hand.who.submit(act)
    hand.report(reference)


# --- what a holder does -------------------------------------------------------------------------


@act_of(app, "transfer", by=SELLER)
def transfer(hand: Hand, reference: str, to: To) -> None:
    """Give possession of a bill to another party."""
    hand.says(f"You give possession of {reference} to {to}.").transfer(
        reference, hand.party_of(to)
    )


@act_of(app, "reject", by=SELLER)
def reject(hand: Hand, reference: str, endorse_to: EndorseTo = "") -> None:
    """Send a bill back as the first thing done with it."""
    sentence = f"You send {reference} back to whom it came from"
    hand.says(f"{sentence}, and its title to {endorse_to}." if endorse_to else f"{sentence}.")
    hand.reject_transfer(reference, hand.party_of(endorse_to) if endorse_to else None)


@act_of(app, "endorse", by=SELLER)
def endorse(hand: Hand, reference: str, to: To) -> None:
    """Endorse a bill to a party by name, who cannot endorse it on."""
    hand.says(f"You endorse {reference} to {to}, who cannot endorse it on.").endorse(
        reference, hand.party_of(to)
    )


@act_of(app, "endorse-to-order", by=SELLER)
def endorse_to_order(hand: Hand, reference: str, to: To) -> None:
    """Endorse a bill to the order of another party."""
    hand.says(f"You endorse {reference} to the order of {to}.").endorse_to_order(
        reference, hand.party_of(to)
    )


@act_of(app, "blank-endorse", by=SELLER)
def blank_endorse(hand: Hand, reference: str) -> None:
    """Endorse a bill in blank: from now on whoever possesses it has the title."""
    hand.says(f"You endorse {reference} in blank; whoever possesses it has the title.")
    hand.blank_endorse(reference)


@act_of(app, "sign", by=SELLER)
def sign(hand: Hand, reference: str) -> None:
    """Sign a bill without moving it."""
    hand.says(f"You sign {reference}; nothing moves.").sign(reference)


@act_of(app, "surrender", by=SELLER)
def surrender(
    hand: Hand,
    reference: str,
    deliver_to: Annotated[str, typer.Option(help="Who shall receive the goods.")],
    to: Annotated[str, typer.Option(help="The bill's delivery agent or issuer.")] = DELIVERY_AGENT,
    pick_up: Annotated[str, typer.Option(help="Who may fetch them for the receiver.")] = "",
) -> None:
    """Hand a bill back for delivery; at origin this is a telex release (电放)."""
    hand.says(f"You hand {reference} back to {to}, and the goods go to {deliver_to}.")
    hand.surrender_for_delivery(
        reference,
        hand.party_of(to),
        hand.party_of(deliver_to),
        hand.party_of(pick_up) if pick_up else None,
    )


@act_of(app, "amend", by=SELLER)
def amend(
    hand: Hand,
    reference: str,
    reason: Annotated[
        str, typer.Option(help="SWTP to paper, COD change of destination, SWI switch, OTHER.")
    ],
    comment: Annotated[str, typer.Option(help="What is to be changed.")] = "",
    deliver_at: Annotated[
        str, typer.Option(help="COD: where to, as UN/LOCODE or UN/LOCODE/facility.")
    ] = "",
    kind: Annotated[str, typer.Option(help="SWI: TO_ORDER, STRAIGHT or SEAWAYBILL.")] = "",
    party: Annotated[
        list[str] | None,
        typer.Option(help="FUNCTION=organisation:name[:address]; may be given again."),
    ] = None,
) -> None:
    """Hand a bill back to its issuer to be amended; say what the new one shall say."""
    if reason not in AMENDMENT_REASONS:
        raise CommandFailed(
            Exit.USAGE, "REASON_UNKNOWN", f"--reason is one of {', '.join(AMENDMENT_REASONS)}."
        )
    hand.says(f"You hand {reference} back to its issuer to be amended ({reason}).")
    hand.surrender_for_amendment(
        reference,
        hand.bill(reference)["issuer"],
        reason,
        comment,
        wanted_change(deliver_at, kind, [_named(one) for one in party or []]),
    )


def _named(said: str) -> tuple[str, str, str, str]:
    function, is_told, rest = said.partition("=")
    organisation, is_named, words = rest.partition(":")
    name, _, address = words.partition(":")
    if not (is_told and is_named and name):
        raise CommandFailed(
            Exit.USAGE, "PARTY_FORM", f"{said!r} is not FUNCTION=organisation:name[:address]."
        )
    return function.upper(), organisation, name, address


@app.command("amendment")
def amendment(reference: Reference, organisation: As = SELLER, as_json: AsJson = False) -> None:
    """Show the bill that is to take, or took, the place of another."""
    told = Customer.of(Environment.load(), organisation).amendment(reference)
    if as_json:
        show_json(told)
    else:
        show_amendment(told)


@app.command("approve-amendment")
def approve_amendment(
    reference: Reference, organisation: As = SELLER, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Approve the bill that is to take another's place, with your own key."""
    customer = Customer.of(Environment.load(), organisation)
    told = customer.amendment(reference)
    if not yes:
        show_amendment(told)
        if not agreed(
            f"You approve {told['transportDocumentReference']} in the place of {reference}."
        ):
            raise CommandFailed(Exit.USAGE, "NOT_AGREED", "Nothing was signed.")
    approved = customer.approve_amendment(reference)
    if as_json:
        show_json(approved)
    else:
        show_amendment(approved)


@act_of(app, "withdraw", by=SELLER)
def withdraw(hand: Hand, reference: str, surrender: Surrender = "") -> None:
    """Take back a surrender that nobody has answered."""
    hand.says(f"You take the surrender of {reference} back.")
    hand.withdraw_surrender(reference, surrender or hand.pending_surrender(reference))


# --- what is done with banks --------------------------------------------------------------------


@act_of(app, "present", by=SELLER)
def present(
    hand: Hand,
    reference: str,
    to: Bank,
    credit: Annotated[str, typer.Option(help="The credit's reference.")],
    document: Annotated[
        list[Path], typer.Option(help="A document of the set; may be given again.")
    ],
) -> None:
    """Present a bill with its set of documents under a credit."""
    hand.says(f"You present {reference} with {len(document)} documents to {to} under {credit}.")
    hand.present(
        reference, hand.party_of(to), credit, {file.name: read_bytes(file) for file in document}
    )


@act_of(app, "take-up", by=FIRST_BANK)
def take_up(hand: Hand, reference: str) -> None:
    """Take up the documents presented."""
    hand.says(f"You take up the documents presented with {reference}.").take_up(reference)


@act_of(app, "refuse", by=FIRST_BANK)
def refuse(
    hand: Hand,
    reference: str,
    discrepancy: Annotated[
        list[str], typer.Option(help="What is wrong with the documents; may be given again.")
    ],
    endorse_to: EndorseTo = "",
) -> None:
    """Refuse the documents presented; the whole set returns."""
    hand.says(f"You refuse the documents presented with {reference}; the bill returns.")
    hand.refuse_presentation(
        reference, discrepancy, hand.party_of(endorse_to) if endorse_to else None
    )


@act_of(app, "pledge", by=SELLER)
def pledge(hand: Hand, reference: str, to: Bank) -> None:
    """Pledge a bill to a bank, which becomes its possessor."""
    hand.says(f"You pledge {reference} to {to} and give it possession.").pledge(
        reference, hand.party_of(to)
    )


@act_of(app, "release-pledge", by=FIRST_BANK)
def release_pledge(hand: Hand, reference: str) -> None:
    """Give a pledge up; the bill goes back to who pledged it."""
    hand.says(f"You give up your pledge of {reference}.").release_pledge(reference)


@act_of(app, "release-on-trust", by=FIRST_BANK)
def release_on_trust(hand: Hand, reference: str, to: To, until: Moment) -> None:
    """Let a buyer surrender the bill against a trust receipt; the pledge goes on."""
    hand.says(f"You release {reference} to {to} on trust until {until:%Y-%m-%dT%H:%M:%SZ}.")
    hand.release_on_trust(reference, hand.party_of(to), in_utc(until))


@act_of(app, "enforce", by=FIRST_BANK)
def enforce(
    hand: Hand,
    reference: str,
    record: Annotated[Path, typer.Option(help="The record of the default.")],
    defaulted_at: Moment,
) -> None:
    """Take the title of a pledged bill after a recorded default."""
    hand.says(f"You take the title of {reference} after the pledgor's default.")
    hand.enforce(reference, read_bytes(record), in_utc(defaulted_at))
