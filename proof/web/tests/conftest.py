"""What the second verifier's tests share: the vectors, and the engines that judge them."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
VECTORS = HERE.parents[1] / "vectors"
sys.path.insert(0, str(HERE))

sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE.parents[2]))

from chromium import Chromium, running  # noqa: E402 - found by the paths above
from engines import Engine, node  # noqa: E402
from inlining import joined  # noqa: E402

from local.browser import environment, find  # noqa: E402


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Read a vector file by name."""
    return lambda name: json.loads((VECTORS / name).read_text("utf-8"))


@pytest.fixture(scope="session")
def in_node() -> Iterator[Engine]:
    """The verifier in Node.js."""
    with node() as engine:
        yield engine


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """A real Chromium; `make test` brings one."""
    program = find()
    if program is None:
        pytest.skip("NO CHROMIUM: the page is not tested in a browser; python -m local.browser")
    with running(program, environment(program)) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def in_chromium(browser) -> Engine:
    """The verifier in Chromium, on a page that was opened from a file."""
    browser.open(HERE.parent / "onebill-verify.html")
    browser.teach(joined(HERE / "judge.js") + "\nvar judge = module_judge.judge;")
    return browser


@pytest.fixture(scope="session", params=["node", "chromium"])
def engine(request) -> Engine:
    """Each engine in turn."""
    return request.getfixturevalue(f"in_{request.param}")
