"""The doors with fakes behind them: real gRPC and TLS, real PostgreSQL, scripted services."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from onebill.booking.v1 import booking_pb2, booking_service_pb2, booking_service_pb2_grpc
from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceStub
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_pb2, documents_service_pb2, documents_service_pb2_grpc
from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceStub
from onebill.insurance.v1 import insurance_service_pb2, insurance_service_pb2_grpc
from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceStub
from onebill.ledger.v1 import (
    ledger_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    projection_service_pb2,
    projection_service_pb2_grpc,
)
from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from onebill.ledger.v1.projection_service_pb2_grpc import ProjectionServiceStub
from onebill.settlement.v1 import (
    settlement_pb2,
    settlement_service_pb2,
    settlement_service_pb2_grpc,
)
from onebill.settlement.v1.settlement_service_pb2_grpc import SettlementServiceStub
from onebill.tracking.v1 import tracking_service_pb2, tracking_service_pb2_grpc
from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceStub

from foundation.kernel.errors import DomainError, NotFound
from foundation.runtime.identity import Access, current_caller
from foundation.runtime.rates import Rates
from gateway.neighbours import Neighbours
from gateway.rest.app import make_app
from gateway.rest.routes import Behind
from gateway.rest.tokens import Tokens
from workflows import messages as m

ISSUER = "https://issuer.example"
REFERENCE = "OBB1234567890Z"
BILL = "OBAAAAAAAAAAAAAAAA"
_MIGRATIONS = Path(__file__).parents[2] / "gateway" / "rest" / "migrations"


def a_booking() -> booking_pb2.Booking:
    return booking_pb2.Booking(
        booking_reference=REFERENCE,
        shipper_organisation="seller",
        state=booking_pb2.BOOKING_STATE_CONFIRMED,
        revision=7,
        legs=[
            booking_pb2.Leg(
                leg_sequence=1,
                carrier_organisation="haulier-chongqing",
                mode_of_transport=common_pb2.MODE_OF_TRANSPORT_TRUCK,
            ),
            booking_pb2.Leg(
                leg_sequence=2,
                carrier_organisation="rail-chongqing",
                mode_of_transport=common_pb2.MODE_OF_TRANSPORT_RAIL,
            ),
        ],
    )


@dataclass
class FakeServices(
    booking_service_pb2_grpc.BookingServiceServicer,
    documents_service_pb2_grpc.DocumentsServiceServicer,
    tracking_service_pb2_grpc.TrackingServiceServicer,
    settlement_service_pb2_grpc.SettlementServiceServicer,
    insurance_service_pb2_grpc.InsuranceServiceServicer,
    ledger_service_pb2_grpc.LedgerServiceServicer,
    projection_service_pb2_grpc.ProjectionServiceServicer,
):
    """Every service that the doors read from, one booking and one bill in them."""

    callers: list[tuple[str, str]] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    searches: list[projection_service_pb2.SearchBillsRequest] = field(default_factory=list)
    ingested: list[tracking_service_pb2.IngestEventsRequest] = field(default_factory=list)
    refuse_act: DomainError | None = None
    booking: booking_pb2.Booking = field(default_factory=a_booking)

    async def GetBooking(self, request: Any, context: Any) -> Any:  # noqa: N802
        who = current_caller()
        self.callers.append(("GetBooking", who.organisation))
        if request.booking_reference != REFERENCE or who.organisation not in {
            "seller",
            "operator",
        }:
            raise NotFound("BOOKING_NOT_FOUND", "There is no such booking that you may see.")
        return booking_service_pb2.GetBookingResponse(booking=self.booking)

    async def ListBookings(self, request: Any, context: Any) -> Any:  # noqa: N802
        own = current_caller().organisation == "seller"
        return booking_service_pb2.ListBookingsResponse(bookings=[self.booking] if own else [])

    async def ListLegs(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.callers.append(("ListLegs", current_caller().organisation))
        return booking_service_pb2.ListLegsResponse()

    async def GetJourney(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotFound("JOURNEY_NOT_FOUND", "There is no such journey.")

    async def IngestEvents(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.ingested.append(request)
        return tracking_service_pb2.IngestEventsResponse(accepted=len(request.events))

    async def GetInvoice(self, request: Any, context: Any) -> Any:  # noqa: N802
        if current_caller().organisation != "seller":
            raise NotFound("INVOICE_NOT_FOUND", "There is no such invoice that you may see.")
        return settlement_service_pb2.GetInvoiceResponse(
            invoice=settlement_pb2.Invoice(
                invoice_number=request.invoice_number,
                booking_reference=REFERENCE,
                state=settlement_pb2.INVOICE_STATE_OPEN,
                total=common_pb2.Money(amount=412_500, currency_code="USD"),
            )
        )

    async def ListPayables(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.callers.append(("ListPayables", current_caller().organisation))
        return settlement_service_pb2.ListPayablesResponse()

    async def GetTrialBalance(self, request: Any, context: Any) -> Any:  # noqa: N802
        return settlement_service_pb2.GetTrialBalanceResponse()

    async def FindBooking(self, request: Any, context: Any) -> Any:  # noqa: N802
        return documents_service_pb2.FindBookingResponse(booking_reference=REFERENCE)

    async def GetTransportDocument(self, request: Any, context: Any) -> Any:  # noqa: N802
        return documents_service_pb2.GetTransportDocumentResponse(
            transport_document=documents_pb2.TransportDocument(
                transport_document_reference=BILL, booking_reference=REFERENCE, version=1
            )
        )

    async def PrintTransportDocumentCopy(self, request: Any, context: Any) -> Any:  # noqa: N802
        return documents_service_pb2.PrintTransportDocumentCopyResponse(
            content=f"%PDF-1.4 {request.proof_link}".encode()
        )

    async def ListEquipment(self, request: Any, context: Any) -> Any:  # noqa: N802
        return documents_service_pb2.ListEquipmentResponse(
            equipments=[
                documents_pb2.Equipment(
                    booking_reference=REFERENCE, equipment_reference="NARU3472484"
                )
            ]
        )

    async def ListRoles(self, request: Any, context: Any) -> Any:  # noqa: N802
        return ledger_service_pb2.ListRolesResponse(roles=["POSSESSOR"])

    async def GetBill(self, request: Any, context: Any) -> Any:  # noqa: N802
        if current_caller().organisation != "seller":
            raise NotFound("BILL_UNKNOWN", "There is no bill to which you are a party.")
        return ledger_service_pb2.GetBillResponse(
            bill=ledger_pb2.Bill(
                transport_document_reference=BILL,
                state=ledger_pb2.BILL_STATE_ISSUED,
                sequence=2,
                allowed_acts=[ledger_pb2.AllowedAct(action_code="TRANSFER", is_allowed=True)],
            )
        )

    async def ListOwnParties(self, request: Any, context: Any) -> Any:  # noqa: N802
        own = ["PSELLER"] if current_caller().organisation == "seller" else []
        return ledger_service_pb2.ListOwnPartiesResponse(parties=own)

    async def SearchBills(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.searches.append(request)
        bill = ledger_pb2.Bill(
            transport_document_reference=BILL,
            state=ledger_pb2.BILL_STATE_ISSUED,
            possessor="PSELLER",
            flags=["PLEDGED"],
            gates=ledger_pb2.Gates(
                delivery=[ledger_pb2.GateCondition(name="PASS_LIVE", waits_for="PAGENT")]
            ),
        )
        found = [bill] if request.parties or request.is_whole else []
        return projection_service_pb2.SearchBillsResponse(bills=found)

    async def SubmitAct(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.acts.append(request.request_id)
        if self.refuse_act is not None:
            raise self.refuse_act
        return ledger_service_pb2.SubmitActResponse(
            act=ledger_pb2.RecordedAct(
                sequence=3, action_code="TRANSFER", endorsed_transaction=b"secret"
            ),
            bill=ledger_pb2.Bill(transport_document_reference=BILL),
        )

    async def ComputeContainerKey(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.callers.append(("ComputeContainerKey", current_caller().organisation))
        return ledger_service_pb2.ComputeContainerKeyResponse(container_key="ab" * 32)

    async def GetParty(self, request: Any, context: Any) -> Any:  # noqa: N802
        return ledger_service_pb2.GetPartyResponse(
            party=ledger_pb2.PartyRecord(
                party="P" + "A" * 26, organisation=request.organisation, public_key="{}"
            )
        )


ADDERS = (
    booking_service_pb2_grpc.add_BookingServiceServicer_to_server,
    documents_service_pb2_grpc.add_DocumentsServiceServicer_to_server,
    tracking_service_pb2_grpc.add_TrackingServiceServicer_to_server,
    settlement_service_pb2_grpc.add_SettlementServiceServicer_to_server,
    insurance_service_pb2_grpc.add_InsuranceServiceServicer_to_server,
    ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server,
    projection_service_pb2_grpc.add_ProjectionServiceServicer_to_server,
)
_FILES = (
    booking_service_pb2,
    documents_service_pb2,
    tracking_service_pb2,
    settlement_service_pb2,
    insurance_service_pb2,
    ledger_service_pb2,
    projection_service_pb2,
)
_DOORS = Access(parts=frozenset({"gateway-rest", "gateway-carrier", "worker"}))
ACCESS = {
    f"/{service.full_name}/{method.name}": _DOORS
    for file in _FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


@dataclass
class FakeConsignments:
    """The workflow's client, answering at once and noting what it was asked."""

    placed: list[m.PlaceBooking] = field(default_factory=list)
    answered: list[m.AnswerLeg] = field(default_factory=list)
    papers: list[tuple[str, m.PutPaper]] = field(default_factory=list)
    amended: list[m.AmendBooking] = field(default_factory=list)
    paid: list[m.PayInvoice] = field(default_factory=list)
    lifted: list[m.LiftScreeningHit] = field(default_factory=list)
    decided: list[m.DeskAct] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def place_booking(self, command: m.PlaceBooking) -> m.BookingAnswer:
        self.placed.append(command)
        await self.gate.wait()
        if self.fails:
            raise self.fails.pop(0)
        return m.BookingAnswer(
            command.booking_reference, "RECEIVED", total=m.Amount(412_500, "USD")
        )

    async def answer_leg(self, command: m.AnswerLeg) -> m.LegAnswer:
        self.answered.append(command)
        return m.LegAnswer(command.leg_sequence, "ACCEPTED")

    async def amend_booking(self, command: m.AmendBooking) -> m.BookingAnswer:
        self.amended.append(command)
        return m.BookingAnswer(command.booking_reference, "RECEIVED", revision=4)

    async def cancel_booking(self, command: m.CancelBooking) -> m.BookingAnswer:
        return m.BookingAnswer(command.booking_reference, "CANCELLED", command.reason)

    async def lift_screening_hit(self, command: m.LiftScreeningHit) -> m.BookingAnswer:
        self.lifted.append(command)
        return m.BookingAnswer(command.booking_reference, "RECEIVED")

    async def desk_act(self, command: m.DeskAct) -> m.ActOutcome:
        self.decided.append(command)
        return m.ActOutcome("cc" * 32)

    async def pay_invoice(self, command: m.PayInvoice) -> m.PaperAnswer:
        self.paid.append(command)
        return m.PaperAnswer(
            json.dumps(
                {
                    "invoice": {
                        "invoiceNumber": command.invoice_number,
                        "state": "INVOICE_STATE_PAID",
                    }
                }
            )
        )

    async def put_equipment(self, command: m.PutPaper) -> m.PaperAnswer:
        self.papers.append(("put_equipment", command))
        return m.PaperAnswer(json.dumps(json.loads(command.paper)["equipment"]))

    async def issue_leg_document(self, command: m.PutPaper) -> m.PaperAnswer:
        self.papers.append(("issue_leg_document", command))
        return m.PaperAnswer("{}")

    async def submit_receipt(self, command: m.PutPaper) -> m.PaperAnswer:
        self.papers.append(("submit_receipt", command))
        return m.PaperAnswer(command.paper)

    async def approve_draft(self, command: m.PutPaper) -> m.PaperAnswer:
        self.papers.append(("approve_draft", command))
        return m.PaperAnswer(
            json.dumps(
                {
                    "transportDocumentReference": BILL,
                    "version": 1,
                    "state": "TRANSPORT_DOCUMENT_STATE_APPROVED",
                    "documentHash": "cd" * 32,
                }
            )
        )

    async def waiting_for(self, booking_reference: str) -> m.WaitingFor:
        return m.WaitingFor("CARRIERS", "line-beibu", None, "Waiting for line-beibu.")


