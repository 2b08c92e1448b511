"""Two valid acts on one state, and sixty-four: one is recorded, every other hears why.

Here a thousand races of two and twenty of sixty-four; `make campaign` runs ten thousand and two
hundred (ONEBILL_RACES_OF_2, ONEBILL_RACES_OF_64).
"""

import os

import pytest

from tests.attacks.racing import race

pytestmark = [
    pytest.mark.attack,
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
]
RACES = {
    2: int(os.environ.get("ONEBILL_RACES_OF_2", "1000")),
    64: int(os.environ.get("ONEBILL_RACES_OF_64", "20")),
}
SIDE_BY_SIDE = {2: 20, 64: 2}


@pytest.mark.timeout(0)
@pytest.mark.parametrize("writers", RACES)
async def test_invariant_23_a_race_has_one_winner_and_every_loser_hears_why(world, writers):
    tally = await race(world, RACES[writers], writers, SIDE_BY_SIDE[writers])

    print(f"of {writers}: {tally.told()}")  # noqa: T201 - the counts are asked for
    assert not tally.faults, tally.faults[:5]
    assert tally.races == RACES[writers]
    assert tally.heard.total() == tally.races * (writers - 1)
