"""One of two persons tries alone what needs both; and what a stolen key could still do."""

import uuid
from dataclasses import replace

import pytest
import pytest_asyncio
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify import countersign
from onebill_verify.countersignature import Possession
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import PrivateKey
from onebill_verify.registrations import Rotation
from onebill_verify.terms import OrderTerms, RejectTransferTerms

from tests.attacks.test_parties import refused_and_noted
from tests.attacks.trying import noted, standing, try_act
from tests.integration.ledger.conftest import refused
from tests.integration.ledger.test_four_eyes import OPERATOR, issue, register_careful
from tests.support.bill_cast import CHANNEL, Paper, any_hash, now

pytestmark = [
    pytest.mark.attack,
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
]

REJECTED = RejectTransferTerms()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def approver(world):
    """The key of who countersigns for an operator that asked for four eyes."""
    await register_careful(world, "careful-agent", "delivery-agent-singapore")
    return await register_careful(world, OPERATOR, "operator")


async def try_issue(world, paper, handed, **beside):
    """Hand in an ISSUE that must be refused and noted; the bill is still not there."""
    request_id = str(uuid.uuid4())

    refusal = await refused(world.submit(handed, request_id=request_id, **beside))

    assert await noted(world, "operator", request_id) == [refusal.reason]
    assert (await refused(standing(world, paper.reference))).reason == "BILL_UNKNOWN"
    return refusal.reason


async def test_a_thief_of_one_key_issues_nothing(world, approver):
    """The thief has the operator's key and not its approver's: alone, by itself, by a friend."""
    paper, friend = Paper(world.cast), PrivateKey.generate()
    handed = issue(world, paper)

    assert await try_issue(world, paper, handed) == "COUNTERSIGNATURE_REQUIRED"
    for key in (world.cast.keys[OPERATOR], friend):
        beside = countersign(handed.signed, key).token
        reason = await try_issue(world, paper, handed, countersignature=beside)
        assert reason == "COUNTERSIGNATURE_INVALID"


async def test_an_approver_alone_issues_nothing(world, approver):
    """The approver signs the act, and the operator's key is not there to countersign."""
    paper = Paper(world.cast)
    honest = issue(world, paper)
    forged = replace(honest, signed=honest.signed.act.sign(approver))
    beside = countersign(forged.signed, approver).token

    reason = await try_issue(world, paper, forged, countersignature=beside)

    # A countersignature is asked for after the signature.
    assert reason == "KEY_UNKNOWN"


async def test_a_countersignature_does_not_wander_to_another_act(world, approver):
    """Approved once, the operator changes its mind about the holder, or says it all again."""
    paper, other = Paper(world.cast), Paper(world.cast)
    approved = issue(world, paper)
    beside = countersign(approved.signed, approver).token
    renewed = issue(world, paper)
    elsewhere = issue(world, other)

    for which, handed in ((paper, renewed), (other, elsewhere)):
        reason = await try_issue(world, which, handed, countersignature=beside)
        assert reason == "COUNTERSIGNATURE_INVALID"


async def test_a_countersignature_in_another_spelling_or_of_another_kind_is_none(world, approver):
    paper = Paper(world.cast)
    handed = issue(world, paper)
    said, _, signature = countersign(handed.signed, approver).token.rpartition(".")
    other = countersign(handed.signed, PrivateKey.generate()).token.rpartition(".")[2]
    ways = {
        "another's signature under its kid": f"{said}.{other}",
        "possession instead": Possession.sign(approver, {"actHash": handed.hash}).jws.token,
        "an approval of everything": Jws.sign(approver, JwsType.COUNTERSIGNATURE, {}).token,
        "a cut one": f"{said}.{signature[:-4]}",
        "the act itself": handed.token,
        "plain words": "approved",
    }

    for way, beside in ways.items():
        reason = await try_issue(world, paper, handed, countersignature=beside)
        assert reason == "COUNTERSIGNATURE_INVALID", way


async def test_nobody_hangs_a_countersignature_on_an_act_that_asks_for_none(world, approver):
    """A courier fattens the channel, or makes an act look approved that nobody approved."""
    paper = await world.issued()
    transfer = paper.sign("TRANSFER", "seller", "buyer")
    for key in (approver, world.cast.keys["seller"]):
        beside = countersign(transfer.signed, key).token
        reason = await try_act(world, paper, transfer, countersignature=beside)
        assert reason == "COUNTERSIGNATURE_INVALID"

    await world.submit(paper.took(transfer))


async def test_a_thief_who_is_first_with_a_wrong_word_does_not_stop_the_right_one(world, approver):
    """The same act comes at once from a courier with junk beside it and from an honest one."""
    paper = Paper(world.cast)
    handed = issue(world, paper)
    junk = countersign(handed.signed, PrivateKey.generate()).token
    honest = countersign(handed.signed, approver).token

    assert await try_issue(world, paper, handed, countersignature=junk)
    answer = await world.submit(paper.took(handed), countersignature=honest)

    assert answer.act.act_hash == handed.hash


async def rotate_wrongly(world, signed):
    return await refused_and_noted(
        world,
        "operator",
        world.ledger("operator", "operator").RotateKey,
        pb.RotateKeyRequest(signed_rotation=signed, request_id=str(uuid.uuid4())),
    )


async def keys_of(world):
    answer = await world.ledger("carrier", "carrier").GetParty(
        pb.GetPartyRequest(party=world.cast.parties[OPERATOR])
    )
    return answer.party.kid, answer.party.approver_keys[-1].kid


