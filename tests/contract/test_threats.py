"""The page of threats names only tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security" / "threats.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+|Test[A-Z]\w+)`", PAGE)))
SOURCES = [
    *(ROOT / "tests").rglob("test_*.py"),
    *(ROOT / "proof" / "python" / "tests").rglob("test_*.py"),
    *(ROOT / "ledger" / "chaincode").rglob("*_test.go"),
]


@pytest.fixture(scope="module")
def tests() -> set[str]:
    found = re.compile(r"^(?:async )?(?:def|func) ([Tt]est\w+)\(", re.MULTILINE)
    return {name for path in SOURCES for name in found.findall(path.read_text(encoding="utf-8"))}


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize("name", NAMED)
def test_what_stops_a_threat_is_shown_by_a_test(name: str, tests: set[str]) -> None:
    assert name in tests
