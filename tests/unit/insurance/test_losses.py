"""Incidents, their clocks, and who may claim."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.kernel.errors import DomainError
from foundation.kernel.money import Money
from services.insurance.adapters.rule_files import load_rulebook
from services.insurance.domain.certificate import Certificate, may_see
from services.insurance.domain.claim import open_claim
from services.insurance.domain.incident import NO_INCIDENTS, Incident, notice_clocks

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOTICE = load_rulebook().notice
CERTIFICATE = Certificate(
    number="CI-OBB",
    booking_reference="OBB",
    transport_document_reference="OB1",
    assured="seller",
    insured_value=Money.of("132000.00", "USD"),
    event_id="event-1",
    content="{}",
    salt="salt",
    certificate_hash="0" * 64,
    issued_at=NOON,
)


def incident(**changes: object) -> Incident:
    return Incident(
        **{
            "reference": "IN-OBB-1",
            "booking_reference": "OBB",
            "owner": "seller",
            "leg_sequence": 2,
            "cause": "SEAL_BREACH",
            "event_id": "event-9",
            "opened_at": NOON,
            "explanation": "The seal was broken.",
        }
        | changes
    )


def claimed(claimant: str = "buyer", roles: str = "POSSESSOR TITLE_HOLDER", **changes: object):
    return open_claim(
        CERTIFICATE,
        **{
            "reference": "CL-OBB-1",
            "claimant": claimant,
            "roles": frozenset(roles.split()),
            "amount": Money.of("5000.00", "USD"),
            "explanation": "One crate was crushed.",
            "incident_reference": "",
        }
        | changes,
    )


def test_notice_clocks_run_from_delivery_the_earliest_first():
    assert [
        (clock.clock, (clock.due_at - NOON).days) for clock in notice_clocks(NOTICE, NOON)
    ] == [("APPARENT", 0), ("FBL", 6), ("NOT_APPARENT", 15), ("DELAY", 60)]


def test_no_clock_runs_before_delivery():
    assert notice_clocks(NOTICE, None) == ()


def test_a_clock_on_an_unverified_rule_says_so():
    old = {c.clock: c.rule.verified for c in notice_clocks(NOTICE, NOON - timedelta(days=365))}
    new = {c.clock: c.rule.verified for c in notice_clocks(NOTICE, NOON)}

    assert old == dict.fromkeys(["APPARENT", "FBL", "NOT_APPARENT", "DELAY"], True)
    assert new == {"APPARENT": False, "FBL": True, "NOT_APPARENT": False, "DELAY": False}


@pytest.mark.parametrize("cause", sorted(NO_INCIDENTS))
def test_a_query_is_no_incident(cause):
    with pytest.raises(DomainError) as refused:
        incident(cause=cause)
    assert refused.value.reason == "NO_INCIDENT"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cause": "RAIN"}, "CAUSE_UNKNOWN"),
        ({"leg_sequence": -1}, "LEG_NEGATIVE"),
        ({"event_id": ""}, "EVENT_MISSING"),
        ({"explanation": ""}, "EXPLANATION_MISSING"),
        ({"explanation": "x" * 501}, "EXPLANATION_MISSING"),
    ],
)
def test_an_incident_says_what_happened(changes, reason):
    with pytest.raises(DomainError) as refused:
        incident(**changes)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("claimant", "roles"),
    [
        ("seller", "POSSESSOR SHIPPER"),
        ("issuing-bank", "POSSESSOR TITLE_HOLDER"),
        # The bill is surrendered and with the carrier; the certificate is not.
        ("buyer", "FORMER_POSSESSOR TITLE_HOLDER"),
    ],
)
def test_invariant_50_the_certificate_holder_with_an_interest_claims(claimant, roles):
    assert claimed(claimant, roles).claimant == claimant


@pytest.mark.parametrize(
    ("claimant", "roles", "reason"),
    [
        ("stranger", "", "NOT_CERTIFICATE_HOLDER"),
        ("seller", "SHIPPER FORMER_POSSESSOR", "NOT_CERTIFICATE_HOLDER"),
        ("issuing-bank", "TITLE_HOLDER", "NOT_CERTIFICATE_HOLDER"),
        ("delivery-agent-singapore", "DELIVERY_AGENT", "NOT_CERTIFICATE_HOLDER"),
        ("first-bank", "POSSESSOR", "NO_INSURABLE_INTEREST"),
        ("operator", "POSSESSOR TITLE_HOLDER ISSUER", "NO_INSURABLE_INTEREST"),
    ],
)
def test_invariant_50_nobody_else_claims(claimant, roles, reason):
    with pytest.raises(DomainError) as refused:
        claimed(claimant, roles)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": Money(0, "USD")}, "CLAIM_NOT_POSITIVE"),
        ({"amount": Money(1, "CNY")}, "CLAIM_CURRENCY"),
        ({"amount": Money.of("132000.01", "USD")}, "CLAIM_OVER_INSURED_VALUE"),
        ({"explanation": ""}, "EXPLANATION_MISSING"),
    ],
)
def test_a_claim_says_how_much_and_why(changes, reason):
    with pytest.raises(DomainError) as refused:
        claimed(**changes)
    assert refused.value.reason == reason


def test_who_has_no_role_on_the_bill_does_not_see_its_certificate():
    assert may_see(frozenset({"POSSESSOR"}))
    assert not may_see(frozenset())
    assert not may_see(frozenset({"DELIVERY_AGENT", "NOTIFY_PARTY"}))
