"""An instance of the platform of its own, so that measuring leaves no trace in the demo's.

Its PostgreSQL is as durable as every instance's: fsync, synchronous_commit and
full_page_writes are on.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from local import processes
from local.places import ROOT

STATE: Final = ROOT / ".local" / "bench"


@contextmanager
def instance(*names: str, **settings: str) -> Iterator[None]:
    """Run `names` and what they depend on, everything if there are none, during the block.

    Databases and ledger are empty at the beginning. Within the block `local.settings` and
    `local.places` answer for this instance. `settings` are other values for local/settings.env,
    such as BATCH_TIMEOUT, or for the network, such as ORDERING.
    """
    with _set({"STATE": str(STATE), **settings}):
        _local("down")
        shutil.rmtree(STATE, ignore_errors=True)
        _local("up", *names)
        try:
            yield
        finally:
            _local("down")


def cpu_seconds() -> dict[str, float]:
    """Answer the processor time of every process of the instance so far, children included.

    `caller` is the measuring process itself, `its programs` are those it started and saw end.
    """
    here = psutil.Process()
    own = here.cpu_times()
    spent = {
        "caller": own.user + own.system,
        "its programs": own.children_user + own.children_system,
    }
    for child in here.children(recursive=True):
        spent[child.name()] = spent.get(child.name(), 0.0) + _time(child)
    for known in processes.known():
        try:
            process = psutil.Process(known.pid)
            # The supervisor's children are in this list themselves.
            started = (
                process.children(recursive=True) if known.name != processes.SUPERVISOR else []
            )
            spent[known.name] = sum(_time(each) for each in (process, *started))
        except psutil.NoSuchProcess:  # it ended just now
            continue
    return spent


class Costs:
    """Adds up what each process spends while one side is measured."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}
        self._things = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is spent in a block; `handled` says for how many things."""
        before = cpu_seconds()
        yield
        for name, seconds in cpu_seconds().items():
            spent = seconds - before.get(name, 0.0)
            self._spent[name] = self._spent.get(name, 0.0) + spent

    def handled(self, things: float) -> None:
        """Say how many things the block handled."""
        self._things += things

    def each(self) -> dict[str, float]:
        """Answer what one thing costs, by process, in microseconds of processor time."""
        return {name: spent / self._things * 1e6 for name, spent in self._spent.items()}

    def told(self, thing: str, shown: int = 6) -> str:
        """Say what one thing costs, the dearest processes first."""
        each = self.each()
        dearest = sorted(each.items(), key=lambda item: -item[1])[:shown]
        costs = ", ".join(f"{name} {cost:,.0f}" for name, cost in dearest)
        return f"processor µs per {thing}: {costs}; {sum(each.values()):,.0f} in all"


def _time(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system + spent.children_user + spent.children_system)


@contextmanager
def _set(settings: Mapping[str, str]) -> Iterator[None]:
    names = {f"ONEBILL_{name}": value for name, value in settings.items()}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def stop(*names: str) -> None:
    """Stop some processes of the running instance."""
    _local("stop", *names)


def _local(*words: str) -> None:
    """Run local's own command; its report is shown on the side of the errors."""
    done = subprocess.run(
        [sys.executable, "-m", "local", *words], cwd=ROOT, stdout=sys.stderr, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"`python -m local {' '.join(words)}` failed.")


def certificate(name: str) -> tuple[Path, Path, Path]:
    """Answer certificate, key and roots of a part or member of the instance."""
    tls = STATE / "tls"
    return tls / f"{name}.pem", tls / f"{name}.key", tls / "ca.pem"
