"""The operator's bootstrap goes on while a part of the platform is still coming up."""

from collections import deque

import grpc
import pytest

from ledger.service import bootstrap as module
from ledger.service.bootstrap import bootstrap_patiently

AWAY = grpc.StatusCode.UNAVAILABLE
REFUSED = grpc.StatusCode.FAILED_PRECONDITION


def fault(code):
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), "said")


@pytest.fixture
def answers(monkeypatch):
    """What each round of the bootstrap ends with."""
    said = deque()

    async def one_round(*_):
        answer = said.popleft()
        if isinstance(answer, grpc.aio.AioRpcError):
            raise answer
        return answer

    monkeypatch.setattr(module, "bootstrap", one_round)
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0)
    return said


async def test_a_part_that_is_away_is_asked_again(answers):
    answers.extend([fault(AWAY), fault(AWAY), "the party"])

    assert await bootstrap_patiently("ledger", "custody", None) == "the party"


async def test_a_refusal_after_an_unknown_outcome_is_looked_at_again(answers):
    answers.extend([fault(AWAY), fault(REFUSED), "the party"])

    assert await bootstrap_patiently("ledger", "custody", None) == "the party"


async def test_a_refusal_of_the_first_round_is_the_last_word(answers):
    answers.extend([fault(REFUSED), "never asked"])

    with pytest.raises(grpc.aio.AioRpcError):
        await bootstrap_patiently("ledger", "custody", None)

    assert list(answers) == ["never asked"]


async def test_whoever_stays_away_is_told_of_in_the_end(answers):
    answers.extend([fault(AWAY)])

    with pytest.raises(grpc.aio.AioRpcError):
        await bootstrap_patiently("ledger", "custody", None, seconds=-1)
