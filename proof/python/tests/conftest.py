"""What the verifier's tests share: where the vectors are, and who made them."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from onebill_verify import NotProven

VECTORS = Path(__file__).parents[2] / "vectors"
sys.path.insert(0, str(VECTORS))

# A busy machine is no reason to fail.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def reason_of(call: Callable[[], object]) -> str:
    """Return the reason for which a call is refused, or nothing where it is not."""
    try:
        call()
    except NotProven as error:
        return error.reason
    return ""


@pytest.fixture(scope="session")
def refusal() -> Callable[[Callable[[], object]], str]:
    """Ask a call for the reason of its refusal."""
    return reason_of


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Read a vector file by name."""
    return lambda name: json.loads((VECTORS / name).read_text("utf-8"))


@pytest.fixture(scope="session")
def sample() -> bytes:
    return (VECTORS / "sample" / "bundle.json").read_bytes()


@pytest.fixture(scope="session")
def sample_roots() -> bytes:
    return (VECTORS / "sample" / "roots.json").read_bytes()
