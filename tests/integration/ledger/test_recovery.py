"""Lost keys recovered and parties suspended, on the running network."""

import uuid
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify import PrivateKey, verify
from onebill_verify.registrations import Cancellation, Rotation

from foundation.kernel.errors import NotAllowed, NotFound, WrongState
from ledger.network.rules import Rulebook, ask_for_rules, founding_rules
from tests.integration.ledger.conftest import refused
from tests.integration.ledger.test_evidence_proves import bundle_of, evidence_at, trust
from tests.integration.ledger.test_four_eyes import (
    AGENT,
    LIKE,
    OPERATOR,
    approved,
    issue,
    register_careful,
)
from tests.support.bill_cast import CHANNEL, Paper, any_hash, now
from tests.support.waiting import until

pytestmark = [pytest.mark.engines, pytest.mark.asyncio(loop_scope="module")]

THREE = ("carrier", "port", "partnerport")
DELAY_SECONDS = 4


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quick(world):
    """The network while three founders have agreed that a recovery waits for seconds."""
    rules = (await world.ledger("port", "port").GetRules(pb.GetRulesRequest())).rules
    rulebook = Rulebook(rules.rulebook_version, rules.rulebook_hash)
    founders = [world.services[name].gateway for name in THREE]
    await ask_for_rules(founders, founding_rules(rulebook, DELAY_SECONDS))
    yield world
    await ask_for_rules(founders, founding_rules(rulebook, rules.recovery_delay_seconds))


def asked_for(world, name, key):
    return Rotation(
        channel=CHANNEL,
        party=world.cast.parties[name],
        public_key=key.public,
        action_date_time=now(),
    ).ask_for_recovery(key)


async def ask(world, at, signed):
    answer = await world.ledger(at, at).RecoverKey(
        pb.RecoverKeyRequest(signed_recovery=signed, request_id=str(uuid.uuid4())), timeout=50
    )
    return answer.recovery


def complete(world, name, key, at="port"):
    return world.ledger(at, at).CompleteRecovery(
        pb.CompleteRecoveryRequest(
            party=world.cast.parties[name], kid=key.kid, request_id=str(uuid.uuid4())
        ),
        timeout=50,
    )


async def set_status(world, name, status, at):
    return await world.ledger(at, at).SetPartyStatus(
        pb.SetPartyStatusRequest(
            party=world.cast.parties[name],
            status=status,
            reason_hash=any_hash(),
            request_id=str(uuid.uuid4()),
        ),
        timeout=50,
    )


async def proven(world, paper, **more):
    evidence = await evidence_at(world, "partnerport", paper)
    bundle = bundle_of(evidence, paper.reference)
    return verify(bundle, trust(**more), datetime.now(UTC))


async def test_a_lost_key_is_recovered_by_three_organisations_and_the_bundle_says_so(quick):
    world, new = quick, PrivateKey.generate()
    paper = await world.issued()
    signed = asked_for(world, "seller", new)

    assert (await ask(world, "carrier", signed)).state == "ASKED"
    assert (await ask(world, "carrier", signed)).state == "ASKED"  # a repeat
    assert (await ask(world, "port", signed)).state == "ASKED"
    assert not (await proven(world, paper)).recovery_pending
    begun = await ask(world, "partnerport", signed)
    assert begun.state == "PENDING"
    assert sorted(begun.asked_by) == ["CarrierMSP", "PartnerPortMSP", "PortMSP"]
    # At once: what follows may take longer than the delay.
    assert (await refused(complete(world, "seller", new))).reason == "RECOVERY_NOT_DUE"
    answer = await proven(world, paper)
    assert (answer.proven, answer.recovery_pending) == (True, True)

    async def is_due():
        return datetime.now(UTC) > begun.effective_at.ToDatetime(tzinfo=UTC)

    await until(is_due)
    recovered = (await complete(world, "seller", new)).party
    assert (recovered.kid, [key.how for key in recovered.keys]) == (
        new.kid,
        ["REGISTRATION", "RECOVERY"],
    )
    by_the_lost_key = paper.sign("TRANSFER", "seller", "first-bank")
    assert (await refused(world.submit(by_the_lost_key))).reason == "KEY_UNKNOWN"
    world.cast.keys["seller"] = new
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", "first-bank")))

    answer = await proven(world, paper, recoveryDelaySeconds=DELAY_SECONDS)
    assert answer.proven, answer.message
    assert not answer.recovery_pending
    # Whoever does not say that seconds are enough is not content with them.
    assert (await proven(world, paper)).reason == "RECOVERY_TOO_SOON"


async def test_the_old_key_cancels_a_recovery_for_good(quick):
    world, thief = quick, PrivateKey.generate()
    signed = asked_for(world, "buyer", thief)
    for at in THREE:
        await ask(world, at, signed)
    cancelled = Cancellation(
        channel=CHANNEL,
        party=world.cast.parties["buyer"],
        kid=thief.kid,
        action_date_time=now(),
    ).sign(world.cast.keys["buyer"])

    answer = await world.ledger("partnerport", "buyer").CancelRecovery(
        pb.CancelRecoveryRequest(signed_cancellation=cancelled, request_id=str(uuid.uuid4())),
        timeout=50,
    )

    assert answer.recovery.state == "CANCELLED"
    refusal = await refused(complete(world, "buyer", thief))
    assert (type(refusal), refusal.reason) == (NotFound, "RECOVERY_UNKNOWN")
    listed = await world.ledger("carrier", "carrier").ListRecoveries(
        pb.ListRecoveriesRequest(party=world.cast.parties["buyer"])
    )
    assert [(one.kid, one.state) for one in listed.recoveries] == [(thief.kid, "CANCELLED")]


