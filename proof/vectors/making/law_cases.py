"""Vectors of the law: a chain of acts, the act that comes next, what follows or why not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from onebill_verify import (
    AccomplishTerms,
    Conditions,
    ConfirmPaymentTerms,
    HoldTerms,
    IssuedContainer,
    JsonValue,
    NotProven,
    RejectTransferTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
)
from onebill_verify.bill import Bill
from onebill_verify.law import apply
from onebill_verify.parties import FixedSigners, Signer

from making.cast import (
    AGENT,
    BANK,
    BUYER,
    CUSTOMS,
    HARBOUR,
    HAULIER,
    LAST_HAULIER,
    LINE,
    LINES_AGENT,
    OPERATOR,
    OTHER_CUSTOMS,
    SELLER,
    STRANGER,
    TERMINAL,
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
    Chain,
    Recorded,
    approval,
    blank,
    container_key,
    issue_terms,
    issued,
    note_terms,
    on_board,
    receipt_of,
    sea_waybill,
    straight,
)

EVERYONE, CONTRACT = "everyone", "contract"
PASS = digest("pass").hex()
OTHER_PASS = digest("another pass").hex()
DELIVERED = digest("proof of delivery").hex()
SURRENDER = SurrenderTerms("SURR-1", BUYER.party, LAST_HAULIER.party)
ANSWER = SurrenderAnswerTerms("SURR-1")
ACCOMPLISH = AccomplishTerms(DELIVERED, PASS)


def release(
    pass_hash: str = PASS, keys: tuple[str, ...] | None = None, hours: int = 300
) -> ReleaseTerminalTerms:
    """Return the terms of a release of the containers of the bill."""
    containers = keys or tuple(map(container_key, EQUIPMENT))
    return ReleaseTerminalTerms(pass_hash, containers, BEGIN + HOUR * hours)


def chains() -> dict[str, Chain]:
    """Return the chains from which the cases go on."""
    begin = issued()
    at_bank = begin.copy().add("TRANSFER", SELLER, BANK)
    endorsed = at_bank.copy().add("ENDORSE_TO_ORDER", BANK, BUYER)
    at_buyer = endorsed.copy().add("TRANSFER", BANK, BUYER)
    pending = at_buyer.copy().add("SURRENDER_FOR_DELIVERY", BUYER, AGENT, SURRENDER)
    surrendered = pending.copy().add("ACCEPT_SURRENDER", AGENT, None, ANSWER)
    ready = (
        surrendered.copy()
        .add("CONFIRM_PAYMENT", TERMINAL, None, ConfirmPaymentTerms("TERMINAL"))
        .add("RELEASE_MASTER", LINES_AGENT)
        .add("RELEASE_CUSTOMS", CUSTOMS)
    )
    released = ready.copy().add("RELEASE_TERMINAL", AGENT, LAST_HAULIER, release())
    return {
        "issued": begin,
        "blank": blank(),
        "straight": straight(),
        "sea waybill": sea_waybill(),
        "noted": begin.copy().add("NOTE_ON_BOARD", OPERATOR, None, note_terms()),
        "at the bank": at_bank,
        "at the bank, signed by it": at_bank.copy().add("SIGN", BANK),
        "at the bank, noted since": at_bank.copy().add(
            "NOTE_ON_BOARD", OPERATOR, None, note_terms()
        ),
        "title without the bill": begin.copy().add("TRANSFER", SELLER, STRANGER),
        "endorsed to the buyer": endorsed,
        "at the buyer": at_buyer,
        "returned by the bank": at_bank.copy().add(
            "REJECT_TRANSFER", BANK, None, RejectTransferTerms()
        ),
        "blank, at the bank": blank().add("TRANSFER", SELLER, BANK),
        "straight, at the buyer": straight().add("TRANSFER", SELLER, BUYER),
        "straight, at the bank": straight().add("TRANSFER", SELLER, BANK),
        "pending": pending,
        "refused surrender": pending.copy().add("REJECT_SURRENDER", AGENT, None, ANSWER),
        "surrendered": surrendered,
        "ready for gate one": ready,
        "released": released,
        "held": begin.copy().add("HOLD", CUSTOMS, None, HoldTerms("HOLD-1")),
        "released and held": released.copy().add("HOLD", CUSTOMS, None, HoldTerms("HOLD-1")),
        "accomplished": released.copy().add("ACCOMPLISH", AGENT, BUYER, ACCOMPLISH),
    }


def every_code() -> dict[str, tuple[Member, Recorded]]:
    """Return a good act of every code, and who signs it."""
    known = chains()
    steps = {
        "NOTE_ON_BOARD": ("issued", OPERATOR, None, note_terms()),
        "TRANSFER": ("issued", SELLER, BANK, None),
        "REJECT_TRANSFER": ("at the bank", BANK, None, RejectTransferTerms(SELLER.party)),
        "ENDORSE_TO_ORDER": ("at the bank", BANK, BUYER, None),
        "SIGN": ("issued", SELLER, None, None),
        "SURRENDER_FOR_DELIVERY": ("at the buyer", BUYER, AGENT, SURRENDER),
        "ACCEPT_SURRENDER": ("pending", AGENT, None, ANSWER),
        "REJECT_SURRENDER": ("pending", AGENT, None, ANSWER),
        "CONFIRM_PAYMENT": ("issued", TERMINAL, None, ConfirmPaymentTerms("TERMINAL")),
        "RELEASE_MASTER": ("issued", LINES_AGENT, None, None),
        "RELEASE_CUSTOMS": ("issued", CUSTOMS, None, None),
        "HOLD": ("issued", CUSTOMS, None, HoldTerms("HOLD-1")),
        "LIFT_HOLD": ("held", CUSTOMS, None, HoldTerms("HOLD-1")),
        "RELEASE_TERMINAL": ("ready for gate one", AGENT, LAST_HAULIER, release()),
        "ACCOMPLISH": ("released", AGENT, BUYER, ACCOMPLISH),
    }
    acts: dict[str, tuple[Member, Recorded]] = {"ISSUE": (OPERATOR, known["issued"].acts[0])}
    for code, (given, actor, recipient, terms) in steps.items():
        acts[code] = (actor, known[given].next(code, actor, recipient, terms))
    return acts


class Cases:
    """Collects cases; what everyone judges is tried here against what is expected."""

    def __init__(self) -> None:
        self.known = {"nothing": Chain(), **chains()}
        self.made: list[dict[str, JsonValue]] = []
        self._signers = FixedSigners(signers())

    def good(self, name: str, given: str, *act: object, at: str = "", **changes: object) -> None:
        """Add an act that is carried out."""
        recorded = self._next(given, *act, **changes)
        bill = self._judge(given, recorded)
        self._add(name, given, recorded, EVERYONE, {"after": after(bill)})

    def bad(
        self,
        reason: str,
        name: str,
        given: str,
        *act: object,
        judged_by: str = EVERYONE,
        **changes: object,
    ) -> None:
        """Add an act that is refused with a reason."""
        recorded = self._next(given, *act, **changes)
        if judged_by == EVERYONE:
            try:
                self._judge(given, recorded)
            except NotProven as error:
                if error.reason != reason:
                    raise AssertionError(f"{name}: {error!r}, not {reason}") from error
            else:
                raise AssertionError(f"{name}: carried out, not {reason}")
        self._add(name, given, recorded, judged_by, {"reason": reason})

    def _next(self, given: str, *act: object, **changes: object) -> Recorded:
        return self.known[given].next(*act, **changes)  # type: ignore[arg-type]  # as Chain.next

    def _judge(self, given: str, recorded: Recorded) -> Bill:
        bill: Bill | None = None
        for before in self.known[given].acts:
            bill = apply(bill, before.signed, before.at, "onebill", self._signers)
        return apply(bill, recorded.signed, recorded.at, "onebill", self._signers)

    def _add(
        self,
        name: str,
        given: str,
        recorded: Recorded,
        judged_by: str,
        outcome: dict[str, JsonValue],
    ) -> None:
        self.made.append(
            {"name": name, "given": given, **recorded.payload(), "judgedBy": judged_by, **outcome}
        )


def signers() -> dict[str, Signer]:
    """Return the live keys and roles of the cast."""
    from making.cast import CAST  # noqa: PLC0415 - the list is needed nowhere else

    return {member.party: Signer(member.key.public, member.roles) for member in CAST}


def after(bill: Bill) -> JsonValue:
    """Return a bill's state as cases show it: what an attestation says, and the memory."""
    return {
        "state": bill.state,
        "possessor": bill.possessor,
        "titleHolder": bill.title_holder,
        "sequence": bill.sequence,
        "headActHash": bill.head_act_hash,
        "hold": bill.is_held,
        "mayReject": bill.memory is not None,
    }


