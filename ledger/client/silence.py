"""Tells a stream that has nothing to say from one that has stopped speaking.

A stream of events may stay open and never answer again, seen after a restart on a busy machine.
Nothing is lost by it, for whoever listens has a checkpoint; but nobody is told either.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TypeVar

from ledger.client.faults import PeerUnavailable

T = TypeVar("T")


async def heard(
    answers: AsyncIterator[T], height: Callable[[], Awaitable[int]], silent_seconds: float
) -> AsyncGenerator[T]:
    """Pass on what comes, for as long as it comes when the chain grows.

    Args:
        answers: the stream.
        height: asks the peer how many blocks it has.
        silent_seconds: after so long without an answer the peer is asked, and asked again.

    Raises:
        PeerUnavailable: the chain grew between two questions and the stream told nothing.
            Blocks in which the contract had nothing to tell look the same: begin again where
            the stream ended, and nothing is lost or repeated.
    """
    before: int | None = None
    coming = asyncio.ensure_future(anext(answers))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=silent_seconds)
            if not done:
                now = await height()
                if before is not None and now > before:
                    raise PeerUnavailable("the stream of events is silent while the chain grows")
                before = now
                continue
            try:
                answer = coming.result()
            except StopAsyncIteration:
                return
            before = None
            yield answer
            coming = asyncio.ensure_future(anext(answers))
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
