"""The bundle: one JSON file with all that shows a bill (bundle.md, section 1)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from onebill_verify import forms
from onebill_verify.act import SignedAct
from onebill_verify.attestation import Attestation
from onebill_verify.canonical import JsonValue, encode, parse_canonical
from onebill_verify.encoding import b64u, salted_hash, unb64u
from onebill_verify.errors import NotProven
from onebill_verify.fabric import Transaction
from onebill_verify.forms import Members, T
from onebill_verify.statements import SignedReceipt
from onebill_verify.terms import IssueTerms, NoteOnBoardTerms

VERSION: Final = 1
SIZE_MAX: Final = 16 * 1024 * 1024
_MALFORMED: Final = "BUNDLE_MALFORMED"
_MANY: Final = 100_000  # the size of the file is the limit that counts


@dataclass(frozen=True, slots=True)
class Shown:
    """A value whose salted hash stands on the ledger: document, certificate or details."""

    salt: str
    value: JsonValue

    @property
    def hash(self) -> str:
        """The salted hash of the value."""
        return salted_hash(self.salt, self.value)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the transport document names; `document_checksum` is its SHA-256 in hex."""

    name: str
    media_type: str
    size: int
    document_checksum: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the entry as it stands in bundle and document."""
        return {
            "name": self.name,
            "mediaType": self.media_type,
            "size": self.size,
            "documentChecksum": self.document_checksum,
        }


@dataclass(frozen=True, slots=True)
class PartyTransaction:
    """A registration or rotation, and whose it is."""

    party: str
    transaction: bytes


@dataclass(frozen=True, slots=True)
class BundledAct:
    """An act with the transaction that carried it and, where shown, its details."""

    act: str
    transaction: bytes
    details: Shown | None = None


@dataclass(frozen=True, slots=True)
class BundledAttestation:
    """The endorsed read, with the time and the nonce that it must name."""

    as_of: datetime
    nonce: str
    transaction: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle whose form is checked, and nothing else."""

    channel: str
    chaincode: str
    transport_document_reference: str
    parties: Sequence[PartyTransaction]
    acts: Sequence[BundledAct]
    attestation: BundledAttestation
    document: Shown | None = None
    certificate: Shown | None = None
    attachments: Sequence[Attachment] = ()

    @classmethod
    def parse(cls, data: bytes) -> "Bundle":
        """Read a bundle. Raises NotProven `BUNDLE_TOO_LARGE` or `BUNDLE_MALFORMED`."""
        if len(data) > SIZE_MAX:
            raise NotProven("BUNDLE_TOO_LARGE", "a bundle has at most 16 MiB")
        try:
            members = Members(parse_canonical(data), "the bundle", _MALFORMED)
        except NotProven as error:
            raise NotProven(_MALFORMED, f"the bundle: {error.message}") from None
        if members.take("bundleVersion", forms.positive) != VERSION:
            raise NotProven(_MALFORMED, f"only version {VERSION} of the bundle is known")
        bundle = cls(
            channel=members.take("channel", forms.channel),
            chaincode=members.take("chaincode", forms.text),
            transport_document_reference=members.take(
                "transportDocumentReference", forms.bill_reference
            ),
            document=members.optional("document", _shown("transportDocument")),
            certificate=members.optional("certificate", _shown("certificateOfInsurance")),
            attachments=members.take(
                "attachments", forms.array_of(_attachment, least=0, most=_MANY)
            ),
            parties=_each(members.take("parties", forms.items), _party),
            acts=_each(members.take("acts", forms.items), _act),
            attestation=members.take("attestation", _attestation),
        )
        members.end()
        if not bundle.acts:
            raise NotProven(_MALFORMED, "the bundle has no acts")
        return bundle

    def encode(self) -> bytes:
        """Return the file's bytes."""
        value: dict[str, JsonValue] = {
            "bundleVersion": VERSION,
            "channel": self.channel,
            "chaincode": self.chaincode,
            "transportDocumentReference": self.transport_document_reference,
            "attachments": [attachment.payload() for attachment in self.attachments],
            "parties": [
                {"party": item.party, "transaction": b64u(item.transaction)}
                for item in self.parties
            ],
            "acts": [_spell_act(item) for item in self.acts],
            "attestation": {
                "asOf": forms.spell_time(self.attestation.as_of),
                "nonce": self.attestation.nonce,
                "transaction": b64u(self.attestation.transaction),
            },
        }
        if self.document is not None:
            value["document"] = {
                "salt": self.document.salt,
                "transportDocument": self.document.value,
            }
        if self.certificate is not None:
            value["certificate"] = {
                "salt": self.certificate.salt,
                "certificateOfInsurance": self.certificate.value,
            }
        return encode(value)


