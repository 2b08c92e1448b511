"""A broken seal opens an incident; a claim is the certificate holder's to make."""

from datetime import timedelta

from onebill.insurance.v1 import insurance_service_pb2 as pb

from foundation.runtime.identity import on_behalf_of
from tests.integration.insurance.conftest import (
    BOOKING,
    LEGS,
    NOW,
    NUMBER,
    Insurance,
    new_request,
    refusal_of,
    stamp,
)


async def test_a_broken_seal_opens_one_incident_that_names_the_leg(insurance: Insurance) -> None:
    await insurance.certify()

    first = await insurance.incident()
    again = await insurance.incident()

    assert (first.cause, first.leg_sequence) == ("SEAL_BREACH", 2)
    assert again == first
    assert await insurance.count("incidents") == 1
    assert await insurance.count("claims") == 0


async def test_a_seal_one_character_off_is_no_incident(insurance: Insurance) -> None:
    refusal = await refusal_of(
        insurance.worker.OpenIncident(
            pb.OpenIncidentRequest(
                booking_reference=BOOKING,
                cause="SEAL_QUERY",
                event_id="event-9",
                explanation="One character off.",
                opened_at=stamp(NOW),
                request_id=new_request(),
            )
        )
    )

    assert refusal.reason == "NO_INCIDENT"
    assert await insurance.count("incidents") == 0


async def test_notice_clocks_start_at_delivery_and_run_for_late_incidents_too(
    insurance: Insurance,
) -> None:
    await insurance.certify()
    assert not (await insurance.incident()).notice_clocks

    (started,) = await insurance.start_clocks()
    late = await insurance.incident("event-10", cause="DAMAGE", leg_sequence=0)

    due = [
        (clock.clock, (clock.due_at.ToDatetime() - NOW.replace(tzinfo=None)).days)
        for clock in started.notice_clocks
    ]
    assert due == [("APPARENT", 0), ("FBL", 6), ("NOT_APPARENT", 15), ("DELAY", 60)]
    assert list(late.notice_clocks) == list(started.notice_clocks)


async def test_the_first_delivery_starts_the_clocks(insurance: Insurance) -> None:
    await insurance.certify()
    await insurance.incident()

    first = await insurance.start_clocks(NOW)
    again = await insurance.start_clocks(NOW - timedelta(days=3))

    assert again == first


async def test_the_shipper_sees_its_incidents_and_a_stranger_none(insurance: Insurance) -> None:
    await insurance.certify()
    incident = await insurance.incident()

    async def seen_by(organisation: str):
        answer = await insurance.gateway.ListIncidents(
            pb.ListIncidentsRequest(booking_reference=BOOKING),
            metadata=on_behalf_of(organisation, ["insurance:read"]),
        )
        return list(answer.incidents)

    assert await seen_by("seller") == [incident]
    assert await seen_by("insurer") == [incident]
    assert await seen_by("buyer") == []


async def test_invariant_50_the_holder_claims_with_or_without_an_event(
    insurance: Insurance,
) -> None:
    await insurance.certify()
    incident = await insurance.incident()

    without = (await insurance.claim("buyer", "POSSESSOR", "TITLE_HOLDER")).claim
    with_event = (
        await insurance.claim(
            "buyer", "POSSESSOR", "TITLE_HOLDER", incident_reference=incident.incident_reference
        )
    ).claim

    assert without.state == "NOTIFIED"
    assert with_event.incident_reference == incident.incident_reference
    listed = await insurance.gateway.ListClaims(
        pb.ListClaimsRequest(certificate_number=NUMBER),
        metadata=on_behalf_of("buyer", ["insurance:read"]),
    )
    assert list(listed.claims) == [without, with_event]


async def test_invariant_50_nobody_else_claims(insurance: Insurance) -> None:
    await insurance.certify()

    reasons = [
        (await refusal_of(insurance.claim(claimant, *roles))).reason
        for claimant, roles in [
            ("stranger", []),
            ("seller", ["SHIPPER", "FORMER_POSSESSOR"]),
            ("first-bank", ["POSSESSOR"]),
        ]
    ]

    assert reasons == ["CERTIFICATE_NOT_FOUND", "NOT_CERTIFICATE_HOLDER", "NO_INSURABLE_INTEREST"]
    assert await insurance.count("claims") == 0


async def test_nobody_claims_for_another(insurance: Insurance) -> None:
    await insurance.certify()

    refusal = await refusal_of(
        insurance.gateway.OpenClaim(
            pb.OpenClaimRequest(
                certificate_number=NUMBER,
                claimant_organisation="buyer",
                roles=["POSSESSOR", "TITLE_HOLDER"],
                request_id=new_request(),
            ),
            metadata=on_behalf_of("seller", ["insurance:claim"]),
        )
    )

    assert refusal.reason == "CLAIM_FOR_ANOTHER"


async def test_an_incident_that_is_not_there_is_refused(insurance: Insurance) -> None:
    await insurance.certify()

    refusal = await refusal_of(
        insurance.claim("buyer", "POSSESSOR", "TITLE_HOLDER", incident_reference="IN-1")
    )

    assert refusal.reason == "INCIDENT_NOT_FOUND"


async def test_liability_is_answered_with_its_limit_and_its_doubts(insurance: Insurance) -> None:
    async def answered(leg: int):
        answer = await insurance.worker.AnswerLiability(
            pb.AnswerLiabilityRequest(
                booking_reference=BOOKING,
                leg_sequence=leg,
                legs=LEGS,
                gross_weight_grams=18_000_000,
                packages=20,
                lost_at=stamp(NOW),
            )
        )
        return answer.answer

    unknown, rail, sea = await answered(0), await answered(2), await answered(3)

    assert (unknown.regime, unknown.limit_sdr, unknown.recovery_regime) == ("FBL", "36000.00", "")
    assert (rail.limit.amount, rail.limit.currency_code) == (3_600_000, "CNY")
    assert (sea.regime, sea.limit_sdr, sea.recovery_regime) == ("CMC-2025", "36000.00", "CMC-2025")
    assert [rule.rule for rule in sea.unverified_rules] == ["liability/cmc"]
