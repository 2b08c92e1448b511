"""The vectors themselves: made by one script, byte for byte, and none is missing."""

import re
import subprocess
import sys
from pathlib import Path

from making import reasons
from making.law_chains import every_code
from onebill_verify.terms import TERMS_OF

PROOF = Path(__file__).parents[2]
# Reasons that no vector file of bundles, acts or law can show, and where they are tested.
ELSEWHERE = {
    "BUNDLE_TOO_LARGE",  # 16 MiB have no place in a vector: test_bundles.py
    "TRUST_MALFORMED",  # no bundle is to blame: test_bundles.py
    "NOT_CANONICAL",
    "JSON_MALFORMED",
    "BASE64_MALFORMED",
    "SALT_MALFORMED",
}


def test_the_committed_vectors_are_those_that_the_script_makes() -> None:
    made = subprocess.run(
        [sys.executable, str(PROOF / "vectors" / "make.py"), "--check"],
        capture_output=True,
        check=False,
        text=True,
    )

    assert made.returncode == 0, made.stderr


def test_every_reason_is_listed_and_every_listed_one_is_given(vectors) -> None:
    listed = set(vectors("reasons.json"))
    source = "".join(
        path.read_text("utf-8") for path in (PROOF / "python" / "onebill_verify").glob("*.py")
    )

    given = set(re.findall(r'"([A-Z0-9]+(?:_[A-Z0-9]+)+)"', source))

    assert listed <= given
    raised = set(re.findall(r'NotProven\(\s*"([A-Z0-9_]+)"', source))
    assert raised <= listed
    assert listed == {*reasons.OF_FORMS, *reasons.OF_ACTS, *reasons.OF_BUNDLES}


def test_every_reason_is_shown_by_a_vector(vectors) -> None:
    shown = {
        case.get("reason")
        for name, part in (
            ("bundles.json", "cases"),
            ("law.json", "cases"),
            ("acts.json", "acts"),
            ("acts.json", "statements"),
            ("jws.json", "cases"),
            ("jws.json", "publicKeys"),
        )
        for case in vectors(name)[part]
    }

    assert set(vectors("reasons.json")) - shown - ELSEWHERE == set()


def test_every_action_code_has_a_good_and_a_bad_vector(vectors) -> None:
    acts = vectors("acts.json")["acts"]

    assert {case["actionCode"] for case in acts if "actionCode" in case} == set(TERMS_OF)
    for code in every_code():
        assert [case for case in acts if case["name"].startswith(code) and "reason" in case]


def test_the_names_of_the_cases_are_all_different(vectors) -> None:
    for name, part in (("law.json", "cases"), ("bundles.json", "cases"), ("jws.json", "cases")):
        names = [case["name"] for case in vectors(name)[part]]
        assert len(set(names)) == len(names), name
