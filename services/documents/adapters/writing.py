"""What documents keeps, as protobuf."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.documents.v1 import amendment_pb2, documents_pb2

from services.documents.adapters.changes import change_to_proto
from services.documents.application.ports import Consignment, KeptReceipt
from services.documents.domain.amendment import Amendment
from services.documents.domain.attachment import Attachment
from services.documents.domain.bill import Version
from services.documents.domain.equipment import Equipment
from services.documents.domain.leg_document import LegDocument


def write_version(version: Version) -> documents_pb2.TransportDocument:
    """Write one version of the bill, salt included."""
    addressees = version.addressees()
    return documents_pb2.TransportDocument(
        transport_document_reference=version.reference,
        booking_reference=version.booking_reference,
        version=version.number,
        state=documents_pb2.TransportDocumentState.Value(
            f"TRANSPORT_DOCUMENT_STATE_{version.state.value}"
        ),
        content=version.content,
        salt=version.salt,
        document_hash=version.document_hash,
        missing=version.missing,
        approval=version.approval,
        clauses=version.clauses,
        created_at=_stamp(version.created_at),
        issue_to=addressees.issue_to,
        endorsee=addressees.endorsee,
        consignee=addressees.consignee,
    )


def write_amendment(amendment: Amendment, draft: Version) -> amendment_pb2.Amendment:
    """Write what is to take another bill's place, with its latest version."""
    return amendment_pb2.Amendment(
        transport_document_reference=amendment.reference,
        replaces=amendment.replaces,
        booking_reference=amendment.booking_reference,
        reason_code=amendment.reason or "",
        surrender_request_reference=amendment.surrender_request_reference,
        surrendered_by=amendment.surrendered_by,
        surrendering_organisation=amendment.surrendering_organisation,
        wanted=change_to_proto(amendment.change),
        draft=write_version(draft),
        approvals_missing=draft.approvals_missing(),
    )


def write_reserved(consignment: Consignment) -> documents_pb2.TransportDocument:
    """Write a bill that has its reference and no draft yet."""
    return documents_pb2.TransportDocument(
        transport_document_reference=consignment.reference,
        booking_reference=consignment.booking_reference,
        state=(
            documents_pb2.TRANSPORT_DOCUMENT_STATE_VOIDED
            if consignment.is_voided
            else documents_pb2.TRANSPORT_DOCUMENT_STATE_DRAFT
        ),
        missing=["DRAFT"],
    )


def write_leg_document(paper: LegDocument) -> documents_pb2.LegDocument:
    """Write one leg's paper."""
    return documents_pb2.LegDocument(
        booking_reference=paper.booking_reference,
        leg_sequence=paper.leg_sequence,
        leg_document_type=documents_pb2.LegDocumentType.Value(
            f"LEG_DOCUMENT_TYPE_{paper.type.value}"
        ),
        number=paper.number,
        issuer_organisation=paper.issuer,
        consignor_organisation=paper.consignor,
        consignee_organisation=paper.consignee,
        state=documents_pb2.LegDocumentState.Value(f"LEG_DOCUMENT_STATE_{paper.state.value}"),
        equipment_reference=paper.equipment_reference,
        seal_numbers=paper.seal_numbers,
        issued_at=_stamp(paper.issued_at) if paper.issued_at is not None else None,
    )


def write_equipment(equipment: Equipment) -> documents_pb2.Equipment:
    """Write one container."""
    mass = equipment.verified_gross_mass
    return documents_pb2.Equipment(
        booking_reference=equipment.booking_reference,
        equipment_reference=equipment.reference,
        iso_equipment_code=equipment.iso_equipment_code,
        seals=[
            documents_pb2.Seal(seal_number=seal.number, seal_source=seal.source)
            for seal in equipment.seals
        ],
        verified_gross_mass=documents_pb2.VerifiedGrossMass(
            mass_grams=mass.mass_grams,
            method=mass.method,
            responsible_person=mass.responsible_person,
            determined_at=_stamp(mass.determined_at),
        )
        if mass is not None
        else None,
    )


def write_receipt(booking_reference: str, receipt: KeptReceipt) -> documents_pb2.Receipt:
    """Write one receipt with the salts that open it."""
    opened = receipt.opened
    return documents_pb2.Receipt(
        booking_reference=booking_reference,
        leg_sequence=opened.leg_sequence,
        equipment_reference=opened.equipment_reference,
        receipt=opened.token,
        salts=receipt.salts,
        receipt_type=opened.receipt_type,
        event_at=_stamp(opened.event_at),
    )


def write_attachment(attachment: Attachment) -> documents_pb2.Attachment:
    """Write what a file is, without the file."""
    return documents_pb2.Attachment(
        attachment_reference=attachment.reference,
        booking_reference=attachment.booking_reference,
        name=attachment.name,
        media_type=attachment.media_type,
        size=attachment.size,
        document_checksum=attachment.document_checksum,
    )


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
