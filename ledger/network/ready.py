"""Whether the ledger's network answers: one endorsed read that names every organisation.

The peer's Gateway has to have discovered the others, each peer to reach its chaincode, and all
four answers to agree. Nothing is submitted.
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from foundation.kernel.errors import DomainError
from ledger.client.gateway import Gateway, open_peer_channel
from ledger.client.identity import Identity
from ledger.client.proposal import Proposer
from ledger.network.description import Network, read_network

# The chaincode's function that reads nothing and answers its name and version.
_FUNCTION: Final = "Version"
_PAUSE_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Door:
    """How to reach one organisation's peer, as a client of that organisation.

    Attributes:
        directory: the organisation's keys, as the local network lays them out.
    """

    msp_id: str
    address: str
    directory: Path


async def wait_until_ready(network: Network, door: Door, seconds: float) -> str | None:
    """Ask until every organisation endorses, at most `seconds`; answer the last fault, or None."""
    client = door.directory / "client"
    identity = Identity.from_files(door.msp_id, client / "certificate.pem", client / "key.pem")
    deadline = asyncio.get_running_loop().time() + seconds
    everyone = tuple(each.msp_id for each in network.organisations)
    async with open_peer_channel(
        door.address,
        door.directory / "tls-ca.pem",
        client / "tls" / "client.crt",
        client / "tls" / "client.key",
    ) as channel:
        gateway = Gateway(
            channel,
            Proposer(identity, network.channel, network.chaincode),
            lambda: datetime.now(UTC),
        )
        while True:
            try:
                await gateway.endorse(_FUNCTION, (), everyone)
            except DomainError as fault:
                if asyncio.get_running_loop().time() > deadline:
                    return str(fault)
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return None


def main(arguments: list[str]) -> int:
    """`ready MSP_ID ADDRESS DIRECTORY SECONDS`: exit 0 once the network answers."""
    msp_id, address, directory, seconds = arguments
    door = Door(msp_id, address, Path(directory))
    fault = asyncio.run(wait_until_ready(read_network(), door, float(seconds)))
    if fault is not None:
        print(f"the ledger's network is not ready: {fault}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
