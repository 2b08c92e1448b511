"""From protobuf to the rules' values, and back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2
from onebill.insurance.v1 import insurance_pb2, insurance_service_pb2

from foundation.kernel.equipment import EquipmentReference
from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule
from foundation.kernel.unlocode import UnLocode
from services.insurance.domain.certificate import Certificate, Place, TakingInCharge
from services.insurance.domain.claim import Claim
from services.insurance.domain.cover import InsuredLeg, Quote
from services.insurance.domain.declaration import Declaration
from services.insurance.domain.endorsement import Asked
from services.insurance.domain.incident import Incident, NoticeClock
from services.insurance.domain.liability import Answer, Limit, spell_sdr


def legs(told: Sequence[insurance_service_pb2.InsuredLeg]) -> list[InsuredLeg]:
    """Read the legs."""
    return [
        InsuredLeg(
            sequence=leg.leg_sequence,
            mode=leg.mode_of_transport,
            departure=UnLocode(leg.departure_un_location_code),
            arrival=UnLocode(leg.arrival_un_location_code),
            carrier=leg.carrier_organisation,
        )
        for leg in told
    ]


def money(told: common_pb2.Money) -> Money:
    """Read an amount."""
    return Money(told.amount, told.currency_code)


def moment(told: Timestamp, what: str) -> datetime:
    """Read a time that must be there; proto's zero is nobody's.

    Raises:
        InvalidValue: TIME_MISSING.
    """
    if told.seconds <= 0:
        raise InvalidValue("TIME_MISSING", f"The {what} is missing.", member=what)
    return told.ToDatetime(UTC)


def taking_in_charge(request: insurance_service_pb2.IssueCertificateRequest) -> TakingInCharge:
    """Read the event on which cover is certified."""
    return TakingInCharge(
        event_id=request.event_id,
        at=moment(request.taken_in_charge_at, "taken_in_charge_at"),
        equipments=tuple(EquipmentReference(number) for number in request.equipment_references),
        place_of_receipt=_place(request.place_of_receipt),
        place_of_delivery=_place(request.place_of_delivery),
        transport_document_reference=request.transport_document_reference,
    )


def endorsement(request: insurance_service_pb2.EndorseCertificateRequest) -> Asked:
    """Read what the underwriter is asked."""
    for name in ("transport_document_reference", "replaces"):
        if not getattr(request, name):
            raise InvalidValue("MEMBER_MISSING", f"{name} is missing.", member=name)
    return Asked(
        request.transport_document_reference,
        request.replaces,
        _place(request.place_of_delivery) if request.HasField("place_of_delivery") else None,
    )


def quote_to_proto(quote: Quote) -> insurance_pb2.Quote:
    """Write a quote."""
    return insurance_pb2.Quote(
        quote_reference=quote.reference,
        booking_reference=quote.booking_reference,
        insured_value=_money(quote.insured_value),
        premium=_money(quote.premium),
        perils=[
            insurance_pb2.LegPerils(leg_sequence=leg.leg_sequence, clauses=leg.clauses)
            for leg in quote.perils
        ],
        valid_until=_stamp(quote.valid_until),
        unverified_rules=_unverified(quote.unverified),
    )


def declaration_to_proto(declaration: Declaration) -> insurance_pb2.Declaration:
    """Write a declaration."""
    return insurance_pb2.Declaration(
        declaration_reference=declaration.reference,
        booking_reference=declaration.booking_reference,
        open_cover_reference=declaration.open_cover_reference,
        state=insurance_pb2.DeclarationState.Value(f"DECLARATION_STATE_{declaration.state}"),
        quote_reference=declaration.quote_reference,
    )


def certificate_to_proto(certificate: Certificate) -> insurance_pb2.CertificateOfInsurance:
    """Write a certificate with its salt, for who may see it."""
    return insurance_pb2.CertificateOfInsurance(
        certificate_number=certificate.number,
        booking_reference=certificate.booking_reference,
        content=certificate.content,
        salt=certificate.salt,
        certificate_hash=certificate.certificate_hash,
        issued_at=_stamp(certificate.issued_at),
        assured_organisation=certificate.assured,
        insured_value=_money(certificate.insured_value),
        is_blank_endorsed=True,
    )


def incident_to_proto(incident: Incident, clocks: Sequence[NoticeClock]) -> insurance_pb2.Incident:
    """Write an incident with its clocks."""
    return insurance_pb2.Incident(
        incident_reference=incident.reference,
        booking_reference=incident.booking_reference,
        leg_sequence=incident.leg_sequence,
        cause=incident.cause,
        event_id=incident.event_id,
        opened_at=_stamp(incident.opened_at),
        notice_clocks=[
            insurance_pb2.NoticeClock(
                clock=clock.clock,
                due_at=_stamp(clock.due_at),
                source=clock.rule.source,
                is_verified=clock.rule.verified,
            )
            for clock in clocks
        ],
        explanation=incident.explanation,
    )


def claim_to_proto(claim: Claim) -> insurance_pb2.Claim:
    """Write a claim."""
    return insurance_pb2.Claim(
        claim_reference=claim.reference,
        certificate_number=claim.certificate_number,
        claimant_organisation=claim.claimant,
        amount=_money(claim.amount),
        state=claim.state,
        explanation=claim.explanation,
        incident_reference=claim.incident_reference,
    )


def answer_to_proto(answer: Answer) -> insurance_pb2.LiabilityAnswer:
    """Write what is owed and what comes back."""
    recovered = answer.recovered
    return insurance_pb2.LiabilityAnswer(
        regime=answer.owed.regime.regime,
        limit_sdr=_sdr(answer.owed.sdr),
        explanation=answer.explanation,
        unverified_rules=_unverified(answer.unverified),
        limit=_limit_in_money(answer.owed),
        recovery_regime=recovered.regime.regime if recovered else "",
        recovery_limit_sdr=_sdr(recovered.sdr if recovered else None),
        recovery_limit=_limit_in_money(recovered) if recovered else None,
    )


def _place(told: common_pb2.Location) -> Place:
    return Place(UnLocode(told.un_location_code), told.facility_code, told.location_name)


def _money(amount: Money) -> common_pb2.Money:
    return common_pb2.Money(amount=amount.amount, currency_code=amount.currency)


def _limit_in_money(limit: Limit) -> common_pb2.Money | None:
    return None if limit.money is None else _money(limit.money)


def _sdr(amount: Fraction | None) -> str:
    return "" if amount is None else spell_sdr(amount)


def _unverified(rules: Sequence[Rule]) -> list[common_pb2.UnverifiedRule]:
    return [common_pb2.UnverifiedRule(rule=rule.key, note=rule.note) for rule in rules]


def _stamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at.astimezone(UTC))
    return stamp
