"""onebill.insurance.v1: thin, one use case per RPC."""

from collections.abc import AsyncIterator

import grpc
from onebill.insurance.v1 import insurance_service_pb2 as pb
from onebill.insurance.v1 import insurance_service_pb2_grpc

from foundation.kernel.clock import Clock
from foundation.kernel.errors import InvalidValue, NotAllowed
from foundation.kernel.references import Randomness, check_booking_reference
from foundation.runtime.database import Database, Transaction
from foundation.runtime.identity import OPERATOR, check_organisation
from foundation.runtime.outbox import Outbox
from foundation.runtime.requests import reads, writes
from services.insurance.adapters import protobuf as wire
from services.insurance.adapters.postgres import PostgresRecords
from services.insurance.adapters.sealing import CanonicalSeal
from services.insurance.application.covering import Covering
from services.insurance.application.losses import Losses
from services.insurance.application.ports import Rulebook
from services.insurance.domain.liability import Loss, answer


class InsuranceServicer(insurance_service_pb2_grpc.InsuranceServiceServicer):
    """No rule lives here. DomainError becomes a status in the runtime."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        clock: Clock,
        randomness: Randomness,
        rules: Rulebook,
    ) -> None:
        self.database = database
        self._outbox = outbox
        self._clock = clock
        self._rules = rules
        self._covering = Covering(rules, CanonicalSeal(randomness))
        self._losses = Losses(rules)

    @writes(pb.QuoteCoverResponse)
    async def QuoteCover(  # noqa: N802 - the name is the protocol's
        self, request: pb.QuoteCoverRequest, transaction: Transaction
    ) -> pb.QuoteCoverResponse:
        """Quote one premium for all legs."""
        quote = await self._covering.quote(
            PostgresRecords(transaction),
            check_booking_reference(request.booking_reference),
            wire.legs(request.legs),
            commercial_value=wire.money(request.commercial_value),
            incoterms_rule=request.incoterms_rule,
            assured=check_organisation(request.assured_organisation),
            hs_codes=request.hs_codes,
            at=self._clock(),
        )
        return pb.QuoteCoverResponse(quote=wire.quote_to_proto(quote))

    @writes(pb.DeclareResponse)
    async def Declare(  # noqa: N802 - the name is the protocol's
        self, request: pb.DeclareRequest, transaction: Transaction
    ) -> pb.DeclareResponse:
        """Declare the consignment under the open cover."""
        declaration = await self._covering.declare(
            PostgresRecords(transaction),
            check_booking_reference(request.booking_reference),
            request.quote_reference,
            at=self._clock(),
        )
        return pb.DeclareResponse(declaration=wire.declaration_to_proto(declaration))

    @writes(pb.CancelDeclarationResponse)
    async def CancelDeclaration(  # noqa: N802 - the name is the protocol's
        self, request: pb.CancelDeclarationRequest, transaction: Transaction
    ) -> pb.CancelDeclarationResponse:
        """Take a declaration back before cover attaches."""
        if not request.reason:
            raise InvalidValue("MEMBER_MISSING", "reason is missing.", member="reason")
        declaration = await self._covering.cancel(
            PostgresRecords(transaction),
            check_booking_reference(request.booking_reference),
            reason=request.reason,
            at=self._clock(),
        )
        if declaration is None:
            return pb.CancelDeclarationResponse()
        return pb.CancelDeclarationResponse(declaration=wire.declaration_to_proto(declaration))

    @writes(pb.IssueCertificateResponse)
    async def IssueCertificate(  # noqa: N802 - the name is the protocol's
        self, request: pb.IssueCertificateRequest, transaction: Transaction
    ) -> pb.IssueCertificateResponse:
        """Issue the certificate on the taking-in-charge event."""
        certificate = await self._covering.certify(
            PostgresRecords(transaction),
            check_booking_reference(request.booking_reference),
            wire.taking_in_charge(request),
            at=self._clock(),
        )
        return pb.IssueCertificateResponse(certificate=wire.certificate_to_proto(certificate))

    @reads
    async def GetCertificate(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetCertificateRequest, transaction: Transaction
    ) -> pb.GetCertificateResponse:
        """Answer one certificate, by the asker's verified roles on its bill."""
        certificate = await self._covering.certificate(
            PostgresRecords(transaction),
            request.certificate_number,
            request.booking_reference,
            request.transport_document_reference,
            frozenset(request.roles),
        )
        return pb.GetCertificateResponse(certificate=wire.certificate_to_proto(certificate))

    @writes(pb.EndorseCertificateResponse)
    async def EndorseCertificate(  # noqa: N802 - the name is the protocol's
        self, request: pb.EndorseCertificateRequest, transaction: Transaction
    ) -> pb.EndorseCertificateResponse:
        """Endorse the certificate to a bill that is to take another's place."""
        certificate = await self._covering.endorse(
            PostgresRecords(transaction),
            check_booking_reference(request.booking_reference),
            wire.endorsement(request),
            at=self._clock(),
        )
        return pb.EndorseCertificateResponse(certificate=wire.certificate_to_proto(certificate))

    @writes(pb.OpenIncidentResponse)
    async def OpenIncident(  # noqa: N802 - the name is the protocol's
        self, request: pb.OpenIncidentRequest, transaction: Transaction
    ) -> pb.OpenIncidentResponse:
        """Open an incident for a breach."""
        incident, clocks = await self._losses.open_incident(
            PostgresRecords(transaction),
            check_booking_reference(request.booking_reference),
            cause=request.cause,
            leg_sequence=request.leg_sequence,
            event_id=request.event_id,
            explanation=request.explanation,
            opened_at=wire.moment(request.opened_at, "opened_at"),
        )
        return pb.OpenIncidentResponse(incident=wire.incident_to_proto(incident, clocks))

    @writes(pb.StartNoticeClocksResponse)
    async def StartNoticeClocks(  # noqa: N802 - the name is the protocol's
        self, request: pb.StartNoticeClocksRequest, transaction: Transaction
    ) -> pb.StartNoticeClocksResponse:
        """Start the notice clocks at delivery."""
        incidents = await self._losses.start_clocks(
            PostgresRecords(transaction),
            check_booking_reference(request.booking_reference),
            delivered_at=wire.moment(request.delivered_at, "delivered_at"),
            now=self._clock(),
        )
        return pb.StartNoticeClocksResponse(
            incidents=[wire.incident_to_proto(*incident) for incident in incidents]
        )

    @reads
    async def ListIncidents(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListIncidentsRequest, transaction: Transaction
    ) -> pb.ListIncidentsResponse:
        """Answer the incidents of a booking."""
        incidents = await self._losses.incidents(
            PostgresRecords(transaction), request.booking_reference
        )
        return pb.ListIncidentsResponse(
            incidents=[wire.incident_to_proto(*incident) for incident in incidents]
        )

    @writes(pb.OpenClaimResponse)
    async def OpenClaim(  # noqa: N802 - the name is the protocol's
        self, request: pb.OpenClaimRequest, transaction: Transaction
    ) -> pb.OpenClaimResponse:
        """Open a claim of the certificate's holder."""
        if transaction.organisation not in {request.claimant_organisation, OPERATOR}:
            raise NotAllowed(
                "CLAIM_FOR_ANOTHER", "Nobody claims for another organisation than its own."
            )
        claim = await self._losses.open_claim(
            PostgresRecords(transaction),
            request.certificate_number,
            claimant=check_organisation(request.claimant_organisation),
            transport_document_reference=request.transport_document_reference,
            roles=frozenset(request.roles),
            amount=wire.money(request.amount),
            explanation=request.explanation,
            incident_reference=request.incident_reference,
            at=self._clock(),
        )
        return pb.OpenClaimResponse(claim=wire.claim_to_proto(claim))

    @reads
    async def ListClaims(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListClaimsRequest, transaction: Transaction
    ) -> pb.ListClaimsResponse:
        """Answer the claims on a certificate that the caller may see."""
        claims = await PostgresRecords(transaction).claims_on(request.certificate_number)
        return pb.ListClaimsResponse(claims=map(wire.claim_to_proto, claims))

    @reads
    async def AnswerLiability(  # noqa: N802 - the name is the protocol's
        self, request: pb.AnswerLiabilityRequest, transaction: Transaction
    ) -> pb.AnswerLiabilityResponse:
        """Answer what regime and limit apply to a loss."""
        lost_at = wire.moment(request.lost_at, "lost_at")
        found = answer(
            self._rules.regimes,
            wire.legs(request.legs),
            request.leg_sequence,
            Loss(request.gross_weight_grams, request.packages, lost_at.date()),
        )
        return pb.AnswerLiabilityResponse(answer=wire.answer_to_proto(found))

    async def WatchEvents(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.WatchEventsRequest,
        context: grpc.aio.ServicerContext[pb.WatchEventsRequest, pb.WatchEventsResponse],
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        """Answer facts from a position on, then as they come."""
        async for events in self._outbox.watch(request.after_position):
            yield pb.WatchEventsResponse(events=events)
