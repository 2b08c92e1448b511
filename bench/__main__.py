"""`python -m bench [ID …]`: measures, prints a table, writes build/bench/ID.json."""

import asyncio
import importlib
import sys
import traceback
from pathlib import Path
from typing import Final

from bench.harness import row, write

FIGURES: Final = {
    "L5": "bench.verifying",
    "T1": "bench.tracking",
    "L1": "bench.ledger_acts",
    "L2": "bench.ledger_client",
    "W2": "bench.workflow",
}
FOLDER: Final = Path("build/bench")


async def main(wanted: list[str]) -> int:
    """Measure the figures asked for, all of them if none is named."""
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        print(f"There is no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}.")
        return 2
    for name in wanted or list(FIGURES):
        try:
            figure = await importlib.import_module(FIGURES[name]).measure()
        except Exception as fault:  # noqa: BLE001 - one that cannot be measured hides no other
            traceback.print_exc()
            print(f"{name:3} could not be measured: {type(fault).__name__}: {fault}")
            continue
        write(figure, FOLDER)
        print(row(figure), flush=True)
        for note in figure.notes:
            print(f"    {note}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main([word.upper() for word in sys.argv[1:]])))
