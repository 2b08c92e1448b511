"""The settings of one instance: local/settings.env, its block of ports, and the environment.

A value in the environment wins over the file. Standard library only.
"""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from local.members import members
from local.places import ROOT, Trouble, cache, state

_FILE: Final = ROOT / "local" / "settings.env"
_LINE: Final = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
_BLOCK: Final = 100
# Below the range from which kernels take ports for outgoing connections.
_BASES: Final = range(17000, 32000, _BLOCK)


def settings() -> dict[str, str]:
    """Answer every setting as text, ports as numbers."""
    base = port_base()
    values: dict[str, str] = {}
    for name, value in _lines():
        text = os.environ.get(f"ONEBILL_{name}", value)
        values[name] = str(base + int(text)) if text.startswith("+") else text
    for member in members():
        for what in ("PEER", "CHAINCODE", "CHAINCODE_NEXT", "LEDGER"):
            values[f"PORT_{what}_{member.id.upper()}"] = values[f"PORT_MEMBER_{what}"]
    return values


def port_base() -> int:
    """Answer the first port of this instance's block; choose and remember one if there is none.

    The channel's configuration names ports, so an instance keeps its block for life.

    Raises:
        Trouble: ONEBILL_PORT_BASE is no usable number or differs from the remembered one.
    """
    remembered = state() / "port-base"
    remembered.parent.mkdir(parents=True, exist_ok=True)
    known = int(remembered.read_text()) if remembered.exists() else None
    wanted = os.environ.get("ONEBILL_PORT_BASE")
    if wanted:
        if not wanted.isdigit() or not 1024 <= int(wanted) <= 65535 - _BLOCK:  # noqa: PLR2004
            raise Trouble(f"ONEBILL_PORT_BASE must be a number from 1024 to 65435, not {wanted}.")
        if known is not None and known != int(wanted):
            raise Trouble(
                f"ONEBILL_PORT_BASE is {wanted}, but {state()} was set up with {known}; "
                "unset it, or run `make clean` to begin anew."
            )
    base = known or (int(wanted) if wanted else _first_free_block())
    if known is None:
        remembered.write_text(f"{base}\n")
    return base


def require_free_ports() -> None:
    """Check that nobody listens on this instance's ports.

    Raises:
        Trouble: naming the first one taken.
    """
    for name, value in settings().items():
        if name.startswith("PORT_") and not _is_free(int(value)):
            raise Trouble(
                f"Port {value} ({name.removeprefix('PORT_').lower()}) is taken by another "
                "program; end it, or set ONEBILL_PORT_BASE before the first set-up."
            )


def _lines() -> Iterator[tuple[str, str]]:
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        found = _LINE.fullmatch(line)
        if found:
            yield found[1], found[2]


def _first_free_block() -> int:
    offsets = [int(value) for _, value in _lines() if value.startswith("+")]
    for base in _BASES:
        if all(_is_free(base + offset) for offset in offsets) and _reserve(base):
            return base
    raise Trouble(f"No free block of {_BLOCK} ports from {_BASES[0]} to {_BASES[-1]}.")


def _reserve(base: int) -> bool:
    """Let other checkouts pass over this block even while this instance is stopped.

    Answers whether the block is this instance's now. One that belonged to an instance which is
    gone is taken over.
    """
    owner = _reservation(base)
    owner.parent.mkdir(parents=True, exist_ok=True)
    if owner.exists() and not Path(owner.read_text()).exists():
        owner.unlink(missing_ok=True)
    try:
        with owner.open("x") as file:
            file.write(str(state()))
    except FileExistsError:
        return owner.read_text() == str(state())
    return True


def _reservation(base: int) -> Path:
    return cache() / "ports" / str(base)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
