"""From the first act to delivery on a real network; the evidence convinces a stranger."""

import json
import os
import random
import uuid
from datetime import timedelta

import pytest
from onebill.ledger.v1 import ledger_pb2
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify.bundle import BundledAct, PartyTransaction, Shown, compose
from onebill_verify.keys import PrivateKey
from onebill_verify.registrations import Rotation
from onebill_verify.terms import (
    AccomplishTerms,
    ConfirmPaymentTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
)
from onebill_verify.trust import Trust
from onebill_verify.verifier import verify

from tests.integration.ledger.conftest import MSP_IDS, refused, state_directory
from tests.support.bill_cast import CHANNEL, any_hash, now

pytestmark = [pytest.mark.engines, pytest.mark.asyncio(loop_scope="module")]


KINDS = {
    "OperatorMSP": "OPERATOR",
    "CarrierMSP": "CARRIER",
    "PortMSP": "PORT",
    "PartnerPortMSP": "PORT",
}


def trust(**more):
    roots = state_directory() / "network" / "roots"
    return Trust.parse(
        json.dumps(
            {
                "channel": CHANNEL,
                "chaincode": "bill",
                "organisations": [
                    {
                        "kind": KINDS[msp],
                        "mspId": msp,
                        "rootCertificates": [(roots / f"{msp}.pem").read_text()],
                    }
                    for msp in MSP_IDS.values()
                ],
                **more,
            }
        ).encode()
    )


def bundle_of(evidence, reference):
    return compose(
        channel=evidence.channel,
        chaincode=evidence.chaincode,
        transport_document_reference=reference,
        parties=[
            PartyTransaction(record.party, transaction)
            for record in evidence.parties
            for transaction in record.endorsed_transactions
        ],
        acts=[
            BundledAct(
                act.signed_act,
                act.endorsed_transaction,
                Shown(act.details_salt, json.loads(act.details)) if act.details else None,
            )
            for act in evidence.acts
        ],
        attestation_transaction=evidence.attestation_transaction,
        document=None,
        certificate=None,
        attachments=[],
    )


async def evidence_at(world, at, paper, caller=None):
    return await world.ledger(at, caller or at).GetEvidence(
        pb.GetEvidenceRequest(
            transport_document_reference=paper.reference,
            nonce="gate-2",
            organisations=["CarrierMSP", "PortMSP", "PartnerPortMSP"],
        )
    )


async def rotate(world, name, at):
    new = PrivateKey.generate()
    signed = Rotation(
        channel=CHANNEL,
        party=world.cast.parties[name],
        public_key=new.public,
        action_date_time=now(),
    ).sign(world.cast.keys[name], new)
    answer = await world.ledger(at, at).RotateKey(
        pb.RotateKeyRequest(signed_rotation=signed, request_id=str(uuid.uuid4())), timeout=50
    )
    old, world.cast.keys[name] = world.cast.keys[name], new
    return old, answer.party


async def delivered(world):
    """Tell the whole story of one bill, and answer its paper."""
    container, agent = any_hash(), "delivery-agent-singapore"
    paper = await world.issued(endorsee="first-bank", container_key=container)
    surrender, pick_up = f"SR-{uuid.uuid4().hex[:12]}", any_hash()
    story = [
        ("operator", "TRANSFER", "seller", "first-bank", None),
        ("operator", "ENDORSE_TO_ORDER", "first-bank", "buyer", None),
        ("operator", "TRANSFER", "first-bank", "buyer", None),
        (
            "partnerport",
            "SURRENDER_FOR_DELIVERY",
            "buyer",
            agent,
            SurrenderTerms(surrender, world.cast.parties["buyer"]),
        ),
        ("partnerport", "ACCEPT_SURRENDER", agent, None, SurrenderAnswerTerms(surrender)),
        (
            "partnerport",
            "CONFIRM_PAYMENT",
            "terminal-singapore",
            None,
            ConfirmPaymentTerms("TERMINAL"),
        ),
        ("carrier", "RELEASE_MASTER", "agent-line-singapore", None, None),
        ("partnerport", "RELEASE_CUSTOMS", "customs-singapore", None, None),
        (
            "partnerport",
            "RELEASE_TERMINAL",
            agent,
            "haulier-chongqing",
            ReleaseTerminalTerms(pick_up, (container,), now() + timedelta(hours=6)),
        ),
        ("partnerport", "ACCOMPLISH", agent, "buyer", AccomplishTerms(any_hash(), pick_up)),
    ]
    for at, code, actor, recipient, terms in story:
        await world.submit(paper.took(paper.sign(code, actor, recipient, terms)), at=at)
    return paper


async def test_a_delivered_bill_is_proven_without_the_operator(world):
    paper = await delivered(world)

    evidence = await evidence_at(world, "partnerport", paper, "buyer")
    answer = verify(bundle_of(evidence, paper.reference), trust(), now())

    assert answer.proven, answer.message
    assert (answer.state, answer.sequence) == ("ACCOMPLISHED", 11)
    assert "OperatorMSP" not in answer.attested_by
    refusal = await refused(
        world.submit(paper.sign("TRANSFER", "buyer", "seller"), at="partnerport")
    )
    assert refusal.reason == "BILL_CLOSED"


async def test_a_bundle_changed_in_one_byte_proves_nothing(world):
    paper = await world.issued()
    whole = bundle_of(await evidence_at(world, "port", paper), paper.reference)
    pinned, drawn = trust(), random.Random(int.from_bytes(os.urandom(4)))

    for _ in range(50):
        at = drawn.randrange(len(whole))
        changed = whole[:at] + bytes([whole[at] ^ (1 << drawn.randrange(7))]) + whole[at + 1 :]
        assert not verify(changed, pinned, now()).proven, at


async def test_a_rotated_key_goes_on_where_the_old_one_stopped(world):
    paper = await world.issued()
    old, party = await rotate(world, "seller", "operator")
    new = world.cast.keys["seller"]
    world.cast.keys["seller"] = old
    by_the_old = paper.sign("TRANSFER", "seller", "buyer")
    world.cast.keys["seller"] = new

    refusal = await refused(world.submit(by_the_old))
    answer = await world.submit(paper.took(paper.sign("TRANSFER", "seller", "buyer")))

    assert refusal.reason == "KEY_UNKNOWN"
    assert party.kid == new.kid
    assert answer.bill.state == ledger_pb2.BILL_STATE_ISSUED
    evidence = await evidence_at(world, "port", paper)
    proof = verify(bundle_of(evidence, paper.reference), trust(), now())
    assert proof.proven, proof.message
