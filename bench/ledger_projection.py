"""L7: the whole chain folded again ÷ the same acts committed live; and how far the live fold lags.

Live is what the load generator gets through while the projection follows. A rebuild folds all
that is on the chain by then, as `make rebuild-projection` does, and is timed by itself.
"""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from bench.baseline import load
from bench.harness import ROUNDS, Figure, figure
from bench.verifying import SAMPLE
from foundation.runtime.settings import load_settings
from ledger.client.blocks import Position
from ledger.projection.fold import written_in
from ledger.projection.program import Peer, open_peer
from ledger.projection.settings import PART, ProjectionSettings
from local import postgres
from local.part import settings_of
from local.places import ROOT

WORKERS: Final = 64
SECONDS: Final = 4
_TENTH: Final = 4
_LOOK_SECONDS: Final = 0.002
_RATE: Final = re.compile(r"([\d,]+) a second")


@dataclass(slots=True)
class Lags:
    """How long after a block was committed at the own peer its rows were there, in ms."""

    found: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Answer a quantile; 0 where no block came."""
        ordered = sorted(self.found)
        return ordered[int(share * (len(ordered) - 1))] if ordered else 0.0

    def told(self) -> str:
        """Say the middle and the slow."""
        return (
            f"p50 {self.quantile(0.5):.0f} ms, p99 {self.quantile(0.99):.0f}, of "
            f"{len(self.found)} blocks"
        )


async def measure(programs: load.Programs) -> AsyncIterator[Figure]:
    """Measure on the running instance: first the lag at a tenth of the load, then the rounds."""
    quiet, full = Lags(), Lags()
    async with _lag(quiet):
        await load.drive(programs, "transfer", workers=_TENTH, seconds=2 * SECONDS)
    pairs: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        async with _lag(full):
            live = await load.drive(
                programs, "transfer", workers=WORKERS, seconds=SECONDS, warm_up_seconds=2
            )
        pairs.append((await asyncio.to_thread(_rebuild), live.per_second))
    bytes_told = await _bytes_on_chain()
    yield figure(
        "L7",
        "acts folded again from block 0 ÷ acts committed live",
        pairs,
        unit="tx/s",
        target=5.0,
        notes=(
            f"{WORKERS} acts under way while the projection follows",
            bytes_told,
        ),
    )
    yield figure(
        "L7L",
        "live lag of the projection, p99, from commit at the own peer to rows, at full load",
        [(full.quantile(0.99), quiet.quantile(0.99))],
        unit="ms",
        target=100.0,
        reach="at most",
        compared=lambda ours, _: ours,
        notes=(
            f"at full load {full.told()}; at about a tenth {quiet.told()} (the second number)",
        ),
    )


def _rebuild() -> float:
    done = subprocess.run(
        [sys.executable, "-m", "local.part", "projection", "rebuild"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    rate = _RATE.search(done.stdout)
    if rate is None:
        raise RuntimeError(f"the rebuild said: {done.stdout}")
    return float(rate.group(1).replace(",", ""))


class _lag:  # noqa: N801 - used as a block
    """Watch blocks come at the own peer and their rows in the tables while the block runs."""

    def __init__(self, lags: Lags) -> None:
        self._lags = lags
        self._stack = AsyncExitStack()
        self._came: dict[int, float] = {}
        self._watching: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        settings = load_settings(ProjectionSettings, PART, settings_of(PART))
        peer = await self._stack.enter_async_context(open_peer(settings))
        rows = await asyncpg.connect(postgres.url(PART))
        self._stack.push_async_callback(rows.close)
        row = await rows.fetchrow("SELECT next_block, head_hash FROM generations WHERE is_live")
        begun = asyncio.Event()
        at = Position(row["next_block"], row["head_hash"])
        self._watching = [
            asyncio.create_task(self._blocks(peer, begun, at)),
            asyncio.create_task(self._rows(rows)),
        ]
        await begun.wait()

    async def __aexit__(self, *_: object) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await self._stack.aclose()

    async def _blocks(self, peer: Peer, begun: asyncio.Event, at: Position) -> None:
        head = await peer.gateway.height()
        begun.set()
        async for block, _ in peer.blocks.stream(at):
            if block.header.number >= head:
                self._came[block.header.number] = time.perf_counter()

    async def _rows(self, rows: Any) -> None:  # noqa: ANN401 - asyncpg has no types
        while True:
            folded = await rows.fetchval("SELECT next_block FROM generations WHERE is_live")
            now = time.perf_counter()
            for number in [each for each in self._came if each < folded]:
                self._lags.found.append((now - self._came.pop(number)) * 1000)
            await asyncio.sleep(_LOOK_SECONDS)


async def _bytes_on_chain() -> str:
    """Say what a transaction of each function weighs in its block."""
    settings = load_settings(ProjectionSettings, PART, settings_of(PART))
    sizes: dict[str, list[int]] = {}
    async with open_peer(settings) as peer:
        height = await peer.gateway.height()
        async for block, position in peer.blocks.stream(Position()):
            for written in written_in(block, settings.chaincode):
                size = len(block.data.data[written.place])
                sizes.setdefault(_kind(written.writes), []).append(size)
            if position.next_block >= height:
                break
    told = ", ".join(
        f"{kind} {statistics.median(each):,.0f}" for kind, each in sorted(sizes.items())
    )
    return f"bytes on the chain per transaction: {told}; {_sample_bill()}"


def _sample_bill() -> str:
    """Say what one whole bill weighs: the shipped sample's acts, envelopes as in their blocks."""
    acts = json.loads((SAMPLE / "bundle.json").read_bytes())["acts"]
    size = sum(len(act["transaction"]) * 3 // 4 for act in acts)
    return f"the sample's bill, {len(acts)} acts: {size:,}"


def _kind(writes: tuple[tuple[str, bytes], ...]) -> str:
    keys = [key for key, _ in writes]
    if any(key.startswith("PARTY_") for key in keys):
        return "registration"
    return "issue" if any(key.endswith("_0000000001") for key in keys) else "transfer"
