"""A ledger service put together: peer, courier, schema, follower, server."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onebill.ledger.v1 import ledger_service_pb2_grpc

from foundation.kernel.clock import Clock
from foundation.kernel.errors import DomainError
from foundation.runtime.database import Database
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Wired
from ledger.client.courier import Courier
from ledger.client.gateway import Gateway, GatewayLimits, open_peer_channel
from ledger.client.identity import Identity
from ledger.client.proposal import Proposer
from ledger.service.acts import ActRecorder
from ledger.service.askers import access_of
from ledger.service.chain import Chain
from ledger.service.evidence import Evidencer
from ledger.service.parties import PartyRegistrar
from ledger.service.projector import Projector
from ledger.service.reading import Reading
from ledger.service.recoveries import RecoveryDesk
from ledger.service.servicer import Ledger, LedgerServicer
from ledger.service.settings import LedgerSettings
from ledger.service.store import StoredEnvelopes

_log = logging.getLogger(__name__)

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def utc_now() -> datetime:
    """Read the clock of this machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LedgerProgram:
    """What runs besides the server."""

    recorder: ActRecorder
    projector: Projector
    courier: Courier
    envelopes: StoredEnvelopes

    async def resume_envelopes(self) -> None:
        """Bring what was under way when the process ended to its final code."""
        for prepared in await self.envelopes.all_pending():
            try:
                await self.courier.resume(prepared)
            except DomainError as fault:
                _log.info("envelope not settled yet", extra={"reason": fault.reason})


def wire(
    settings: LedgerSettings,
    database: Database,
    outbox: Outbox,
    gateway: Gateway,
    clock: Clock = utc_now,
) -> tuple[Wired, LedgerProgram]:
    """Put the servicer and what runs beside it together."""
    chain = Chain(gateway)
    envelopes = StoredEnvelopes(database, settings.organisation)
    courier = Courier(gateway, envelopes)
    recorder = ActRecorder(chain, courier, settings.msp_id)
    evidencer = Evidencer(chain, courier, settings.msp_id)
    servicer = LedgerServicer(
        Ledger(
            settings.channel,
            settings.chaincode,
            settings.organisation,
            bytes.fromhex(settings.members_secret.value),
        ),
        database,
        outbox,
        Reading(chain, evidencer, database, clock, settings.organisation),
        recorder,
        PartyRegistrar(chain, courier, database, settings.organisation, settings.msp_id),
        RecoveryDesk(chain, courier, settings.msp_id),
    )
    wired = Wired(
        access_of(settings.organisation),
        lambda server: ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(
            servicer, server
        ),
    )
    projector = Projector(gateway, chain, database, settings.organisation)
    return wired, LedgerProgram(recorder, projector, courier, envelopes)


@asynccontextmanager
async def open_gateway(settings: LedgerSettings, clock: Clock = utc_now) -> AsyncIterator[Gateway]:
    """Open the channels to the own peers and speak as the organisation's courier."""
    channels = [
        open_peer_channel(
            address.strip(),
            settings.peer_tls_roots_file,
            settings.peer_tls_certificate_file,
            settings.peer_tls_key_file,
        )
        for address in settings.peer_address.split(",")
    ]
    identity = Identity.from_files(
        settings.msp_id, settings.client_certificate_file, settings.client_key_file
    )
    proposer = Proposer(identity, settings.channel, settings.chaincode)
    try:
        limits = GatewayLimits(settings.in_flight_max)
        yield Gateway(channels[0], proposer, clock, limits, channels[1:])
    finally:
        for channel in channels:
            await channel.close()


@asynccontextmanager
async def beside_the_server(program: LedgerProgram) -> AsyncIterator[None]:
    """Follow the chain and settle old envelopes while the block runs."""
    tasks = [
        asyncio.create_task(program.projector.run()),
        asyncio.create_task(program.resume_envelopes()),
    ]
    try:
        yield
    finally:
        await program.recorder.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
