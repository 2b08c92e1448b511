"""L2: our Python client ÷ Fabric's own Go client, for the same function with as many under way.

Both create plain assets through the operator's peer and wait for every commit. Ours goes the
whole way that an act goes: endorsement by named organisations, submit, commit status.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bench.baseline import load, plain
from bench.harness import Figure, compare
from bench.instance import Costs, instance
from ledger.client.courier import Courier, Errand, NoEnvelopes
from ledger.client.gateway import Gateway, open_peer_channel
from ledger.client.identity import Identity
from ledger.client.organisations import Choice
from ledger.client.proposal import Proposer
from ledger.network.description import read_network
from local.ledger_network import network_directory, peer_address

WORKERS: Final = 64
SECONDS: Final = 6
_WARM_UP_SECONDS: Final = 3


async def measure() -> Figure:
    """Measure L2 on an instance of its own."""
    programs = load.build()
    with instance("network"), plain.plain_chaincode(programs.asset):
        our_costs, its_costs = Costs(), Costs()

        async def ours() -> float:
            with our_costs.counted():
                per_second = await drive()
            our_costs.handled(per_second * (SECONDS + _WARM_UP_SECONDS))
            return per_second

        async def baseline() -> float:
            with its_costs.counted():
                found = await load.drive(
                    programs, "create-asset", workers=WORKERS, seconds=SECONDS
                )
            its_costs.handled(found.per_second * (SECONDS + _WARM_UP_SECONDS))
            return found.per_second

        figure = await compare(
            "L2",
            "transactions by our Python client ÷ by Fabric's Go client",
            ours,
            baseline,
            unit="tx/s",
            target=0.70,
        )
        return replace(
            figure,
            notes=(
                f"{WORKERS} under way on both sides, each awaiting its commit",
                f"Python: {our_costs.told('transaction', 8)}",
                f"Go: {its_costs.told('transaction', 8)}",
            ),
        )


async def drive(seconds: int = SECONDS, warm_up_seconds: int = _WARM_UP_SECONDS) -> float:
    """Send for a while, and answer how many a second were committed after the warm-up."""
    committed = 0
    async with _courier() as courier:
        begin = time.perf_counter() + warm_up_seconds
        end = begin + seconds

        async def work() -> None:
            nonlocal committed
            while time.perf_counter() < end:
                errand = Errand(secrets.token_hex(16), "CreateAsset", (secrets.token_hex(16),))
                await courier.carry(errand, _choices, _head_unchanged)
                committed += begin < time.perf_counter() < end

        await asyncio.gather(*(work() for _ in range(WORKERS)))
    return committed / seconds


@asynccontextmanager
async def _courier() -> AsyncIterator[Courier]:
    network = read_network()
    operator = network.organisations[0]
    place = network_directory() / operator.id
    tls = place / "client" / "tls"
    async with open_peer_channel(
        peer_address(operator), place / "tls-ca.pem", tls / "client.crt", tls / "client.key"
    ) as channel:
        identity = Identity.from_files(
            operator.msp_id, place / "client" / "certificate.pem", place / "client" / "key.pem"
        )
        proposer = Proposer(identity, network.channel, plain.NAME)
        yield Courier(Gateway(channel, proposer, lambda: datetime.now(UTC)), NoEnvelopes())


async def _choices() -> list[Choice]:
    return [load.ENDORSERS]


async def _head_unchanged() -> bool:
    return False  # nothing races for a new asset
