"""One way to sign and hand in an act from the terminal, whoever acts and whatever the act.

The act is told as a sentence first; it may be shown without being signed, written to a file to
be signed elsewhere, or signed and handed in. Every answer ends with what may be done next.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from onebill_verify.canonical import JsonValue
from onebill_verify.terms import Terms

from onebill_cli.commands.shown import bill_json, show_next_acts
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit, Refused
from onebill_cli.output import say, show_json
from onebill_cli.roles.acts import BankActs
from onebill_cli.roles.destination import (
    AuthorityActs,
    CarriersAgentActs,
    CustomsActs,
    DeliveryAgentActs,
    TerminalActs,
)
from onebill_cli.roles.party import LedgerParty
from onebill_cli.roles.shipper import Customer
from onebill_cli.signing import PreparedAct, prepare_next

Json = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., None])

V1: Final = "v1"

Reference = Annotated[str, typer.Argument(help="The bill's reference.")]
As = Annotated[str, typer.Option("--as", help="Who acts; its key signs.")]
Through = Annotated[
    str,
    typer.Option(
        "--through",
        help="The door: v1, or the member whose ledger service carries it "
        "(operator, carrier, port, partnerport).",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; an act cannot be undone.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be signed, and stop.")]
Prepare = Annotated[
    Path | None,
    typer.Option("--prepare", help="Write the act to this file instead, to be signed elsewhere."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@dataclass(frozen=True, slots=True)
class Manner:
    """How an act is to be done."""

    yes: bool = False
    dry_run: bool = False
    prepare: Path | None = None
    as_json: bool = False


class Hand(
    BankActs[Json],
    DeliveryAgentActs[Json],
    TerminalActs[Json],
    CarriersAgentActs[Json],
    CustomsActs[Json],
    AuthorityActs[Json],
):
    """Somebody at the terminal who may try any act: the law decides, and says why not."""

    def __init__(self, who: Customer | LedgerParty, manner: Manner) -> None:
        """Act as `who`, in a manner."""
        self.who = who
        self.manner = manner
        self._sentence = ""

    @classmethod
    def of(cls, organisation: str, through: str, manner: Manner) -> "Hand":
        """Stand at a door as one organisation."""
        return cls(person(Environment.load(), organisation, through), manner)

    def says(self, sentence: str) -> "Hand":
        """Say in one sentence what the next act will do."""
        self._sentence = sentence
        return self

    def party_of(self, who: str) -> str:
        """Return the party id of an organisation; a party id is its own."""
        return self.who.party_of(who)

    def bill(self, reference: str) -> Json:
        """Ask for a bill, with what may be done next."""
        return seen_by(self.who, reference)

    def record(self, reference: str) -> Json:
        """Ask for the whole record of a bill as the ledger has it."""
        record: Json = json.loads(self.bill(reference)["record"])
        return record

    def pending_surrender(self, reference: str) -> str:
        """Return the reference of the surrender or amendment that is pending or accepted."""
        record = self.record(reference)
        pending = record.get("surrender") or record.get("amendment")
        if not pending:
            raise Refused("SURRENDER_REFERENCE_WRONG", f"{reference} is not surrendered.")
        return str(pending["surrenderRequestReference"])

    def act(
        self,
        reference: str,
        action_code: str,
        *,
        recipient: str | None = None,
        terms: Terms | None = None,
        details: dict[str, JsonValue] | None = None,
    ) -> Json:
        """Do the act in the manner asked for; leaves the program where nothing is sent."""
        if self.manner.dry_run or self.manner.prepare is not None:
            prepared = prepare_next(
                self.who.head(reference),
                self.who.signer.party,
                action_code,
                recipient=recipient,
                terms=terms,
                details=details,
            )
            self._keep(prepared)
            raise typer.Exit(int(Exit.OK))
        if not self.manner.yes and not agreed(self._sentence):
            raise CommandFailed(Exit.USAGE, "NOT_AGREED", "Nothing was signed.")
        self.who.act(reference, action_code, recipient=recipient, terms=terms, details=details)
        return self.report(reference)

    def report(self, reference: str) -> Json:
        """Say where the bill stands after an act, and what may be done next."""
        bill = self.bill(reference)
        show_done(bill, as_json=self.manner.as_json)
        return bill

    def _keep(self, prepared: PreparedAct) -> None:
        if self.manner.prepare is None:
            if self._sentence:
                say(self._sentence)
            show_json({"act": prepared.act.payload(), "details": json.loads(prepared.details)})
            return
        self.manner.prepare.write_text(prepared.text())
        say(
            f"{self.manner.prepare}: {self._sentence} Sign it with: onebill keys sign "
            f"{self.manner.prepare} --key KEY"
        )


def person(environment: Environment, organisation: str, through: str) -> Customer | LedgerParty:
    """Stand at /v1 or at a member's ledger service as one organisation."""
    if through == V1:
        return Customer.of(environment, organisation)
    return LedgerParty(environment, organisation, through)


def seen_by(who: Customer | LedgerParty, reference: str) -> Json:
    """Ask for a bill as one organisation sees it, in /v1's spelling through either door."""
    return who.bill(reference) if isinstance(who, Customer) else bill_json(who.bill(reference))


def act_of(
    app: typer.Typer, name: str, *, by: str, through: str = V1
) -> Callable[[Command], Command]:
    """Make a command of a function `(hand, reference, …its own options)`.

    Every act's command has the same options besides its own; they stand here once.
    """

    def add(command: Command) -> Command:
        def run(**said: Any) -> None:  # noqa: ANN401 - whatever the command's own options are
            manner = Manner(
                said.pop("yes"), said.pop("dry_run"), said.pop("prepare"), said.pop("as_json")
            )
            hand = Hand.of(said.pop("organisation"), said.pop("through"), manner)
            command(hand, said.pop("reference"), **said)

        own = list(inspect.signature(command).parameters.values())[2:]
        common: Mapping[str, tuple[Any, object]] = {
            "organisation": (As, by),
            "through": (Through, through),
            "yes": (Yes, False),
            "dry_run": (DryRun, False),
            "prepare": (Prepare, None),
            "as_json": (AsJson, False),
        }
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            inspect.Parameter("reference", keyword, annotation=Reference),
            *(one.replace(kind=keyword) for one in own),
            *(
                inspect.Parameter(word, keyword, annotation=annotation, default=default)
                for word, (annotation, default) in common.items()
            ),
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # read by typer
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        app.command(name, help=command.__doc__)(run)
        return command

    return add


def in_utc(moment: datetime) -> datetime:
    """Take a time that was spelt with Z for what it is."""
    return moment.replace(tzinfo=UTC)


def show_done(bill: Json, *, as_json: bool) -> None:
    """Say where a bill stands after an act, and what may be done next."""
    if as_json:
        show_json(bill)
        return
    say(
        f"Done: {bill['transportDocumentReference']} is {bill['state']} at act "
        f"{bill['sequence']}, possessor {bill['possessor']}, title "
        f"{bill['titleHolder'] or 'blank'}."
    )
    show_next_acts(bill)


def agreed(sentence: str) -> bool:
    """Ask whether the act that the sentence tells is wanted."""
    say(f"{sentence} This cannot be undone.")
    return typer.confirm("Sign and send?", default=False)
