"""Folds blocks as they come: batches while it is far behind, each block at once when it is not."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterable
from contextlib import aclosing
from typing import Any, Final, Protocol

from foundation.kernel.errors import DomainError
from ledger.client.blocks import ChainBroken, Position
from ledger.projection.fold import Changes, fold
from ledger.projection.gauges import Gauges
from ledger.projection.store import Generation, Projected, Superseded

_log = logging.getLogger(__name__)

# So many blocks wait at most; a batch is as many of them as there are, up to so many bytes.
_BLOCKS_MAX: Final = 64
_BATCH_BYTES: Final = 4 * 1024 * 1024
_AT_ONCE_BYTES: Final = 512 * 1024
_PAUSE_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 2.0

Come = tuple[Any, Position]
"""A block, Fabric's common.Block, and the position after it."""


class BlockSource(Protocol):
    """What is needed of the peer."""

    def stream(self, position: Position) -> AsyncIterator[Come]:
        """Stream blocks from a position on."""
        ...


class PeerHeight(Protocol):
    """What is needed to know how far behind one is."""

    async def height(self) -> int:
        """Answer how many blocks the own peer has."""
        ...


class Folder:
    """Folds a stream of blocks into one generation."""

    def __init__(self, source: BlockSource, projected: Projected, chaincode: str) -> None:
        self._source = source
        self._projected = projected
        self._chaincode = chaincode

    async def fold_from(self, generation: Generation) -> AsyncGenerator[tuple[Generation, int]]:
        """Fold until the stream ends, telling after each batch how far it is, and how many acts.

        While a batch is written the next is read: the database works on one core, we on the
        other.

        Raises:
            ChainBroken, PeerUnavailable, Superseded.
        """
        come: asyncio.Queue[Come | Exception] = asyncio.Queue(_BLOCKS_MAX)
        listening = asyncio.create_task(self._listen(generation.position, come))
        writing: asyncio.Task[Generation] | None = None
        transactions = 0
        try:
            while True:
                if writing is not None and come.empty():
                    generation = await writing
                    writing = None
                    yield generation, transactions
                batch, fault = _taken(await come.get(), come)
                if batch:
                    changes = await self._fold([block for block, _ in batch])
                    for transaction_id in changes.unreadable:
                        _log.error(
                            "members wrote what no act writes; it is passed over",
                            extra={"transaction_id": transaction_id},
                        )
                    if writing is not None:
                        generation = await writing
                        yield generation, transactions
                    transactions = changes.transactions
                    write = self._projected.write(generation, changes, batch[-1][1])
                    writing = asyncio.create_task(write)
                if fault is not None:
                    raise fault
        finally:
            listening.cancel()
            left: list[Awaitable[Any]] = [listening, *([writing] if writing else [])]
            await asyncio.gather(*left, return_exceptions=True)

    async def _fold(self, blocks: list[Any]) -> Changes:
        if _size(blocks) < _AT_ONCE_BYTES:
            # A few milliseconds: less than a busy machine takes to go to a thread and back.
            return fold(blocks, self._chaincode)
        return await asyncio.to_thread(fold, blocks, self._chaincode)

    async def _listen(self, position: Position, come: "asyncio.Queue[Come | Exception]") -> None:
        try:
            async for block in self._source.stream(position):
                await come.put(block)
        except Exception as fault:  # noqa: BLE001 - raised where it is waited for
            await come.put(fault)


class Follower:
    """Keeps the live generation in step with the own peer."""

    def __init__(
        self,
        source: BlockSource,
        peer: PeerHeight,
        projected: Projected,
        chaincode: str,
        gauges: Gauges,
    ) -> None:
        self._folder = Folder(source, projected, chaincode)
        self._peer = peer
        self._projected = projected
        self._gauges = gauges

    async def run(self) -> None:
        """Follow until cancelled; after a fault go on from the checkpoint."""
        while True:
            try:
                generation = await self._projected.live()
                self._gauges.reached(generation)
                async with aclosing(self._folder.fold_from(generation)) as folded:
                    async for reached, transactions in folded:
                        self._gauges.reached(reached, transactions)
            except Superseded:
                _log.info("another fold of the chain is read now")
                continue
            except ChainBroken as broken:
                self._gauges.gap()
                _log.error(
                    "the chain does not go on where the projection ends; look at the peer, or "
                    "rebuild the projection",
                    extra={"reason": broken.reason, **broken.metadata},
                )
            except DomainError as fault:
                _log.info("the stream of blocks broke off", extra={"reason": fault.reason})
            except Exception:  # noqa: BLE001 - whatever failed, it must go on from here
                _log.exception("a block could not be folded")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def measure(self) -> None:
        """Look how far the own peer is, every two seconds, until cancelled."""
        while True:
            # While the peer is away nothing is known, and being behind goes on as it was.
            with contextlib.suppress(DomainError):
                self._gauges.peer_has(await self._peer.height(), time.monotonic())
            await asyncio.sleep(_LOOK_SECONDS)


def _taken(
    first: Come | Exception, come: "asyncio.Queue[Come | Exception]"
) -> tuple[list[Come], Exception | None]:
    """Take what has come, as far as one batch may go."""
    batch: list[Come] = []
    size = 0
    found = first
    while True:
        if isinstance(found, Exception):
            return batch, found
        batch.append(found)
        size += _size([found[0]])
        if size >= _BATCH_BYTES or come.empty():
            return batch, None
        found = come.get_nowait()


def _size(blocks: Iterable[Any]) -> int:
    return sum(len(data) for block in blocks for data in block.data.data)


async def rebuild(folder: Folder, projected: Projected, peer: PeerHeight) -> tuple[int, int]:
    """Fold the whole chain again beside what is read, then change over; old rows go.

    Returns blocks and transactions folded.

    Raises:
        ChainBroken, PeerUnavailable.
        Superseded: another rebuild began meanwhile.
    """
    generation = await projected.begin()
    goal = await peer.height()
    total = 0
    async with aclosing(folder.fold_from(generation)) as folded:
        async for reached, transactions in folded:
            total += transactions
            if reached.position.next_block >= goal and await projected.go_live(reached):
                await projected.clear()
                return reached.position.next_block, total
    raise Superseded
