"""The law of the bill, replayed: law.json says who may do what, law.md what its words mean.

`Bill` knows no clock and no network. What the table calls the contract's alone (conditions of
the gates, other bills on a container, registration of parties that sign nothing) is not judged
here; the peers' endorsements vouch for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from onebill_verify.act import ISSUE, Act, SignedAct
from onebill_verify.bill import BLANK, Bill, Memory, Moved
from onebill_verify.countersignature import check_countersigned
from onebill_verify.effects import EFFECTS
from onebill_verify.entitlement import ACTORS, RECIPIENTS
from onebill_verify.errors import NotProven
from onebill_verify.evidence import check_approval, receipt_for
from onebill_verify.parties import CLOCK_SECONDS, Signers
from onebill_verify.statements import TAKEN_IN_CHARGE
from onebill_verify.table import law_table
from onebill_verify.terms import IssueTerms, OrderTerms, RejectTransferTerms

_CLOCKS_APART: Final = timedelta(seconds=CLOCK_SECONDS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of law.json: the move that an action code is."""

    states: frozenset[str]
    states_of_sea_waybill: frozenset[str]
    actor: str
    recipient: str
    to: str
    possession: str
    title: str
    effect: str


@dataclass(frozen=True, slots=True)
class Restriction:
    """Something that lasts and leaves only some acts possible, with the reason otherwise."""

    holds: Callable[[Bill], bool]
    reason: str
    acts: frozenset[str]


_CONDITIONS: Final[Mapping[str, tuple[Callable[[Bill], bool], str]]] = {
    "ORDERED": (lambda bill: bool(bill.orders), "ORDER_IN_FORCE"),
    "PRESENTED": (lambda bill: bill.presentation is not None, "PRESENTATION_OPEN"),
    "PLEDGED": (
        lambda bill: bill.pledge is not None and bill.pledge.trustee is None,
        "BILL_PLEDGED",
    ),
    "ON_TRUST": (
        lambda bill: bill.pledge is not None and bill.pledge.trustee is not None,
        "BILL_PLEDGED",
    ),
}


def _load() -> tuple[Mapping[str, Row], frozenset[str], tuple[Restriction, ...]]:
    table = law_table()
    rows = {
        code: Row(
            states=frozenset(row["from"]),
            states_of_sea_waybill=frozenset(row.get("fromSeaWaybill", ())),
            actor=row["actor"],
            recipient=row["recipient"],
            to=row["to"],
            possession=row["possession"],
            title=row["title"],
            effect=row["effect"],
        )
        for code, row in table["acts"].items()
    }
    restrictions = tuple(
        Restriction(*_CONDITIONS[one["condition"]], frozenset(one["acts"]))
        for one in table["while"]
    )
    return rows, frozenset(table["terminal"]), restrictions


LAW, TERMINAL, RESTRICTIONS = _load()


def apply(
    bill: Bill | None,
    signed: SignedAct,
    at: datetime,
    channel: str,
    signers: Signers,
    countersignature: str | None = None,
) -> Bill:
    """Judge an act whose form is checked, in the order of act.md section 7, and carry it out.

    `bill` is None before ISSUE; otherwise it is changed and returned. `at` is the time of the
    transaction, `countersignature` the second argument of it, if it has one. Raises NotProven
    with the reason that the contract would give; then nothing is changed.
    """
    act = signed.act
    if act.channel != channel:
        raise NotProven("WRONG_CHANNEL", f"made for channel {act.channel!r}")
    signer = signers.signer(act.actor, signed.kid, int(at.timestamp()))
    signed.verify(signer.key)
    check_countersigned(signed, countersignature, signer.approvers)
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
    is_sea_waybill = bill.terms.transport_document_type_code == "SWB"
    if bill.state not in row.states and not (
        is_sea_waybill and bill.state in row.states_of_sea_waybill
    ):
        raise NotProven("WRONG_STATE", f"no {act.action_code} while {bill.state}")
    for restriction in RESTRICTIONS:
        if restriction.holds(bill) and act.action_code not in restriction.acts:
            raise NotProven(restriction.reason, f"no {act.action_code} as the bill stands")
    ACTORS[row.actor](bill, moved)
    RECIPIENTS[row.recipient](bill, act)
    change = EFFECTS[row.effect](bill, moved)
    possessor, title = _moves(bill, row, act)
    if act.actor == bill.possessor:
        bill.memory = None
    change()
    if possessor != bill.possessor or row.possession == "ACTOR":
        bill.title_on_receipt = title
        bill.unendorsable_on_receipt = bill.unendorsable
    bill.possessor = possessor
    bill.title_holder = title
    bill.state = _state_after(bill, row)
    bill.sequence = act.sequence
    bill.head_act_hash = moved.signed.hash
    bill.at = moved.at


def _state_after(bill: Bill, row: Row) -> str:
    if row.to == "SAME":
        return bill.state
    if row.to == "SURRENDERED":
        return bill.state.replace("PENDING_SURRENDER", "SURRENDERED")
    return row.to


def _moves(bill: Bill, row: Row, act: Act) -> tuple[str, str]:
    """Return possessor and title holder after the act."""
    before = bill.presentation or bill.memory or Memory(bill.possessor, bill.title_holder)
    endorsed = act.terms.endorse_to if isinstance(act.terms, RejectTransferTerms) else None
    ordered = act.terms.to if isinstance(act.terms, OrderTerms) else None
    pledgor = bill.possessor
    if bill.pledge is not None and bill.state == "ISSUED":
        pledgor = bill.pledge.pledgor if bill.possessor == bill.pledge.pledgee else pledgor
    recipient = act.recipient or BLANK
    possession = {
        "SAME": bill.possessor,
        "RECIPIENT": recipient,
        "ISSUER": bill.issuer,
        "PREVIOUS": before.possessor,
        "ACTOR": act.actor,
        "PLEDGOR": pledgor,
        "ORDERED": ordered or bill.possessor,
    }
    title = {
        "SAME": bill.title_holder,
        "RECIPIENT": recipient,
        "ACTOR": act.actor,
        "BLANK": BLANK,
        "PREVIOUS_OR_ENDORSE_TO": endorsed or before.title_holder,
    }
    return possession[row.possession], title[row.title]


def _issue(moved: Moved) -> Bill:
    act, terms = moved.act, moved.act.terms_as(IssueTerms)
    if "OPERATOR" not in moved.roles:
        raise NotProven("ROLE_MISSING", f"{act.actor} is no operator")
    receipts = []
    for container in terms.containers:
        receipt = receipt_for(container.receipt, moved, TAKEN_IN_CHARGE, terms)
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
