"""Who may do an act, and to whom: the words of law.json's columns actor and recipient.

law.md, sections 3 and 4. Nothing here changes a bill.
"""

from collections.abc import Callable, Mapping
from typing import Final

from onebill_verify.act import Act
from onebill_verify.bill import BLANK, Bill, Moved
from onebill_verify.errors import NotProven
from onebill_verify.terms import ConfirmPaymentTerms, HoldTerms


def demand(holds: bool, reason: str, moved: Moved, what: str) -> None:  # noqa: FBT001 - the question itself
    """Raise NotProven with the reason unless it holds that the actor is this."""
    if not holds:
        raise NotProven(reason, f"{moved.act.actor} is not {what}: no {moved.act.action_code}")


def _issuer(bill: Bill, moved: Moved) -> None:
    demand(moved.act.actor == bill.issuer, "NOT_ISSUER", moved, "the issuer")


def _possessor(bill: Bill, moved: Moved) -> None:
    demand(moved.act.actor == bill.possessor, "NOT_POSSESSOR", moved, "the possessor")


def _possessor_who_may_reject(bill: Bill, moved: Moved) -> None:
    _possessor(bill, moved)
    if bill.memory is None:
        raise NotProven("NOTHING_TO_REJECT", "the possessor accepted the bill by its own act")


def _endorser(bill: Bill, moved: Moved) -> None:
    if not bill.terms.is_to_order:
        raise NotProven("NOT_NEGOTIABLE", "only a bill to order is endorsed")
    _possessor(bill, moved)
    holds_title = bill.title_holder in (BLANK, moved.act.actor)
    demand(holds_title, "NOT_TITLE_HOLDER", moved, "the title holder")
    if bill.unendorsable:
        raise NotProven("NOT_ENDORSABLE", f"{bill.title_holder} is endorsee by name")


def _entitled_possessor(bill: Bill, moved: Moved) -> None:
    _possessor(bill, moved)
    actor, terms = moved.act.actor, bill.terms
    if terms.transport_document_type_code == "SWB":
        entitled = False
    elif not terms.is_to_order:
        entitled = actor in (terms.shipper, terms.consignee)
    elif bill.pledge is not None and bill.pledge.trustee == actor:
        entitled = True
    else:
        entitled = bill.title_holder in (BLANK, actor)
    demand(entitled, "NOT_ENTITLED_TO_SURRENDER", moved, "entitled to demand delivery")


def _entitled_to_amend(bill: Bill, moved: Moved) -> None:
    terms = bill.terms
    if terms.transport_document_type_code == "SWB" and moved.act.actor == terms.shipper:
        _possessor(bill, moved)
    else:
        _entitled_possessor(bill, moved)


def _who_answers_surrender(bill: Bill, moved: Moved) -> None:
    if bill.state == "PENDING_SURRENDER_FOR_AMENDMENT":
        _issuer(bill, moved)
    else:
        _issuer_or_delivery_agent(bill, moved)


def _presentee(bill: Bill, moved: Moved) -> None:
    if bill.presentation is None:
        raise NotProven("NOTHING_PRESENTED", "nothing is presented to anyone")
    _possessor(bill, moved)


def _pledgee(bill: Bill, moved: Moved) -> None:
    is_pledgee = bill.pledge is not None and moved.act.actor == bill.pledge.pledgee
    demand(is_pledgee, "NOT_PLEDGEE", moved, "the pledgee")


def _pledgee_in_possession(bill: Bill, moved: Moved) -> None:
    _pledgee(bill, moved)
    _possessor(bill, moved)


def _authority_or_court(bill: Bill, moved: Moved) -> None:
    may_order = "AUTHORITY" in moved.roles or "COURT" in moved.roles
    demand(may_order, "NOT_AUTHORITY", moved, "authority or court")


def _issuer_or_delivery_agent(bill: Bill, moved: Moved) -> None:
    named = (bill.issuer, bill.terms.delivery_agent)
    demand(moved.act.actor in named, "NOT_DELIVERY_AGENT", moved, "issuer or delivery agent")


def _issuer_or_terminal(bill: Bill, moved: Moved) -> None:
    terms = moved.act.terms_as(ConfirmPaymentTerms)
    if terms.of == "TERMINAL":
        is_terminal = moved.act.actor == bill.terms.terminal
        demand(is_terminal, "NOT_TERMINAL", moved, "the terminal of the bill")
    else:
        _issuer(bill, moved)


