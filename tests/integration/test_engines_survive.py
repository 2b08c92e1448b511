"""An instance of its own, killed all at once: `up` brings back what was committed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from local.places import ROOT

pytestmark = [pytest.mark.engines, pytest.mark.timeout(300)]


def local(state: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k != "ONEBILL_PORT_BASE"}
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**inherited, "ONEBILL_STATE": str(state), **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def running(state: Path) -> dict[str, int]:
    found = {}
    for path in (state / "run").glob("*.pid"):
        pid, started = path.read_text().splitlines()
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[19] == started:
            found[path.stem] = int(pid)
    return found


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    state = tmp_path_factory.mktemp("engines")
    started = local(state, "engines")
    assert started.returncode == 0, started.stdout + started.stderr
    yield state
    local(state, "down")


def url(state: Path) -> str:
    port = (state / "port-base").read_text().strip()
    password = (state / "passwords" / "booking_owner").read_text().strip()
    return f"postgresql://booking_owner:{password}@127.0.0.1:{port}/onebill"


async def run(state: Path, *statements: str) -> object:
    connection = await asyncpg.connect(url(state))
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def test_everything_killed_at_once_comes_back_with_what_was_committed(engines: Path) -> None:
    asyncio.run(
        run(engines, "CREATE TABLE kept (a int)", "INSERT INTO kept VALUES (7)", "SELECT 1")
    )
    victims = running(engines)
    assert len(victims) > 10, "engines and supervisor run"

    for pid in victims.values():
        os.kill(pid, signal.SIGKILL)
    again = local(engines, "engines")

    assert again.returncode == 0, again.stdout + again.stderr
    assert asyncio.run(run(engines, "SELECT a FROM kept")) == 7


def test_a_supervisor_killed_alone_leaves_nothing_that_up_cannot_end(engines: Path) -> None:
    supervisor = int((engines / "run" / "process-compose.pid").read_text().splitlines()[0])

    os.kill(supervisor, signal.SIGKILL)
    again = local(engines, "engines")

    assert again.returncode == 0, again.stdout + again.stderr
    assert local(engines, "status").returncode == 0


def test_a_process_stopped_by_hand_stays_down_until_up(engines: Path) -> None:
    assert local(engines, "stop", "chaincode-port", "peer-port").returncode == 0
    down = {path.stem for path in (engines / "run").glob("*.pid")} - set(running(engines))

    again = local(engines, "engines")

    assert {"chaincode-port", "peer-port"} <= down
    assert again.returncode == 0, again.stdout + again.stderr
    assert {"chaincode-port", "peer-port"} <= set(running(engines))


def test_stopping_what_does_not_exist_is_said(engines: Path) -> None:
    refused = local(engines, "stop", "barge")

    assert refused.returncode == 1
    assert "barge" in refused.stderr


def test_down_leaves_no_process_and_a_taken_port_is_said_in_one_sentence(engines: Path) -> None:
    assert local(engines, "down").returncode == 0
    assert running(engines) == {}
    port = int((engines / "port-base").read_text())
    with socket.create_server(("127.0.0.1", port)):
        refused = local(engines, "engines")

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert str(port) in refused.stderr
    assert running(engines) == {}
