"""`onebill gate …`: the two gates as lights, who turns each one, the pass, the gate's book."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import segno
import typer
from onebill_verify import NotProven, PublicKey
from onebill_verify.pick_up import PickUpPass

from onebill_cli.commands.agent import ABROAD
from onebill_cli.commands.hands import (
    As,
    AsJson,
    Hand,
    Reference,
    Through,
    act_of,
    person,
    seen_by,
)
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit, Refused
from onebill_cli.files import read_text
from onebill_cli.gate_book import Arrival, Book, locked, refresh, spell
from onebill_cli.output import note, say, show_json
from onebill_cli.pictures import is_picture, read_qr_code
from onebill_cli.roles.cast import CUSTOMS, DELIVERY_AGENT, HAULIER_DESTINATION, TERMINAL
from onebill_cli.roles.party import PARTY
from onebill_cli.roles.yard import Yard
from onebill_cli.signing import now

app = typer.Typer(help="The two gates, the pick-up pass, the gate's book.", no_args_is_help=True)

BOOK: Final = Path("gate.json")
HoldReference = Annotated[str, typer.Option("--reference", help="The hold's own reference.")]
BookFile = Annotated[Path, typer.Option("--book", help="The gate's book.")]
PassText = Annotated[
    str,
    typer.Argument(help="The pass as its QR code says it, its file, or a picture of the code."),
]


@app.command("lights")
def lights(
    reference: Reference,
    organisation: As = DELIVERY_AGENT,
    through: Through = ABROAD,
    as_json: AsJson = False,
) -> None:
    """Show both gates; leaves with 1 while gate one is closed."""
    gates = seen_by(person(Environment.load(), organisation, through), reference)["gates"]
    if as_json:
        show_json(gates)
    else:
        _show("Gate one, out of the terminal", gates["terminalRelease"])
        _show("Gate two, to the receiver", gates["delivery"])
    if not all(light["isMet"] for light in gates["terminalRelease"]):
        raise typer.Exit(int(Exit.REFUSED))


@act_of(app, "release", by=DELIVERY_AGENT, through=ABROAD)
def release(
    hand: Hand,
    reference: str,
    container: Annotated[list[str], typer.Option(help="A container; may be given again.")],
    haulier: Annotated[str, typer.Option(help="Who may fetch it.")] = HAULIER_DESTINATION,
    plate: Annotated[str, typer.Option(help="Its truck, where known already.")] = "",
    hours: Annotated[int, typer.Option(min=1, max=24 * 14, help="How long it is valid.")] = 48,
    out: Annotated[Path, typer.Option(help="Where the pass goes; its QR code beside it.")] = Path(
        "pass.txt"
    ),
) -> None:
    """Open gate one and write the pass for the haulier, with its QR code."""
    record = hand.record(reference)
    try:
        drawn = hand.make_pass(
            record,
            hand.party_of(haulier),
            container,
            valid_for=timedelta(hours=hours),
            plate=plate or None,
        )
        PickUpPass.parse(drawn.text)
    except NotProven as fault:
        raise CommandFailed(Exit.USAGE, fault.reason, f"{fault.message}.") from fault
    if not hand.manner.dry_run:
        # Kept before the act is sent: a release whose pass is lost helps nobody.
        write_pass(drawn, out)
    hand.says(f"You release {', '.join(container)} under {reference} to {haulier}.")
    hand.release_terminal(record, drawn)
    note(f"{out}: the pass, single use, until {spell(drawn.statement.valid_until)}")


@act_of(app, "confirm-terminal-charges", by=TERMINAL, through=ABROAD)
def confirm_terminal_charges(hand: Hand, reference: str) -> None:
    """Say that the terminal's charges are secured (the terminal)."""
    hand.says(f"You confirm the terminal's charges for {reference}.").confirm_charges(reference)


@act_of(app, "customs-release", by=CUSTOMS, through=ABROAD)
def customs_release(hand: Hand, reference: str) -> None:
    """Let the goods move (customs)."""
    hand.says(f"You let the goods of {reference} move.").release(reference)


@act_of(app, "hold", by=CUSTOMS, through=ABROAD)
def hold(hand: Hand, reference: str, hold_reference: HoldReference) -> None:
    """Hold the goods (customs)."""
    hand.says(f"You hold the goods of {reference} under {hold_reference}.")
    hand.hold(reference, hold_reference)


@act_of(app, "lift-hold", by=CUSTOMS, through=ABROAD)
def lift_hold(hand: Hand, reference: str, hold_reference: HoldReference) -> None:
    """Lift a hold that this office placed (customs)."""
    hand.says(f"You lift hold {hold_reference} on {reference}.")
    hand.lift_hold(reference, hold_reference)


