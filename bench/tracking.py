"""T1: events durable and projected per second ÷ COPY to a stage and insert, same table.

Ours is the carriers' way: gRPC over mutual TLS into the tracking service, which checks every
event, keeps it, folds its journey and tells the news. The baseline is the least that could keep
the events alone: COPY into a stage and INSERT … ON CONFLICT DO NOTHING into the same table.
Both send batches of a thousand, as many at once, each committed and flushed to disk.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC
from typing import Any, Final

import asyncpg
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2, tracking_service_pb2_grpc

from bench.harness import ROUNDS, Figure, compare
from bench.instance import Costs, certificate, instance
from bench.journeys import Group, draw_group
from foundation.runtime.channel import open_channel
from foundation.runtime.database import database_url
from foundation.runtime.identity import on_behalf_of
from foundation.runtime.migrations import migrate
from foundation.runtime.settings import DatabaseSettings, TlsSettings
from local import postgres
from local.settings import settings
from services.tracking.service import SERVICE

SENDERS: Final = 4
"""Batches under way at once, on both sides."""

_BATCH: Final = 1_000
_BASELINE: Final = "bench_events"
_SECONDS: Final = 120.0

Record = tuple[Any, ...]
Stub = Any


async def measure() -> Figure:
    """Measure T1 on an instance of its own."""
    with instance("tracking"):
        async with AsyncExitStack() as stack:
            await _make_baseline()
            worker = await stack.enter_async_context(_stub("worker"))
            carriers = await stack.enter_async_context(_stub("gateway-carrier"))
            connections = [await stack.enter_async_context(_connection()) for _ in range(SENDERS)]
            our_costs, its_costs = Costs(), Costs()

            async def ours() -> float:
                groups = [draw_group() for _ in range(SENDERS)]
                await asyncio.gather(*(_plan(worker, group) for group in groups))
                batches = [group.batches() for group in groups]
                events = sum(len(batch.events) for lane in batches for batch in lane)
                with our_costs.counted():
                    spent = await _together([_tell(carriers, lane) for lane in batches])
                our_costs.handled(events)
                await _check_projected(worker, groups[0])
                return events / spent

            async def baseline() -> float:
                lanes = [_records(draw_group()) for _ in range(SENDERS)]
                events = sum(len(batch) for lane in lanes for batch in lane)
                its_costs.handled(events)
                with its_costs.counted():
                    spent = await _together(
                        [_insert(*pair) for pair in zip(connections, lanes, strict=True)]
                    )
                return events / spent

            figure = await compare(
                "T1",
                "events durable and projected ÷ COPY to a stage and insert",
                ours,
                baseline,
                unit="events/s",
                target=0.50,
            )
            raw = statistics.median([await _copy_alone(connections) for _ in range(ROUNDS)])
            return replace(
                figure,
                notes=(
                    (
                        f"batches of {_BATCH:,}, {SENDERS} under way, on both sides; "
                        "30 events for each of 4 boxes of 50 bookings a sender"
                    ),
                    (
                        f"COPY alone into the same table: {raw:,.0f} events/s, "
                        f"ours ÷ that {figure.ours / raw:.3f}"
                    ),
                    f"ours: {our_costs.told('event')}",
                    f"baseline: {its_costs.told('event')}",
                    f"durable: {await _durability(connections[0])}",
                ),
            )


@asynccontextmanager
async def _stub(part: str) -> AsyncIterator[Stub]:
    address = f"127.0.0.1:{settings()['PORT_TRACKING']}"
    tls = TlsSettings(
        **dict(
            zip(
                ("tls_certificate_file", "tls_key_file", "tls_roots_file"),
                certificate(part),
                strict=True,
            )
        )
    )
    async with open_channel(address, tls, deadline_seconds=_SECONDS / 2) as channel:
        yield tracking_service_pb2_grpc.TrackingServiceStub(channel)


async def _plan(worker: Stub, group: Group) -> None:
    """Plan the journeys and assign the boxes, before time is taken."""
    plans = (worker.PlanJourney(plan, metadata=on_behalf_of("operator")) for plan in group.plans())
    await asyncio.gather(*plans)
    for assignment in group.assignments():
        await worker.AssignEquipment(assignment, metadata=on_behalf_of("operator"))


async def _tell(
    carriers: Stub, batches: Sequence[tracking_service_pb2.IngestEventsRequest]
) -> None:
    for batch in batches:
        answer = await carriers.IngestEvents(batch, metadata=on_behalf_of(batch.issuer))
        if answer.accepted != len(batch.events):
            raise RuntimeError(f"not every event was taken: {answer}")


async def _check_projected(worker: Stub, group: Group) -> None:
    """Look at one journey: it ended, and nothing is wrong with it."""
    request = tracking_service_pb2.GetJourneyRequest(
        booking_reference=group.boxes[0].booking_reference
    )
    answer = await worker.GetJourney(request, metadata=on_behalf_of("operator"))
    for container in answer.journey.containers:
        reached = {each.milestone_code for each in container.milestones if each.event_id}
        if tracking_pb2.MILESTONE_CODE_EMPTY_RETURNED not in reached or container.breaches:
            raise RuntimeError(f"the journey was not projected: {container}")


async def _together(lanes: Sequence[Any]) -> float:
    begun = time.perf_counter()
    async with asyncio.timeout(_SECONDS):
        await asyncio.gather(*lanes)
    return time.perf_counter() - begun


# --- the baseline ---------------------------------------------------------------------------

_COLUMNS: Final = (
    *("organisation", "event_id", "event_type", "event_code", "event_classifier"),
    *("event_date_time", "booking_reference", "leg_sequence", "equipment_reference"),
    *("un_location_code", "facility_code", "facility_type", "is_laden", "seals"),
    *("mode_of_transport", "vessel_imo_number", "vessel_name", "voyage_number"),
    *("retracted_event_id", "remark", "authority_reference"),
)
_NAMES: Final = ", ".join(_COLUMNS)
_INSERT: Final = (
    f"INSERT INTO events ({_NAMES}) SELECT {_NAMES} FROM stage "  # noqa: S608 - our own names
    "ON CONFLICT (organisation, event_id) DO NOTHING"
)


async def _make_baseline() -> None:
    """Make a second database with tracking's own tables and indexes."""
    administrator = await asyncpg.connect(postgres.admin_url())
    try:
        await administrator.execute(f"DROP DATABASE IF EXISTS {_BASELINE}")
        await administrator.execute(f"CREATE DATABASE {_BASELINE}")
    finally:
        await administrator.close()
    inside = await asyncpg.connect(postgres.admin_url(), database=_BASELINE)
    try:
        await inside.execute("CREATE SCHEMA tracking AUTHORIZATION tracking_owner")
    finally:
        await inside.close()
    owner = DatabaseSettings(database_url=postgres.url("tracking_owner", _BASELINE))
    await migrate(database_url(owner), SERVICE.part, SERVICE.part, SERVICE.migrations)


