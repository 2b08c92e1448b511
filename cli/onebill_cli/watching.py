"""Watches a stream of facts for as long as it takes, and keeps each fact exactly once.

The file of what was seen is its own checkpoint: a fact counts as seen when its whole line is
on disk, and the watch goes on after the last whole line. A line that a power cut tore is cut
off and the fact asked for again.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from typing import Final, Protocol

from onebill.common.v1 import common_pb2

from onebill_cli.errors import CommandFailed, Exit, Refused, TryAgain
from onebill_cli.output import note

_PAUSE_SECONDS: Final = 0.5
_PAUSE_SECONDS_MAX: Final = 5.0


class Watched(Protocol):
    """Whoever streams facts."""

    def watch(self, after_position: int) -> Iterator[common_pb2.Event]:
        """Stream facts after a position until the door closes."""
        ...


class Journal:
    """The facts seen so far, one JSON object a line, in order of their positions."""

    def __init__(self, file: BufferedRandom, position: int) -> None:
        """Go on after `position`."""
        self._file = file
        self.position = position

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Journal"]:
        """Open a journal, or begin one.

        Raises:
            Refused: CHECKPOINT_UNREADABLE, where it is something else;
                CHECKPOINT_IN_USE, where another watch writes it.
        """
        path.touch(exist_ok=True)
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as busy:
                raise Refused("CHECKPOINT_IN_USE", f"Another watch is writing {path}.") from busy
            yield cls(file, _position_after_repair(file, path))

    def keep(self, line: str) -> None:
        """Write one fact down for good."""
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.position = int(json.loads(line)["position"])


def follow(watched: Watched, after: int) -> Iterator[str]:
    """Answer facts as lines of JSON for ever; a door that closes is opened again."""
    position, pause_seconds = after, _PAUSE_SECONDS
    while True:
        try:
            for fact in watched.watch(position):
                if fact.position <= position:
                    continue
                position, pause_seconds = fact.position, _PAUSE_SECONDS
                yield _line(fact)
        except TryAgain as failure:
            note(f"{failure.message}; watching again after {position}")
        time.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 2, _PAUSE_SECONDS_MAX)


def _line(fact: common_pb2.Event) -> str:
    return json.dumps(
        {
            "position": fact.position,
            "eventId": fact.event_id,
            "type": fact.type,
            "subject": fact.subject,
            "occurredAt": fact.occurred_at.ToJsonString(),
            "payload": json.loads(fact.payload),
        },
        ensure_ascii=False,
    )


def _position_after_repair(file: BufferedRandom, path: Path) -> int:
    content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    file.truncate(len(whole))
    file.seek(len(whole))
    if not whole:
        return 0
    try:
        return int(json.loads(whole.splitlines()[-1])["position"])
    except (ValueError, KeyError, TypeError) as fault:
        raise CommandFailed(
            Exit.USAGE, "CHECKPOINT_UNREADABLE", f"{path} is no file of a watch."
        ) from fault
