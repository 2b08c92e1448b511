"""Ten thousand changed bundles: refused by both verifiers, by neither with a fault."""

import random
from functools import cache

import pytest
from mutations import run
from onebill_verify import PublicKey, Transaction

COUNT = 10_000


@pytest.fixture
def everything_once(monkeypatch):
    """Read and verify once what ten thousand bundles share; both are functions of bytes alone."""
    monkeypatch.setattr(Transaction, "parse", cache(Transaction.parse))
    plain = PublicKey._verifies
    known = {}

    def remembered(key, signature, digest) -> bool:
        asked = (key.kid, signature, digest)
        if asked not in known:
            known[asked] = plain(key, signature, digest)
        return known[asked]

    monkeypatch.setattr(PublicKey, "_verifies", remembered)


@pytest.mark.usefixtures("everything_once")
def test_invariant_55_no_changed_bundle_is_accepted_by_either_verifier(in_node) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    in_node.ask("everythingOnce")
    tally = run(in_node, COUNT, seed)

    assert not tally.faults, f"seed {seed}: {tally.faults}"
    assert tally.judged > COUNT * 0.9
    # Both said why, and mostly the same.
    assert sum(tally.other_reasons.values()) < tally.judged * 0.1, tally.other_reasons