def _carriers_agent(bill: Bill, moved: Moved) -> None:
    is_agent = moved.act.actor == bill.terms.carriers_agent
    demand(is_agent, "NOT_CARRIERS_AGENT", moved, "the sea carrier's agent")


def _customs(bill: Bill, moved: Moved) -> None:
    demand(moved.act.actor in bill.terms.customs, "NOT_CUSTOMS", moved, "customs of the bill")


def _customs_or_port(bill: Bill, moved: Moved) -> None:
    may_hold = "CUSTOMS" in moved.roles or "PORT" in moved.roles
    demand(may_hold, "NOT_HOLD_AUTHORITY", moved, "customs or port")


def _who_placed_the_hold(bill: Bill, moved: Moved) -> None:
    terms = moved.act.terms_as(HoldTerms)
    placed_by = bill.holds.get(terms.hold_reference)
    if placed_by is None:
        raise NotProven("HOLD_UNKNOWN", f"no hold {terms.hold_reference} is live")
    demand(moved.act.actor == placed_by, "NOT_HOLD_AUTHORITY", moved, "who placed the hold")


def _delivery_agent(bill: Bill, moved: Moved) -> None:
    is_agent = moved.act.actor == bill.terms.delivery_agent
    demand(is_agent, "NOT_DELIVERY_AGENT", moved, "the delivery agent of the bill")


def _by_form(bill: Bill, act: Act) -> None:
    """Nothing that the form did not ask."""


def _not_actor(bill: Bill, act: Act) -> None:
    if act.recipient == act.actor:
        raise NotProven("RECIPIENT_IS_ACTOR", f"{act.actor} would hand over to itself")


def _to_issuer_or_delivery_agent(bill: Bill, act: Act) -> None:
    if act.recipient not in (bill.issuer, bill.terms.delivery_agent):
        raise NotProven("RECIPIENT_WRONG", "surrendered to neither issuer nor delivery agent")


def _to_issuer(bill: Bill, act: Act) -> None:
    if act.recipient != bill.issuer:
        raise NotProven("RECIPIENT_WRONG", "an amendment is asked of the issuer")


def _deliver_to(bill: Bill, act: Act) -> None:
    if bill.terms.transport_document_type_code == "SWB":
        if act.recipient != bill.terms.consignee:
            raise NotProven("RECIPIENT_WRONG", "a sea waybill's goods go to its consignee")
        return
    surrender = bill.surrender
    if surrender is None or act.recipient not in (surrender.deliver_to, surrender.pick_up_party):
        raise NotProven("RECIPIENT_WRONG", "the accepted surrender names another receiver")


ACTORS: Final[Mapping[str, Callable[[Bill, Moved], None]]] = {
    "ISSUER": _issuer,
    "POSSESSOR": _possessor,
    "POSSESSOR_WHO_MAY_REJECT": _possessor_who_may_reject,
    "ENDORSER": _endorser,
    "ENTITLED_POSSESSOR": _entitled_possessor,
    "ISSUER_OR_DELIVERY_AGENT": _issuer_or_delivery_agent,
    "ISSUER_OR_TERMINAL": _issuer_or_terminal,
    "CARRIERS_AGENT": _carriers_agent,
    "CUSTOMS": _customs,
    "ROLE_CUSTOMS_OR_PORT": _customs_or_port,
    "WHO_PLACED_THE_HOLD": _who_placed_the_hold,
    "DELIVERY_AGENT": _delivery_agent,
    "ENTITLED_TO_AMEND": _entitled_to_amend,
    "WHO_ANSWERS_SURRENDER": _who_answers_surrender,
    "PRESENTEE": _presentee,
    "PLEDGEE": _pledgee,
    "PLEDGEE_IN_POSSESSION": _pledgee_in_possession,
    "ROLE_AUTHORITY_OR_COURT": _authority_or_court,
}
RECIPIENTS: Final[Mapping[str, Callable[[Bill, Act], None]]] = {
    "ABSENT": _by_form,
    "REQUIRED": _by_form,
    "REQUIRED_NOT_ACTOR": _not_actor,
    "ISSUER_OR_DELIVERY_AGENT": _to_issuer_or_delivery_agent,
    "ISSUER": _to_issuer,
    "DELIVER_TO": _deliver_to,
}
