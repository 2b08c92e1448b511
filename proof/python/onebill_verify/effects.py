"""What an act asks beyond its actor, and what it leaves behind: law.json's column effect.

law.md, section 6. Each function judges first and returns the change, which is carried out only
when everything is judged, so that a refused act leaves no trace.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from onebill_verify.bill import BLANK, Amendment, Bill, Memory, Moved, Pledge, Surrender
from onebill_verify.entitlement import demand
from onebill_verify.errors import NotProven
from onebill_verify.evidence import receipt_for
from onebill_verify.statements import LOADED_ON_BOARD
from onebill_verify.terms import (
    AccomplishTerms,
    AmendmentTerms,
    ConfirmPaymentTerms,
    EnforceTerms,
    HoldTerms,
    NoteOnBoardTerms,
    OrderTerms,
    RejectTransferTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
    TrustTerms,
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
        receipt = receipt_for(token, moved, LOADED_ON_BOARD, bill.terms)
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


def previous(bill: Bill, recipient: str | None) -> Memory:
    """Return what the recipient restores by sending the bill straight back.

    Where the giver also endorsed to the recipient, both go back.
    """
    if bill.title_holder == recipient:
        return Memory(bill.possessor, bill.title_on_receipt, bill.unendorsable_on_receipt)
    return Memory(bill.possessor, bill.title_holder, bill.unendorsable)


def _remember_previous(bill: Bill, moved: Moved) -> Change:
    memory = previous(bill, moved.act.recipient)

    def change() -> None:
        bill.memory = memory

    return change


def _last_endorsement(bill: Bill, moved: Moved) -> Change:
    def change() -> None:
        bill.unendorsable = True

    return change


def _check_endorse_to(bill: Bill, moved: Moved, restored: Memory) -> None:
    terms, actor = moved.act.terms_as(RejectTransferTerms), moved.act.actor
    if terms.endorse_to is None:
        return
    if not bill.terms.is_to_order:
        raise NotProven("NOT_NEGOTIABLE", "only a bill to order is endorsed")
    had_title = actor == bill.title_holder == restored.title_holder
    demand(had_title, "NOT_TITLE_HOLDER", moved, "title holder since before the transfer")
    if restored.unendorsable:
        raise NotProven("NOT_ENDORSABLE", f"{actor} is endorsee by name")
    if terms.endorse_to == actor:
        raise NotProven("RECIPIENT_IS_ACTOR", f"{actor} would endorse to itself")


def _forget_previous(bill: Bill, moved: Moved) -> Change:
    restored = bill.memory
    if restored is None:
        raise NotProven("NOTHING_TO_REJECT", "the possessor accepted the bill by its own act")
    _check_endorse_to(bill, moved, restored)

    def change() -> None:
        bill.memory = None
        bill.unendorsable = restored.unendorsable

    return change


def _present(bill: Bill, moved: Moved) -> Change:
    memory = previous(bill, moved.act.recipient)

    def change() -> None:
        bill.presentation = memory

    return change


def _take_up(bill: Bill, moved: Moved) -> Change:
    def change() -> None:
        bill.presentation = None

    return change


def _refuse_presentation(bill: Bill, moved: Moved) -> Change:
    restored = bill.presentation
    if restored is None:
        raise NotProven("NOTHING_PRESENTED", "nothing is presented to anyone")
    _check_endorse_to(bill, moved, restored)

    def change() -> None:
        bill.presentation = None
        bill.unendorsable = restored.unendorsable

    return change


def _pledge(bill: Bill, moved: Moved) -> Change:
    act = moved.act
    pledge = Pledge(act.recipient or BLANK, act.actor, act.action_date_time)

    def change() -> None:
        bill.pledge = pledge

    return change


def _end_pledge(bill: Bill, moved: Moved) -> Change:
    def change() -> None:
        bill.pledge = None

    return change


def _release_on_trust(bill: Bill, moved: Moved) -> Change:
    terms, act, pledge = moved.act.terms_as(TrustTerms), moved.act, bill.pledge
    if pledge is None or terms.until <= act.action_date_time:
        raise NotProven("TRUST_ENDED", "the trust ends before it begins")

    def change() -> None:
        bill.pledge = replace(pledge, trustee=act.recipient, until=terms.until)

    return change


def _enforce(bill: Bill, moved: Moved) -> Change:
    terms, pledge = moved.act.terms_as(EnforceTerms), bill.pledge
    at = terms.default_date_time
    if pledge is None or not pledge.since <= at <= moved.act.action_date_time:
        raise NotProven("DEFAULT_NOT_RECORDED", "the default is not one of this pledge")
    return _end_pledge(bill, moved)


def _surrender(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms
    if isinstance(terms, AmendmentTerms):
        asked = terms.surrender_request_reference
    else:
        asked = moved.act.terms_as(SurrenderTerms).surrender_request_reference
    if asked in bill.surrender_references:
        raise NotProven("SURRENDER_REFERENCE_USED", f"{asked} was used before")
    until = bill.pledge.until if bill.pledge is not None else None
    if until is not None and moved.act.action_date_time > until:
        raise NotProven("TRUST_ENDED", "the trust ended before the surrender")

    def change() -> None:
        bill.surrender_references.add(asked)
        if isinstance(terms, AmendmentTerms):
            bill.amendment = Amendment(asked, terms.reason_code)
        elif isinstance(terms, SurrenderTerms):
            bill.surrender = Surrender(asked, terms.deliver_to, terms.pick_up_party)

    return change


def _answer_surrender(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(SurrenderAnswerTerms)
    for_amendment = bill.state == "PENDING_SURRENDER_FOR_AMENDMENT"
    pending = bill.amendment if for_amendment else bill.surrender
    if pending is None or pending.reference != terms.surrender_request_reference:
        raise NotProven("SURRENDER_REFERENCE_WRONG", "another surrender is pending")

    def change() -> None:
        if moved.act.action_code != "ACCEPT_SURRENDER":
            bill.surrender = bill.amendment = None

    return change


def _end(bill: Bill, moved: Moved) -> Change:
    to_paper = bill.amendment is not None and bill.amendment.reason_code == "SWTP"
    if to_paper != (moved.act.action_code == "SWITCH_TO_PAPER"):
        raise NotProven("AMENDMENT_WRONG", "the bill was surrendered for something else")
    _check_may_end(bill)
    return lambda: None


def _check_may_end(bill: Bill) -> None:
    if bill.holds:
        raise NotProven("HOLD_IN_FORCE", f"hold {min(bill.holds)} is not lifted")
    _check_not_delivered(bill)


def _check_not_delivered(bill: Bill) -> None:
    if bill.delivered_against_indemnity:
        raise NotProven("DELIVERED_AGAINST_INDEMNITY", "the goods are gone, without the bill")


def _indemnity(bill: Bill, moved: Moved) -> Change:
    _check_may_end(bill)

    def change() -> None:
        bill.delivered_against_indemnity = True

    return change


def _order(bill: Bill, moved: Moved) -> Change:
    terms, actor = moved.act.terms_as(OrderTerms), moved.act.actor
    made_by = bill.orders.get(terms.order_reference)
    if terms.order == "HOLD_ALL":
        if made_by is not None:
            raise NotProven("ORDER_EXISTS", f"an order {terms.order_reference} is live already")
    elif terms.order == "LIFT":
        if made_by is None:
            raise NotProven("ORDER_UNKNOWN", f"no order {terms.order_reference} is live")
        demand(made_by == actor, "NOT_AUTHORITY", moved, "who made the order")
    elif bill.state != "ISSUED":
        raise NotProven("WRONG_STATE", f"no possession is moved by order while {bill.state}")
    elif terms.to == bill.possessor:
        raise NotProven("RECIPIENT_WRONG", f"{terms.to} possesses the bill already")

    def change() -> None:
        if terms.order == "HOLD_ALL":
            bill.orders[terms.order_reference] = actor
        elif terms.order == "LIFT":
            del bill.orders[terms.order_reference]
        else:
            bill.memory = bill.presentation = None

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
    _check_not_delivered(bill)

    def change() -> None:
        bill.passes.add(terms.pass_hash)
        bill.live_pass = terms.pass_hash

    return change


def _gate_two(bill: Bill, moved: Moved) -> Change:
    terms = moved.act.terms_as(AccomplishTerms)
    if terms.pass_hash != bill.live_pass:
        raise NotProven("PASS_WRONG", "handed out on another pass than that of the last release")
    _check_not_delivered(bill)
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
    "LAST_ENDORSEMENT": _last_endorsement,
    "PRESENT": _present,
    "TAKE_UP": _take_up,
    "REFUSE_PRESENTATION": _refuse_presentation,
    "PLEDGE": _pledge,
    "RELEASE_PLEDGE": _end_pledge,
    "RELEASE_ON_TRUST": _release_on_trust,
    "ENFORCE": _enforce,
    "VOID": _end,
    "SWITCH_TO_PAPER": _end,
    "ORDER": _order,
    "INDEMNITY": _indemnity,
}
