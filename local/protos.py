"""Print the protos as Python modules: buf lint, then protoc with the mypy plugins.

Everything goes to a new directory that replaces protos/gen at the end, so that whoever
imports the modules meanwhile sees either all of the old ones or all of the new.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GENERATED = PROTOS / "gen"
TOOLS = Path(sys.executable).parent


def main() -> int:
    """Return 0, or 1 when buf or protoc refuses the sources (they say why themselves)."""
    sources = sorted(
        str(path.relative_to(PROTOS)) for path in (PROTOS / "onebill").rglob("*.proto")
    )
    lint = subprocess.run([TOOLS / "buf", "lint"], cwd=ROOT, check=False)
    with tempfile.TemporaryDirectory(dir=PROTOS, prefix=".gen-") as scratch:
        compiled = subprocess.run(_protoc(sources, scratch), cwd=PROTOS, check=False)
        if compiled.returncode != 0:
            return 1
        _make_packages(Path(scratch) / "onebill")
        _replace(Path(scratch) / "onebill")
    print(f"{len(sources)} protos -> protos/gen")
    return 1 if lint.returncode else 0


def _protoc(sources: list[str], target: str) -> list[str]:
    # protoc finds protoc-gen-mypy and protoc-gen-mypy_grpc on the path.
    os.environ["PATH"] = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    outputs = [f"--{kind}_out={target}" for kind in ("python", "grpc_python")]
    outputs += [f"--{kind}_out=quiet:{target}" for kind in ("mypy", "mypy_grpc")]
    return [sys.executable, "-m", "grpc_tools.protoc", "-I.", *outputs, *sources]


def _make_packages(package: Path) -> None:
    """Regular packages rather than namespaces, typed, so that mypy and pytest agree on them."""
    for directory in [package, *(path for path in package.rglob("*") if path.is_dir())]:
        (directory / "__init__.py").touch()
    (package / "py.typed").touch()


def _replace(package: Path) -> None:
    GENERATED.mkdir(exist_ok=True)
    target, old = GENERATED / "onebill", GENERATED / ".old"
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    package.rename(target)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
