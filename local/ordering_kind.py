"""How this instance's transactions are ordered: chosen when its network is made, then for life."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from ledger.network.description import Network, Ordering, read_network
from local.members import members
from local.places import ROOT, Trouble, state
from local.settings import settings

_KINDS: Final = ("raft", "bft")


def network() -> Network:
    """Answer the network's description, ordered the way that this instance's is."""
    founded = read_network().with_ordering(ordering())
    return replace(founded, organisations=(*founded.organisations, *members()))


def ordering() -> Ordering:
    """Answer this instance's kind of ordering.

    Raises:
        Trouble: ONEBILL_ORDERING is no kind, or not the one that the network was made with.
    """
    wanted = os.environ.get("ONEBILL_ORDERING")
    known = _remembered()
    if known is not None and wanted and wanted != known:
        raise Trouble(
            f"The network in {state()} was made with {known} ordering and keeps it; unset "
            f"ONEBILL_ORDERING={wanted}, or set ONEBILL_STATE to another directory."
        )
    kind = known or settings()["ORDERING"]
    if kind not in _KINDS:
        raise Trouble(f"ONEBILL_ORDERING is one of {' and '.join(_KINDS)}, not {kind}.")
    return cast("Ordering", kind)


def remember(directory: Path, kind: Ordering) -> None:
    """Write down in a network's directory how it is ordered."""
    (directory / "ordering.kind").write_text(f"{kind}\n")


def compose_file() -> Path:
    """Answer the orderers' part of the list of processes."""
    return ROOT / "local" / "ordering" / f"{ordering()}.yaml"


def _remembered() -> str | None:
    path = state() / "network" / "ordering.kind"
    if path.exists():
        return path.read_text().strip()
    # A network that is older than the choice has the one Raft orderer.
    return "raft" if path.parent.exists() else None
