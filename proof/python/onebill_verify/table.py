"""law.json, the one table of the law, as this package carries it."""

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def law_table() -> dict[str, Any]:
    """Return the table, read once."""
    text = resources.files(__package__).joinpath("law.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
