"""Puts the booking service together."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onebill.booking.v1 import booking_service_pb2_grpc

from foundation.runtime.database import Database
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Service, Wired
from services.booking.access import ACCESS
from services.booking.adapters.rules import load_rules
from services.booking.adapters.writing import Writer
from services.booking.application.handlers import BookingHandlers
from services.booking.servicer import BookingServicer
from services.booking.settings import BookingSettings


def _now() -> datetime:
    return datetime.now(UTC)


def _wire(settings: BookingSettings, database: Database, outbox: Outbox) -> Wired:
    rules = load_rules()
    servicer = BookingServicer(
        database=database,
        outbox=outbox,
        handlers=BookingHandlers(rules, _now),
        writer=Writer(rules.gazetteer),
    )
    return Wired(
        ACCESS,
        lambda server: booking_service_pb2_grpc.add_BookingServiceServicer_to_server(
            servicer, server
        ),
    )


SERVICE: Final = Service("booking", BookingSettings, Path(__file__).parent / "migrations", _wire)
