"""The projection on the running network: complete, exact, rebuilt without anybody noticing."""

import asyncio
import dataclasses
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import pytest_asyncio
from onebill.ledger.v1 import ledger_pb2, projection_service_pb2_grpc
from onebill.ledger.v1 import projection_service_pb2 as pb
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from sqlalchemy import text

from foundation.runtime.channel import open_channel
from foundation.runtime.database import Database
from foundation.runtime.server import Server
from ledger.client.blocks import ChainBroken, Position
from ledger.projection.follower import Folder, Follower, rebuild
from ledger.projection.gauges import Gauges
from ledger.projection.program import MIGRATIONS, SCHEMA, following, open_peer, wire
from ledger.projection.settings import ProjectionSettings
from ledger.projection.store import Projected
from tests.integration.ledger.conftest import ledger_settings, refused
from tests.support.waiting import until

pytestmark = [pytest.mark.engines, pytest.mark.asyncio(loop_scope="module")]


def settings_of(world, postgres):
    names = {field.name for field in dataclasses.fields(ProjectionSettings)}
    shared = dataclasses.asdict(ledger_settings("operator", world.pki, postgres))
    return ProjectionSettings(
        **{
            **{name: value for name, value in shared.items() if name in names},
            **dataclasses.asdict(postgres.database(SCHEMA, MIGRATIONS)),
        }
    )


@dataclasses.dataclass
class Running:
    """A projection, with the means to look into it."""

    world: object
    settings: ProjectionSettings
    database: Database
    peer: object
    follower: Follower
    projected: Projected
    server: Server

    def door(self, caller, part=None):
        channel = open_channel(f"localhost:{self.server.port}", self.world.pki.tls(caller, part))
        self.world.stack.push_async_callback(channel.close)
        return projection_service_pb2_grpc.ProjectionServiceStub(channel)

    async def rows(self, statement, organisation="operator"):
        async with self.database.reading(organisation) as transaction:
            found = await transaction.connection.execute(text(statement))
            return [tuple(row) for row in found]

    async def level(self):
        """Wait until everything that the peer has is folded."""
        height = await self.peer.gateway.height()

        async def folded():
            return (await self.projected.live()).position.next_block >= height

        await until(folded, seconds=120)


@asynccontextmanager
async def running(world, postgres):
    settings = settings_of(world, postgres)
    async with AsyncExitStack() as stack:
        database = Database(settings, SCHEMA)
        stack.push_async_callback(database.close)
        peer = await stack.enter_async_context(open_peer(settings))
        wired, follower = wire(settings, database, peer)
        server = Server(settings, wired.access, wired.register)
        await server.start()
        stack.push_async_callback(server.stop)
        projected = Projected(database, settings.organisation)
        yield Running(world, settings, database, peer, follower, projected, server)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def projection(world, postgres):
    async with running(world, postgres) as made, following(made.follower):
        yield made


async def test_every_bill_is_as_the_peer_has_it(world, projection):
    await world.issued(to="buyer")
    await projection.level()

    found = await projection.rows("SELECT reference, record, sequence FROM bills")
    views = [
        await world.services["operator"].program.recorder._chain.bill(row[0]) for row in found
    ]
    acts = dict(await projection.rows("SELECT reference, count(*) FROM acts GROUP BY 1"))

    assert found
    assert [view.record.text for view in views] == [row[1] for row in found]
    assert acts == {row[0]: row[2] for row in found}


async def test_a_search_finds_what_was_asked_for_and_nothing_else(world, projection):
    paper = await world.issued(to="buyer")
    other = await world.issued()
    await projection.level()
    door = projection.door("buyer", "gateway-rest")
    metadata = (("onebill-organisation", "buyer"),)

    async def references(**wanted):
        answer = await door.SearchBills(
            pb.SearchBillsRequest(parties=[world.cast.parties["buyer"]], **wanted),
            metadata=metadata,
        )
        return [bill.transport_document_reference for bill in answer.bills]

    assert (await references())[0] == paper.reference
    assert other.reference not in await references(page_size=200)
    assert await references(reference_prefix=paper.reference[:10]) == [paper.reference]
    assert paper.reference in await references(
        states=[ledger_pb2.BILL_STATE_ISSUED], roles=["POSSESSOR"]
    )
    assert await references(states=[ledger_pb2.BILL_STATE_PAPER], roles=["POSSESSOR"]) == []
    assert paper.reference not in await references(flags=["HELD"])
    record = (
        await projection.rows(
            f"SELECT container_key FROM bill_containers WHERE reference = '{paper.reference}'"
        )
    )[0][0]
    assert paper.reference in await references(container_key=record)
    with_gates = await door.SearchBills(
        pb.SearchBillsRequest(parties=[world.cast.parties["buyer"]], is_whole=True, page_size=1),
        metadata=metadata,
    )
    assert with_gates.bills[0].gates.delivery
    refusal = await refused(
        door.SearchBills(pb.SearchBillsRequest(flags=["PRETTY"]), metadata=metadata)
    )
    assert refusal.reason == "FLAG_UNKNOWN"


