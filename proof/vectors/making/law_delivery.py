"""Cases of the law: surrender, facts at destination, holds, the two gates, the end."""

from dataclasses import replace

from onebill_verify import (
    Conditions,
    ConfirmPaymentTerms,
    HoldTerms,
    RejectTransferTerms,
    SurrenderAnswerTerms,
)

from making.cast import (
    AGENT,
    BANK,
    BUYER,
    CAST,
    CUSTOMS,
    HARBOUR,
    LAST_HAULIER,
    LINE,
    LINES_AGENT,
    OPERATOR,
    OTHER_CUSTOMS,
    SELLER,
    TERMINAL,
    UNREGISTERED,
)
from making.chain import (
    EQUIPMENT,
    container_key,
    issue_terms,
)
from making.law_chains import (
    ACCOMPLISH,
    ANSWER,
    CONTRACT,
    OTHER_PASS,
    SURRENDER,
    Cases,
    every_code,
    release,
)


def surrender(add: Cases) -> None:
    """Who may demand delivery, of whom."""
    code = "SURRENDER_FOR_DELIVERY"
    add.good(
        "invariant 27: by the title holder in possession",
        "at the buyer",
        code,
        BUYER,
        AGENT,
        SURRENDER,
    )
    add.good("invariant 28: to the issuer", "at the buyer", code, BUYER, OPERATOR, SURRENDER)
    add.good("invariant 27: straight, by the shipper", "straight", code, SELLER, AGENT, SURRENDER)
    add.good(
        "invariant 27: straight, by the consignee",
        "straight, at the buyer",
        code,
        BUYER,
        AGENT,
        SURRENDER,
    )
    add.good(
        "invariant 27: blank, by its possessor", "blank, at the bank", code, BANK, AGENT, SURRENDER
    )
    add.good(
        "again under another reference",
        "refused surrender",
        code,
        BUYER,
        AGENT,
        replace(SURRENDER, surrender_request_reference="SURR-2"),
    )
    add.bad(
        "NOT_POSSESSOR",
        "invariant 27: by the title holder without the bill",
        "issued",
        code,
        BANK,
        AGENT,
        SURRENDER,
    )
    add.bad(
        "NOT_ENTITLED_TO_SURRENDER",
        "invariant 27: by the possessor without the title",
        "issued",
        code,
        SELLER,
        AGENT,
        SURRENDER,
    )
    add.bad(
        "NOT_ENTITLED_TO_SURRENDER",
        "invariant 27: straight, by a bank",
        "straight, at the bank",
        code,
        BANK,
        AGENT,
        SURRENDER,
    )
    add.bad(
        "NOT_ENTITLED_TO_SURRENDER",
        "a sea waybill is not surrendered",
        "sea waybill",
        code,
        SELLER,
        AGENT,
        SURRENDER,
    )
    add.bad(
        "RECIPIENT_WRONG", "invariant 28: to a bank", "at the buyer", code, BUYER, BANK, SURRENDER
    )
    add.bad(
        "SURRENDER_REFERENCE_USED",
        "invariant 33: under a reference used before",
        "refused surrender",
        code,
        BUYER,
        AGENT,
        SURRENDER,
    )
    add.bad(
        "WRONG_STATE",
        "invariant 33: while one is pending",
        "pending",
        code,
        BUYER,
        AGENT,
        replace(SURRENDER, surrender_request_reference="SURR-2"),
    )
    add.bad(
        "PARTY_UNKNOWN",
        "to be delivered to who was never registered",
        "at the buyer",
        code,
        BUYER,
        AGENT,
        replace(SURRENDER, deliver_to=UNREGISTERED.party),
        judged_by=CONTRACT,
    )


def answers(add: Cases) -> None:
    """Accepted or rejected."""
    other = SurrenderAnswerTerms("SURR-9")
    for code in ("ACCEPT_SURRENDER", "REJECT_SURRENDER"):
        add.good(
            f"invariant 30: {code} by the delivery agent", "pending", code, AGENT, None, ANSWER
        )
        add.good(f"invariant 30: {code} by the issuer", "pending", code, OPERATOR, None, ANSWER)
        add.bad(
            "NOT_DELIVERY_AGENT",
            f"invariant 30: {code} by the possessor",
            "pending",
            code,
            BUYER,
            None,
            ANSWER,
        )
        add.bad(
            "NOT_DELIVERY_AGENT",
            f"invariant 30: {code} by the terminal",
            "pending",
            code,
            TERMINAL,
            None,
            ANSWER,
        )
        add.bad(
            "SURRENDER_REFERENCE_WRONG",
            f"invariant 33: {code} of another surrender",
            "pending",
            code,
            AGENT,
            None,
            other,
        )
        add.bad("WRONG_STATE", f"{code} of nothing", "at the buyer", code, AGENT, None, ANSWER)
        add.bad(
            "WRONG_STATE",
            f"invariant 33: {code} after it was accepted",
            "surrendered",
            code,
            AGENT,
            None,
            ANSWER,
        )
        add.bad(
            "WRONG_STATE",
            f"invariant 33: {code} after it was rejected",
            "refused surrender",
            code,
            AGENT,
            None,
            ANSWER,
        )


