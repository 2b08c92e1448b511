"""What shipper and carriers hand in: containers, leg documents, receipts, files."""

from dataclasses import replace
from datetime import datetime

from foundation.kernel.errors import InvalidValue, NotAllowed, WrongState
from services.documents.application.drafts import Office, booking_unknown
from services.documents.application.ports import Consignment, KeptReceipt, Papers
from services.documents.domain.attachment import Attachment, check_attachment, name_taken
from services.documents.domain.bill import voided
from services.documents.domain.equipment import Equipment, check_equipment
from services.documents.domain.facts import Booking, Custody
from services.documents.domain.leg_document import (
    OPERATOR,
    CarriersPaper,
    LegDocument,
    LegDocumentState,
    issue_leg_document,
    plan_leg_documents,
)
from services.documents.domain.receipt import (
    LOADED_ON_BOARD,
    TAKEN_IN_CHARGE,
    Expected,
    check_receipt,
)


async def plan_legs(papers: Papers, office: Office, booking: Booking) -> list[LegDocument]:
    """Plan a document for every leg; a repeat leaves what is issued.

    Raises:
        NotAllowed: LEG_CONSIGNEE_NOT_OPERATOR.
        WrongState: DOCUMENT_VOIDED.
    """
    planned = plan_leg_documents(booking, office.agents)
    known = await papers.lock_consignment(booking.reference)
    if known is not None and known.is_voided:
        raise voided(known.reference or booking.reference)
    consignment = known or Consignment(booking.reference, booking.shipper)
    await papers.put_consignment(
        replace(consignment, shipper=booking.shipper, containers=booking.containers)
    )
    begun = {
        one.leg_sequence
        for one in await papers.list_leg_documents(booking.reference)
        if one.state is not LegDocumentState.PLANNED
    }
    await papers.put_leg_documents([one for one in planned if one.leg_sequence not in begun])
    return await papers.list_leg_documents(booking.reference)


async def issue_leg(
    papers: Papers,
    office: Office,
    booking_reference: str,
    leg_sequence: int,
    paper: CarriersPaper,
    now: datetime,
) -> LegDocument:
    """A carrier issues its leg's document when it takes the box.

    Raises:
        NotFound: BOOKING_UNKNOWN.
        DomainError: as issue_leg_document.
    """
    await _require(papers, booking_reference)
    if papers.caller not in (paper.carrier, OPERATOR):
        raise booking_unknown(booking_reference)
    of_leg = await _papers_of(papers, booking_reference, leg_sequence)
    planned = next(
        (one for one in of_leg if one.equipment_reference in ("", paper.equipment_reference)),
        None,
    )
    if planned is None:
        # A further container of the booking: its paper is planned as the first one was.
        planned = replace(
            of_leg[0],
            state=LegDocumentState.PLANNED,
            number="",
            equipment_reference="",
            seal_numbers=(),
            issued_at=None,
        )
    containers = frozenset(one.reference for one in await papers.list_equipment(booking_reference))
    issued = issue_leg_document(
        planned, paper, agents=office.agents, containers=containers, now=now
    )
    if planned.state is not LegDocumentState.ISSUED:
        await papers.put_leg_documents([issued])
        papers.tell(
            "leg_document_issued",
            booking_reference,
            now,
            legSequence=leg_sequence,
            equipmentReference=paper.equipment_reference,
        )
    return issued


async def put_equipment(papers: Papers, equipment: Equipment, now: datetime) -> Equipment:
    """The shipper declares a container, its seals and its verified gross mass.

    Raises:
        NotFound: BOOKING_UNKNOWN.
        WrongState: EQUIPMENT_TAKEN_IN_CHARGE.
        InvalidValue: EQUIPMENT_TOO_MANY, and as check_equipment.
    """
    check_equipment(equipment)
    consignment = await _require(papers, equipment.booking_reference)
    if papers.caller not in (consignment.shipper, OPERATOR):
        raise booking_unknown(equipment.booking_reference)
    known = {
        one.reference: one for one in await papers.list_equipment(equipment.booking_reference)
    }
    if known.get(equipment.reference) == equipment:
        return equipment
    receipts = await papers.list_receipts(equipment.booking_reference)
    if any(one.opened.equipment_reference == equipment.reference for one in receipts):
        raise WrongState(
            "EQUIPMENT_TAKEN_IN_CHARGE",
            f"A carrier has given a receipt for {equipment.reference}; its seals stay as they "
            "are.",
            equipment_reference=equipment.reference,
        )
    if equipment.reference not in known and 0 < consignment.containers <= len(known):
        raise InvalidValue(
            "EQUIPMENT_TOO_MANY",
            f"{equipment.booking_reference} asked for {consignment.containers} container(s); "
            f"{equipment.reference} would be one more.",
            containers=consignment.containers,
        )
    await papers.put_equipment(equipment, consignment.shipper)
    papers.tell(
        "equipment_declared",
        equipment.booking_reference,
        now,
        equipmentReference=equipment.reference,
    )
    return equipment


