"""law.json, the one table of the law, as this package carries it."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final


@cache
def law_table() -> dict[str, Any]:
    """Return the table, read once."""
    text = resources.files(__package__).joinpath("law.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


# Which kinds of organisation vouch for a role.
VOUCHING: Final[Mapping[str, frozenset[str]]] = {
    role: frozenset(kinds) for role, kinds in law_table()["vouching"].items()
}
# The acts that an approver countersigns, where a party has one.
COUNTERSIGNED: Final[frozenset[str]] = frozenset(law_table()["countersigned"])
ROLES: Final = tuple(sorted(VOUCHING))
