"""Quoting, declaring, certifying."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from foundation.kernel.errors import Conflict, NotFound, WrongState
from foundation.kernel.money import Money
from services.insurance.application.ports import Records, Rulebook, Seal, Told
from services.insurance.domain.certificate import (
    Certificate,
    TakingInCharge,
    booking_of,
    certificate_number,
    content_of,
    may_see,
)
from services.insurance.domain.cover import InsuredLeg, Quote, open_cover, quote
from services.insurance.domain.declaration import Declaration
from services.insurance.domain.endorsement import Asked, check_consent, endorsed, is_the_same


@dataclass(frozen=True, slots=True)
class Covering:
    """The cargo cover of a booking."""

    rules: Rulebook
    seal: Seal

    async def quote(
        self,
        records: Records,
        booking_reference: str,
        legs: Sequence[InsuredLeg],
        *,
        commercial_value: Money,
        incoterms_rule: str,
        assured: str,
        hs_codes: Sequence[str],
        at: datetime,
    ) -> Quote:
        """Quote one premium for all legs and keep it."""
        await records.lock(booking_reference)
        await _refuse_ended(records, booking_reference)
        made = quote(
            self.rules.cover,
            legs,
            reference=await records.next_quote_reference(booking_reference),
            booking_reference=booking_reference,
            commercial_value=commercial_value,
            incoterms_rule=incoterms_rule,
            assured=assured,
            hs_codes=hs_codes,
            at=at,
        )
        await records.add_quote(made)
        return made

    async def declare(
        self, records: Records, booking_reference: str, quote_reference: str, *, at: datetime
    ) -> Declaration:
        """Declare a consignment under the open cover; once per booking."""
        await records.lock(booking_reference)
        await _refuse_ended(records, booking_reference)
        made = await records.quote(quote_reference)
        if made is None or made.booking_reference != booking_reference:
            raise NotFound(
                "QUOTE_NOT_FOUND",
                f"There is no quote {quote_reference} of booking {booking_reference}.",
                quote_reference=quote_reference,
            )
        earlier = await records.declaration_of(booking_reference)
        if earlier is not None:
            raise Conflict(
                "DECLARATION_EXISTS",
                f"Booking {booking_reference} is declared already: {earlier.reference}.",
                declaration_reference=earlier.reference,
            )
        cover = open_cover(self.rules.cover, made.insured_value.currency, at.date())
        declaration = Declaration.declare(made, cover, at=at)
        await records.add_declaration(declaration, cover.insurer)
        records.tell(_told_of(declaration, "declared", at))
        return declaration

    async def cancel(
        self, records: Records, booking_reference: str, *, reason: str, at: datetime
    ) -> Declaration | None:
        """Take a declaration back; one never made is remembered, and the answer is None."""
        await records.lock(booking_reference)
        declaration = await records.declaration_of(booking_reference)
        if declaration is None:
            await records.end(booking_reference, at=at)
            return None
        cancelled = declaration.cancelled()
        await records.end(booking_reference, at=at)
        if cancelled is not declaration:
            await records.save_declaration(cancelled)
            records.tell(_told_of(cancelled, "declaration_cancelled", at, reason=reason))
        return cancelled

    async def certify(
        self, records: Records, booking_reference: str, taken: TakingInCharge, *, at: datetime
    ) -> Certificate:
        """Issue the one certificate on the taking-in-charge event (invariant 49).

        The same event again answers the certificate it made.

        Raises:
            WrongState: DECLARATION_WRONG_STATE.
            NotFound: DECLARATION_NOT_FOUND.
            Conflict: CERTIFICATE_EXISTS, for another event.
        """
        await records.lock(booking_reference)
        taken.check(at)
        earlier = await records.certificate_of(booking_reference)
        if earlier is not None:
            if (earlier.event_id, earlier.transport_document_reference) == (
                taken.event_id,
                taken.transport_document_reference,
            ):
                return earlier
            raise Conflict(
                "CERTIFICATE_EXISTS",
                f"Booking {booking_reference} has its one certificate: {earlier.number}.",
                certificate_number=earlier.number,
            )
        declaration = await records.declaration_of(booking_reference)
        made = await records.quote(declaration.quote_reference) if declaration else None
        if declaration is None or made is None:
            raise NotFound(
                "DECLARATION_NOT_FOUND",
                f"Booking {booking_reference} is not declared under an open cover.",
                booking_reference=booking_reference,
            )
        certified = declaration.certified()
        cover = open_cover(
            self.rules.cover, made.insured_value.currency, declaration.declared_at.date()
        )
        sealed = self.seal(content_of(declaration, made, cover, taken))
        certificate = Certificate(
            number=certificate_number(booking_reference),
            booking_reference=booking_reference,
            transport_document_reference=taken.transport_document_reference,
            assured=declaration.assured,
            insured_value=made.insured_value,
            event_id=taken.event_id,
            content=sealed.content,
            salt=sealed.salt,
            certificate_hash=sealed.salted_hash,
            issued_at=taken.at,
        )
        await records.save_declaration(certified)
        await records.add_certificate(certificate)
        records.tell(
            _told_of(
                certified,
                "certificate_issued",
                at,
                certificateNumber=certificate.number,
                certificateHash=certificate.certificate_hash,
            )
        )
        return certificate

    async def certificate(
        self,
        records: Records,
        number: str,
        booking_reference: str,
        transport_document_reference: str,
        roles: frozenset[str],
    ) -> Certificate:
        """Answer a certificate to its owner, the operator, or who has a role on its bill.

        Raises:
            NotFound: CERTIFICATE_NOT_FOUND, also for who may not see it.
        """
        # Roles are roles on one bill: without its reference they show nothing, or the roles on
        # a bill of one's own would open every certificate.
        if may_see(roles) and transport_document_reference:
            await records.show(booking_of(number) if number else booking_reference)
        found = (
            await records.certificate(number)
            if number
            else await records.certificate_of(booking_reference)
        )
        found = found and await as_for(records, found, transport_document_reference)
        if found is None:
            raise certificate_not_found(number or booking_reference)
        return found

    async def endorse(
        self, records: Records, booking_reference: str, asked: Asked, *, at: datetime
    ) -> Certificate:
        """Endorse the certificate to a bill that is to take another's place (invariant 40).

        Raises:
            NotFound: CERTIFICATE_NOT_FOUND.
            WrongState: as check_consent.
        """
        await records.lock(booking_reference)
        first = await records.certificate_of(booking_reference)
        before = first and await as_for(records, first, asked.replaces)
        if first is None or before is None:
            raise certificate_not_found(booking_reference)
        check_consent(
            self.rules.reach,
            asked,
            has_incident=bool(await records.incidents_of(booking_reference)),
            is_delivered=await records.delivered_at(booking_reference) is not None,
            at=at,
        )
        number = await records.next_endorsement_number(first.number)
        content = endorsed(json.loads(before.content), before.certificate_hash, asked, number)
        known = await records.endorsed_to(asked.transport_document_reference)
        if known is not None and is_the_same(json.loads(known.content), content):
            return known
        sealed = self.seal(content)
        certificate = replace(
            first,
            transport_document_reference=asked.transport_document_reference,
            content=sealed.content,
            salt=sealed.salt,
            certificate_hash=sealed.salted_hash,
        )
        await records.add_endorsement(number, certificate)
        records.tell(
            Told(
                "certificate_endorsed",
                booking_reference,
                at,
                {
                    "bookingReference": booking_reference,
                    "endorsementNumber": number,
                    "certificateHash": certificate.certificate_hash,
                },
            )
        )
        return certificate


async def as_for(
    records: Records, certificate: Certificate, transport_document_reference: str
) -> Certificate | None:
    """Answer a certificate as it goes with a bill; None where it does not go with it.

    Without a bill it is as it was issued.
    """
    if transport_document_reference in {"", certificate.transport_document_reference}:
        return certificate
    endorsed_to = await records.endorsed_to(transport_document_reference)
    if endorsed_to is None or endorsed_to.number != certificate.number:
        return None
    return endorsed_to


def certificate_not_found(named: str) -> NotFound:
    """Say that there is no such certificate, or none that the caller may know of."""
    return NotFound(
        "CERTIFICATE_NOT_FOUND", f"There is no certificate of insurance {named}.", named=named
    )


async def _refuse_ended(records: Records, booking_reference: str) -> None:
    if await records.is_ended(booking_reference):
        raise WrongState(
            "BOOKING_ENDED",
            f"Cover for booking {booking_reference} was cancelled; nothing more is insured.",
            booking_reference=booking_reference,
        )


def _told_of(declaration: Declaration, what: str, at: datetime, **more: str) -> Told:
    return Told(
        what,
        declaration.booking_reference,
        at,
        {
            "bookingReference": declaration.booking_reference,
            "declarationReference": declaration.reference,
            "state": str(declaration.state),
            **more,
        },
    )
