"""Statements beside acts: a carrier's receipt, the shipper's approval (act.md, 5 and 6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from onebill_verify import forms
from onebill_verify.canonical import JsonValue
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import PrivateKey, PublicKey

TAKEN_IN_CHARGE: Final = "TAKEN_IN_CHARGE"
LOADED_ON_BOARD: Final = "LOADED_ON_BOARD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A carrier says: this container came into my custody, or went on board, at this time.

    The three hashes are salted: of `{"equipmentReference"}`, `{"sealNumbers"}` (sorted) and
    the place; `salted_hash` makes them.
    """

    channel: str
    transport_document_reference: str
    receipt_type: str
    carrier: str
    leg_sequence: int
    container_key: str
    equipment_hash: str
    seal_hash: str
    place_hash: str
    event_date_time: datetime

    def payload(self) -> dict[str, JsonValue]:
        """Return the payload that is signed."""
        return {
            "channel": self.channel,
            "transportDocumentReference": self.transport_document_reference,
            "receiptType": self.receipt_type,
            "carrier": self.carrier,
            "legSequence": self.leg_sequence,
            "containerKey": self.container_key,
            "equipmentHash": self.equipment_hash,
            "sealHash": self.seal_hash,
            "placeHash": self.place_hash,
            "eventDateTime": forms.spell_time(self.event_date_time),
        }

    def sign(self, key: PrivateKey) -> str:
        """Sign as the carrier; return the compact JWS. Raises NotProven `RECEIPT_INVALID`."""
        payload = self.payload()
        _read_receipt(payload)
        return Jws.sign(key, JwsType.RECEIPT, payload).token


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt as it was signed; check the signature with `verify`."""

    receipt: Receipt
    jws: Jws

    @classmethod
    def parse(cls, token: str) -> "SignedReceipt":
        """Read and check the form. Raises NotProven `RECEIPT_INVALID`."""
        jws = _parse(token, JwsType.RECEIPT, "RECEIPT_INVALID")
        return cls(_read_receipt(jws.payload), jws)

    def verify(self, key: PublicKey) -> None:
        """Check the carrier's signature. Raises NotProven `RECEIPT_INVALID`."""
        _verify(self.jws, key, "RECEIPT_INVALID", "the receipt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The shipper says: issue exactly this document, and to whom.

    `endorsee` and `consignee` are those of ISSUE's terms, None where it has none.
    """

    channel: str
    transport_document_reference: str
    shipper: str
    issue_to: str
    document_hash: str
    approved_date_time: datetime
    endorsee: str | None = None
    consignee: str | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return the payload that is signed."""
        payload: dict[str, JsonValue] = {
            "channel": self.channel,
            "transportDocumentReference": self.transport_document_reference,
            "shipper": self.shipper,
            "issueTo": self.issue_to,
            "documentHash": self.document_hash,
            "approvedDateTime": forms.spell_time(self.approved_date_time),
        }
        if self.endorsee is not None:
            payload["endorsee"] = self.endorsee
        if self.consignee is not None:
            payload["consignee"] = self.consignee
        return payload

    def sign(self, key: PrivateKey) -> str:
        """Sign as the shipper; return the compact JWS. Raises NotProven `APPROVAL_INVALID`."""
        payload = self.payload()
        _read_approval(payload)
        return Jws.sign(key, JwsType.APPROVAL, payload).token


@dataclass(frozen=True, slots=True)
class SignedApproval:
    """An approval as it was signed; check the signature with `verify`."""

    approval: Approval
    jws: Jws

    @classmethod
    def parse(cls, token: str) -> "SignedApproval":
        """Read and check the form. Raises NotProven `APPROVAL_INVALID`."""
        jws = _parse(token, JwsType.APPROVAL, "APPROVAL_INVALID")
        return cls(_read_approval(jws.payload), jws)

    def verify(self, key: PublicKey) -> None:
        """Check the shipper's signature. Raises NotProven `APPROVAL_INVALID`."""
        _verify(self.jws, key, "APPROVAL_INVALID", "the approval")


def _read_receipt(payload: JsonValue) -> Receipt:
    members = Members(payload, "a receipt", "RECEIPT_INVALID")
    receipt = Receipt(
        channel=members.take("channel", forms.channel),
        transport_document_reference=members.take(
            "transportDocumentReference", forms.bill_reference
        ),
        receipt_type=members.take("receiptType", forms.one_of(TAKEN_IN_CHARGE, LOADED_ON_BOARD)),
        carrier=members.take("carrier", forms.party),
        leg_sequence=members.take("legSequence", forms.positive),
        container_key=members.take("containerKey", forms.hex_hash),
        equipment_hash=members.take("equipmentHash", forms.hex_hash),
        seal_hash=members.take("sealHash", forms.hex_hash),
        place_hash=members.take("placeHash", forms.hex_hash),
        event_date_time=members.take("eventDateTime", forms.time),
    )
    members.end()
    return receipt


def _read_approval(payload: JsonValue) -> Approval:
    members = Members(payload, "an approval", "APPROVAL_INVALID")
    approval = Approval(
        channel=members.take("channel", forms.channel),
        transport_document_reference=members.take(
            "transportDocumentReference", forms.bill_reference
        ),
        shipper=members.take("shipper", forms.party),
        issue_to=members.take("issueTo", forms.party),
        endorsee=members.optional("endorsee", forms.party),
        consignee=members.optional("consignee", forms.party),
        document_hash=members.take("documentHash", forms.hex_hash),
        approved_date_time=members.take("approvedDateTime", forms.time),
    )
    members.end()
    return approval


def _parse(token: str, typ: JwsType, reason: str) -> Jws:
    try:
        return Jws.parse(token, typ)
    except NotProven as error:
        raise NotProven(reason, error.message) from None


def _verify(jws: Jws, key: PublicKey, reason: str, what: str) -> None:
    try:
        jws.verify(key)
    except NotProven as error:
        raise NotProven(reason, f"{what}: {error.message}") from None