def facts(add: Cases) -> None:
    """What payment, master and customs say."""
    paid = {
        of: ConfirmPaymentTerms(of) for of in ("RECEIVER_CHARGES", "GENERAL_AVERAGE", "TERMINAL")
    }
    add.good(
        "the terminal secures its charges",
        "issued",
        "CONFIRM_PAYMENT",
        TERMINAL,
        None,
        paid["TERMINAL"],
    )
    add.good(
        "the issuer confirms the receiver's charges",
        "issued",
        "CONFIRM_PAYMENT",
        OPERATOR,
        None,
        paid["RECEIVER_CHARGES"],
    )
    add.good(
        "the issuer confirms general average",
        "pending",
        "CONFIRM_PAYMENT",
        OPERATOR,
        None,
        paid["GENERAL_AVERAGE"],
    )
    add.bad(
        "NOT_TERMINAL",
        "the issuer in the terminal's place",
        "issued",
        "CONFIRM_PAYMENT",
        OPERATOR,
        None,
        paid["TERMINAL"],
    )
    add.bad(
        "NOT_ISSUER",
        "the terminal in the issuer's place",
        "issued",
        "CONFIRM_PAYMENT",
        TERMINAL,
        None,
        paid["RECEIVER_CHARGES"],
    )
    add.bad(
        "ALREADY_CONFIRMED",
        "the terminal confirms twice",
        "ready for gate one",
        "CONFIRM_PAYMENT",
        TERMINAL,
        None,
        paid["TERMINAL"],
    )
    add.good(
        "the sea carrier's agent releases the master", "issued", "RELEASE_MASTER", LINES_AGENT
    )
    add.bad("NOT_CARRIERS_AGENT", "the sea carrier itself", "issued", "RELEASE_MASTER", LINE)
    add.bad(
        "ALREADY_CONFIRMED",
        "the master released twice",
        "ready for gate one",
        "RELEASE_MASTER",
        LINES_AGENT,
    )
    add.good("customs of the bill release", "issued", "RELEASE_CUSTOMS", CUSTOMS)
    add.bad("NOT_CUSTOMS", "customs elsewhere", "issued", "RELEASE_CUSTOMS", OTHER_CUSTOMS)
    add.bad("NOT_CUSTOMS", "the delivery agent as customs", "issued", "RELEASE_CUSTOMS", AGENT)
    add.bad(
        "ALREADY_CONFIRMED",
        "customs release twice",
        "ready for gate one",
        "RELEASE_CUSTOMS",
        CUSTOMS,
    )


def holds(add: Cases) -> None:
    """An authority's word."""
    hold, other = HoldTerms("HOLD-1"), HoldTerms("HOLD-2")
    add.good("customs hold", "issued", "HOLD", CUSTOMS, None, hold)
    add.good(
        "customs that the bill does not name hold", "issued", "HOLD", OTHER_CUSTOMS, None, hold
    )
    add.good("a harbour authority holds", "surrendered", "HOLD", HARBOUR, None, hold)
    add.good("a second hold beside the first", "held", "HOLD", HARBOUR, None, other)
    add.good("a held bill may still be transferred", "held", "TRANSFER", SELLER, BANK)
    add.good("who placed it lifts it", "held", "LIFT_HOLD", CUSTOMS, None, hold)
    add.bad("NOT_HOLD_AUTHORITY", "the operator holds", "issued", "HOLD", OPERATOR, None, hold)
    add.bad("HOLD_EXISTS", "the same reference twice", "held", "HOLD", HARBOUR, None, hold)
    add.bad(
        "NOT_HOLD_AUTHORITY",
        "another authority lifts it",
        "held",
        "LIFT_HOLD",
        HARBOUR,
        None,
        hold,
    )
    add.bad("HOLD_UNKNOWN", "lifts what is not there", "held", "LIFT_HOLD", CUSTOMS, None, other)
    add.bad(
        "HOLD_UNKNOWN", "lifts where nothing is held", "issued", "LIFT_HOLD", CUSTOMS, None, hold
    )


