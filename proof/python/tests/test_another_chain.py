"""Invariant 54: a chain shorter than, or different from, what is known proves nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from onebill_verify import Trust, verify
from onebill_verify.canonical import encode

SAMPLE = Path(__file__).parents[2] / "vectors" / "sample"
TRUST = Trust.parse((SAMPLE / "roots.json").read_bytes())
BUNDLE = json.loads((SAMPLE / "bundle.json").read_text())


def answer(acts: list[object]) -> tuple[bool, str]:
    said = verify(encode({**BUNDLE, "acts": acts}), TRUST, datetime.now(UTC))
    return said.proven, said.reason


def test_the_whole_chain_is_proven() -> None:
    assert answer(BUNDLE["acts"]) == (True, "")


@pytest.mark.parametrize("cut", range(1, len(BUNDLE["acts"])))
def test_invariant_54_a_chain_shorter_than_the_attested_one_is_not_proven(cut: int) -> None:
    proven, reason = answer(BUNDLE["acts"][:cut])

    assert not proven
    # A party that signs only later is not needed for less.
    assert reason in {"HEAD_MISMATCH", "PARTY_NOT_NEEDED"}


@pytest.mark.parametrize("without", range(len(BUNDLE["acts"]) - 1))
def test_invariant_54_a_chain_with_an_act_left_out_is_not_proven(without: int) -> None:
    acts = [act for number, act in enumerate(BUNDLE["acts"]) if number != without]

    assert not answer(acts)[0]
