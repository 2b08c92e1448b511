"""What custody signs, and that a sealed key opens under its own name only."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from onebill_verify.act import SignedAct
from onebill_verify.canonical import parse
from onebill_verify.encoding import salted_hash
from onebill_verify.keys import PrivateKey

from foundation.kernel.errors import InvalidValue, NotAllowed
from foundation.runtime.statements import judged_act
from ledger.custody.judgement import check_judged
from ledger.custody.sealing import Seal
from ledger.custody.signing import ToSign, sign

KEY = PrivateKey.from_secret(7)
PARTY = "PAAAAAAAAAAAAAAAAAAAAAAAAAA"
NOON = datetime(2026, 11, 23, 12, 0, 30, 999, tzinfo=UTC)
CONFIRM = ToSign(
    reference="OBAAAAAAAAAAAAAAAA",
    action_code="CONFIRM_PAYMENT",
    recipient="",
    terms='{"of": "RECEIVER_CHARGES"}',
    details='{"note": "paid",  "by": "wire"}',
    sequence=4,
    previous_act_hash="0" * 64,
)


def signed(asked=CONFIRM):
    return sign(
        asked,
        KEY,
        PARTY,
        "onebill",
        now=NOON,
        validity=timedelta(hours=1),
        randomness=bytes(32),
    )


def test_an_act_of_custody_is_the_parties_own_and_expires():
    made = signed()

    read = SignedAct.parse(made.act.token)
    read.verify(KEY.public)
    assert (read.act.actor, read.act.sequence) == (PARTY, 4)
    assert read.act.action_date_time == NOON.replace(microsecond=0)
    assert read.act.expiry_date_time - read.act.action_date_time == timedelta(hours=1)


def test_the_details_of_an_act_of_custody_are_canonical_and_hash_to_what_was_signed():
    made = signed()

    assert made.details == '{"by":"wire","note":"paid"}'
    assert (
        salted_hash(made.details_salt, parse(made.details.encode())) == made.act.act.details_hash
    )


ISSUED = replace(CONFIRM, action_code="ISSUE", recipient=PARTY, terms="{}", sequence=1)


def judged(**other):
    said = {"recipient": PARTY, "terms": "{}", "details": CONFIRM.details, **other}
    return judged_act(CONFIRM.reference, said.pop("action_code", "ISSUE"), **said)


@pytest.mark.parametrize("action_code", ["ISSUE", "NOTE_ON_BOARD"])
def test_invariant_8_custody_signs_nothing_of_papers_without_a_judgement(action_code):
    with pytest.raises(NotAllowed) as refused:
        check_judged(replace(ISSUED, action_code=action_code), "", lambda _: judged())

    assert refused.value.reason == "JUDGEMENT_MISSING"


@pytest.mark.parametrize(
    "other",
    [
        {"recipient": "PBBBBBBBBBBBBBBBBBBBBBBBBBB"},
        {"terms": '{"isClean":true}'},
        {"details": "{}"},
        {"action_code": "NOTE_ON_BOARD"},
    ],
)
def test_invariant_8_custody_signs_exactly_what_documents_judged(other):
    with pytest.raises(NotAllowed) as refused:
        check_judged(ISSUED, "said", lambda _: judged(**other))

    assert refused.value.reason == "JUDGEMENT_OF_ANOTHER"
    check_judged(ISSUED, "said", lambda _: judged())


def test_what_rests_on_no_paper_needs_no_judgement():
    check_judged(CONFIRM, "", lambda _: pytest.fail("nobody is heard"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"action_code": "GIVE_AWAY"},
        {"terms": "{}"},
        {"terms": "nothing"},
        {"details": "[]"},
        {"sequence": 0},
        {"previous_act_hash": ""},
        {"reference": "OB-1"},
        {"recipient": PARTY},
    ],
)
def test_custody_signs_nothing_that_is_not_well_formed(wrong):
    with pytest.raises(InvalidValue) as refused:
        signed(replace(CONFIRM, **wrong))

    assert refused.value.reason == "ACT_MALFORMED"


def test_a_sealed_key_opens_under_its_own_name_and_its_own_seal_only():
    seal = Seal(os.urandom(32).hex())
    sealed = seal.close(KEY)

    assert seal.open(sealed, KEY.kid).kid == KEY.kid
    assert b"PRIVATE" not in sealed
    for other, kid in ((seal, PrivateKey.from_secret(8).kid), (Seal("00" * 32), KEY.kid)):
        with pytest.raises(ValueError, match="does not open"):
            other.open(sealed, kid)


def test_a_seal_needs_thirty_two_bytes():
    with pytest.raises(ValueError, match="32 bytes"):
        Seal("00" * 16)
