"""Chains of acts on one bill, built act by act, each an hour after the one before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from onebill_verify import (
    LOADED_ON_BOARD,
    TAKEN_IN_CHARGE,
    Act,
    Approval,
    Conditions,
    IssuedContainer,
    IssueTerms,
    JsonValue,
    NoteOnBoardTerms,
    NoTerms,
    PrivateKey,
    Receipt,
    SignedAct,
    Terms,
    countersign,
)

from making.cast import (
    AGENT,
    BANK,
    BUYER,
    CHANNEL,
    CUSTOMS,
    HAULIER,
    LINE,
    LINES_AGENT,
    OPERATOR,
    SELLER,
    TERMINAL,
    Member,
    base32,
    digest,
    hashed,
)

REFERENCE = "OB" + base32("bill", 10)
OTHER_REFERENCE = "OB" + base32("another bill", 10)
TAKEN = datetime(2026, 5, 4, 8, 15, tzinfo=UTC)
BEGIN = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_DETAILS = hashed("no details", {})
EQUIPMENT = ("NARU3472484", "TEMU6079348")
DOCUMENT_HASH = hashed("document", {"invented": True})
CERTIFICATE_HASH = hashed("certificate", {"invented": True})


def container_key(equipment: str) -> str:
    """Return a blinded key; who knows no secret cannot tell of which container."""
    return digest(f"container {equipment}").hex()


def receipt_of(equipment: str, **changes: object) -> Receipt:
    """Return the first carrier's receipt for a container, some of its members changed."""
    receipt = Receipt(
        channel=CHANNEL,
        transport_document_reference=REFERENCE,
        receipt_type=TAKEN_IN_CHARGE,
        carrier=HAULIER.party,
        leg_sequence=1,
        container_key=container_key(equipment),
        equipment_hash=hashed(f"equipment {equipment}", {"equipmentReference": equipment}),
        seal_hash=hashed(f"seal {equipment}", {"sealNumbers": ["CN7741203"]}),
        place_hash=hashed(
            f"place {equipment}", {"facilityCode": "FACT", "unLocationCode": "CNCKG"}
        ),
        event_date_time=TAKEN,
    )
    return replace(receipt, **changes)  # type: ignore[arg-type]  # cases break single members


def on_board(equipment: str, **changes: object) -> Receipt:
    """Return the sea carrier's receipt for a container, some of its members changed."""
    place = {
        "unLocationCode": "CNQZH",
        "vesselIMONumber": "9321483",
        "vesselName": "BEIBU GULF 1",
        "voyageNumber": "2605E",
    }
    loaded: dict[str, object] = {
        "receipt_type": LOADED_ON_BOARD,
        "carrier": LINE.party,
        "leg_sequence": 3,
        "place_hash": hashed(f"vessel {equipment}", place),
        "event_date_time": TAKEN + HOUR,
        **changes,
    }
    return receipt_of(equipment, **loaded)


def approval(signer: Member = SELLER, **changes: object) -> str:
    """Return the shipper's approval, signed, some of its members changed."""
    said = Approval(
        channel=CHANNEL,
        transport_document_reference=REFERENCE,
        shipper=SELLER.party,
        issue_to=SELLER.party,
        endorsee=BANK.party,
        document_hash=DOCUMENT_HASH,
        approved_date_time=TAKEN + timedelta(minutes=30),
    )
    return replace(said, **changes).sign(signer.key)  # type: ignore[arg-type]  # as above


def issue_terms(**changes: object) -> IssueTerms:
    """Return the terms of a bill to order of the issuing bank, some of them changed.

    The shipper approves to whom the bill goes: `issue_to`, the seller unless told otherwise.
    """
    issue_to = changes.pop("issue_to", SELLER.party)
    changes = {"approval": _approval_of(changes, issue_to), **changes}
    terms = IssueTerms(
        is_to_order=True,
        shipper=SELLER.party,
        endorsee=BANK.party,
        delivery_agent=AGENT.party,
        carriers_agent=LINES_AGENT.party,
        terminal=TERMINAL.party,
        customs=(CUSTOMS.party,),
        first_carrier=HAULIER.party,
        document_hash=DOCUMENT_HASH,
        certificate_hash=CERTIFICATE_HASH,
        taking_in_charge_date=TAKEN.date(),
        is_clean=True,
        containers=tuple(
            IssuedContainer(container_key(equipment), receipt_of(equipment).sign(HAULIER.key))
            for equipment in EQUIPMENT
        ),
        approval=approval(),
        conditions=Conditions(
            receiver_charges=False,
            master_documents=True,
            customs=True,
            terminal_charges=True,
            general_average=False,
        ),
    )
    return replace(terms, **changes)  # type: ignore[arg-type]  # as above


