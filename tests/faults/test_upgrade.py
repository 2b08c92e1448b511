"""The chaincode is upgraded and upgraded again under acts: none is lost, none is refused."""

import asyncio
import os
import subprocess
import sys

import pytest
from onebill.ledger.v1 import ledger_service_pb2 as pb

from ledger.client.courier import Beside, Errand
from ledger.client.organisations import choices_for_act
from local import ordering_kind
from local.ledger_network import committed_sequence
from local.places import ROOT
from tests.integration.ledger.conftest import until_known

pytestmark = [
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
]


def upgrade():
    done = subprocess.run(
        [sys.executable, "-m", "local", "upgrade-chaincode"],
        cwd=ROOT,
        env=os.environ,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def sequence_in_force():
    network = ordering_kind.network()
    return committed_sequence(network, network.organisations[0])


async def keep_passing_on(world, paper, over):
    """Pass one bill to and fro until the upgrade is over; every act must be recorded."""
    holders = ("seller", "first-bank", "buyer")
    passed = 0
    while not over.is_set():
        actor, recipient = (holders[(passed + each) % 3] for each in (0, 1))
        handed = paper.took(paper.sign("TRANSFER", actor, recipient))
        # A peer whose chaincode is changing over says "ask again": no refusal, and no answer.
        await until_known(lambda handed=handed: world.submit(handed, at="port"))
        passed += 1
    return passed


async def test_no_act_is_lost_or_refused_while_the_chaincode_is_upgraded_twice(world):
    before = sequence_in_force()
    papers = [await world.issued() for _ in range(2)]
    over = asyncio.Event()
    passing = [asyncio.create_task(keep_passing_on(world, paper, over)) for paper in papers]

    # Twice, so that every organisation's chaincode moves to its other address and back.
    for _ in range(2):
        await asyncio.to_thread(upgrade)
    over.set()
    passed = await asyncio.gather(*passing)

    assert sequence_in_force() == before + 2
    for paper, count in zip(papers, passed, strict=True):
        assert count > 0
        listed = await world.ledger("partnerport", "partnerport").ListActs(
            pb.ListActsRequest(transport_document_reference=paper.reference)
        )
        assert len(listed.acts) == count + 1


async def test_an_act_endorsed_before_the_upgrade_and_ordered_after_it_is_endorsed_again(world):
    paper, port = await world.issued(), world.services["port"]
    handed = paper.sign("TRANSFER", "seller", "first-bank")
    errand = Errand(
        handed.hash,
        "SubmitAct",
        (handed.token,),
        Beside(paper.reference, handed.details, handed.details_salt),
    )
    courier = port.program.courier
    old = await courier.endorse(errand, choices_for_act("PortMSP", "OperatorMSP"))
    await port.program.envelopes.keep(errand, old)
    await asyncio.to_thread(upgrade)

    paper.took(handed)
    answer = await until_known(lambda: world.submit(handed, at="port"))

    assert answer.act.transaction_id != old.transaction_id
    found = await port.gateway.find_transaction(old.transaction_id)
    assert found is not None, "it was ordered, and counts for nothing"
    assert found.code != 0

    listed = await world.ledger("carrier", "carrier").ListActs(
        pb.ListActsRequest(transport_document_reference=paper.reference)
    )
    assert [act.act_hash for act in listed.acts][1:] == [handed.hash]
