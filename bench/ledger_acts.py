"""L1: acts per second on bills whose policy does not change ÷ plain create-asset chaincode.

The same four organisations, channel, batches and load generator; both wait for every commit.
An act is a signed TRANSFER between parties that one organisation vouches for, one bill a
worker, so that no two acts race.
"""

from dataclasses import replace
from typing import Final

from bench.baseline import load, plain
from bench.harness import Figure, compare
from bench.instance import Costs, instance
from local.settings import settings

WORKERS: Final = 64
SECONDS: Final = 6
_WARM_UP_SECONDS: Final = 3  # the load generator's own


async def measure() -> Figure:
    """Measure L1 on an instance of its own."""
    programs = load.build()
    with instance("network"), plain.plain_chaincode(programs.asset):
        costs = {"transfer": Costs(), "create-asset": Costs()}
        latencies: dict[str, list[load.Measured]] = {"transfer": [], "create-asset": []}

        async def drive(workload: load.Workload) -> float:
            with costs[workload].counted():
                found = await load.drive(programs, workload, workers=WORKERS, seconds=SECONDS)
            costs[workload].handled(found.per_second * (SECONDS + _WARM_UP_SECONDS))
            latencies[workload].append(found)
            return found.per_second

        figure = await compare(
            "L1",
            "acts recorded ÷ assets created by plain chaincode",
            lambda: drive("transfer"),
            lambda: drive("create-asset"),
            unit="tx/s",
            target=0.80,
        )
        return replace(
            figure,
            notes=(
                (
                    f"{WORKERS} under way on both sides, each awaiting its commit; blocks of "
                    f"{settings()['BATCH_MESSAGES']} or {settings()['BATCH_TIMEOUT']}"
                ),
                f"acts: {_told(latencies['transfer'])}",
                f"assets: {_told(latencies['create-asset'])}",
                f"acts: {costs['transfer'].told('act', 8)}",
                f"assets: {costs['create-asset'].told('asset', 8)}",
            ),
        )


def _told(runs: list[load.Measured]) -> str:
    middle = sorted(runs, key=lambda run: run.per_second)[len(runs) // 2]
    return f"p50 {middle.median_ms:.0f} ms, p95 {middle.p95_ms:.0f}, p99 {middle.p99_ms:.0f}"
