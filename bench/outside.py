"""Everybody outside of one consignment, from booking to bill, answering at once.

What they say is the same whichever way carries it: `Way` is the process, or plain calls.
"""

import asyncio
import secrets
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from onebill.booking.v1 import booking_pb2, booking_service_pb2
from onebill.documents.v1 import documents_pb2, documents_service_pb2
from onebill.ledger.v1 import ledger_service_pb2
from onebill.settlement.v1 import settlement_service_pb2
from onebill.tracking.v1 import tracking_service_pb2, tracking_service_pb2_grpc
from onebill_cli.environment import Environment
from onebill_cli.roles.cast import (
    HAULIER_DESTINATION,
    HAULIER_ORIGIN,
    LINE,
    RAIL,
    SELLER,
    Cast,
)
from onebill_cli.scripts.consignment import (
    DEPOT_ORIGIN,
    MASS_GRAMS,
    WORKS,
    Consignment,
    booking_request,
    event,
)
from onebill_verify import Approval, PrivateKey, Receipt, encode, new_salt, salted_hash
from onebill_verify.canonical import JsonValue

from bench.instance import certificate
from bench.journeys import draw_container
from foundation.kernel.references import make_booking_reference
from foundation.runtime.channel import open_channel
from foundation.runtime.identity import OPERATOR, on_behalf_of
from gateway.rest.protojson import from_json
from local.settings import settings
from workflows.messages import AnswerLeg, PayInvoice, PlaceBooking, PutPaper
from workflows.neighbours import Neighbours, open_neighbours
from workflows.settings import NeighbourSettings

if TYPE_CHECKING:  # the asynchronous stubs exist for the type checker only
    from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceAsyncStub

CHANNEL: Final = "onebill"
CARRIERS: Final = {1: HAULIER_ORIGIN, 2: RAIL, 3: LINE, 4: HAULIER_DESTINATION}
_READY_IN: Final = timedelta(days=21)
_LOOK_AGAIN_SECONDS: Final = 0.1
_PATIENCE_SECONDS: Final = 60.0
_AS_OPERATOR: Final = on_behalf_of(OPERATOR)

Command = AnswerLeg | PutPaper | PayInvoice
T = TypeVar("T")


class Way(Protocol):
    """How what is said outside is carried through the house."""

    async def place(self, command: PlaceBooking) -> None:
        """Place the booking; done when the shipper has the offer."""
        ...

    async def say(self, name: str, command: Command) -> None:
        """Carry one command; `name` is that of the workflow's update."""
        ...

    async def until_requested(self, booking: str) -> None:
        """Go on until the carriers are asked."""
        ...

    async def until_confirmed(self, booking: str) -> None:
        """Go on until the booking is confirmed and the first draft is made."""
        ...

    async def until_drafted(self, booking: str) -> None:
        """Go on until certificate and complete draft are made."""
        ...

    async def until_issued(self, booking: str) -> None:
        """Go on until the bill is issued on the ledger and noted."""
        ...


@dataclass
class Laps:
    """Seconds by phase of one consignment."""

    spent: dict[str, float] = field(default_factory=dict)
    _at: float = field(default_factory=time.perf_counter)

    def end(self, phase: str) -> None:
        """Note that a phase is over."""
        now = time.perf_counter()
        self.spent[phase] = now - self._at
        self._at = now

    @property
    def total(self) -> float:
        """Seconds from the first to the last phase."""
        return sum(self.spent.values())


