"""Everything that documents keeps, in PostgreSQL.

Reading and writing is done in the operator's name: a carrier's paper is judged against the
shipper's seals, which the carrier may not see. What a caller is shown is decided by the use
case; plain lists are read in the caller's own name by `visible`.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from foundation.runtime.database import Fact, Transaction
from foundation.runtime.identity import OPERATOR
from services.documents.adapters.changes import read_change, write_change
from services.documents.adapters.proofs import reopen_receipt
from services.documents.application.ports import Consignment, KeptReceipt
from services.documents.domain.amendment import Amendment, Reason
from services.documents.domain.attachment import Attachment
from services.documents.domain.bill import DocumentState, Version
from services.documents.domain.equipment import Equipment, Seal, VerifiedGrossMass
from services.documents.domain.facts import LedgerParties
from services.documents.domain.leg_document import (
    LegDocument,
    LegDocumentState,
    LegDocumentType,
)

_TAKE_TURNS: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:reference, 0))")
_CONSIGNMENT: Final = (
    "SELECT booking_reference, organisation, containers, transport_document_reference, "
    "is_voided, act_hash FROM consignments "
)
_BY_BOOKING: Final = text(_CONSIGNMENT + "WHERE booking_reference = :reference")
# A bill whose place another took is still its booking's.
_BY_BILL: Final = text(
    _CONSIGNMENT + "WHERE booking_reference = (SELECT booking_reference FROM consignments "  # noqa: S608 - no value is put into the text
    "WHERE transport_document_reference = :reference UNION ALL SELECT booking_reference "
    "FROM versions WHERE transport_document_reference = :reference LIMIT 1)"
)
_PUT_CONSIGNMENT: Final = text(
    "INSERT INTO consignments (booking_reference, organisation, containers, "
    "transport_document_reference, is_voided, act_hash) "
    "VALUES (:booking_reference, :organisation, :containers, :reference, :is_voided, :act_hash) "
    "ON CONFLICT (booking_reference) DO UPDATE SET organisation = excluded.organisation, "
    "containers = excluded.containers, "
    "transport_document_reference = excluded.transport_document_reference, "
    "is_voided = excluded.is_voided, act_hash = excluded.act_hash"
)
_VERSIONS: Final = text(
    "SELECT transport_document_reference, booking_reference, version, state, content, salt, "
    "document_hash, missing, clauses, parties, created_at, approval, "
    "replaces, issue_to, holder_approval FROM versions "
    "WHERE transport_document_reference = :reference ORDER BY version DESC LIMIT :limit"
)
_PUT_VERSION: Final = text(
    "INSERT INTO versions (transport_document_reference, booking_reference, version, "
    "organisation, state, content, salt, document_hash, missing, clauses, parties, created_at, "
    "approval, replaces, issue_to, holder_approval) "
    "VALUES (:reference, :booking_reference, :number, :organisation, :state, :content, "
    ":salt, :document_hash, :missing, :clauses, :parties, :created_at, :approval, :replaces, "
    ":issue_to, :holder_approval) ON CONFLICT (transport_document_reference, version) DO UPDATE "
    "SET state = excluded.state, approval = excluded.approval, "
    "holder_approval = excluded.holder_approval"
)
_LEGS: Final = text(
    "SELECT booking_reference, leg_sequence, leg_document_type, organisation, "
    "consignor_organisation, consignee_organisation, is_sea_leg, state, number, "
    "equipment_reference, seal_numbers, issued_at FROM leg_documents "
    "WHERE booking_reference = :reference ORDER BY leg_sequence, equipment_reference"
)
# A planned paper has no container yet; issuing it fills that in, so the planned row goes.
_UNPLAN_LEG: Final = text(
    "DELETE FROM leg_documents WHERE booking_reference = :booking_reference "
    "AND leg_sequence = :leg_sequence AND equipment_reference = ''"
)
_PUT_LEG: Final = text(
    "INSERT INTO leg_documents (booking_reference, leg_sequence, leg_document_type, "
    "organisation, consignor_organisation, consignee_organisation, is_sea_leg, state, number, "
    "equipment_reference, seal_numbers, issued_at) VALUES (:booking_reference, :leg_sequence, "
    ":type, :issuer, :consignor, :consignee, :is_sea_leg, :state, :number, "
    ":equipment_reference, :seal_numbers, :issued_at)"
)
_EQUIPMENT: Final = text(
    "SELECT booking_reference, equipment_reference, iso_equipment_code, seals, mass_grams, "
    "method, responsible_person, determined_at FROM equipment "
    "WHERE booking_reference = :reference ORDER BY equipment_reference"
)
_PUT_EQUIPMENT: Final = text(
    "INSERT INTO equipment (booking_reference, equipment_reference, organisation, "
    "iso_equipment_code, seals, mass_grams, method, responsible_person, determined_at) "
    "VALUES (:booking_reference, :reference, :organisation, :iso_equipment_code, :seals, "
    ":mass_grams, :method, :responsible_person, :determined_at) "
    "ON CONFLICT (booking_reference, equipment_reference) DO UPDATE SET "
    "iso_equipment_code = excluded.iso_equipment_code, seals = excluded.seals, "
    "mass_grams = excluded.mass_grams, method = excluded.method, "
    "responsible_person = excluded.responsible_person, determined_at = excluded.determined_at"
)
_RECEIPTS: Final = text(
    "SELECT organisation, receipt, salts FROM receipts WHERE booking_reference = :reference "
    "ORDER BY leg_sequence, equipment_reference, receipt_type"
)
_ADD_RECEIPT: Final = text(
    "INSERT INTO receipts (booking_reference, leg_sequence, equipment_reference, receipt_type, "
    "organisation, receipt, salts) VALUES (:booking_reference, :leg_sequence, "
    ":equipment_reference, :receipt_type, :organisation, :receipt, :salts)"
)
_ATTACHMENTS: Final = text(
    "SELECT attachment_reference, booking_reference, name, media_type, size, document_checksum "
    "FROM attachments WHERE booking_reference = :reference ORDER BY name"
)
_ATTACHMENT: Final = text(
    "SELECT attachment_reference, booking_reference, name, media_type, size, document_checksum, "
    "content FROM attachments WHERE attachment_reference = :reference"
)
_ADD_ATTACHMENT: Final = text(
    "INSERT INTO attachments (attachment_reference, booking_reference, name, media_type, size, "
    "document_checksum, organisation, content) VALUES (:reference, :booking_reference, :name, "
    ":media_type, :size, :document_checksum, :organisation, :content)"
)
_ADD_JUDGEMENT: Final = text(
    "INSERT INTO judgements (judgement_reference, booking_reference, organisation, terms, "
    "judged_at) VALUES (:judgement, :booking_reference, :organisation, :terms, :at)"
)
_AMENDMENTS: Final = (
    "SELECT replaces, transport_document_reference, booking_reference, reason_code, "
    "surrender_request_reference, surrendered_by, surrendering_organisation, "
    "wanted::text AS wanted FROM amendments "
)
_AMENDMENTS_OF: Final = text(_AMENDMENTS + "WHERE booking_reference = :reference")
_AMENDMENT: Final = text(_AMENDMENTS + "WHERE replaces = :reference")
_PUT_AMENDMENT: Final = text(
    "INSERT INTO amendments (replaces, transport_document_reference, booking_reference, "
    "organisation, reason_code, surrender_request_reference, surrendered_by, "
    "surrendering_organisation, wanted) VALUES (:replaces, :reference, :booking_reference, "
    ":organisation, :reason_code, :surrender, :surrendered_by, :surrendering, "
    "CAST(:wanted AS jsonb)) ON CONFLICT (replaces) DO UPDATE SET "
    "reason_code = excluded.reason_code, "
    "surrender_request_reference = excluded.surrender_request_reference, "
    "surrendered_by = excluded.surrendered_by, "
    "surrendering_organisation = excluded.surrendering_organisation, wanted = excluded.wanted"
)
_ALL: Final = 10_000


class DatabasePapers:
    """Papers within one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @property
    def caller(self) -> str:
        """On whose behalf this transaction runs."""
        return self._transaction.organisation

    async def lock_consignment(self, booking_reference: str) -> Consignment | None:
        """Answer a consignment; whoever else wants it waits, also where there is none yet."""
        await self._transaction.connection.execute(
            _TAKE_TURNS, {"reference": f"consignment {booking_reference}"}
        )
        return await self.find_consignment(booking_reference=booking_reference)

    async def find_consignment(
        self, *, reference: str = "", booking_reference: str = ""
    ) -> Consignment | None:
        """Answer a consignment by its bill's or its booking's reference."""
        rows = await self._rows(
            _BY_BILL if reference else _BY_BOOKING, reference=reference or booking_reference
        )
        return _consignment(rows[0]) if rows else None

    async def put_consignment(self, consignment: Consignment) -> None:
        """Write a consignment, and let its shipper see what others add to it."""
        await self._write(
            _PUT_CONSIGNMENT,
            {
                "booking_reference": consignment.booking_reference,
                "organisation": consignment.shipper,
                "containers": consignment.containers,
                "reference": consignment.reference or None,
                "is_voided": consignment.is_voided,
                "act_hash": consignment.act_hash,
            },
        )
        if consignment.shipper != OPERATOR:
            async with self._transaction.speaking_for(OPERATOR):
                await self._transaction.grant(
                    consignment.booking_reference, consignment.shipper, "SHIPPER"
                )

    async def latest_version(self, reference: str) -> Version | None:
        """Answer the bill's latest version."""
        rows = await self._rows(_VERSIONS, reference=reference, limit=1)
        return _version(rows[0]) if rows else None

    async def list_versions(self, reference: str) -> list[Version]:
        """Answer every version, oldest first."""
        rows = await self._rows(_VERSIONS, reference=reference, limit=_ALL)
        return [_version(row) for row in reversed(rows)]

    async def put_version(self, version: Version, shipper: str) -> None:
        """Write one version; of one that is there only state and approval can change."""
        await self._write(
            _PUT_VERSION,
            {
                "reference": version.reference,
                "booking_reference": version.booking_reference,
                "number": version.number,
                "organisation": shipper,
                "state": version.state,
                "content": version.content,
                "salt": version.salt,
                "document_hash": version.document_hash,
                "missing": list(version.missing),
                "clauses": list(version.clauses),
                "parties": json.dumps(astuple(version.parties)),
                "created_at": version.created_at,
                "approval": version.approval,
                "replaces": version.replaces,
                "issue_to": version.issue_to,
                "holder_approval": version.holder_approval,
            },
        )

    async def list_leg_documents(self, booking_reference: str) -> list[LegDocument]:
        """Answer every leg's papers, in travelling order."""
        return [_leg(row) for row in await self._rows(_LEGS, reference=booking_reference)]

    async def put_leg_documents(self, papers: Sequence[LegDocument]) -> None:
        """Write leg documents; each takes the place of the one planned for its leg."""
        for paper in papers:
            row = {
                "booking_reference": paper.booking_reference,
                "leg_sequence": paper.leg_sequence,
                "type": paper.type,
                "issuer": paper.issuer,
                "consignor": paper.consignor,
                "consignee": paper.consignee,
                "is_sea_leg": paper.is_sea_leg,
                "state": paper.state,
                "number": paper.number,
                "equipment_reference": paper.equipment_reference,
                "seal_numbers": list(paper.seal_numbers),
                "issued_at": paper.issued_at,
            }
            key = {name: row[name] for name in ("booking_reference", "leg_sequence")}
            await self._write(_UNPLAN_LEG, key)
            await self._write(_PUT_LEG, row)

    async def list_equipment(self, booking_reference: str) -> list[Equipment]:
        """Answer the containers of a booking, by number."""
        rows = await self._rows(_EQUIPMENT, reference=booking_reference)
        return [_equipment(row) for row in rows]

    async def put_equipment(self, equipment: Equipment, shipper: str) -> None:
        """Write one container."""
        mass = equipment.verified_gross_mass
        if mass is None:
            raise ValueError("a container is checked before it is kept")
        await self._write(
            _PUT_EQUIPMENT,
            {
                "booking_reference": equipment.booking_reference,
                "reference": equipment.reference,
                "organisation": shipper,
                "iso_equipment_code": equipment.iso_equipment_code,
                "seals": [part for seal in equipment.seals for part in (seal.number, seal.source)],
                "mass_grams": mass.mass_grams,
                "method": mass.method,
                "responsible_person": mass.responsible_person,
                "determined_at": mass.determined_at,
            },
        )

    async def list_receipts(self, booking_reference: str) -> list[KeptReceipt]:
        """Answer every receipt of a booking."""
        return [
            KeptReceipt(reopen_receipt(row.receipt, row.salts), row.salts, row.organisation)
            for row in await self._rows(_RECEIPTS, reference=booking_reference)
        ]

    async def add_receipt(self, booking_reference: str, receipt: KeptReceipt) -> None:
        """Keep a receipt; it belongs to the carrier that gave it."""
        opened = receipt.opened
        await self._write(
            _ADD_RECEIPT,
            {
                "booking_reference": booking_reference,
                "leg_sequence": opened.leg_sequence,
                "equipment_reference": opened.equipment_reference,
                "receipt_type": opened.receipt_type,
                "organisation": receipt.issuer,
                "receipt": opened.token,
                "salts": receipt.salts,
            },
        )

    async def list_attachments(self, booking_reference: str) -> list[Attachment]:
        """Answer the files of a booking, by name."""
        rows = await self._rows(_ATTACHMENTS, reference=booking_reference)
        return [Attachment(*row) for row in rows]

    async def add_attachment(self, attachment: Attachment, content: bytes, shipper: str) -> None:
        """Keep a file."""
        await self._write(
            _ADD_ATTACHMENT,
            {
                "reference": attachment.reference,
                "booking_reference": attachment.booking_reference,
                "name": attachment.name,
                "media_type": attachment.media_type,
                "size": attachment.size,
                "document_checksum": attachment.document_checksum,
                "organisation": shipper,
                "content": content,
            },
        )

    async def find_attachment(self, reference: str) -> tuple[Attachment, bytes] | None:
        """Answer one file."""
        rows = await self._rows(_ATTACHMENT, reference=reference)
        return (Attachment(*rows[0][:-1]), bytes(rows[0].content)) if rows else None

    async def add_judgement(
        self, judgement: str, consignment: Consignment, terms: str, at: datetime
    ) -> None:
        """Keep what was judged and when."""
        await self._write(
            _ADD_JUDGEMENT,
            {
                "judgement": judgement,
                "booking_reference": consignment.booking_reference,
                "organisation": OPERATOR,
                "terms": terms,
                "at": at,
            },
        )

    async def list_amendments(self, booking_reference: str) -> list[Amendment]:
        """Answer what was asked to be amended of a booking's bills."""
        return [
            _amendment(row)
            for row in await self._rows(_AMENDMENTS_OF, reference=booking_reference)
        ]

    async def find_amendment(self, replaces: str) -> Amendment | None:
        """Answer what is to take, or took, the place of a bill."""
        rows = await self._rows(_AMENDMENT, reference=replaces)
        return _amendment(rows[0]) if rows else None

    async def put_amendment(self, amendment: Amendment, shipper: str) -> None:
        """Write an amendment; its two references never change."""
        await self._write(
            _PUT_AMENDMENT,
            {
                "replaces": amendment.replaces,
                "reference": amendment.reference,
                "booking_reference": amendment.booking_reference,
                "organisation": shipper,
                "reason_code": amendment.reason or "",
                "surrender": amendment.surrender_request_reference,
                "surrendered_by": amendment.surrendered_by,
                "surrendering": amendment.surrendering_organisation,
                "wanted": write_change(amendment.change),
            },
        )

    def tell(self, what: str, booking_reference: str, at: datetime, **more: object) -> None:
        """Tell the world, when this transaction commits."""
        self._transaction.publish(
            Fact(
                f"onebill.documents.{what}.v1",
                booking_reference,
                at,
                {"bookingReference": booking_reference, **more},
            )
        )

    async def _rows(self, statement: Any, **values: object) -> list[Any]:  # noqa: ANN401 - a statement and rows of any shape
        async with self._transaction.speaking_for(OPERATOR):
            found = await self._transaction.connection.execute(statement, values)
            return list(found)

    async def _write(self, statement: Any, values: dict[str, Any]) -> None:  # noqa: ANN401 - a statement of any shape
        async with self._transaction.speaking_for(OPERATOR):
            await self._transaction.connection.execute(statement, values)


