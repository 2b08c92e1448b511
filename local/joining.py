"""A further port joins the running channel: one update of the configuration, signed by three.

Every step may be repeated and does what is missing, so a run that broke off is run again.
"""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fabric_protos.common import common_pb2, configtx_pb2

from ledger.client.gateway import Gateway, open_peer_channel
from ledger.client.identity import Identity
from ledger.client.organisations import FOUNDERS
from ledger.client.proposal import Proposer
from ledger.network.description import Network, Organisation
from ledger.network.ready import Door, wait_until_ready
from ledger.network.rules import Rulebook, ask_for_rules, founding_rules, rules_in_force
from local import members, ordering_kind, pki, postgres, processes, supervisor
from local.addresses import write_addresses
from local.ledger_network import (
    approve,
    approved_sequence,
    channel_configuration,
    committed_sequence,
    join,
    make_genesis_block,
    make_member_keys,
    network_directory,
    package_id,
    peer_address,
    update_channel,
)
from local.migrations import migrate_all
from local.places import ROOT, Trouble
from local.steps import step

KIND: Final = "PORT"
_SIGNATURES: Final = 3
_READY_SECONDS: Final = 90.0
_APPLICATION: Final = "Application"
# The policies of that group which name every member.
_NAMING_EVERYBODY: Final = ("Readers", "Writers")
_NONCE_BYTES: Final = 24


def add_port(name: str) -> Organisation:
    """Let a port join: keys, configuration, peer, chaincode, rules, ledger service.

    Raises:
        Trouble: the name is no good, nothing runs, or a member refused.
    """
    member = members.new_member(name)
    if not supervisor.running():
        raise Trouble("The network does not run; start it with `make up`.")
    founded = ordering_kind.network()
    members.remember(member)
    network = ordering_kind.network()
    with step(f"make the keys of {name}"):
        make_member_keys(network, member)
        pki.make_platform_keys()
        write_addresses()
    with step("update the channel's configuration, signed by three founders"):
        _update_configuration(network, founded, member)
    with step("start its peer and its chaincode, and join"):
        if not supervisor.has_member(member):
            supervisor.start_member(member, [f"peer-{name}", f"chaincode-{name}"])
        supervisor.wait_for_member(member, _READY_SECONDS)
        join(network, member)
    with step("approve the chaincode's definition"):
        _approve(network, member)
    with step("ask as three founders for rules that name it"):
        asyncio.run(_name_in_rules(network))
    with step("start its ledger service"):
        postgres.make_passwords()
        asyncio.run(postgres.make_databases())
        asyncio.run(migrate_all())
        supervisor.start_in(member, f"ledger-{name}")
        supervisor.wait_for_member(member, _READY_SECONDS)
    return member


def start_members() -> None:
    """Start whoever joined earlier and does not run."""
    for member in members.members():
        if not supervisor.has_member(member):
            supervisor.start_member(member, [])
        supervisor.wait_for_member(member, _READY_SECONDS)


def _update_configuration(network: Network, founded: Network, member: Organisation) -> None:
    founders = [each for each in founded.organisations if each.msp_id in FOUNDERS]
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        channel_configuration(network, founders[0], place / "now.block")
        now = _configuration(place / "now.block")
        if member.msp_id in now.groups[_APPLICATION].groups:
            return
        # What a channel founded with the member would have of it.
        make_genesis_block(network, network_directory(), place)
        wanted = _configuration(place / "genesis.block")
        update = addition(network.channel, now, member.msp_id, wanted.groups[_APPLICATION])
        signers = founders[: _SIGNATURES - 1]
        envelope = signed_update(network.channel, update, [_admin(each) for each in signers])
        (place / "update.envelope").write_bytes(envelope)
        # Who hands it in signs it too.
        update_channel(network, founders[_SIGNATURES - 1], place / "update.envelope")


