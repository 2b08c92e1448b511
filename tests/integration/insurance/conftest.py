"""A running insurance service, asked as worker and gateway ask it, on a real PostgreSQL."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2
from onebill.insurance.v1 import insurance_pb2
from onebill.insurance.v1 import insurance_service_pb2 as pb
from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceStub
from sqlalchemy import text

from foundation.kernel.errors import DomainError
from foundation.kernel.references import make_booking_reference
from foundation.runtime.identity import on_behalf_of
from foundation.runtime.refusals import refusal_from
from services.insurance.service import insurance_service

BOOKING = make_booking_reference(lambda count: bytes(range(count)))
OTHER_BOOKING = make_booking_reference(lambda count: bytes(range(count, 2 * count)))
NUMBER = f"CI-{BOOKING}"
BILL = "OB2345672345672345"
# Half an hour before midnight: the certificate's day is the event's, not ours.
TAKEN = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEGS = [
    pb.InsuredLeg(
        leg_sequence=number,
        mode_of_transport=mode,
        carrier_organisation=carrier,
        departure_un_location_code=departure,
        arrival_un_location_code=arrival,
    )
    for number, (mode, carrier, departure, arrival) in enumerate(
        [
            ("TRUCK", "haulier-chongqing", "CNCKG", "CNCKG"),
            ("RAIL", "rail-chongqing", "CNCKG", "CNQZH"),
            ("VESSEL", "line-beibu", "CNQZH", "SGSIN"),
            ("TRUCK", "haulier-singapore", "SGSIN", "SGJUR"),
        ],
        start=1,
    )
]


def new_request() -> str:
    return str(uuid.uuid4())


def stamp(moment: datetime) -> Timestamp:
    written = Timestamp()
    written.FromDatetime(moment)
    return written


def certificate_request(**changes: object) -> pb.IssueCertificateRequest:
    members = {
        "booking_reference": BOOKING,
        "event_id": "event-1",
        "taken_in_charge_at": stamp(TAKEN),
        "equipment_references": ["NARU3472484"],
        "place_of_receipt": common_pb2.Location(
            un_location_code="CNCKG", location_name="Chongqing"
        ),
        "place_of_delivery": common_pb2.Location(un_location_code="SGJUR"),
        "transport_document_reference": BILL,
        "request_id": new_request(),
    }
    return pb.IssueCertificateRequest(**(members | changes))


@dataclass
class Insurance:
    """The service and what a test does with it most."""

    running: Any

    def stub(self, organisation: str = "operator", part: str | None = "worker"):
        return InsuranceServiceStub(self.running.channel(organisation, part))

    @property
    def worker(self):
        return self.stub()

    @property
    def gateway(self):
        return self.stub(part="gateway-rest")

    async def quote(self, booking: str = BOOKING, cents: int = 12_000_000) -> insurance_pb2.Quote:
        answer = await self.worker.QuoteCover(
            pb.QuoteCoverRequest(
                booking_reference=booking,
                commercial_value=common_pb2.Money(amount=cents, currency_code="USD"),
                legs=LEGS,
                incoterms_rule="CIP",
                assured_organisation="seller",
                hs_codes=["847989"],
                request_id=new_request(),
            ),
            metadata=on_behalf_of("seller"),
        )
        return answer.quote

    async def declare(self, booking: str = BOOKING) -> insurance_pb2.Declaration:
        quote = await self.quote(booking)
        answer = await self.worker.Declare(
            pb.DeclareRequest(
                booking_reference=booking,
                quote_reference=quote.quote_reference,
                request_id=new_request(),
            )
        )
        return answer.declaration

    async def certify(self) -> insurance_pb2.CertificateOfInsurance:
        await self.declare()
        answer = await self.worker.IssueCertificate(certificate_request())
        return answer.certificate

    async def seen_by(self, organisation: str, *roles: str):
        answer = await self.gateway.GetCertificate(
            pb.GetCertificateRequest(
                certificate_number=NUMBER, roles=roles, transport_document_reference=BILL
            ),
            metadata=on_behalf_of(organisation, ["insurance:read"]),
        )
        return answer.certificate

    async def incident(self, event_id: str = "event-9", **changes: object):
        request = pb.OpenIncidentRequest(
            booking_reference=BOOKING,
            cause="SEAL_BREACH",
            leg_sequence=2,
            event_id=event_id,
            explanation="The seal ML-CN 123456 was broken.",
            opened_at=stamp(NOW),
            request_id=new_request(),
        )
        for name, value in changes.items():
            setattr(request, name, value)
        return (await self.worker.OpenIncident(request)).incident

    async def start_clocks(self, delivered_at: datetime = NOW):
        answer = await self.worker.StartNoticeClocks(
            pb.StartNoticeClocksRequest(
                booking_reference=BOOKING,
                delivered_at=stamp(delivered_at),
                request_id=new_request(),
            )
        )
        return list(answer.incidents)

    def claim(self, claimant: str, *roles: str, **changes: object):
        request = pb.OpenClaimRequest(
            certificate_number=NUMBER,
            amount=common_pb2.Money(amount=500_000, currency_code="USD"),
            explanation="One crate was crushed.",
            claimant_organisation=claimant,
            roles=roles,
            transport_document_reference=BILL,
            request_id=new_request(),
        )
        for name, value in changes.items():
            setattr(request, name, value)
        return self.gateway.OpenClaim(
            request, metadata=on_behalf_of(claimant, ["insurance:claim"])
        )

    async def count(self, table: str, organisation: str = "operator") -> int:
        """How many rows of a table an organisation sees, asked as the service's own role."""
        async with self.running.database.reading(organisation) as transaction:
            found = await transaction.connection.execute(text(f"SELECT count(*) FROM {table}"))
            return found.scalar_one()


async def refusal_of(call: grpc.aio.UnaryUnaryCall) -> DomainError:
    """Answer the refusal that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    refusal = refusal_from(refused.value)
    assert refusal is not None, refused.value
    return refusal


@pytest.fixture
async def insurance(running_service: Callable[..., Any]) -> Insurance:
    return Insurance(await running_service(insurance_service(clock=lambda: NOW)))
