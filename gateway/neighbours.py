"""The services behind the doors: their generated stubs, opened once per process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceStub
from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceStub
from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceStub
from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from onebill.ledger.v1.projection_service_pb2_grpc import ProjectionServiceStub
from onebill.settlement.v1.settlement_service_pb2_grpc import SettlementServiceStub
from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceStub

from foundation.runtime.channel import open_channel
from foundation.runtime.settings import TlsSettings

if TYPE_CHECKING:  # the asynchronous stubs exist for the type checker only
    from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceAsyncStub
    from onebill.documents.v1.documents_service_pb2_grpc import DocumentsServiceAsyncStub
    from onebill.insurance.v1.insurance_service_pb2_grpc import InsuranceServiceAsyncStub
    from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub
    from onebill.ledger.v1.projection_service_pb2_grpc import ProjectionServiceAsyncStub
    from onebill.settlement.v1.settlement_service_pb2_grpc import SettlementServiceAsyncStub
    from onebill.tracking.v1.tracking_service_pb2_grpc import TrackingServiceAsyncStub

# An act waits for its commit, and the ledger service asks again before it gives up.
_LEDGER_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class NeighbourSettings(TlsSettings):
    """Where the services are, each as host:port; `ledger` is the operator's own.

    `projection` folds the operator's peer.
    """

    booking_address: str
    documents_address: str
    tracking_address: str
    settlement_address: str
    insurance_address: str
    ledger_address: str
    projection_address: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One stub per service."""

    bookings: "BookingServiceAsyncStub"
    documents: "DocumentsServiceAsyncStub"
    tracking: "TrackingServiceAsyncStub"
    settlement: "SettlementServiceAsyncStub"
    insurance: "InsuranceServiceAsyncStub"
    ledger: "LedgerServiceAsyncStub"
    projection: "ProjectionServiceAsyncStub"


@asynccontextmanager
async def open_neighbours(settings: NeighbourSettings) -> AsyncIterator[Neighbours]:
    """Open a channel to every service; close them at the end."""
    async with AsyncExitStack() as stack:

        def channel(address: str, seconds: float = 10.0) -> grpc.aio.Channel:
            opened = open_channel(address, settings, deadline_seconds=seconds)
            stack.push_async_callback(opened.close)
            return opened

        yield Neighbours(
            bookings=BookingServiceStub(channel(settings.booking_address)),
            documents=DocumentsServiceStub(channel(settings.documents_address)),
            tracking=TrackingServiceStub(channel(settings.tracking_address)),
            settlement=SettlementServiceStub(channel(settings.settlement_address)),
            insurance=InsuranceServiceStub(channel(settings.insurance_address)),
            ledger=LedgerServiceStub(channel(settings.ledger_address, _LEDGER_SECONDS)),
            projection=ProjectionServiceStub(channel(settings.projection_address)),
        )
