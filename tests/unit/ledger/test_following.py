"""Folding a stream of blocks: what came before a fault is written, a gap is counted, lag ends."""

import asyncio
import time
from contextlib import aclosing

import pytest
from opentelemetry.sdk.metrics import MeterProvider

from foundation.kernel.errors import Unavailable
from ledger.client.blocks import Blocks, ChainBroken, Position
from ledger.client.faults import PeerUnavailable
from ledger.projection.follower import Folder, Follower, rebuild
from ledger.projection.gauges import Gauges
from ledger.projection.store import Generation, Superseded
from tests.support.waiting import until
from tests.unit.ledger.test_fold import bill, block, envelope


class Source:
    """Blocks as a peer streams them, then a fault, or nothing more for ever."""

    def __init__(self, count, fault=None):
        self.count = count
        self.fault = fault

    async def stream(self, position):
        for number in range(position.next_block, self.count):
            written = envelope([bill(sequence=number + 1)])
            yield block(number, written), Position(number + 1, bytes([number]))
        if self.fault is not None:
            raise self.fault
        await asyncio.Event().wait()


class Tables:
    """The generations of a projection, without rows."""

    def __init__(self):
        self.generation = Generation(1, Position(), is_live=True)
        self.written = []
        self.live_at = None
        self.lose_next = False

    async def live(self):
        return self.generation

    async def begin(self):
        return Generation(2, Position(), is_live=False)

    async def write(self, before, changes, after):
        if self.lose_next:
            self.lose_next = False
            raise Superseded
        self.written.append((before.position.next_block, after.next_block, changes.transactions))
        written = Generation(before.number, after, is_live=before.is_live)
        if before.is_live:
            self.generation = written
        return written

    async def go_live(self, ready):
        if ready.position.next_block < self.generation.position.next_block:
            return False
        self.live_at = ready
        return True

    async def clear(self):
        pass


class Peer:
    def __init__(self, height):
        self.blocks = height

    async def height(self):
        return self.blocks


def gauges():
    return Gauges(MeterProvider().get_meter("test"))


async def fold_all(folder, generation):
    async with aclosing(folder.fold_from(generation)) as folded:
        return [reached async for reached in folded]


async def test_what_came_before_a_fault_is_written():
    tables = Tables()
    folder = Folder(Source(5, Unavailable("GONE", "The peer is away.")), tables, "bill")

    with pytest.raises(Unavailable):
        await fold_all(folder, tables.generation)

    assert tables.generation.position.next_block == 5
    assert sum(transactions for _, _, transactions in tables.written) == 5
    # Each batch begins where the one before ended.
    assert [start for start, _, _ in tables.written][1:] == [end for _, end, _ in tables.written][
        :-1
    ]


async def test_a_gap_is_counted_and_nothing_behind_it_is_folded():
    tables, told = Tables(), gauges()
    source = Source(3, ChainBroken(3, 5, "a block is missing"))
    follower = Follower(source, Peer(9), tables, "bill", told)
    following = asyncio.create_task(follower.run())

    async def counted():
        return told.gaps > 0

    try:
        await until(counted)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    assert tables.generation.position.next_block == 3


async def test_a_follower_whose_generation_was_replaced_begins_with_the_new_one():
    tables = Tables()
    tables.lose_next = True
    follower = Follower(Source(2), Peer(2), tables, "bill", gauges())
    following = asyncio.create_task(follower.run())

    async def caught_up():
        return tables.generation.position.next_block == 2

    try:
        await until(caught_up)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_a_rebuild_goes_live_only_when_it_has_come_as_far_as_what_is_read():
    tables = Tables()
    tables.generation = Generation(1, Position(3, b"x"), is_live=True)

    blocks, acts = await rebuild(Folder(Source(4), tables, "bill"), tables, Peer(4))

    assert (blocks, acts) == (4, 4)
    assert tables.live_at.position.next_block == 4


class SpeechlessBlocks(Blocks):
    """A peer whose stream tells two blocks and then stays open without a word."""

    def __init__(self, height):
        self._height = height
        self._silent_seconds = 0.01

    async def _told(self, position):
        async for told in Source(2).stream(position):
            yield told


async def test_a_stream_that_stopped_speaking_behind_its_peer_is_begun_again():
    told = []

    with pytest.raises(PeerUnavailable):
        await _listen(SpeechlessBlocks(Peer(3).height), told)

    assert told == [1, 2]


async def _listen(blocks, told):
    async for _, position in blocks.stream(Position()):
        told.append(position.next_block)


def test_being_level_is_no_lag_and_being_behind_is_counted_from_when_it_began():
    told = gauges()
    told.reached(Generation(1, Position(4, b""), is_live=True))
    told.peer_has(4, time.monotonic())
    level = told.lag()
    told.peer_has(6, time.monotonic() - 2)
    behind = told.lag()
    told.peer_has(7, time.monotonic())
    still = told.lag()
    told.reached(Generation(1, Position(7, b""), is_live=True))

    assert (level.blocks, level.seconds) == (0, 0.0)
    assert behind.blocks == 2
    assert 2 <= behind.seconds < 10
    assert still.blocks == 3
    assert still.seconds >= 2
    assert told.lag().blocks == 0
