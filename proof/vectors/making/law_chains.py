"""The chains from which the cases of the law go on, and what collects the cases."""

from onebill_verify import (
    AccomplishTerms,
    AmendmentTerms,
    Conditions,
    ConfirmPaymentTerms,
    EnforceTerms,
    HoldTerms,
    IndemnityTerms,
    JsonValue,
    NotProven,
    OrderTerms,
    PaperTerms,
    PresentTerms,
    RejectTransferTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
    TrustTerms,
)
from onebill_verify.bill import Bill
from onebill_verify.law import apply
from onebill_verify.parties import FixedSigners, Signer

from making.cast import (
    AGENT,
    BANK,
    BUYER,
    CAST,
    COURT,
    CUSTOMS,
    LAST_HAULIER,
    LINES_AGENT,
    OPERATOR,
    OTHER_BANK,
    SELLER,
    STRANGER,
    TERMINAL,
    Member,
    digest,
)
from making.chain import (
    BEGIN,
    EQUIPMENT,
    HOUR,
    Chain,
    Recorded,
    blank,
    container_key,
    issued,
    note_terms,
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


PRESENT = PresentTerms(digest("credit").hex(), (digest("invoice").hex(), digest("list").hex()))
PAPER = PaperTerms(digest("print certificate").hex())
INDEMNITY = IndemnityTerms(digest("letter of indemnity").hex())
ORDER = OrderTerms("ORDER-1", "HOLD_ALL", digest("order").hex())
CUSTODY = Conditions(
    receiver_charges=False,
    master_documents=False,
    customs=False,
    terminal_charges=False,
    general_average=False,
    gate_one="AGENTS_CUSTODY",
)


def amend(reason_code: str) -> AmendmentTerms:
    """Return the terms of a request for amendment."""
    return AmendmentTerms("SURR-1", reason_code)


def trust(hours: float = 300) -> TrustTerms:
    """Return the terms of a release on trust until so many hours after the beginning."""
    return TrustTerms(BEGIN + HOUR * hours)


def default_at(hours: int) -> EnforceTerms:
    """Return the terms of enforcement after a default so many hours after the beginning."""
    return EnforceTerms(digest("record of default").hex(), BEGIN + HOUR * hours)


def order_to(member: Member) -> OrderTerms:
    """Return the terms of an order that gives a member possession."""
    return OrderTerms("ORDER-2", "TRANSFER_POSSESSION", digest("order").hex(), member.party)


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
        **_chains_of_banks(at_buyer),
        **_chains_of_amendment(at_buyer),
        "ordered": begin.copy().add("ORDER", COURT, None, ORDER),
        "ordered while pending": pending.copy().add("ORDER", COURT, None, ORDER),
        "moved by order": at_bank.copy().add("ORDER", COURT, None, order_to(STRANGER)),
        "delivered against an indemnity": at_buyer.copy().add(
            "DELIVER_AGAINST_INDEMNITY", AGENT, STRANGER, INDEMNITY
        ),
        "released, then delivered against an indemnity": released.copy().add(
            "DELIVER_AGAINST_INDEMNITY", AGENT, STRANGER, INDEMNITY
        ),
        "sea waybill, released": sea_waybill(conditions=CUSTODY).add(
            "RELEASE_TERMINAL", AGENT, LAST_HAULIER, release()
        ),
        "sea waybill, redirected": sea_waybill(conditions=CUSTODY)
        .add("RELEASE_TERMINAL", AGENT, LAST_HAULIER, release())
        .add("SURRENDER_FOR_AMENDMENT", SELLER, OPERATOR, amend("COD")),
        "straight, surrendered at origin": straight().add(
            "SURRENDER_FOR_DELIVERY", SELLER, AGENT, SURRENDER
        ),
    }