@dataclass
class ShippersDoor:
    """The REST door over ASGI, and what stands behind it."""

    client: httpx.AsyncClient
    services: FakeServices
    consignments: FakeConsignments
    database: Any
    key: ECKey
    # The same door again, as a process of its own would be, with limits of its own.
    open_door: Callable[[Rates], Awaitable[httpx.AsyncClient]]

    def token(self, organisation: str = "seller", *scopes: str, seconds: int = 600) -> str:
        claims = {
            "iss": ISSUER,
            "aud": "onebill",
            "sub": "person-1",
            "tenant": organisation,
            "scope": " ".join(scopes or ALL_SCOPES),
            "exp": int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp()),
        }
        return jwt.encode({"alg": "ES256", "kid": "one", "typ": "at+jwt"}, claims, self.key)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        organisation: str = "seller",
        scopes: tuple[str, ...] = (),
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.token(organisation, *scopes)}"}
        if method != "GET":
            sent["Idempotency-Key"] = key or str(uuid.uuid4())
        return await self.client.request(
            method, path, json=body, headers={**sent, **(headers or {})}
        )


ALL_SCOPES = (
    "bookings:read",
    "bookings:write",
    "documents:read",
    "documents:write",
    "bills:read",
    "bills:act",
    "invoices:read",
    "invoices:pay",
    "insurance:read",
    "insurance:claim",
    "parties",
    "desk",
)


