"""Every field of every act, filled in wrongly: one sentence, one reason, nothing written."""

import json
import random
from pathlib import Path

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator
from onebill_verify import NotProven, SignedAct

from tests.attacks.bad_input import payload_of, token_of, wrong
from tests.attacks.trying import try_act
from tests.support.bill_cast import Handed

PROOF = Path(__file__).parents[2] / "proof"
ON_THE_LEDGER = 60
# One names the thirty codes that an act may have.
LONGEST_SENTENCE = 600


def good_acts():
    """One well-formed act of every code and shape that the vectors have."""
    told = json.loads((PROOF / "vectors" / "acts.json").read_text("utf-8"))
    return {case["name"]: case["act"] for case in told["acts"] if "actHash" in case}


@pytest.fixture(scope="module")
def schema():
    text = json.loads((PROOF / "spec" / "act.schema.json").read_text("utf-8"))
    return Draft202012Validator(text)


def refusal_of(token):
    try:
        SignedAct.parse(token)
    except NotProven as refusal:
        return refusal
    return None


GOOD = good_acts()


@pytest.mark.parametrize("name", GOOD)
def test_a_field_that_is_filled_in_wrongly_is_refused_in_one_sentence(schema, name):
    token = GOOD[name]
    tried = 0
    for where, what, payload in wrong(payload_of(token)):
        tried += 1
        refusal = refusal_of(token_of(token, payload))
        if refusal is None:
            # Left out, or another value of the same form: the specification allows it.
            assert schema.is_valid(payload), (where, what)
            continue
        assert refusal.reason == "ACT_MALFORMED", (where, what, refusal.message)
        assert refusal.message.isprintable(), (where, what, refusal.message)
        assert len(refusal.message) < LONGEST_SENTENCE, (where, what)
    assert tried > 100


def test_every_act_has_hundreds_of_ways_to_be_wrong() -> None:
    tried = sum(1 for token in GOOD.values() for _ in wrong(payload_of(token)))
    print(f"{tried} acts with one field filled in wrongly")  # noqa: T201 - the count is asked for
    assert tried > 3000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept(world):
    """A bill that nothing in this module ever moves."""
    return await world.issued()


@pytest.mark.engines
@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_filled_in_wrongly_is_refused_by_the_ledger_and_leaves_no_trace(world, kept):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - what a failure needs to be repeated
    honest = kept.sign("TRANSFER", "seller", "buyer")
    ways = list(wrong(payload_of(honest.token)))

    for where, what, payload in random.Random(seed).sample(ways, ON_THE_LEDGER):
        other = Handed(
            _Token(token_of(honest.token, payload)), honest.details, honest.details_salt
        )
        reason = await try_act(world, kept, other)
        assert reason in {"ACT_MALFORMED", "SIGNATURE_INVALID", "WRONG_CHANNEL"}, (where, what)


class _Token:
    """What stands where a signed act should."""

    def __init__(self, token):
        self.token = token
