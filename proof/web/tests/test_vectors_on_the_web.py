"""Every vector, judged by the second verifier as the file says and as the first one does."""

import json
from base64 import urlsafe_b64encode
from datetime import datetime

from onebill_verify import Trust, verify

# Each verifier says it in its own words.
SENTENCES = {"message", "restsOn", "notProven"}


def b64u(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def wanted(case, *names):
    """The answer that a case asks for."""
    if "reason" in case:
        return {"reason": case["reason"]}
    if len(names) == 1:
        return {"good": case[names[0]]}
    return {"good": {name: case[name] for name in names}}


def test_canonical_json_is_read_as_written(engine, vectors) -> None:
    cases = vectors("canonical.json")["cases"]
    told = engine.ask("canonical", cases=cases)
    for case, anyhow, strict in zip(cases, told["any"], told["canonical"], strict=True):
        if case.get("refused"):
            assert anyhow == strict == {"reason": "JSON_MALFORMED"}, case["name"]
            continue
        assert anyhow == {"good": case["canonical"]}, case["name"]
        same = case.get("input") == case["canonical"]
        assert strict == (anyhow if same else {"reason": "NOT_CANONICAL"}), case["name"]


def test_jws_and_keys_are_read_as_written(engine, vectors) -> None:
    file = vectors("jws.json")
    told = engine.ask("jws", **file)
    for case, answer in zip(file["cases"], told["cases"], strict=True):
        assert answer == wanted(case, "payload", "hash"), case["name"]
    for case, answer in zip(file["publicKeys"], told["publicKeys"], strict=True):
        assert answer == wanted(case, "kid"), case["name"]


def test_acts_and_statements_have_the_form_that_is_written(engine, vectors) -> None:
    file = vectors("acts.json")
    told = engine.ask("acts", **file)
    for case, answer in zip(file["acts"], told["acts"], strict=True):
        assert answer == wanted(case, "actHash"), case["name"]
    for case, answer in zip(file["statements"], told["statements"], strict=True):
        assert answer == wanted(case, "payload"), case["name"]


def test_the_law_is_replayed_as_written(engine, vectors) -> None:
    file = vectors("law.json")
    told = engine.ask("law", **file)
    for case, answer in zip(file["cases"], told["cases"], strict=True):
        if "reason" in case and case["judgedBy"] == "contract":
            # What the contract alone refuses, a verifier carries out or refuses as well.
            assert answer.keys() <= {"good", "reason"}, case["name"]
        else:
            assert answer == wanted(case, "after"), case["name"]


def test_bundles_are_judged_as_written_and_answered_as_the_first_verifier_does(
    engine, vectors
) -> None:
    file = vectors("bundles.json")
    for name, text in file["bases"].items():
        engine.ask("keep", name=name, text=text)
    trust = {}
    for name, roots in file["roots"].items():
        engine.ask("keep", name=f"roots: {name}", text=json.dumps(roots))
        trust[name] = Trust.parse(json.dumps(roots).encode())
    for case in file["cases"]:
        at, remove, insert = case["at"], case["remove"], case["insert"].encode()
        answer = engine.ask(
            "bundle",
            base=case["base"],
            edits=[{"at": at, "remove": remove, "insert": b64u(insert)}],
            roots=f"roots: {case['roots']}",
            now=case["now"],
            organisations=case["organisations"],
            nonce=case.get("nonce"),
            withAnswer=True,
        )
        assert (answer["proven"], answer["reason"]) == (case["proven"], case["reason"]), case[
            "name"
        ]
        base = file["bases"][case["base"]].encode()
        first = verify(
            base[:at] + insert + base[at + remove :],
            trust[case["roots"]],
            datetime.fromisoformat(case["now"]),
            organisations=case["organisations"],
            nonce=case.get("nonce"),
        ).to_json()
        assert answer.keys() == first.keys()
        for name in answer.keys() - SENTENCES:
            assert answer[name] == first[name], f"{case['name']}: {name}"
        assert bool(answer["restsOn"]) == bool(answer["notProven"]) == case["proven"]
