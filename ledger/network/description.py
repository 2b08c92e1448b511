"""Read network.toml into frozen values. Standard library only."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

Ordering = Literal["raft", "bft"]

_FILE: Final = Path(__file__).parent / "network.toml"
_HOST: Final = "orderer0"


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation: its id off the channel, its MSP id on it, its domain in certificates."""

    id: str
    msp_id: str
    domain: str


@dataclass(frozen=True, slots=True)
class OrdererNode:
    """One orderer: its name among the processes, the organisation that certifies it, its host."""

    name: str
    organisation: Organisation
    host: str


@dataclass(frozen=True, slots=True)
class Network:
    """Organisations, policies and channel, without any address or path.

    Attributes:
        orderers_of: by id of an organisation, its own ordering organisation (SmartBFT).
    """

    channel: str
    chaincode: str
    organisations: tuple[Organisation, ...]
    ordering_organisation: Organisation
    orderers_of: Mapping[str, Organisation]
    ordering: Ordering
    absolute_max_bytes: str
    preferred_max_bytes: str
    chaincode_policy_name: str
    chaincode_policy: str
    channel_admins: str
    lifecycle: str

    @property
    def orderers(self) -> tuple[OrdererNode, ...]:
        """The orderers: one for Raft, one of every founding organisation for SmartBFT."""
        if self.ordering == "raft":
            return (OrdererNode("orderer", self.ordering_organisation, _HOST),)
        return tuple(
            OrdererNode(f"orderer-{id_}", organisation, _HOST)
            for id_, organisation in self.orderers_of.items()
        )

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
        orderers_of={
            each["id"]: Organisation(
                f"{ordering['id']}-{each['id']}",
                each["ordering_msp_id"],
                f"{ordering['id']}.{each['id']}.{domain}",
            )
            for each in text["organisations"]
        },
        ordering=kind,
        absolute_max_bytes=ordering["batch"]["absolute_max_bytes"],
        preferred_max_bytes=ordering["batch"]["preferred_max_bytes"],
        chaincode_policy_name=text["policies"]["chaincode_name"],
        chaincode_policy="".join(text["policies"]["chaincode"].split()),
        channel_admins=text["policies"]["channel_admins"],
        lifecycle=text["policies"]["lifecycle"],
    )
