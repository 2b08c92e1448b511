"""What an act asks beyond its actor, and what it leaves behind: law.json's column effect.

law.md, section 6. Each function judges first and returns the change, which is carried out only
when everything is judged, so that a refused act leaves no trace.
"""

from collections.abc import Callable, Mapping
from typing import Final

from onebill_verify.bill import Bill, Moved, Surrender
from onebill_verify.entitlement import demand
from onebill_verify.errors import NotProven
from onebill_verify.evidence import receipt_for
from onebill_verify.statements import LOADED_ON_BOARD
from onebill_verify.terms import (
    AccomplishTerms,
    ConfirmPaymentTerms,
    HoldTerms,
    NoteOnBoardTerms,
    RejectTransferTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
)

Change = Callable[[], None]


def _nothing(bill: Bill, moved: Moved) -> Change:
    return lambda: None


def _note_on_board(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(NoteOnBoardTerms)
    if terms.leg_sequence in bill.noted_legs:
        raise NotProven("ALREADY_NOTED", f"leg {terms.leg_sequence} is noted already")
    missing = {container.container_key for container in bill.terms.containers}
    carriers = set()
    for token in terms.receipts:
        receipt = receipt_for(token, moved, LOADED_ON_BOARD)
        carriers.add(receipt.carrier)
        if (
            receipt.leg_sequence != terms.leg_sequence
            or receipt.container_key not in missing
            or receipt.event_date_time < bill.taken_in_charge
            or len(carriers) > 1
        ):
            raise NotProven("RECEIPT_INVALID", "a receipt is not the sea carrier's for this box")
        missing.remove(receipt.container_key)
    if missing:
        raise NotProven("RECEIPT_MISSING", f"{len(missing)} containers have no receipt")
    return lambda: bill.noted_legs.add(terms.leg_sequence)


def _remember_previous(bill: Bill, moved: Moved) -> Change:
    gave_title_too = bill.title_holder == moved.act.recipient
    title = bill.title_on_receipt if gave_title_too else bill.title_holder

    def change() -> None:
        bill.memory = (bill.possessor, title)
        bill.title_on_receipt = bill.title_holder

    return change


def _forget_previous(bill: Bill, moved: Moved) -> Change:
    terms, actor = moved.act.terms_as(RejectTransferTerms), moved.act.actor
    restored = bill.memory[1] if bill.memory else bill.title_holder
    if terms.endorse_to is not None:
        if not bill.terms.is_to_order:
            raise NotProven("NOT_NEGOTIABLE", "only a bill to order is endorsed")
        had_title = actor == bill.title_holder == restored
        demand(had_title, "NOT_TITLE_HOLDER", moved, "title holder since before the transfer")
        if terms.endorse_to == actor:
            raise NotProven("RECIPIENT_IS_ACTOR", f"{actor} would endorse to itself")
        restored = terms.endorse_to

    def change() -> None:
        bill.memory = None
        bill.title_on_receipt = restored

    return change


def _surrender(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(SurrenderTerms)
    reference = terms.surrender_request_reference
    if reference in bill.surrender_references:
        raise NotProven("SURRENDER_REFERENCE_USED", f"{reference} was used before")

    def change() -> None:
        bill.surrender_references.add(reference)
        bill.surrender = Surrender(reference, terms.deliver_to, terms.pick_up_party)

    return change


def _answer_surrender(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(SurrenderAnswerTerms)
    pending = bill.surrender
    if pending is None or pending.reference != terms.surrender_request_reference:
        raise NotProven("SURRENDER_REFERENCE_WRONG", "another surrender is pending")

    def change() -> None:
        if moved.act.action_code == "REJECT_SURRENDER":
            bill.surrender = None

    return change


def _confirm_payment(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(ConfirmPaymentTerms)
    if terms.of in bill.payments:
        raise NotProven("ALREADY_CONFIRMED", f"{terms.of} is confirmed already")
    return lambda: bill.payments.add(terms.of)


def _release_master(bill: Bill, moved: Moved) -> Change:
    if bill.master_released:
        raise NotProven("ALREADY_CONFIRMED", "the master document is released already")

    def change() -> None:
        bill.master_released = True

    return change


def _release_customs(bill: Bill, moved: Moved) -> Change:
    actor = moved.act.actor
    if actor in bill.customs_released:
        raise NotProven("ALREADY_CONFIRMED", f"{actor} released already")
    return lambda: bill.customs_released.add(actor)


def _hold(bill: Bill, moved: Moved) -> Change:
    terms, actor = moved.act.terms_as(HoldTerms), moved.act.actor
    if terms.hold_reference in bill.holds:
        raise NotProven("HOLD_EXISTS", f"a hold {terms.hold_reference} is live already")

    def change() -> None:
        bill.holds[terms.hold_reference] = actor

    return change


def _lift_hold(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(HoldTerms)

    def change() -> None:
        del bill.holds[terms.hold_reference]

    return change


def _gate_one(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(ReleaseTerminalTerms)
    if terms.pass_hash in bill.passes:
        raise NotProven("PASS_USED", "this pass was given out before")
    keys = {container.container_key for container in bill.terms.containers}
    if not keys.issuperset(terms.container_keys):
        raise NotProven("PASS_WRONG", "a pass names a container of another bill")
    if terms.valid_until <= moved.act.action_date_time:
        raise NotProven("PASS_WRONG", "a pass ends before it is given out")

    def change() -> None:
        bill.passes.add(terms.pass_hash)
        bill.live_pass = terms.pass_hash

    return change


def _gate_two(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(AccomplishTerms)
    if terms.pass_hash != bill.live_pass:
        raise NotProven("PASS_WRONG", "handed out on another pass than that of the last release")
    return lambda: None


EFFECTS: Final[Mapping[str, Callable[[Bill, Moved], Change]]] = {
    "NOTE_ON_BOARD": _note_on_board,
    "REMEMBER_PREVIOUS": _remember_previous,
    "FORGET_PREVIOUS": _forget_previous,
    "OWN_ACT": _nothing,
    "SURRENDER": _surrender,
    "ANSWER_SURRENDER": _answer_surrender,
    "CONFIRM_PAYMENT": _confirm_payment,
    "RELEASE_MASTER": _release_master,
    "RELEASE_CUSTOMS": _release_customs,
    "HOLD": _hold,
    "LIFT_HOLD": _lift_hold,
    "GATE_ONE": _gate_one,
    "GATE_TWO": _gate_two,
}
