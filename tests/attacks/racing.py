"""Races: several acts that are each valid, on one head, through two ports at once.

Many bills race side by side. Of one race exactly one act is recorded; the next race is for the
sequence number after it.
"""

import asyncio
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

import grpc
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify.act import SignedAct

from foundation.kernel.errors import Unavailable
from foundation.runtime.refusals import answer_of_neighbour

DOORS = ("port", "partnerport")
# What a writer may hear that lost: read the bill, and sign again.
LOSERS_HEAR = frozenset({"HEAD_MOVED", "WRONG_SEQUENCE", "WRONG_PREVIOUS_HASH"})
_HOLDERS = ("seller", "first-bank", "buyer")
_PATIENCE_SECONDS = 120


@dataclass
class Tally:
    """What came of some races."""

    races: int = 0
    writers: int = 0
    heard: Counter = field(default_factory=Counter)
    faults: list = field(default_factory=list)
    seconds: float = 0.0

    def told(self):
        heard = ", ".join(f"{many} {reason}" for reason, many in sorted(self.heard.items()))
        return (
            f"{self.races} races, {self.writers} writers, {self.seconds:.0f} s: "
            f"{self.races} won; losers heard {heard}"
        )


async def race(world, races, writers, bills):
    """Run `races` races of `writers` each, on `bills` bills side by side."""
    tally, begun = Tally(), time.monotonic()
    # One connection a door: thousands of handshakes would race instead of the acts.
    doors = [world.ledger(door, door) for door in DOORS]
    shares = [races // bills + (number < races % bills) for number in range(bills)]
    await asyncio.gather(*(_on_one_bill(world, doors, share, writers, tally) for share in shares))
    tally.seconds = time.monotonic() - begun
    return tally


async def _on_one_bill(world, doors, races, writers, tally):
    paper = await world.issued()
    holder, recorded = "seller", [paper.head]
    for _ in range(races):
        others = [name for name in _HOLDERS if name != holder]
        acts = [_act(paper, holder, others[number % 2], number) for number in range(writers)]
        said = await asyncio.gather(
            *(_until_known(act, doors[number % 2]) for number, (act, _) in enumerate(acts))
        )
        won = [number for number, reason in enumerate(said) if not reason]
        tally.races += 1
        tally.writers += writers
        tally.heard.update(reason for reason in said if reason)
        if len(won) != 1 or not {reason for reason in said if reason} <= LOSERS_HEAR:
            tally.faults.append(f"{paper.reference} {paper.sequence + 1}: {said}")
            return
        handed, takes = acts[won[0]]
        paper.took(handed)
        recorded.append(handed.hash)
        holder = takes or holder
    await _check_chain(world, paper.reference, recorded, tally)


def _act(paper, holder, other, number):
    """Answer an act, and who has the bill if it is recorded: nobody else where it only signs."""
    if number < 2:
        return paper.sign("TRANSFER", holder, other), other
    return paper.sign("SIGN", holder, details={"writer": number}), None


async def _until_known(handed, door):
    """Hand an act in until it is known what became of it; answer the loser's reason.

    A door that is busy, or a connection that broke, leaves that open: the same act goes again.
    """
    request = pb.SubmitActRequest(
        signed_act=handed.token,
        details=handed.details,
        details_salt=handed.details_salt,
        request_id=str(uuid.uuid4()),
    )
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            await door.SubmitAct(request, timeout=50)
        except grpc.aio.AioRpcError as error:
            refusal = answer_of_neighbour(error)
            if refusal is None:
                return f"no refusal: {error.code().name}"
            if not isinstance(refusal, Unavailable) or time.monotonic() > give_up:
                return refusal.reason
            await asyncio.sleep(0.1)
        else:
            return ""


async def _check_chain(world, reference, recorded, tally):
    """Every peer has the winners, each under its number, and nothing else."""
    listed = []
    world.heads[reference] = len(recorded)
    door = world.ledger("carrier", "carrier")
    while len(listed) < len(recorded) + 1:
        answer = await door.ListActs(
            pb.ListActsRequest(transport_document_reference=reference, after_sequence=len(listed))
        )
        if not answer.acts:
            break
        listed += [SignedAct.parse(act.signed_act).hash for act in answer.acts]
    if listed != recorded:
        tally.faults.append(f"{reference}: the chain is not that of the winners")
