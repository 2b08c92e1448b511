"""Acts and the statements beside them: their form."""

from dataclasses import replace
from functools import partial

import pytest
from making.cast import SELLER, STRANGER
from making.law_chains import every_code
from onebill_verify import (
    NotProven,
    PublicKey,
    SignedAct,
    SignedApproval,
    SignedCancellation,
    SignedReceipt,
    SignedRecovery,
    SignedRegistration,
    SignedRotation,
)
from onebill_verify.terms import TERMS_OF

READERS = {
    "onebill-receipt+jws": (SignedReceipt, "receipt"),
    "onebill-approval+jws": (SignedApproval, "approval"),
    "onebill-registration+jws": (SignedRegistration, "registration"),
    "onebill-rotation+jws": (SignedRotation, "rotation"),
    "onebill-recovery+jws": (SignedRecovery, "asked"),
    "onebill-recovery-cancellation+jws": (SignedCancellation, "cancellation"),
}


def read_and_verify(reader, token, key):
    signed = reader.parse(token)
    if isinstance(signed, SignedRegistration | SignedRecovery):
        signed.verify()  # it brings its key
        assert signed.jws.kid == key.kid
    else:
        signed.verify(key)
    return signed


def test_every_vector_of_acts_is_judged_as_written(vectors, refusal) -> None:
    for case in vectors("acts.json")["acts"]:
        if "actHash" in case:
            signed = SignedAct.parse(case["act"])
            assert (signed.hash, signed.act.action_code) == (case["actHash"], case["actionCode"])
            continue
        reason = refusal(partial(SignedAct.parse, case["act"]))
        assert reason == case["reason"], case["name"]


def test_every_vector_of_statements_is_judged_as_written(vectors, refusal) -> None:
    for case in vectors("acts.json")["statements"]:
        reader, what = READERS[case["typ"]]
        key = PublicKey.from_jwk(case["key"])
        if "reason" not in case:
            signed = read_and_verify(reader, case["token"], key)
            said = {name: v for name, v in case["payload"].items() if name != "possession"}
            assert getattr(signed, what).payload() == said
            continue
        reason = refusal(partial(read_and_verify, reader, case["token"], key))
        assert reason == case["reason"], case["name"]


@pytest.mark.parametrize("code", TERMS_OF)
def test_an_act_of_every_code_reads_back_as_it_was_signed(code) -> None:
    actor, recorded = every_code()[code]

    again = SignedAct.parse(recorded.signed.token)

    assert again == recorded.signed
    again.verify(actor.key.public)


def test_the_act_hash_leaves_the_signature_outside() -> None:
    _, recorded = every_code()["TRANSFER"]
    signed = recorded.signed

    again = replace(signed, jws=replace(signed.jws, token=signed.token[:-8] + "AAAAAAAA"))

    assert again.hash == signed.hash


def test_invariant_55_another_key_does_not_verify() -> None:
    _, recorded = every_code()["TRANSFER"]

    with pytest.raises(NotProven) as refused:
        recorded.signed.verify(STRANGER.key.public)
    assert refused.value.reason == "KEY_UNKNOWN"


def test_an_act_that_breaks_the_form_is_not_signed() -> None:
    _, recorded = every_code()["TRANSFER"]

    with pytest.raises(NotProven) as refused:
        replace(recorded.signed.act, recipient=None).sign(SELLER.key)
    assert refused.value.reason == "ACT_MALFORMED"


def test_a_time_with_a_fraction_is_not_signed() -> None:
    act = every_code()["TRANSFER"][1].signed.act
    fraction = act.action_date_time.replace(microsecond=1)

    with pytest.raises(ValueError, match="whole seconds"):
        replace(act, action_date_time=fraction).sign(SELLER.key)
