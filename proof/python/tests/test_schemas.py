"""The JSON Schemas of the specification: never stricter than the readers, never out of date."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from making.bundles import sample as sample_story
from onebill_verify import Trust, parse_canonical, unb64u, verify
from onebill_verify.terms import TERMS_OF

SPEC = Path(__file__).parents[2] / "spec"
NOW = datetime(2026, 6, 1, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def schema():
    def read(name: str) -> Draft202012Validator:
        text = json.loads((SPEC / f"{name}.schema.json").read_text("utf-8"))
        Draft202012Validator.check_schema(text)
        return Draft202012Validator(text)

    return read


def test_every_good_act_is_valid_and_the_schema_refuses_most_bad_ones(schema, vectors) -> None:
    act = schema("act")
    good, bad_and_valid, bad = 0, [], 0
    for case in vectors("acts.json")["acts"]:
        payload = parse_canonical(unb64u(case["act"].split(".")[1]))
        if "actHash" in case:
            good += 1
            assert act.is_valid(payload), case["name"]
        else:
            bad += 1
            bad_and_valid += [case["name"]] * act.is_valid(payload)
    assert good > len(TERMS_OF)
    # What is left is arithmetic, calendar and members that depend on one another.
    assert len(bad_and_valid) < bad / 10, bad_and_valid


def test_the_sample_and_its_answer_are_valid(schema, sample, sample_roots) -> None:
    answer = verify(sample, Trust.parse(sample_roots), NOW)
    refusal = verify(b"", Trust.parse(sample_roots), NOW)

    schema("bundle").validate(parse_canonical(sample))
    schema("answer").validate(answer.to_json())
    schema("answer").validate(refusal.to_json())


def test_a_bundle_that_shows_nothing_is_valid(schema) -> None:
    value = parse_canonical(sample_story().bundle().encode())
    shown_nothing = {
        name: member for name, member in value.items() if name not in {"document", "certificate"}
    }

    schema("bundle").validate({**shown_nothing, "attachments": []})
