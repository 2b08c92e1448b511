"""One certificate, issued when the goods are taken in charge, held by who possesses the bill."""

import json

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2
from onebill.insurance.v1 import insurance_pb2
from onebill.insurance.v1 import insurance_service_pb2 as pb
from onebill_verify.encoding import salted_hash

from foundation.runtime.identity import on_behalf_of
from tests.integration.insurance.conftest import (
    BILL,
    BOOKING,
    NOW,
    NUMBER,
    Insurance,
    certificate_request,
    new_request,
    refusal_of,
    stamp,
)


async def test_the_story_is_quoted_declared_and_certified(insurance: Insurance) -> None:
    quote = await insurance.quote()
    assert quote.insured_value == common_pb2.Money(amount=13_200_000, currency_code="USD")
    assert quote.premium == common_pb2.Money(amount=14_586, currency_code="USD")
    assert [list(leg.clauses) for leg in quote.perils] == [
        ["ICC_A", "STRIKES"],
        ["ICC_A", "STRIKES"],
        ["ICC_A", "STRIKES", "WAR"],
        ["ICC_A", "STRIKES"],
    ]
    assert {rule.rule for rule in quote.unverified_rules} >= {"premium/vessel-machinery-war"}

    certificate = await insurance.certify()

    assert certificate.certificate_number == NUMBER
    assert certificate.assured_organisation == "seller"
    assert certificate.is_blank_endorsed


async def test_invariant_49_the_certificate_names_assured_perils_per_leg_and_its_day(
    insurance: Insurance,
) -> None:
    certificate = await insurance.certify()

    content = json.loads(certificate.content)
    assert content["assured"] == "seller"
    assert content["policyholder"] == {"organisation": "operator", "isAssured": False}
    assert content["insuredValue"] == {"amount": 13_200_000, "currencyCode": "USD"}
    assert content["valuationPercent"] == 110
    # The event's UTC day, although it is issued the day after.
    assert content["issueDate"] == "2026-11-22"
    assert certificate.issued_at.ToDatetime().date().isoformat() == "2026-11-22"
    assert content["transportDocumentReference"] == BILL
    assert content["placeOfReceipt"] == {"UNLocationCode": "CNCKG", "locationName": "Chongqing"}
    assert content["placeOfDelivery"] == {"UNLocationCode": "SGJUR"}
    assert [leg["clauses"] for leg in content["perils"] if leg["modeOfTransport"] != "VESSEL"] == [
        ["ICC_A", "STRIKES"]
    ] * 3
    assert content["perils"][2]["clauses"] == ["ICC_A", "STRIKES", "WAR"]


async def test_the_hash_that_stands_in_the_bill_is_of_salt_and_canonical_content(
    insurance: Insurance,
) -> None:
    certificate = await insurance.certify()

    assert certificate.certificate_hash == salted_hash(
        certificate.salt, json.loads(certificate.content)
    )


async def test_the_same_event_again_answers_the_same_certificate(insurance: Insurance) -> None:
    certificate = await insurance.certify()

    again = await insurance.worker.IssueCertificate(certificate_request())

    assert again.certificate == certificate
    assert await insurance.count("certificates") == 1


async def test_invariant_49_one_booking_has_one_certificate(insurance: Insurance) -> None:
    await insurance.certify()

    refusal = await refusal_of(
        insurance.worker.IssueCertificate(certificate_request(event_id="event-2"))
    )

    assert refusal.reason == "CERTIFICATE_EXISTS"
    assert await insurance.count("certificates") == 1


async def test_no_certificate_without_a_declaration(insurance: Insurance) -> None:
    refusal = await refusal_of(insurance.worker.IssueCertificate(certificate_request()))

    assert refusal.reason == "DECLARATION_NOT_FOUND"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_id": ""}, "TAKING_IN_CHARGE_MISSING"),
        ({"transport_document_reference": ""}, "TAKING_IN_CHARGE_MISSING"),
        ({"taken_in_charge_at": Timestamp()}, "TIME_MISSING"),
        (
            {"taken_in_charge_at": stamp(NOW.replace(hour=13))},
            "TAKING_IN_CHARGE_IN_FUTURE",
        ),
        ({"equipment_references": []}, "EQUIPMENT_MISSING"),
        ({"equipment_references": ["NARU3472484", "NARU3472484"]}, "EQUIPMENT_TWICE"),
        ({"equipment_references": ["NARU3472485"]}, "EQUIPMENT_REFERENCE_CHECK_DIGIT"),
        ({"place_of_delivery": common_pb2.Location()}, "UN_LOCATION_CODE_FORM"),
    ],
)
async def test_a_certificate_that_cannot_be_right_leaves_no_trace(
    insurance: Insurance, changes: dict[str, object], reason: str
) -> None:
    await insurance.declare()
    facts = await insurance.count("outbox")

    refusal = await refusal_of(insurance.worker.IssueCertificate(certificate_request(**changes)))

    assert refusal.reason == reason
    assert await insurance.count("certificates") == 0
    assert await insurance.count("outbox") == facts
    cancelled = await insurance.worker.CancelDeclaration(
        pb.CancelDeclarationRequest(
            booking_reference=BOOKING, reason="test", request_id=new_request()
        )
    )
    assert cancelled.declaration.state == insurance_pb2.DECLARATION_STATE_CANCELLED


