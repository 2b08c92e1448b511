"""How often an organisation may ask: a bucket of tokens for each, in this process's memory.

A token is taken with every request and comes back with time; who has none left waits. What is
remembered is one process's: two copies of a door let through twice as much, and a restart
begins with full buckets. It keeps one customer from using up what all share, and is no defence
against a flood of bytes, which belongs in front of the door.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from foundation.kernel.errors import LimitExceeded

TOO_MANY_REQUESTS: Final = "TOO_MANY_REQUESTS"
# A bucket holds as much as comes back in so many seconds.
BURST_SECONDS: Final = 5
_REMEMBERED: Final = 10_000
_ROUNDING: Final = 1e-6


class Rates:
    """Buckets by organisation.

    Args:
        per_second: how many tokens come back each second; 0 lets everything through.
        clock: seconds that never run backwards.
    """

    def __init__(
        self,
        per_second: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        remembered: int = _REMEMBERED,
    ) -> None:
        self._per_second = per_second
        self._holds = float(per_second * BURST_SECONDS)
        self._clock = clock
        self._remembered = remembered
        # Tokens, and when they were counted; the organisation that asked last stands last. Who
        # is not here has a full bucket.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, organisation: str) -> float:
        """Take a token; answer 0, or the seconds until there is one."""
        if not self._per_second:
            return 0.0
        now = self._clock()
        tokens, counted_at = self._buckets.get(organisation, (self._holds, now))
        tokens = min(self._holds, tokens + (now - counted_at) * self._per_second)
        # So little is missing by rounding alone.
        missing = 1 - tokens if tokens < 1 - _ROUNDING else 0.0
        self._buckets[organisation] = (tokens if missing else tokens - 1, now)
        self._buckets.move_to_end(organisation)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return missing / self._per_second

    def check(self, organisation: str) -> None:
        """Take a token, or refuse.

        Raises:
            LimitExceeded: TOO_MANY_REQUESTS; `retry_after_seconds` says when to come back.
        """
        seconds = self.take(organisation)
        if seconds:
            wait = math.ceil(seconds)
            raise LimitExceeded(
                TOO_MANY_REQUESTS,
                f"{organisation} asks more often than {self._per_second} times a second; wait "
                f"{wait} s and send the same request again.",
                organisation=organisation,
                retry_after_seconds=wait,
            )

    async def wait(self, organisation: str) -> None:
        """Take a token as soon as there is one: a stream is slowed down, not cut."""
        # Time is what is waited for, and nobody tells it.
        while seconds := self.take(organisation):  # noqa: ASYNC110
            await asyncio.sleep(seconds)
