"""Upgrade the chaincode on the running network, with acts under way.

Every organisation gets a package that names a second address, and a process there before the
new definition is approved and committed: from the first block under it on somebody answers.
Then, one organisation after the other, the lasting process moves to the new address; the others
endorse meanwhile. An act endorsed under the old definition and ordered after the new one has
read a definition that is no longer in force: it is invalid as a lost race, and its courier
endorses it again.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Final

from ledger.network.description import Network, Organisation
from ledger.network.ready import Door, wait_until_ready
from local import ordering_kind, processes, supervisor
from local.go_tools import build_chaincode
from local.ledger_network import (
    committed_sequence,
    define_chaincode,
    install,
    make_package,
    network_directory,
    peer_address,
)
from local.places import ROOT, Trouble, state
from local.settings import settings
from local.steps import step

_READY_SECONDS: Final = 60.0
_SIDES: Final = ("PORT_CHAINCODE", "PORT_CHAINCODE_NEXT")


def upgrade_chaincode() -> int:
    """Build, install, approve, commit and change over; answer the new sequence.

    Raises:
        Trouble: the network does not run, or an organisation refused. Before the commit nothing
            has changed; after it `up` goes on with what is in force.
    """
    network = ordering_kind.network()
    if not supervisor.running():
        raise Trouble("The network does not run; start it with `make engines`.")
    with step("build the chaincode"):
        program = build_chaincode()
    sequence = committed_sequence(network, network.organisations[0]) + 1
    places = {each.id: _prepare(network, each) for each in network.organisations}
    try:
        with step(f"start the next chaincode of {len(places)} organisations"):
            for each in network.organisations:
                install(each, places[each.id])
                _start_beside(each, places[each.id], program)
        with step(f"approve and commit definition {sequence}"):
            packages = {
                id_: (place / "package.id").read_text().strip() for id_, place in places.items()
            }
            define_chaincode(network, sequence, packages)
            for each in network.organisations:
                _put_in_force(each, places[each.id])
            _wait_until_all_endorse(network)
        for each in network.organisations:
            with step(f"change over at {each.id}"):
                supervisor.restart(f"chaincode-{each.id}", partial(_stop_beside, each))
                _wait_until_all_endorse(network)
    finally:
        for each in network.organisations:
            _stop_beside(each)
            shutil.rmtree(places[each.id], ignore_errors=True)
    return sequence


def _prepare(network: Network, organisation: Organisation) -> Path:
    """Make a package for the side that is not in use."""
    own = network_directory() / organisation.id
    in_use = (own / "chaincode.address").read_text().strip().rpartition(":")[2]
    first = settings()[f"{_SIDES[0]}_{organisation.id.upper()}"]
    side = _SIDES[1] if in_use == first else _SIDES[0]
    place = own / "next"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    (place / "link").symlink_to(own / "link")
    make_package(network, organisation, place, side)
    return place


def _start_beside(organisation: Organisation, place: Path, program: Path) -> None:
    """Start the next chaincode until the supervisor's own takes its place."""
    link = place / "link"
    name = _beside(organisation)
    environment = {
        **os.environ,
        "CHAINCODE_ID": (place / "package.id").read_text().strip(),
        "CHAINCODE_SERVER_ADDRESS": (place / "chaincode.address").read_text().strip(),
        "CHAINCODE_TLS_CERT": str(link / "chaincode.pem"),
        "CHAINCODE_TLS_KEY": str(link / "chaincode.key"),
        "CHAINCODE_CLIENT_CA": str(link / "ca.pem"),
    }
    with (state() / "logs" / f"{name}.log").open("a") as log:
        child = subprocess.Popen(
            [str(program)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    processes.record(name, child.pid)


def _put_in_force(organisation: Organisation, place: Path) -> None:
    """Let whoever starts this organisation's chaincode from now on start the next one."""
    for name in ("package.tar.gz", "package.id", "chaincode.address"):
        (place / name).replace(network_directory() / organisation.id / name)


def _stop_beside(organisation: Organisation) -> None:
    mine = [each for each in processes.known() if each.name == _beside(organisation)]
    for each in mine:
        each.send(signal.SIGKILL)
    processes.wait_until(lambda: not any(each.alive() for each in mine), 10)
    (processes.directory() / f"{_beside(organisation)}.pid").unlink(missing_ok=True)


def _wait_until_all_endorse(network: Network) -> None:
    one = network.organisations[-1]
    door = Door(one.msp_id, peer_address(one), network_directory() / one.id)
    fault = asyncio.run(wait_until_ready(network, door, _READY_SECONDS))
    if fault is not None:
        raise Trouble(f"Not every organisation endorses after the upgrade: {fault}")


def _beside(organisation: Organisation) -> str:
    return f"chaincode-next-{organisation.id}"
