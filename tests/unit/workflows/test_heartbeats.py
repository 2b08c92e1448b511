"""A long step says that its worker lives for as long as it lasts, and no longer."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor

from workflows.heartbeats import Heartbeats

TIMEOUT = timedelta(milliseconds=30)


class Step(ActivityInboundInterceptor):
    """An activity that ends with `work`."""

    def __init__(self, work):
        self.work = work

    def init(self, outbound):
        pass

    async def execute_activity(self, input):  # noqa: A002 - the library's name
        return await self.work()


async def run(work, silence=TIMEOUT, beat=lambda: None):
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, heartbeat_timeout=silence)
    environment.on_heartbeat = beat
    around = Heartbeats().intercept_activity(Step(work))
    return await environment.run(around.execute_activity, None)


async def test_a_long_step_is_heard_again_and_again_until_it_ends() -> None:
    heard = 0
    enough = asyncio.Event()

    def beat() -> None:
        nonlocal heard
        heard += 1
        if heard == 3:
            enough.set()

    async def work():
        await enough.wait()
        return "done"

    assert await run(work, beat=beat) == "done"


async def test_nothing_is_heard_of_a_step_that_ended_in_a_fault() -> None:
    async def work():
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"):
        await run(work)

    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not [task for task in others if "_beat" in repr(task)]


async def test_a_step_without_a_heartbeat_timeout_is_left_alone() -> None:
    def beat() -> None:
        pytest.fail("nobody waits for it")

    async def work():
        return "done"

    assert await run(work, silence=None, beat=beat) == "done"
