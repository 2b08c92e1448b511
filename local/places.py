"""Where things lie: the checkout, this instance's state, and the build cache outside both.

Standard library only: this is read before any dependency is there.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Trouble(Exception):
    """Something a person has to put right; the message is one sentence that names it."""


def state() -> Path:
    """Answer the directory of this instance: ports, keys, databases, logs. Git ignores it."""
    return Path(os.environ.get("ONEBILL_STATE") or ROOT / ".local").expanduser().absolute()


def cache() -> Path:
    """Answer the directory of what is built once per machine and shared by every checkout."""
    configured = os.environ.get("ONEBILL_CACHE")
    if configured:
        return Path(configured).expanduser().absolute()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "onebill"


def python() -> Path:
    """Answer the interpreter that has OneBill and everything it needs."""
    return ROOT / ".venv" / "bin" / "python"
