"""How a network is ordered is chosen once, when it is made."""

import pytest

from local import ordering_kind
from local.places import Trouble


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path))
    monkeypatch.setenv("ONEBILL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ONEBILL_ORDERING", raising=False)
    return tmp_path


def made(state, kind):
    network = state / "network"
    network.mkdir()
    ordering_kind.remember(network, kind)


def test_a_laptop_has_one_raft_orderer_unless_told(state, monkeypatch):
    assert ordering_kind.ordering() == "raft"
    monkeypatch.setenv("ONEBILL_ORDERING", "bft")
    assert [each.name for each in ordering_kind.network().orderers] == [
        "orderer-operator",
        "orderer-carrier",
        "orderer-port",
        "orderer-partnerport",
    ]


def test_what_was_chosen_is_remembered(state):
    made(state, "bft")

    assert ordering_kind.ordering() == "bft"
    assert ordering_kind.compose_file().name == "bft.yaml"


@pytest.mark.parametrize(("first", "then"), [("raft", "bft"), ("bft", "raft")])
def test_another_kind_is_refused_with_a_sentence(state, monkeypatch, first, then):
    made(state, first)
    monkeypatch.setenv("ONEBILL_ORDERING", then)

    with pytest.raises(Trouble, match=f"made with {first} ordering and keeps it"):
        ordering_kind.ordering()


def test_an_unknown_kind_is_refused(state, monkeypatch):
    monkeypatch.setenv("ONEBILL_ORDERING", "paxos")

    with pytest.raises(Trouble, match="raft and bft"):
        ordering_kind.ordering()
