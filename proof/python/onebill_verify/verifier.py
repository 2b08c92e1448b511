"""Verifies a bundle from its bytes, the pinned roots and the time of day, and nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from onebill_verify import law
from onebill_verify.act import SignedAct
from onebill_verify.answer import NOT_SHOWN, SHOWN, Answer, SignedBy
from onebill_verify.attestation import Attestation
from onebill_verify.bill import Bill
from onebill_verify.bundle import Bundle, BundledAct, Shown
from onebill_verify.errors import NotProven
from onebill_verify.fabric import Transaction
from onebill_verify.forms import spell_time
from onebill_verify.parties import CLOCK_SECONDS, KeyBook
from onebill_verify.terms import IssueTerms
from onebill_verify.trust import Trust

ORGANISATIONS: Final = 2
_CLOCKS_APART: Final = timedelta(seconds=CLOCK_SECONDS)
_ARGUMENTS_MAX: Final = 2  # of SubmitAct: the act and its countersignature


def verify(
    data: bytes,
    trust: Trust,
    now: datetime,
    *,
    organisations: int = ORGANISATIONS,
    nonce: str | None = None,
) -> Answer:
    """Say what a bundle proves; never raises, whatever the bytes.

    `now` is the asker's time (UTC). `organisations` is how many must have endorsed each
    transaction. `nonce` is what the asker gave to the attesting peers, where it was the asker
    who asked.
    """
    reference = ""
    try:
        bundle = Bundle.parse(data)
        reference = bundle.transport_document_reference
        return check(bundle, trust, now, organisations=organisations, nonce=nonce)
    except NotProven as error:
        return Answer(
            proven=False,
            reason=error.reason,
            message=error.message,
            transport_document_reference=reference,
        )


def check(
    bundle: Bundle,
    trust: Trust,
    now: datetime,
    *,
    organisations: int = ORGANISATIONS,
    nonce: str | None = None,
) -> Answer:
    """Verify a bundle whose form is checked. Raises NotProven where it does not hold."""
    if bundle.channel != trust.channel:
        raise NotProven("WRONG_CHANNEL", f"the roots are not those of {bundle.channel!r}")
    if bundle.chaincode != trust.chaincode:
        raise NotProven("WRONG_CHAINCODE", f"the roots are not those of {bundle.chaincode!r}")
    work = _Work(bundle, trust, organisations)
    keys = KeyBook(trust)
    for party in bundle.parties:
        transaction, endorsers = _registration(party.transaction, trust, organisations)
        keys.add(party.party, transaction, endorsers)
    bill, endorsed_by, signed_by = work.replay(keys)
    keys.nobody_else()
    _check_shown(bundle, bill.terms)
    attestation, attested_by = work.attestation(bill)
    if nonce is not None and nonce != attestation.nonce:
        raise NotProven("NONCE_NOT_YOURS", f"attested for the nonce {attestation.nonce!r}")
    if attestation.as_of - now > _CLOCKS_APART:
        raise NotProven(
            "ATTESTATION_FROM_THE_FUTURE", f"attested as of {spell_time(attestation.as_of)}"
        )
    return Answer(
        proven=True,
        transport_document_reference=bill.reference,
        state=bill.state,
        possessor=bill.possessor,
        title_holder=bill.title_holder,
        sequence=bill.sequence,
        head_act_hash=bill.head_act_hash,
        as_of=attestation.as_of,
        nonce=attestation.nonce,
        hold=bill.is_held,
        pledge=bill.is_pledged,
        delivered_against_indemnity=bill.delivered_against_indemnity,
        recovery_pending=attestation.recovery_pending,
        is_to_order=bill.terms.is_to_order,
        attested_by=attested_by,
        endorsed_by=endorsed_by,
        signed_by=signed_by,
        document=NOT_SHOWN if bundle.document is None else SHOWN,
        certificate=NOT_SHOWN if bundle.certificate is None else SHOWN,
    )


@lru_cache(maxsize=2048)
def _registration(
    data: bytes, trust: Trust, organisations: int
) -> tuple[Transaction, tuple[str, ...]]:
    """Return the endorsed transaction of a registration or rotation, and who endorsed it.

    The same parties stand in many bundles: what these bytes show under these roots is found out
    once per process. Refusals are not remembered.
    """
    transaction = Transaction.parse(data, trust.channel, trust.chaincode)
    return transaction, transaction.endorsers(trust, organisations)


@dataclass(frozen=True, slots=True)
class _Work:
    """One bundle under verification."""

    bundle: Bundle
    trust: Trust
    organisations: int

    def open(self, data: bytes) -> tuple[Transaction, tuple[str, ...]]:
        """Return a transaction that enough organisations endorsed, and which they are."""
        transaction = Transaction.parse(data, self.bundle.channel, self.bundle.chaincode)
        return transaction, transaction.endorsers(self.trust, self.organisations)

    def replay(self, keys: KeyBook) -> tuple[Bill, list[tuple[str, ...]], list[SignedBy]]:
        """Replay the chain; return the bill, who endorsed each act and who signed it."""
        bill: Bill | None = None
        endorsed_by = []
        signed_by = []
        for number, item in enumerate(self.bundle.acts, start=1):
            try:
                bill, endorsers, signer = self._act(bill, item, keys)
            except NotProven as error:
                raise NotProven(error.reason, f"act {number}: {error.message}") from None
            endorsed_by.append(endorsers)
            signed_by.append(signer)
        if bill is None:
            raise NotProven("BUNDLE_MALFORMED", "the bundle has no acts")
        return bill, endorsed_by, signed_by

    def _act(
        self, bill: Bill | None, item: BundledAct, keys: KeyBook
    ) -> tuple[Bill, tuple[str, ...], SignedBy]:
        signed = SignedAct.parse(item.act)
        if signed.act.transport_document_reference != self.bundle.transport_document_reference:
            raise NotProven("ACT_OF_ANOTHER_BILL", "this act moves another bill")
        transaction, endorsers = self.open(item.transaction)
        self._check_carries(transaction, signed)
        _check_details(signed, item.details)
        countersignature = transaction.arguments[1] if len(transaction.arguments) > 1 else None
        moved = law.apply(
            bill,
            signed,
            transaction.moment.exact(),
            self.bundle.channel,
            keys,
            countersignature,
        )
        act, seconds = signed.act, transaction.moment.seconds
        custody = keys.signer(act.actor, signed.kid, seconds).key_custody
        return (
            moved,
            endorsers,
            SignedBy(act.action_code, act.actor, custody, countersignature is not None),
        )

    def _check_carries(self, transaction: Transaction, signed: SignedAct) -> None:
        """Check that this transaction proposed, answered and wrote exactly this act."""
        act = signed.act
        key = f"ACT_{act.transport_document_reference}_{act.sequence:010d}"
        arguments = transaction.arguments
        if transaction.function != "SubmitAct" or arguments[:1] != (signed.token,):
            raise NotProven("TRANSACTION_OF_ANOTHER_ACT", "its transaction submits another act")
        if len(arguments) > _ARGUMENTS_MAX:
            raise NotProven("TRANSACTION_OF_ANOTHER_ACT", "its transaction has more arguments")
        if transaction.response != signed.hash.encode():
            raise NotProven("TRANSACTION_OF_ANOTHER_ACT", "its transaction answers another hash")
        if transaction.wrote(self.bundle.chaincode, key) != signed.token.encode():
            raise NotProven("ACT_NOT_WRITTEN", "its transaction does not write it")

    def attestation(self, bill: Bill) -> tuple[Attestation, tuple[str, ...]]:
        """Check that the peers attest the very state that the acts lead to."""
        shown = self.bundle.attestation
        transaction, attested_by = self.open(shown.transaction)
        said = Attestation.of(transaction, self.bundle.chaincode, bill.reference)
        if said.nonce != shown.nonce:
            raise NotProven("ATTESTATION_WRONG_NONCE", "the bundle names another nonce")
        if said.as_of != shown.as_of:
            raise NotProven("ATTESTATION_WRONG_TIME", "the bundle names another time")
        if (said.sequence, said.head_act_hash) != (bill.sequence, bill.head_act_hash):
            raise NotProven(
                "HEAD_MISMATCH",
                f"the acts end at {bill.sequence}, the peers attest {said.sequence}",
            )
        attested = (said.state, said.possessor, said.title_holder, said.hold, said.pledge)
        replayed = (bill.state, bill.possessor, bill.title_holder, bill.is_held, bill.is_pledged)
        if attested != replayed:
            raise NotProven("STATE_MISMATCH", "the acts lead to another state than attested")
        return said, attested_by


def _check_details(signed: SignedAct, details: Shown | None) -> None:
    if details is None:
        return
    if details.hash != signed.act.details_hash:
        raise NotProven("DETAILS_CHANGED", "its details are not those that were signed")
    if signed.act.action_code == "REJECT_SURRENDER":
        comment = details.value.get("comment") if isinstance(details.value, dict) else None
        if not isinstance(comment, str) or not comment.strip():
            raise NotProven("COMMENT_MISSING", "a rejected surrender says why; this does not")
    if signed.act.action_code == "REFUSE_PRESENTATION":
        named = details.value.get("discrepancies") if isinstance(details.value, dict) else None
        if not isinstance(named, list) or not named:
            raise NotProven("DISCREPANCIES_MISSING", "a bank that refuses names discrepancies")


def _check_shown(bundle: Bundle, terms: IssueTerms) -> None:
    """Check document, certificate and attachments against what ISSUE says."""
    document = bundle.document
    if document is not None:
        if document.hash != terms.document_hash:
            raise NotProven("DOCUMENT_CHANGED", "the document is not the one that was issued")
        named = (
            document.value.get("transportDocumentReference")
            if isinstance(document.value, dict)
            else None
        )
        if named not in (None, bundle.transport_document_reference):
            raise NotProven("DOCUMENT_OF_ANOTHER_BILL", f"the document is that of {named!r}")
    certificate = bundle.certificate
    if certificate is not None and certificate.hash != terms.certificate_hash:
        raise NotProven("CERTIFICATE_CHANGED", "the certificate of insurance is another one")
    listed = (
        document.value.get("attachments", [])
        if document is not None and isinstance(document.value, dict)
        else []
    )
    for attachment in bundle.attachments:
        if not isinstance(listed, list) or attachment.payload() not in listed:
            raise NotProven("ATTACHMENT_NOT_LISTED", f"the document lists no {attachment.name!r}")
