"""Start, watch and stop process-compose, which starts, watches and stops everything else."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.network.description import Organisation
from local import ordering_kind, postgres, processes
from local.go_tools import build_chaincode, home, program
from local.members import members
from local.places import ROOT, Trouble, python, state
from local.settings import settings

COMPOSE: Final = ROOT / "local" / "process-compose.yaml"
MEMBER_COMPOSE: Final = ROOT / "local" / "member.yaml"

_LOG_LINES: Final = 15
_AT_ONCE: Final = 3

# So many ends before the first readiness are no accident.
_RESTARTS_MAX: Final = 6


@dataclass(frozen=True)
class Status:
    """What the supervisor says about one process."""

    name: str
    namespace: str
    status: str
    is_ready: str
    has_probe: bool
    exit_code: int
    restarts: int
    pid: int
    memory: int

    @property
    def failed(self) -> bool:
        """Whether it is a step that ended badly, or a process that cannot stay up."""
        if self.has_probe:
            return self.restarts >= _RESTARTS_MAX and not self.good
        return self.status == "Error" or (self.status == "Completed" and self.exit_code != 0)

    @property
    def good(self) -> bool:
        """Whether it is ready, or a step that ended well, or was not asked for."""
        if self.status == "Disabled":
            return True
        if self.has_probe:
            return self.status == "Running" and self.is_ready == "Ready"
        return self.status == "Completed" and self.exit_code == 0

    @property
    def stopped(self) -> bool:
        """Whether it should run and was stopped by hand."""
        return self.has_probe and self.status in ("Completed", "Error")


def environment() -> dict[str, str]:
    """Answer what local/process-compose.yaml refers to."""
    values = settings()
    bins = {name: home(name) for name in ("fabric", "temporal")}
    tls = state() / "tls"
    probe = f"{program('grpc-health-probe')} -connect-timeout 4s -rpc-timeout 4s"
    names = {
        **values,
        **{f"{name.upper()}_BIN": str(place / "bin") for name, place in bins.items() if place},
        "ROOT": str(ROOT),
        "STATE": str(state()),
        "PYTHON": str(python()),
        "POSTGRES_BIN": str(postgres.binary("")),
        "POSTGRES_ADDRESS": postgres.address(),
        "POSTGRES_HOST": postgres.address().rpartition(":")[0],
        "POSTGRES_PORT": postgres.address().rpartition(":")[2],
        "PROBE": probe,
        "PROBE_PARTS": f"{probe} -tls -tls-ca-cert {tls}/ca.pem -tls-client-cert {tls}/probe.pem "
        f"-tls-client-key {tls}/probe.key -tls-server-name localhost",
        "CHAINCODE": str(build_chaincode()),
    }
    return {**os.environ, **names, "PYTHONUNBUFFERED": "1"}


def start(names: list[str]) -> None:
    """Start the supervisor, detached from this terminal, with `names` and what they depend on.

    An empty list means everything.
    """
    (state() / "logs").mkdir(parents=True, exist_ok=True)
    processes.directory().mkdir(parents=True, exist_ok=True)
    _socket().unlink(missing_ok=True)
    command = [
        *(str(program("process-compose")), "--tui=false"),
        *("--config", str(COMPOSE), "--config", str(ordering_kind.compose_file())),
        *("--unix-socket", str(_socket()), "--ordered-shutdown", "--disable-dotenv"),
        *("--log-file", str(state() / "logs" / "process-compose.log")),
    ]
    # What the processes print is in their own logs; here it would only stand a second time.
    child = subprocess.Popen(
        [*command, "up", *names],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    processes.record(processes.SUPERVISOR, child.pid)


def start_member(member: Organisation, names: list[str]) -> None:
    """Start the processes of a member that joined later, under a supervisor of their own."""
    name = f"{processes.SUPERVISOR}-{member.id}"
    socket_path = _socket(member)
    socket_path.unlink(missing_ok=True)
    child = subprocess.Popen(
        [
            *(str(program("process-compose")), "--tui=false", "--config", str(MEMBER_COMPOSE)),
            *("--unix-socket", str(socket_path), "--ordered-shutdown", "--disable-dotenv"),
            *("--log-file", str(state() / "logs" / f"{name}.log"), "up", *names),
        ],
        cwd=ROOT,
        env={**environment(), "MEMBER": member.id, "MEMBER_MSP": member.msp_id},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    processes.record(name, child.pid)


def wait_for_member(member: Organisation, seconds: float) -> None:
    """Wait until everything of a member that was started is ready.

    Raises:
        Trouble: time ran out; the ends of its logs are printed before.
    """

    def is_good() -> bool:
        known = statuses(member)
        return bool(known) and all(each.good for each in known)

    if not processes.wait_until(is_good, seconds):
        for each in statuses(member):
            if not each.good:
                _show_log(each.name)
        raise Trouble(f"Not everything of {member.id} is ready after {seconds:.0f} s.")


def start_in(member: Organisation, name: str) -> None:
    """Start one more process of a member."""
    _ask("POST", f"/process/start/{name}", at=_socket(member))


def has_member(member: Organisation) -> bool:
    """Whether the member's own supervisor runs."""
    return any(each.name == f"{processes.SUPERVISOR}-{member.id}" for each in processes.known())


