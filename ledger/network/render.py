"""Render the description as Fabric's own files: cryptogen's and configtxgen's input.

Both read YAML, and JSON is YAML, so nothing but the standard library is needed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.network.description import Network, OrdererNode, Organisation

Tree = dict[str, object]

PROFILE: Final = "OneBill"

_WRITERS: Final = ("admin", "client")
_CALLERS: Final = ("admin", "peer", "client")


@dataclass(frozen=True, slots=True)
class Orderer:
    """Where one orderer is reached, and the certificates that consenters know it by."""

    node: OrdererNode
    host: str
    port: int
    tls_certificate: Path
    identity: Path


@dataclass(frozen=True, slots=True)
class Place:
    """What a place (one machine, or many) adds to the description.

    Attributes:
        msp_directories: by organisation id, the directory with its public MSP.
        peers: by organisation id, host and port of its peer.
        batch_timeout: how long a lone transaction waits for company, such as "50ms".
    """

    msp_directories: Mapping[str, Path]
    peers: Mapping[str, tuple[str, int]]
    orderers: tuple[Orderer, ...]
    batch_timeout: str
    batch_messages: int


def crypto_config(network: Network, names: list[str]) -> str:
    """Render cryptogen's input. Every certificate also carries `names` (hosts, addresses)."""
    return _text(
        {
            "OrdererOrgs": [
                _crypto_organisation(each.organisation, (each.host,), names)
                for each in network.orderers
            ],
            "PeerOrgs": [
                # One user: the ledger service's gateway identity, OU=client.
                {**_crypto_organisation(each, ("peer",), names), "Users": {"Count": 1}}
                for each in network.organisations
            ],
        }
    )


def configtx(network: Network, place: Place) -> str:
    """Render configtxgen's input with the one profile PROFILE."""
    return _text(
        {
            "Profiles": {
                PROFILE: {
                    "Policies": _implicit(network),
                    "Capabilities": {"V3_0": True},
                    "Orderer": _orderer(network, place),
                    "Application": {
                        "Policies": {
                            **_implicit(network),
                            **_listed(network.organisations, readers=_CALLERS, writers=_WRITERS),
                            "LifecycleEndorsement": _meta(network.lifecycle),
                            "Endorsement": _meta(network.lifecycle),
                            network.chaincode_policy_name: {
                                "Type": "Signature",
                                "Rule": network.chaincode_policy,
                            },
                        },
                        "Capabilities": {"V2_5": True},
                        "Organizations": [
                            _peer_organisation(each, place) for each in network.organisations
                        ],
                    },
                }
            }
        }
    )


def _crypto_organisation(
    organisation: Organisation, hosts: tuple[str, ...], names: list[str]
) -> Tree:
    return {
        "Name": organisation.id,
        "Domain": organisation.domain,
        "EnableNodeOUs": True,
        "Specs": [{"Hostname": host, "SANS": names} for host in hosts],
    }


def _orderer(network: Network, place: Place) -> Tree:
    tree: Tree = {
        "BatchTimeout": place.batch_timeout,
        "BatchSize": {
            "MaxMessageCount": place.batch_messages,
            "AbsoluteMaxBytes": network.absolute_max_bytes,
            "PreferredMaxBytes": network.preferred_max_bytes,
        },
        "Policies": {
            **_implicit(network),
            **_listed(
                [each.node.organisation for each in place.orderers],
                readers=("member",),
                writers=("member",),
            ),
            "BlockValidation": _meta("ANY Writers"),
        },
        "Capabilities": {"V2_0": True},
        "Organizations": [_ordering_organisation(orderer, place) for orderer in place.orderers],
    }
    return tree | (_smart_bft(place) if network.ordering == "bft" else _raft(place.orderers))


