"""Bundles of the synthetic ledger: a good one, and the pieces from which bad ones are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from onebill_verify import (
    LEDGER_CUSTODY,
    Attachment,
    Bundle,
    BundledAct,
    JsonValue,
    PartyTransaction,
    PrivateKey,
    PublicKey,
    Shown,
    encode,
)
from onebill_verify.bill import Bill
from onebill_verify.bundle import BundledAttestation, signers_of
from onebill_verify.law import apply
from onebill_verify.parties import FixedSigners, Signer

from making.cast import (
    BANK,
    BUYER,
    CAST,
    CHAINCODE,
    CHANNEL,
    OPERATOR,
    PARTNER_MSP,
    REGISTERED,
    SELLER,
    Member,
    hashed,
    salt,
)
from making.chain import REFERENCE, Chain, Recorded, approval, issue_terms, note_terms
from making.fabric import Envelope
from making.parties import ENDORSERS, Change, Rotated, StatusSet, registrations

ATTESTED = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)
NONCE = "sample-nonce-2026"

PACKING_LIST: dict[str, JsonValue] = {
    "name": "packing-list.pdf",
    "mediaType": "application/pdf",
    "size": 48213,
    "documentChecksum": "5d2c6b1f0a9e4f4c8f1f5f0c4f8b7d63f1f2c3d4e5f60718293a4b5c6d7e8f90",
}
DOCUMENT: dict[str, JsonValue] = {
    "note": "SYNTHETIC SAMPLE: invented parties, invented goods",
    "transportDocumentReference": REFERENCE,
    "transportDocumentTypeCode": "BOL",
    "isToOrder": True,
    "placeOfReceipt": "CNCKG",
    "portOfLoading": "CNQZH",
    "portOfDischarge": "SGSIN",
    "placeOfDelivery": "SGJUR",
    "shipper": "重庆云顶机械有限公司 (invented)",
    "goods": [
        {
            "descriptionOfGoods": "Hydraulic pumps / 液压泵",
            "hsCode": "841350",
            "grossWeightGrams": 18400000,
            "packages": 240,
        }
    ],
    "equipment": [
        {"equipmentReference": "NARU3472484", "isoEquipmentCode": "22G1"},
        {"equipmentReference": "TEMU6079348", "isoEquipmentCode": "22G1"},
    ],
    "attachments": [PACKING_LIST],
}
CERTIFICATE: dict[str, JsonValue] = {
    "note": "SYNTHETIC SAMPLE",
    "certificateNumber": "COI-2026-000117",
    "clauses": "ICC (A), war and strikes",
    "insuredAmount": {"currency": "USD", "minorUnits": 24640000},
}


@dataclass(frozen=True)
class Story:
    """What a bundle tells, before it is written."""

    chain: Chain
    details: Mapping[int, JsonValue] = field(default_factory=dict)
    changes: Mapping[str, Sequence[Change]] = field(default_factory=dict)

    def bill(self) -> Bill:
        """Return the state to which the acts lead."""
        signers = FixedSigners(
            {
                member.party: Signer(
                    self.key_of(member).public, member.roles, approvers=self.approvers_of(member)
                )
                for member in CAST
            }
        )
        bill: Bill | None = None
        for recorded in self.chain.acts:
            bill = apply(
                bill,
                recorded.signed,
                recorded.at,
                CHANNEL,
                signers,
                recorded.countersignature,
            )
        assert bill is not None
        return bill

    def key_of(self, member: Member) -> PrivateKey:
        """Return a member's last key."""
        keys = [
            one.key
            for one in self.changes.get(member.name, ())
            if not isinstance(one, StatusSet) and not one.of_approver
        ]
        return keys[-1] if keys else member.key

    def approvers_of(self, member: Member) -> tuple[PublicKey, ...]:
        """Return the last key of a member's approver, where it has one."""
        keys = [
            one.key
            for one in self.changes.get(member.name, ())
            if not isinstance(one, StatusSet) and one.of_approver
        ]
        last = keys[-1] if keys else member.approver
        return () if last is None else (last.public,)

    def act(self, number: int) -> Envelope:
        """Return the transaction of an act, counted from 1."""
        recorded = self.chain.acts[number - 1]
        return act_envelope(recorded)

    def attestation(self) -> Envelope:
        """Return the endorsed read of the state."""
        return attestation_envelope(said(self.bill()))

    def bundle(self) -> Bundle:
        """Return the whole bundle."""
        needed = set().union(*(signers_of(item.signed) for item in self.chain.acts))
        parties = []
        for member in sorted(CAST, key=lambda member: member.party):
            if member.party in needed:
                parties += [
                    PartyTransaction(member.party, envelope.write())
                    for envelope in self.registrations(member)
                ]
        acts = []
        for number, recorded in enumerate(self.chain.acts, start=1):
            details = self.details.get(number)
            shown = None if details is None else Shown(salt(f"details {number}"), details)
            acts.append(BundledAct(recorded.signed.token, self.act(number).write(), shown))
        return Bundle(
            channel=CHANNEL,
            chaincode=CHAINCODE,
            transport_document_reference=REFERENCE,
            document=Shown(salt("sample document"), DOCUMENT),
            certificate=Shown(salt("sample certificate"), CERTIFICATE),
            attachments=[
                Attachment(
                    name="packing-list.pdf",
                    media_type="application/pdf",
                    size=48213,
                    document_checksum=str(PACKING_LIST["documentChecksum"]),
                )
            ],
            parties=parties,
            acts=acts,
            attestation=BundledAttestation(ATTESTED, NONCE, self.attestation().write()),
        )

    def registrations(self, member: Member) -> list[Envelope]:
        """Return what is recorded of a member."""
        return registrations(member, self.changes.get(member.name, ()))


