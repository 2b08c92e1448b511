"""Attestations that are somebody else's, somebody's invention, or of another question."""

from dataclasses import replace

import pytest
from making import fabric
from making.bundles import (
    ATTESTED,
    NONCE,
    Story,
    attestation_envelope,
    said,
    sample,
    sample_terms,
    short,
    with_act,
)
from making.cast import (
    BANK,
    BUYER,
    CHAINCODE,
    OPERATOR,
    OPERATOR_MSP,
    PARTNER_MSP,
    PORT_MSP,
    SELLER,
    STRANGER,
)
from making.chain import OTHER_REFERENCE, REFERENCE, Chain, issue_terms
from onebill_verify import encode
from onebill_verify.bundle import BundledAttestation

pytestmark = pytest.mark.attack


def attested(envelope, story=None, **named):
    """Answer a bundle that shows this transaction as its attestation."""
    shown = {"as_of": ATTESTED, "nonce": NONCE, **named}
    return replace(
        (story or short()).bundle(),
        attestation=BundledAttestation(transaction=envelope.write(), **shown),
    )


def usual(**changes):
    return attestation_envelope(said(short().bill())).but(**changes)


def saying(**changes):
    return attestation_envelope(said(short().bill(), **changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"channel": "elsewhere"}, "TRANSACTION_WRONG_CHANNEL"),
        ({"chaincode": "other", "called": "other"}, "TRANSACTION_WRONG_CHAINCODE"),
        ({"called": "other"}, "TRANSACTION_WRONG_CHAINCODE"),
        ({"function": "GetBill"}, "ATTESTATION_WRONG_FUNCTION"),
        ({"function": "attest"}, "ATTESTATION_WRONG_FUNCTION"),
        ({"arguments": [OTHER_REFERENCE, NONCE]}, "ATTESTATION_WRONG_BILL"),
        ({"arguments": [REFERENCE, "of-another"]}, "ATTESTATION_WRONG_NONCE"),
        ({"arguments": [REFERENCE]}, "ATTESTATION_MALFORMED"),
        ({"arguments": [REFERENCE, NONCE, NONCE]}, "ATTESTATION_MALFORMED"),
        ({"status": 400}, "TRANSACTION_REFUSED"),
        ({"status": 500}, "TRANSACTION_REFUSED"),
        ({"writes": {f"BILL_{REFERENCE}": b"{}"}}, "ATTESTATION_WRITES"),
        ({"reads": [f"BILL_{OTHER_REFERENCE}"]}, "ATTESTATION_READS_ELSE"),
        ({"reads": []}, "ATTESTATION_READS_ELSE"),
        ({"reads": [f"BILL_{REFERENCE}"] * 2}, "ATTESTATION_READS_ELSE"),
        ({"lifecycle_reads": ["namespaces/fields/other/Sequence"]}, "ATTESTATION_READS_ELSE"),
        ({"endorsers": fabric.peers(PORT_MSP)}, "TOO_FEW_ORGANISATIONS"),
        ({"endorsers": fabric.peers(OPERATOR_MSP)}, "TOO_FEW_ORGANISATIONS"),
        ({"endorsers": ()}, "TOO_FEW_ORGANISATIONS"),
        ({"spoil": 1}, "ENDORSEMENT_INVALID"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_attestation_that_is_wrong_in_one_thing_is_none(judge, changes, reason):
    assert judge(attested(usual())) == ""
    assert judge(attested(usual(**changes))) == reason


@pytest.mark.parametrize(
    "nonce",
    [
        f'{NONCE}","state":"ISSUED',
        f"{NONCE}\x00",
        f"{NONCE}\n",
        f"{NONCE},{NONCE}",
        f"{NONCE} ",
        "\uff4eonce",
        "",
    ],
)
def test_a_nonce_with_quotes_and_separators_in_it_is_no_nonce(judge, nonce):
    asked = usual(arguments=[REFERENCE, nonce], response=encode(said(short().bill(), nonce=nonce)))

    assert judge(attested(asked, nonce=nonce)) in {"BUNDLE_MALFORMED", "ATTESTATION_MALFORMED"}


def test_an_answer_to_another_question_is_no_attestation(judge):
    """The peers were asked with one nonce and answer with another, which the bundle names."""
    assert judge(attested(saying(nonce="of-another"), nonce="of-another")) == (
        "ATTESTATION_WRONG_NONCE"
    )


@pytest.mark.parametrize(
    "claim",
    [
        {"possessor": STRANGER.party},
        {"titleHolder": STRANGER.party},
        {"state": "SURRENDERED_FOR_DELIVERY"},
        {"hold": True},
        {"pledge": True},
    ],
    ids=str,
)
def test_peers_that_attest_what_no_act_explains_are_not_believed(judge, claim):
    """A modified chaincode on as many peers as you like makes no party's signature."""
    assert judge(attested(saying(**claim))) == "STATE_MISMATCH"


def test_an_act_that_was_endorsed_and_never_recorded_is_not_the_head(judge):
    """The seller shows an act that its peers endorsed, and submits it nowhere."""
    recorded = short()
    chain = Chain().add("ISSUE", OPERATOR, SELLER, issue_terms(**sample_terms()))
    ahead = Story(chain.add("TRANSFER", SELLER, BANK).add("ENDORSE_TO_ORDER", BANK, BUYER))

    assert judge(ahead.bundle()) == ""
    assert judge(replace(ahead.bundle(), attestation=recorded.bundle().attestation)) == (
        "HEAD_MISMATCH"
    )


def test_an_act_that_lost_its_race_is_not_the_head(judge):
    """Two acts on one state: who lost shows its own, with the honest attestation."""
    chain = Chain().add("ISSUE", OPERATOR, SELLER, issue_terms(**sample_terms()))
    lost = Story(chain.add("TRANSFER", SELLER, BUYER)).bundle()

    assert judge(lost) == ""
    assert judge(replace(lost, attestation=short().bundle().attestation)) == "HEAD_MISMATCH"


def test_a_chain_without_its_last_act_is_not_the_attested_one(judge):
    whole = sample().bundle()

    assert judge(replace(whole, acts=whole.acts[:-1])) in {"HEAD_MISMATCH", "PARTY_NOT_NEEDED"}


def test_a_newer_attestation_does_not_lift_an_older_chain(judge):
    whole = short().bundle()
    newer = sample().bundle().attestation

    assert judge(replace(whole, attestation=newer)) == "HEAD_MISMATCH"


def test_an_endorsed_act_is_no_attestation(judge):
    assert judge(attested(short().act(2))) == "ATTESTATION_WRONG_FUNCTION"


def test_the_transaction_of_another_act_proves_nothing(judge):
    """Peers that were asked to record another act, and answered and wrote this one."""
    story = short()
    other = story.act(1).arguments
    forged = story.act(2).but(arguments=other)

    assert judge(with_act(story.bundle(), 2, transaction=forged.write())) == (
        "TRANSACTION_OF_ANOTHER_ACT"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"writes": {}}, "ACT_NOT_WRITTEN"),
        ({"writes": {f"ACT_{REFERENCE}_0000000002": b"{}"}}, "ACT_NOT_WRITTEN"),
        ({"response": b"0" * 64}, "TRANSACTION_OF_ANOTHER_ACT"),
        ({"proposal_hash": bytes(32)}, "PROPOSAL_HASH_WRONG"),
        ({"chaincode": "other"}, "TRANSACTION_WRONG_CHAINCODE"),
        ({"extra_payload": fabric.part(3, b"x")}, "TRANSACTION_MALFORMED"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_tampered_read_write_set_proves_nothing(judge, changes, reason):
    story = short()
    forged = story.act(2).but(**changes)

    assert judge(with_act(story.bundle(), 2, transaction=forged.write())) == reason


def test_a_second_namespace_in_the_result_is_not_looked_over(judge):
    story = short()
    twice = fabric.part(2, fabric.part(1, CHAINCODE) + fabric.part(2, b""))
    forged = story.act(2).but(extra_namespace=twice)

    assert judge(with_act(story.bundle(), 2, transaction=forged.write())) == (
        "TRANSACTION_MALFORMED"
    )


def test_more_organisations_than_attested_are_not_made_up_for(judge):
    two = attested(usual(endorsers=fabric.peers(PORT_MSP, PARTNER_MSP)))

    assert judge(two) == ""
    assert judge(two, organisations=3) == "TOO_FEW_ORGANISATIONS"


def test_an_old_and_authentic_bundle_does_not_answer_a_new_question(judge):
    """Whoever releases asks with a nonce of its own; a bundle from before cannot have it."""
    assert judge(sample().bundle(), nonce="todays-question") == "NONCE_NOT_YOURS"