def _ordering_organisation(orderer: Orderer, place: Place) -> Tree:
    organisation = orderer.node.organisation
    return {
        "Name": organisation.msp_id,
        "ID": organisation.msp_id,
        "MSPDir": str(place.msp_directories[organisation.id]),
        "Policies": {
            "Readers": _signed([organisation], "member"),
            "Writers": _signed([organisation], "member"),
            "Admins": _signed([organisation], "admin"),
        },
        "OrdererEndpoints": [f"{orderer.host}:{orderer.port}"],
    }


def _raft(orderers: tuple[Orderer, ...]) -> Tree:
    return {
        "OrdererType": "etcdraft",
        "EtcdRaft": {
            "Consenters": [
                {
                    "Host": orderer.host,
                    "Port": orderer.port,
                    "ClientTLSCert": str(orderer.tls_certificate),
                    "ServerTLSCert": str(orderer.tls_certificate),
                }
                for orderer in orderers
            ],
            "Options": {
                "TickInterval": "500ms",
                "ElectionTick": 10,
                "HeartbeatTick": 1,
                "MaxInflightBlocks": 5,
                "SnapshotIntervalSize": "16 MB",
            },
        },
    }


def _smart_bft(place: Place) -> Tree:
    return {
        "OrdererType": "BFT",
        "ConsenterMapping": [
            {
                "ID": number,
                "Host": orderer.host,
                "Port": orderer.port,
                "MSPID": orderer.node.organisation.msp_id,
                "Identity": str(orderer.identity),
                "ClientTLSCert": str(orderer.tls_certificate),
                "ServerTLSCert": str(orderer.tls_certificate),
            }
            for number, orderer in enumerate(place.orderers, start=1)
        ],
        "SmartBFT": {
            "RequestBatchMaxCount": place.batch_messages,
            "RequestBatchMaxInterval": place.batch_timeout,
            # A commit after the leader's death waits for these two.
            "RequestForwardTimeout": "500ms",
            "RequestComplainTimeout": "2s",
            "RequestAutoRemoveTimeout": "3m",
            "ViewChangeResendInterval": "5s",
            "ViewChangeTimeout": "20s",
            "LeaderHeartbeatTimeout": "3s",
            "LeaderHeartbeatCount": 10,
            "CollectTimeout": "1s",
            "IncomingMessageBufferSize": 200,
            "RequestPoolSize": 100000,
        },
    }


def _peer_organisation(organisation: Organisation, place: Place) -> Tree:
    host, port = place.peers[organisation.id]
    return {
        "Name": organisation.msp_id,
        "ID": organisation.msp_id,
        "MSPDir": str(place.msp_directories[organisation.id]),
        "Policies": {
            "Readers": _signed([organisation], *_CALLERS),
            "Writers": _signed([organisation], *_WRITERS),
            "Admins": _signed([organisation], "admin"),
            "Endorsement": _signed([organisation], "peer"),
        },
        # Without one the Gateway finds no endorser of another organisation.
        "AnchorPeers": [{"Host": host, "Port": port}],
    }


def _implicit(network: Network) -> Tree:
    return {
        "Readers": _meta("ANY Readers"),
        "Writers": _meta("ANY Writers"),
        "Admins": _meta(network.channel_admins),
    }


def _listed(
    organisations: Sequence[Organisation], *, readers: Sequence[str], writers: Sequence[str]
) -> Tree:
    """Name everybody who may read and write in one policy each.

    "ANY Writers" means the same, but a peer then asks one organisation's policy after the other,
    in no order, and each verifies the caller's signature anew.
    """
    return {
        "Readers": _signed(organisations, *readers),
        "Writers": _signed(organisations, *writers),
    }


def _meta(rule: str) -> Tree:
    return {"Type": "ImplicitMeta", "Rule": rule}


def _signed(organisations: Sequence[Organisation], *roles: str) -> Tree:
    principals = ", ".join(f"'{each.msp_id}.{role}'" for each in organisations for role in roles)
    return {"Type": "Signature", "Rule": f"OR({principals})"}


def _text(tree: Tree) -> str:
    return json.dumps(tree, indent=2) + "\n"
