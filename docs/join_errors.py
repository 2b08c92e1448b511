"""Joins docs/errors.d/*.md into docs/errors.md: `python docs/join_errors.py [--check]`."""

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
HEAD = """\
# Errors

Every refusal that a person can cause: a stable reason, one sentence, what to do now. At
`/v1` it is `application/problem+json` with `reason`; over gRPC `google.rpc.ErrorInfo` with
domain `onebill`. A reason is API: it is never renamed. A refused write leaves everything as
it was.

This page is joined from `docs/errors.d/` by `make docs`; write there.
"""


def joined() -> str:
    """Return the whole page: one table per part, reasons sorted."""
    page = HEAD
    for part in sorted((DOCS / "errors.d").glob("*.md")):
        rows = sorted({line for line in part.read_text().splitlines() if is_row(line)})
        page += f"\n## {part.stem}\n\n| reason | sentence | what now |\n| --- | --- | --- |\n"
        page += "".join(f"{row}\n" for row in rows)
    return page


def is_row(line: str) -> bool:
    """Tell a row with a reason from the head of a table."""
    first = line.removeprefix("|").partition("|")[0].strip().strip("`")
    return line.startswith("|") and first.replace("_", "").isalnum() and first.isupper()


def main() -> int:
    """Write the page, or with --check only say whether it is as joined."""
    page = DOCS / "errors.md"
    if "--check" in sys.argv:
        return 0 if page.is_file() and page.read_text() == joined() else 1
    page.write_text(joined())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
