"""The tracking service put together."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onebill.tracking.v1 import tracking_service_pb2_grpc

from foundation.runtime.database import Database
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Service, Wired
from services.tracking.servicer import ACCESS, TrackingServicer
from services.tracking.settings import TrackingSettings


def wire(settings: TrackingSettings, database: Database, outbox: Outbox) -> Wired:
    """Put the servicer together."""
    servicer = TrackingServicer(
        database, outbox, lambda: datetime.now(UTC), frozenset(settings.facility_organisations)
    )
    return Wired(
        ACCESS,
        lambda server: tracking_service_pb2_grpc.add_TrackingServiceServicer_to_server(
            servicer, server
        ),
    )


SERVICE: Final = Service("tracking", TrackingSettings, Path(__file__).parent / "migrations", wire)
