"""`python -m bench.ledger [PART …]`: the ledger's figures in one run of at most twelve minutes.

Parts: proof (L5), projection (L7), acts (L1 to L4), latency (L3 at 20 ms), ordering (with acts:
SmartBFT against Raft); all of them if none is named.

Both sides of every ratio are measured in turn, round by round, on the same network; what cannot
be (another ordering, another block timeout) is measured on a network of its own in the same run
and said to be. Prints a table and writes build/bench/ID.json.
"""

import asyncio
import os
import statistics
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import ledger_client, ledger_projection, verifying
from bench.baseline import load, plain
from bench.harness import ROUNDS, Figure, figure, row, write
from bench.instance import Costs, instance, stop
from ledger.network.description import read_network
from local.settings import settings

FOLDER: Final = Path("build/bench")
WORKERS: Final = 64
SECONDS: Final = 4
WARM_UP_SECONDS: Final = 2
# Raft, blocks of 100 or this long, unless an instance says otherwise.
_SHORT_TIMEOUT: Final = "20ms"

# What one act makes peers, orderer and client sign and verify: each of E endorsers verifies the
# proposal and signs its endorsement; the orderer verifies the envelope; P peers verify envelope
# and endorsements; the gateway's peer verifies the question for the commit; the client signs
# proposal, envelope and that question.
_ENDORSERS: Final = 2
_CLIENT_SIGNATURES: Final = 3
_SETTLING_TRIES: Final = 30


@dataclass(slots=True)
class Rounds:
    """What the rounds on the first network found, one entry a round."""

    assets: list[load.Measured] = field(default_factory=list)
    acts: list[load.Measured] = field(default_factory=list)
    rotated: list[load.Measured] = field(default_factory=list)
    private: list[load.Measured] = field(default_factory=list)
    by_python: list[float] = field(default_factory=list)
    floors: list[load.Floor] = field(default_factory=list)
    costs: Costs = field(default_factory=Costs)
    act_costs: list[dict[str, float]] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """What the parts of one run share."""

    programs: load.Programs
    rounds: Rounds | None = None


async def _proof(_: Run) -> AsyncIterator[Figure]:
    yield await verifying.measure()


async def _projection(run: Run) -> AsyncIterator[Figure]:
    with instance("projection"):
        async for one in ledger_projection.measure(run.programs):
            yield one


async def _acts(run: Run) -> AsyncIterator[Figure]:
    with instance("network"), plain.plain_chaincode(run.programs.asset):
        rounds = await _rounds(run.programs)
        run.rounds = rounds
        for one in _figures(rounds):
            yield one
        yield await _latency(run.programs, rounds)
        yield await _fewer_peers(run.programs)


async def _latency_of_20_ms(run: Run) -> AsyncIterator[Figure]:
    with instance("network", BATCH_TIMEOUT=_SHORT_TIMEOUT):
        yield await _short_latency(run.programs)


async def _orderers(run: Run) -> AsyncIterator[Figure]:
    if run.rounds is not None:
        with instance("network", ORDERING="bft"):
            yield await _ordering(run.programs, run.rounds)


PARTS: Final[dict[str, Callable[[Run], AsyncIterator[Figure]]]] = {
    "proof": _proof,
    "projection": _projection,
    "acts": _acts,
    "latency": _latency_of_20_ms,
    "ordering": _orderers,
}


async def _rounds(programs: load.Programs) -> Rounds:
    """Drive each workload in turn: A B C D E, A B C D E, after one round that is thrown away."""
    rounds = Rounds()

    async def drive(workload: load.Workload) -> load.Measured:
        return await load.drive(
            programs,
            workload,
            workers=WORKERS,
            seconds=SECONDS,
            warm_up_seconds=WARM_UP_SECONDS,
        )

    await drive("create-asset")
    await drive("transfer")
    for _ in range(ROUNDS):
        rounds.assets.append(await drive("create-asset"))
        costs = Costs()
        with costs.counted(), rounds.costs.counted():
            acts = await drive("transfer")
        rounds.acts.append(acts)
        costs.handled(acts.all)
        rounds.costs.handled(acts.all)
        rounds.act_costs.append(_of_the_ledger(costs.each()))
        rounds.floors.append(await load.floor(programs))
        rounds.rotated.append(await drive("rotate"))
        rounds.by_python.append(await ledger_client.drive(SECONDS, WARM_UP_SECONDS))
        rounds.private.append(await drive("create-private-asset"))
    return rounds


