"""Planted bugs: each a small change of one file, and the test that must notice it.

The catalogue is the TOML files beside this one, a file a part. A table `[[mutant]]` has: `name`;
`bug`, what would be wrong; `file`, `find` (stands in the file exactly once) and `replace`;
`killed_by`, either `FILE::TEST` for pytest or `PACKAGE TEST` for Go; `level`, `unit` or `engine`.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LEVELS = ("unit", "engine")
_MEMBERS = {"name", "bug", "file", "find", "replace", "killed_by", "level"}


@dataclass(frozen=True)
class Mutant:
    """One planted bug."""

    part: str
    name: str
    bug: str
    file: str
    find: str
    replace: str
    killed_by: str
    level: str

    @property
    def is_go(self):
        return "::" not in self.killed_by

    @property
    def test(self):
        """The bare name of the test that must fail."""
        _, _, name = self.killed_by.rpartition(" " if self.is_go else "::")
        return name.partition("[")[0]

    @property
    def home(self):
        """Where that test stands: a directory of Go, a file of Python."""
        if self.is_go:
            return self.killed_by.partition(" ")[0]
        return self.killed_by.partition("::")[0]

    def fault(self, root=ROOT):
        """Say why this entry is no mutant of the tree, or nothing."""
        path = root / self.file
        if not path.is_file():
            return f"{self.file} is not there"
        found = path.read_text(encoding="utf-8").count(self.find)
        if found != 1:
            return f"what it changes stands {found} times in {self.file}, not once"
        if self.find == self.replace:
            return "it changes nothing"
        if not self._test_is_there(root):
            return f"there is no test {self.killed_by}"
        return ""

    def plant(self, root):
        """Change the file under `root`; answer its text as it was."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(self.find, self.replace), encoding="utf-8")
        return text

    def _test_is_there(self, root):
        home = root / self.home
        files = sorted(home.glob("*_test.go")) if self.is_go else [home]
        begins = re.compile(rf"^(?:async )?(?:def|func) {re.escape(self.test)}\(", re.MULTILINE)
        return any(
            begins.search(path.read_text(encoding="utf-8")) for path in files if path.is_file()
        )


def mutants():
    """Answer the whole catalogue, in the order of its files."""
    found = []
    for path in sorted(HERE.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]:
            if set(entry) != _MEMBERS:
                raise ValueError(f"{path.name}: {entry.get('name')} has not the members it needs")
            found.append(Mutant(part=path.stem, **entry))
    return found
