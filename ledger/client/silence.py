"""Tells a stream that has nothing to say from one that has stopped speaking.

A stream may stay open and never answer again: a peer that is stopped, a connection half cut.
Nothing is lost by it, for whoever listens has a checkpoint; but nobody is told either, and who
waits for the news may do nothing that would bring more of it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from ledger.client.faults import PeerUnavailable

T = TypeVar("T")

_ASK_MAX: Final = 6
"""After so many silences in a row a stream is begun again, whatever the one before said."""


@dataclass(slots=True)
class Quiet:
    """Up to which height a stream that was begun afresh had nothing to tell."""

    height: int = 0


async def heard(
    answers: AsyncIterator[T],
    reached: Callable[[], int],
    height: Callable[[], Awaitable[int]],
    silent_seconds: float,
    quiet: Quiet,
) -> AsyncGenerator[T]:
    """Pass on what comes, for as long as it comes when the chain is ahead of what was told.

    Args:
        answers: the stream.
        reached: how many blocks the stream has told of, those before its beginning included.
        height: asks the peer how many blocks it has.
        silent_seconds: after so long without an answer the peer is asked, and asked again.
        quiet: outlives the stream; blocks in which the contract had nothing to tell look like
            a stream that stopped speaking, and one new stream is enough to know.

    Raises:
        PeerUnavailable: the peer has blocks of which the stream told nothing. Begin again
            where the stream ended, and nothing is lost or repeated.
    """
    asked = 0
    coming = asyncio.ensure_future(anext(answers))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=silent_seconds)
            if not done:
                asked += 1
                now = await height()
                if now > reached() and (now > quiet.height or asked == _ASK_MAX):
                    quiet.height = max(quiet.height, now)
                    raise PeerUnavailable("the stream of events is silent behind its chain")
                continue
            try:
                answer = coming.result()
            except StopAsyncIteration:
                return
            asked = 0
            yield answer
            coming = asyncio.ensure_future(anext(answers))
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
