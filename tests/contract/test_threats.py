"""The pages of threats and of the law name only tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs" / "security").glob("*.md")), ROOT / "docs" / "law.md"]
NAMED = sorted(
    {
        name
        for page in PAGES
        for name in re.findall(r"`(test_\w+|Test[A-Z]\w+)`", page.read_text(encoding="utf-8"))
    }
)
SOURCES = [
    *(ROOT / "tests").rglob("test_*.py"),
    *(ROOT / "proof" / "python" / "tests").rglob("test_*.py"),
    *(ROOT / "proof" / "web" / "tests").rglob("test_*.py"),
    *(ROOT / "ledger" / "chaincode").rglob("*_test.go"),
]


@pytest.fixture(scope="module")
def tests() -> set[str]:
    found = re.compile(r"^(?:async )?(?:def|func) ([Tt]est\w+)\(", re.MULTILINE)
    return {name for path in SOURCES for name in found.findall(path.read_text(encoding="utf-8"))}


def test_the_pages_name_tests() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize("name", NAMED)
def test_what_a_page_says_is_shown_by_a_test_that_there_is(name: str, tests: set[str]) -> None:
    assert name in tests