def neighbours_of(running: Any, part: str) -> Neighbours:
    """Stubs for one of our doors at a server of fakes."""
    channel = running.channel("operator", part)
    return Neighbours(
        BookingServiceStub(channel),
        DocumentsServiceStub(channel),
        TrackingServiceStub(channel),
        SettlementServiceStub(channel),
        InsuranceServiceStub(channel),
        LedgerServiceStub(channel),
        ProjectionServiceStub(channel),
    )


async def start_fakes(service_server: Callable[..., Any], services: FakeServices) -> Any:
    """Serve the fakes over mutual TLS."""

    def register(server: Any) -> None:
        for add in ADDERS:
            add(services, server)

    return await service_server(ACCESS, register)


@pytest.fixture
async def shippers_door(
    service_server: Callable[..., Any],
    open_database: Callable[..., Any],
    tmp_path: Path,
) -> AsyncIterator[ShippersDoor]:
    """The REST door with fakes behind it and a real table of first answers."""
    services, consignments = FakeServices(), FakeConsignments()
    running = await start_fakes(service_server, services)
    database = open_database("gateway", _MIGRATIONS)
    key = ECKey.generate_key("P-256", {"kid": "one"})
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    tokens = Tokens(jwks, ISSUER, "onebill", lambda: datetime.now(UTC))
    behind = Behind(
        neighbours_of(running, "gateway-rest"),
        consignments,  # type: ignore[arg-type]
        "https://bills.example",
    )
    async with AsyncExitStack() as stack:

        async def open_door(rates: Rates) -> httpx.AsyncClient:
            app = make_app(behind, tokens, database, rates)
            transport = httpx.ASGITransport(app=app)
            return await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="https://onebill.test")
            )

        client = await open_door(Rates(0))
        yield ShippersDoor(client, services, consignments, database, key, open_door)
