"""The bill outlives its platform: what the other three do while the operator's peer is frozen."""

import contextlib
import json
import os
import signal
import time

import pytest
from onebill.ledger.v1 import ledger_service_pb2 as pb

from tests.integration.ledger.conftest import state_directory
from tests.support.waiting import until

pytestmark = [pytest.mark.engines, pytest.mark.asyncio(loop_scope="module")]


@contextlib.contextmanager
def frozen(*names):
    """Stop processes of the running network, as a machine that hangs does; then let them go on."""
    pids = [
        int((state_directory() / "run" / f"{name}.pid").read_text().split()[0]) for name in names
    ]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def test_title_moves_and_is_attested_while_the_operators_peer_hangs(world):
    paper = await world.issued(to="first-bank")
    with frozen("peer-operator", "chaincode-operator"):
        begun = time.monotonic()
        await world.submit(paper.took(paper.sign("TRANSFER", "first-bank", "seller")), at="port")
        first_took, begun = time.monotonic() - begun, time.monotonic()
        moved = await world.submit(
            paper.took(paper.sign("TRANSFER", "seller", "buyer")), at="port"
        )
        second_took = time.monotonic() - begun
        attested = await world.ledger("port", "port").Attest(
            pb.AttestRequest(transport_document_reference=paper.reference, nonce="n")
        )

    assert moved.bill.possessor == world.cast.parties["buyer"]
    assert "OperatorMSP" not in attested.organisations
    assert json.loads(attested.attestation)["sequence"] == 3
    # Who does not answer is asked last for a while, so one wait is paid and no more.
    assert second_took < first_took

    async def operator_has_caught_up():
        bill = await world.ledger("operator", "operator").GetBill(
            pb.GetBillRequest(transport_document_reference=paper.reference)
        )
        return bill.bill.sequence == 3

    await until(operator_has_caught_up, seconds=120)
