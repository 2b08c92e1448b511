"""`python -m local up|engines|down|status|logs|peer|psql`: the platform on one machine."""

import argparse
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from local import ordering_kind, pki, postgres, processes, supervisor
from local.addresses import write_addresses
from local.go_tools import program
from local.joining import add_port, start_members
from local.ledger_network import make_network, peer_environment
from local.members import members
from local.memory import proportional_bytes
from local.places import Trouble, state
from local.settings import require_free_ports
from local.steps import need_space
from local.upgrade import upgrade_chaincode

_UP_SECONDS = 600.0

# Write-ahead log, ledger and logs grow by tens of megabytes a day of play.
_GIB = 0.5

# Everything else that is an engine comes along as their dependency.
_ENGINES = ["temporal-namespace", "network"]


def main() -> int:  # noqa: C901, PLR0915 - one line a command
    """Do what the command line says. Return 0, or 1 after one sentence."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start everything, or some, and wait until it is ready")
    up.add_argument("--ordering", choices=("raft", "bft"), help="chosen at the first start")
    up.add_argument("names", nargs="*", help="only these processes and what they depend on")
    commands.add_parser("engines", help="start PostgreSQL, Temporal and the ledger's network only")
    commands.add_parser("down", help="stop everything, and leave no process")
    stop = commands.add_parser("stop", help="stop some processes; `up` starts them again")
    stop.add_argument("names", nargs="+")
    kill = commands.add_parser("kill", help="end some processes with -9; `up` starts them again")
    kill.add_argument("names", nargs="+")
    port = commands.add_parser("add-port", help="let a further port join the running channel")
    port.add_argument("name")
    commands.add_parser("upgrade-chaincode", help="on the running network, acts under way")
    commands.add_parser("status", help="what runs")
    logs = commands.add_parser("logs", help="the end of one log, or of all")
    logs.add_argument("name", nargs="?")
    peer = commands.add_parser("peer", help="Fabric's peer command as an organisation's admin")
    peer.add_argument("organisation")
    peer.add_argument("arguments", nargs=argparse.REMAINDER)
    psql = commands.add_parser("psql", help="psql as a service's role")
    psql.add_argument("service")
    psql.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    try:
        match chosen.command:
            case "up":
                _up(chosen.names, chosen.ordering)
            case "engines":
                _up(_ENGINES)
            case "down":
                _down()
            case "stop":
                supervisor.stop_some(chosen.names)
            case "kill":
                supervisor.kill_some(chosen.names)
            case "add-port":
                with _alone():
                    print(f"{add_port(chosen.name).msp_id} is a member")
            case "upgrade-chaincode":
                with _alone():
                    print(f"definition {upgrade_chaincode()} is in force")
            case "status":
                return _status()
            case "logs":
                _logs(chosen.name)
            case "peer":
                _peer(chosen.organisation, chosen.arguments)
            case "psql":
                _psql(chosen.service, chosen.arguments)
    except Trouble as trouble:
        print(f"onebill: {trouble}", file=sys.stderr)
        return 1
    return 0


def prepare() -> None:
    """Make the keys, passwords, data directory and network files that are missing."""
    state().mkdir(parents=True, exist_ok=True)
    need_space(_GIB, state(), "Running")
    postgres.make_passwords()
    pki.make_platform_keys()
    postgres.make_data_directory()
    make_network(ordering_kind.network())
    write_addresses()


def _up(names: list[str], ordering: str | None = None) -> None:
    if ordering:
        os.environ["ONEBILL_ORDERING"] = ordering
    ordering_kind.ordering()
    with _alone():
        if supervisor.has_started(names):
            supervisor.start_stopped()
            if not supervisor.is_ready():
                supervisor.wait_until_ready(_UP_SECONDS)
            print("up")
            return
        begun = time.monotonic()
        left = processes.known()
        if left:
            supervisor.stop()
        require_free_ports()
        prepare()
        supervisor.start(names)
        try:
            supervisor.wait_until_ready(_UP_SECONDS)
            if not names:
                start_members()
        except BaseException:
            supervisor.stop()
            raise
        print(f"up in {time.monotonic() - begun:.1f} s")


def _down() -> None:
    with _alone():
        supervisor.stop()
    print("down")


def _status() -> int:
    known = supervisor.statuses()
    for member in members():
        known += supervisor.statuses(member)
    if not known:
        left = [each.name for each in processes.known()]
        print(f"not running{'; left over: ' + ', '.join(left) if left else ''}")
        return 1
    for each in known:
        what = each.is_ready if each.has_probe and each.good else each.status
        print(
            f"{each.name:28} {each.namespace:8} {what:12} "
            f"pid {each.pid:<8} restarts {each.restarts:<3} {each.memory / 2**20:7.1f} MiB"
        )
    together = sum(proportional_bytes().values())
    print(f"{'all together, shared pages counted once':70} {together / 2**20:7.1f} MiB")
    return 0 if all(each.good for each in known) else 1


def _logs(name: str | None) -> None:
    directory = state() / "logs"
    paths = sorted(directory.glob("*.log")) if name is None else [directory / f"{name}.log"]
    for path in paths:
        if not path.exists():
            raise Trouble(f"There is no log {path}.")
        print(f"==> {path}")
        print(
            "\n".join(
                path.read_text(errors="replace").splitlines()[-20 if name is None else -200 :]
            )
        )


def _peer(organisation: str, arguments: list[str]) -> None:
    for each in ordering_kind.network().organisations:
        if each.id == organisation:
            command = [str(program("peer")), *arguments]
            os.execve(command[0], command, {**os.environ, **peer_environment(each)})  # noqa: S606
    raise Trouble(f"No organisation {organisation} keeps the ledger.")


def _psql(service: str, arguments: list[str]) -> None:
    role = "gateway" if service.startswith("gateway") else service.replace("-", "_")
    if not postgres.password_file(role).exists():
        raise Trouble(f"No database role {role}; roles are {', '.join(postgres.ROLES)}.")
    command = [str(postgres.binary("psql")), postgres.url(role), *arguments]
    os.execv(command[0], command)  # noqa: S606


@contextmanager
def _alone() -> Iterator[None]:
    """Let two commands on one instance wait for each other."""
    state().mkdir(parents=True, exist_ok=True)
    with (state() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
