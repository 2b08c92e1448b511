"""One statement has one spelling: the verifier and the contract take no other.

The same spellings are tried on a bundle here and, where engines run, on the ledger itself.
"""

import pytest
import pytest_asyncio
from making.bundles import short, with_act
from making.cast import SELLER
from making.chain import REFERENCE

from tests.attacks.spelling import SPELLINGS
from tests.attacks.trying import try_act
from tests.support.bill_cast import Handed

pytestmark = pytest.mark.attack


@pytest.mark.parametrize("name", SPELLINGS)
def test_another_spelling_of_an_act_in_a_bundle_proves_nothing(judge, name):
    change, reason = SPELLINGS[name]
    story = short()
    token = story.chain.acts[1].signed.token
    other = change(token, SELLER.key)
    usual = story.act(2)
    writes = {**usual.writes, f"ACT_{REFERENCE}_0000000002": other.encode("utf-8", "replace")}
    carried = usual.but(arguments=[other], writes=writes).write()

    assert other != token
    assert judge(with_act(story.bundle(), 2, act=other, transaction=carried)) == reason


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept(world):
    """A bill that nothing in this module ever moves."""
    return await world.issued()


@pytest.mark.engines
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SPELLINGS)
async def test_another_spelling_of_an_act_is_not_recorded(world, kept, name):
    change, reason = SPELLINGS[name]
    transfer = kept.sign("TRANSFER", "seller", "first-bank")
    other = change(transfer.token, world.cast.keys["seller"])

    handed = Handed(_Token(other), transfer.details, transfer.details_salt)

    assert await try_act(world, kept, handed) == reason


class _Token:
    """What stands where a signed act should."""

    def __init__(self, token):
        self.token = token
