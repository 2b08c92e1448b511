"""What insurance needs of the world: its records, and a seal for a certificate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.insurance.domain.certificate import Certificate, JsonValue
from services.insurance.domain.claim import Claim
from services.insurance.domain.cover import CoverRules, Quote
from services.insurance.domain.declaration import Declaration
from services.insurance.domain.endorsement import Reach
from services.insurance.domain.incident import Incident, NoticeRule
from services.insurance.domain.liability import Regime


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every dated row that insurance reads, as values."""

    cover: CoverRules
    reach: Sequence[Reach]
    notice: Sequence[NoticeRule]
    regimes: Sequence[Regime]


@dataclass(frozen=True, slots=True)
class Told:
    """A fact for the outbox: `onebill.insurance.<what>.v1`."""

    what: str
    subject: str
    at: datetime
    payload: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document in canonical bytes with its salted hash."""

    content: str
    salt: str
    salted_hash: str


class Seal(Protocol):
    """Makes canonical bytes and their salted hash; every call has a salt of its own."""

    def __call__(self, content: JsonValue) -> Sealed:
        """Seal a document."""
        ...


class Records(Protocol):
    """The records of insurance in one transaction of one caller."""

    async def lock(self, booking_reference: str) -> None:
        """Let nobody else change this booking's cover until the transaction ends."""
        ...

    async def is_ended(self, booking_reference: str) -> bool:
        """Whether cover was cancelled for the booking, declared or not."""
        ...

    async def end(self, booking_reference: str, *, at: datetime) -> None:
        """Remember that it was cancelled, so that what comes late is refused."""
        ...

    async def next_quote_reference(self, booking_reference: str) -> str:
        """Name the booking's next quote."""
        ...

    async def add_quote(self, quote: Quote) -> None:
        """Keep a quote."""
        ...

    async def quote(self, reference: str) -> Quote | None:
        """Answer a quote that the caller may see."""
        ...

    async def add_declaration(self, declaration: Declaration, insurer: str) -> None:
        """Keep a new declaration, and let the insurer see what becomes of it."""
        ...

    async def save_declaration(self, declaration: Declaration) -> None:
        """Keep a declaration's new state."""
        ...

    async def declaration_of(self, booking_reference: str) -> Declaration | None:
        """Answer a booking's declaration."""
        ...

    async def add_certificate(self, certificate: Certificate) -> None:
        """Keep an issued certificate; never changed."""
        ...

    async def certificate_of(self, booking_reference: str) -> Certificate | None:
        """Answer a booking's certificate."""
        ...

    async def certificate(self, number: str) -> Certificate | None:
        """Answer a certificate by its number."""
        ...

    async def add_endorsement(self, number: str, certificate: Certificate) -> None:
        """Keep the certificate as endorsed to another bill; never changed."""
        ...

    async def endorsed_to(self, transport_document_reference: str) -> Certificate | None:
        """Answer the certificate as last endorsed to a bill."""
        ...

    async def next_endorsement_number(self, certificate_number: str) -> str:
        """Name the certificate's next endorsement."""
        ...

    async def show(self, booking_reference: str) -> None:
        """Let this transaction see one booking's certificate: roles on its bill were verified."""
        ...

    async def add_incident(self, incident: Incident) -> None:
        """Keep an incident."""
        ...

    async def incidents_of(self, booking_reference: str) -> list[Incident]:
        """Answer a booking's incidents, oldest first."""
        ...

    async def incident_of_event(self, booking_reference: str, event_id: str) -> Incident | None:
        """Answer the incident that an event opened."""
        ...

    async def delivered_at(self, booking_reference: str) -> datetime | None:
        """Answer when the goods were delivered, if the clocks run."""
        ...

    async def start_clocks(
        self, booking_reference: str, owner: str, delivered_at: datetime
    ) -> None:
        """Remember the delivery; the first one counts."""
        ...

    async def add_claim(self, claim: Claim, *, at: datetime) -> None:
        """Keep a claim."""
        ...

    async def claims_on(self, certificate_number: str) -> list[Claim]:
        """Answer the claims on a certificate that the caller may see."""
        ...

    async def next_claim_number(self) -> int:
        """Answer a number that no claim has."""
        ...

    def tell(self, told: Told) -> None:
        """Publish a fact with this transaction."""
        ...
