"""The services that the process speaks to: their generated stubs, opened once per process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceStub
from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceStub
from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceStub
from onebill.ledger.v1.custody_service_pb2_grpc import CustodyServiceStub
from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from onebill.settlement.v1.settlement_service_pb2_grpc import SettlementServiceStub
from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceStub

from foundation.runtime.channel import open_channel
from workflows.settings import NeighbourSettings

if TYPE_CHECKING:  # the asynchronous stubs exist for the type checker only
    from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceAsyncStub
    from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceAsyncStub
    from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceAsyncStub
    from onebill.ledger.v1.custody_service_pb2_grpc import CustodyServiceAsyncStub
    from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub
    from onebill.settlement.v1.settlement_service_pb2_grpc import SettlementServiceAsyncStub
    from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceAsyncStub

# An act waits for its commit, and the ledger service asks again before it gives up.
_LEDGER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One stub per service."""

    bookings: "BookingServiceAsyncStub"
    documents: "DocumentsServiceAsyncStub"
    tracking: "TrackingServiceAsyncStub"
    settlement: "SettlementServiceAsyncStub"
    insurance: "InsuranceServiceAsyncStub"
    custody: "CustodyServiceAsyncStub"
    ledger: "LedgerServiceAsyncStub"


@asynccontextmanager
async def open_neighbours(settings: NeighbourSettings) -> AsyncIterator[Neighbours]:
    """Open a channel to every service; close them at the end."""
    async with AsyncExitStack() as stack:

        async def channel(address: str, seconds: float = 10.0) -> grpc.aio.Channel:
            opened = open_channel(address, settings, deadline_seconds=seconds)
            stack.push_async_callback(opened.close)
            return opened

        yield Neighbours(
            bookings=BookingServiceStub(await channel(settings.booking_address)),
            documents=DocumentsServiceStub(await channel(settings.documents_address)),
            tracking=TrackingServiceStub(await channel(settings.tracking_address)),
            settlement=SettlementServiceStub(await channel(settings.settlement_address)),
            insurance=InsuranceServiceStub(await channel(settings.insurance_address)),
            custody=CustodyServiceStub(await channel(settings.custody_address)),
            ledger=LedgerServiceStub(await channel(settings.ledger_address, _LEDGER_SECONDS)),
        )
