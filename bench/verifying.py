"""L5: bundles verified per second on every core ÷ (openssl's verifications ÷ signatures)."""

import asyncio
import multiprocessing
import os
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from unittest.mock import patch

from onebill_verify import Trust, verify
from onebill_verify.keys import PublicKey

from bench.harness import Figure, compare

SAMPLE: Final = Path(__file__).resolve().parents[1] / "proof/vectors/sample"
SECONDS: Final = 2
_OPENSSL_ROW: Final = re.compile(r"^\s*256 bits ecdsa \(nistp256\).*\s([\d.]+)$", re.MULTILINE)


async def measure() -> Figure:
    """Measure L5 on the sample bundle."""
    bundle = (SAMPLE / "bundle.json").read_bytes()
    trust = Trust.parse((SAMPLE / "roots.json").read_bytes())
    cores = os.cpu_count() or 1
    signatures = _count_signatures(bundle, trust)

    async def ours() -> float:
        return await asyncio.to_thread(_on_every_core, cores)

    async def baseline() -> float:
        return await asyncio.to_thread(_openssl, cores) / signatures

    return await compare(
        "L5",
        "bundles verified offline ÷ what openssl's verifications allow",
        ours,
        baseline,
        unit="bundles/s",
        target=0.60,
        notes=(
            f"{signatures} signatures and {len(bundle):,} bytes in the bundle",
            f"both sides on {cores} cores, one process each",
        ),
    )


def _count_signatures(bundle: bytes, trust: Trust) -> int:
    checked = 0
    plain = PublicKey._verifies  # noqa: SLF001 - both kinds of signature pass here

    def counting(key: PublicKey, signature: bytes, data: bytes) -> bool:
        nonlocal checked
        checked += 1
        return plain(key, signature, data)

    with patch.object(PublicKey, "_verifies", counting):
        answer = verify(bundle, trust, datetime.now(UTC))
    if not answer.proven:
        raise RuntimeError(f"the sample bundle is not proven: {answer.reason}")
    return checked


def _on_every_core(cores: int) -> float:
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        return sum(pool.map(_verify_for_a_while, range(cores)))


def _verify_for_a_while(_: int) -> float:
    bundle = (SAMPLE / "bundle.json").read_bytes()
    trust = Trust.parse((SAMPLE / "roots.json").read_bytes())
    now = datetime.now(UTC)
    verify(bundle, trust, now)
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        if not verify(bundle, trust, now).proven:
            raise RuntimeError("a good bundle was not proven")
        done += 1
    return done / (time.perf_counter() - started)


def _openssl(cores: int) -> float:
    told = subprocess.run(
        ["openssl", "speed", "-multi", str(cores), "-seconds", str(SECONDS), "ecdsap256"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    row = _OPENSSL_ROW.search(told)
    if row is None:
        raise RuntimeError("openssl speed printed no row for P-256")
    return float(row.group(1))
