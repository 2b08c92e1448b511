"""A projection put together: peer, schema, follower, door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onebill.ledger.v1 import projection_service_pb2_grpc
from opentelemetry import metrics

from foundation.kernel.clock import Clock
from foundation.runtime.database import Database
from foundation.runtime.process import Wired
from ledger.client.blocks import Blocks
from ledger.client.gateway import Gateway, open_peer_channel
from ledger.client.identity import Identity
from ledger.client.proposal import Proposer
from ledger.projection.follower import Folder, Follower
from ledger.projection.gauges import Gauges
from ledger.projection.servicer import ProjectionServicer, access_of
from ledger.projection.settings import ProjectionSettings
from ledger.projection.store import Projected

MIGRATIONS: Final = Path(__file__).parent / "migrations"
SCHEMA: Final = "projection"


@dataclass(frozen=True, slots=True)
class Peer:
    """The organisation's own peer: its blocks, and how many it has."""

    blocks: Blocks
    gateway: Gateway


def utc_now() -> datetime:
    """Read the clock of this machine."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_peer(settings: ProjectionSettings, clock: Clock = utc_now) -> AsyncIterator[Peer]:
    """Open the one channel to the own peer."""
    channel = open_peer_channel(
        settings.peer_address,
        settings.peer_tls_roots_file,
        settings.peer_tls_certificate_file,
        settings.peer_tls_key_file,
    )
    identity = Identity.from_files(
        settings.msp_id, settings.client_certificate_file, settings.client_key_file
    )
    gateway = Gateway(channel, Proposer(identity, settings.channel, settings.chaincode), clock)
    blocks = Blocks(
        channel,
        identity,
        settings.channel,
        clock,
        settings.peer_tls_certificate_file,
        gateway.height,
    )
    try:
        yield Peer(blocks, gateway)
    finally:
        await channel.close()


def wire(settings: ProjectionSettings, database: Database, peer: Peer) -> tuple[Wired, Follower]:
    """Put the door and the follower together."""
    projected = Projected(database, settings.organisation)
    gauges = Gauges(metrics.get_meter("onebill.projection"))
    servicer = ProjectionServicer(projected, gauges, settings.organisation)
    wired = Wired(
        access_of(settings.organisation),
        lambda server: projection_service_pb2_grpc.add_ProjectionServiceServicer_to_server(
            servicer, server
        ),
    )
    return wired, Follower(peer.blocks, peer.gateway, projected, settings.chaincode, gauges)


def folder(settings: ProjectionSettings, database: Database, peer: Peer) -> Folder:
    """Put together what a rebuild needs."""
    projected = Projected(database, settings.organisation)
    return Folder(peer.blocks, projected, settings.chaincode)


@asynccontextmanager
async def following(follower: Follower) -> AsyncIterator[None]:
    """Follow the chain while the block runs."""
    tasks = [asyncio.create_task(follower.run()), asyncio.create_task(follower.measure())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
