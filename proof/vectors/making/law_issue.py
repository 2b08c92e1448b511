"""Cases of the law: issue, who may act at all and when, the note on board."""

from datetime import timedelta
from typing import Any

from onebill_verify import (
    IssuedContainer,
)

from making.cast import (
    BANK,
    BUYER,
    HARBOUR,
    HAULIER,
    LINE,
    OPERATOR,
    SELLER,
    STRANGER,
    UNREGISTERED,
    Member,
    digest,
)
from making.chain import (
    BEGIN,
    EQUIPMENT,
    HOUR,
    OTHER_REFERENCE,
    TAKEN,
    approval,
    container_key,
    issue_terms,
    note_terms,
    on_board,
    receipt_of,
)
from making.forgery import Forger
from making.law_chains import CONTRACT, Cases


def issue(add: Cases) -> None:
    """Issued under which conditions."""
    add.good(
        "invariant 6: ISSUE sets one possessor",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(),
    )
    add.good(
        "invariant 19: issued blank",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(endorsee=None),
    )
    add.good(
        "invariant 4: issued straight",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(is_to_order=False, endorsee=None, consignee=BUYER.party),
    )
    add.bad(
        "ROLE_MISSING",
        "invariant 1: issued by who is no operator",
        "nothing",
        "ISSUE",
        STRANGER,
        SELLER,
        issue_terms(),
    )
    add.bad(
        "SIGNATURE_INVALID",
        "invariant 1: issued under the operator's kid by another's key",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(),
        key=forger(OPERATOR),
    )
    add.bad(
        "BILL_EXISTS",
        "invariant 2: issued twice",
        "issued",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(),
        sequence=1,
        previous_act_hash=None,
    )
    add.bad(
        "BILL_EXISTS",
        "invariant 2: issued again after it was accomplished",
        "accomplished",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(),
        sequence=1,
        previous_act_hash=None,
    )
    add.bad(
        "APPROVAL_INVALID",
        "invariant 3: approved another document",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(approval=approval(document_hash=digest("x").hex())),
    )
    add.bad(
        "APPROVAL_INVALID",
        "invariant 3: approved by the operator instead of the shipper",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(approval=approval(OPERATOR)),
    )
    add.bad(
        "APPROVAL_INVALID",
        "invariant 3: approved in another's name",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(approval=approval(STRANGER, shipper=STRANGER.party)),
    )
    add.bad(
        "APPROVAL_INVALID",
        "invariant 3: approved for another bill",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(approval=approval(transport_document_reference=OTHER_REFERENCE)),
    )
    add.bad(
        "APPROVAL_INVALID",
        "invariant 3: approved for another channel",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(approval=approval(channel="elsewhere")),
    )
    add.bad(
        "APPROVAL_INVALID",
        "invariant 3: approved after it was issued",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(approval=approval(approved_date_time=BEGIN + timedelta(seconds=1))),
    )
    straight = {"is_to_order": False, "endorsee": None, "consignee": BUYER.party}
    for what, recipient, terms in (
        ("issued to another than was approved", STRANGER, issue_terms()),
        ("approved to another than it is issued to", SELLER, issue_terms(issue_to=BUYER.party)),
        (
            "another endorsee approved",
            SELLER,
            issue_terms(approval=approval(endorsee=BUYER.party)),
        ),
        ("no endorsee approved", SELLER, issue_terms(approval=approval(endorsee=None))),
        (
            "an endorsee approved, issued blank",
            SELLER,
            issue_terms(endorsee=None, approval=approval()),
        ),
        (
            "an endorsee approved, issued straight",
            SELLER,
            issue_terms(**straight, approval=approval()),
        ),
        (
            "another consignee approved",
            SELLER,
            issue_terms(**straight, approval=approval(endorsee=None, consignee=STRANGER.party)),
        ),
        (
            "endorsee and consignee approved",
            SELLER,
            issue_terms(approval=approval(consignee=BUYER.party)),
        ),
    ):
        add.bad(
            "APPROVAL_INVALID",
            f"invariant 3: {what}",
            "nothing",
            "ISSUE",
            OPERATOR,
            recipient,
            terms,
        )
    add.good(
        "invariant 3: issued to another than the shipper, who approved it",
        "nothing",
        "ISSUE",
        OPERATOR,
        BUYER,
        issue_terms(issue_to=BUYER.party),
    )
    add.bad(
        "APPROVAL_INVALID",
        "invariant 3: an approval that is no JWS",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(approval="approved"),
    )
    add.bad(
        "APPROVAL_INVALID",
        "invariant 3: a receipt as approval",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(approval=receipt_of(EQUIPMENT[0]).sign(HAULIER.key)),
    )
    first, second = EQUIPMENT

    def boxes(token: str) -> dict[str, object]:
        good = receipt_of(second).sign(HAULIER.key)
        return {
            "containers": (
                IssuedContainer(container_key(first), token),
                IssuedContainer(container_key(second), good),
            )
        }

    wrong: list[tuple[str, str]] = [
        (
            "for another bill",
            receipt_of(first, transport_document_reference=OTHER_REFERENCE).sign(HAULIER.key),
        ),
        ("for another channel", receipt_of(first, channel="elsewhere").sign(HAULIER.key)),
        ("for another container", receipt_of(second).sign(HAULIER.key)),
        ("of leg 2", receipt_of(first, leg_sequence=2).sign(HAULIER.key)),
        ("by another carrier", receipt_of(first, carrier=LINE.party).sign(LINE.key)),
        ("in the carrier's name by the operator's key", receipt_of(first).sign(OPERATOR.key)),
        (
            "of loading instead of taking in charge",
            on_board(first, carrier=HAULIER.party, leg_sequence=1, event_date_time=TAKEN).sign(
                HAULIER.key
            ),
        ),
        (
            "of what had not happened yet: a bill before custody",
            receipt_of(first, event_date_time=BEGIN + timedelta(seconds=1)).sign(HAULIER.key),
        ),
        ("that is no JWS", "received"),
        ("that is an approval", approval()),
        (
            "by who was never registered",
            receipt_of(first, carrier=UNREGISTERED.party).sign(UNREGISTERED.key),
        ),
    ]
    for what, token in wrong:
        add.bad(
            "RECEIPT_INVALID",
            f"invariant 8: a receipt {what}",
            "nothing",
            "ISSUE",
            OPERATOR,
            SELLER,
            issue_terms(**boxes(token)),
        )
    shippers_receipt = receipt_of(first, carrier=SELLER.party).sign(SELLER.key)
    add.bad(
        "RECEIPT_INVALID",
        "invariant 8: a receipt by who is no carrier",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(
            first_carrier=SELLER.party,
            containers=(IssuedContainer(container_key(first), shippers_receipt),),
        ),
    )
    add.bad(
        "WRONG_DATE",
        "invariant 8: dated the day before",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(taking_in_charge_date=(TAKEN - timedelta(days=1)).date()),
    )
    add.bad(
        "WRONG_DATE",
        "invariant 8: dated the day after",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(taking_in_charge_date=(TAKEN + timedelta(days=1)).date()),
    )
    late = receipt_of(first, event_date_time=TAKEN - timedelta(days=1)).sign(HAULIER.key)
    add.good(
        "invariant 8: dated by the latest receipt",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(**boxes(late)),
    )
    for member, name in ((BANK, "delivery_agent"), (BANK, "carriers_agent"), (BANK, "terminal")):
        add.bad(
            "ROLE_MISSING",
            f"a {name.replace('_', ' ')} without its role",
            "nothing",
            "ISSUE",
            OPERATOR,
            SELLER,
            issue_terms(**{name: member.party}),
            judged_by=CONTRACT,
        )
    add.bad(
        "ROLE_MISSING",
        "customs without their role",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(customs=(HARBOUR.party,)),
        judged_by=CONTRACT,
    )
    add.bad(
        "PARTY_UNKNOWN",
        "issued to who was never registered",
        "nothing",
        "ISSUE",
        OPERATOR,
        UNREGISTERED,
        issue_terms(issue_to=UNREGISTERED.party),
        judged_by=CONTRACT,
    )
    add.bad(
        "PARTY_UNKNOWN",
        "an endorsee who was never registered",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(endorsee=UNREGISTERED.party),
        judged_by=CONTRACT,
    )