@asynccontextmanager
async def _connection() -> AsyncIterator[asyncpg.Connection]:
    """Connect as the superuser, whom row-level security does not slow down."""
    connection = await asyncpg.connect(
        postgres.admin_url(), database=_BASELINE, server_settings={"search_path": "tracking"}
    )
    try:
        await connection.execute(
            f"CREATE TEMPORARY TABLE stage ON COMMIT DELETE ROWS "  # noqa: S608 - our own names
            f"AS SELECT {_NAMES} FROM events WITH NO DATA"
        )
        yield connection
    finally:
        await connection.close()


async def _insert(connection: asyncpg.Connection, batches: Sequence[list[Record]]) -> None:
    for batch in batches:
        async with connection.transaction():
            await connection.copy_records_to_table("stage", records=batch, columns=_COLUMNS)
            await connection.execute(_INSERT)


async def _copy(connection: asyncpg.Connection, batches: Sequence[list[Record]]) -> None:
    for batch in batches:
        await connection.copy_records_to_table("events", records=batch, columns=_COLUMNS)


async def _copy_alone(connections: Sequence[asyncpg.Connection]) -> float:
    lanes = [_records(draw_group()) for _ in connections]
    spent = await _together([_copy(*pair) for pair in zip(connections, lanes, strict=True)])
    return sum(len(batch) for lane in lanes for batch in lane) / spent


async def _durability(connection: asyncpg.Connection) -> str:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    told = [f"{name} {await connection.fetchval(f'SHOW {name}')}" for name in names]
    return ", ".join(told)


def _records(group: Group) -> list[list[Record]]:
    return [[_record(batch.issuer, event) for event in batch.events] for batch in group.batches()]


def _record(issuer: str, event: tracking_pb2.TrackingEvent) -> Record:
    return (
        *(issuer, event.event_id, event.event_type, event.event_code, event.event_classifier),
        event.event_date_time.ToDatetime(UTC),
        *(event.booking_reference, event.leg_sequence, event.equipment_reference),
        *(event.event_location.un_location_code, event.event_location.facility_code),
        *(event.facility_type, event.is_laden),
        [
            text
            for seal in event.seals
            for text in (seal.seal_number, seal.seal_source, seal.replaced_seal_number)
        ],
        *(event.mode_of_transport, event.vessel_imo_number, event.vessel_name),
        *(event.voyage_number, event.retracted_event_id, event.remark),
        event.authority_reference,
    )