def addition(
    channel: str,
    now: configtx_pb2.ConfigGroup,
    name: str,
    wanted: configtx_pb2.ConfigGroup,
) -> bytes:
    """Write the update that adds one organisation and leaves everything else as it is.

    Who changes a group's members names all of them, with the versions that they have.

    Args:
        channel: its name.
        now: the channel's configuration in force.
        name: who joins.
        wanted: the group of the members, as it would be on a channel founded with who joins.
    """
    application = now.groups[_APPLICATION]
    update = configtx_pb2.ConfigUpdate(channel_id=channel)
    for side in (update.read_set, update.write_set):
        side.version = now.version
        group = side.groups[_APPLICATION]
        group.version = application.version
        for each, value in _items(application.values):
            group.values[each].version = value.version
        for each, policy in _items(application.policies):
            group.policies[each].version = policy.version
        for each, other in _items(application.groups):
            group.groups[each].version = other.version
    written = update.write_set.groups[_APPLICATION]
    written.version = application.version + 1
    written.mod_policy = application.mod_policy
    written.groups[name].CopyFrom(wanted.groups[name])
    for each in _NAMING_EVERYBODY:
        written.policies[each].CopyFrom(wanted.policies[each])
        written.policies[each].version = application.policies[each].version + 1
    answer: bytes = update.SerializeToString()
    return answer


def signed_update(channel: str, update: bytes, signers: list[Identity]) -> bytes:
    """Put an update with its signatures into the envelope that a peer's tool hands in."""
    signed = configtx_pb2.ConfigUpdateEnvelope(config_update=update)
    for signer in signers:
        header = common_pb2.SignatureHeader(
            creator=signer.creator, nonce=os.urandom(_NONCE_BYTES)
        ).SerializeToString()
        signed.signatures.add(signature_header=header, signature=signer.sign(header + update))
    channel_header = common_pb2.ChannelHeader(
        type=common_pb2.CONFIG_UPDATE, channel_id=channel
    ).SerializeToString()
    payload = common_pb2.Payload(data=signed.SerializeToString())
    payload.header.channel_header = channel_header
    answer: bytes = common_pb2.Envelope(payload=payload.SerializeToString()).SerializeToString()
    return answer


def _items(entries: Mapping[str, object]) -> list[tuple[str, configtx_pb2.ConfigGroup]]:
    # Groups, values and policies have a version each; only that is read here.
    return [(name, entries[name]) for name in entries]


def _configuration(block: Path) -> configtx_pb2.ConfigGroup:
    data = common_pb2.Block.FromString(block.read_bytes()).data.data[0]
    payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(data).payload)
    return configtx_pb2.ConfigEnvelope.FromString(payload.data).config.channel_group


def _admin(organisation: Organisation) -> Identity:
    admin = network_directory() / organisation.id / "admin"
    return Identity.from_files(organisation.msp_id, admin / "certificate.pem", admin / "key.pem")


def _approve(network: Network, member: Organisation) -> None:
    sequence = committed_sequence(network, network.organisations[0])
    if not processes.wait_until(
        lambda: committed_sequence(network, member) == sequence, _READY_SECONDS
    ):
        raise Trouble(f"The peer of {member.id} does not catch up with the channel.")
    if approved_sequence(network, member) != sequence:
        approve(network, member, sequence, package_id(member.id))
    door = Door(member.msp_id, peer_address(member), network_directory() / member.id)
    fault = asyncio.run(wait_until_ready(network, door, _READY_SECONDS))
    if fault is not None:
        raise Trouble(f"The new member does not endorse: {fault}")


async def _name_in_rules(network: Network) -> None:
    founders = [each for each in network.organisations if each.msp_id in FOUNDERS][:_SIGNATURES]
    place = network_directory() / founders[0].id
    tls = place / "client" / "tls"
    async with open_peer_channel(
        peer_address(founders[0]), place / "tls-ca.pem", tls / "client.crt", tls / "client.key"
    ) as channel:
        gateways = []
        for each in founders:
            client = network_directory() / each.id / "client"
            identity = Identity.from_files(
                each.msp_id, client / "certificate.pem", client / "key.pem"
            )
            proposer = Proposer(identity, network.channel, network.chaincode)
            gateways.append(Gateway(channel, proposer, lambda: datetime.now(UTC)))
        wanted = founding_rules(
            Rulebook.read(ROOT / "docs" / "rulebook.md"),
            admitted=tuple((each.msp_id, KIND) for each in members.members()),
        )
        if await rules_in_force(gateways[0]) != wanted:
            await ask_for_rules(gateways, wanted)
