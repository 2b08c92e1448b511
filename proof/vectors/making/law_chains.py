"""The chains from which the cases of the law go on, and what collects the cases."""

from onebill_verify import (
    AccomplishTerms,
    ConfirmPaymentTerms,
    HoldTerms,
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
    CAST,
    CUSTOMS,
    LAST_HAULIER,
    LINES_AGENT,
    OPERATOR,
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


def signers() -> dict[str, Signer]:
    """Return the live keys and roles of the cast."""
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