async def test_invariant_58_who_is_no_party_finds_nothing(world, projection):
    paper = await world.issued()
    await projection.level()
    metadata = (("onebill-organisation", "buyer"),)
    stranger = projection.door("buyer", "gateway-rest")
    answer = await stranger.SearchBills(
        pb.SearchBillsRequest(
            parties=[world.cast.parties["buyer"]], reference_prefix=paper.reference
        ),
        metadata=metadata,
    )
    nobody = await stranger.SearchBills(pb.SearchBillsRequest(), metadata=metadata)
    # With a certificate of its own nobody has vouched for which parties it is.
    pretender = await projection.door("buyer").SearchBills(
        pb.SearchBillsRequest(parties=[world.cast.parties["seller"]])
    )

    assert [list(found.bills) for found in (answer, nobody, pretender)] == [[], [], []]
    for table in ("bills", "acts", "bill_roles", "bill_containers", "parties"):
        assert await projection.rows(f"SELECT 1 FROM {table}", "buyer") == []


async def test_a_follower_that_was_away_goes_on_without_gap_or_repeat(world, postgres):
    async with running(world, postgres) as made:
        async with following(made.follower):
            await made.level()
        before = (await made.projected.live()).position.next_block
        papers = [await world.issued() for _ in range(3)]
        async with following(made.follower):
            await made.level()

        after = (await made.projected.live()).position.next_block
        acts = await made.rows("SELECT reference FROM acts WHERE sequence = 1")
        assert after > before
        assert {paper.reference for paper in papers} <= {row[0] for row in acts}


async def test_two_that_fold_the_same_tables_do_not_disturb_one_another(world, postgres):
    async with running(world, postgres) as made:
        other = Follower(
            made.peer.blocks,
            made.peer.gateway,
            made.projected,
            made.settings.chaincode,
            Gauges(MeterProvider().get_meter("other")),
        )
        async with following(made.follower), following(other):
            paper = await world.issued()
            await made.level()

            acts = await made.rows("SELECT reference, sequence FROM acts")
            assert len(acts) == len(set(acts))
            assert (paper.reference, 1) in acts


async def test_a_rebuild_ends_with_the_same_rows_and_readers_never_see_half(world, projection):
    await world.issued()
    await projection.level()
    everything = (
        "SELECT reference, number, record FROM bills WHERE generation = live_generation() "
        "ORDER BY number"
    )
    before = await projection.rows(everything)
    first = await projection.projected.live()
    folder = Folder(projection.peer.blocks, projection.projected, "bill")
    rebuilding = asyncio.create_task(
        rebuild(folder, projection.projected, projection.peer.gateway)
    )
    seen = []
    while not rebuilding.done():
        seen.append(len(await projection.rows(everything)))
    await rebuilding

    assert set(seen) == {len(before)}
    assert await projection.rows(everything) == before
    live = await projection.projected.live()
    assert live.number > first.number
    assert await projection.rows("SELECT DISTINCT generation FROM acts") == [(live.number,)]
    # The follower of the former generation goes on with the new one.
    paper = await world.issued()
    await projection.level()
    assert paper.reference in {row[0] for row in await projection.rows(everything)}


async def test_another_chain_is_not_folded_on_top(world, projection):
    await projection.level()
    live = await projection.projected.live()
    wrong = Position(live.position.next_block - 1, b"\1" * 32)

    with pytest.raises(ChainBroken):
        await anext(projection.peer.blocks.stream(wrong))


async def test_lag_and_gaps_are_metrics(world, postgres):
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    async with running(world, postgres) as made:
        follower = Follower(
            made.peer.blocks,
            made.peer.gateway,
            made.projected,
            made.settings.chaincode,
            Gauges(provider.get_meter("onebill.projection")),
        )

        def told():
            data = reader.get_metrics_data()
            return {
                metric.name: metric.data.data_points[0].value
                for metric in data.resource_metrics[0].scope_metrics[0].metrics
            }

        async with following(follower):
            await made.level()

            async def level_is_told():
                return told()["onebill.projection.lag.blocks"] == 0

            await until(level_is_told)
        counted = told()
        provider.shutdown()

    assert counted["onebill.projection.lag.time"] == 0
    assert counted["onebill.projection.folded"] > 0


async def test_the_acts_of_a_bill_are_told_to_the_operators_own(world, projection):
    paper = await world.issued()
    await projection.level()
    request = pb.ListProjectedActsRequest(transport_document_reference=paper.reference)

    answer = await projection.door("operator").ListProjectedActs(request)
    refusal = await refused(projection.door("buyer").ListProjectedActs(request))

    (act,) = answer.acts
    assert (act.sequence, act.action_code) == (1, "ISSUE")
    assert act.act_hash == paper.head
    assert refusal.reason == "CALLER_NOT_ADMITTED"


async def test_the_position_is_for_the_operators_own(world, projection):
    await projection.level()

    answer = await projection.door("operator").GetPosition(pb.GetPositionRequest())
    refusal = await refused(projection.door("buyer").GetPosition(pb.GetPositionRequest()))

    assert answer.next_block >= 1
    assert answer.generation >= 1
    assert refusal.reason == "CALLER_NOT_ADMITTED"
