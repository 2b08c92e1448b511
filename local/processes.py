"""Know this instance's processes by pid and start time, and end those that were left over.

The supervisor's death leaves its children alive under pid 1, so it is not asked: every process
wrote its own file (local/run). Standard library only.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.places import state

SUPERVISOR: Final = "process-compose"
_POLITE_SECONDS: Final = 15.0


@dataclass(frozen=True)
class Known:
    """One process that this instance started."""

    name: str
    pid: int
    started: str

    def alive(self) -> bool:
        """Whether it still runs: the same pid with the same start time."""
        return _start_time(self.pid) == self.started

    def send(self, what: signal.Signals) -> None:
        """Send a signal, if it is still the same process."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, what)


def directory() -> Path:
    """Answer where the pid files lie."""
    return state() / "run"


def record(name: str, pid: int) -> None:
    """Write down a process that was not started through local/run."""
    directory().mkdir(parents=True, exist_ok=True)
    (directory() / f"{name}.pid").write_text(f"{pid}\n{_start_time(pid)}\n")


def known() -> list[Known]:
    """Answer every process that still runs, the supervisor last."""
    found = []
    for path in sorted(directory().glob("*.pid")):
        try:
            pid, started = path.read_text().splitlines()[:2]
        except ValueError:
            continue  # being written just now, or cut by a crash
        process = Known(path.stem, int(pid), started)
        if process.alive():
            found.append(process)
    return sorted(found, key=is_supervisor)


def is_supervisor(process: Known) -> bool:
    """Whether it starts others: the instance's own, or that of a member that joined later."""
    return process.name.startswith(SUPERVISOR)


def end_leftovers() -> list[str]:
    """End every process that still runs and answer their names.

    The supervisor goes first, at once, so that it starts none of the others again; the others
    are asked and have some seconds to finish what they write.
    """
    left = known()
    for process in left:
        if is_supervisor(process):
            process.send(signal.SIGKILL)
    wait_until(lambda: not any(p.alive() for p in left if is_supervisor(p)), 5)
    for process in left:
        # PostgreSQL's polite end waits for its clients; SIGINT does not.
        process.send(signal.SIGINT if process.name == "postgres" else signal.SIGTERM)
    wait_until(lambda: not any(process.alive() for process in left), _POLITE_SECONDS)
    for process in left:
        process.send(signal.SIGKILL)
    wait_until(lambda: not any(process.alive() for process in left), 5)
    for path in directory().glob("*.pid"):
        path.unlink(missing_ok=True)
    return [process.name for process in left]


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Wait until `done()`, at most `seconds`; answer whether it came true."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _start_time(pid: int) -> str:
    """Answer what local/run writes for the process, or nothing if there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            text = stat.read_text()
        except OSError:
            return ""
        # The second field is the program's name in brackets and may hold blanks.
        fields = text.rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    asked = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.rstrip("\n")
