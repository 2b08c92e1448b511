"""What the use cases ask of the outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.documents.domain.amendment import Amendment
from services.documents.domain.attachment import Attachment
from services.documents.domain.bill import Approval, Version
from services.documents.domain.equipment import Equipment
from services.documents.domain.leg_document import LegDocument
from services.documents.domain.receipt import OpenedReceipt
from services.documents.domain.transport_document import Document


@dataclass(frozen=True, slots=True)
class Consignment:
    """One booking's place here: whose it is, and which bill it will have.

    `reference` is empty until the bill's reference is allotted.
    """

    booking_reference: str
    shipper: str
    containers: int = 0
    reference: str = ""
    is_voided: bool = False
    act_hash: str = ""


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt as it is kept: opened, and the salts that opened it."""

    opened: OpenedReceipt
    salts: str
    issuer: str


class Proofs(Protocol):
    """Canonical bytes, salted hashes and signed statements."""

    def canonical(self, document: Document) -> str:
        """Spell a document canonically (RFC 8785)."""
        ...

    def parse(self, content: str) -> Document:
        """Read what `canonical` spelled."""
        ...

    def new_salt(self) -> str:
        """Answer 32 fresh random bytes, spelled."""
        ...

    def salted_hash(self, salt: str, content: str) -> str:
        """Answer the salted hash of a document's canonical spelling."""
        ...

    def read_approval(self, token: str, public_key: str) -> Approval:
        """Check form and signature of an approval. Raises DomainError."""
        ...

    def open_receipt(self, token: str, public_key: str, salts: str) -> OpenedReceipt:
        """Check form and signature of a receipt and open its hashes. Raises DomainError."""
        ...

    def check_issue_terms(self, terms: Document) -> None:
        """Refuse terms of ISSUE that the ledger would not read. Raises DomainError."""
        ...


class Papers(Protocol):
    """Everything that is kept, within one transaction, whoever asks.

    Rows are read in the operator's name; each use case decides what its caller may see.
    """

    @property
    def caller(self) -> str:
        """On whose behalf this transaction runs."""
        ...

    async def lock_consignment(self, booking_reference: str) -> Consignment | None:
        """Answer a consignment for changing it and its papers."""
        ...

    async def find_consignment(
        self, *, reference: str = "", booking_reference: str = ""
    ) -> Consignment | None:
        """Answer a consignment by its booking's reference or by any bill it has or had."""
        ...

    async def put_consignment(self, consignment: Consignment) -> None:
        """Write a consignment."""
        ...

    async def latest_version(self, reference: str) -> Version | None:
        """Answer the bill's latest version."""
        ...

    async def list_versions(self, reference: str) -> list[Version]:
        """Answer every version, oldest first."""
        ...

    async def put_version(self, version: Version, shipper: str) -> None:
        """Write one version."""
        ...

    async def list_leg_documents(self, booking_reference: str) -> list[LegDocument]:
        """Answer every leg's papers, in travelling order."""
        ...

    async def put_leg_documents(self, papers: Sequence[LegDocument]) -> None:
        """Write leg documents: one per leg and container."""
        ...

    async def list_equipment(self, booking_reference: str) -> list[Equipment]:
        """Answer the containers of a booking, by number."""
        ...

    async def put_equipment(self, equipment: Equipment, shipper: str) -> None:
        """Write one container."""
        ...

    async def list_receipts(self, booking_reference: str) -> list[KeptReceipt]:
        """Answer every receipt of a booking."""
        ...

    async def add_receipt(self, booking_reference: str, receipt: KeptReceipt) -> None:
        """Keep a receipt."""
        ...

    async def list_attachments(self, booking_reference: str) -> list[Attachment]:
        """Answer the files of a booking, by name."""
        ...

    async def add_attachment(self, attachment: Attachment, content: bytes, shipper: str) -> None:
        """Keep a file."""
        ...

    async def find_attachment(self, reference: str) -> tuple[Attachment, bytes] | None:
        """Answer one file."""
        ...

    async def add_judgement(
        self, judgement: str, consignment: Consignment, terms: str, at: datetime
    ) -> None:
        """Keep what was judged and when."""
        ...

    async def list_amendments(self, booking_reference: str) -> list[Amendment]:
        """Answer what was asked to be amended of a booking's bills."""
        ...

    async def find_amendment(self, replaces: str) -> Amendment | None:
        """Answer what is to take, or took, the place of a bill."""
        ...

    async def put_amendment(self, amendment: Amendment, shipper: str) -> None:
        """Write an amendment."""
        ...

    def tell(self, what: str, booking_reference: str, at: datetime, **more: object) -> None:
        """Tell the world, when this transaction commits: `onebill.documents.<what>.v1`."""
        ...
