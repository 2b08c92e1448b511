"""Rows with legal or commercial weight: dated, with their source, verified or not.

A rule file names each row by a key. Rows of one key are versions of one rule: on any day at most
one of them holds, and between the first day and the last there is no day without one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

from foundation.kernel.errors import InvalidValue


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """Where a row comes from and when it holds.

    Attributes:
        key: file and row, such as `tariff/rail-cn`.
        effective_from: the first day, UTC.
        effective_to: the last day; None while it is open.
        source: the law, contract or published tariff it was read in.
        verified: whether somebody compared it with that source.
        note: what is not verified, one sentence; empty for a verified row.

    Raises:
        InvalidValue: RULE_DATES.
    """

    key: str
    effective_from: date
    effective_to: date | None
    source: str
    verified: bool
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a row that ends before it begins."""
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidValue(
                "RULE_DATES",
                f"Rule {self.key} ends on {self.effective_to}, before it begins.",
                rule=self.key,
            )

    def holds_on(self, day: date) -> bool:
        """Whether the row holds on `day`, first and last day included."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )


class RuleRow(Protocol):
    """Any row of a rule file."""

    @property
    def rule(self) -> Rule:
        """Where it comes from and when it holds."""
        ...


Row = TypeVar("Row", bound=RuleRow)


def in_force(rows: Iterable[Row], day: date) -> list[Row]:
    """Answer the rows that hold on `day`, in the order of the file."""
    return [row for row in rows if row.rule.holds_on(day)]


def unverified(rows: Iterable[RuleRow]) -> tuple[Rule, ...]:
    """Answer the rules among `rows` that nobody compared with their source, each once."""
    return tuple(dict.fromkeys(row.rule for row in rows if not row.rule.verified))


def faults_of_dates(rules: Sequence[Rule]) -> list[str]:
    """Name every gap and every overlap between versions of one rule, one sentence each."""
    faults: list[str] = []
    ordered = sorted(rules, key=lambda rule: (rule.key, rule.effective_from))
    for earlier, later in pairwise(ordered):
        if earlier.key != later.key:
            continue
        if earlier.effective_to is None or earlier.effective_to >= later.effective_from:
            faults.append(f"{later.key} holds twice on {later.effective_from}.")
        elif earlier.effective_to + timedelta(days=1) != later.effective_from:
            faults.append(
                f"{later.key} has a gap from {earlier.effective_to} to {later.effective_from}."
            )
    return faults