def act_envelope(recorded: Recorded) -> Envelope:
    """Return the transaction that carries an act."""
    act = recorded.signed.act
    token = recorded.signed.token
    return Envelope(
        function="SubmitAct",
        arguments=recorded.arguments,
        response=recorded.signed.hash.encode(),
        at=recorded.at,
        seed=f"act {act.sequence}",
        reads=[f"BILL_{REFERENCE}", f"PARTY_{act.actor}"],
        writes={
            f"ACT_{REFERENCE}_{act.sequence:010d}": token.encode(),
            f"BILL_{REFERENCE}": encode({"sequence": act.sequence, "synthetic": True}),
        },
        endorsers=ENDORSERS,
    )


def said(bill: Bill, **changes: JsonValue) -> dict[str, JsonValue]:
    """Return what peers say of a bill, some of it changed."""
    return {
        "asOf": f"{ATTESTED:%Y-%m-%dT%H:%M:%SZ}",
        "channel": CHANNEL,
        "chaincode": CHAINCODE,
        "headActHash": bill.head_act_hash,
        "hold": bill.is_held,
        "nonce": NONCE,
        "pledge": bill.is_pledged,
        "possessor": bill.possessor,
        "recoveryPending": False,
        "sequence": bill.sequence,
        "state": bill.state,
        "titleHolder": bill.title_holder,
        "transportDocumentReference": bill.reference,
        **changes,
    }


def attestation_envelope(response: Mapping[str, JsonValue]) -> Envelope:
    """Return the endorsed read that says this."""
    return Envelope(
        function="Attest",
        arguments=[REFERENCE, NONCE],
        response=encode(response),
        at=ATTESTED,
        seed="attest",
        submitter=PARTNER_MSP,
        reads=read_by(str(response["possessor"]), str(response["titleHolder"])),
        endorsers=ENDORSERS,
    )


def read_by(possessor: str, title_holder: str) -> list[str]:
    """Return the keys that an attestation reads, in the contract's order."""
    holders = [possessor] if title_holder in ("", possessor) else [possessor, title_holder]
    return [f"BILL_{REFERENCE}", *(f"RECOVERY_{holder}" for holder in holders)]


def sample_terms() -> dict[str, object]:
    """Return the terms of ISSUE that belong to the sample's document and certificate."""
    document = hashed("sample document", DOCUMENT)
    return {
        "document_hash": document,
        "certificate_hash": hashed("sample certificate", CERTIFICATE),
        "approval": approval(document_hash=document),
    }


def sample() -> Story:
    """Return the story of the sample: issued, noted, presented to the bank, sold to the buyer."""
    presented: dict[str, JsonValue] = {"creditReference": "LC-2026-0815", "documents": ["INV-88"]}
    chain = (
        Chain()
        .add("ISSUE", OPERATOR, SELLER, issue_terms(**sample_terms()))
        .add("NOTE_ON_BOARD", OPERATOR, None, note_terms())
        .add("TRANSFER", SELLER, BANK, details_hash=hashed("details 3", presented))
        .add("ENDORSE_TO_ORDER", BANK, BUYER)
        .add("TRANSFER", BANK, BUYER)
    )
    return Story(chain, details={3: presented})


def short() -> Story:
    """Return the shortest story with a transfer: issued and handed to the bank."""
    chain = (
        Chain()
        .add("ISSUE", OPERATOR, SELLER, issue_terms(**sample_terms()))
        .add("TRANSFER", SELLER, BANK)
    )
    return Story(chain)


def rotated() -> Story:
    """Return a story in which the seller changes its key twice before it acts."""
    from making.cast import secret_key  # noqa: PLC0415 - only here

    second, third = secret_key("seller, second key"), secret_key("seller, third key")
    return with_sellers_key(
        third,
        Rotated(REGISTERED + timedelta(days=1), second, LEDGER_CUSTODY),
        Rotated(REGISTERED + timedelta(days=2), third),
    )


def with_sellers_key(key: PrivateKey, *changes: Change) -> Story:
    """Return the shortest story, told by a seller with another key than its first."""
    seller = _WithKey(SELLER.name, SELLER.roles, SELLER.vouching_organisation, key)
    terms = {
        **sample_terms(),
        "approval": approval(seller, document_hash=sample_terms()["document_hash"]),
    }
    chain = (
        Chain()
        .add("ISSUE", OPERATOR, SELLER, issue_terms(**terms))
        .add("TRANSFER", SELLER, BANK, key=seller)
    )
    return Story(chain, changes={SELLER.name: changes})


class _WithKey(Member):
    """A member that signs with another key than its first."""

    def __init__(
        self, name: str, roles: tuple[str, ...], organisation: str, key: PrivateKey
    ) -> None:
        super().__init__(name, roles, organisation)
        self.__dict__["key"] = key


def with_act(bundle: Bundle, number: int, **changes: object) -> Bundle:
    """Return the bundle with one act changed, counted from 1."""
    acts = list(bundle.acts)
    acts[number - 1] = replace(acts[number - 1], **changes)  # type: ignore[arg-type]  # as above
    return replace(bundle, acts=acts)