def who_and_when(add: Cases) -> None:
    """Key, channel, times, sequence, previous hash."""
    add.bad(
        "WRONG_CHANNEL",
        "invariant 55: made for another channel",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        channel="elsewhere",
    )
    add.bad(
        "PARTY_UNKNOWN",
        "an actor who was never registered",
        "issued",
        "TRANSFER",
        UNREGISTERED,
        BANK,
    )
    add.bad(
        "KEY_UNKNOWN",
        "invariant 55: signed with another's key",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        key=STRANGER,
    )
    add.bad(
        "SIGNATURE_INVALID",
        "invariant 55: another's signature under the possessor's kid",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        key=forger(SELLER),
    )
    at = BEGIN + HOUR
    add.good(
        "invariant 12: signed two minutes after the transaction's time",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        transaction_time=at - timedelta(minutes=2),
    )
    add.bad(
        "ACT_FROM_THE_FUTURE",
        "invariant 12: signed later than that",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        transaction_time=at - timedelta(minutes=2, seconds=1),
    )
    add.good(
        "at the moment of its expiry",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        transaction_time=at + timedelta(days=1),
    )
    add.bad(
        "ACT_EXPIRED",
        "a second after its expiry",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        transaction_time=at + timedelta(days=1, seconds=1),
    )
    before = add.known["issued"].acts[-1].at
    early: dict[str, Any] = {"action_date_time": BEGIN, "expiry_date_time": BEGIN + HOUR}
    add.good(
        "invariant 12: at the time of the act before",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        transaction_time=before,
        **early,
    )
    add.bad(
        "TIME_BEFORE_PREVIOUS",
        "invariant 12: before the act before",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        transaction_time=before - timedelta(seconds=1),
        **early,
    )
    add.bad(
        "BILL_UNKNOWN",
        "a transfer of no bill",
        "nothing",
        "TRANSFER",
        SELLER,
        BANK,
        sequence=2,
        previous_act_hash=digest("x").hex(),
    )
    add.bad(
        "WRONG_SEQUENCE",
        "invariant 10: a sequence number left out",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        sequence=3,
    )
    add.bad(
        "WRONG_SEQUENCE",
        "invariant 23: the sequence number of the head",
        "at the bank",
        "TRANSFER",
        BANK,
        BUYER,
        sequence=2,
    )
    add.bad(
        "WRONG_PREVIOUS_HASH",
        "invariant 10: after another act",
        "issued",
        "TRANSFER",
        SELLER,
        BANK,
        previous_act_hash=digest("x").hex(),
    )
    add.bad(
        "WRONG_PREVIOUS_HASH",
        "invariant 52: after the act before the last",
        "at the bank",
        "TRANSFER",
        BANK,
        BUYER,
        previous_act_hash=add.known["issued"].acts[-1].signed.hash,
    )


