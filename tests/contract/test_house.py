"""The house is as its documents say: one truth for each thing, every reason written down."""

import re
import subprocess
import sys
from pathlib import Path

import services

ROOT = Path(__file__).resolve().parents[2]
PYTHON_PARTS = ("foundation", "services", "workflows", "ledger", "gateway")
RAISED = re.compile(
    r"\b(?:InvalidValue|NotFound|WrongState|NotAllowed|Conflict|LostRace|LimitExceeded"
    r'|Unavailable)\(\s*"([A-Z][A-Z0-9_]+)"'
)
GO_REASON = re.compile(r'Reason\s*=\s*"([A-Z][A-Z0-9_]+)"')


def test_services_is_our_package_and_nobody_elses() -> None:
    assert Path(str(services.__file__)).is_relative_to(ROOT)


def test_the_law_that_the_contract_embeds_is_the_specifications() -> None:
    specification = (ROOT / "proof/spec/law.json").read_bytes()

    assert (ROOT / "ledger/chaincode/bill/law.json").read_bytes() == specification
    assert (ROOT / "proof/python/onebill_verify/law.json").read_bytes() == specification


def test_the_page_of_errors_is_joined_from_its_parts() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "docs/join_errors.py"), "--check"], check=False
    )

    assert checked.returncode == 0, "run: make docs"


def test_every_reason_that_the_code_gives_is_on_the_page_of_errors() -> None:
    page = (ROOT / "docs/errors.md").read_text()
    listed = set(re.findall(r"^\| `?([A-Z][A-Z0-9_]+)`? \|", page, re.MULTILINE))

    assert given() - listed == set()


def given() -> set[str]:
    """Every reason in the code, Python and Go, tests left out."""
    reasons: set[str] = set()
    for part in PYTHON_PARTS:
        for file in (ROOT / part).rglob("*.py"):
            reasons |= set(RAISED.findall(file.read_text()))
    for file in (ROOT / "ledger/chaincode").rglob("*.go"):
        if not file.name.endswith("_test.go"):
            reasons |= set(GO_REASON.findall(file.read_text()))
    assert reasons, "the pattern finds nothing: it cannot fail"
    return reasons


def test_nothing_names_a_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    homes = re.compile(r"(?<![\w.])/(?:root|home/\w+|work)/[a-z]")

    named = [
        name
        for name in tracked
        if name.endswith((".py", ".go", ".md", ".toml", ".yaml", ".env", ".sql", ".proto"))
        and (ROOT / name).is_file()
        and homes.search((ROOT / name).read_text())
    ]

    assert named == []