def has_started(names: list[str]) -> bool:
    """Whether `names`, or everything if there are none, has been started and nothing failed."""
    known = statuses()
    off = {each.name for each in known if each.status == "Disabled"}
    wanted = set(names) or {each.name for each in known}
    return bool(known) and not any(each.failed for each in known) and not wanted & off


def is_ready() -> bool:
    """Whether everything that was started is ready."""
    known = statuses()
    return bool(known) and all(each.good for each in known)


def wait_until_ready(seconds: float) -> None:
    """Wait until every process is ready and every step done.

    The supervisor looks through all of the machine's processes for every one it is asked about,
    so it is asked about a few at a time, and about all only at the end.

    Raises:
        Trouble: a step failed or time ran out; the end of its log is printed before.
    """
    begun = time.monotonic()
    waiting = _Waiting()
    while not waiting.over:
        waiting.look(time.monotonic() - begun)
        if not running():
            _show_log(processes.SUPERVISOR)
            raise Trouble("The supervisor ended; its log stands above.")
        if time.monotonic() - begun > seconds:
            for name in list(waiting.pending)[:3]:
                _show_log(name)
            late = ", ".join(sorted(waiting.pending)) or "everything"
            raise Trouble(f"Not ready after {seconds:.0f} s: {late}.")
        if not waiting.over:
            time.sleep(0.3)


class _Waiting:
    """What is not ready yet, and who has been told to be."""

    def __init__(self) -> None:
        self.pending: deque[str] = deque()
        self.over = False
        self._told: set[str] = set()

    def look(self, at: float) -> None:
        """Ask about some of those that are pending, or about all if none seems to be."""
        some = [self.pending[place] for place in range(min(_AT_ONCE, len(self.pending)))]
        self.pending.rotate(-len(some))
        answers = _ask_about(some) if some else statuses()
        for each in answers:
            if each.failed:
                _show_log(each.name)
                raise Trouble(f"{each.name} failed; its log is {_log(each.name)}.")
            self._note(each, at)
        self.over = not some and bool(answers) and not self.pending

    def _note(self, each: Status, at: float) -> None:
        if not each.good:
            if each.name not in self.pending:
                self.pending.append(each.name)
            return
        if each.name in self.pending:
            self.pending.remove(each.name)
        if each.status != "Disabled" and each.name not in self._told:
            self._told.add(each.name)
            print(f"  {at:5.1f} s  {each.name}", flush=True)


def stop() -> None:
    """Ask the supervisor to stop everything in order; end by pid what is left afterwards."""
    supervisor = [each for each in processes.known() if each.name == processes.SUPERVISOR]
    # Where it does not answer, its children are ended below.
    with contextlib.suppress(OSError, http.client.HTTPException):
        if supervisor:
            _ask("POST", "/project/stop")
            processes.wait_until(lambda: not supervisor[0].alive(), 10)
    processes.end_leftovers()


def stop_some(names: list[str]) -> None:
    """Stop these processes and keep them stopped, until they or everything is started again.

    Raises:
        Trouble: one of them is unknown.
    """
    unknown = set(names) - {each.name for each in statuses()}
    if unknown:
        raise Trouble(f"Nothing here is called {', '.join(sorted(unknown))}.")
    _ask("PATCH", "/processes/stop", names)
    processes.wait_until(lambda: not {each.name for each in processes.known()} & set(names), 30)


