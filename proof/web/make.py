"""Write proof/web/onebill-verify.html, the second verifier in one file; `--check` compares.

Standard library only; the same bytes come out every time.
"""

import sys
from pathlib import Path

from inlining import joined, page

HERE = Path(__file__).parent
PAGE = HERE / "onebill-verify.html"


def made() -> str:
    """Return the page."""
    source = HERE / "src"
    template = (source / "page.html").read_text("utf-8")
    style = (source / "page.css").read_text("utf-8")
    return page(template, joined(source / "page.js"), style)


def main() -> int:
    """Write or compare; return 1 where the page is not what its sources say."""
    text = made()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, "utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text("utf-8") == text:
        return 0
    print(f"{PAGE.name} is not what its sources say: make proof-web", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
