"""Keys and parties: nobody takes another's place, and who is suspended does nothing."""

import uuid

import pytest
import pytest_asyncio
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify.keys import PrivateKey
from onebill_verify.registrations import Rotation

from tests.attacks.insider import POLICY_FAILURE, Insider, invented, peer_of, sign_result
from tests.attacks.trying import noted, try_act
from tests.integration.ledger.conftest import MSP_IDS, refused
from tests.support.bill_cast import CHANNEL, any_hash, now

pytestmark = [
    pytest.mark.attack,
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(loop_scope="module")
async def paper(world):
    return await world.issued()


@pytest_asyncio.fixture(loop_scope="module")
async def insiders():
    """Somebody at every member organisation."""
    everywhere = {organisation: Insider(organisation) for organisation in MSP_IDS}
    yield everywhere
    for insider in everywhere.values():
        await insider.close()


async def refused_and_noted(world, at, call, request):
    """A request about a party that must be refused; answer the reason, which is in the log."""
    refusal = await refused(call(request, timeout=50))
    assert await noted(world, at, request.request_id) == [refusal.reason]
    return refusal.reason


def word_about(world, name, key):
    return Rotation(
        channel=CHANNEL,
        party=world.cast.parties[name],
        public_key=key.public,
        action_date_time=now(),
    )


async def record_of(world, name):
    answer = await world.ledger("carrier", "carrier").GetParty(
        pb.GetPartyRequest(party=world.cast.parties[name])
    )
    return answer.party.kid


async def test_operator_and_one_port_recover_nobodys_key(world):
    """Two organisations ask that the seller's key be replaced by one of theirs."""
    thief, before = PrivateKey.generate(), await record_of(world, "seller")
    for at in ("operator", "port"):
        await world.ledger(at, at).RecoverKey(
            pb.RecoverKeyRequest(
                signed_recovery=word_about(world, "seller", thief).ask_for_recovery(thief),
                request_id=str(uuid.uuid4()),
            ),
            timeout=50,
        )

    reason = await refused_and_noted(
        world,
        "operator",
        world.ledger("operator", "operator").CompleteRecovery,
        pb.CompleteRecoveryRequest(
            party=world.cast.parties["seller"], kid=thief.kid, request_id=str(uuid.uuid4())
        ),
    )

    assert reason == "RECOVERY_UNKNOWN"
    assert await record_of(world, "seller") == before


async def test_a_recovery_is_not_completed_before_its_time(world):
    """Three organisations collude: the true owner has days to say no, and everybody sees it."""
    thief, before = PrivateKey.generate(), await record_of(world, "first-bank")
    for at in ("operator", "port", "carrier"):
        await world.ledger(at, at).RecoverKey(
            pb.RecoverKeyRequest(
                signed_recovery=word_about(world, "first-bank", thief).ask_for_recovery(thief),
                request_id=str(uuid.uuid4()),
            ),
            timeout=50,
        )

    reason = await refused_and_noted(
        world,
        "operator",
        world.ledger("operator", "operator").CompleteRecovery,
        pb.CompleteRecoveryRequest(
            party=world.cast.parties["first-bank"], kid=thief.kid, request_id=str(uuid.uuid4())
        ),
    )

    assert reason == "RECOVERY_NOT_DUE"
    assert await record_of(world, "first-bank") == before


async def test_a_recovery_that_the_new_key_did_not_sign_is_none(world):
    thief, other = PrivateKey.generate(), PrivateKey.generate()

    reason = await refused_and_noted(
        world,
        "operator",
        world.ledger("operator", "operator").RecoverKey,
        pb.RecoverKeyRequest(
            signed_recovery=word_about(world, "seller", thief).ask_for_recovery(other),
            request_id=str(uuid.uuid4()),
        ),
    )

    assert reason in {"SIGNATURE_INVALID", "KEY_UNKNOWN", "RECOVERY_INVALID"}


@pytest.mark.parametrize("colluding", [("operator", "port"), ("carrier", "partnerport")], ids=str)
async def test_two_organisations_do_not_write_a_recovery_themselves(world, insiders, colluding):
    first, party = insiders[colluding[0]], world.cast.parties["seller"]
    before = await first.gateway.evaluate("GetRecoveries", party)
    proposal = first.propose("GetRecoveries", party)
    result = invented(proposal, {f"RECOVERY_{party}": b'{"party":"x","recoveries":[]}'})

    code = await first.submit(
        first.envelope(
            proposal, result, [sign_result(peer_of(name), result) for name in colluding]
        )
    )

    assert code == POLICY_FAILURE
    assert await first.gateway.evaluate("GetRecoveries", party) == before


async def test_two_organisations_do_not_change_the_rules(world, insiders):
    operator = insiders["operator"]
    before = await operator.gateway.evaluate("GetRules")
    proposal = operator.propose("GetRules")
    result = invented(proposal, {"RULES": b"{}"})

    code = await operator.submit(
        operator.envelope(
            proposal, result, [sign_result(peer_of(name), result) for name in ("operator", "port")]
        )
    )

    assert code == POLICY_FAILURE
    assert await operator.gateway.evaluate("GetRules") == before


async def test_a_key_is_not_registered_by_who_does_not_have_it(world):
    """Somebody registers the buyer's public key as its own party."""
    rules = (await world.ledger("port", "port").GetRules(pb.GetRulesRequest())).rules
    honest = world.cast.registration("terminal-singapore", rules, key=PrivateKey.generate())
    header, payload, _ = honest["registration"].split(".")
    other = world.cast.registration("terminal-singapore", rules, key=PrivateKey.generate())
    forged = f"{header}.{payload}.{other['registration'].rpartition('.')[2]}"

    reason = await refused_and_noted(
        world,
        "partnerport",
        world.ledger("partnerport", "partnerport").RegisterParty,
        pb.RegisterPartyRequest(
            organisation="somebody",
            **{**honest, "registration": forged},
            request_id=str(uuid.uuid4()),
        ),
    )

    assert reason in {"SIGNATURE_INVALID", "REGISTRATION_INVALID"}


@pytest.mark.parametrize("status", ["SUSPENDED", "REVOKED"])
async def test_who_is_suspended_or_revoked_does_nothing_and_receives_nothing(world, paper, status):
    at = {"SUSPENDED": "first-bank", "REVOKED": "buyer"}[status]
    vouching = {"SUSPENDED": "operator", "REVOKED": "partnerport"}[status]
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", at)))
    other = await world.issued()
    await world.ledger(vouching, vouching).SetPartyStatus(
        pb.SetPartyStatusRequest(
            party=world.cast.parties[at],
            status=status,
            reason_hash=any_hash(),
            request_id=str(uuid.uuid4()),
        ),
        timeout=50,
    )

    assert await try_act(world, paper, paper.sign("TRANSFER", at, "seller")) == "PARTY_NOT_ACTIVE"
    assert await try_act(world, other, other.sign("TRANSFER", "seller", at)) == "PARTY_NOT_ACTIVE"


async def test_another_organisation_suspends_nobody(world):
    reason = await refused_and_noted(
        world,
        "port",
        world.ledger("port", "port").SetPartyStatus,
        pb.SetPartyStatusRequest(
            party=world.cast.parties["seller"],
            status="REVOKED",
            reason_hash=any_hash(),
            request_id=str(uuid.uuid4()),
        ),
    )

    assert reason == "NOT_VOUCHING_ORGANISATION"