def note_on_board(add: Cases) -> None:
    """The sea carrier's receipts."""
    add.good(
        "invariant 63: NOTE_ON_BOARD moves nothing",
        "issued",
        "NOTE_ON_BOARD",
        OPERATOR,
        None,
        note_terms(),
    )
    add.good(
        "invariant 63: whoever holds",
        "at the buyer",
        "NOTE_ON_BOARD",
        OPERATOR,
        None,
        note_terms(),
    )
    add.good(
        "invariant 63: while a surrender is pending",
        "pending",
        "NOTE_ON_BOARD",
        OPERATOR,
        None,
        note_terms(),
    )
    add.bad(
        "NOT_ISSUER",
        "invariant 63: noted by the sea carrier",
        "issued",
        "NOTE_ON_BOARD",
        LINE,
        None,
        note_terms(),
    )
    add.bad(
        "ALREADY_NOTED",
        "invariant 63: the same leg twice",
        "noted",
        "NOTE_ON_BOARD",
        OPERATOR,
        None,
        note_terms(),
    )
    second_leg = note_terms(
        leg_sequence=4,
        receipts=tuple(
            on_board(e, leg_sequence=4, event_date_time=TAKEN + HOUR * 2).sign(LINE.key)
            for e in EQUIPMENT
        ),
    )
    add.good("invariant 63: another sea leg", "noted", "NOTE_ON_BOARD", OPERATOR, None, second_leg)
    first, second = EQUIPMENT
    good = on_board(second).sign(LINE.key)
    add.bad(
        "RECEIPT_MISSING",
        "invariant 63: a container without receipt",
        "issued",
        "NOTE_ON_BOARD",
        OPERATOR,
        None,
        note_terms(receipts=(good,)),
    )
    wrong: list[tuple[str, str]] = [
        (
            "of the same container twice",
            on_board(second, event_date_time=TAKEN + HOUR / 2).sign(LINE.key),
        ),
        (
            "of taking in charge",
            receipt_of(first, carrier=LINE.party, leg_sequence=3).sign(LINE.key),
        ),
        ("of another leg", on_board(first, leg_sequence=2).sign(LINE.key)),
        ("of another carrier", on_board(first, carrier=HAULIER.party).sign(HAULIER.key)),
        (
            "of loading that had not happened yet",
            on_board(first, event_date_time=BEGIN + HOUR + timedelta(seconds=1)).sign(LINE.key),
        ),
        (
            "of loading before the goods were in charge",
            on_board(first, event_date_time=TAKEN - timedelta(seconds=1)).sign(LINE.key),
        ),
        (
            "of another bill",
            on_board(first, transport_document_reference=OTHER_REFERENCE).sign(LINE.key),
        ),
        ("signed by the operator", on_board(first).sign(OPERATOR.key)),
        ("of a container that is not on the bill", on_board("MSKU3472489").sign(LINE.key)),
    ]
    for what, token in wrong:
        add.bad(
            "RECEIPT_INVALID",
            f"invariant 63: a receipt {what}",
            "issued",
            "NOTE_ON_BOARD",
            OPERATOR,
            None,
            note_terms(receipts=(good, token)),
        )
    nobodys = tuple(on_board(e, carrier=SELLER.party).sign(SELLER.key) for e in EQUIPMENT)
    add.bad(
        "RECEIPT_INVALID",
        "invariant 63: receipts by who is no carrier",
        "issued",
        "NOTE_ON_BOARD",
        OPERATOR,
        None,
        note_terms(receipts=nobodys),
    )


def forger(victim: Member) -> Member:
    """Return who signs under the victim's kid with a key of its own."""
    return Forger(victim.name, victim.roles, victim.vouching_organisation)
