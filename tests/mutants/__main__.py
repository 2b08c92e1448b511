"""Plants every bug of the catalogue in a copy of the tree and runs the test that must notice it.

The checkout is never touched: each worker has a copy of its own and puts every file back. The
named tests are first run on the unchanged copy, where they must pass.
"""

import argparse
import concurrent.futures
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from local.go_tools import go
from local.places import python, state
from tests.mutants.catalogue import LEVELS, ROOT, mutants

# A mutant may make a loop endless; none of these tests takes a tenth of this.
SECONDS_MAX = 180
NOTED = ("KILLED", "SURVIVED", "BROKEN")


@dataclass(frozen=True)
class Result:
    mutant: object
    verdict: str
    seconds: float
    said: str


def main(arguments=None):
    options = _options(arguments)
    chosen = [
        mutant
        for mutant in mutants()
        if mutant.level in options.level and re.search(options.only, mutant.name)
    ]
    faults = [f"{mutant.name}: {fault}" for mutant in chosen if (fault := mutant.fault())]
    if faults:
        print("\n".join(faults))
        return 1
    if not chosen:
        print(f"no planted bug of level {' or '.join(options.level)} has such a name")
        return 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="onebill-mutants-") as scratch:
        copies = queue.SimpleQueue()
        # Tests on the engines share one network; two at a time would wait for each other.
        workers = 1 if "engine" in options.level else options.jobs
        for number in range(workers):
            copies.put(_copy_tree(Path(scratch) / str(number)))
        print(f"{len(chosen)} planted bugs, {workers} at a time", flush=True)
        if not _unchanged_is_green(chosen, copies):
            return 1
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            tried = [pool.submit(_try, mutant, copies) for mutant in chosen]
            results = [_show(done.result()) for done in concurrent.futures.as_completed(tried)]
    return _summary(results, time.monotonic() - begun)


def _options(arguments):
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--level", nargs="+", choices=LEVELS, default=["unit"])
    parser.add_argument("--only", default="", metavar="REGEX", help="part of the names to try")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


def _copy_tree(to):
    """Copy what git has or would take, and the printed protos, which it ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, to / name
        if source.is_file():  # deleted and not yet committed is not there
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    shutil.copytree(ROOT / "protos" / "gen", to / "protos" / "gen", dirs_exist_ok=True)
    return to


def _unchanged_is_green(chosen, copies):
    copy = copies.get()
    begun = time.monotonic()
    packages = {}
    for mutant in chosen:
        if mutant.is_go:
            packages.setdefault(mutant.home, set()).add(mutant.test)
    runs = [_go_test(home, tests) for home, tests in packages.items()]
    nodes = sorted({mutant.killed_by for mutant in chosen if not mutant.is_go})
    if nodes:
        runs.append(_pytest(nodes))
    for command, directory in runs:
        done = _run(command, copy / directory)
        if done.returncode != 0:
            print(f"the tests fail on the unchanged tree:\n{done.stdout}")
            return False
    copies.put(copy)
    print(f"all named tests pass on the unchanged tree ({time.monotonic() - begun:.0f} s)")
    return True


def _try(mutant, copies):
    copy = copies.get()
    text = mutant.plant(copy)
    begun = time.monotonic()
    try:
        if mutant.is_go:
            command, directory = _go_test(mutant.home, {mutant.test})
        else:
            command, directory = _pytest([mutant.killed_by])
        try:
            done = _run(command, copy / directory)
            verdict, said = _verdict(mutant, done), done.stdout
        except subprocess.TimeoutExpired:
            verdict, said = "KILLED", "it did not end"
        return Result(mutant, verdict, time.monotonic() - begun, said)
    finally:
        (copy / mutant.file).write_text(text, encoding="utf-8")
        copies.put(copy)


def _verdict(mutant, done):
    """A test that fails kills. What cannot be built, or is not collected, shows nothing."""
    if done.returncode == 0:
        return "SURVIVED"
    if mutant.is_go:
        fell = done.returncode == 1 and f"--- FAIL: {mutant.test}" in done.stdout
        panicked = "panic: " in done.stdout and "[build failed]" not in done.stdout
        return "KILLED" if fell or panicked else "BROKEN"
    return "KILLED" if done.returncode == 1 else "BROKEN"


def _go_test(home, tests):
    pattern = f"^({'|'.join(sorted(tests))})$"
    # One directory of sources after another: without -trimpath each would be built anew.
    return [str(go()), "test", "-trimpath", "-vet=off", "-run", pattern, "."], home


def _pytest(nodes):
    return [str(python()), "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *nodes], "."


def _run(command, directory):
    copy = directory
    while not (copy / "pyproject.toml").exists() or copy.name == "python":
        copy = copy.parent
    paths = (copy, copy / "protos" / "gen", copy / "cli", copy / "proof" / "python")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        # A file changed twice within a second must not be taken from the first one's bytecode.
        "PYTHONDONTWRITEBYTECODE": "1",
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "",
        "ONEBILL_STATE": str(state()),
        # The same examples on every run, so that a bug is noticed always or never.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(copy / ".hypothesis"),
    }
    return subprocess.run(
        command,
        cwd=directory,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
    )


def _show(result):
    mutant = result.mutant
    print(
        f"{result.verdict:<8}  {result.seconds:5.1f} s  {mutant.part:<9} "
        f"{mutant.name:<44}  {mutant.test}",
        flush=True,
    )
    if result.verdict == "BROKEN":
        print(result.said)
    return result


def _summary(results, seconds):
    counted = {noted: [result for result in results if result.verdict == noted] for noted in NOTED}
    print()
    for noted in NOTED[1:]:
        for result in counted[noted]:
            print(f"{noted}: {result.mutant.name}: {result.mutant.bug}")
    told = ", ".join(f"{len(counted[noted])} {noted.lower()}" for noted in NOTED)
    print(f"{len(results)} planted bugs: {told}; {seconds:.0f} s")
    return 0 if len(counted["KILLED"]) == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
