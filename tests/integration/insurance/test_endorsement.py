"""The certificate follows a bill that took another's place by endorsement only (40, 49)."""

import json

import pytest
from onebill.common.v1 import common_pb2
from onebill.insurance.v1 import insurance_service_pb2 as pb
from onebill_verify.encoding import salted_hash

from foundation.runtime.identity import on_behalf_of
from tests.integration.insurance.conftest import (
    BILL,
    BOOKING,
    NUMBER,
    Insurance,
    new_request,
    refusal_of,
)

NEXT, AFTER = "OB3456734567345673", "OB4567456745674567"
CHANGI = common_pb2.Location(un_location_code="SGSIN", facility_code="CHANGI")


async def endorse(insurance: Insurance, bill: str = NEXT, **changes: object):
    fields = {
        "booking_reference": BOOKING,
        "transport_document_reference": bill,
        "replaces": BILL,
        "request_id": new_request(),
    }
    answer = await insurance.worker.EndorseCertificate(
        pb.EndorseCertificateRequest(**(fields | changes))
    )
    return answer.certificate


async def seen(insurance: Insurance, bill: str, *roles: str, organisation: str = "buyer"):
    answer = await insurance.gateway.GetCertificate(
        pb.GetCertificateRequest(
            certificate_number=NUMBER, roles=roles, transport_document_reference=bill
        ),
        metadata=on_behalf_of(organisation, ["insurance:read"]),
    )
    return answer.certificate


async def test_invariant_40_the_underwriter_endorses_the_new_destination(
    insurance: Insurance,
) -> None:
    first = await insurance.certify()

    endorsed = await endorse(insurance, place_of_delivery=CHANGI)

    content = json.loads(endorsed.content)
    assert content["placeOfDelivery"] == {"UNLocationCode": "SGSIN", "facilityCode": "CHANGI"}
    assert content["transportDocumentReference"] == NEXT
    assert content["endorsement"] == {
        "endorsementNumber": f"{NUMBER}-E1",
        "replacedCertificateHash": first.certificate_hash,
        "replacedTransportDocumentReference": BILL,
    }
    assert content["issueDate"] == "2026-11-22", "cover attached when it attached"
    assert endorsed.certificate_hash == salted_hash(endorsed.salt, content)
    assert endorsed.certificate_number == NUMBER, "one certificate still (invariant 49)"


async def test_invariant_49_each_bill_has_the_certificate_as_endorsed_to_it(
    insurance: Insurance,
) -> None:
    first = await insurance.certify()
    second = await endorse(insurance)
    third = await endorse(insurance, AFTER, replaces=NEXT, place_of_delivery=CHANGI)

    for bill, certificate in ((BILL, first), (NEXT, second), (AFTER, third)):
        assert await seen(insurance, bill, "POSSESSOR") == certificate
    assert json.loads(third.content)["endorsement"]["replacedCertificateHash"] == (
        second.certificate_hash
    )
    refused = await refusal_of(seen(insurance, "OB5678567856785678", "POSSESSOR"))
    assert refused.reason == "CERTIFICATE_NOT_FOUND"


async def test_who_has_no_role_on_the_new_bill_sees_no_certificate(insurance: Insurance) -> None:
    await insurance.certify()
    await endorse(insurance)

    refused = await refusal_of(seen(insurance, NEXT, "TERMINAL", organisation="terminal"))

    assert refused.reason == "CERTIFICATE_NOT_FOUND"


async def test_the_same_question_gives_the_same_endorsement_and_another_the_next(
    insurance: Insurance,
) -> None:
    await insurance.certify()
    first = await endorse(insurance)
    again = await endorse(insurance)
    other = await endorse(insurance, place_of_delivery=CHANGI)

    assert again == first
    assert json.loads(other.content)["endorsement"]["endorsementNumber"] == f"{NUMBER}-E2"
    assert await seen(insurance, NEXT, "POSSESSOR") == other, "the latest is in force"


@pytest.mark.parametrize("place", ["NLRTM", "AUSYD"])
async def test_beyond_the_open_covers_reach_the_underwriter_refuses(
    insurance: Insurance, place: str
) -> None:
    await insurance.certify()

    refused = await refusal_of(
        endorse(insurance, place_of_delivery=common_pb2.Location(un_location_code=place))
    )

    assert refused.reason == "ENDORSEMENT_REFUSED"
    assert place in refused.message


async def test_an_open_incident_holds_up_another_destination_and_no_other_amendment(
    insurance: Insurance,
) -> None:
    await insurance.certify()
    await insurance.incident()

    refused = await refusal_of(endorse(insurance, place_of_delivery=CHANGI))

    assert refused.reason == "ENDORSEMENT_REFUSED"
    assert (await endorse(insurance)).certificate_number == NUMBER


async def test_nothing_is_endorsed_after_delivery_or_before_the_certificate(
    insurance: Insurance,
) -> None:
    before = await refusal_of(endorse(insurance))
    await insurance.certify()
    await insurance.start_clocks()
    after = await refusal_of(endorse(insurance))

    assert (before.reason, after.reason) == ("CERTIFICATE_NOT_FOUND", "COVER_ENDED")


async def test_invariant_50_the_new_bills_holder_claims_under_it(insurance: Insurance) -> None:
    await insurance.certify()
    await endorse(insurance)

    answer = await insurance.claim(
        "buyer", "POSSESSOR", "TITLE_HOLDER", transport_document_reference=NEXT
    )

    assert answer.claim.claimant_organisation == "buyer"
