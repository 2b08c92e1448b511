"""Canonical bytes, salted hashes and signed statements, by the package that a stranger uses."""

from collections.abc import Mapping
from typing import Final, cast

from onebill_verify import (
    NotProven,
    PublicKey,
    SignedApproval,
    SignedReceipt,
    encode,
    new_salt,
    parse,
    parse_canonical,
    salted_hash,
)
from onebill_verify.encoding import salted_hash_of_bytes
from onebill_verify.terms import read_terms

from foundation.kernel.errors import DomainError, InvalidValue
from foundation.kernel.references import Randomness
from services.documents.domain.bill import Addressees, Approval
from services.documents.domain.receipt import OpenedReceipt
from services.documents.domain.transport_document import Document, Json

_SALT_BYTES: Final = 32
_OPENED: Final = ("equipment", "seal", "place")


class VerifiedProofs:
    """What documents asks of onebill_verify, with its refusals as ours."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def canonical(self, document: Document) -> str:
        """Spell a document canonically (RFC 8785)."""
        return encode(document).decode()

    def parse(self, content: str) -> Document:
        """Read what `canonical` spelled."""
        return cast("Document", parse_canonical(content.encode()))

    def new_salt(self) -> str:
        """Answer 32 fresh random bytes, spelled."""
        return new_salt(self._randomness(_SALT_BYTES))

    def salted_hash(self, salt: str, content: str) -> str:
        """Answer the salted hash of a document's canonical spelling."""
        return salted_hash_of_bytes(salt, content.encode())

    def read_approval(self, token: str, public_key: str) -> Approval:
        """Check form and signature of an approval.

        Raises:
            InvalidValue: APPROVAL_INVALID, KEY_MALFORMED.
        """
        try:
            signed = SignedApproval.parse(token)
            signed.verify(_key(public_key))
        except NotProven as fault:
            raise _refusal(fault) from fault
        said = signed.approval
        return Approval(
            token=token,
            channel=said.channel,
            transport_document_reference=said.transport_document_reference,
            shipper=said.shipper,
            addressees=Addressees(said.issue_to, said.endorsee or "", said.consignee or ""),
            document_hash=said.document_hash,
            approved_at=said.approved_date_time,
        )

    def open_receipt(self, token: str, public_key: str, salts: str) -> OpenedReceipt:
        """Check form and signature of a receipt and open its hashes.

        Raises:
            InvalidValue: RECEIPT_INVALID, KEY_MALFORMED, RECEIPT_NOT_OPENED.
        """
        try:
            SignedReceipt.parse(token).verify(_key(public_key))
        except NotProven as fault:
            raise _refusal(fault) from fault
        return reopen_receipt(token, salts)

    def check_issue_terms(self, terms: Document) -> None:
        """Refuse terms of ISSUE that the ledger would not read.

        Raises:
            InvalidValue: ACT_MALFORMED.
        """
        try:
            read_terms("ISSUE", terms)
        except NotProven as fault:
            raise _refusal(fault) from fault


def reopen_receipt(token: str, salts: str) -> OpenedReceipt:
    """Open a receipt's hashes; its signature was checked when it was handed in.

    Raises:
        InvalidValue: RECEIPT_INVALID, RECEIPT_NOT_OPENED.
    """
    try:
        said = SignedReceipt.parse(token).receipt
        opened = _open(parse(salts.encode()))
        hashes = {name: salted_hash(salt, value) for name, (salt, value) in opened.items()}
    except NotProven as fault:
        raise _refusal(fault) from fault
    if hashes != {
        "equipment": said.equipment_hash,
        "seal": said.seal_hash,
        "place": said.place_hash,
    }:
        raise _not_opened()
    equipment, seal, place = (opened[name][1] for name in _OPENED)
    numbers = seal.get("sealNumbers")
    if not isinstance(numbers, list):
        raise _not_opened()
    return OpenedReceipt(
        token=token,
        channel=said.channel,
        transport_document_reference=said.transport_document_reference,
        receipt_type=said.receipt_type,
        carrier=said.carrier,
        leg_sequence=said.leg_sequence,
        container_key=said.container_key,
        event_at=said.event_date_time,
        equipment_reference=str(equipment.get("equipmentReference", "")),
        seal_numbers=tuple(str(number) for number in numbers),
        place={name: str(value) for name, value in place.items()},
    )


def _open(said: Json) -> dict[str, tuple[str, Mapping[str, Json]]]:
    if not isinstance(said, Mapping) or set(said) != set(_OPENED):
        raise _not_opened()
    opened = {}
    for name in _OPENED:
        one = said[name]
        if not isinstance(one, Mapping) or set(one) != {"salt", "value"}:
            raise _not_opened()
        salt, value = one["salt"], one["value"]
        if not isinstance(salt, str) or not isinstance(value, Mapping):
            raise _not_opened()
        opened[name] = (salt, value)
    return opened


def _key(public_key: str) -> PublicKey:
    return PublicKey.from_jwk(parse(public_key.encode()))


def _not_opened() -> InvalidValue:
    return InvalidValue(
        "RECEIPT_NOT_OPENED",
        "The salts and values that came with the receipt do not open its hashes.",
    )


def _refusal(fault: NotProven) -> DomainError:
    return InvalidValue(fault.reason, fault.message)