class VisiblePapers(DatabasePapers):
    """Papers as row-level security shows them to the caller: for reading only."""

    async def _rows(self, statement: Any, **values: object) -> list[Any]:  # noqa: ANN401 - a statement and rows of any shape
        found = await self._transaction.connection.execute(statement, values)
        return list(found)


def _consignment(row: Any) -> Consignment:  # noqa: ANN401 - a row
    return Consignment(
        booking_reference=row.booking_reference,
        shipper=row.organisation,
        containers=row.containers,
        reference=row.transport_document_reference or "",
        is_voided=row.is_voided,
        act_hash=row.act_hash,
    )


def _version(row: Any) -> Version:  # noqa: ANN401 - a row
    parties = dict(
        zip((field.name for field in fields(LedgerParties)), json.loads(row.parties), strict=True)
    )
    parties["customs"] = tuple(parties["customs"])
    return Version(
        reference=row.transport_document_reference,
        booking_reference=row.booking_reference,
        number=row.version,
        state=DocumentState(row.state),
        content=row.content,
        salt=row.salt,
        document_hash=row.document_hash,
        missing=tuple(row.missing),
        clauses=tuple(row.clauses),
        parties=LedgerParties(**parties),
        created_at=row.created_at,
        approval=row.approval,
        replaces=row.replaces,
        issue_to=row.issue_to,
        holder_approval=row.holder_approval,
    )


