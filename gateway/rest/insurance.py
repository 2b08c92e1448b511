"""Certificates, incidents and claims."""

from onebill.insurance.v1 import insurance_service_pb2 as pb

from gateway.rest.bills import roles_on
from gateway.rest.journeys import must_see
from gateway.rest.protojson import from_json, to_json
from gateway.rest.routes import Answer, Ask


async def get_certificate(ask: Ask) -> Answer:
    """One certificate, for its assured or whoever possesses the bill."""
    bill = ask.query.get("transportDocumentReference", "")
    answer = await ask.services.insurance.GetCertificate(
        pb.GetCertificateRequest(
            certificate_number=ask.path["certificateNumber"],
            roles=await roles_on(ask, bill) if bill else [],
            transport_document_reference=bill,
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer.certificate))


async def get_booking_certificate(ask: Ask) -> Answer:
    """The certificate of a booking."""
    booking = await must_see(ask)
    answer = await ask.services.insurance.GetCertificate(
        pb.GetCertificateRequest(booking_reference=booking.booking_reference),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer.certificate))


async def list_incidents(ask: Ask) -> Answer:
    """What may become a claim."""
    booking = await must_see(ask)
    answer = await ask.services.insurance.ListIncidents(
        pb.ListIncidentsRequest(booking_reference=booking.booking_reference),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))


async def open_claim(ask: Ask) -> Answer:
    """Claim under a certificate, as whoever holds it."""
    said = dict(ask.body)
    bill = str(said.pop("transportDocumentReference", ""))
    request = from_json(said, pb.OpenClaimRequest)
    request.claimant_organisation = ask.holder.organisation
    request.request_id = ask.request_id
    request.transport_document_reference = bill
    # Roles are the ledger's to tell; what a caller says of its own is thrown away.
    request.ClearField("roles")
    request.roles.extend(await roles_on(ask, bill) if bill else [])
    answer = await ask.services.insurance.OpenClaim(request, metadata=ask.metadata)
    return Answer(to_json(answer.claim), 201)


async def list_claims(ask: Ask) -> Answer:
    """The claims on a certificate."""
    answer = await ask.services.insurance.ListClaims(
        pb.ListClaimsRequest(certificate_number=ask.query.get("certificateNumber", "")),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer))
