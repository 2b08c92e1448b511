"""Bring everything that OneBill needs, pinned and checksummed, in an order that soon shows some.

First the Python side (a minute): then the offline verifier and the unit tests work. Then the
engines' programs (minutes, once per machine). Runs on any Python from 3.11 with the standard
library alone; what is there is left as it is. `doctor` only says what is missing.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from local import browser
from local.go_tools import OLDEST_GO, UPSTREAMS, build, build_chaincode, find_go, home
from local.places import ROOT, Trouble, cache, python, state
from local.steps import free_gib, need_space, step

_BOOTSTRAP: Final = ROOT / ".local" / "bootstrap"
_UV_PINS: Final = ROOT / "local" / "tools" / "uv" / "requirements.txt"
_SAMPLE: Final = ROOT / "proof" / "vectors" / "sample" / "bundle.json"

# Disk that each phase asks for before it begins, in GiB, with some to spare.
_PYTHON_GIB: Final = 0.8
_STATE_GIB: Final = 1.0

_WORTH_A_WORD_SECONDS: Final = 5


def bring_packages() -> None:
    """Bring the Python side: what checks and unit tests need, and the offline verifier.

    Raises:
        Trouble: something cannot be had, named in one sentence.
    """
    _require_programs()
    _bring_uv()
    _install_packages()
    _print_protos()


def setup() -> None:
    """Bring everything that is missing; the engines' programs last.

    Raises:
        Trouble: something cannot be had, named in one sentence.
    """
    begun = time.monotonic()
    bring_packages()
    if time.monotonic() - begun > _WORTH_A_WORD_SECONDS:
        print("  ready by now, in another terminal: `make unit`", flush=True)
        if _SAMPLE.exists():
            print("  and `make verify-sample`, which checks a bill offline", flush=True)
    for upstream in UPSTREAMS:
        build(upstream)
    build_chaincode()
    need_space(_STATE_GIB, state(), "Databases and ledger")


def doctor() -> bool:
    """Say what is there, what set-up would bring, and the disk that takes; fetch nothing.

    Returns:
        whether set-up can do the rest by itself.
    """
    rows: list[tuple[bool, str, str]] = []
    version = ".".join(map(str, sys.version_info[:3]))
    rows.append((True, "Python", version))
    rows.extend(
        (shutil.which(name) is not None, name, shutil.which(name) or "install it")
        for name in ("git", "make", "bash")
    )
    able = all(good for good, _, _ in rows)
    compiler = find_go()
    oldest = ".".join(map(str, OLDEST_GO))
    missing = 0.0
    if compiler is None:
        missing += 0.5
    rows.append(
        (
            compiler is not None,
            "Go",
            str(compiler)
            if compiler
            else f"none of {oldest} or newer; comes from a wheel, 0.5 GiB",
        )
    )
    if not python().exists():
        missing += _PYTHON_GIB
    rows.append(
        (
            python().exists(),
            "packages",
            str(python().parent.parent) + _needs(_PYTHON_GIB, python()),
        )
    )
    for upstream in UPSTREAMS:
        place = home(upstream.name) if compiler else None
        missing += 0 if place else upstream.gib
        rows.append(
            (
                place is not None,
                upstream.name,
                str(place) if place else f"to be built in {upstream.usually}, {upstream.gib} GiB",
            )
        )
    chromium = browser.find()
    missing += 0 if chromium else browser.GIB
    rows.append(
        (
            chromium is not None,
            "Chromium",
            str(chromium)
            if chromium
            else f"for tests of pages; `make test` brings it, {browser.GIB} GiB",
        )
    )
    for good, name, what in rows:
        print(f"  {'ok ' if good else '-- '} {name:16} {what}")
    print(f"  disk: about {missing:.1f} GiB still to be fetched and built")
    print(f"        {free_gib(ROOT):.1f} GiB free in {ROOT}, for packages and this instance")
    print(f"        {free_gib(cache()):.1f} GiB free in {cache()}, for built programs")
    print(f"        {free_gib(Path.home()):.1f} GiB free in {Path.home()}, for Go's own caches")
    if free_gib(cache()) < missing or free_gib(ROOT) < _STATE_GIB:
        print("  -- too little disk is free; ONEBILL_CACHE and ONEBILL_STATE name other places")
        return False
    return able


def _needs(gib: float, path: Path) -> str:
    return "" if path.exists() else f" (missing, {gib} GiB)"


def _require_programs() -> None:
    for name in ("git", "bash"):
        if shutil.which(name) is None:
            raise Trouble(f"{name} is not installed.")


def _bring_uv() -> None:
    """Install uv, of one version and known hashes, into a small environment of its own."""
    done = _BOOTSTRAP / "pins"
    wanted = _digest([_UV_PINS])
    if done.exists() and done.read_text() == wanted:
        return
    need_space(0.2, ROOT, "The package installer")
    with step("uv, the package installer", "10 s"):
        shutil.rmtree(_BOOTSTRAP, ignore_errors=True)
        _run(
            [sys.executable, "-m", "venv", str(_BOOTSTRAP)],
            "Python's venv failed; on Debian and Ubuntu the package python3-venv brings it.",
        )
        _run(
            [
                *(str(_BOOTSTRAP / "bin" / "python"), "-m", "pip", "install", "--quiet"),
                *("--disable-pip-version-check", "--no-deps", "--require-hashes"),
                *("--requirement", str(_UV_PINS)),
            ],
            "The package installer could not be fetched.",
        )
        done.write_text(wanted)


def _install_packages() -> None:
    """Install what uv.lock names, and the project itself, into .venv."""
    done = ROOT / ".venv" / "onebill-lock"
    manifests = [ROOT / "uv.lock", ROOT / "pyproject.toml", ROOT / "proof/python/pyproject.toml"]
    wanted = _digest(manifests)
    if python().exists() and done.exists() and done.read_text() == wanted:
        return
    need_space(_PYTHON_GIB, ROOT, "Installing packages")
    # Its packages find the generated modules by this directory, which has to be there.
    (ROOT / "protos" / "gen").mkdir(exist_ok=True)
    with step("Python packages", "20 s and the download"):
        _run(
            [
                *(str(_BOOTSTRAP / "bin" / "uv"), "sync", "--locked", "--all-packages", "--quiet"),
                *("--python", sys.executable),
            ],
            "The Python packages could not be installed.",
            UV_PYTHON_DOWNLOADS="never",
            # Else the first start would do it, in every process at once.
            UV_COMPILE_BYTECODE="1",
        )
        done.write_text(wanted)


def _print_protos() -> None:
    """Print the protos as Python modules, if they changed."""
    done = ROOT / "protos" / "gen" / ".printed"
    wanted = _digest([*(ROOT / "protos" / "onebill").rglob("*.proto"), ROOT / "local/protos.py"])
    if done.exists() and done.read_text() == wanted:
        return
    with step("protos as Python modules", "5 s"):
        _run([str(python()), "local/protos.py"], "The protos could not be printed.")
        done.write_text(wanted)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _run(command: list[str], trouble: str, **environment: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, **environment})
    if done.returncode != 0:
        raise Trouble(trouble)


def main() -> int:
    """Set up; `packages` stops before the engines, `doctor` only looks. Return 0 or 1."""
    parser = argparse.ArgumentParser(prog="python3 -m local.setup", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["packages", "doctor"])
    chosen = parser.parse_args()
    if chosen.what == "doctor":
        return 0 if doctor() else 1
    try:
        if chosen.what == "packages":
            bring_packages()
        else:
            setup()
    except Trouble as trouble:
        print(f"onebill: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