async def test_neither_key_puts_another_in_the_place_of_the_other(world, approver):
    own, thief, before = world.cast.keys[OPERATOR], PrivateKey.generate(), await keys_of(world)

    def said(new, *, of_approver):
        return Rotation(
            channel=CHANNEL,
            party=world.cast.parties[OPERATOR],
            public_key=new.public,
            action_date_time=now(),
            of_approver=of_approver,
        )

    tried = {
        "the thief of the key names an approver": (
            said(thief, of_approver=True).sign(own, thief),
            "KEY_UNKNOWN",
        ),
        "the approver names the party's key": (
            said(thief, of_approver=False).sign(approver, thief),
            "KEY_UNKNOWN",
        ),
        "the party takes its approver's key": (
            said(approver, of_approver=False).sign(own, approver),
            "KEY_REUSED",
        ),
        "the approver takes the party's key": (
            said(own, of_approver=True).sign(approver, own),
            "KEY_REUSED",
        ),
    }
    for what, (signed, reason) in tried.items():
        assert await rotate_wrongly(world, signed) == reason, what
    assert await keys_of(world) == before


async def test_a_party_rotates_to_no_key_that_nobody_shows(world, approver):
    """Somebody's public key is named: its party would be locked out, or be somebody else."""
    victim, before = PrivateKey.generate(), await keys_of(world)
    said = Rotation(
        channel=CHANNEL,
        party=world.cast.parties[OPERATOR],
        public_key=victim.public,
        action_date_time=now(),
    )
    own = world.cast.keys[OPERATOR]
    other = Possession.sign(victim, {**said.payload(), "party": world.cast.parties["seller"]})
    unshown = Jws.sign(own, JwsType.ROTATION, said.payload()).token
    borrowed = Jws.sign(
        own, JwsType.ROTATION, {**said.payload(), "possession": other.jws.token}
    ).token

    assert await rotate_wrongly(world, unshown) == "ROTATION_INVALID"
    assert await rotate_wrongly(world, said.sign(own, own)) == "SIGNATURE_INVALID"
    assert await rotate_wrongly(world, borrowed) == "SIGNATURE_INVALID"
    assert await keys_of(world) == before


async def test_nobody_is_registered_with_an_approver_who_does_not_know_it(world):
    """A party names somebody's public key as its approver, or its own."""
    rules = (await world.ledger("port", "port").GetRules(pb.GetRulesRequest())).rules
    victim, key = PrivateKey.generate(), PrivateKey.generate()
    honest = world.cast.registration(
        "terminal-singapore", rules, key=key, approver=PrivateKey.generate()
    )
    payload = Jws.parse(honest["registration"], JwsType.REGISTRATION).payload
    named = {"kid": victim.kid, "publicKey": victim.public.jwk()}
    forged = Jws.sign(key, JwsType.REGISTRATION, {**payload, "approverKey": named}).token
    alone = {name: value for name, value in payload.items() if name != "possession"}
    silent = Jws.sign(key, JwsType.REGISTRATION, alone).token

    for token in (forged, silent):
        reason = await refused_and_noted(
            world,
            "partnerport",
            world.ledger("partnerport", "partnerport").RegisterParty,
            pb.RegisterPartyRequest(
                organisation="somebody",
                **{**honest, "registration": token},
                request_id=str(uuid.uuid4()),
            ),
        )
        assert reason == "REGISTRATION_MALFORMED"


@pytest.mark.parametrize("status", ["SUSPENDED", "REVOKED"])
async def test_a_bill_that_comes_back_to_who_is_out_lies_still_until_a_court_moves_it(
    world, status
):
    """The one that is out gave its bill away just before: rejected, it is its own and frozen."""
    name = f"out-{status.lower()}"
    rules = (await world.ledger("port", "port").GetRules(pb.GetRulesRequest())).rules
    key = PrivateKey.generate()
    door = world.ledger("partnerport", "partnerport")
    answer = await door.RegisterParty(
        pb.RegisterPartyRequest(
            organisation=name,
            **world.cast.registration("buyer", rules, key=key),
            request_id=str(uuid.uuid4()),
        ),
        timeout=50,
    )
    world.cast.keys[name], world.cast.parties[name] = key, answer.party.party
    paper = await world.issued()
    for giver, taker in (("seller", name), (name, "buyer")):
        await world.submit(paper.took(paper.sign("TRANSFER", giver, taker)))
    await door.SetPartyStatus(
        pb.SetPartyStatusRequest(
            party=world.cast.parties[name],
            status=status,
            reason_hash=any_hash(),
            request_id=str(uuid.uuid4()),
        ),
        timeout=50,
    )

    back = await world.submit(
        paper.took(paper.sign("REJECT_TRANSFER", "buyer", terms=REJECTED)), "partnerport"
    )

    assert back.act.action_code == "REJECT_TRANSFER"
    assert (await standing(world, paper.reference))[2] == world.cast.parties[name]
    for actor, taker in ((name, "seller"), ("buyer", "seller"), ("operator", "seller")):
        assert await try_act(world, paper, paper.sign("TRANSFER", actor, taker)) in {
            "PARTY_NOT_ACTIVE",
            "NOT_POSSESSOR",
        }
    order = OrderTerms("O-1", "TRANSFER_POSSESSION", any_hash(), world.cast.parties["seller"])
    await world.submit(
        paper.took(paper.sign("ORDER", "court-singapore", terms=order)), "partnerport"
    )
    assert (await standing(world, paper.reference))[2] == world.cast.parties["seller"]
