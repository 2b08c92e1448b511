"""`onebill-verify BUNDLE --roots FILE`: exit 0 proven, 4 not proven, 2 usage."""

import argparse
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onebill_verify import forms
from onebill_verify.answer import Answer, Language
from onebill_verify.errors import NotProven
from onebill_verify.trust import Trust
from onebill_verify.verifier import ORGANISATIONS, verify

EXIT_PROVEN: Final = 0
EXIT_USAGE: Final = 2
EXIT_NOT_PROVEN: Final = 4
_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    asked = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Chinese
    try:
        trust = Trust.parse(asked.roots.read_bytes())
        data = asked.bundle.read_bytes()
    except OSError as error:
        sys.stderr.write(f"onebill-verify: {error.filename} cannot be read: {error.strerror}.\n")
        return EXIT_USAGE
    except NotProven as error:
        sys.stderr.write(f"onebill-verify: {error}\n")
        return EXIT_USAGE
    answer = verify(
        data,
        trust,
        asked.now or datetime.now(UTC),
        organisations=asked.organisations,
        nonce=asked.nonce,
    )
    language = Language(asked.language)
    if asked.json:
        text = json.dumps(answer.to_json(language), ensure_ascii=False, indent=2)
    else:
        text = _for_people(answer, language, colour=sys.stdout.isatty())
    sys.stdout.write(f"{text}\n")
    return EXIT_PROVEN if answer.proven else EXIT_NOT_PROVEN


def _for_people(answer: Answer, language: Language, *, colour: bool) -> str:
    headline = answer.headline(language)
    if colour:
        headline = f"{_GREEN if answer.proven else _RED}{headline}{_PLAIN}"
    lines = [headline, *(f"  {line}" for line in answer.evidence(language))]
    chinese = language is Language.CHINESE
    for title, sentences in (
        ("以此为据：" if chinese else "It rests on:", answer.rests_on(language)),
        ("未予证明：" if chinese else "Not proven:", answer.not_proven(language)),
    ):
        if sentences:
            lines += ["", title, *(f"  - {sentence}" for sentence in sentences)]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onebill-verify",
        description="Verifies an electronic bill of lading offline. Exit code 0: proven; "
        "4: not proven; 2: the question itself was wrong.",
    )
    parser.add_argument("bundle", type=Path, help="the bundle, a JSON file")
    parser.add_argument("--roots", type=Path, required=True, help="the pinned roots, a JSON file")
    parser.add_argument(
        "--now", type=_time, help="the time of day, such as 2026-05-04T08:15:00Z; the clock's"
    )
    parser.add_argument(
        "--organisations",
        type=_count,
        default=ORGANISATIONS,
        metavar="K",
        help=f"how many organisations must have endorsed ({ORGANISATIONS} unless told)",
    )
    parser.add_argument("--nonce", help="the nonce that you gave to the attesting peers")
    parser.add_argument(
        "--language", choices=[language.value for language in Language], default="en"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    return parser


def _time(text: str) -> datetime:
    try:
        return forms.time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} {error}") from None


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of organisations")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
