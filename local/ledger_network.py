"""The ledger's network on one machine: keys, genesis block and packages, then the channel.

`make_network` only writes files; `make_channel` speaks to the running orderer and peers. Both
may be repeated and do what is missing.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from ledger.network.description import Network, OrdererNode, Organisation
from ledger.network.render import PROFILE, Orderer, Place, configtx, crypto_config
from local import ordering_kind
from local.go_tools import program
from local.pki import make_link_keys
from local.places import ROOT, Trouble, state
from local.settings import settings

_HOST: Final = "127.0.0.1"
_NO_LEADER: Final = "SERVICE_UNAVAILABLE"
_LEADER_SECONDS: Final = 30.0
_LEADER_PAUSE_SECONDS: Final = 0.2


def network_directory() -> Path:
    """Answer where the network's keys and files lie."""
    return state() / "network"


def make_network(network: Network) -> None:
    """Make keys, genesis block, builder and packages; a half-made network never gets its name.

    Raises:
        Trouble: one of Fabric's programs refused.
    """
    target = network_directory()
    if target.exists():
        for each in network.organisations:
            _note_address(each)
        return
    new = target.with_name(".network-new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    _make_keys(network, new)
    make_genesis_block(network, new, new)
    ordering_kind.remember(new, network.ordering)
    for organisation in network.organisations:
        make_link_keys(new / organisation.id / "link", organisation.id)
        make_package(network, organisation, new / organisation.id)
    new.rename(target)


def _note_address(organisation: Organisation) -> None:
    """Write where the chaincode listens, for a network that is older than the note."""
    note = network_directory() / organisation.id / "chaincode.address"
    if not note.exists():
        port = settings()[f"PORT_CHAINCODE_{organisation.id.upper()}"]
        note.write_text(f"{_HOST}:{port}\n")


def package_id(organisation: str) -> str:
    """Answer the id under which the peer of `organisation` knows the chaincode's package."""
    return (network_directory() / organisation / "package.id").read_text().strip()


def make_channel(network: Network) -> None:
    """Join orderers and peers to the channel and define the chaincode on it.

    Raises:
        Trouble: a step failed; Fabric's own words are printed before.
    """
    block = str(network_directory() / "genesis.block")
    for orderer in network.orderers:
        if network.channel not in _osnadmin(orderer, "list"):
            joining = ("--channelID", network.channel, "--config-block", block)
            _osnadmin(orderer, "join", *joining)
    with ThreadPoolExecutor(max_workers=len(network.organisations)) as at_once:
        list(at_once.map(lambda each: join(network, each), network.organisations))
    if committed_sequence(network, network.organisations[0]) == 0:
        packages = {each.id: package_id(each.id) for each in network.organisations}
        define_chaincode(network, 1, packages)


def peer_environment(organisation: Organisation) -> dict[str, str]:
    """Answer the environment in which Fabric's `peer` command speaks as the organisation's admin.

    It reaches the organisation's own peer, with the admin's certificate on the TLS link too.
    """
    place = network_directory() / organisation.id
    return {
        "FABRIC_CFG_PATH": str(ROOT / "local" / "fabric"),
        "FABRIC_LOGGING_SPEC": os.environ.get("FABRIC_LOGGING_SPEC", "error"),
        "CORE_PEER_LOCALMSPID": organisation.msp_id,
        "CORE_PEER_MSPCONFIGPATH": str(place / "admin" / "msp"),
        "CORE_PEER_ADDRESS": peer_address(organisation),
        "CORE_PEER_TLS_ENABLED": "true",
        "CORE_PEER_TLS_ROOTCERT_FILE": str(place / "tls-ca.pem"),
        "CORE_PEER_TLS_CLIENTAUTHREQUIRED": "true",
        "CORE_PEER_TLS_CLIENTCERT_FILE": str(place / "admin" / "tls" / "client.crt"),
        "CORE_PEER_TLS_CLIENTKEY_FILE": str(place / "admin" / "tls" / "client.key"),
    }


def peer_address(organisation: Organisation) -> str:
    """Answer host and port of the organisation's peer."""
    return f"{_HOST}:{settings()[f'PORT_PEER_{organisation.id.upper()}']}"


def make_member_keys(network: Network, member: Organisation) -> None:
    """Make the keys, the link and the package of a member that joins later, once."""
    target = network_directory() / member.id
    if target.exists():
        return
    new = network_directory() / ".member-new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    alone = replace(network, organisations=(member,), orderers_of={})
    _make_keys(replace(alone, ordering="bft"), new)
    make_link_keys(new / member.id / "link", member.id)
    make_package(network, member, new / member.id)
    root = f"{member.msp_id}.pem"
    (new / "roots" / root).replace(network_directory() / "roots" / root)
    (new / member.id).rename(target)
    shutil.rmtree(new)


def _make_keys(network: Network, new: Path) -> None:
    """Let cryptogen make every organisation's keys, and lay them out by who uses them."""
    (new / "crypto-config.yaml").write_text(crypto_config(network, ["localhost", _HOST]))
    made = new / "crypto"
    _fabric("cryptogen", "generate", f"--config={new}/crypto-config.yaml", f"--output={made}")
    (new / "roots").mkdir()
    every = [("peerOrganizations", "peers", each) for each in network.organisations]
    every += [
        ("ordererOrganizations", "orderers", orderer.organisation) for orderer in network.orderers
    ]
    for kind, nodes, organisation in every:
        source, target = made / kind / organisation.domain, new / organisation.id
        (source / "msp").rename(_parent(target / "msp"))
        shutil.copyfile(next((source / "tlsca").glob("*.pem")), target / "tls-ca.pem")
        for node in (source / nodes).iterdir():
            node.rename(target / node.name.split(".")[0])
        for user, name in (("Admin", "admin"), ("User1", "client")):
            directory = source / "users" / f"{user}@{organisation.domain}"
            if directory.exists():
                directory.rename(target / name)
                certificate = next((target / name / "msp" / "signcerts").glob("*.pem"))
                shutil.copyfile(certificate, target / name / "certificate.pem")
                key = next((target / name / "msp" / "keystore").iterdir())
                shutil.copyfile(key, target / name / "key.pem")
                (target / name / "key.pem").chmod(0o600)
    for organisation in network.organisations:
        # What a verifier pins: those who endorse. Nobody's orderer is among them.
        authority = next((new / organisation.id / "msp" / "cacerts").glob("*.pem"))
        shutil.copyfile(authority, new / "roots" / f"{organisation.msp_id}.pem")
    shutil.rmtree(made)


def make_genesis_block(network: Network, keys: Path, out: Path) -> None:
    """Write configtx.yaml and genesis.block into `out`, for the organisations in `keys`."""
    values = settings()
    ordering = [orderer.organisation for orderer in network.orderers]
    place = Place(
        msp_directories={
            each.id: keys / each.id / "msp" for each in (*network.organisations, *ordering)
        },
        peers={
            each.id: (_HOST, int(values[f"PORT_PEER_{each.id.upper()}"]))
            for each in network.organisations
        },
        orderers=tuple(_orderer(each, keys) for each in network.orderers),
        batch_timeout=values["BATCH_TIMEOUT"],
        batch_messages=int(values["BATCH_MESSAGES"]),
    )
    (out / "configtx.yaml").write_text(configtx(network, place))
    _fabric(
        "configtxgen",
        *("-configPath", str(out), "-profile", PROFILE, "-channelID", network.channel),
        *("-outputBlock", str(out / "genesis.block")),
    )


def _orderer(node: OrdererNode, new: Path) -> Orderer:
    keys = new / node.organisation.id / node.host
    return Orderer(
        node=node,
        host=_HOST,
        port=_orderer_port(node),
        tls_certificate=keys / "tls" / "server.crt",
        identity=next((keys / "msp" / "signcerts").glob("*.pem")),
    )


def _orderer_port(node: OrdererNode, what: str = "") -> int:
    return int(settings()[f"PORT_{node.name.upper().replace('-', '_')}{what}"])


def make_package(
    network: Network, organisation: Organisation, place: Path, port_name: str = "PORT_CHAINCODE"
) -> None:
    """Pack where this organisation's chaincode listens, and the keys of the link to it.

    Written into `place`: the package, its id, and the address.
    """
    link = place / "link"
    address = f"{_HOST}:{settings()[f'{port_name}_{organisation.id.upper()}']}"
    connection = {
        "address": address,
        "dial_timeout": "3s",
        "tls_required": True,
        "client_auth_required": True,
        "client_key": (link / "peer.key").read_text(),
        "client_cert": (link / "peer.pem").read_text(),
        "root_cert": (link / "ca.pem").read_text(),
    }
    metadata = {"type": "ccaas", "label": network.chaincode}
    code = _archive({"connection.json": json.dumps(connection).encode()})
    package = _archive({"metadata.json": json.dumps(metadata).encode(), "code.tar.gz": code})
    path = place / "package.tar.gz"
    path.touch(mode=0o600)
    path.write_bytes(package)
    digest = hashlib.sha256(package).hexdigest()
    (place / "package.id").write_text(f"{network.chaincode}:{digest}\n")
    (place / "chaincode.address").write_text(f"{address}\n")


def _archive(files: dict[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def join(network: Network, organisation: Organisation) -> None:
    """Have an organisation's peer join the channel and know its package."""
    if network.channel not in _peer(organisation, "channel", "list").split():
        block = str(network_directory() / "genesis.block")
        _peer(organisation, "channel", "join", "-b", block)
    install(organisation, network_directory() / organisation.id)


def install(organisation: Organisation, place: Path) -> None:
    """Have the organisation's peer know the package in `place`."""
    wanted = (place / "package.id").read_text().strip()
    if wanted not in _peer(organisation, "lifecycle", "chaincode", "queryinstalled"):
        package = str(place / "package.tar.gz")
        _peer(organisation, "lifecycle", "chaincode", "install", package)


def committed_sequence(network: Network, organisation: Organisation) -> int:
    """Answer the sequence of the chaincode's definition on the channel; 0 if it has none."""
    answer = _peer(
        organisation,
        *("lifecycle", "chaincode", "querycommitted"),
        *("--channelID", network.channel, "--output", "json"),
    )
    for each in json.loads(answer).get("chaincode_definitions") or []:
        if each["name"] == network.chaincode:
            return int(each["sequence"])
    return 0


def approved_sequence(network: Network, organisation: Organisation) -> int:
    """Answer the sequence that an organisation approved last; 0 if it has approved none."""
    command = [
        *(str(program("peer")), "lifecycle", "chaincode", "queryapproved"),
        *("--channelID", network.channel, "--name", network.chaincode, "--output", "json"),
    ]
    done = _run(command, peer_environment(organisation))
    return int(json.loads(done.stdout)["sequence"]) if done.returncode == 0 else 0


def define_chaincode(network: Network, sequence: int, packages: Mapping[str, str]) -> None:
    """Have every organisation approve a definition of the chaincode, and commit it.

    Args:
        network: whose organisations approve.
        sequence: one more than the definition in force.
        packages: by organisation, the id of the package that its peer shall run.

    Raises:
        Trouble: an organisation's peer or the orderers refused.
    """
    with ThreadPoolExecutor(max_workers=len(network.organisations)) as at_once:
        list(
            at_once.map(
                lambda each: approve(network, each, sequence, packages[each.id]),
                network.organisations,
            )
        )
    peers: list[str] = []
    for each in network.organisations:
        roots = str(network_directory() / each.id / "tls-ca.pem")
        peers += ["--peerAddresses", peer_address(each), "--tlsRootCertFiles", roots]
    first = network.organisations[0]
    _order(
        first,
        *("lifecycle", "chaincode", "commit"),
        *_definition(network, sequence),
        *_orderer_flags(network, first),
        *peers,
    )


def approve(network: Network, organisation: Organisation, sequence: int, package: str) -> None:
    """Have one organisation approve a definition, with the package that its peer shall run."""
    _order(
        organisation,
        *("lifecycle", "chaincode", "approveformyorg"),
        *("--package-id", package),
        *_definition(network, sequence),
        *_orderer_flags(network, organisation),
    )


def _definition(network: Network, sequence: int) -> list[str]:
    return [
        *("--channelID", network.channel, "--name", network.chaincode),
        *("--version", str(sequence), "--sequence", str(sequence)),
        *("--channel-config-policy", f"/Channel/Application/{network.chaincode_policy_name}"),
    ]


def channel_configuration(network: Network, organisation: Organisation, out: Path) -> None:
    """Write the block with the channel's configuration in force to `out`."""
    _order(
        organisation,
        *("channel", "fetch", "config", str(out), "-c", network.channel),
        *_orderer_flags(network, organisation),
    )


def update_channel(network: Network, organisation: Organisation, update: Path) -> None:
    """Have the organisation sign a change of the configuration too, and have it ordered."""
    _order(
        organisation,
        *("channel", "update", "-f", str(update), "-c", network.channel),
        *_orderer_flags(network, organisation),
    )


def _orderer_flags(network: Network, organisation: Organisation) -> list[str]:
    own = network_directory() / organisation.id / "admin" / "tls"
    first = network.orderers[0]
    roots = network_directory() / first.organisation.id / "tls-ca.pem"
    return [
        *("--orderer", f"{_HOST}:{_orderer_port(first)}", "--tls", "--cafile", str(roots)),
        *("--clientauth", "--certfile", str(own / "client.crt")),
        *("--keyfile", str(own / "client.key")),
    ]


def _osnadmin(orderer: OrdererNode, verb: str, *more: str) -> str:
    """Say `verb` to one orderer, as its own organisation, and answer what it said."""
    keys = network_directory() / orderer.organisation.id
    tls = keys / orderer.host / "tls"
    return _fabric(
        *("osnadmin", "channel", verb),
        *("--orderer-address", f"{_HOST}:{_orderer_port(orderer, '_ADMIN')}"),
        *("--ca-file", str(keys / "tls-ca.pem")),
        *("--client-cert", str(tls / "server.crt")),
        *("--client-key", str(tls / "server.key")),
        *more,
    )


def _peer(organisation: Organisation, *arguments: str) -> str:
    return _fabric("peer", *arguments, environment=peer_environment(organisation))


def _order(organisation: Organisation, *arguments: str) -> None:
    """Have a transaction ordered; for a moment after joining, the orderers choose a leader.

    Refused for that reason nothing was ordered, so it is sent again.
    """
    deadline = time.monotonic() + _LEADER_SECONDS
    while True:
        command = [str(program("peer")), *arguments]
        done = _run(command, peer_environment(organisation))
        if done.returncode == 0:
            return
        said = done.stdout + done.stderr
        if _NO_LEADER not in said or time.monotonic() > deadline:
            sys.stderr.write(said)
            raise Trouble(f"Fabric's `peer {' '.join(arguments[:3])} …` failed.")
        time.sleep(_LEADER_PAUSE_SECONDS)


def _fabric(name: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    done = _run([str(program(name)), *arguments], environment or {})
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise Trouble(f"Fabric's `{name} {' '.join(arguments[:3])} …` failed.")
    return done.stdout


def _run(command: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def main() -> int:
    """Make the channel. Return 0, or 1 after saying what went wrong."""
    try:
        make_channel(ordering_kind.network())
    except Trouble as trouble:
        print(f"onebill: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
