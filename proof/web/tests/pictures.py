"""Take the pictures of docs/pictures: `python proof/web/tests/pictures.py`.

The machine needs a font for Chinese (Debian: fonts-noto-cjk); the pictures are looked at before
they are committed.
"""

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE), str(ROOT)]

from chromium import running  # noqa: E402 - found by the paths above

from local.browser import bring, environment  # noqa: E402

SAMPLE = ROOT / "proof" / "vectors" / "sample"
PICTURES = ROOT / "docs" / "pictures"
NOW = "2026-06-01T07:00:00Z"
WIDTH = 960
# Down to what is not proven; the acts and the document come after it.
HEIGHT = 1900


def main() -> None:
    """Take a proven bill in both languages, and a refused one."""
    program = bring()
    with running(program, environment(program)) as browser, tempfile.TemporaryDirectory() as name:
        changed = Path(name) / "bundle.json"
        good = (SAMPLE / "bundle.json").read_bytes()
        changed.write_bytes(good.replace(b"18400000", b"18400001"))
        for picture, bundle, language in (
            ("verify-proven-en.png", SAMPLE / "bundle.json", "en"),
            ("verify-proven-zh.png", SAMPLE / "bundle.json", "zh"),
            ("verify-refused-en.png", changed, "en"),
        ):
            browser.open(HERE.parent / "onebill-verify.html", now=NOW, width=WIDTH)
            browser.value(f"document.getElementById('language-{language}').click()")
            browser.choose("#file-bundle", bundle)
            browser.choose("#file-roots", SAMPLE / "roots.json")
            browser.until("document.querySelector('.verdict') !== null")
            browser.picture(PICTURES / picture, height_max=HEIGHT)


if __name__ == "__main__":
    main()
