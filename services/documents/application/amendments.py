"""A bill in another's place: its reference, its draft, who may look at it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from foundation.kernel.errors import WrongState
from services.documents.application.drafts import (
    Office,
    attached,
    bill_unknown,
    put_version,
    require_bill,
)
from services.documents.application.ports import Papers
from services.documents.domain.amendment import (
    Amendment,
    Change,
    amended,
    chain_of,
    check_change,
    may_see_amendment,
    parties_of,
    read_reason,
)
from services.documents.domain.bill import DocumentState, Version
from services.documents.domain.facts import Booking, Certificate, Custody, LedgerParties
from services.documents.domain.leg_document import OPERATOR
from services.documents.domain.transport_document import DraftFacts, write_draft


@dataclass(frozen=True, slots=True)
class Order:
    """What the surrender says, and what the others know of the bill that is to be."""

    replaces: str
    reason_code: str
    surrender_request_reference: str
    surrendered_by: str
    surrendering_organisation: str
    change: Change
    booking: Booking
    parties: LedgerParties
    certificate: Certificate | None
    custody: tuple[Custody, ...]


async def reserve(papers: Papers, replaces: str, make_reference: Callable[[], str]) -> Amendment:
    """Allot the reference of the bill that is to take another's place, once.

    Raises:
        NotFound: BILL_UNKNOWN.
        WrongState: BILL_NOT_ISSUED, also of a bill that was replaced.
    """
    consignment, version = await require_bill(papers, replaces)
    known = await papers.find_amendment(replaces)
    if known is not None:
        return known
    if version.state is not DocumentState.ISSUED:
        raise WrongState(
            "BILL_NOT_ISSUED", f"{replaces} is not in force; nothing takes its place."
        )
    allotted = Amendment(make_reference(), replaces, consignment.booking_reference)
    await papers.put_amendment(allotted, consignment.shipper)
    return allotted


async def order(
    papers: Papers, office: Office, order: Order, at: datetime
) -> tuple[Amendment, Version]:
    """Draft the bill that was asked for; the same order gives the same draft again.

    Raises:
        NotFound: BILL_UNKNOWN.
        InvalidValue: as check_change.
        WrongState: AMENDMENT_NOT_OFFERED, DRAFT_INCOMPLETE, DOCUMENT_ISSUED.
    """
    consignment, before = await require_bill(papers, order.replaces)
    known = await papers.find_amendment(order.replaces)
    if known is None or order.booking.reference != consignment.booking_reference:
        raise bill_unknown(order.replaces)
    reason = read_reason(order.reason_code)
    booking = order.booking
    for earlier in chain_of(
        order.replaces, await papers.list_amendments(consignment.booking_reference)
    ):
        booking = amended(booking, earlier.change)
    check_change(reason, order.change, booking, order.surrendering_organisation)
    parties = parties_of(before.parties, order.change, order.parties)
    draft = write_draft(
        DraftFacts(
            reference=known.reference,
            issuer=office.issuer,
            booking=amended(booking, order.change),
            parties=parties,
            equipment=tuple(await papers.list_equipment(booking.reference)),
            custody=order.custody,
            certificate=order.certificate,
            clauses=before.clauses,
            attachments=tuple(
                attached(one) for one in await papers.list_attachments(booking.reference)
            ),
        )
    )
    if draft.missing:
        raise WrongState(
            "DRAFT_INCOMPLETE",
            f"The new bill would lack {', '.join(draft.missing)}.",
            missing=" ".join(draft.missing),
        )
    content = office.proofs.canonical(draft.document)
    latest = await papers.latest_version(known.reference)
    amendment = replace(
        known,
        reason=reason,
        surrender_request_reference=order.surrender_request_reference,
        surrendered_by=order.surrendered_by,
        surrendering_organisation=order.surrendering_organisation,
        change=order.change,
    )
    if latest is not None:
        same = (latest.content, latest.parties, latest.issue_to) == (
            content,
            parties,
            order.surrendered_by,
        )
        if same and amendment == known:
            return known, latest
        latest.still_open()
    salt = office.proofs.new_salt()
    version = Version(
        reference=known.reference,
        booking_reference=consignment.booking_reference,
        number=latest.number + 1 if latest else 1,
        state=DocumentState.DRAFT,
        content=content,
        salt=salt,
        document_hash=office.proofs.salted_hash(salt, content),
        missing=(),
        clauses=before.clauses,
        parties=parties,
        created_at=at,
        replaces=order.replaces,
        issue_to=order.surrendered_by,
    )
    await papers.put_amendment(amendment, consignment.shipper)
    await put_version(papers, consignment, version, "draft_created", at)
    return amendment, version


async def find(papers: Papers, replaces: str) -> tuple[Amendment, Version]:
    """Answer what is to take, or took, the place of a bill, to whom it concerns.

    Raises:
        NotFound: BILL_UNKNOWN.
    """
    amendment = await papers.find_amendment(replaces)
    version = amendment and await papers.latest_version(amendment.reference)
    consignment = amendment and await papers.find_consignment(reference=replaces)
    if (
        not amendment
        or not version
        or not consignment
        or not may_see_amendment(papers.caller, consignment.shipper, OPERATOR, amendment)
    ):
        raise bill_unknown(replaces)
    return amendment, version
