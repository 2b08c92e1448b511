"""The second verifier as a command: what it prints, and how it ends."""

import json
import subprocess
from pathlib import Path

from engines import NODE

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "vectors" / "sample"


def run(*arguments) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [NODE, HERE.parent / "verify.js", *arguments],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )


def test_it_proves_the_sample_and_says_so_in_either_language() -> None:
    for language, sentence in (("en", "That the goods are"), ("zh", "货物是否")):
        done = run(SAMPLE / "bundle.json", SAMPLE / "roots.json", language)
        answer = json.loads(done.stdout)

        assert (done.returncode, answer["proven"]) == (0, True)
        assert answer["notProven"][0].startswith(sentence)


def test_it_ends_with_4_and_the_reason_where_nothing_is_proven() -> None:
    done = run(SAMPLE / "roots.json", SAMPLE / "roots.json")

    assert done.returncode == 4
    assert json.loads(done.stdout)["reason"] == "BUNDLE_MALFORMED"


def test_it_ends_with_2_where_it_was_not_told_what_to_read() -> None:
    assert run(SAMPLE / "bundle.json").returncode == 2
    assert run(SAMPLE / "bundle.json", SAMPLE / "roots.json", "fr").returncode == 2
