"""The one description of the ledger's network, and what is rendered from it."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from ledger.network.description import Network, read_network
from ledger.network.render import PROFILE, Orderer, Place, configtx, crypto_config


@pytest.fixture
def network() -> Network:
    return read_network()


def place(network: Network) -> Place:
    ordering = [each.organisation for each in network.orderers]
    everyone = (*network.organisations, *ordering)
    return Place(
        msp_directories={each.id: Path("/msp") / each.id for each in everyone},
        peers={each.id: ("127.0.0.1", 7051) for each in network.organisations},
        orderers=tuple(
            Orderer(each, "127.0.0.1", 7050 + n, Path("/tls"), Path("/identity"))
            for n, each in enumerate(network.orderers)
        ),
        batch_timeout="50ms",
        batch_messages=100,
    )


def satisfied(policy: str, signers: set[str]) -> bool:
    """Evaluate a signature policy the way Fabric reads it."""
    terms = {
        "AND": lambda *parts: all(parts),
        "OR": lambda *parts: any(parts),
        "OutOf": lambda count, *parts: sum(parts) >= count,
    }
    text = policy
    for msp in ("OperatorMSP", "CarrierMSP", "PartnerPortMSP", "PortMSP"):
        text = text.replace(f"'{msp}.peer'", str(msp in signers))
    return bool(eval(text, {"__builtins__": {}}, terms))


def test_the_operator_with_one_port_or_any_three_may_change_a_bill(network: Network) -> None:
    everyone = {each.msp_id for each in network.organisations}
    for count in range(5):
        for chosen in combinations(everyone, count):
            signers = set(chosen)
            with_port = "OperatorMSP" in signers and signers & {"PortMSP", "PartnerPortMSP"}
            expected = bool(with_port) or count >= 3
            assert satisfied(network.chaincode_policy, signers) is expected, signers


def test_every_organisation_has_an_anchor_peer_and_its_own_endorsement(network: Network) -> None:
    profile = json.loads(configtx(network, place(network)))["Profiles"][PROFILE]
    organisations = profile["Application"]["Organizations"]

    assert len(organisations) == 4
    for each in organisations:
        assert each["AnchorPeers"]
        assert each["Policies"]["Endorsement"]["Rule"] == f"OR('{each['ID']}.peer')"


@pytest.mark.parametrize("ordering", ["raft", "bft"])
def test_one_policy_each_names_everybody_who_may_read_or_write(network, ordering) -> None:
    changed = network.with_ordering(ordering)
    profile = json.loads(configtx(changed, place(changed)))["Profiles"][PROFILE]
    for group in ("Application", "Orderer"):
        for name in ("Readers", "Writers"):
            listed = profile[group]["Policies"][name]
            own = [each["Policies"][name]["Rule"] for each in profile[group]["Organizations"]]
            # Together they mean what each organisation's own policy says of its own.
            assert listed["Type"] == "Signature"
            assert listed["Rule"] == f"OR({', '.join(rule[3:-1] for rule in own)})"


def test_raft_has_one_orderer_and_bft_four_with_identities(network: Network) -> None:
    raft = json.loads(configtx(network, place(network)))["Profiles"][PROFILE]["Orderer"]
    changed = network.with_ordering("bft")
    bft = json.loads(configtx(changed, place(changed)))["Profiles"][PROFILE]["Orderer"]

    assert len(raft["EtcdRaft"]["Consenters"]) == 1
    assert [each["ID"] for each in bft["ConsenterMapping"]] == [1, 2, 3, 4]
    # No organisation's authority speaks for another's orderer, nor for two.
    consenters = [each["MSPID"] for each in bft["ConsenterMapping"]]
    assert consenters == [each["ID"] for each in bft["Organizations"]]
    assert len(set(consenters)) == 4


def test_every_node_is_certified_by_its_role(network: Network) -> None:
    organisations = json.loads(crypto_config(network, ["localhost"]))

    assert all(
        each["EnableNodeOUs"] for each in organisations["PeerOrgs"] + organisations["OrdererOrgs"]
    )
