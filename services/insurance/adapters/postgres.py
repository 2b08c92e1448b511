"""The records in PostgreSQL: one object per transaction, row-level security behind every line."""

import json
from datetime import datetime

from sqlalchemy import Row

from foundation.kernel.money import Money
from foundation.runtime.booking_records import BookingRecords
from foundation.runtime.database import Fact, Transaction
from foundation.runtime.rule_json import rule_from_json, rule_to_json
from services.insurance.application.ports import Told
from services.insurance.domain.certificate import Certificate
from services.insurance.domain.claim import Claim, ClaimState
from services.insurance.domain.cover import LegPerils, Quote
from services.insurance.domain.declaration import Declaration, DeclarationState
from services.insurance.domain.incident import Incident


class PostgresRecords(BookingRecords):
    """The records of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, "insurance")

    async def next_quote_reference(self, booking_reference: str) -> str:
        """Name the booking's next quote."""
        (row,) = await self._rows(
            "SELECT count(*) AS made FROM quotes WHERE booking_reference = :booking",
            booking=booking_reference,
        )
        return f"QT-{booking_reference}-{row.made + 1}"

    async def add_quote(self, quote: Quote) -> None:
        """Keep a quote."""
        await self._do(
            "INSERT INTO quotes (quote_reference, booking_reference, organisation, "
            "currency_code, insured_amount, valuation_percent, premium_amount, perils, "
            "unverified, valid_until) VALUES (:reference, :booking, :assured, :currency, "
            ":insured, :percent, :premium, CAST(:perils AS jsonb), CAST(:unverified AS jsonb), "
            ":valid_until)",
            reference=quote.reference,
            booking=quote.booking_reference,
            assured=quote.assured,
            currency=quote.insured_value.currency,
            insured=quote.insured_value.amount,
            percent=quote.valuation_percent,
            premium=quote.premium.amount,
            perils=json.dumps(
                [
                    {
                        "legSequence": leg.leg_sequence,
                        "modeOfTransport": leg.mode,
                        "clauses": list(leg.clauses),
                    }
                    for leg in quote.perils
                ]
            ),
            unverified=json.dumps([rule_to_json(rule) for rule in quote.unverified]),
            valid_until=quote.valid_until,
        )

    async def quote(self, reference: str) -> Quote | None:
        """Answer a quote that the caller may see."""
        rows = await self._rows(
            "SELECT * FROM quotes WHERE quote_reference = :reference", reference=reference
        )
        return _quote(rows[0]) if rows else None

    async def add_declaration(self, declaration: Declaration, insurer: str) -> None:
        """Keep a new declaration, and let the insurer see what becomes of it."""
        await self._do(
            "INSERT INTO declarations (declaration_reference, booking_reference, organisation, "
            "open_cover_reference, quote_reference, state, declared_at) VALUES (:reference, "
            ":booking, :assured, :cover, :quote, :state, :at)",
            reference=declaration.reference,
            booking=declaration.booking_reference,
            assured=declaration.assured,
            cover=declaration.open_cover_reference,
            quote=declaration.quote_reference,
            state=declaration.state,
            at=declaration.declared_at,
        )
        await self._transaction.grant(declaration.booking_reference, insurer, "INSURER")

    async def save_declaration(self, declaration: Declaration) -> None:
        """Keep a declaration's new state."""
        await self._do(
            "UPDATE declarations SET state = :state WHERE declaration_reference = :reference",
            state=declaration.state,
            reference=declaration.reference,
        )

    async def declaration_of(self, booking_reference: str) -> Declaration | None:
        """Answer a booking's declaration."""
        rows = await self._rows(
            "SELECT * FROM declarations WHERE booking_reference = :booking",
            booking=booking_reference,
        )
        return _declaration(rows[0]) if rows else None

    async def add_certificate(self, certificate: Certificate) -> None:
        """Keep an issued certificate."""
        await self._do(
            "INSERT INTO certificates (certificate_number, booking_reference, "
            "transport_document_reference, organisation, currency_code, insured_amount, "
            "event_id, content, salt, certificate_hash, issued_at) VALUES (:number, :booking, "
            ":bill, :assured, :currency, :insured, :event_id, :content, :salt, :hash, :at)",
            number=certificate.number,
            booking=certificate.booking_reference,
            bill=certificate.transport_document_reference,
            assured=certificate.assured,
            currency=certificate.insured_value.currency,
            insured=certificate.insured_value.amount,
            event_id=certificate.event_id,
            content=certificate.content,
            salt=certificate.salt,
            hash=certificate.certificate_hash,
            at=certificate.issued_at,
        )

    async def certificate_of(self, booking_reference: str) -> Certificate | None:
        """Answer a booking's certificate."""
        rows = await self._rows(
            "SELECT * FROM certificates WHERE booking_reference = :booking",
            booking=booking_reference,
        )
        return _certificate(rows[0]) if rows else None

    async def certificate(self, number: str) -> Certificate | None:
        """Answer a certificate by its number."""
        rows = await self._rows(
            "SELECT * FROM certificates WHERE certificate_number = :number", number=number
        )
        return _certificate(rows[0]) if rows else None

    async def add_endorsement(self, number: str, certificate: Certificate) -> None:
        """Keep the certificate as endorsed to another bill."""
        await self._do(
            "INSERT INTO endorsements (endorsement_number, certificate_number, "
            "booking_reference, transport_document_reference, organisation, content, salt, "
            "certificate_hash) VALUES (:number, :certificate, :booking, :bill, :assured, "
            ":content, :salt, :hash)",
            number=number,
            certificate=certificate.number,
            booking=certificate.booking_reference,
            bill=certificate.transport_document_reference,
            assured=certificate.assured,
            content=certificate.content,
            salt=certificate.salt,
            hash=certificate.certificate_hash,
        )

    async def endorsed_to(self, transport_document_reference: str) -> Certificate | None:
        """Answer the certificate as last endorsed to a bill."""
        rows = await self._rows(
            "SELECT c.certificate_number, c.booking_reference, e.transport_document_reference, "
            "c.organisation, c.insured_amount, c.currency_code, c.event_id, e.content, e.salt, "
            "e.certificate_hash, c.issued_at FROM endorsements e "
            "JOIN certificates c USING (certificate_number) "
            "WHERE e.transport_document_reference = :bill ORDER BY e.made_as DESC LIMIT 1",
            bill=transport_document_reference,
        )
        return _certificate(rows[0]) if rows else None

    async def next_endorsement_number(self, certificate_number: str) -> str:
        """Name the certificate's next endorsement."""
        (row,) = await self._rows(
            "SELECT count(*) AS made FROM endorsements WHERE certificate_number = :number",
            number=certificate_number,
        )
        return f"{certificate_number}-E{row.made + 1}"

    async def show(self, booking_reference: str) -> None:
        """Let this transaction see one booking's certificate, by the database's own policy."""
        await self._do(
            "SELECT set_config('onebill.shown_booking', :booking, true)",
            booking=booking_reference,
        )

    async def add_incident(self, incident: Incident) -> None:
        """Keep an incident."""
        await self._do(
            "INSERT INTO incidents (incident_reference, booking_reference, organisation, "
            "leg_sequence, cause, event_id, opened_at, explanation) VALUES (:reference, "
            ":booking, :owner, :leg, :cause, :event_id, :at, :explanation)",
            reference=incident.reference,
            booking=incident.booking_reference,
            owner=incident.owner,
            leg=incident.leg_sequence,
            cause=incident.cause,
            event_id=incident.event_id,
            at=incident.opened_at,
            explanation=incident.explanation,
        )

    async def incidents_of(self, booking_reference: str) -> list[Incident]:
        """Answer a booking's incidents, oldest first."""
        rows = await self._rows(
            "SELECT * FROM incidents WHERE booking_reference = :booking "
            "ORDER BY opened_at, incident_reference",
            booking=booking_reference,
        )
        return [_incident(row) for row in rows]

    async def incident_of_event(self, booking_reference: str, event_id: str) -> Incident | None:
        """Answer the incident that an event opened."""
        rows = await self._rows(
            "SELECT * FROM incidents WHERE booking_reference = :booking AND event_id = :event_id",
            booking=booking_reference,
            event_id=event_id,
        )
        return _incident(rows[0]) if rows else None

    async def delivered_at(self, booking_reference: str) -> datetime | None:
        """Answer when the goods were delivered, if the clocks run."""
        rows = await self._rows(
            "SELECT delivered_at FROM deliveries WHERE booking_reference = :booking",
            booking=booking_reference,
        )
        return rows[0].delivered_at if rows else None

    async def start_clocks(
        self, booking_reference: str, owner: str, delivered_at: datetime
    ) -> None:
        """Remember the delivery; the first one counts."""
        await self._do(
            "INSERT INTO deliveries (booking_reference, organisation, delivered_at) "
            "VALUES (:booking, :owner, :at) ON CONFLICT DO NOTHING",
            booking=booking_reference,
            owner=owner,
            at=delivered_at,
        )

    async def add_claim(self, claim: Claim, *, at: datetime) -> None:
        """Keep a claim."""
        await self._do(
            "INSERT INTO claims (claim_reference, certificate_number, booking_reference, "
            "organisation, currency_code, amount, state, explanation, incident_reference, "
            "opened_at) VALUES (:reference, :certificate, :booking, :claimant, :currency, "
            ":amount, :state, :explanation, :incident, :at)",
            reference=claim.reference,
            certificate=claim.certificate_number,
            booking=claim.booking_reference,
            claimant=claim.claimant,
            currency=claim.amount.currency,
            amount=claim.amount.amount,
            state=claim.state,
            explanation=claim.explanation,
            incident=claim.incident_reference,
            at=at,
        )

    async def claims_on(self, certificate_number: str) -> list[Claim]:
        """Answer the claims on a certificate that the caller may see."""
        rows = await self._rows(
            "SELECT * FROM claims WHERE certificate_number = :number "
            "ORDER BY opened_at, claim_reference",
            number=certificate_number,
        )
        return [_claim(row) for row in rows]

    async def next_claim_number(self) -> int:
        """Answer a number that no claim has."""
        (row,) = await self._rows("SELECT nextval('claim_number') AS number")
        number: int = row.number
        return number

    def tell(self, told: Told) -> None:
        """Publish a fact with this transaction."""
        self._transaction.publish(
            Fact(f"onebill.insurance.{told.what}.v1", told.subject, told.at, dict(told.payload))
        )


