"""The load generator in Go: built here, run as a process, its one line of JSON read back."""

import asyncio
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bench.baseline import plain
from ledger.network.description import read_network
from local.go_tools import go
from local.ledger_network import network_directory, peer_address

_SOURCE: Final = Path(__file__).parent
_BUILD: Final = Path("build/bench/baseline")

# The fewest that the policy of both chaincodes asks for, named by every client of ours.
ENDORSERS: Final = ("OperatorMSP", "PortMSP")

Workload = Literal["create-asset", "create-private-asset", "transfer", "rotate"]
_OF_ASSETS: Final = ("create-asset", "create-private-asset")


@dataclass(frozen=True, slots=True)
class Programs:
    """The load generator, the plain chaincode and the signatures' floor, built."""

    load: Path
    asset: Path
    floor: Path


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run found; latencies in milliseconds, from sending to commit.

    `all` counts what was committed before and after measuring too.
    """

    per_second: float
    transactions: int
    all: int
    median_ms: float
    p95_ms: float
    p99_ms: float


class LoadError(Exception):
    """The load generator failed; the message has its own words."""


def build() -> Programs:
    """Build both programs with the Go of the platform; seconds, or none."""
    _BUILD.mkdir(parents=True, exist_ok=True)
    place = _BUILD.resolve()
    subprocess.run(
        [str(go()), "build", "-trimpath", "-o", f"{place}/", "./load", "./asset", "./floor"],
        cwd=_SOURCE,
        check=True,
    )
    return Programs(load=place / "load", asset=place / "asset", floor=place / "floor")


async def drive(
    programs: Programs,
    workload: Workload,
    *,
    workers: int = 64,
    seconds: int = 10,
    warm_up_seconds: int = 3,
    endorsers: tuple[str, ...] = ENDORSERS,
) -> Measured:
    """Drive the operator's peer for `seconds` after a warm-up, `workers` transactions at once.

    Assets want `plain.plain_chaincode` to be running; `transfer` and `rotate` make their own
    parties and one bill a worker, before time is taken.

    Raises:
        LoadError: a transaction failed, or nothing could be reached.
    """
    network = read_network()
    operator = network.organisations[0]
    place = network_directory() / operator.id
    carrier, port = (
        next(one for one in network.organisations if one.id == name)
        for name in ("carrier", "port")
    )
    process = await asyncio.create_subprocess_exec(
        str(programs.load),
        *("-workload", workload, "-workers", str(workers)),
        *("-warm-up", f"{warm_up_seconds}s", "-measure", f"{seconds}s"),
        *("-peer", peer_address(operator), "-msp", operator.msp_id, "-channel", network.channel),
        *("-endorse", ",".join(endorsers)),
        *("-chaincode", plain.NAME if workload in _OF_ASSETS else network.chaincode),
        *("-tls-roots", str(place / "tls-ca.pem")),
        *("-tls-certificate", str(place / "client" / "tls" / "client.crt")),
        *("-tls-key", str(place / "client" / "tls" / "client.key")),
        *("-certificate", str(place / "client" / "certificate.pem")),
        *("-key", str(place / "client" / "key.pem")),
        *("-carrier-peer", peer_address(carrier)),
        *("-carrier-keys", str(network_directory() / carrier.id)),
        *("-port-peer", peer_address(port)),
        *("-port-keys", str(network_directory() / port.id)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complaint = await process.communicate()
    if process.returncode != 0:
        raise LoadError(complaint.decode() or told.decode())
    found = json.loads(told)
    return Measured(
        per_second=found["per_second"],
        transactions=found["transactions"],
        all=found["all"],
        median_ms=found["median_ms"],
        p95_ms=found["p95_ms"],
        p99_ms=found["p99_ms"],
    )


@dataclass(frozen=True, slots=True)
class Floor:
    """What one signature costs, in microseconds of processor time."""

    verify_us: float
    sign_us: float


async def floor(programs: Programs) -> Floor:
    """Measure what one verification and one signature cost, a second each."""
    process = await asyncio.create_subprocess_exec(
        str(programs.floor), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    return Floor(**json.loads(told))
