"""Changed bundles: flipped, cut, swapped, doubled, spliced; judged by both verifiers alike.

As a program: `python proof/web/tests/mutations.py --count 1000000 [--seed N]`.
"""

import argparse
import json
import random
import sys
from base64 import urlsafe_b64encode
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from engines import Node, node
from onebill_verify import Trust, verify

VECTORS = Path(__file__).parents[2] / "vectors"
# So few that neither pipe is ever full while both sides write.
_AT_ONCE = 100
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class Edit:
    """At byte `at`, `insert` in the place of `remove` bytes."""

    at: int
    remove: int
    insert: bytes

    def of(self, data: bytes) -> bytes:
        """Return the edited bytes."""
        return data[: self.at] + self.insert + data[self.at + self.remove :]

    def told(self) -> dict[str, int | str]:
        """Return what judge.js understands."""
        insert = urlsafe_b64encode(self.insert).rstrip(b"=").decode()
        return {"at": self.at, "remove": self.remove, "insert": insert}


def mutation(data: bytes, chance: random.Random) -> Edit:
    """Draw one change of `data`: of a byte mostly, of a longer piece now and then."""
    length = 1 if chance.random() < 0.7 else chance.randrange(2, 2000)
    length = min(length, len(data) // 3)
    at = chance.randrange(len(data) - 2 * length)
    other = chance.randrange(len(data) - length)
    piece = data[at : at + length]
    return chance.choice(
        [
            Edit(at, 1, bytes([data[at] ^ 1 << chance.randrange(8)])),
            Edit(at, 1, bytes([chance.choice(_LETTERS)])),
            Edit(at, 1, bytes([chance.randrange(256)])),
            Edit(at, length, b""),
            Edit(at, 0, piece),
            Edit(at, 2 * length, data[at + length : at + 2 * length] + piece),
            Edit(at, length, data[other : other + length]),
        ]
    )


@dataclass
class Tally:
    """What came of a run: how many, for which reasons, and where the verifiers differed."""

    judged: int = 0
    same: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    # Both refuse, for different reasons: allowed, and worth a look.
    other_reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, base: str, edit: Edit, first: tuple[bool, str], second: dict[str, Any]) -> None:
        """Add what the two verifiers said of one change."""
        self.judged += 1
        self.reasons[second["reason"]] += 1
        if first[0] or second["proven"]:
            self.faults.append(f"{base}, {edit}: {first}, {second}")
        elif first[1] != second["reason"]:
            self.other_reasons[first[1], second["reason"]] += 1


@dataclass(frozen=True)
class Base:
    """A bundle that is proven, and as of when by whose roots."""

    name: str
    bundle: bytes
    roots: bytes
    now: str


def bases() -> list[Base]:
    """Return the bundles of the vectors that are proven as they stand."""
    file = json.loads((VECTORS / "bundles.json").read_text("utf-8"))
    found = {
        case["base"]: Base(
            case["base"],
            file["bases"][case["base"]].encode(),
            json.dumps(file["roots"][case["roots"]]).encode(),
            case["now"],
        )
        for case in file["cases"]
        if case["proven"] and not case["remove"] and not case["insert"] and "nonce" not in case
    }
    return list(found.values())


def run(engine: Node, count: int, seed: int) -> Tally:
    """Judge `count` changed bundles in both verifiers; a fault names the change."""
    known = bases()
    trusts = {}
    for base in known:
        engine.ask("keep", name=base.name, text=base.bundle.decode())
        engine.ask("keep", name=f"roots of {base.name}", text=base.roots.decode())
        trusts[base.name] = Trust.parse(base.roots)
    chance = random.Random(seed)
    tally = Tally()
    for number in range(0, count, _AT_ONCE):
        base = chance.choice(known)
        drawn = [mutation(base.bundle, chance) for _ in range(min(_AT_ONCE, count - number))]
        edits = [edit for edit in drawn if edit.of(base.bundle) != base.bundle]
        tally.same += len(drawn) - len(edits)
        asked = {"base": base.name, "roots": f"roots of {base.name}", "now": base.now}
        # Both work at the same time, each on its own core.
        for edit in edits:
            engine.send("bundle", edits=[edit.told()], organisations=2, nonce=None, **asked)
        now = datetime.fromisoformat(base.now)
        for edit in edits:
            first = verify(edit.of(base.bundle), trusts[base.name], now)
            tally.add(base.name, edit, (first.proven, first.reason), engine.receive())
    return tally


def main() -> int:
    """Run, and say what came of it; 1 where a changed bundle was accepted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}, {chosen.count} changed bundles, two verifiers", flush=True)
    with node() as engine:
        tally = run(engine, chosen.count, chosen.seed)
    print(f"judged {tally.judged}, left as they were {tally.same}")
    for reason, many in tally.reasons.most_common():
        print(f"  {many:9} {reason}")
    for (one, two), many in tally.other_reasons.most_common():
        print(f"  {many:9} refused by both, first {one}, second {two}")
    for fault in tally.faults:
        print(f"ACCEPTED: {fault}")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
