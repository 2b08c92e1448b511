"""What attacks share: the synthetic network of the vectors, and the running one."""

import sys
from pathlib import Path

import pytest

# The services on the running network, and the cast registered there.
from tests.integration.ledger.conftest import ledgers, world  # noqa: F401 - fixtures

VECTORS = Path(__file__).parents[2] / "proof" / "vectors"
sys.path.insert(0, str(VECTORS))

# The vectors' modules lie outside every package.
from making.made import NOW, trust_files  # noqa: E402
from onebill_verify import Trust, encode, verify  # noqa: E402


@pytest.fixture(scope="session")
def judge():
    """Ask the verifier of a bundle as a port would: answer the reason, empty where proven."""
    trust = Trust.parse(encode(trust_files()["roots"]))

    def ask(bundle, **asked):
        answer = verify(bundle.encode(), trust, NOW, **asked)
        assert answer.proven == (answer.reason == "")
        return answer.reason

    return ask
