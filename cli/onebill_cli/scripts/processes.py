"""The running stack's processes, known by pid and start time, for those who want to shoot one."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onebill_cli.environment import Environment

SUPERVISOR: Final = "process-compose"
_START_TIME_FIELD: Final = 19
"""Field 22 of /proc/PID/stat, counted from the state behind the name (proc(5))."""


@dataclass(frozen=True, slots=True)
class Running:
    """One process of the stack."""

    name: str
    pid: int

    def kill(self) -> None:
        """Kill it the hard way: it gets no chance to tidy up."""
        os.kill(self.pid, signal.SIGKILL)


def running(environment: Environment) -> list[Running]:
    """List the long-lived processes of the stack that are alive, the supervisor last."""
    found = []
    for file in sorted((environment.state / "run").glob("*.pid")):
        lines = file.read_text().split()
        if len(lines) < 2 or start_time(int(lines[0])) != lines[1]:  # noqa: PLR2004 - pid, start
            continue
        found.append(Running(file.stem, int(lines[0])))
    return sorted(found, key=lambda process: process.name == SUPERVISOR)


def start_time(pid: int) -> str:
    """Return when a process started, in clock ticks; empty where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[_START_TIME_FIELD]


def wait_restarted(environment: Environment, killed: Running, seconds: float = 60.0) -> bool:
    """Wait until a process of the same name runs again under another pid."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if any(p.name == killed.name and p.pid != killed.pid for p in running(environment)):
            return True
        time.sleep(0.2)
    return False


# On one machine these serve everybody; on many, each organisation has its own.
_SHARED: Final = frozenset({"postgres", "orderer", SUPERVISOR})
_OTHER_MEMBERS: Final = ("-carrier", "-port", "-partnerport")


def is_the_operators(process: Running) -> bool:
    """Whether a process is the operator's: neither another member's nor shared here by all."""
    if process.name == "gateway-carrier":
        return True
    return process.name not in _SHARED and not process.name.endswith(_OTHER_MEMBERS)