@act_of(app, "deliver", by=DELIVERY_AGENT, through=ABROAD)
def deliver(
    hand: Hand,
    reference: str,
    carried: Annotated[str, typer.Option("--pass", help="The pass, its file or its picture.")],
    received_by: Annotated[str, typer.Option(help="Who signed for the goods.")],
    seal: Annotated[list[str], typer.Option(help="A seal seen at the door; may be given again.")],
) -> None:
    """Open gate two with the proof of delivery; the bill is accomplished."""
    record = hand.record(reference)
    receiver = (record.get("surrender") or {}).get("deliverTo") or record.get("consignee", "")
    hand.says(f"You deliver the goods of {reference} to {receiver}; the bill ends here.")
    hand.accomplish(
        reference, receiver, _parse(carried), seal_numbers=seal, received_by=received_by
    )


# --- the pass -----------------------------------------------------------------------------------


@app.command("hand-on")
def hand_on(
    carried: PassText,
    organisation: Annotated[str, typer.Option("--as", help="The haulier that has it.")],
    to: Annotated[str, typer.Option(help="The haulier that gets it; itself names its truck.")],
    plate: Annotated[str, typer.Option(help="The truck that comes.")] = "",
    through: Through = "carrier",
    out: Annotated[Path, typer.Option(help="Where the pass goes.")] = Path("pass.txt"),
) -> None:
    """Hand a pass on to another haulier, or name the truck; the haulier's key signs."""
    environment = Environment.load()
    who = Yard(environment, organisation, through)
    receiver = who.registered(to)
    try:
        handed = _parse(carried).hand_on(
            environment.act_key(organisation),
            receiver.party,
            PublicKey.from_jwk(json.loads(receiver.public_key)),
            now(),
            plate or None,
        )
    except NotProven as fault:
        raise Refused(fault.reason, f"{fault.message}.") from fault
    write_pass(handed, out)
    say(f"{out}: the pass is {to}'s now" + (f", for {handed.plate}." if handed.plate else "."))


@app.command("sync")
def sync(
    book: BookFile = BOOK,
    organisation: As = TERMINAL,
    through: Through = ABROAD,
) -> None:
    """Look at the ledger and write what the gate has to know when there is no line."""
    yard = Yard(Environment.load(), organisation, through)
    at = now()
    with locked(book):
        known = Book.read(book) if book.exists() else Book(yard.party, at, at)
        if known.terminal != yard.party:
            raise Refused("BOOK_OF_ANOTHER", f"{book} is another terminal's book.")
        refresh(known, yard)
        known.write(book)
    live = sum(1 for one in known.releases.values() if one.pass_hash)
    say(f"{book}: {live} releases as of {spell(known.as_of)}")


@app.command("check")
def check(
    carried: PassText,
    plate: Annotated[str, typer.Option(help="The truck's plate.")],
    container: Annotated[str, typer.Option(help="The container that it wants.")],
    haulier: Annotated[str, typer.Option(help="Whose driver it is, a party id.")] = "",
    book: BookFile = BOOK,
    as_json: AsJson = False,
) -> None:
    """Check a pass without a line, and write down that it was used."""
    if haulier and not PARTY.fullmatch(haulier):
        raise CommandFailed(Exit.USAGE, "PARTY_FORM", "--haulier is a party id.")
    text = _text(carried)
    with locked(book):
        known = Book.read(book)
        admitted = known.admit(text, Arrival(plate, container, now(), haulier))
        known.write(book)
    if as_json:
        show_json(
            {
                "transportDocumentReference": admitted.reference,
                "haulier": admitted.haulier,
                "plate": admitted.plate,
                "equipmentReference": admitted.container,
                "asOf": spell(admitted.as_of),
            }
        )
        return
    say(
        f"[bold green]Open.[/bold green] {admitted.plate} takes {admitted.container} out, "
        f"as the ledger stood at {spell(admitted.as_of)}."
    )


def write_pass(carried: PickUpPass, out: Path) -> None:
    """Write a pass as text, and its QR code beside it as a picture."""
    out.write_text(carried.text + "\n")
    segno.make(carried.text, error="l", micro=False).save(str(out.with_suffix(".png")), scale=4)


def _parse(carried: str) -> PickUpPass:
    try:
        return PickUpPass.parse(_text(carried))
    except NotProven as fault:
        raise Refused(fault.reason, f"This is no pass: {fault.message}.") from fault


def _text(carried: str) -> str:
    # A path is short and a pass is long; a scanner types the pass itself.
    named = Path(carried) if len(carried) < 200 else None  # noqa: PLR2004
    if named is not None and is_picture(named):
        return read_qr_code(named)
    return read_text(named) if named is not None and named.exists() else carried


def _show(title: str, conditions: list[dict[str, Any]]) -> None:
    say(f"[bold]{title}[/bold]")
    for light in conditions:
        mark = "[green]●[/green] yes" if light["isMet"] else "[red]●[/red] no "
        waits = "" if light["isMet"] else f"  waits for {light['waitsFor']}"
        say(f"  {mark}  {light['name']}{waits}")