def _figures(rounds: Rounds) -> list[Figure]:
    assets = [one.per_second for one in rounds.assets]
    acts = [one.per_second for one in rounds.acts]
    rotated = [one.per_second for one in rounds.rotated]
    private = [one.per_second for one in rounds.private]
    under_way = f"{WORKERS} under way on every side, each awaiting its commit; {_blocks()}"
    return [
        figure(
            "L1",
            "acts recorded ÷ assets created by plain chaincode",
            list(zip(acts, assets, strict=True)),
            unit="tx/s",
            target=0.80,
            notes=(
                under_way,
                f"acts: {_told(rounds.acts)}",
                f"assets: {_told(rounds.assets)}",
            ),
        ),
        figure(
            "L1R",
            "acts that change the bill's policy, over three organisations ÷ assets",
            list(zip(rotated, assets, strict=True)),
            unit="tx/s",
            target=0.60,
            notes=(
                (
                    "operator's party, port's, carrier's and round again; the carrier's need "
                    "three endorsers, the others two"
                ),
            ),
        ),
        figure(
            "L2",
            "assets by our Python client ÷ by Fabric's Go client",
            list(zip(rounds.by_python, assets, strict=True)),
            unit="tx/s",
            target=0.70,
            notes=(under_way,),
        ),
        _efficiency(rounds),
        figure(
            "LP",
            "assets with a copy in an implicit collection ÷ without",
            list(zip(private, assets, strict=True)),
            unit="tx/s",
        ),
    ]


def _efficiency(rounds: Rounds) -> Figure:
    """L4: what an act costs all processes ÷ what its signatures alone cost."""
    peers = len(read_network().organisations)
    verifications = _ENDORSERS + 1 + 1 + peers * (1 + _ENDORSERS)
    signatures = _CLIENT_SIGNATURES + _ENDORSERS
    floors = [verifications * one.verify_us + signatures * one.sign_us for one in rounds.floors]
    whole = [sum(costs.values()) for costs in rounds.act_costs]
    floor = statistics.median(floors)
    verify = statistics.median(one.verify_us for one in rounds.floors)
    sign = statistics.median(one.sign_us for one in rounds.floors)
    middle = {
        name: statistics.median(costs.get(name, 0.0) for costs in rounds.act_costs)
        for name in rounds.act_costs[0]
    }
    per_organisation = []
    for each in read_network().organisations:
        spent = sum(cost for name, cost in middle.items() if name.endswith(f"-{each.id}"))
        verified = 1 + _ENDORSERS
        is_endorser = each.msp_id in load.ENDORSERS
        # The operator's peer is the gateway, and asked for the commit.
        verified += is_endorser + (each.id == "operator")
        own = verified * verify + is_endorser * sign
        per_organisation.append(f"{each.id} {spent:,.0f} µs, {spent / own:.1f} times its own")
    return figure(
        "L4",
        "processor time of an act ÷ that of its signatures",
        list(zip(whole, floors, strict=True)),
        unit="µs",
        target=6.0,
        reach="at most",
        notes=(
            (
                f"floor: {verifications} verifications and {signatures} signatures, "
                f"{_ENDORSERS} endorsers and {peers} peers: {floor:,.0f} µs"
            ),
            "; ".join(per_organisation),
            ", ".join(f"{name} {cost:,.0f}" for name, cost in sorted(middle.items())),
        ),
    )


def _of_the_ledger(costs: dict[str, float]) -> dict[str, float]:
    """Leave out what is not there for the act: supervisor, database, the measuring itself."""
    parts = ("peer-", "orderer", "chaincode-")
    kept = {name: cost for name, cost in costs.items() if name.startswith(parts)}
    return {**kept, "client": costs.get("its programs", 0.0)}


