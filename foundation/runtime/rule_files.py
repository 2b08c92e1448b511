"""Reads rule files: TOML with one `[[row]]` per version of a rule.

A file may have a `[defaults]` table for `source`, `effective_from`, `effective_to`, `verified`
and `note`. A row has a `key`, may override the defaults, and has members of its own, each of
which must be taken by whoever reads the file: a slip in a member's name is a fault at start.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Final

from foundation.kernel.rules import Rule

_PROVENANCE: Final = ("source", "effective_from", "effective_to", "verified", "note")


class RuleFault(Exception):
    """A rule file cannot be read; the message says which row and why."""


class RuleEntry:
    """One row as the file has it: its provenance, and its own members taken by name."""

    def __init__(self, rule: Rule, members: dict[str, object]) -> None:
        self.rule = rule
        self._members = members

    def text(self, name: str, default: str | None = None) -> str:
        """Take a text."""
        value = self._take(name, default)
        if not isinstance(value, str):
            raise self._fault(name, "is not a text")
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """Take a whole number."""
        value = self._take(name, default)
        if type(value) is not int:
            raise self._fault(name, "is not a whole number")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._fault(name, "is neither true nor false")
        return value

    def texts(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of texts."""
        value = self._take(name, None if default is None else list(default))
        if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
            raise self._fault(name, "is not a list of texts")
        return tuple(value)

    def end(self) -> None:
        """Refuse members that nobody took."""
        if self._members:
            raise self._fault(", ".join(sorted(self._members)), "is not a member of this file")

    def _take(self, name: str, default: object) -> object:
        value = self._members.pop(name, default)
        if value is None:
            raise self._fault(name, "is missing")
        return value

    def _fault(self, name: str, what: str) -> RuleFault:
        return RuleFault(f"{self.rule.key}: {name} {what}")


def read_rule_file(path: Path) -> list[RuleEntry]:
    """Read every row of a rule file, in order.

    Raises:
        RuleFault: the provenance of a row is incomplete.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    defaults = document.pop("defaults", {})
    rows = document.pop("row", [])
    if document:
        raise RuleFault(f"{path.name}: {', '.join(document)} is neither [defaults] nor [[row]]")
    return [_entry(path, {**defaults, **row}) for row in rows]


def _entry(path: Path, row: dict[str, object]) -> RuleEntry:
    key = f"{path.stem}/{row.pop('key', '?')}"
    source, begins, ends, verified, note = (row.pop(name, None) for name in _PROVENANCE)
    if not isinstance(source, str) or not source:
        raise RuleFault(f"{key}: source is missing")
    if not isinstance(begins, date) or not (ends is None or isinstance(ends, date)):
        raise RuleFault(f"{key}: effective_from and effective_to are dates")
    if not isinstance(verified, bool):
        raise RuleFault(f"{key}: verified is neither true nor false")
    if not verified and not note:
        raise RuleFault(f"{key}: a row that is not verified says in `note` what is not")
    return RuleEntry(Rule(key, begins, ends, source, verified, "" if verified else str(note)), row)
