"""Incidents, notice clocks, claims."""

from dataclasses import dataclass
from datetime import datetime

from foundation.kernel.errors import InvalidValue, NotFound
from foundation.kernel.money import Money
from services.insurance.application.covering import as_for, certificate_not_found
from services.insurance.application.ports import Records, Rulebook, Told
from services.insurance.domain.certificate import booking_of, may_see
from services.insurance.domain.claim import Claim, claim_reference, open_claim
from services.insurance.domain.cover import POLICYHOLDER
from services.insurance.domain.incident import (
    Incident,
    NoticeClock,
    incident_reference,
    notice_clocks,
)

WithClocks = tuple[Incident, tuple[NoticeClock, ...]]


@dataclass(frozen=True, slots=True)
class Losses:
    """What may go wrong with a covered consignment."""

    rules: Rulebook

    async def open_incident(
        self,
        records: Records,
        booking_reference: str,
        *,
        cause: str,
        leg_sequence: int,
        event_id: str,
        explanation: str,
        opened_at: datetime,
    ) -> WithClocks:
        """Open an incident for a breach; an event that opened one answers that one."""
        await records.lock(booking_reference)
        declaration = await records.declaration_of(booking_reference)
        earlier = await records.incidents_of(booking_reference)
        incident = Incident(
            reference=incident_reference(booking_reference, len(earlier) + 1),
            booking_reference=booking_reference,
            owner=declaration.assured if declaration else POLICYHOLDER,
            leg_sequence=leg_sequence,
            cause=cause,
            event_id=event_id,
            opened_at=opened_at,
            explanation=explanation,
        )
        known = await records.incident_of_event(booking_reference, event_id)
        if known is None:
            await records.add_incident(incident)
            records.tell(
                Told(
                    "incident_opened",
                    booking_reference,
                    opened_at,
                    {
                        "bookingReference": booking_reference,
                        "incidentReference": incident.reference,
                        "cause": cause,
                        "legSequence": leg_sequence,
                        "eventId": event_id,
                    },
                )
            )
        return self._with_clocks(known or incident, await records.delivered_at(booking_reference))

    async def start_clocks(
        self, records: Records, booking_reference: str, *, delivered_at: datetime, now: datetime
    ) -> list[WithClocks]:
        """Start the notice clocks at delivery; the first delivery counts.

        Raises:
            InvalidValue: DELIVERY_IN_FUTURE.
        """
        await records.lock(booking_reference)
        if delivered_at.date() > now.date():
            raise InvalidValue(
                "DELIVERY_IN_FUTURE",
                f"The goods cannot have been delivered on {delivered_at:%Y-%m-%d}, which is yet "
                "to come.",
                delivered_at=delivered_at.isoformat(),
            )
        declaration = await records.declaration_of(booking_reference)
        owner = declaration.assured if declaration else POLICYHOLDER
        await records.start_clocks(booking_reference, owner, delivered_at)
        return await self.incidents(records, booking_reference)

    async def incidents(self, records: Records, booking_reference: str) -> list[WithClocks]:
        """Answer a booking's incidents with their clocks."""
        delivered_at = await records.delivered_at(booking_reference)
        return [
            self._with_clocks(incident, delivered_at)
            for incident in await records.incidents_of(booking_reference)
        ]

    async def open_claim(
        self,
        records: Records,
        certificate_number: str,
        *,
        claimant: str,
        transport_document_reference: str,
        roles: frozenset[str],
        amount: Money,
        explanation: str,
        incident_reference: str,
        at: datetime,
    ) -> Claim:
        """Open the certificate holder's claim (invariant 50); no event is needed for it.

        Who has no role on the bill is told that there is no such certificate.
        """
        if may_see(roles) and transport_document_reference:
            await records.show(booking_of(certificate_number))
        certificate = await records.certificate(certificate_number)
        if (
            certificate is None
            or await as_for(records, certificate, transport_document_reference) is None
        ):
            raise certificate_not_found(certificate_number)
        await records.lock(certificate.booking_reference)
        if incident_reference and incident_reference not in {
            incident.reference
            for incident in await records.incidents_of(certificate.booking_reference)
        }:
            raise NotFound(
                "INCIDENT_NOT_FOUND",
                f"Booking {certificate.booking_reference} has no incident {incident_reference}.",
                incident_reference=incident_reference,
            )
        number = await records.next_claim_number()
        claim = open_claim(
            certificate,
            reference=claim_reference(certificate, number),
            claimant=claimant,
            roles=roles,
            amount=amount,
            explanation=explanation,
            incident_reference=incident_reference,
        )
        await records.add_claim(claim, at=at)
        records.tell(
            Told(
                "claim_opened",
                claim.booking_reference,
                at,
                {
                    "bookingReference": claim.booking_reference,
                    "claimReference": claim.reference,
                    "certificateNumber": certificate.number,
                },
            )
        )
        return claim

    def _with_clocks(self, incident: Incident, delivered_at: datetime | None) -> WithClocks:
        return incident, notice_clocks(self.rules.notice, delivered_at)