async def _latency(programs: load.Programs, rounds: Rounds) -> Figure:
    """L3: the middle commit at a tenth of the load, over the time a lone act waits for a block."""
    timeout = _milliseconds(settings()["BATCH_TIMEOUT"])
    tenth = statistics.median(one.per_second for one in rounds.acts) / 10
    # As many as keep that rate, where each waits for a block and a little.
    workers = max(1, round(tenth * (timeout + 20) / 1000))
    runs = [
        await load.drive(programs, "transfer", workers=workers, seconds=SECONDS, warm_up_seconds=1)
        for _ in range(ROUNDS)
    ]
    return figure(
        "L3",
        "median commit at a tenth of the load, less the BatchTimeout",
        [(one.median_ms, timeout) for one in runs],
        unit="ms",
        target=25.0,
        reach="at most",
        compared=lambda ours, waited: ours - waited,
        notes=(f"{workers} under way, {_told(runs)}", f"{runs[0].per_second:.0f} acts/s"),
    )


async def _short_latency(programs: load.Programs) -> Figure:
    """L3 again, whole, where a block waits for 20 ms at most."""
    runs = [
        await load.drive(programs, "transfer", workers=1, seconds=SECONDS, warm_up_seconds=1)
        for _ in range(ROUNDS)
    ]
    timeout = _milliseconds(_SHORT_TIMEOUT)
    return figure(
        "L3B",
        "median commit at a BatchTimeout of 20 ms",
        [(one.median_ms, timeout) for one in runs],
        unit="ms",
        target=50.0,
        reach="at most",
        compared=lambda ours, _: ours,
        notes=(f"one at a time on a network of its own, {_told(runs)}",),
    )


async def _settled(programs: load.Programs) -> None:
    """Wait until peers that lost others know again who endorses."""
    for _ in range(_SETTLING_TRIES):
        try:
            await load.drive(programs, "create-asset", workers=1, seconds=1, warm_up_seconds=1)
        except load.LoadError:
            await asyncio.sleep(1)
        else:
            return


async def _fewer_peers(programs: load.Programs) -> Figure:
    """Two organisations against four: what the two that do not endorse cost the others."""

    async def drive() -> float:
        found = await load.drive(
            programs,
            "create-asset",
            workers=WORKERS,
            seconds=SECONDS,
            warm_up_seconds=WARM_UP_SECONDS,
        )
        return found.per_second

    four = [await drive() for _ in range(3)]
    stop("peer-carrier", "peer-partnerport", "chaincode-carrier", "chaincode-partnerport")
    await _settled(programs)
    two = [await drive() for _ in range(3)]
    return figure(
        "L1T",
        "assets with the peers of two organisations ÷ of four",
        list(zip(two, four, strict=True)),
        unit="tx/s",
        notes=("one after the other: the two others' peers are stopped in between",),
    )


async def _ordering(programs: load.Programs, rounds: Rounds) -> Figure:
    """SmartBFT against Raft: the same acts on a network that is ordered by four."""
    runs = [
        await load.drive(
            programs,
            "transfer",
            workers=WORKERS,
            seconds=SECONDS,
            warm_up_seconds=WARM_UP_SECONDS,
        )
        for _ in range(ROUNDS)
    ]
    return figure(
        "L1B",
        "acts ordered by four SmartBFT orderers ÷ by one Raft orderer",
        [(one.per_second, raft.per_second) for one, raft in zip(runs, rounds.acts, strict=True)],
        unit="tx/s",
        notes=(f"on networks of their own, one after the other; {_told(runs)}",),
    )


def _blocks() -> str:
    return f"blocks of {settings()['BATCH_MESSAGES']} or {settings()['BATCH_TIMEOUT']}"


def _milliseconds(text: str) -> float:
    return float(text.removesuffix("ms"))


def _told(runs: list[load.Measured]) -> str:
    middle = sorted(runs, key=lambda run: run.median_ms)[len(runs) // 2]
    return f"p50 {middle.median_ms:.0f} ms, p95 {middle.p95_ms:.0f}, p99 {middle.p99_ms:.0f}"


async def main(wanted: list[str]) -> int:
    """Print and write what is measured; a part that fails hides no other."""
    unknown = set(wanted) - set(PARTS)
    if unknown:
        print(f"There is no part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}.")
        return 2
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} at the beginning", flush=True)
    run = Run(load.build())
    code = 0
    for name, part in PARTS.items():
        if wanted and name not in wanted:
            continue
        try:
            async for one in part(run):
                write(one, FOLDER)
                print(row(one), flush=True)
                for note in one.notes:
                    print(f"    {note}", flush=True)
        except Exception:  # noqa: BLE001 - one that cannot be measured hides no other
            traceback.print_exc()
            print(f"{name} could not be measured whole", flush=True)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
