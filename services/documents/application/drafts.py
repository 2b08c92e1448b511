"""The bill before issue: its reference, its drafts, clauses, approval, giving it up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from foundation.kernel.errors import InvalidValue, NotAllowed, NotFound
from services.documents.application.ports import Consignment, Papers, Proofs
from services.documents.domain.attachment import Attachment
from services.documents.domain.bill import DocumentState, Version, check_clause, voided
from services.documents.domain.facts import (
    AttachedFile,
    Booking,
    Certificate,
    Custody,
    Issuer,
    LedgerParties,
)
from services.documents.domain.leg_document import OPERATOR, LegDocumentState
from services.documents.domain.transport_document import DraftFacts, with_clause, write_draft


@dataclass(frozen=True, slots=True)
class Office:
    """What the operator's documentation office works with."""

    issuer: Issuer
    proofs: Proofs
    channel: str
    agents: frozenset[str]
    gate_one: str


def booking_unknown(reference: str) -> NotFound:
    """Make the answer to whoever may not know of a booking, or made it up."""
    return NotFound(
        "BOOKING_UNKNOWN",
        f"There is no booking {reference!r} for you.",
        booking_reference=reference,
    )


def bill_unknown(reference: str) -> NotFound:
    """Make the answer to whoever may not know of a bill, or made it up."""
    return NotFound(
        "BILL_UNKNOWN",
        f"There is no bill {reference!r} for you.",
        transport_document_reference=reference,
    )


async def require_bill(papers: Papers, reference: str) -> tuple[Consignment, Version]:
    """Answer a bill with its latest version, locked.

    Raises:
        NotFound: BILL_UNKNOWN.
    """
    found = await papers.find_consignment(reference=reference) if reference else None
    consignment = found and await papers.lock_consignment(found.booking_reference)
    version = consignment and await papers.latest_version(reference)
    if not consignment or not version:
        raise bill_unknown(reference)
    return consignment, version


async def reserve(
    papers: Papers, booking_reference: str, shipper: str, make_reference: Callable[[], str]
) -> Consignment:
    """Allot the bill's reference, once, before custody, so that receipts can name it.

    Raises:
        InvalidValue: BOOKING_REFERENCE_MISSING.
        WrongState: DOCUMENT_VOIDED.
    """
    if not booking_reference:
        raise InvalidValue("BOOKING_REFERENCE_MISSING", "Say which booking the bill is for.")
    known = await papers.lock_consignment(booking_reference)
    if known is None:
        known = Consignment(booking_reference, shipper or papers.caller)
    if known.is_voided:
        raise voided(known.reference or booking_reference)
    if known.reference:
        return known
    allotted = replace(known, reference=make_reference(), shipper=shipper or known.shipper)
    await papers.put_consignment(allotted)
    return allotted


async def create_draft(
    papers: Papers,
    office: Office,
    booking: Booking,
    parties: LedgerParties,
    certificate: Certificate | None,
    custody: tuple[Custody, ...],
    make_reference: Callable[[], str],
    at: datetime,
) -> Version:
    """Make the next draft; the same facts give the same version again.

    Raises:
        WrongState: DOCUMENT_ISSUED, DOCUMENT_VOIDED.
    """
    consignment = await reserve(papers, booking.reference, booking.shipper, make_reference)
    if (consignment.shipper, consignment.containers) != (booking.shipper, booking.containers):
        consignment = replace(consignment, shipper=booking.shipper, containers=booking.containers)
        await papers.put_consignment(consignment)
    latest = await papers.latest_version(consignment.reference)
    attachments = await papers.list_attachments(booking.reference)
    draft = write_draft(
        DraftFacts(
            reference=consignment.reference,
            issuer=office.issuer,
            booking=booking,
            parties=parties,
            equipment=tuple(await papers.list_equipment(booking.reference)),
            custody=custody,
            certificate=certificate,
            clauses=latest.clauses if latest else (),
            attachments=tuple(attached(one) for one in attachments),
        )
    )
    content = office.proofs.canonical(draft.document)
    if latest is not None:
        same = (latest.content, latest.parties, latest.missing) == (
            content,
            parties,
            draft.missing,
        )
        if same:
            return latest
        latest.still_open()
    salt = office.proofs.new_salt()
    version = Version(
        reference=consignment.reference,
        booking_reference=booking.reference,
        number=latest.number + 1 if latest else 1,
        state=DocumentState.DRAFT,
        content=content,
        salt=salt,
        document_hash=office.proofs.salted_hash(salt, content),
        missing=draft.missing,
        clauses=latest.clauses if latest else (),
        parties=parties,
        created_at=at,
    )
    await put_version(papers, consignment, version, "draft_created", at)
    return version


