"""A stream that stops speaking is left; one with nothing to say is not."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest

from ledger.client.faults import PeerUnavailable
from ledger.client.silence import heard

AT_ONCE = 0.01


async def telling(words: Iterable[str], *, then_silent: bool) -> AsyncIterator[str]:
    for word in words:
        yield word
    if then_silent:
        await asyncio.Event().wait()


class Peer:
    """Says its height, higher by `grows` each time it is asked."""

    def __init__(self, grows: int) -> None:
        self.asked = 0
        self._grows = grows

    async def height(self) -> int:
        self.asked += 1
        return 7 + self._grows * self.asked


async def test_what_is_told_is_passed_on_to_the_end() -> None:
    stream = heard(telling("abc", then_silent=False), Peer(1).height, AT_ONCE)

    assert [word async for word in stream] == ["a", "b", "c"]


async def test_a_stream_that_is_silent_while_the_chain_grows_is_left() -> None:
    told: list[str] = []

    async def listen() -> None:
        async for word in heard(telling("ab", then_silent=True), Peer(1).height, AT_ONCE):
            told.append(word)  # noqa: PERF401 - what came before the fault counts

    with pytest.raises(PeerUnavailable):
        await listen()
    assert told == ["a", "b"]


async def test_a_stream_of_a_chain_that_stands_still_is_listened_to_on() -> None:
    peer = Peer(0)
    stream = heard(telling("", then_silent=True), peer.height, AT_ONCE)
    listening = asyncio.ensure_future(anext(stream))

    async with asyncio.timeout(5):
        while peer.asked < 4:  # noqa: ASYNC110 - the peer is asked by the stream
            await asyncio.sleep(AT_ONCE)

    assert not listening.done()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_fault_of_the_stream_is_passed_on() -> None:
    async def broken() -> AsyncIterator[str]:
        yield "a"
        raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        async for _ in heard(broken(), Peer(1).height, AT_ONCE):
            pass
