"""Stands in an orderer's place with its real keys, is let in by the others, and lies to them.

The liar is a program in Go (tests/support/traitor), because the cluster's authentication binds a
signature to the TLS session, which Python cannot ask about.
"""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SOURCE = Path(__file__).parent / "traitor" / "main.go"
_ROOT = Path(__file__).parents[2]

# What it sends beside bytes that are no message, which end a stream.
KINDS = frozenset(
    {
        *("ENVELOPE", "NOTHING", "EMPTY", "PRE_PREPARE", "PREPARE", "COMMIT", "VIEW_CHANGE"),
        *("VIEW_DATA", "NEW_VIEW", "HEARTBEAT", "HEARTBEAT_RESPONSE", "STATE"),
    }
)
UNAUTHENTICATED = "UNAUTHENTICATED"


def build(directory: Path) -> Path:
    """Build the liar with the sources that Fabric's own tools are built from."""
    program = directory / "traitor"
    subprocess.run(
        [
            *(sys.executable, "-m", "local.go_tools", "run", "local/tools/fabric"),
            *("build", "-trimpath", "-buildvcs=false", "-o", str(program), str(_SOURCE)),
        ],
        cwd=_ROOT,
        check=True,
        capture_output=True,
    )
    return program


@dataclass
class LyingOrderer:
    """Speaks as one consenter to all others.

    Attributes:
        number: the consenter's number on the channel.
        keys: directory with `tls` and `msp` of the orderer whose place it takes.
        roots: TLS authorities of the others.
        others: their ports by number.
        said: how many messages went out by kind, on streams that then stayed open; and under
            UNAUTHENTICATED how often it was not let in.
    """

    program: Path
    number: int
    keys: Path
    roots: Path
    others: Mapping[int, int]
    seed: int
    said: Counter[str] = field(default_factory=Counter)
    _process: "subprocess.Popen[str] | None" = None
    _listener: threading.Thread | None = None

    def start(self, channel: str) -> None:
        """Dial the others and begin."""
        others = ",".join(f"{number}=localhost:{port}" for number, port in self.others.items())
        self._process = subprocess.Popen(
            [
                *(self.program, "-channel", channel, "-id", str(self.number)),
                *("-key", next((self.keys / "msp" / "keystore").iterdir())),
                *("-tls-certificate", self.keys / "tls" / "server.crt"),
                *("-tls-key", self.keys / "tls" / "server.key"),
                *("-roots", self.roots, "-others", others, "-seed", str(self.seed)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "FABRIC_LOGGING_SPEC": "ERROR"},
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                kind, many = line.split()
                self.said[kind] = int(many)

    def stop(self) -> None:
        """Fall silent."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._listener is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._listener.join()
