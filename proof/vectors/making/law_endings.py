"""Cases of the law in which a bill ends, is replaced, held by order, or delivered without."""

from onebill_verify import HoldTerms, OrderTerms, RejectTransferTerms, Replaced

from making.cast import (
    AGENT,
    AUTHORITY,
    BANK,
    BUYER,
    COURT,
    CUSTOMS,
    LAST_HAULIER,
    OPERATOR,
    SELLER,
    STRANGER,
    digest,
)
from making.chain import OTHER_REFERENCE, issue_terms
from making.law_chains import (
    ACCOMPLISH,
    ANSWER,
    CONTRACT,
    INDEMNITY,
    ORDER,
    PAPER,
    SURRENDER,
    Cases,
    amend,
    order_to,
    release,
)

ASK = "SURRENDER_FOR_AMENDMENT"
LIFT = OrderTerms("ORDER-1", "LIFT", digest("order").hex())


def amendments(add: Cases) -> None:
    """Add the way of a bill to its end: asked, answered, withdrawn, voided, on paper."""
    for reason in ("SWTP", "COD", "SWI", "OTHER"):
        add.good(
            f"invariant 37: asked for {reason}",
            "at the buyer",
            ASK,
            BUYER,
            OPERATOR,
            amend(reason),
        )
    add.bad(
        "NOT_ENTITLED_TO_SURRENDER",
        "invariant 27: an amendment without title",
        "issued",
        ASK,
        SELLER,
        OPERATOR,
        amend("SWI"),
    )
    add.bad(
        "RECIPIENT_WRONG", "asked of the agent", "at the buyer", ASK, BUYER, AGENT, amend("SWI")
    )
    add.bad(
        "SURRENDER_REFERENCE_USED",
        "invariant 33: under a withdrawn reference",
        "amendment withdrawn",
        ASK,
        BUYER,
        OPERATOR,
        amend("SWI"),
    )
    add.good(
        "withdrawn by who asked", "amendment asked", "WITHDRAW_SURRENDER", BUYER, None, ANSWER
    )
    add.good(
        "a surrender for delivery withdrawn", "pending", "WITHDRAW_SURRENDER", BUYER, None, ANSWER
    )
    add.bad(
        "NOT_POSSESSOR",
        "withdrawn by another",
        "pending",
        "WITHDRAW_SURRENDER",
        BANK,
        None,
        ANSWER,
    )
    add.bad(
        "WRONG_STATE",
        "withdrawn after acceptance",
        "surrendered",
        "WITHDRAW_SURRENDER",
        BUYER,
        None,
        ANSWER,
    )
    for code in ("ACCEPT_SURRENDER", "REJECT_SURRENDER"):
        add.good(
            f"invariant 30: {code} of an amendment by the issuer",
            "amendment asked",
            code,
            OPERATOR,
            None,
            ANSWER,
        )
        add.bad(
            "NOT_ISSUER",
            f"invariant 30: {code} of an amendment by the agent",
            "amendment asked",
            code,
            AGENT,
            None,
            ANSWER,
        )
    add.bad(
        "WRONG_STATE",
        "invariant 22: moved while asked",
        "amendment asked",
        "TRANSFER",
        BUYER,
        BANK,
    )
    add.bad("WRONG_STATE", "invariant 37: void at once", "at the buyer", "VOID", OPERATOR)
    add.bad(
        "WRONG_STATE",
        "invariant 32: void after surrender for delivery",
        "surrendered",
        "VOID",
        OPERATOR,
    )
    add.good("invariant 37: VOID", "amendment accepted", "VOID", OPERATOR)
    add.bad("NOT_ISSUER", "void by who asked", "amendment accepted", "VOID", BUYER)
    add.bad("HOLD_IN_FORCE", "void under a hold", "amendment accepted, held", "VOID", OPERATOR)
    add.bad(
        "AMENDMENT_WRONG",
        "invariant 41: void instead of paper",
        "paper asked and accepted",
        "VOID",
        OPERATOR,
    )
    add.bad(
        "AMENDMENT_WRONG",
        "invariant 41: paper instead of void",
        "amendment accepted",
        "SWITCH_TO_PAPER",
        OPERATOR,
        None,
        PAPER,
    )
    add.good(
        "invariant 41: SWITCH_TO_PAPER",
        "paper asked and accepted",
        "SWITCH_TO_PAPER",
        OPERATOR,
        None,
        PAPER,
    )
    for ended in ("voided", "switched to paper"):
        add.bad(
            "BILL_CLOSED",
            f"invariant 38: {ended}, transferred",
            ended,
            "TRANSFER",
            OPERATOR,
            BUYER,
        )
        add.bad(
            "BILL_CLOSED", f"invariant 38: {ended}, ordered", ended, "ORDER", COURT, None, ORDER
        )
        add.bad("BILL_CLOSED", f"invariant 38: {ended}, voided", ended, "VOID", OPERATOR)
        add.bad(
            "BILL_EXISTS",
            f"invariant 2: {ended}, issued again",
            ended,
            "ISSUE",
            OPERATOR,
            SELLER,
            issue_terms(),
            sequence=1,
            previous_act_hash=None,
        )


def replacements(add: Cases) -> None:
    """Add bills that say whose place they take: what they took is the contract's to know."""
    replaced = (Replaced(OTHER_REFERENCE, digest("void").hex()),)
    add.bad(
        "REPLACES_WRONG",
        "invariant 39: replaces what never was",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(replaces=replaced),
        judged_by=CONTRACT,
    )