def cases() -> list[dict[str, JsonValue]]:
    """Return every case of the law."""
    made = Cases()
    parts: list[Callable[[Cases], None]] = [
        _issue,
        _who_and_when,
        _note_on_board,
        _transfer,
        _reject,
        _endorse,
        _surrender,
        _answers,
        _facts,
        _holds,
        _gates,
        _closed,
        _states,
    ]
    for part in parts:
        part(made)
    return made.made


def _issue(add: Cases) -> None:
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
        judged_by=EVERYONE,
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
        issue_terms(),
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


def _who_and_when(add: Cases) -> None:
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
    early = {"action_date_time": BEGIN, "expiry_date_time": BEGIN + HOUR}
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


def _note_on_board(add: Cases) -> None:
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


def _transfer(add: Cases) -> None:
    add.good(
        "invariant 15: TRANSFER leaves the title where it is", "issued", "TRANSFER", SELLER, BANK
    )
    add.good("a straight bill is handed over", "straight", "TRANSFER", SELLER, BUYER)
    add.good("on from the bank, which accepts by it", "at the bank", "TRANSFER", BANK, BUYER)
    add.bad(
        "NOT_POSSESSOR",
        "invariant 14: the stranger's transfer",
        "issued",
        "TRANSFER",
        STRANGER,
        BANK,
    )
    add.bad("NOT_POSSESSOR", "invariant 14: sold twice", "at the bank", "TRANSFER", SELLER, BUYER)
    add.bad(
        "NOT_POSSESSOR",
        "invariant 14: by the title holder without the bill",
        "issued",
        "TRANSFER",
        BANK,
        BUYER,
    )
    add.bad("NOT_POSSESSOR", "invariant 14: by the issuer", "issued", "TRANSFER", OPERATOR, BUYER)
    add.bad("RECIPIENT_IS_ACTOR", "invariant 14: to itself", "issued", "TRANSFER", SELLER, SELLER)
    add.bad(
        "PARTY_UNKNOWN",
        "invariant 14: to who was never registered",
        "issued",
        "TRANSFER",
        SELLER,
        UNREGISTERED,
        judged_by=CONTRACT,
    )
    add.good("invariant 24: SIGN moves nothing", "issued", "SIGN", SELLER)
    add.bad("NOT_POSSESSOR", "invariant 24: SIGN by another", "issued", "SIGN", BANK)


