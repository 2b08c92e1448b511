"""Custody put together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from onebill.ledger.v1 import custody_service_pb2_grpc

from foundation.runtime.channel import open_channel
from foundation.runtime.database import Database
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Service, Wired
from foundation.runtime.statements import Hearer
from ledger.custody.directory import Directory, LedgerDirectory
from ledger.custody.sealing import Seal
from ledger.custody.servicer import ACCESS, CustodyServicer
from ledger.custody.settings import CustodySettings


def wire(settings: CustodySettings, database: Database, outbox: Outbox) -> Wired:
    """Put the servicer together with the operator's ledger service as directory."""
    directory = LedgerDirectory(open_channel(settings.ledger_address, settings))
    return wire_with(settings, database, directory)


def wire_with(settings: CustodySettings, database: Database, directory: Directory) -> Wired:
    """Put the servicer together with a directory."""
    servicer = CustodyServicer(
        database,
        directory,
        Seal(settings.key_encryption_key.value),
        Hearer.of("documents", settings),
        lambda: datetime.now(UTC),
        settings.channel,
        timedelta(seconds=settings.act_validity_seconds),
    )
    return Wired(
        ACCESS,
        lambda server: custody_service_pb2_grpc.add_CustodyServiceServicer_to_server(
            servicer, server
        ),
    )


SERVICE: Final = Service("custody", CustodySettings, Path(__file__).parent / "migrations", wire)
