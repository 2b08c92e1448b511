"""Read network.toml into frozen values. Standard library only."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

Ordering = Literal["raft", "bft"]

_FILE: Final = Path(__file__).parent / "network.toml"
_ORDERERS: Final[dict[Ordering, int]] = {"raft": 1, "bft": 4}


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation: its id off the channel, its MSP id on it, its domain in certificates."""

    id: str
    msp_id: str
    domain: str


@dataclass(frozen=True, slots=True)
class Network:
    """Organisations, policies and channel, without any address or path."""

    channel: str
    chaincode: str
    organisations: tuple[Organisation, ...]
    ordering_organisation: Organisation
    ordering: Ordering
    absolute_max_bytes: str
    preferred_max_bytes: str
    chaincode_policy: str
    channel_admins: str
    lifecycle: str

    @property
    def orderers(self) -> tuple[str, ...]:
        """Host names of the orderers: one for Raft, four for SmartBFT."""
        return tuple(f"orderer{number}" for number in range(_ORDERERS[self.ordering]))

    def with_ordering(self, ordering: Ordering) -> "Network":
        """Answer the same network ordered another way."""
        return replace(self, ordering=ordering)


def read_network(path: Path = _FILE) -> Network:
    """Read the description; a missing field is a KeyError, as this file is ours."""
    with path.open("rb") as file:
        text = tomllib.load(file)
    domain = text["domain"]
    ordering = text["ordering"]
    kind: Ordering = "bft" if ordering["kind"] == "bft" else "raft"
    return Network(
        channel=text["channel"],
        chaincode=text["chaincode"],
        organisations=tuple(
            Organisation(each["id"], each["msp_id"], f"{each['id']}.{domain}")
            for each in text["organisations"]
        ),
        ordering_organisation=Organisation(
            ordering["id"], ordering["msp_id"], f"{ordering['id']}.{domain}"
        ),
        ordering=kind,
        absolute_max_bytes=ordering["batch"]["absolute_max_bytes"],
        preferred_max_bytes=ordering["batch"]["preferred_max_bytes"],
        chaincode_policy="".join(text["policies"]["chaincode"].split()),
        channel_admins=text["policies"]["channel_admins"],
        lifecycle=text["policies"]["lifecycle"],
    )