def _reject(add: Cases) -> None:
    nothing = RejectTransferTerms()
    add.good(
        "invariant 21: REJECT_TRANSFER restores the possessor",
        "at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        nothing,
    )
    add.good(
        "invariant 20: acts of others do not use up the right",
        "at the bank, noted since",
        "REJECT_TRANSFER",
        BANK,
        None,
        nothing,
    )
    add.good(
        "invariant 20: title endorsed before the transfer goes back too",
        "at the buyer",
        "REJECT_TRANSFER",
        BUYER,
        None,
        nothing,
    )
    add.good(
        "invariant 20: who had the title may endorse on in the same act",
        "at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        RejectTransferTerms(STRANGER.party),
    )
    add.good(
        "invariant 20: or back to whom it comes from",
        "at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.good(
        "a straight bill comes back",
        "straight, at the buyer",
        "REJECT_TRANSFER",
        BUYER,
        None,
        nothing,
    )
    add.good(
        "a blank bill comes back", "blank, at the bank", "REJECT_TRANSFER", BANK, None, nothing
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 20: after an act of its own",
        "at the bank, signed by it",
        "REJECT_TRANSFER",
        BANK,
        None,
        nothing,
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 20: after it endorsed",
        "endorsed to the buyer",
        "REJECT_TRANSFER",
        BANK,
        None,
        nothing,
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 21: the first possessor",
        "issued",
        "REJECT_TRANSFER",
        SELLER,
        None,
        nothing,
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 21: a rejection is not rejected",
        "returned by the bank",
        "REJECT_TRANSFER",
        SELLER,
        None,
        nothing,
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 20: after its surrender came back",
        "refused surrender",
        "REJECT_TRANSFER",
        BUYER,
        None,
        nothing,
    )
    add.bad(
        "NOT_POSSESSOR",
        "rejected by the one before",
        "at the bank",
        "REJECT_TRANSFER",
        SELLER,
        None,
        nothing,
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 20: endorses on a title it got with the bill",
        "at the buyer",
        "REJECT_TRANSFER",
        BUYER,
        None,
        RejectTransferTerms(STRANGER.party),
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 20: endorses on a title it does not have",
        "title without the bill",
        "REJECT_TRANSFER",
        STRANGER,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 20: endorses a blank bill on",
        "blank, at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.bad(
        "NOT_NEGOTIABLE",
        "invariant 18: endorses a straight bill on",
        "straight, at the buyer",
        "REJECT_TRANSFER",
        BUYER,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.bad(
        "RECIPIENT_IS_ACTOR",
        "endorses on to itself",
        "at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        RejectTransferTerms(BANK.party),
    )


def _endorse(add: Cases) -> None:
    add.good(
        "invariant 15: ENDORSE_TO_ORDER leaves possession where it is",
        "at the bank",
        "ENDORSE_TO_ORDER",
        BANK,
        BUYER,
    )
    add.good(
        "invariant 17: endorsed again by the new title holder",
        "at the buyer",
        "ENDORSE_TO_ORDER",
        BUYER,
        STRANGER,
    )
    add.good(
        "invariant 19: a blank bill by its possessor", "blank", "ENDORSE_TO_ORDER", SELLER, BANK
    )
    add.bad(
        "NOT_POSSESSOR",
        "invariant 16: by the title holder without the bill",
        "issued",
        "ENDORSE_TO_ORDER",
        BANK,
        BUYER,
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 16: by the possessor without the title",
        "issued",
        "ENDORSE_TO_ORDER",
        SELLER,
        BUYER,
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 16: twice by the same",
        "endorsed to the buyer",
        "ENDORSE_TO_ORDER",
        BANK,
        STRANGER,
    )
    add.bad(
        "NOT_POSSESSOR",
        "invariant 19: a blank bill by another",
        "blank",
        "ENDORSE_TO_ORDER",
        BANK,
        BUYER,
    )
    add.bad(
        "NOT_NEGOTIABLE",
        "invariant 18: a straight bill",
        "straight",
        "ENDORSE_TO_ORDER",
        SELLER,
        BUYER,
    )
    add.bad(
        "NOT_NEGOTIABLE",
        "invariant 18: a sea waybill",
        "sea waybill",
        "ENDORSE_TO_ORDER",
        SELLER,
        BUYER,
    )
    add.bad("RECIPIENT_IS_ACTOR", "to itself", "at the bank", "ENDORSE_TO_ORDER", BANK, BANK)


def _surrender(add: Cases) -> None:
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


def _answers(add: Cases) -> None:
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


def _facts(add: Cases) -> None:
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


def _holds(add: Cases) -> None:
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


def _gates(add: Cases) -> None:
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


def _closed(add: Cases) -> None:
    for code, (actor, recorded) in every_code().items():
        if code == "ISSUE":
            continue
        act = recorded.signed.act
        recipient = next(
            (m for m in (BANK, BUYER, AGENT, LAST_HAULIER) if m.party == act.recipient), None
        )
        add.bad(
            "BILL_CLOSED",
            f"invariant 38: {code} after ACCOMPLISH",
            "accomplished",
            code,
            actor,
            recipient,
            act.terms,
        )


def _states(add: Cases) -> None:
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


def forger(victim: Member) -> Member:
    """Return who signs under the victim's kid with a key of its own."""
    from making.forgery import Forger  # noqa: PLC0415 - only this needs it

    return Forger(victim.name, victim.roles, victim.vouching_organisation)