def _approval_of(changes: Mapping[str, object], issue_to: object) -> str:
    named = {name: changes[name] for name in ("endorsee", "consignee") if name in changes}
    return approval(issue_to=issue_to, **named)


def note_terms(**changes: object) -> NoteOnBoardTerms:
    """Return the terms of a note on board of leg 3, some of them changed."""
    receipts = tuple(on_board(equipment).sign(LINE.key) for equipment in EQUIPMENT)
    return replace(NoteOnBoardTerms(3, receipts), **changes)  # type: ignore[arg-type]  # as above


@dataclass(frozen=True)
class Recorded:
    """An act and the time of the transaction that carried it."""

    signed: SignedAct
    at: datetime
    countersignature: str | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return the act as the law's vectors show it."""
        payload: dict[str, JsonValue] = {
            "act": self.signed.token,
            "transactionDateTime": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
        }
        if self.countersignature is not None:
            payload["countersignature"] = self.countersignature
        return payload

    @property
    def arguments(self) -> list[str]:
        """What SubmitAct is told."""
        beside = [] if self.countersignature is None else [self.countersignature]
        return [self.signed.token, *beside]


@dataclass
class Chain:
    """The acts of one bill so far."""

    acts: list[Recorded] = field(default_factory=list)

    def copy(self) -> "Chain":
        """Return a chain that may go another way from here."""
        return Chain(list(self.acts))

    def next(
        self,
        code: str,
        actor: Member,
        recipient: Member | None = None,
        terms: Terms | None = None,
        **changes: object,
    ) -> Recorded:
        """Return the act that would come next, some of its members changed; not yet added.

        `changes` may also name `key`, a member whose key signs, `transaction_time`, and
        `countersign`: by which key, or what makes the text that stands beside the act.
        """
        at = BEGIN + HOUR * len(self.acts)
        signer = changes.pop("key", actor)
        transaction_time = changes.pop("transaction_time", at + timedelta(seconds=5))
        beside = changes.pop("countersign", None)
        act = Act(
            channel=CHANNEL,
            transport_document_reference=REFERENCE,
            sequence=len(self.acts) + 1,
            previous_act_hash=self.acts[-1].signed.hash if self.acts else None,
            action_code=code,
            actor=actor.party,
            recipient=None if recipient is None else recipient.party,
            action_date_time=at,
            expiry_date_time=at + timedelta(days=1),
            details_hash=NO_DETAILS,
            terms=NoTerms() if terms is None else terms,
        )
        act = replace(act, **changes)  # type: ignore[arg-type]  # cases break single members
        assert isinstance(signer, Member)
        assert isinstance(transaction_time, datetime)
        signed = act.sign(signer.key)
        if isinstance(beside, PrivateKey):
            beside = countersign(signed, beside).token
        elif callable(beside):
            beside = beside(signed)
        assert beside is None or isinstance(beside, str)
        return Recorded(signed, transaction_time, beside)

    def add(
        self,
        code: str,
        actor: Member,
        recipient: Member | None = None,
        terms: Terms | None = None,
        **changes: object,
    ) -> "Chain":
        """Add the next act; return the same chain."""
        self.acts.append(self.next(code, actor, recipient, terms, **changes))
        return self


def issued(**changes: object) -> Chain:
    """Return a bill just issued to the seller."""
    return Chain().add("ISSUE", OPERATOR, SELLER, issue_terms(**changes))


def straight() -> Chain:
    """Return a straight bill: consignee the buyer, issued to the seller."""
    return issued(is_to_order=False, endorsee=None, consignee=BUYER.party)


def blank() -> Chain:
    """Return a bill to order, blank: the right follows possession."""
    return issued(endorsee=None)


def sea_waybill(**changes: object) -> Chain:
    """Return a sea waybill to the buyer, some of its terms changed."""
    return issued(
        **changes,
        transport_document_type_code="SWB",
        is_to_order=False,
        endorsee=None,
        consignee=BUYER.party,
    )
