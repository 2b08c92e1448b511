"""Canonical JSON: one value, one spelling."""

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onebill_verify import NotProven, encode, parse, parse_canonical, unb64u

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def test_every_vector_of_canonical_json_is_judged_as_written(vectors, refusal) -> None:
    for case in vectors("canonical.json")["cases"]:
        data = unb64u(case["inputBytes"]) if "inputBytes" in case else case["input"].encode()
        if case.get("refused"):
            for read in (parse, parse_canonical):
                assert refusal(partial(read, data)), case["name"]
            continue
        canonical = case["canonical"].encode()
        assert encode(parse(data)) == canonical, case["name"]
        assert encode(parse_canonical(canonical)) == canonical, case["name"]
        if data != canonical:
            reason = refusal(partial(parse_canonical, data))
            assert reason == "NOT_CANONICAL", case["name"]


@given(VALUES)
def test_what_is_encoded_reads_back_as_itself(value) -> None:
    try:
        data = encode(value)
    except NotProven:
        assert depth(value) > 16
        return

    assert parse_canonical(data) == value
    assert json.loads(data) == value


@given(VALUES, st.integers(0, 3))
def test_no_other_spelling_of_a_value_is_canonical(value, indent) -> None:
    if depth(value) > 16:
        return
    other = json.dumps(value, indent=indent).encode()
    canonical = encode(value)

    assert encode(parse(other)) == canonical
    if other != canonical:
        with pytest.raises(NotProven):
            parse_canonical(other)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), st.none()))
def test_names_stand_in_the_order_of_utf_16_code_units(value) -> None:
    names = list(json.loads(encode(value)))

    assert names == sorted(value, key=lambda name: name.encode("utf-16-be"))


@given(data=st.binary(max_size=60))
def test_whatever_the_bytes_the_reader_answers_or_says_not_proven(refusal, data) -> None:
    for read in (parse, parse_canonical):
        assert refusal(partial(read, data)) in {"", "JSON_MALFORMED", "NOT_CANONICAL"}


@pytest.mark.parametrize("value", [1.0, float("nan"), b"x", {1: 2}, -1, 2**53, {"a": "\ud800"}])
def test_what_has_no_canonical_form_is_refused(value) -> None:
    with pytest.raises(NotProven):
        encode(value)


def depth(value) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0
