"""Which answers of a door the command line takes for "not yet", and which for a refusal."""

import httpx
import pytest
from onebill_cli.errors import Refused, TryAgain
from onebill_cli.rest import _problem


def answer(status, reason):
    return httpx.Response(status, json={"reason": reason, "detail": "One sentence."})


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (429, "TOO_MANY_REQUESTS"),
        (409, "REQUEST_IN_FLIGHT"),
        (502, "HTTP_502"),
        (503, "OUTCOME_UNKNOWN"),
        (504, "HTTP_504"),
    ],
)
def test_not_yet_is_asked_again(status, reason):
    assert isinstance(_problem(answer(status, reason)), TryAgain)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(409, "BOOKING_WRONG_STATE"), (422, "IDEMPOTENCY_KEY_REUSED"), (400, "HTTP_400")],
)
def test_a_refusal_is_the_answer(status, reason):
    assert isinstance(_problem(answer(status, reason)), Refused)
