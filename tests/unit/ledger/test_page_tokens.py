"""A page token is one that was given out, or it is refused."""

import base64

import pytest

from foundation.kernel.errors import InvalidValue
from ledger.service.page_tokens import read_token, write_token


@pytest.mark.parametrize("number", [0, 1, 2**63 - 1])
def test_a_page_token_reads_back(number):
    assert read_token(write_token(number)) == number


@pytest.mark.parametrize(
    "token",
    [
        "***",
        "é",
        base64.urlsafe_b64encode(b"seven").decode(),
        write_token(-1),
        write_token(2**63),
        base64.urlsafe_b64encode(b"9" * 5_000).decode(),
    ],
)
def test_a_page_token_that_cannot_be_ours_is_refused(token):
    with pytest.raises(InvalidValue) as caught:
        read_token(token)

    assert caught.value.reason == "PAGE_TOKEN_WRONG"
