"""The client on the real network: somebody is killed between any two of its calls.

Whatever happens between Endorse, Submit and CommitStatus, the act stands on the bill once.
"""

import asyncio
import os
import signal
import uuid

import pytest
from onebill.ledger.v1 import ledger_service_pb2 as pb

from foundation.kernel.errors import Unavailable
from ledger.client import gateway as gateway_module
from ledger.client.faults import CommitUnknown
from ledger.service.program import open_gateway
from local import processes
from tests.integration.ledger.conftest import ledger_settings, state_directory, until_known
from tests.support.waiting import until

pytestmark = [
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
]

AT = "port"
CALLS = ("endorse", "submit", "commit_status")


def pid_of(name):
    return int((state_directory() / "run" / f"{name}.pid").read_text().split()[0])


def the_orderer():
    """The one orderer of Raft, or one of the four."""
    return next(
        each.name for each in processes.known() if each.name in ("orderer", "orderer-carrier")
    )


def kill_once(monkeypatch, gateway, call, when, name):
    """Kill a process right before or after the first such call of a gateway."""
    meant, killed = getattr(gateway, call), []

    def kill():
        if not killed:
            killed.append(name)
            os.kill(pid_of(name), signal.SIGKILL)

    async def shot(*arguments):
        if when == "before":
            kill()
        answer = await meant(*arguments)
        kill()
        return answer

    monkeypatch.setattr(gateway, call, shot)
    return killed


async def recorded_once(world, paper, sequence):
    """The chain of the bill is complete at another organisation too, every act there once."""

    async def arrived():
        listed = await world.ledger("partnerport", "partnerport").ListActs(
            pb.ListActsRequest(transport_document_reference=paper.reference)
        )
        return [act.sequence for act in listed.acts] == list(range(1, sequence + 1))

    await until(arrived, seconds=120)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
async def test_the_own_peer_killed_at_any_call_neither_loses_nor_doubles_an_act(
    world, monkeypatch, call, when
):
    paper, request_id = await world.issued(), str(uuid.uuid4())
    handed = paper.took(paper.sign("TRANSFER", "seller", "first-bank"))
    killed = kill_once(monkeypatch, world.services[AT].gateway, call, when, f"peer-{AT}")

    answer = await until_known(lambda: world.submit(handed, at=AT, request_id=request_id))

    assert killed == [f"peer-{AT}"]
    assert (answer.act.act_hash, answer.act.sequence) == (handed.hash, 2)
    await recorded_once(world, paper, 2)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_orderer_killed_around_submit_neither_loses_nor_doubles_an_act(
    world, monkeypatch, when
):
    paper, request_id = await world.issued(), str(uuid.uuid4())
    handed = paper.took(paper.sign("TRANSFER", "seller", "first-bank"))
    killed = kill_once(monkeypatch, world.services[AT].gateway, "submit", when, the_orderer())

    answer = await until_known(lambda: world.submit(handed, at=AT, request_id=request_id))

    assert killed
    assert (answer.act.act_hash, answer.act.sequence) == (handed.hash, 2)
    await recorded_once(world, paper, 2)


async def test_more_calls_than_the_peer_takes_are_answered_later_and_none_fails(
    world, pki, postgres, monkeypatch
):
    turned_away = []
    is_busy = gateway_module._is_busy

    def counted(error):
        busy = is_busy(error)
        turned_away.append(busy)
        return busy

    monkeypatch.setattr(gateway_module, "_is_busy", counted)
    settings = ledger_settings(AT, pki, postgres, in_flight_max=2000)
    async with open_gateway(settings) as greedy:
        # A peer's Gateway takes five hundred at once, and these stay: nobody recorded them.
        waiting = [
            asyncio.create_task(greedy.commit_status(f"{number:064x}", 3)) for number in range(600)
        ]

        async def peer_says_too_many():
            return any(turned_away)

        await until(peer_says_too_many, seconds=120)
        answers = await asyncio.gather(*(greedy.evaluate("Version") for _ in range(50)))
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert len(set(answers)) == 1
    assert {type(outcome) for outcome in outcomes} == {CommitUnknown}


class Follower:
    """Reads events as a listener does: the checkpoint is noted after the effect."""

    def __init__(self, gateway):
        self._gateway = gateway
        self.seen = []
        self.checkpoint = 0

    def has_seen(self, transaction_id):
        return transaction_id in {transaction for _, transaction, _ in self.seen}

    async def read(self, blocks, transaction_id):
        """Read at most so many blocks and go away; a broken stream is begun again later."""
        stream = self._gateway.events(self.checkpoint)
        try:
            async for block in stream:
                assert block.block_number >= self.checkpoint, "no block comes again"
                self.seen += told_in(block)
                self.checkpoint = block.block_number + 1
                blocks -= 1
                if blocks == 0 or self.has_seen(transaction_id):
                    return
        except Unavailable:
            await asyncio.sleep(0.1)
        finally:
            await stream.aclose()

    async def read_until(self, transaction_id):
        async with asyncio.timeout(300):
            while not self.has_seen(transaction_id):
                await self.read(3, transaction_id)


def told_in(block):
    return [(block.block_number, event.transaction_id, event.name) for event in block.events]


async def test_events_go_on_from_a_checkpoint_without_gap_or_repeat_whoever_restarts(world):
    gateway = world.services[AT].gateway
    paper, follower = await world.issued(), Follower(gateway)

    for actor, recipient in (("seller", "first-bank"), ("first-bank", "buyer")):
        os.kill(pid_of(f"peer-{AT}"), signal.SIGKILL)
        handed = paper.took(paper.sign("TRANSFER", actor, recipient))
        answer = await until_known(lambda handed=handed: world.submit(handed, at="partnerport"))
        await follower.read_until(answer.act.transaction_id)

    whole = []
    async with asyncio.timeout(300):
        async for block in gateway.events(0):
            whole += told_in(block)
            if block.block_number >= follower.checkpoint - 1:
                break
    assert follower.seen == whole
