"""`python -m workflows.reconcile`: compare the parts; 0 where they agree, 1 where they differ.

Runs as the worker, with the worker's settings. What is found is looked at again: the parts go on
while they are asked, and only what is found every time is a difference.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from typing import Final

import grpc
from onebill.ledger.v1.projection_service_pb2_grpc import ProjectionServiceStub
from temporalio.service import RPCError

from foundation.runtime.channel import open_channel
from foundation.runtime.settings import SettingsFault, load_settings
from workflows.client import connect
from workflows.neighbours import open_neighbours
from workflows.reconcile.collecting import Collector
from workflows.reconcile.differences import Difference, Seen, differences, in_both
from workflows.settings import WorkerSettings

_PART: Final = "worker"
_LOOKS: Final = 3
# Longer than a fact takes through outbox, listener and workflow when nothing is in its way.
_PAUSE_SECONDS: Final = 3.0
_SECONDS: Final = 30.0


async def reconcile(settings: WorkerSettings) -> tuple[list[Difference], Seen]:
    """Answer in what the parts differ, and what they said last.

    Raises:
        SettingsFault: where the projection is, is not set.
        grpc.aio.AioRpcError, temporalio.service.RPCError: a part is away.
    """
    projection = settings.projection_address
    if projection is None:
        raise SettingsFault(["ONEBILL_WORKER_PROJECTION_ADDRESS is not set."])
    async with AsyncExitStack() as stack:
        neighbours = await stack.enter_async_context(open_neighbours(settings))
        channel = open_channel(projection, settings, deadline_seconds=_SECONDS)
        stack.push_async_callback(channel.close)
        client = await connect(settings, lazy=False)
        collector = Collector(neighbours, ProjectionServiceStub(channel), client)
        seen = await collector.see()
        found = differences(seen)
        for _ in range(_LOOKS - 1):
            if not found:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
            seen = await collector.see()
            found = in_both(found, differences(seen))
    return found, seen


def main() -> int:
    """Print the differences in words."""
    try:
        settings = load_settings(WorkerSettings, _PART, os.environ)
        found, seen = asyncio.run(reconcile(settings))
    except SettingsFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    except (grpc.aio.AioRpcError, RPCError, RuntimeError) as away:
        said = away.details() if isinstance(away, grpc.aio.AioRpcError) else away
        sys.stderr.write(f"A part does not answer, so nothing was compared: {said}\n")
        return 2
    for one in found:
        sys.stdout.write(f"{one.kind:22} {one.sentence}\n")
    compared = (
        f"{len(seen.chain)} bills on the chain, {len(seen.projected)} in the projection, "
        f"{len(seen.bookings)} bookings, {len(seen.papers)} papers, "
        f"{len(seen.certificates)} certificates, {len(seen.consignments)} consignments"
    )
    sys.stdout.write(f"{len(found) or 'no'} difference{'' if len(found) == 1 else 's'}: ")
    sys.stdout.write(f"{compared}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
