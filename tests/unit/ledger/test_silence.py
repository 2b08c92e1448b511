"""A stream that stops speaking is left; one with nothing to say is not."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable

import pytest

from ledger.client.faults import PeerUnavailable
from ledger.client.silence import Quiet, heard

AT_ONCE = 0.01


async def telling(words: Iterable[str], *, then_silent: bool) -> AsyncIterator[str]:
    for word in words:
        yield word
    if then_silent:
        await asyncio.Event().wait()


class Peer:
    """Says its height, higher by `grows` each time it is asked."""

    def __init__(self, grows: int = 0) -> None:
        self.asked = 0
        self._grows = grows

    async def height(self) -> int:
        self.asked += 1
        return 7 + self._grows * self.asked


def listen(
    words: Iterable[str], peer: Peer, reached: int, quiet: Quiet | None = None, **how: bool
) -> AsyncGenerator[str]:
    stream = telling(words, then_silent=how.get("then_silent", True))
    return heard(stream, lambda: reached, peer.height, AT_ONCE, quiet or Quiet())


async def test_what_is_told_is_passed_on_to_the_end() -> None:
    stream = listen("abc", Peer(1), 3, then_silent=False)

    assert [word async for word in stream] == ["a", "b", "c"]


@pytest.mark.parametrize("grows", [0, 1])
async def test_a_stream_that_is_silent_behind_its_chain_is_left(grows: int) -> None:
    told: list[str] = []

    async def take() -> None:
        async for word in listen("ab", Peer(grows), 5):
            told.append(word)  # noqa: PERF401 - what came before the fault counts

    with pytest.raises(PeerUnavailable):
        await take()
    assert told == ["a", "b"]


async def test_a_stream_that_told_of_every_block_is_listened_to_on() -> None:
    await _is_listened_to_on(reached=7, quiet=Quiet(), questions=20)


async def test_blocks_without_events_are_asked_for_once_and_then_seldom() -> None:
    quiet = Quiet()
    with pytest.raises(PeerUnavailable):
        await anext(listen("", Peer(), 5, quiet))

    await _is_listened_to_on(reached=5, quiet=quiet, questions=4)

    peer = Peer()
    with pytest.raises(PeerUnavailable):
        await anext(listen("", peer, 5, quiet))
    assert peer.asked == 6


async def _is_listened_to_on(reached: int, quiet: Quiet, questions: int) -> None:
    peer = Peer()
    listening = asyncio.ensure_future(anext(listen("", peer, reached, quiet)))

    async with asyncio.timeout(5):
        while peer.asked < questions:  # noqa: ASYNC110 - the peer is asked by the stream
            await asyncio.sleep(AT_ONCE / 4)

    assert not listening.done()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_fault_of_the_stream_is_passed_on() -> None:
    async def broken() -> AsyncIterator[str]:
        yield "a"
        raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        async for _ in heard(broken(), lambda: 0, Peer(1).height, AT_ONCE, Quiet()):
            pass
