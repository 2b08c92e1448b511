"""Ports and other settings of one instance."""

import socket
from pathlib import Path

import pytest

from local.places import Trouble
from local.settings import port_base, require_free_ports, settings


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("ONEBILL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ONEBILL_PORT_BASE", raising=False)


def test_no_two_processes_share_a_port() -> None:
    ports = [value for name, value in settings().items() if name.startswith("PORT_")]

    assert len(set(ports)) == len(ports)
    assert max(map(int, ports)) - min(map(int, ports)) < 100


def test_a_block_once_chosen_is_kept() -> None:
    assert port_base() == port_base()


def test_another_instance_passes_over_the_block_of_one_that_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = port_base()
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path / "other"))

    assert port_base() != first


def test_a_base_set_later_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBILL_PORT_BASE", str(port_base() + 100))

    with pytest.raises(Trouble, match="was set up with"):
        port_base()


@pytest.mark.parametrize("base", ["eighty", "80", "70000"])
def test_a_base_that_is_no_port_is_refused(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBILL_PORT_BASE", base)

    with pytest.raises(Trouble, match="must be a number"):
        port_base()


def test_a_taken_port_is_named() -> None:
    port = int(settings()["PORT_TEMPORAL"])

    with socket.create_server(("127.0.0.1", port)), pytest.raises(Trouble, match=f"Port {port}"):
        require_free_ports()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBILL_BATCH_TIMEOUT", "20ms")

    assert settings()["BATCH_TIMEOUT"] == "20ms"