def _quote(row: Row[tuple[object, ...]]) -> Quote:
    return Quote(
        reference=row.quote_reference,
        booking_reference=row.booking_reference,
        assured=row.organisation,
        insured_value=Money(row.insured_amount, row.currency_code),
        valuation_percent=row.valuation_percent,
        premium=Money(row.premium_amount, row.currency_code),
        perils=tuple(
            LegPerils(leg["legSequence"], leg["modeOfTransport"], tuple(leg["clauses"]))
            for leg in row.perils
        ),
        valid_until=row.valid_until,
        unverified=tuple(rule_from_json(rule) for rule in row.unverified),
    )


def _declaration(row: Row[tuple[object, ...]]) -> Declaration:
    return Declaration(
        reference=row.declaration_reference,
        booking_reference=row.booking_reference,
        assured=row.organisation,
        open_cover_reference=row.open_cover_reference,
        quote_reference=row.quote_reference,
        declared_at=row.declared_at,
        state=DeclarationState(row.state),
    )


def _certificate(row: Row[tuple[object, ...]]) -> Certificate:
    return Certificate(
        number=row.certificate_number,
        booking_reference=row.booking_reference,
        transport_document_reference=row.transport_document_reference,
        assured=row.organisation,
        insured_value=Money(row.insured_amount, row.currency_code),
        event_id=row.event_id,
        content=row.content,
        salt=row.salt,
        certificate_hash=row.certificate_hash,
        issued_at=row.issued_at,
    )


def _incident(row: Row[tuple[object, ...]]) -> Incident:
    return Incident(
        reference=row.incident_reference,
        booking_reference=row.booking_reference,
        owner=row.organisation,
        leg_sequence=row.leg_sequence,
        cause=row.cause,
        event_id=row.event_id,
        opened_at=row.opened_at,
        explanation=row.explanation,
    )


def _claim(row: Row[tuple[object, ...]]) -> Claim:
    return Claim(
        reference=row.claim_reference,
        certificate_number=row.certificate_number,
        booking_reference=row.booking_reference,
        claimant=row.organisation,
        amount=Money(row.amount, row.currency_code),
        explanation=row.explanation,
        incident_reference=row.incident_reference,
        state=ClaimState(row.state),
    )