async def test_whoever_possesses_the_bill_sees_the_certificate_with_its_salt(
    insurance: Insurance,
) -> None:
    certificate = await insurance.certify()

    for organisation, role in [
        ("first-bank", "POSSESSOR"),
        ("issuing-bank", "TITLE_HOLDER"),
        ("seller", "SHIPPER"),
    ]:
        assert await insurance.seen_by(organisation, role) == certificate


@pytest.mark.parametrize("roles", [[], ["DELIVERY_AGENT"], ["NOTIFY_PARTY"]])
async def test_who_has_no_such_role_is_told_that_there_is_none(
    insurance: Insurance, roles: list[str]
) -> None:
    await insurance.certify()

    refusal = await refusal_of(
        insurance.gateway.GetCertificate(
            pb.GetCertificateRequest(
                certificate_number=NUMBER, roles=roles, transport_document_reference=BILL
            ),
            metadata=on_behalf_of("buyer", ["insurance:read"]),
        )
    )

    assert refusal.reason == "CERTIFICATE_NOT_FOUND"


@pytest.mark.parametrize("bill", ["OB7777777777777777", ""])
async def test_roles_on_another_bill_or_on_none_show_nothing(
    insurance: Insurance, bill: str
) -> None:
    await insurance.certify()

    refusal = await refusal_of(
        insurance.gateway.GetCertificate(
            pb.GetCertificateRequest(
                certificate_number=NUMBER,
                roles=["POSSESSOR"],
                transport_document_reference=bill,
            ),
            metadata=on_behalf_of("buyer", ["insurance:read"]),
        )
    )

    assert refusal.reason == "CERTIFICATE_NOT_FOUND"


async def test_a_cancelled_declaration_is_never_certified(insurance: Insurance) -> None:
    await insurance.declare()
    for _ in range(2):
        cancelled = await insurance.worker.CancelDeclaration(
            pb.CancelDeclarationRequest(
                booking_reference=BOOKING, reason="a carrier declined", request_id=new_request()
            )
        )
        assert cancelled.declaration.state == insurance_pb2.DECLARATION_STATE_CANCELLED

    refusal = await refusal_of(insurance.worker.IssueCertificate(certificate_request()))

    assert refusal.reason == "DECLARATION_WRONG_STATE"


async def test_a_cancellation_that_comes_first_refuses_the_late_declaration(
    insurance: Insurance,
) -> None:
    quote = await insurance.quote()
    cancelled = await insurance.worker.CancelDeclaration(
        pb.CancelDeclarationRequest(
            booking_reference=BOOKING, reason="a carrier declined", request_id=new_request()
        )
    )
    assert not cancelled.HasField("declaration")

    refusal = await refusal_of(
        insurance.worker.Declare(
            pb.DeclareRequest(
                booking_reference=BOOKING,
                quote_reference=quote.quote_reference,
                request_id=new_request(),
            )
        )
    )

    assert refusal.reason == "BOOKING_ENDED"
    assert await insurance.count("declarations") == 0


async def test_a_repeated_request_gets_the_first_answer(insurance: Insurance) -> None:
    await insurance.quote()
    request = pb.DeclareRequest(
        booking_reference=BOOKING,
        quote_reference=f"QT-{BOOKING}-1",
        request_id=new_request(),
    )

    first = await insurance.worker.Declare(request)
    again = await insurance.worker.Declare(request)

    assert again == first


async def test_a_value_over_the_limit_is_refused_at_declaration(insurance: Insurance) -> None:
    quote = await insurance.quote(cents=500_000_000)

    refusal = await refusal_of(
        insurance.worker.Declare(
            pb.DeclareRequest(
                booking_reference=BOOKING,
                quote_reference=quote.quote_reference,
                request_id=new_request(),
            )
        )
    )

    assert refusal.reason == "INSURED_VALUE_OVER_LIMIT"