@dataclass(frozen=True)
class Outside:
    """Shipper and carriers with their keys, and what they can see."""

    inside: Neighbours
    tracking: "TrackingServiceAsyncStub"
    news: "News"
    parties: dict[str, str]
    keys: dict[str, PrivateKey]

    async def play(self, way: Way) -> Laps:
        """Carry one consignment from booking to bill; answer how long each phase took."""
        told = Consignment(draw_container(), f"OB{secrets.randbelow(10**7):07d}")
        told.booking = make_booking_reference(secrets.token_bytes)
        key = await self.inside.ledger.ComputeContainerKey(
            ledger_service_pb2.ComputeContainerKeyRequest(equipment_reference=told.equipment),
            metadata=_AS_OPERATOR,
        )
        ready = datetime.now(UTC).replace(microsecond=0) + _READY_IN
        request = from_json(booking_request(ready), booking_pb2.BookingRequest)
        laps = Laps()
        await way.place(PlaceBooking(told.booking, SELLER, _text(request), _fresh()))
        laps.end("offer")
        await way.until_requested(told.booking)
        answers = (
            AnswerLeg(told.booking, leg, carrier, True, f"CBR-{leg}", "", _fresh())  # noqa: FBT003 - a message
            for leg, carrier in CARRIERS.items()
        )
        await asyncio.gather(*(way.say("answer_leg", answer) for answer in answers))
        await way.until_confirmed(told.booking)
        laps.end("confirmed")
        await way.say("put_equipment", _paper(told, SELLER, _equipment(told)))
        at = await self._take_in_charge(told)
        await way.say("issue_leg_document", _paper(told, HAULIER_ORIGIN, _leg_document(told, at)))
        receipt = self._receipt(told, at, key.container_key, await self.document(told.booking))
        await way.say("submit_receipt", _paper(told, HAULIER_ORIGIN, receipt))
        await way.until_drafted(told.booking)
        laps.end("drafted")
        approval = self._approval(await self.document(told.booking))
        await way.say("approve_draft", _paper(told, SELLER, approval))
        await way.say(
            "pay_invoice",
            PayInvoice(
                told.booking,
                await self._invoice(told.booking),
                SELLER,
                "SANDBOX",
                SELLER,
                _fresh(),
            ),
        )
        laps.end("approved and paid")
        await way.until_issued(told.booking)
        laps.end("issued")
        return laps

    async def legs_are(self, booking: str, state: "booking_pb2.LegState.ValueType") -> bool:
        """Whether every leg of a booking is in a state."""
        answer = await self.inside.bookings.GetBooking(
            booking_service_pb2.GetBookingRequest(booking_reference=booking),
            metadata=_AS_OPERATOR,
        )
        return all(leg.state == state for leg in answer.booking.legs)

    async def document(self, booking: str) -> documents_pb2.TransportDocument:
        """The bill's latest version; an empty one before there is any."""
        try:
            answer = await self.inside.documents.GetTransportDocument(
                documents_service_pb2.GetTransportDocumentRequest(booking_reference=booking),
                metadata=_AS_OPERATOR,
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return documents_pb2.TransportDocument()
        return answer.transport_document

    async def _invoice(self, booking: str) -> str:
        answer = await self.inside.settlement.ListInvoices(
            settlement_service_pb2.ListInvoicesRequest(booking_reference=booking, page_size=1),
            metadata=_AS_OPERATOR,
        )
        return answer.invoices[0].invoice_number

    async def _take_in_charge(self, told: Consignment) -> datetime:
        """Tell what the first haulier saw; answer when it took the box."""
        events = [
            event(told, "PICKED_UP", DEPOT_ORIGIN, 1, "TRUCK", laden=False),
            event(told, "STUFFED", WORKS, 1, "TRUCK"),
            event(told, "GATED_OUT", WORKS, 1, "TRUCK"),
        ]
        answer = await self.tracking.IngestEvents(
            tracking_service_pb2.IngestEventsRequest(
                issuer=HAULIER_ORIGIN, events=events, request_id=_fresh()
            ),
            metadata=on_behalf_of(HAULIER_ORIGIN),
        )
        if answer.accepted != len(events):
            raise RuntimeError(f"not every event was taken: {answer}")
        return events[-1].event_date_time.ToDatetime(UTC)

    def _receipt(
        self,
        told: Consignment,
        at: datetime,
        container_key: str,
        document: documents_pb2.TransportDocument,
    ) -> documents_pb2.Receipt:
        values: dict[str, dict[str, JsonValue]] = {
            "equipment": {"equipmentReference": told.equipment},
            "seal": {"sealNumbers": [told.seal]},
            "place": {"unLocationCode": WORKS[0], "facilityCode": WORKS[1]},
        }
        salts = {name: new_salt(secrets.token_bytes(32)) for name in values}
        opened: dict[str, JsonValue] = {
            name: {"salt": salts[name], "value": value} for name, value in values.items()
        }
        hashes = {f"{name}_hash": salted_hash(salts[name], values[name]) for name in values}
        receipt = Receipt(
            channel=CHANNEL,
            transport_document_reference=document.transport_document_reference,
            receipt_type="TAKEN_IN_CHARGE",
            carrier=self.parties[HAULIER_ORIGIN],
            leg_sequence=1,
            container_key=container_key,
            event_date_time=at,
            **hashes,
        )
        return documents_pb2.Receipt(
            booking_reference=told.booking,
            leg_sequence=1,
            equipment_reference=told.equipment,
            receipt=receipt.sign(self.keys[HAULIER_ORIGIN]),
            salts=encode(opened).decode(),
        )

    def _approval(
        self, draft: documents_pb2.TransportDocument
    ) -> documents_service_pb2.ApproveDraftRequest:
        approval = Approval(
            channel=CHANNEL,
            transport_document_reference=draft.transport_document_reference,
            shipper=self.parties[SELLER],
            issue_to=draft.issue_to,
            endorsee=draft.endorsee or None,
            consignee=draft.consignee or None,
            document_hash=draft.document_hash,
            approved_date_time=datetime.now(UTC).replace(microsecond=0),
        )
        return documents_service_pb2.ApproveDraftRequest(
            transport_document_reference=draft.transport_document_reference,
            approval=approval.sign(self.keys[SELLER]),
        )


class News:
    """Wakes whoever waits for something to have happened, whenever anything happened."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    async def hear(self, stream: AsyncIterable[Any]) -> None:
        """Follow a service's stream until cancelled."""
        async for _ in stream:
            self._happened.set()

    async def until(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something is so; asked anew with every fact that is told."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                self._happened.clear()
                if await ready():
                    return
                try:
                    async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                        await self._happened.wait()
                except TimeoutError:
                    continue


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """Put everybody at the doors of the running instance, registered on the ledger."""
    environment = Environment.load()
    parties = await asyncio.to_thread(Cast.of(environment).register)
    async with AsyncExitStack() as stack:
        inside = await stack.enter_async_context(open_neighbours(_places("worker")))
        watching = await stack.enter_async_context(open_neighbours(_places("listener")))
        carriers = _places("gateway-carrier")
        channel = await stack.enter_async_context(
            open_channel(carriers.tracking_address, carriers)
        )
        news = News()
        streams = (
            watching.bookings.WatchEvents(booking_service_pb2.WatchEventsRequest()),
            watching.documents.WatchEvents(documents_service_pb2.WatchEventsRequest()),
            watching.tracking.WatchEvents(tracking_service_pb2.WatchEventsRequest()),
        )
        for stream in streams:
            task = asyncio.create_task(news.hear(stream))
            stack.push_async_callback(_end, task)
        yield Outside(
            inside=inside,
            tracking=tracking_service_pb2_grpc.TrackingServiceStub(channel),
            news=news,
            parties=parties,
            keys={name: environment.act_key(name) for name in (SELLER, HAULIER_ORIGIN)},
        )


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _places(part: str) -> NeighbourSettings:
    certificate_file, key_file, roots_file = certificate(part)
    ports = settings()

    def at(name: str) -> str:
        return f"127.0.0.1:{ports[f'PORT_{name}']}"

    return NeighbourSettings(
        tls_certificate_file=certificate_file,
        tls_key_file=key_file,
        tls_roots_file=roots_file,
        booking_address=at("BOOKING"),
        documents_address=at("DOCUMENTS"),
        tracking_address=at("TRACKING"),
        settlement_address=at("SETTLEMENT"),
        insurance_address=at("INSURANCE"),
        custody_address=at("CUSTODY"),
        ledger_address=at("LEDGER_OPERATOR"),
    )


def _equipment(told: Consignment) -> documents_service_pb2.PutEquipmentRequest:
    return documents_service_pb2.PutEquipmentRequest(
        equipment=documents_pb2.Equipment(
            booking_reference=told.booking,
            equipment_reference=told.equipment,
            iso_equipment_code="22G1",
            seals=[documents_pb2.Seal(seal_number=told.seal, seal_source="SHIPPER")],
            verified_gross_mass=documents_pb2.VerifiedGrossMass(
                mass_grams=MASS_GRAMS,
                method="SM1",
                responsible_person="Weighbridge 2, Shapingba works",
                determined_at=_stamp(datetime.now(UTC)),
            ),
        )
    )


def _leg_document(
    told: Consignment, at: datetime
) -> documents_service_pb2.IssueLegDocumentRequest:
    return documents_service_pb2.IssueLegDocumentRequest(
        booking_reference=told.booking,
        leg_sequence=1,
        number=f"RN-{secrets.token_hex(4).upper()}",
        equipment_reference=told.equipment,
        seal_numbers=[told.seal],
        consignee_organisation=OPERATOR,
        carrier_organisation=HAULIER_ORIGIN,
        issued_at=_stamp(at),
    )


def _paper(told: Consignment, organisation: str, paper: Message) -> PutPaper:
    return PutPaper(told.booking, organisation, _text(paper), _fresh())


def _text(message: Message) -> str:
    return json_format.MessageToJson(message, indent=None)


def _fresh() -> str:
    return str(uuid.uuid4())


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
