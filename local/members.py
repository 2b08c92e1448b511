"""Members that joined this instance's channel after it was founded."""

import json
import re
from typing import Final

from ledger.network.description import Organisation, read_network
from local.places import Trouble, state

_NAME: Final = re.compile(r"[a-z]{3,20}")
_MEMBERS_MAX: Final = 1
_DOMAIN: Final = "onebill.internal"


def members() -> tuple[Organisation, ...]:
    """Answer who joined, in order."""
    path = state() / "members.json"
    if not path.exists():
        return ()
    return tuple(Organisation(**each) for each in json.loads(path.read_text()))


def new_member(name: str) -> Organisation:
    """Answer the organisation that would join as `name`; its MSP id is made of its name.

    Raises:
        Trouble: the name is none, is taken, or this machine has no place for one more.
    """
    taken = {each.id for each in read_network().organisations} | {"ordering", "postgres"}
    if not _NAME.fullmatch(name) or name in taken:
        raise Trouble(f"ORG is a new name of 3 to 20 letters a to z, not {name}.")
    known = {each.id: each for each in members()}
    if name not in known and len(known) >= _MEMBERS_MAX:
        raise Trouble(
            f"One machine has ports for {_MEMBERS_MAX} more member, and {next(iter(known))} is it."
        )
    return known.get(name) or Organisation(name, f"{name.title()}MSP", f"{name}.{_DOMAIN}")


def remember(member: Organisation) -> None:
    """Write a member down, once; `up` starts it from now on."""
    if member in members():
        return
    known = [{"id": each.id, "msp_id": each.msp_id, "domain": each.domain} for each in members()]
    known.append({"id": member.id, "msp_id": member.msp_id, "domain": member.domain})
    path = state() / "members.json"
    unfinished = path.with_name(".members.json.new")
    unfinished.write_text(json.dumps(known, indent=2) + "\n")
    unfinished.replace(path)