def _amendment(row: Any) -> Amendment:  # noqa: ANN401 - a row
    return Amendment(
        reference=row.transport_document_reference,
        replaces=row.replaces,
        booking_reference=row.booking_reference,
        reason=Reason(row.reason_code) if row.reason_code else None,
        surrender_request_reference=row.surrender_request_reference,
        surrendered_by=row.surrendered_by,
        surrendering_organisation=row.surrendering_organisation,
        change=read_change(row.wanted),
    )


def _leg(row: Any) -> LegDocument:  # noqa: ANN401 - a row
    return LegDocument(
        booking_reference=row.booking_reference,
        leg_sequence=row.leg_sequence,
        type=LegDocumentType(row.leg_document_type),
        issuer=row.organisation,
        consignor=row.consignor_organisation,
        consignee=row.consignee_organisation,
        is_sea_leg=row.is_sea_leg,
        state=LegDocumentState(row.state),
        number=row.number,
        equipment_reference=row.equipment_reference,
        seal_numbers=tuple(row.seal_numbers),
        issued_at=row.issued_at,
    )


def _equipment(row: Any) -> Equipment:  # noqa: ANN401 - a row
    texts = row.seals
    return Equipment(
        booking_reference=row.booking_reference,
        reference=row.equipment_reference,
        iso_equipment_code=row.iso_equipment_code,
        seals=tuple(Seal(*texts[at : at + 2]) for at in range(0, len(texts), 2)),
        verified_gross_mass=VerifiedGrossMass(
            row.mass_grams, row.method, row.responsible_person, row.determined_at
        ),
    )
