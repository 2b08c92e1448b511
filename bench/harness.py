"""How a ratio is measured: both sides in turn, medians, spread, one file per figure.

A B A B …, at least five rounds, so that a machine that speeds up or slows down does so for
both. The figure is the median of the rounds' own ratios; spread is their least and greatest.
No figure fails anything: a benchmark reports.
"""

import json
import os
import statistics
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

ROUNDS: Final = 5
Side = Callable[[], Awaitable[float]]
"""Runs once and answers its figure, in the unit of the ratio, more is more."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured ratio, as it stands in build/bench/ID.json; without a target only reported."""

    id: str
    what: str
    ours: float
    baseline: float
    ratio: float
    unit: str
    runs: int
    spread: tuple[float, float]
    target: float | None
    reach: str
    commit: str
    cores: int
    load: float
    notes: tuple[str, ...]

    @property
    def reached(self) -> bool:
        """Whether the target was reached, from the side that the target is a bound of.

        Where nothing is asked nothing is short.
        """
        if self.target is None:
            return True
        at_least = self.reach == "at least"
        return self.ratio >= self.target if at_least else self.ratio <= self.target


async def compare(
    identifier: str,
    what: str,
    ours: Side,
    baseline: Side,
    *,
    unit: str,
    target: float,
    reach: str = "at least",
    rounds: int = ROUNDS,
    warm_up: int = 1,
    notes: Sequence[str] = (),
) -> Figure:
    """Measure both sides in turn and answer the ratio ours ÷ baseline."""
    for _ in range(warm_up):
        await ours()
        await baseline()
    pairs = [(await ours(), await baseline()) for _ in range(rounds)]
    return figure(identifier, what, pairs, unit=unit, target=target, reach=reach, notes=notes)


def figure(
    identifier: str,
    what: str,
    pairs: Sequence[tuple[float, float]],
    *,
    unit: str,
    target: float | None = None,
    reach: str = "at least",
    notes: Sequence[str] = (),
    compared: Callable[[float, float], float] = lambda ours, baseline: ours / baseline,
) -> Figure:
    """Make a figure of the rounds' (ours, baseline), each pair measured one after the other.

    `compared` is another way to set them against each other where a ratio would say little, such
    as milliseconds over a timeout.
    """
    found = [compared(mine, other) for mine, other in pairs]
    return Figure(
        id=identifier,
        what=what,
        ours=round(statistics.median(mine for mine, _ in pairs), 3),
        baseline=round(statistics.median(other for _, other in pairs), 3),
        ratio=round(statistics.median(found), 3),
        unit=unit,
        runs=len(pairs),
        spread=(round(min(found), 3), round(max(found), 3)),
        target=target,
        reach=reach,
        commit=_commit(),
        cores=os.cpu_count() or 0,
        load=round(os.getloadavg()[0], 2),
        notes=tuple(notes),
    )


def write(figure: Figure, folder: Path) -> Path:
    """Write one figure as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{figure.id}.json"
    file.write_text(json.dumps(asdict(figure), indent=2, ensure_ascii=False) + "\n")
    return file


def row(figure: Figure) -> str:
    """Return one line for the terminal."""
    if figure.target is None:
        asked = f"{'only reported':21}"
    else:
        mark = "reached" if figure.reached else "short  "
        asked = f"{figure.reach} {figure.target:.2f} {mark}"
    return (
        f"{figure.id:3} {figure.ratio:7.3f} ({figure.spread[0]:.3f} to {figure.spread[1]:.3f}) "
        f"{asked}  "
        f"{figure.ours:,.1f} ÷ {figure.baseline:,.1f} {figure.unit}  {figure.what}"
    )


def _commit() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "unknown"
