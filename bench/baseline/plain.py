"""The plain chaincode `asset` on the running network of this machine, while it is measured.

It has the same peers, links, policy and batches as the chaincode of the bill, so that only what
the two do differs.
"""

import gzip
import hashlib
import io
import json
import os
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from ledger.network.description import Network, Organisation, read_network
from local.go_tools import program
from local.ledger_network import network_directory, peer_address, peer_environment
from local.settings import settings

NAME: Final = "asset"
_HOST: Final = "127.0.0.1"
_READY_SECONDS: Final = 20.0


class PlainChaincodeError(Exception):
    """The plain chaincode could not be put on the network; the message has Fabric's own words."""


@contextmanager
def plain_chaincode(server: Path) -> Iterator[None]:
    """Serve the chaincode `asset` to every peer while the block runs; define it if nobody has.

    `server` is the built program of `asset/`. The definition stays on the channel, the processes
    do not.

    Raises:
        PlainChaincodeError: the network is not up, or refused.
    """
    network = read_network()
    packages = {each.id: _package(each) for each in network.organisations}
    with ExitStack() as running:
        for each in network.organisations:
            running.enter_context(_serve(server, each, _package_id(packages[each.id])))
        _define(network, packages)
        yield


@contextmanager
def _serve(server: Path, organisation: Organisation, package_id: str) -> Iterator[None]:
    link = network_directory() / organisation.id / "link"
    port = _port(organisation)
    process = subprocess.Popen(
        [str(server)],
        env={
            **os.environ,
            "CHAINCODE_ID": package_id,
            "CHAINCODE_SERVER_ADDRESS": f"{_HOST}:{port}",
            "CHAINCODE_TLS_CERT": str(link / "chaincode.pem"),
            "CHAINCODE_TLS_KEY": str(link / "chaincode.key"),
            "CHAINCODE_CLIENT_CA": str(link / "ca.pem"),
        },
    )
    try:
        _await_listening(process, port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise PlainChaincodeError(f"The plain chaincode ended with {process.returncode}.")
        try:
            socket.create_connection((_HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise PlainChaincodeError(f"Nothing listens on port {port}.")


def _define(network: Network, packages: Mapping[str, bytes]) -> None:
    """Install, approve and commit what is missing."""
    with ThreadPoolExecutor(max_workers=len(packages)) as at_once:
        list(at_once.map(lambda each: _install(each, packages[each.id]), network.organisations))
        first = network.organisations[0]
        committed = json.loads(
            _peer(
                first,
                *("lifecycle", "chaincode", "querycommitted"),
                *("--channelID", network.channel, "--output", "json"),
            )
        )
        if any(each["name"] == NAME for each in committed.get("chaincode_definitions") or []):
            return
        definition = [
            *("--channelID", network.channel, "--name", NAME, "--version", "1"),
            *("--sequence", "1", "--signature-policy", network.chaincode_policy),
        ]
        list(
            at_once.map(
                lambda each: _peer(
                    each,
                    *("lifecycle", "chaincode", "approveformyorg", *definition),
                    *("--package-id", _package_id(packages[each.id])),
                    *_orderer(network, each),
                ),
                network.organisations,
            )
        )
    peers: list[str] = []
    for each in network.organisations:
        roots = str(network_directory() / each.id / "tls-ca.pem")
        peers += ["--peerAddresses", peer_address(each), "--tlsRootCertFiles", roots]
    commit = ("lifecycle", "chaincode", "commit")
    _peer(first, *commit, *definition, *_orderer(network, first), *peers)


def _install(organisation: Organisation, package: bytes) -> None:
    installed = _peer(organisation, "lifecycle", "chaincode", "queryinstalled")
    if _package_id(package) in installed:
        return
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "package.tar.gz"
        file.touch(mode=0o600)
        file.write_bytes(package)
        _peer(organisation, "lifecycle", "chaincode", "install", str(file))


def _package(organisation: Organisation) -> bytes:
    """Pack where this organisation's plain chaincode listens, and the keys of the link to it."""
    link = network_directory() / organisation.id / "link"
    connection = {
        "address": f"{_HOST}:{_port(organisation)}",
        "dial_timeout": "3s",
        "tls_required": True,
        "client_auth_required": True,
        "client_key": (link / "peer.key").read_text(),
        "client_cert": (link / "peer.pem").read_text(),
        "root_cert": (link / "ca.pem").read_text(),
    }
    code = _archive({"connection.json": json.dumps(connection).encode()})
    metadata = json.dumps({"type": "ccaas", "label": NAME}).encode()
    return _archive({"metadata.json": metadata, "code.tar.gz": code})


def _package_id(package: bytes) -> str:
    return f"{NAME}:{hashlib.sha256(package).hexdigest()}"


def _archive(files: Mapping[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def _port(organisation: Organisation) -> int:
    return int(settings()[f"PORT_ASSET_{organisation.id.upper()}"])


def _orderer(network: Network, organisation: Organisation) -> Sequence[str]:
    own = network_directory() / organisation.id / "admin" / "tls"
    roots = network_directory() / network.orderers[0].organisation.id / "tls-ca.pem"
    return [
        *("--orderer", f"{_HOST}:{settings()['PORT_ORDERER']}", "--tls", "--cafile", str(roots)),
        *("--clientauth", "--certfile", str(own / "client.crt")),
        *("--keyfile", str(own / "client.key")),
    ]


def _peer(organisation: Organisation, *arguments: str) -> str:
    done = subprocess.run(
        [str(program("peer")), *arguments],
        env={**os.environ, **peer_environment(organisation)},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise PlainChaincodeError(f"peer {' '.join(arguments[:3])}: {done.stdout}{done.stderr}")
    return done.stdout