async def test_only_an_organisations_own_people_ask_for_a_recovery(quick):
    request = pb.RecoverKeyRequest(
        signed_recovery=asked_for(quick, "seller", PrivateKey.generate()),
        request_id=str(uuid.uuid4()),
    )

    refusal = await refused(quick.ledger("partnerport", "buyer").RecoverKey(request))

    assert isinstance(refusal, NotAllowed)


async def test_a_suspended_party_is_out_until_it_is_reinstated(world):
    paper = await world.issued()
    to_the_bank = paper.sign("TRANSFER", "seller", "first-bank")

    refusal = await refused(set_status(world, "first-bank", "SUSPENDED", "port"))
    assert (type(refusal), refusal.reason) == (NotAllowed, "NOT_VOUCHING_ORGANISATION")
    answer = await set_status(world, "first-bank", "SUSPENDED", "operator")
    assert answer.party.status == "SUSPENDED"
    assert (await refused(world.submit(to_the_bank))).reason == "PARTY_NOT_ACTIVE"
    await set_status(world, "first-bank", "ACTIVE", "operator")
    await world.submit(paper.took(to_the_bank))
    await world.submit(paper.took(paper.sign("SIGN", "first-bank")))

    answer = await proven(world, paper, recoveryDelaySeconds=DELAY_SECONDS)
    assert answer.proven, answer.message
    assert [one.key_custody for one in answer.signed_by] == ["OWN"] * 3


async def test_a_registration_says_exactly_what_its_organisation_has_seen(world):
    door = world.ledger("partnerport", "partnerport")
    rules = (await door.GetRules(pb.GetRulesRequest())).rules
    fresh = PrivateKey.generate()

    async def register(**said):
        return await refused(
            door.RegisterParty(
                pb.RegisterPartyRequest(
                    organisation="newcomer", request_id=str(uuid.uuid4()), **said
                ),
                timeout=50,
            )
        )

    word = world.cast.registration("buyer", rules, key=fresh)
    other = {
        **word,
        "identity": {"content": '{"name":"somebody"}', "salt": word["identity"]["salt"]},
    }
    assert (await register(**other)).reason == "EVIDENCE_DIFFERS"
    old = world.cast.registration("buyer", rules, key=fresh, rulebook_hash=any_hash())
    assert (await register(**old)).reason == "RULEBOOK_NOT_IN_FORCE"
    customs = world.cast.registration("buyer", rules, key=fresh, roles=("OPERATOR",))
    refusal = await register(**customs)
    assert (type(refusal), refusal.reason) == (NotAllowed, "NOT_VOUCHING_ORGANISATION")
    assert (await register()).reason == "REGISTRATION_MALFORMED"
    # What was refused leaves no trace: the party signs again.
    answer = await door.RegisterParty(
        pb.RegisterPartyRequest(organisation="newcomer", request_id=str(uuid.uuid4()), **word),
        timeout=50,
    )
    assert answer.party.status == "ACTIVE"
    assert answer.party.rulebook_version == rules.rulebook_version


async def test_one_organisation_does_not_change_the_rules(world):
    door = world.ledger("port", "port")
    before = (await door.GetRules(pb.GetRulesRequest())).rules
    rulebook = Rulebook(before.rulebook_version, before.rulebook_hash)

    await ask_for_rules([world.services["operator"].gateway], founding_rules(rulebook, 1))

    after = (await door.GetRules(pb.GetRulesRequest())).rules
    assert after.recovery_delay_seconds == before.recovery_delay_seconds
    assert isinstance(
        await refused(complete(world, "seller", PrivateKey.generate())), NotFound | WrongState
    )


async def test_an_approvers_lost_key_is_recovered_and_the_bundle_says_so(quick):
    """Three organisations give it a new one; the party's own key has no part in it."""
    world = quick
    await register_careful(world, AGENT, LIKE[AGENT])
    lost = await register_careful(world, OPERATOR, LIKE[OPERATOR])
    found = PrivateKey.generate()
    said = Rotation(
        channel=CHANNEL,
        party=world.cast.parties[OPERATOR],
        public_key=found.public,
        action_date_time=now(),
        of_approver=True,
    ).ask_for_recovery(found)
    asked = [await ask(world, at, said) for at in THREE]
    assert [one.state for one in asked] == ["ASKED", "ASKED", "PENDING"]

    async def is_due():
        return datetime.now(UTC) > asked[-1].effective_at.ToDatetime(tzinfo=UTC)

    await until(is_due)
    party = (await complete(world, OPERATOR, found)).party
    assert party.kid == world.cast.keys[OPERATOR].kid
    assert [key.how for key in party.approver_keys] == ["REGISTRATION", "RECOVERY"]

    paper = Paper(world.cast)
    handed = issue(world, paper)
    refusal = await refused(world.submit(handed, **approved(handed, lost)))
    assert refusal.reason == "COUNTERSIGNATURE_INVALID"
    await world.submit(paper.took(handed), **approved(handed, found))
    proof = verify(
        bundle_of(await evidence_at(world, "port", paper), paper.reference),
        trust(recoveryDelaySeconds=DELAY_SECONDS),
        now(),
    )
    assert proof.proven, proof.message