async def record_receipt(
    papers: Papers,
    office: Office,
    booking_reference: str,
    leg_sequence: int,
    equipment_reference: str,
    token: str,
    salts: str,
    *,
    public_key: str,
    party: str,
    reference: str,
    container_key: str,
    taking_in_charge: tuple[Custody, ...],
    loaded: tuple[Custody, ...],
    now: datetime,
) -> KeptReceipt:
    """Keep a carrier's signed receipt.

    Raises:
        NotFound: BOOKING_UNKNOWN.
        NotAllowed: LEG_OF_ANOTHER_CARRIER, RECEIPT_BY_ANOTHER.
        InvalidValue: EQUIPMENT_NOT_OF_BOOKING, RECEIPT_INVALID, RECEIPT_NOT_OPENED, and as
            check_receipt.
        WrongState: RECEIPT_GIVEN.
    """
    consignment = await _require(papers, booking_reference)
    if consignment.reference != reference:
        raise InvalidValue("RECEIPT_OF_ANOTHER_BILL", "The receipt names another bill.")
    of_leg = await _papers_of(papers, booking_reference, leg_sequence)
    if papers.caller not in (of_leg[0].issuer, OPERATOR):
        raise NotAllowed("LEG_OF_ANOTHER_CARRIER", f"Leg {leg_sequence} is another carrier's.")
    equipment = {one.reference: one for one in await papers.list_equipment(booking_reference)}
    container = equipment.get(equipment_reference)
    if container is None:
        raise InvalidValue(
            "EQUIPMENT_NOT_OF_BOOKING",
            f"{equipment_reference} does not travel on this booking.",
            equipment_reference=equipment_reference,
        )
    opened = office.proofs.open_receipt(token, public_key, salts)
    check_receipt(
        opened,
        Expected(
            channel=office.channel,
            transport_document_reference=reference,
            party=party,
            leg_sequence=leg_sequence,
            equipment_reference=equipment_reference,
            container_key=container_key,
            shipper_seals=container.seal_numbers,
            is_sea_leg=of_leg[0].is_sea_leg,
            happened_at={
                receipt_type: event.at
                for receipt_type, events in (
                    (TAKEN_IN_CHARGE, taking_in_charge),
                    (LOADED_ON_BOARD, loaded),
                )
                for event in events
                if (event.equipment_reference, event.leg_sequence)
                == (equipment_reference, leg_sequence)
            },
        ),
        now,
    )
    kept = KeptReceipt(opened, salts, of_leg[0].issuer)
    for other in await papers.list_receipts(booking_reference):
        if _is_same_matter(other, kept):
            if other.opened.token == token:
                return other
            raise WrongState(
                "RECEIPT_GIVEN",
                f"There is a receipt for {equipment_reference} on leg {leg_sequence} already.",
            )
    await papers.add_receipt(booking_reference, kept)
    papers.tell(
        "receipt_recorded",
        booking_reference,
        now,
        legSequence=leg_sequence,
        equipmentReference=equipment_reference,
        receiptType=opened.receipt_type,
    )
    return kept


async def add_attachment(
    papers: Papers,
    booking_reference: str,
    name: str,
    media_type: str,
    content: bytes,
    checksum: str,
    now: datetime,
) -> Attachment:
    """Keep a file and bind it by hash and size.

    Raises:
        NotFound: BOOKING_UNKNOWN.
        Conflict: ATTACHMENT_NAME_TAKEN.
        DomainError: as check_attachment.
    """
    attachment = check_attachment(booking_reference, name, media_type, content, checksum)
    consignment = await _require(papers, booking_reference)
    if papers.caller not in (consignment.shipper, OPERATOR):
        raise booking_unknown(booking_reference)
    for known in await papers.list_attachments(booking_reference):
        if known.reference == attachment.reference:
            return known
        if known.name == name:
            raise name_taken(name)
    await papers.add_attachment(attachment, content, consignment.shipper)
    papers.tell("attachment_added", booking_reference, now, name=name)
    return attachment


def _is_same_matter(one: KeptReceipt, other: KeptReceipt) -> bool:
    return (
        one.opened.receipt_type,
        one.opened.leg_sequence,
        one.opened.equipment_reference,
    ) == (other.opened.receipt_type, other.opened.leg_sequence, other.opened.equipment_reference)


async def _require(papers: Papers, booking_reference: str) -> Consignment:
    consignment = await papers.lock_consignment(booking_reference)
    if consignment is None:
        raise booking_unknown(booking_reference)
    if consignment.is_voided:
        raise voided(consignment.reference or booking_reference)
    return consignment


async def _papers_of(
    papers: Papers, booking_reference: str, leg_sequence: int
) -> list[LegDocument]:
    of_leg = [
        one
        for one in await papers.list_leg_documents(booking_reference)
        if one.leg_sequence == leg_sequence
    ]
    if not of_leg:
        raise booking_unknown(booking_reference)
    return of_leg
