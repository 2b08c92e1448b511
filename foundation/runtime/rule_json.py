"""A rule that nobody verified, as it is stored beside what was priced or quoted with it."""

from collections.abc import Mapping
from datetime import date

from foundation.kernel.rules import Rule


def rule_to_json(rule: Rule) -> dict[str, str | None]:
    """Write a rule that is not verified."""
    return {
        "key": rule.key,
        "effectiveFrom": rule.effective_from.isoformat(),
        "effectiveTo": rule.effective_to.isoformat() if rule.effective_to else None,
        "source": rule.source,
        "note": rule.note,
    }


def rule_from_json(rule: Mapping[str, str | None]) -> Rule:
    """Read it again."""
    ends = rule["effectiveTo"]
    return Rule(
        key=str(rule["key"]),
        effective_from=date.fromisoformat(str(rule["effectiveFrom"])),
        effective_to=date.fromisoformat(ends) if ends else None,
        source=str(rule["source"]),
        verified=False,
        note=str(rule["note"]),
    )
