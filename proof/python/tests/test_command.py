"""The command: exit codes and what it prints."""

import json
import os
import subprocess
import sys

import pytest
from onebill_verify.__main__ import main


@pytest.fixture
def files(tmp_path, sample, sample_roots):
    bundle, roots = tmp_path / "bundle.json", tmp_path / "roots.json"
    bundle.write_bytes(sample)
    roots.write_bytes(sample_roots)
    return bundle, roots


def test_a_proven_bundle_ends_with_0_and_one_sentence(files, capsys) -> None:
    bundle, roots = files

    assert main([str(bundle), "--roots", str(roots), "--now", "2026-06-01T07:00:00Z"]) == 0
    assert capsys.readouterr().out.startswith("PROVEN: bill OB")


def test_a_changed_bundle_ends_with_4_and_the_reason(files, capsys) -> None:
    bundle, roots = files
    bundle.write_bytes(bundle.read_bytes().replace(b"SGJUR", b"SGSIN"))

    assert main([str(bundle), "--roots", str(roots)]) == 4
    assert capsys.readouterr().out.startswith("NOT PROVEN: DOCUMENT_CHANGED.")


def test_more_organisations_than_endorsed_are_not_proven(files) -> None:
    bundle, roots = files

    assert main([str(bundle), "--roots", str(roots), "--organisations", "4"]) == 4


def test_the_answer_in_json_has_the_members_of_the_specification(files, capsys) -> None:
    bundle, roots = files

    main([str(bundle), "--roots", str(roots), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert answer["proven"] is True
    assert set(answer) >= {
        "reason",
        "transportDocumentReference",
        "state",
        "possessor",
        "titleHolder",
        "sequence",
        "headActHash",
        "asOf",
        "attestedBy",
        "endorsedBy",
        "document",
        "certificate",
        "restsOn",
        "notProven",
    }


def test_it_answers_in_chinese(files, capsys) -> None:
    bundle, roots = files

    assert main([str(bundle), "--roots", str(roots), "--language", "zh"]) == 0
    assert capsys.readouterr().out.startswith("已证明")


def test_a_missing_file_and_bad_roots_end_with_2_and_a_sentence(files, capsys) -> None:
    bundle, roots = files

    assert main([str(bundle), "--roots", str(roots.with_name("none.json"))]) == 2
    roots.write_bytes(b"{}")
    assert main([str(bundle), "--roots", str(roots)]) == 2
    assert "the trust file has no channel" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [["--now", "noon"], ["--organisations", "0"], ["--organisations", "two"], ["--x"]]
)
def test_a_wrong_question_ends_with_2(files, wrong, capsys) -> None:
    bundle, roots = files

    with pytest.raises(SystemExit) as ended:
        main([str(bundle), "--roots", str(roots), *wrong])
    assert ended.value.code == 2
    capsys.readouterr()


def test_it_imports_nothing_of_the_platform(files) -> None:
    bundle, roots = files
    probe = (
        "import sys; from onebill_verify.__main__ import main; code = main();"
        "bad = [m for m in sys.modules if m.split('.')[0] in"
        " {'foundation', 'services', 'ledger', 'grpc', 'google', 'onebill', 'httpx'}];"
        "sys.exit(f'imports {bad}' if bad else code)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", probe, str(bundle), "--roots", str(roots)],
        capture_output=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr


def test_a_terminal_without_chinese_still_gets_its_answer(files) -> None:
    bundle, roots = files
    command = [sys.executable, "-m", "onebill_verify", str(bundle), "--roots", str(roots)]

    ended = subprocess.run(
        [*command, "--language", "zh"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )

    assert ended.returncode == 0, ended.stderr
