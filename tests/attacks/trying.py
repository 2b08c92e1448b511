"""Trying something at a ledger service: refused, noted, and the bill as it was."""

import uuid

import grpc
from onebill.ledger.v1 import ledger_service_pb2 as pb
from sqlalchemy import text

from tests.integration.ledger.conftest import refused


async def standing(world, reference, at="carrier"):
    """What a member's own peer says of a bill: its head, and who has what."""
    answer = await world.ledger(at, at).GetBill(
        pb.GetBillRequest(transport_document_reference=reference)
    )
    bill = answer.bill
    return bill.sequence, bill.head_act_hash, bill.possessor, bill.title_holder, bill.state


async def try_act(world, paper, handed, at="operator", caller=None, **other):
    """Hand in an act that must be refused; answer the reason.

    The refusal must stand in the log of the service that gave it, and the bill must stand at
    every peer where it stood: the next sequence is still free.
    """
    before, request_id = await standing(world, paper.reference), str(uuid.uuid4())

    refusal = await refused(world.submit(handed, at, caller, request_id=request_id, **other))

    assert await noted(world, at, request_id) == [refusal.reason]
    assert refusal.message
    assert "\n" not in refusal.message
    assert await standing(world, paper.reference) == before
    return refusal.reason


async def level(world, paper):
    """Whether every member's peer has the bill as it stands: they commit one after another."""
    heads = set()
    for at in world.services:
        try:
            heads.add((await standing(world, paper.reference, at))[1])
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return False
    return heads == {paper.head}


async def noted(world, at, request_id):
    """What the log of refusals of one service has for a request."""
    service = world.services[at]
    async with service.database.reading("operator") as transaction:
        rows = await transaction.connection.execute(
            text("SELECT reason FROM refusals WHERE request_id = :request_id"),
            {"request_id": request_id},
        )
        return list(rows.scalars())
