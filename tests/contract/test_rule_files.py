"""Every row with legal or commercial weight says where it comes from and when it holds."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

import services
from foundation.kernel.rules import Rule, faults_of_dates
from foundation.runtime.rule_files import RuleFault, read_rule_file

RULE_FILES = sorted(Path(services.__path__[0]).glob("*/rules/*.toml"))
# A list that is replaced as a whole says once, at its head, where it comes from.
DOCUMENTS = {path: tomllib.loads(path.read_text()) for path in RULE_FILES}
WHOLE_LISTS = [path for path in RULE_FILES if "row" not in DOCUMENTS[path]]
FILES_OF_ROWS = [path for path in RULE_FILES if "row" in DOCUMENTS[path]]


def name_of(path: Path) -> str:
    return f"{path.parts[-3]}/{path.stem}"


def rule(begins: date, ends: date | None) -> Rule:
    return Rule("tariff/rail", begins, ends, "a source", verified=True)


def test_there_are_rule_files():
    assert RULE_FILES


@pytest.mark.parametrize("path", WHOLE_LISTS, ids=name_of)
def test_a_list_replaced_as_a_whole_says_where_it_comes_from(path):
    head = DOCUMENTS[path]

    assert head["source"]
    assert isinstance(head["effective_from"], date)
    assert isinstance(head["verified"], bool)


@pytest.mark.parametrize("path", FILES_OF_ROWS, ids=name_of)
def test_versions_of_one_rule_have_no_gap_and_no_overlap(path):
    assert faults_of_dates([entry.rule for entry in read_rule_file(path)]) == []


def test_an_overlap_is_found():
    assert faults_of_dates(
        [rule(date(2026, 1, 1), date(2026, 6, 30)), rule(date(2026, 6, 30), None)]
    ) == ["tariff/rail holds twice on 2026-06-30."]


def test_an_open_end_before_another_version_is_an_overlap():
    assert faults_of_dates([rule(date(2026, 1, 1), None), rule(date(2026, 7, 1), None)])


def test_a_gap_is_found():
    assert faults_of_dates(
        [rule(date(2026, 1, 1), date(2026, 6, 29)), rule(date(2026, 7, 1), None)]
    ) == ["tariff/rail has a gap from 2026-06-29 to 2026-07-01."]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ('source = ""\neffective_from = 2026-01-01\nverified = true', "source is missing"),
        ('source = "s"\nverified = true', "are dates"),
        ('source = "s"\neffective_from = 2026-01-01', "neither true nor false"),
        ('source = "s"\neffective_from = 2026-01-01\nverified = false', "says in `note`"),
    ],
)
def test_a_row_without_its_provenance_is_a_fault(tmp_path, row, fault):
    path = tmp_path / "tariff.toml"
    path.write_text(f'[[row]]\nkey = "rail"\n{row}\n')

    with pytest.raises(RuleFault, match=fault):
        read_rule_file(path)


def test_a_member_that_nobody_knows_is_a_fault(tmp_path):
    path = tmp_path / "tariff.toml"
    path.write_text(
        '[[row]]\nkey = "rail"\nsource = "s"\neffective_from = 2026-01-01\nverified = true\n'
        'amonut = "1"\n'
    )
    (entry,) = read_rule_file(path)

    with pytest.raises(RuleFault, match="amonut is not a member"):
        entry.end()