def kill_some(names: list[str]) -> None:
    """End these processes as a dead machine does, and keep them ended until they are started.

    All are frozen first, so that none does anything after that moment; the supervisor is told not
    to start them again; then each is killed. None gets to see the polite signal.

    Raises:
        Trouble: one of them does not run.
    """
    targets = {each.name: each for each in processes.known() if each.name in names}
    missing = set(names) - set(targets)
    if missing:
        raise Trouble(f"Not running: {', '.join(sorted(missing))}.")
    for target in targets.values():
        target.send(signal.SIGSTOP)
    with ThreadPoolExecutor(max_workers=len(targets)) as at_once:
        list(at_once.map(_kill, targets.values()))


def _kill(target: processes.Known) -> None:
    with ThreadPoolExecutor(max_workers=1) as aside:
        # Answered only when the process has ended.
        told = aside.submit(_ask, "PATCH", "/processes/stop", [target.name])
        processes.wait_until(
            lambda: told.done() or _ask_about([target.name])[0].status == "Terminating", 30
        )
        target.send(signal.SIGKILL)
    processes.wait_until(lambda: not target.alive(), 10)


def restart(name: str, between: Callable[[], None]) -> None:
    """Stop a process, do something, start it again, and wait until it is ready."""
    at = _socket_of(name)
    _ask("PATCH", "/processes/stop", [name], at=at)
    processes.wait_until(lambda: name not in {each.name for each in processes.known()}, 30)
    between()
    _ask("POST", f"/process/start/{name}", at=at)
    if not processes.wait_until(lambda: _status(_ask("GET", f"/process/{name}", at=at)).good, 60):
        _show_log(name)
        raise Trouble(f"{name} did not start again; its log is {_log(name)}.")


def start_stopped() -> None:
    """Start what was stopped by hand."""
    for each in statuses():
        if each.stopped:
            _ask("POST", f"/process/start/{each.name}")


def running() -> bool:
    """Whether the supervisor runs."""
    return any(each.name == processes.SUPERVISOR for each in processes.known())


def statuses(member: Organisation | None = None) -> list[Status]:
    """Answer every process's state, or a later member's; nothing if nobody answers."""
    try:
        answer = _ask("GET", "/processes", at=_socket(member))
    except (OSError, http.client.HTTPException):
        return []
    return sorted((_status(each) for each in answer["data"]), key=lambda each: each.name)


def _ask_about(names: list[str]) -> list[Status]:
    try:
        return [_status(_ask("GET", f"/process/{name}")) for name in names]
    except (OSError, http.client.HTTPException):
        return []


def _status(said: dict[str, Any]) -> Status:
    return Status(
        name=said["name"],
        namespace=said["namespace"],
        status=said["status"],
        is_ready=said["is_ready"],
        has_probe=said["has_ready_probe"],
        exit_code=said["exit_code"],
        restarts=said["restarts"],
        pid=said["pid"],
        memory=said.get("mem", 0),
    )


class _Connection(http.client.HTTPConnection):
    """HTTP over the supervisor's Unix socket."""

    def __init__(self, at: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = at

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _ask(
    method: str, path: str, body: list[str] | None = None, *, at: Path | None = None
) -> dict[str, Any]:
    connection = _Connection(at or _socket())
    try:
        connection.request(
            method,
            path,
            body=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
        answer: dict[str, Any] = json.loads(connection.getresponse().read() or b"{}")
    finally:
        connection.close()
    return answer


def _socket(member: Organisation | None = None) -> Path:
    """Answer a supervisor's socket. A Unix socket's path has about a hundred characters."""
    name = processes.SUPERVISOR + (f"-{member.id}" if member else "")
    path = state() / "run" / f"{name}.sock"
    if len(str(path)) < 100:  # noqa: PLR2004
        return path
    short = f"onebill-{os.getuid()}-{settings()['PORT_POSTGRES']}"
    return Path("/tmp") / f"{short}{'-member' if member else ''}.sock"  # noqa: S108


def _socket_of(name: str) -> Path:
    """Answer the socket of the supervisor that has this process."""
    return next((_socket(each) for each in members() if name.endswith(f"-{each.id}")), _socket())


def _log(name: str) -> Path:
    return state() / "logs" / f"{name}.log"


def _show_log(name: str) -> None:
    path = _log(name)
    if path.exists():
        lines = path.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        sys.stderr.write("".join(f"  {name} | {line}\n" for line in lines))
