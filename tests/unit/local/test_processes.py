"""Processes are known by pid and start time, so that nobody else's is ever ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import processes
from local.places import ROOT


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path))
    (tmp_path / "run").mkdir()
    return tmp_path


def test_a_process_started_here_is_known_and_ended(state: Path) -> None:
    command = [str(ROOT / "local" / "run"), "sleeper", sys.executable, "-c", "input()"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, env={**os.environ, "STATE": str(state)}
    ) as child:
        assert processes.wait_until(lambda: bool(processes.known()), 5)

        # Its parent here is this test, which collects it at the end; a zombie counts as ended.
        assert processes.end_leftovers() == ["sleeper"]

        assert child.wait(5) != 0
    assert processes.known() == []


def test_a_pid_that_belongs_to_somebody_else_by_now_is_left_alone(state: Path) -> None:
    (state / "run" / "old.pid").write_text(f"{os.getpid()}\n1\n")

    assert processes.known() == []
    assert processes.end_leftovers() == []


def test_a_file_cut_by_a_crash_is_no_process(state: Path) -> None:
    (state / "run" / "cut.pid").write_text("")

    assert processes.known() == []
