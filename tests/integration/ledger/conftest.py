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
    # How far each bill has come, by what was recorded through here.
    heads: dict = field(default_factory=dict)
    # By address, each member's own way to its own service.
    own: dict = field(default_factory=dict)

    def ledger(self, at, caller, part=None):
        return Door(self, at, self._stub(at, caller, part))

    def _stub(self, at, caller, part=None):
        channel = open_channel(self.services[at].address, self.pki.tls(caller, part))
        self.stack.push_async_callback(channel.close)
        return ledger_service_pb2_grpc.LedgerServiceStub(channel)

    async def has_come(self, at, reference):
        """Wait until a member's own peer has what was recorded of a bill through another's."""
        head = self.heads.get(reference, 0)
        address = self.services[at].address
        if address not in self.own:
            self.own[address] = self._stub(at, at)
        own = self.own[address]
        read = pb.GetBillRequest(transport_document_reference=reference)

        async def come():
            try:
                answer = await own.GetBill(read, timeout=50)
            except grpc.aio.AioRpcError as error:
                # Who does not answer at all is the business of who asks.
                return error.code() is not grpc.StatusCode.NOT_FOUND
            return answer.bill.sequence >= head

        if head:
            await until(come)

    async def submit(self, handed, at="operator", caller=None, **other):
        answer = await self.ledger(at, caller or at).SubmitAct(
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
        reference = answer.bill.transport_document_reference
        self.heads[reference] = max(answer.act.sequence, self.heads.get(reference, 0))
        return answer

    async def issued(self, to="seller", **terms):
        paper = Paper(self.cast)
        handed = paper.took(paper.issue(to, **terms))
        await until_known(lambda: self.submit(handed))
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


class Door:
    """A ledger service that shows a bill as it stands.

    Peers commit one after another: what one member's service has recorded comes to the others a
    moment later, so whoever reads there next waits for that moment.
    """

    READS = frozenset({"GetBill", "ListActs", "GetEvidence", "Attest", "ListRoles"})

    def __init__(self, world, at, stub):
        self._world, self._at, self._stub = world, at, stub

    def __getattr__(self, name):
        call = getattr(self._stub, name)
        if name not in self.READS:
            return call

        async def read(request, **more):
            await self._world.has_come(self._at, request.transport_document_reference)
            return await call(request, **more)

        return read


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
        async with asyncio.timeout(300):
            while not await answered():  # noqa: ASYNC110 - the ledger is what is waited for
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"unknown for five minutes: {unknown[-3:]}")
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
    await known_everywhere(ledgers, ledgers.cast.parties[name])
    return ledgers


async def known_everywhere(world, party):
    """Wait until every member's service has read the registration of a party."""

    async def all_have_seen_it():
        for service in world.services.values():
            async with service.database.reading(service.organisation) as transaction:
                seen = await transaction.connection.execute(
                    text("SELECT count(*) FROM channel_parties WHERE party = :party"),
                    {"party": party},
                )
                if not seen.scalar_one():
                    return False
        return True

    # A service that is new reads the whole chain first, however long that is by now.
    await until(all_have_seen_it, seconds=300)
