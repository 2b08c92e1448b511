"""Tell a person what is being done, how long it usually takes, and how long it took.

Standard library only.
"""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.places import Trouble

_GIB = 1024**3


@contextmanager
def step(what: str, usually: str = "") -> Iterator[None]:
    """Print `what` before and the seconds after; `usually` is how long it takes as a rule."""
    hint = f" (usually {usually})" if usually else ""
    print(f"  {what}{hint} ", end="", flush=True)
    if not sys.stdout.isatty():
        print(flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"  failed after {time.monotonic() - begun:.0f} s", flush=True)
        raise
    print(f"  done in {time.monotonic() - begun:.1f} s", flush=True)


def need_space(gib: float, place: Path, what: str) -> None:
    """Refuse to begin `what` where less than `gib` GiB are free around `place`.

    Raises:
        Trouble: naming the place, what is free and what is needed.
    """
    free = free_gib(place)
    if free < gib:
        raise Trouble(f"{what} needs {gib:.1f} GiB in {place}, and only {free:.1f} are free.")


def free_gib(place: Path) -> float:
    """Answer the GiB free where `place` is or will be."""
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free / _GIB
