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

from engines import Engine, node  # noqa: E402 - found by the path above


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Read a vector file by name."""
    return lambda name: json.loads((VECTORS / name).read_text("utf-8"))


@pytest.fixture(scope="session")
def in_node() -> Iterator[Engine]:
    """The verifier in Node.js."""
    with node() as engine:
        yield engine


@pytest.fixture(scope="session", params=["node"])
def engine(request) -> Engine:
    """Each engine in turn."""
    return request.getfixturevalue(f"in_{request.param}")
