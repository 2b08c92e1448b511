"""Waits for the ledger's network, and has its founders agree on the channel's rules.

Three founding organisations ask for the same rules, each as itself; what is in force already is
left alone. The rulebook's hash is made of its text here and now.
"""

import asyncio
import hashlib
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onebill_verify.canonical import JsonValue, encode, parse

from foundation.kernel.errors import DomainError, NotFound, Unavailable, WrongState
from ledger.client.gateway import LOST_RACES, VALID, Gateway, open_peer_channel
from ledger.client.identity import Identity
from ledger.client.organisations import FOUNDERS, choices_for_three
from ledger.client.proposal import Proposer
from ledger.network.description import Network, read_network
from ledger.network.ready import Door, wait_until_ready

RECOVERY_DELAY_SECONDS: Final = 259_200
_NEEDED: Final = 3
_ATTEMPTS_MAX: Final = 20
_COMMIT_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.25
_VERSION: Final = re.compile(r"version (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rulebook in force: its version, and the SHA-256 of its text, in hex."""

    version: int
    hash: str

    @classmethod
    def read(cls, path: Path) -> "Rulebook":
        """Read a rulebook; its first line `… version N` says which it is."""
        text = path.read_bytes()
        found = _VERSION.search(text.decode())
        if found is None:
            raise ValueError(f"{path} does not say which version it is")
        return cls(int(found[1]), hashlib.sha256(text).hexdigest())


def founding_rules(
    rulebook: Rulebook,
    recovery_delay_seconds: int = RECOVERY_DELAY_SECONDS,
    admitted: tuple[tuple[str, str], ...] = (),
) -> dict[str, JsonValue]:
    """Write the argument of SetRules.

    Args:
        rulebook: the one in force.
        recovery_delay_seconds: how long a recovery waits.
        admitted: who is a member besides the founders: MSP id and kind (CARRIER or PORT).
    """
    members = sorted((*FOUNDERS.items(), *admitted))
    return {
        "organisations": [{"kind": kind, "mspId": msp_id} for msp_id, kind in members],
        "recoveryDelaySeconds": recovery_delay_seconds,
        "rulebookHash": rulebook.hash,
        "rulebookVersion": rulebook.version,
    }


async def rules_in_force(gateway: Gateway) -> JsonValue:
    """Answer the rules as SetRules took them, or None where there are none yet."""
    try:
        rules = parse(await gateway.evaluate("GetRules"))
    except (NotFound, WrongState):
        return None
    return (
        {name: value for name, value in rules.items() if name != "setDateTime"}
        if isinstance(rules, dict)
        else None
    )


async def ask_for_rules(gateways: list[Gateway], rules: dict[str, JsonValue]) -> None:
    """Have each gateway's organisation ask for the rules.

    Raises:
        DomainError: a refusal, or the network does not record it.
    """
    for gateway in gateways:
        await _record(gateway, encode(rules).decode())


async def _record(gateway: Gateway, argument: str) -> None:
    endorsers = next(iter(choices_for_three()))
    for attempt in range(1, _ATTEMPTS_MAX + 1):
        try:
            prepared = await gateway.endorse("SetRules", (argument,), endorsers)
            await gateway.submit(prepared)
            status = await gateway.commit_status(prepared.transaction_id, _COMMIT_SECONDS)
        except DomainError:
            if attempt == _ATTEMPTS_MAX:
                raise
        else:
            if status.code == VALID:
                return
            if status.code not in LOST_RACES:
                break
        await asyncio.sleep(_PAUSE_SECONDS)
    raise WrongState("RULES_NOT_RECORDED", "The network did not record the channel's rules.")


async def set_up(network: Network, door: Door, keys: Path, rulebook: Rulebook) -> None:
    """Ask as three founders for the founding rules, where none are in force."""
    client = door.directory / "client"
    async with open_peer_channel(
        door.address,
        door.directory / "tls-ca.pem",
        client / "tls" / "client.crt",
        client / "tls" / "client.key",
    ) as channel:
        founders = [one for one in network.organisations if one.msp_id in FOUNDERS][:_NEEDED]
        gateways = [
            Gateway(
                channel,
                Proposer(
                    Identity.from_files(
                        one.msp_id,
                        keys / one.id / "client" / "certificate.pem",
                        keys / one.id / "client" / "key.pem",
                    ),
                    network.channel,
                    network.chaincode,
                ),
                lambda: datetime.now(UTC),
            )
            for one in founders
        ]
        if await rules_in_force(gateways[0]) is None:
            await ask_for_rules(gateways, founding_rules(rulebook))


async def _ready_and_set_up(door: Door, keys: Path, rulebook: Rulebook, seconds: float) -> str:
    network = read_network()
    deadline = asyncio.get_running_loop().time() + seconds
    fault = await wait_until_ready(network, door, seconds)
    if fault is not None:
        return f"the ledger's network is not ready: {fault}"
    while True:
        try:
            await set_up(network, door, keys, rulebook)
        except DomainError as refusal:
            # A peer that has just come back may be silent once more after it has answered.
            is_over = asyncio.get_running_loop().time() > deadline
            if is_over or not isinstance(refusal, Unavailable):
                return f"the founders could not agree on the channel's rules: {refusal}"
        else:
            return ""
        await asyncio.sleep(_PAUSE_SECONDS)


def main(arguments: list[str]) -> int:
    """`rules MSP_ID ADDRESS DIRECTORY SECONDS RULEBOOK`: exit 0 once the rules are in force.

    DIRECTORY holds the keys of every organisation's client.
    """
    msp_id, address, directory, seconds, rulebook = arguments
    network = read_network()
    own = next(one.id for one in network.organisations if one.msp_id == msp_id)
    keys = Path(directory)
    door = Door(msp_id, address, keys / own)
    fault = asyncio.run(
        _ready_and_set_up(door, keys, Rulebook.read(Path(rulebook)), float(seconds))
    )
    if fault:
        print(fault, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