async def add_clause(
    papers: Papers, office: Office, reference: str, clause: str, at: datetime
) -> Version:
    """Add a clause to the draft: a new version, which needs its own approval.

    Raises:
        NotFound: BILL_UNKNOWN.
        InvalidValue: CLAUSE_FORM.
        WrongState: DOCUMENT_ISSUED, DOCUMENT_VOIDED.
    """
    plain = check_clause(clause)
    consignment, latest = await require_bill(papers, reference)
    latest.still_open()
    content = office.proofs.canonical(with_clause(office.proofs.parse(latest.content), plain))
    salt = office.proofs.new_salt()
    version = replace(
        latest,
        number=latest.number + 1,
        state=DocumentState.DRAFT,
        content=content,
        salt=salt,
        document_hash=office.proofs.salted_hash(salt, content),
        clauses=(*latest.clauses, plain),
        created_at=at,
        approval="",
    )
    await put_version(papers, consignment, version, "draft_created", at)
    return version


async def approve_draft(
    papers: Papers,
    office: Office,
    reference: str,
    token: str,
    public_key: str,
    at: datetime,
    party: str = "",
) -> Version:
    """Record a signed approval of exactly the latest version.

    It is the shipper's, or of a bill in another's place also that of who surrendered. `party` is
    whose key `public_key` is, where the caller says so.

    Raises:
        NotFound: BILL_UNKNOWN.
        DomainError: as Version.approved, and APPROVAL_INVALID.
    """
    consignment, latest = await require_bill(papers, reference)
    amendment = await papers.find_amendment(latest.replaces) if latest.replaces else None
    surrendering = amendment.surrendering_organisation if amendment else ""
    if papers.caller not in {consignment.shipper, surrendering, OPERATOR} - {""}:
        raise bill_unknown(reference)
    if token in (latest.approval, latest.holder_approval):
        return latest
    approval = office.proofs.read_approval(token, public_key)
    if party and approval.shipper != party:
        raise InvalidValue(
            "APPROVAL_BY_ANOTHER", "The approval names another party than the one that signed it."
        )
    version = latest.approved(approval, office.channel)
    await put_version(papers, consignment, version, "draft_approved", at)
    return version


async def record_issued(papers: Papers, reference: str, act_hash: str, at: datetime) -> Version:
    """Mark the approved version as issued, now that the ledger has it.

    Raises:
        NotFound: BILL_UNKNOWN.
        InvalidValue: ACT_HASH_FORM.
        WrongState: APPROVAL_MISSING, DOCUMENT_VOIDED.
    """
    hexadecimal = set("0123456789abcdef")
    if len(act_hash) != 64 or not set(act_hash) <= hexadecimal:  # noqa: PLR2004 - SHA-256
        raise InvalidValue("ACT_HASH_FORM", "An act's hash has 64 hexadecimal digits.")
    consignment, latest = await require_bill(papers, reference)
    version = latest.issued()
    if version is latest:
        return latest
    # From here on the booking's bill is this one; the one whose place it took is history.
    issued = replace(consignment, reference=reference, act_hash=act_hash)
    await papers.put_consignment(issued)
    before = await papers.latest_version(version.replaces) if version.replaces else None
    if before is not None:
        await papers.put_version(before.replaced(), issued.shipper)
    await put_version(papers, issued, version, "bill_issued", at, actHash=act_hash)
    return version


async def void(papers: Papers, booking_reference: str, at: datetime) -> Version | None:
    """Give up drafts and planned leg documents before issue.

    A booking that was never seen here leaves a tombstone, so that a late draft is refused.

    Raises:
        NotAllowed: NOT_AFTER_ISSUE.
    """
    known = await papers.lock_consignment(booking_reference)
    known = known or Consignment(booking_reference, papers.caller)
    latest = await papers.latest_version(known.reference) if known.reference else None
    if latest is not None and latest.state is DocumentState.ISSUED:
        raise NotAllowed(
            "NOT_AFTER_ISSUE", f"{known.reference} is issued; only an act on the ledger ends it."
        )
    if not known.is_voided:
        known = replace(known, is_voided=True)
        await papers.put_consignment(known)
        legs = await papers.list_leg_documents(booking_reference)
        await papers.put_leg_documents(
            [
                replace(one, state=LegDocumentState.CANCELLED)
                for one in legs
                if one.state is LegDocumentState.PLANNED
            ]
        )
        if latest is not None:
            latest = replace(latest, state=DocumentState.VOIDED)
            await put_version(papers, known, latest, "draft_voided", at)
    return latest


async def put_version(
    papers: Papers,
    consignment: Consignment,
    version: Version,
    what: str,
    at: datetime,
    **more: object,
) -> None:
    """Write one version, and tell what happened to it."""
    await papers.put_version(version, consignment.shipper)
    papers.tell(
        what,
        consignment.booking_reference,
        at,
        transportDocumentReference=version.reference,
        version=version.number,
        **more,
    )


def attached(one: Attachment) -> AttachedFile:
    """Answer a file as the bill binds it."""
    return AttachedFile(one.name, one.media_type, one.size, one.document_checksum)
