"""Judging the facts handed in, before the operator signs: issue, and on board."""

from dataclasses import dataclass
from datetime import datetime

from foundation.kernel.errors import WrongState
from services.documents.application.drafts import Office, attached, require_bill
from services.documents.application.ports import Papers
from services.documents.domain import issue, on_board
from services.documents.domain.amendment import amended, chain_of
from services.documents.domain.facts import Booking, Certificate, Custody
from services.documents.domain.issue import IssueFacts
from services.documents.domain.on_board import OnBoardFacts
from services.documents.domain.transport_document import DraftFacts, write_draft


@dataclass(frozen=True, slots=True)
class Handed:
    """What the caller knows from the other services."""

    booking: Booking
    certificate: Certificate | None
    custody: tuple[Custody, ...]
    is_freight_settled: bool
    is_screening_clear: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """The terms to be signed, as canonical JSON, and to whom the bill goes."""

    judgement: str
    terms: str
    details: str
    recipient: str = ""


async def check_issue(
    papers: Papers,
    office: Office,
    reference: str,
    handed: Handed,
    judgement: str,
    at: datetime,
    void_act_hash: str = "",
) -> Judged:
    """Judge whether the bill may be issued; answer its terms.

    A bill in another's place has terms once that one ended by `void_act_hash`; before, the
    answer says only that nothing speaks against it, so that no bill ends for nothing.

    Raises:
        NotFound: BILL_UNKNOWN.
        WrongState: with the gravest objection as reason and all of them in `reasons`.
    """
    consignment, version = await require_bill(papers, reference)
    booking = handed.booking
    if booking.reference != consignment.booking_reference:
        raise WrongState(
            "BILL_OF_ANOTHER_BOOKING", f"{reference} is not the bill of {booking.reference}."
        )
    amendments = chain_of(reference, await papers.list_amendments(booking.reference))
    for one in amendments:
        booking = amended(booking, one.change)
    before = await papers.latest_version(version.replaces) if version.replaces else None
    equipment = await papers.list_equipment(booking.reference)
    receipts = await papers.list_receipts(booking.reference)
    kept = [attached(one) for one in await papers.list_attachments(booking.reference)]
    document = office.proofs.parse(version.content)
    # A file that came after the approval is not on this bill, and does not hold it up.
    bound = {
        str(one["name"])
        for one in (document.get("attachments") or ())  # type: ignore[union-attr]  # our own list
        if isinstance(one, dict)
    }
    rewritten = write_draft(
        DraftFacts(
            reference=reference,
            issuer=office.issuer,
            booking=booking,
            parties=version.parties,
            equipment=tuple(equipment),
            custody=handed.custody,
            certificate=handed.certificate,
            clauses=version.clauses,
            attachments=tuple(one for one in kept if one.name in bound),
        )
    ).document
    facts = IssueFacts(
        version=version,
        document=document,
        recomputed_hash=office.proofs.salted_hash(version.salt, version.content),
        rewritten=office.proofs.parse(office.proofs.canonical(rewritten)),
        booking=booking,
        certificate=handed.certificate,
        custody=handed.custody,
        receipts=tuple(one.opened for one in receipts),
        attachments=tuple(kept),
        equipment=frozenset(one.reference for one in equipment),
        is_freight_settled=handed.is_freight_settled,
        is_screening_clear=handed.is_screening_clear,
        amendment=amendments[-1] if amendments else None,
        replaced_document=office.proofs.parse(before.content) if before else None,
    )
    objections = issue.find_objections(facts)
    if objections:
        raise issue.refuse(objections)
    if version.replaces and not void_act_hash:
        return Judged("", "", "", version.addressees().issue_to)
    terms = issue.issue_terms(facts, office.gate_one, void_act_hash)
    office.proofs.check_issue_terms(terms)
    written = office.proofs.canonical(terms)
    await papers.add_judgement(judgement, consignment, written, at)
    return Judged(
        judgement=judgement,
        terms=written,
        details=office.proofs.canonical(
            {"judgementReference": judgement, "documentVersion": version.number}
        ),
        recipient=version.addressees().issue_to,
    )


async def check_on_board(
    papers: Papers, office: Office, reference: str, leg_sequence: int, loaded: tuple[Custody, ...]
) -> Judged:
    """Judge whether vessel and date may be noted; answer the terms.

    Raises:
        NotFound: BILL_UNKNOWN.
        WrongState: with the gravest objection as reason and all of them in `reasons`.
    """
    consignment, version = await require_bill(papers, reference)
    booking = consignment.booking_reference
    legs = await papers.list_leg_documents(booking)
    facts = OnBoardFacts(
        reference=reference,
        state=version.state,
        leg_sequence=leg_sequence,
        is_sea_leg=any(one.is_sea_leg for one in legs if one.leg_sequence == leg_sequence),
        equipment=frozenset(one.reference for one in await papers.list_equipment(booking)),
        loaded=loaded,
        receipts=tuple(one.opened for one in await papers.list_receipts(booking)),
    )
    objections = on_board.find_objections(facts)
    if objections:
        raise issue.refuse(objections)
    return Judged(
        judgement="",
        terms=office.proofs.canonical(on_board.note_terms(facts)),
        details=office.proofs.canonical(on_board.note_details(facts)),
    )
