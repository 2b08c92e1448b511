"""The law of the bill, replayed: law.json says who may do what, law.md what its words mean.

`Bill` knows no clock and no network. What the table calls the contract's alone (conditions of
the gates, other bills on a container, registration of parties that sign nothing) is not judged
here; the peers' endorsements vouch for it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Final

from onebill_verify.act import ISSUE, Act, SignedAct
from onebill_verify.bill import BLANK, Bill, Moved
from onebill_verify.effects import EFFECTS
from onebill_verify.entitlement import ACTORS, RECIPIENTS
from onebill_verify.errors import NotProven
from onebill_verify.evidence import check_approval, receipt_for
from onebill_verify.parties import CLOCK_SECONDS, Signers
from onebill_verify.statements import TAKEN_IN_CHARGE
from onebill_verify.terms import IssueTerms, RejectTransferTerms

_CLOCKS_APART: Final = timedelta(seconds=CLOCK_SECONDS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of law.json: the move that an action code is."""

    states: frozenset[str]
    actor: str
    recipient: str
    to: str
    possession: str
    title: str
    effect: str


def _load() -> tuple[Mapping[str, Row], frozenset[str]]:
    table = json.loads(resources.files(__package__).joinpath("law.json").read_text("utf-8"))
    rows = {
        code: Row(
            states=frozenset(row["from"]),
            actor=row["actor"],
            recipient=row["recipient"],
            to=row["to"],
            possession=row["possession"],
            title=row["title"],
            effect=row["effect"],
        )
        for code, row in table["acts"].items()
    }
    return rows, frozenset(table["terminal"])


LAW, TERMINAL = _load()


def apply(
    bill: Bill | None, signed: SignedAct, at: datetime, channel: str, signers: Signers
) -> Bill:
    """Judge an act whose form is checked, in the order of act.md section 7, and carry it out.

    `bill` is None before ISSUE; otherwise it is changed and returned. `at` is the time of the
    transaction. Raises NotProven with the reason that the contract would give; then nothing is
    changed.
    """
    act = signed.act
    if act.channel != channel:
        raise NotProven("WRONG_CHANNEL", f"made for channel {act.channel!r}")
    signer = signers.signer(act.actor, signed.kid, int(at.timestamp()))
    signed.verify(signer.key)
    if act.action_date_time - at > _CLOCKS_APART:
        raise NotProven("ACT_FROM_THE_FUTURE", f"signed as of {act.action_date_time:%FT%TZ}")
    if act.expiry_date_time < at:
        raise NotProven("ACT_EXPIRED", f"valid until {act.expiry_date_time:%FT%TZ}")
    if bill is not None and at < bill.at:
        raise NotProven("TIME_BEFORE_PREVIOUS", "the act before happened later")
    moved = Moved(signed, at, signers, signer.roles)
    if act.action_code == ISSUE:
        if bill is not None:
            raise NotProven("BILL_EXISTS", f"{bill.reference} was issued before")
        return _issue(moved)
    if bill is None:
        raise NotProven("BILL_UNKNOWN", f"there is no bill {act.transport_document_reference}")
    _follow(bill, moved)
    return bill


def _follow(bill: Bill, moved: Moved) -> None:
    """Judge an act on an existing bill and carry it out."""
    act = moved.act
    row = LAW[act.action_code]
    if act.sequence != bill.sequence + 1:
        raise NotProven("WRONG_SEQUENCE", f"{act.sequence} follows {bill.sequence}")
    if act.previous_act_hash != bill.head_act_hash:
        raise NotProven("WRONG_PREVIOUS_HASH", f"act {act.sequence} follows another act")
    if bill.state in TERMINAL:
        raise NotProven("BILL_CLOSED", f"{bill.reference} is {bill.state}")
    if bill.state not in row.states:
        raise NotProven("WRONG_STATE", f"no {act.action_code} while {bill.state}")
    ACTORS[row.actor](bill, moved)
    RECIPIENTS[row.recipient](bill, act)
    change = EFFECTS[row.effect](bill, moved)
    possessor, title = _moves(bill, row, act)
    if act.actor == bill.possessor:
        bill.memory = None
    change()
    bill.possessor = possessor
    bill.title_holder = title
    bill.state = bill.state if row.to == "SAME" else row.to
    bill.sequence = act.sequence
    bill.head_act_hash = moved.signed.hash
    bill.at = moved.at


def _moves(bill: Bill, row: Row, act: Act) -> tuple[str, str]:
    """Return possessor and title holder after the act."""
    before_possessor, before_title = bill.memory or (bill.possessor, bill.title_holder)
    endorsed = act.terms.endorse_to if isinstance(act.terms, RejectTransferTerms) else None
    recipient = act.recipient or BLANK
    possession = {
        "SAME": bill.possessor,
        "RECIPIENT": recipient,
        "ISSUER": bill.issuer,
        "PREVIOUS": before_possessor,
    }
    title = {
        "SAME": bill.title_holder,
        "RECIPIENT": recipient,
        "PREVIOUS_OR_ENDORSE_TO": endorsed or before_title,
    }
    return possession[row.possession], title[row.title]


def _issue(moved: Moved) -> Bill:
    act, terms = moved.act, moved.act.terms_as(IssueTerms)
    if "OPERATOR" not in moved.roles:
        raise NotProven("ROLE_MISSING", f"{act.actor} is no operator")
    receipts = []
    for container in terms.containers:
        receipt = receipt_for(container.receipt, moved, TAKEN_IN_CHARGE)
        if (
            receipt.carrier != terms.first_carrier
            or receipt.leg_sequence != 1
            or receipt.container_key != container.container_key
        ):
            raise NotProven("RECEIPT_INVALID", "a receipt is not the first carrier's for this box")
        receipts.append(receipt)
    taken = max(receipt.event_date_time for receipt in receipts)
    if taken.date() != terms.taking_in_charge_date:
        raise NotProven("WRONG_DATE", f"taken in charge on {taken:%F}, not on the bill's date")
    check_approval(terms, moved)
    title = terms.consignee or terms.endorsee or BLANK
    return Bill(
        channel=act.channel,
        reference=act.transport_document_reference,
        issuer=act.actor,
        terms=terms,
        possessor=act.recipient or BLANK,
        title_holder=title,
        title_on_receipt=title,
        state=LAW[ISSUE].to,
        taken_in_charge=taken,
        sequence=act.sequence,
        head_act_hash=moved.signed.hash,
        at=moved.at,
    )