def orders(add: Cases) -> None:
    """Add orders of courts and authorities."""
    add.good("a court holds all", "issued", "ORDER", COURT, None, ORDER)
    add.good("an authority holds all", "surrendered", "ORDER", AUTHORITY, None, ORDER)
    add.bad("NOT_AUTHORITY", "customs hold all", "issued", "ORDER", CUSTOMS, None, ORDER)
    add.bad("ORDER_EXISTS", "the same order twice", "ordered", "ORDER", AUTHORITY, None, ORDER)
    add.good("lifted by who made it", "ordered", "ORDER", COURT, None, LIFT)
    add.bad("NOT_AUTHORITY", "lifted by another", "ordered", "ORDER", AUTHORITY, None, LIFT)
    add.bad("ORDER_UNKNOWN", "nothing to lift", "issued", "ORDER", COURT, None, LIFT)
    add.bad("ORDER_IN_FORCE", "transferred under an order", "ordered", "TRANSFER", SELLER, BANK)
    add.bad(
        "ORDER_IN_FORCE",
        "accepted under an order",
        "ordered while pending",
        "ACCEPT_SURRENDER",
        AGENT,
        None,
        ANSWER,
    )
    add.good(
        "rejected under an order", "ordered while pending", "REJECT_SURRENDER", AGENT, None, ANSWER
    )
    add.good("a court moves possession", "at the bank", "ORDER", COURT, None, order_to(STRANGER))
    add.good("under an order too", "ordered", "ORDER", COURT, None, order_to(STRANGER))
    add.good(
        "an unanswered presentation ends", "presented", "ORDER", COURT, None, order_to(STRANGER)
    )
    add.good("a pledge goes on", "pledged", "ORDER", COURT, None, order_to(STRANGER))
    add.bad(
        "RECIPIENT_WRONG", "to who has it", "at the bank", "ORDER", COURT, None, order_to(BANK)
    )
    add.bad(
        "WRONG_STATE", "moved while pending", "pending", "ORDER", COURT, None, order_to(STRANGER)
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "who got it by order does not reject",
        "moved by order",
        "REJECT_TRANSFER",
        STRANGER,
        None,
        RejectTransferTerms(),
    )


def indemnities(add: Cases) -> None:
    """Add deliveries without the bill."""
    code = "DELIVER_AGAINST_INDEMNITY"
    add.good(
        "invariant 67: it accomplishes nothing", "at the buyer", code, AGENT, STRANGER, INDEMNITY
    )
    add.good("invariant 67: by the issuer", "issued", code, OPERATOR, STRANGER, INDEMNITY)
    add.good("invariant 32: after acceptance", "surrendered", code, AGENT, STRANGER, INDEMNITY)
    add.bad(
        "NOT_DELIVERY_AGENT", "by the holder", "at the buyer", code, BUYER, STRANGER, INDEMNITY
    )
    add.bad("HOLD_IN_FORCE", "under a hold", "held", code, AGENT, STRANGER, INDEMNITY)
    gone = "delivered against an indemnity"
    add.bad(
        "DELIVERED_AGAINST_INDEMNITY", "invariant 34: twice", gone, code, AGENT, BUYER, INDEMNITY
    )
    add.good("invariant 67: the bill stays live", gone, "TRANSFER", BUYER, BANK)
    add.good(
        "invariant 67: and is surrendered", gone, "SURRENDER_FOR_DELIVERY", BUYER, AGENT, SURRENDER
    )
    both = "released, then delivered against an indemnity"
    add.bad(
        "DELIVERED_AGAINST_INDEMNITY",
        "invariant 67: never accomplished",
        both,
        "ACCOMPLISH",
        AGENT,
        BUYER,
        ACCOMPLISH,
    )
    add.bad(
        "DELIVERED_AGAINST_INDEMNITY",
        "invariant 34: released after it",
        both,
        "RELEASE_TERMINAL",
        AGENT,
        LAST_HAULIER,
        release(digest("a third pass").hex()),
    )


def sea_waybills(add: Cases) -> None:
    """Add deliveries under sea waybills, and surrender at origin."""
    ready = "sea waybill, released"
    add.good(
        "invariant 35: a sea waybill to its consignee",
        ready,
        "ACCOMPLISH",
        AGENT,
        BUYER,
        ACCOMPLISH,
    )
    add.bad(
        "RECIPIENT_WRONG", "invariant 35: to another", ready, "ACCOMPLISH", AGENT, BANK, ACCOMPLISH
    )
    add.bad(
        "WRONG_STATE",
        "invariant 35: against the shipper's instruction",
        "sea waybill, redirected",
        "ACCOMPLISH",
        AGENT,
        BUYER,
        ACCOMPLISH,
    )
    add.bad(
        "WRONG_STATE",
        "a bill before surrender is no sea waybill",
        "straight",
        "ACCOMPLISH",
        AGENT,
        BUYER,
        ACCOMPLISH,
    )
    add.good("the shipper redirects", "sea waybill", ASK, SELLER, OPERATOR, amend("COD"))
    add.bad(
        "NOT_POSSESSOR",
        "the consignee redirects",
        "sea waybill",
        ASK,
        BUYER,
        OPERATOR,
        amend("COD"),
    )
    add.good(
        "telex release, straight",
        "straight",
        "SURRENDER_FOR_DELIVERY",
        SELLER,
        OPERATOR,
        SURRENDER,
    )
    add.good(
        "telex release, blank", "blank", "SURRENDER_FOR_DELIVERY", SELLER, OPERATOR, SURRENDER
    )
    add.good(
        "accepted by the agent at destination",
        "straight, surrendered at origin",
        "ACCEPT_SURRENDER",
        AGENT,
        None,
        ANSWER,
    )
    add.good(
        "a hold on a redirected one",
        "sea waybill, redirected",
        "HOLD",
        CUSTOMS,
        None,
        HoldTerms("H-1"),
    )
