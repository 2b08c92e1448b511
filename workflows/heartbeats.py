"""Long steps say that their worker lives, so that another takes over soon after it died."""

import asyncio
from contextlib import suppress
from typing import Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)


class Heartbeats(Interceptor):
    """Heartbeats for every activity that was scheduled with a heartbeat timeout.

    Without them a step of two minutes whose worker was killed stands still for two minutes,
    while the box travels on.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the name is the library's
        """Put the heartbeats around each activity."""
        return _Heartbeat(next)


class _Heartbeat(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - the library's
        timeout = activity.info().heartbeat_timeout
        if timeout is None or not timeout:
            return await super().execute_activity(input)
        beating = asyncio.create_task(_beat(timeout.total_seconds() / 3))
        try:
            return await super().execute_activity(input)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating


async def _beat(seconds: float) -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(seconds)
