"""`python -m local.part NAME [ARGUMENT…]`: run a part's program once, with the part's settings.

For what a part does besides serving, such as `python -m local.part projection rebuild`; or
another program that works as that part, `python -m local.part worker -m workflows.reconcile`.
The settings are those that local/process-compose.yaml gives the running part.
"""

import os
import re
import string
import sys
from typing import Final

import yaml

from local import supervisor
from local.places import ROOT, Trouble, state

_MODULE: Final = re.compile(r"\$\{PYTHON\} -m (?P<module>[\w.]+)")


def settings_of(name: str) -> dict[str, str]:
    """Answer the environment of a part as the supervisor would make it.

    Raises:
        Trouble: there is no such part, or nothing was ever started here.
    """
    return {**supervisor.environment(), **dict(_lines(name))}


def module_of(name: str) -> str:
    """Answer the module that a part runs.

    Raises:
        Trouble: there is no such part.
    """
    found = _MODULE.search(str(_process(name)["command"]))
    if found is None:
        raise Trouble(f"{name} is no program of ours.")
    return found["module"]


def _lines(name: str) -> list[tuple[str, str]]:
    if not (state() / "port-base").exists():
        raise Trouble("Nothing runs here; start it with `make up`.")
    values = supervisor.environment()
    lines = []
    for line in _process(name).get("environment", []):
        setting, _, value = line.partition("=")
        lines.append((setting, string.Template(value).substitute(values)))
    return lines


def _process(name: str) -> dict[str, list[str]]:
    processes: dict[str, dict[str, list[str]]] = yaml.safe_load(supervisor.COMPOSE.read_text())[
        "processes"
    ]
    if name not in processes:
        raise Trouble(f"There is no part {name}; parts are {', '.join(processes)}.")
    return processes[name]


def main(words: list[str]) -> int:
    """Become the program, or say in one sentence why not."""
    if not words:
        print("usage: python -m local.part NAME [ARGUMENT…]", file=sys.stderr)
        return 2
    try:
        environment = settings_of(words[0])
        program = [] if words[1:2] == ["-m"] else ["-m", module_of(words[0])]
        command = [sys.executable, *program, *words[1:]]
    except Trouble as trouble:
        print(f"onebill: {trouble}", file=sys.stderr)
        return 1
    os.chdir(ROOT)
    return os.execve(command[0], command, environment)  # noqa: S606 - no shell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
