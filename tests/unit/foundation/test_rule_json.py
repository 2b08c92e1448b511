"""A rule stored beside a price is the rule that was read from its file."""

import json
from datetime import date

import pytest

from foundation.kernel.rules import Rule
from foundation.runtime.rule_json import rule_from_json, rule_to_json


@pytest.mark.parametrize("ends", [None, date(2026, 12, 31)])
def test_a_stored_rule_is_read_as_it_was(ends: date | None) -> None:
    rule = Rule("tariff/rail-cn", date(2026, 1, 1), ends, "a tariff", verified=False, note="why")

    assert rule_from_json(json.loads(json.dumps(rule_to_json(rule)))) == rule