def gates(add: Cases) -> None:
    """Terminal release and delivery."""
    one, two = "RELEASE_TERMINAL", "ACCOMPLISH"
    add.good("invariant 35: gate one", "ready for gate one", one, AGENT, LAST_HAULIER, release())
    add.good(
        "invariant 66: a second release under another pass",
        "released",
        one,
        AGENT,
        LAST_HAULIER,
        release(OTHER_PASS),
    )
    add.good(
        "one container of two",
        "ready for gate one",
        one,
        AGENT,
        LAST_HAULIER,
        release(keys=(container_key(EQUIPMENT[0]),)),
    )
    add.bad(
        "NOT_DELIVERY_AGENT",
        "gate one by the issuer",
        "ready for gate one",
        one,
        OPERATOR,
        LAST_HAULIER,
        release(),
    )
    add.bad(
        "NOT_DELIVERY_AGENT",
        "gate one by the terminal",
        "ready for gate one",
        one,
        TERMINAL,
        LAST_HAULIER,
        release(),
    )
    add.bad(
        "PASS_USED",
        "invariant 66: the same pass again",
        "released",
        one,
        AGENT,
        LAST_HAULIER,
        release(),
    )
    add.bad(
        "PASS_WRONG",
        "invariant 66: a container of another bill",
        "ready for gate one",
        one,
        AGENT,
        LAST_HAULIER,
        release(keys=(container_key("MSKU3472489"),)),
    )
    add.bad(
        "PASS_WRONG",
        "invariant 66: a pass that is over",
        "ready for gate one",
        one,
        AGENT,
        LAST_HAULIER,
        release(hours=0),
    )
    add.bad(
        "GATE_CLOSED",
        "invariant 35: nothing is ready",
        "surrendered",
        one,
        AGENT,
        LAST_HAULIER,
        release(),
        judged_by=CONTRACT,
    )
    add.bad(
        "GATE_CLOSED",
        "invariant 35: before surrender",
        "at the buyer",
        one,
        AGENT,
        LAST_HAULIER,
        release(),
        judged_by=CONTRACT,
    )
    add.bad(
        "ROLE_MISSING",
        "a pass for who is no carrier",
        "ready for gate one",
        one,
        AGENT,
        BUYER,
        release(),
        judged_by=CONTRACT,
    )
    add.good("invariant 34: gate two, to the receiver", "released", two, AGENT, BUYER, ACCOMPLISH)
    add.good(
        "invariant 34: gate two, to its pick-up party",
        "released",
        two,
        AGENT,
        LAST_HAULIER,
        ACCOMPLISH,
    )
    add.bad(
        "RECIPIENT_WRONG", "invariant 34: to another", "released", two, AGENT, BANK, ACCOMPLISH
    )
    add.bad(
        "NOT_DELIVERY_AGENT",
        "gate two by the haulier",
        "released",
        two,
        LAST_HAULIER,
        BUYER,
        ACCOMPLISH,
    )
    add.bad(
        "PASS_WRONG",
        "invariant 66: under another pass",
        "released",
        two,
        AGENT,
        BUYER,
        replace(ACCOMPLISH, pass_hash=OTHER_PASS),
    )
    add.bad(
        "PASS_WRONG",
        "invariant 34: without any release",
        "ready for gate one",
        two,
        AGENT,
        BUYER,
        ACCOMPLISH,
    )
    add.bad(
        "WRONG_STATE",
        "invariant 34: before the surrender is accepted",
        "pending",
        two,
        AGENT,
        BUYER,
        ACCOMPLISH,
    )
    add.bad(
        "GATE_CLOSED",
        "invariant 35: while an authority holds",
        "released and held",
        two,
        AGENT,
        BUYER,
        ACCOMPLISH,
        judged_by=CONTRACT,
    )
    conditions = Conditions(
        receiver_charges=True,
        master_documents=True,
        customs=True,
        terminal_charges=True,
        general_average=False,
        gate_one="AGENTS_CUSTODY",
    )
    add.good(
        "issued with other conditions",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(conditions=conditions),
    )


def closed(add: Cases) -> None:
    """Nothing after delivery."""
    for code, (actor, recorded) in every_code().items():
        if code == "ISSUE":
            continue
        act = recorded.signed.act
        recipient = next((m for m in CAST if m.party == act.recipient), None)
        add.bad(
            "BILL_CLOSED",
            f"invariant 38: {code} after ACCOMPLISH",
            "accomplished",
            code,
            actor,
            recipient,
            act.terms,
        )


def states(add: Cases) -> None:
    """Nothing out of turn."""
    moving = [
        ("TRANSFER", BANK, None),
        ("REJECT_TRANSFER", None, RejectTransferTerms()),
        ("ENDORSE_TO_ORDER", BANK, None),
        ("SIGN", None, None),
    ]
    for code, recipient, terms in moving:
        add.bad(
            "WRONG_STATE",
            f"invariant 22: {code} while a surrender is pending",
            "pending",
            code,
            BUYER,
            recipient,
            terms,
        )
        add.bad(
            "WRONG_STATE",
            f"invariant 32: {code} after the surrender was accepted",
            "surrendered",
            code,
            OPERATOR,
            recipient,
            terms,
        )