def compose(
    *,
    channel: str,
    chaincode: str,
    transport_document_reference: str,
    parties: Iterable[PartyTransaction],
    acts: Iterable[BundledAct],
    attestation_transaction: bytes,
    document: Shown | None = None,
    certificate: Shown | None = None,
    attachments: Iterable[Attachment] = (),
) -> bytes:
    """Put a bundle together from what ledger and documents hold; return the file's bytes.

    Parties may come in any order, each with its transactions oldest first, and may be more
    than the bundle needs. Nothing is verified here but what must be read to do this.
    """
    recorded = list(acts)
    needed = set().union(*(signers_of(SignedAct.parse(item.act)) for item in recorded))
    transaction = Transaction.parse(attestation_transaction, channel, chaincode)
    said = Attestation.parse(transaction.response)
    return Bundle(
        channel=channel,
        chaincode=chaincode,
        transport_document_reference=transport_document_reference,
        document=document,
        certificate=certificate,
        attachments=list(attachments),
        # The sort is stable: each party's transactions keep their order.
        parties=sorted(
            (item for item in parties if item.party in needed), key=lambda item: item.party
        ),
        acts=recorded,
        attestation=BundledAttestation(said.as_of, said.nonce, attestation_transaction),
    ).encode()


def signers_of(signed: SignedAct) -> set[str]:
    """Return the parties whose signatures an act holds: actor, carriers, shipper."""
    terms = signed.act.terms
    signers = {signed.act.actor}
    receipts: Sequence[str] = ()
    if isinstance(terms, IssueTerms):
        signers.add(terms.shipper)
        receipts = [container.receipt for container in terms.containers]
    elif isinstance(terms, NoteOnBoardTerms):
        receipts = terms.receipts
    return signers | {SignedReceipt.parse(token).receipt.carrier for token in receipts}


def _each(values: Sequence[JsonValue], reader: Callable[[JsonValue], T]) -> tuple[T, ...]:
    return tuple(map(reader, values))


def _shown(name: str) -> Callable[[JsonValue], Shown]:
    def read(value: JsonValue) -> Shown:
        members = Members(value, name, _MALFORMED)
        shown = Shown(
            members.take("salt", forms.salt),
            members.take(name, forms.json_object),
        )
        members.end()
        return shown

    return read


def _attachment(value: JsonValue) -> Attachment:
    members = Members(value, "an attachment", _MALFORMED)
    attachment = Attachment(
        name=members.take("name", forms.text),
        media_type=members.take("mediaType", forms.text),
        size=members.take("size", forms.counted),
        document_checksum=members.take("documentChecksum", forms.hex_hash),
    )
    members.end()
    return attachment


def _party(value: JsonValue) -> PartyTransaction:
    members = Members(value, "a party", _MALFORMED)
    party = PartyTransaction(
        party=members.take("party", forms.party),
        transaction=members.take("transaction", _bytes),
    )
    members.end()
    return party


_details: Final = _shown("details")


def _act(value: JsonValue) -> BundledAct:
    members = Members(value, "an act", _MALFORMED)
    act = BundledAct(
        act=members.take("act", forms.jws_text),
        transaction=members.take("transaction", _bytes),
        details=members.optional("details", _details),
    )
    members.end()
    return act


def _attestation(value: JsonValue) -> BundledAttestation:
    members = Members(value, "the attestation", _MALFORMED)
    attestation = BundledAttestation(
        as_of=members.take("asOf", forms.time),
        nonce=members.take("nonce", forms.nonce),
        transaction=members.take("transaction", _bytes),
    )
    members.end()
    return attestation


def _bytes(value: JsonValue) -> bytes:
    try:
        return unb64u(forms.text(value))
    except NotProven as error:
        raise ValueError(f"is wrong: {error.message}") from None


def _spell_act(item: BundledAct) -> dict[str, JsonValue]:
    act: dict[str, JsonValue] = {"act": item.act, "transaction": b64u(item.transaction)}
    if item.details is not None:
        act["details"] = {"salt": item.details.salt, "details": item.details.value}
    return act
