"""A watch goes on where it ended: no fact lost, none written twice."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from onebill.common.v1 import common_pb2
from onebill_cli import watching
from onebill_cli.errors import CommandFailed, Refused, TryAgain
from onebill_cli.watching import Journal, follow


class Stream:
    """Twenty facts; the door closes after every third."""

    def watch(self, after_position: int) -> Iterator[common_pb2.Event]:
        # A server may begin with the last one again.
        for position in range(max(after_position, 1), min(after_position + 4, 21)):
            yield common_pb2.Event(position=position, event_id=str(position), payload="{}")
        raise TryAgain("UNAVAILABLE", "the door is closed")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching.time, "sleep", lambda _: None)


def watch_for(path: Path, facts: int) -> None:
    with Journal.open(path) as journal:
        for line in islice(follow(Stream(), journal.position), facts):
            journal.keep(line)


def positions(path: Path) -> list[int]:
    with Journal.open(path) as journal:
        assert journal.position
    return [int(line.split(":")[1].split(",")[0]) for line in path.read_text().splitlines()]


def test_every_fact_is_written_once_over_closed_doors_and_restarts(tmp_path: Path) -> None:
    seen = tmp_path / "seen.jsonl"

    for facts in (5, 1, 7, 7):
        watch_for(seen, facts)

    assert positions(seen) == list(range(1, 21))


@pytest.mark.parametrize("torn", [b"{", b'{"position": 5', b'{"position": 5, "payload": {}}'])
def test_a_torn_line_is_cut_off_and_its_fact_asked_for_again(tmp_path: Path, torn: bytes) -> None:
    seen = tmp_path / "seen.jsonl"
    watch_for(seen, 4)
    seen.write_bytes(seen.read_bytes() + torn)

    watch_for(seen, 3)

    assert positions(seen) == list(range(1, 8))


def test_two_watches_do_not_write_one_file(tmp_path: Path) -> None:
    seen = tmp_path / "seen.jsonl"

    with Journal.open(seen), pytest.raises(Refused) as refused, Journal.open(seen):
        pass

    assert refused.value.reason == "CHECKPOINT_IN_USE"


def test_what_is_no_checkpoint_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "letters.txt"
    other.write_text("Dear Sirs,\n")

    with pytest.raises(CommandFailed) as refused, Journal.open(other):
        pass

    assert refused.value.reason == "CHECKPOINT_UNREADABLE"
    assert other.read_text() == "Dear Sirs,\n"
