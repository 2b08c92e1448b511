"""Acts wrong in one thing, handed to a real ledger: refused, and the chain stands still."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from onebill_cli.environment import Environment
from onebill_cli.errors import NotThere, Refused
from onebill_cli.roles import cast as roles
from onebill_cli.scripts.story import Story
from onebill_cli.signing import Head, ReadyAct, Signer, new_random_salt, now
from onebill_verify import Act, PrivateKey, salted_hash

from tests.attacks.bad_input import payload_of, token_of, wrong

pytestmark = [pytest.mark.attack, pytest.mark.engines]

STRANGERS_KEY = PrivateKey.generate()
WAYS_AT_THE_DOOR = 20


@pytest.fixture(scope="module")
def issued(play_once: Callable[[str], Story]) -> Story:
    return play_once("issue")


def transfer(story: Story, head: Head) -> Act:
    """A transfer that would be taken."""
    moment = now()
    return Act(
        channel="onebill",
        transport_document_reference=story.consignment.bill,
        sequence=head.sequence + 1,
        previous_act_hash=head.head_act_hash,
        action_code="TRANSFER",
        actor=story.cast.seller.signer.party,
        recipient=story.consignment.parties[roles.ISSUING_BANK],
        action_date_time=moment,
        expiry_date_time=moment + timedelta(minutes=5),
        details_hash="",
    )


WRONG: dict[str, tuple[Callable[[Act], Act], str]] = {
    "another channel": (lambda act: replace(act, channel="elsewhere"), "WRONG_CHANNEL"),
    "a later sequence": (lambda act: replace(act, sequence=act.sequence + 1), "WRONG_SEQUENCE"),
    "a sequence that is taken": (
        lambda act: replace(act, sequence=2, previous_act_hash="0" * 64),
        "WRONG_PREVIOUS_HASH",
    ),
    "another previous act": (
        lambda act: replace(act, previous_act_hash="0" * 64),
        "WRONG_PREVIOUS_HASH",
    ),
    "past its expiry": (
        lambda act: replace(
            act,
            action_date_time=act.action_date_time - timedelta(hours=2),
            expiry_date_time=act.action_date_time - timedelta(hours=1),
        ),
        "ACT_EXPIRED",
    ),
    "signed ahead of time": (
        lambda act: replace(
            act,
            action_date_time=act.action_date_time + timedelta(hours=2),
            expiry_date_time=act.action_date_time + timedelta(hours=3),
        ),
        "ACT_FROM_THE_FUTURE",
    ),
    "to oneself": (lambda act: replace(act, recipient=act.actor), "RECIPIENT_IS_ACTOR"),
    "to nobody known": (lambda act: replace(act, recipient="P" + "A" * 26), "PARTY_UNKNOWN"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_act_that_is_wrong_in_one_thing_is_refused_and_leaves_no_trace(
    issued: Story, environment: Environment, what: str
) -> None:
    change, reason = WRONG[what]
    seller = issued.cast.seller
    before = seller.head(issued.consignment.bill)

    with pytest.raises((Refused, NotThere)) as refused:
        seller.submit(
            before.transport_document_reference,
            ready(change(transfer(issued, before)), seller.signer),
        )

    assert refused.value.reason == reason
    assert seller.head(issued.consignment.bill) == before


def test_invariant_1_an_act_signed_with_another_key_is_refused(issued: Story) -> None:
    seller = issued.cast.seller
    before = seller.head(issued.consignment.bill)

    with pytest.raises((Refused, NotThere)) as refused:
        seller.submit(
            before.transport_document_reference,
            ready(transfer(issued, before), Signer(seller.signer.party, STRANGERS_KEY)),
        )

    assert refused.value.reason == "KEY_UNKNOWN"
    assert seller.head(issued.consignment.bill) == before


def test_a_field_filled_in_wrongly_is_refused_at_the_shippers_door(issued: Story) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - what a failure needs to be repeated
    seller, bill = issued.cast.seller, issued.consignment.bill
    before = seller.head(bill)
    honest = ready(transfer(issued, before), seller.signer)
    ways = list(wrong(payload_of(honest.signed.token)))

    for where, what, payload in random.Random(seed).sample(ways, WAYS_AT_THE_DOOR):
        body = {
            "signedAct": token_of(honest.signed.token, payload),
            "details": honest.details,
            "detailsSalt": honest.details_salt,
        }
        with pytest.raises(Refused) as refused:
            seller.door.write("POST", f"/v1/bills/{bill}/acts", body)
        assert refused.value.reason in {"ACT_MALFORMED", "SIGNATURE_INVALID", "WRONG_CHANNEL"}, (
            where,
            what,
        )
    assert seller.head(bill) == before


def test_an_act_of_ten_megabytes_is_refused_unread(issued: Story) -> None:
    seller, bill = issued.cast.seller, issued.consignment.bill
    before = seller.head(bill)
    body = {"signedAct": "x" * 10_000_000, "details": "{}", "detailsSalt": new_random_salt()}

    with pytest.raises(Refused) as refused:
        seller.door.write("POST", f"/v1/bills/{bill}/acts", body)

    assert refused.value.reason == "BODY_TOO_LARGE"
    assert seller.head(bill) == before


def ready(act: Act, signer: Signer) -> ReadyAct:
    salt = new_random_salt()
    signed = replace(act, details_hash=salted_hash(salt, {})).sign(signer.key)
    return ReadyAct(signed, "{}", salt)
