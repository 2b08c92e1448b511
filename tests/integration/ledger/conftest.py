"""Ledger services of several organisations on the running network, each with a schema of its own.

The network is the one that `make engines` starts; ONEBILL_STATE names another instance.
"""

import asyncio
import dataclasses
import os
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill.ledger.v1 import ledger_service_pb2_grpc
from sqlalchemy import text

from foundation.kernel.errors import Unavailable
from foundation.runtime.channel import open_channel
from foundation.runtime.database import Database
from foundation.runtime.outbox import Outbox
from foundation.runtime.refusals import refusal_from
from foundation.runtime.server import Server
from foundation.runtime.settings import Secret
from ledger.client.gateway import Gateway
from ledger.service.program import (
    MIGRATIONS,
    LedgerProgram,
    beside_the_server,
    open_gateway,
    wire,
)
from ledger.service.settings import LedgerSettings
from tests.support.bill_cast import MSP_IDS, ROLES, Cast, Paper
from tests.support.waiting import until

_ROOT = Path(__file__).parents[3]


@dataclass
class LedgerAt:
    """One organisation's ledger service."""

    organisation: str
    address: str
    database: Database
    outbox: Outbox
    gateway: Gateway
    program: LedgerProgram


@dataclass
class World:
    """The services, and a way to call them as anybody."""

    pki: object
    stack: AsyncExitStack
    services: dict = field(default_factory=dict)
    cast: Cast = field(default_factory=Cast)

    def ledger(self, at, caller, part=None):
        channel = open_channel(self.services[at].address, self.pki.tls(caller, part))
        self.stack.push_async_callback(channel.close)
        return ledger_service_pb2_grpc.LedgerServiceStub(channel)

    async def submit(self, handed, at="operator", caller=None, **other):
        return await self.ledger(at, caller or at).SubmitAct(
            pb.SubmitActRequest(
                **{
                    "signed_act": handed.token,
                    "details": handed.details,
                    "details_salt": handed.details_salt,
                    "request_id": str(uuid.uuid4()),
                    **other,
                }
            ),
            timeout=50,
        )

    async def issued(self, to="seller", **terms):
        paper = Paper(self.cast)
        await self.submit(paper.took(paper.issue(to, **terms)))
        return paper

    async def register(self, name):
        vouching, _ = ROLES[name]
        door = self.ledger(vouching, vouching)
        rules = (await door.GetRules(pb.GetRulesRequest())).rules
        answer = await door.RegisterParty(
            pb.RegisterPartyRequest(
                organisation=name,
                **self.cast.registration(name, rules),
                request_id=str(uuid.uuid4()),
            ),
            timeout=50,
        )
        self.cast.parties[name] = answer.party.party
        return answer.party


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    refusal = refusal_from(caught.value)
    assert refusal is not None, caught.value
    return refusal


async def until_known(call):
    """Send the same request again while its outcome is not known, as every client does."""

    async def answered():
        try:
            answers.append(await call())
        except Exception as error:
            refusal = refusal_from(error)
            if not isinstance(refusal, Unavailable):
                raise
            unknown.append((str(refusal), refusal.metadata.get("detail")))
            return False
        return True

    answers, unknown = [], []
    try:
        async with asyncio.timeout(120):
            while not await answered():  # noqa: ASYNC110 - the ledger is what is waited for
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"unknown for two minutes: {unknown[-3:]}")
    return answers[0]


def state_directory():
    """Where the running network keeps its keys, ports and pids."""
    return Path(os.environ.get("ONEBILL_STATE") or _ROOT / ".local")


def ledger_settings(organisation, pki, postgres, **other):
    """Settings of one organisation's ledger service, with a schema of its own."""
    state = state_directory()
    if not (state / "port-base").exists():
        pytest.fail("The ledger's network does not run; start it with `make engines`.")
    base = int((state / "port-base").read_text())
    keys = state / "network" / organisation
    number = list(MSP_IDS).index(organisation)
    tls = pki.tls(organisation)
    return LedgerSettings(
        **{
            **dataclasses.asdict(tls),
            **dataclasses.asdict(postgres.database(f"ledger_{organisation}", MIGRATIONS)),
            "listen_address": "localhost:0",
            "drain_seconds": 1,
            "organisation": organisation,
            "msp_id": MSP_IDS[organisation],
            "peer_address": f"127.0.0.1:{base + 30 + number}",
            "peer_tls_roots_file": keys / "tls-ca.pem",
            "peer_tls_certificate_file": keys / "client/tls/client.crt",
            "peer_tls_key_file": keys / "client/tls/client.key",
            "client_certificate_file": keys / "client/certificate.pem",
            "client_key_file": keys / "client/key.pem",
            "members_secret": Secret("5a" * 32),
            **other,
        }
    )


async def start_ledger(world, stack, organisation, settings):
    database = Database(settings, settings.schema)
    stack.push_async_callback(database.close)
    outbox = await stack.enter_async_context(Outbox(database))
    gateway = await stack.enter_async_context(open_gateway(settings))
    wired, program = wire(settings, database, outbox, gateway)
    server = Server(settings, wired.access, wired.register)
    await server.start()
    stack.push_async_callback(server.stop)
    stack.push_async_callback(outbox.close)
    await stack.enter_async_context(beside_the_server(program))
    world.services[organisation] = LedgerAt(
        organisation, f"localhost:{server.port}", database, outbox, gateway, program
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ledgers(pki, postgres):
    """All four ledger services; nobody is registered yet."""
    async with AsyncExitStack() as stack:
        world = World(pki, stack)
        for organisation in MSP_IDS:
            settings = ledger_settings(organisation, pki, postgres)
            await start_ledger(world, stack, organisation, settings)
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(ledgers):
    """The services, and the cast registered by who vouches for each."""
    for name in ROLES:
        await ledgers.register(name)
    last = ledgers.cast.parties[name]

    async def all_have_seen_the_last():
        for service in ledgers.services.values():
            async with service.database.reading(service.organisation) as transaction:
                seen = await transaction.connection.execute(
                    text("SELECT count(*) FROM channel_parties WHERE party = :party"),
                    {"party": last},
                )
                if not seen.scalar_one():
                    return False
        return True

    # A service that is new reads the whole chain first, however long that is by now.
    await until(all_have_seen_the_last, seconds=120)
    return ledgers