def _chains_of_banks(at_buyer: Chain) -> dict[str, Chain]:
    by_name = issued().add("TRANSFER", SELLER, BANK).add("ENDORSE", BANK, BUYER)
    pledged = at_buyer.copy().add("PLEDGE", BUYER, OTHER_BANK)
    on_trust = pledged.copy().add("RELEASE_ON_TRUST", OTHER_BANK, BUYER, trust())
    presented = issued().add("PRESENT", SELLER, BANK, PRESENT)
    return {
        "endorsed by name": by_name,
        "endorsed by name, handed over": by_name.copy().add("TRANSFER", BANK, BUYER),
        "endorsed by name, given back": by_name.copy()
        .add("TRANSFER", BANK, BUYER)
        .add("REJECT_TRANSFER", BUYER, None, RejectTransferTerms()),
        "presented": presented,
        "taken up": presented.copy().add("TAKE_UP", BANK),
        "blank, presented": blank().add("PRESENT", SELLER, BANK, PRESENT),
        "pledged": pledged,
        "blank, pledged": blank().add("PLEDGE", SELLER, OTHER_BANK),
        "on trust": on_trust,
        "on trust to another": pledged.copy().add(
            "RELEASE_ON_TRUST", OTHER_BANK, STRANGER, trust()
        ),
        "on trust for an hour": pledged.copy().add(
            "RELEASE_ON_TRUST", OTHER_BANK, BUYER, trust(5.5)
        ),
        "surrendered on trust": on_trust.copy()
        .add("SURRENDER_FOR_DELIVERY", BUYER, AGENT, SURRENDER)
        .add("ACCEPT_SURRENDER", AGENT, None, ANSWER),
        "enforced": pledged.copy().add("ENFORCE", OTHER_BANK, None, default_at(5)),
    }


def _chains_of_amendment(at_buyer: Chain) -> dict[str, Chain]:
    asked = at_buyer.copy().add("SURRENDER_FOR_AMENDMENT", BUYER, OPERATOR, amend("SWI"))
    accepted = asked.copy().add("ACCEPT_SURRENDER", OPERATOR, None, ANSWER)
    to_paper = (
        at_buyer.copy()
        .add("SURRENDER_FOR_AMENDMENT", BUYER, OPERATOR, amend("SWTP"))
        .add("ACCEPT_SURRENDER", OPERATOR, None, ANSWER)
    )
    return {
        "amendment asked": asked,
        "amendment withdrawn": asked.copy().add("WITHDRAW_SURRENDER", BUYER, None, ANSWER),
        "amendment accepted": accepted,
        "amendment accepted, held": accepted.copy().add(
            "HOLD", CUSTOMS, None, HoldTerms("HOLD-1")
        ),
        "paper asked and accepted": to_paper,
        "voided": accepted.copy().add("VOID", OPERATOR),
        "switched to paper": to_paper.copy().add("SWITCH_TO_PAPER", OPERATOR, None, PAPER),
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
        "ENDORSE": ("at the bank", BANK, BUYER, None),
        "BLANK_ENDORSE": ("at the bank", BANK, None, None),
        "PRESENT": ("issued", SELLER, BANK, PRESENT),
        "TAKE_UP": ("presented", BANK, None, None),
        "REFUSE_PRESENTATION": ("presented", BANK, None, RejectTransferTerms(SELLER.party)),
        "PLEDGE": ("at the buyer", BUYER, OTHER_BANK, None),
        "RELEASE_PLEDGE": ("pledged", OTHER_BANK, None, None),
        "RELEASE_ON_TRUST": ("pledged", OTHER_BANK, BUYER, trust()),
        "ENFORCE": ("pledged", OTHER_BANK, None, default_at(5)),
        "SURRENDER_FOR_AMENDMENT": ("at the buyer", BUYER, OPERATOR, amend("SWI")),
        "WITHDRAW_SURRENDER": ("pending", BUYER, None, ANSWER),
        "VOID": ("amendment accepted", OPERATOR, None, None),
        "SWITCH_TO_PAPER": ("paper asked and accepted", OPERATOR, None, PAPER),
        "ORDER": ("issued", COURT, None, order_to(STRANGER)),
        "DELIVER_AGAINST_INDEMNITY": ("at the buyer", AGENT, STRANGER, INDEMNITY),
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


def signers() -> dict[str, Signer]:
    """Return the live keys and roles of the cast."""
    return {
        member.party: Signer(
            member.key.public,
            member.roles,
            approvers=() if member.approver is None else (member.approver.public,),
        )
        for member in CAST
    }


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
        "pledge": bill.is_pledged,
    }


class Cases:
    """Collects cases; what everyone judges is tried here against what is expected."""

    def __init__(self) -> None:
        self.known = {"nothing": Chain(), **chains()}
        self.made: list[dict[str, JsonValue]] = []
        self._signers = FixedSigners(signers())

    def good(self, name: str, given: str, *act: object, **changes: object) -> None:
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
            bill = self._apply(bill, before)
        return self._apply(bill, recorded)

    def _apply(self, bill: Bill | None, recorded: Recorded) -> Bill:
        beside = recorded.countersignature
        return apply(bill, recorded.signed, recorded.at, "onebill", self._signers, beside)

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
