"""Changed bundles by the hundred thousand, judged by both verifiers, on every core.

`python -m tests.attacks.mutated --count 1000000 [--seed N] [--from M]`: no changed bundle may be
accepted by either verifier, and neither may fail otherwise than by saying why. A seed gives the
same changes again, whatever the number of cores; a run that was broken off goes on with `--from`.
"""

import argparse
import concurrent.futures
import functools
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

from onebill_verify import PublicKey, Transaction, bundle

sys.path.insert(0, str(Path(__file__).parents[2] / "proof" / "web" / "tests"))
# The programs of the second verifier's tests lie outside every package.
from engines import node
from mutations import run

# A share begins with an engine of its own: what both sides remember stays bounded.
SHARE = 5_000
_SHARES_OF_A_WORKER = 8


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="make campaign", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--from", type=int, default=0, dest="first", help="how many are done")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    shares = [
        (chosen.seed + number, min(SHARE, chosen.count - number * SHARE))
        for number in range(chosen.first // SHARE, -(-chosen.count // SHARE))
    ]
    print(
        f"seed {chosen.seed}: changed bundles {chosen.first} to {chosen.count}, "
        f"{chosen.jobs} workers",
        flush=True,
    )
    begun, drawn, judged = time.monotonic(), chosen.first // SHARE * SHARE, 0
    reasons, faults, differ = Counter(), [], 0
    for (_, count), tally in _judged(shares, chosen.jobs):
        drawn, judged = drawn + count, judged + tally.judged
        reasons.update(tally.reasons)
        differ += tally.other_reasons.total()
        faults += tally.faults
        rate = judged / (time.monotonic() - begun)
        print(
            f"{judged:9} judged, {rate:.0f} a second, {len(faults)} accepted; "
            f"goes on with --seed {chosen.seed} --from {drawn}",
            flush=True,
        )
    for reason, many in reasons.most_common():
        print(f"{many:9} {reason}")
    print(f"{judged} judged by both, {differ} of them refused for two different reasons")
    for fault in faults:
        print(f"ACCEPTED: {fault}")
    return 1 if faults else 0


def _judged(shares, jobs):
    """Judge all shares in order; each round has new workers, whose memory ends with it."""
    spawn = multiprocessing.get_context("spawn")
    many = jobs * _SHARES_OF_A_WORKER
    for first in range(0, len(shares), many):
        some = shares[first : first + many]
        with concurrent.futures.ProcessPoolExecutor(jobs, spawn) as pool:
            yield from zip(some, pool.map(_judge, *zip(*some, strict=True)), strict=True)


def _judge(seed, count):
    _remember()
    with node() as engine:
        engine.ask("everythingOnce")
        return run(engine, count, seed)


def _remember():
    """Read and verify once what the bundles share; both are functions of bytes alone."""
    if hasattr(Transaction.parse, "cache_info"):
        return
    Transaction.parse = functools.lru_cache(maxsize=256)(Transaction.parse)
    bundle.unb64u = functools.lru_cache(maxsize=256)(bundle.unb64u)
    PublicKey._verifies = functools.lru_cache(maxsize=4096)(PublicKey._verifies)


if __name__ == "__main__":
    sys.exit(main())
