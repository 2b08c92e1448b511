"""A service as a process of its own: migrated, started, probed, drained, killed."""

import asyncio
import os
import signal
import socket
import sys
from dataclasses import dataclass

import pytest
from onebill.booking.v1 import booking_service_pb2 as pb
from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceStub

from foundation.runtime.channel import open_channel
from foundation.runtime.identity import on_behalf_of
from services.booking.service import SERVICE
from tests.support.bookings import create
from tests.support.waiting import until


@dataclass
class Environment:
    variables: dict[str, str]
    address: str

    async def run(self, *arguments):
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            env={**os.environ, **self.variables},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def ends(self, *arguments):
        process = await self.run(*arguments)
        out, error = await process.communicate()
        return process.returncode, out.decode(), error.decode()

    async def is_healthy(self):
        code, _, _ = await self.ends("foundation.runtime.probe", self.address, "booking")
        return code == 0


@pytest.fixture
def environment(pki, postgres):
    settings = postgres.database("booking", SERVICE.migrations)
    tls = pki.tls("operator", "booking")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"localhost:{free.getsockname()[1]}"
    prefix = "ONEBILL_BOOKING_"
    return Environment(
        {
            f"{prefix}LISTEN_ADDRESS": address,
            f"{prefix}TLS_CERTIFICATE_FILE": str(tls.tls_certificate_file),
            f"{prefix}TLS_KEY_FILE": str(tls.tls_key_file),
            f"{prefix}TLS_ROOTS_FILE": str(tls.tls_roots_file),
            f"{prefix}DATABASE_URL": settings.database_url,
            "ONEBILL_BOOKING_OWNER_DATABASE_URL": settings.database_url.replace(
                "booking@", "booking_owner@", 1
            ),
        },
        address,
    )


@pytest.fixture
async def channel(environment, pki):
    async with open_channel(environment.address, pki.tls("operator", "worker")) as opened:
        yield opened


async def test_a_service_starts_answers_its_probe_and_drains(environment):
    process = await environment.run("services.booking")
    try:
        await until(environment.is_healthy, 120)
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 120)

    assert process.returncode == 0, log.decode()
    assert '"message": "draining"' in log.decode()
    assert not await environment.is_healthy()


async def test_a_watch_that_is_open_does_not_hold_up_the_end(environment, channel, pki):
    process = await environment.run("services.booking")
    try:
        await until(environment.is_healthy, 120)
        await BookingServiceStub(channel).CreateBooking(
            create(), metadata=on_behalf_of("seller"), wait_for_ready=True
        )
        async with open_channel(environment.address, pki.tls("operator", "listener")) as opened:
            watch = BookingServiceStub(opened).WatchEvents(pb.WatchEventsRequest())
            first = await watch.read()
            process.send_signal(signal.SIGTERM)
            # Less than the ten seconds for which calls under way may go on.
            await asyncio.wait_for(process.wait(), 5)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()

    assert len(first.events) == 1
    assert process.returncode == 0


async def test_what_a_killed_process_answered_is_repeated_by_the_next(environment, channel):
    stub = BookingServiceStub(channel)
    request = create()
    answers = []
    for _ in range(2):
        process = await environment.run("services.booking")
        try:
            await until(environment.is_healthy, 120)
            answers.append(
                await stub.CreateBooking(
                    request, metadata=on_behalf_of("seller"), wait_for_ready=True
                )
            )
        finally:
            process.kill()
            await process.communicate()

    assert answers[0] == answers[1]


async def test_every_missing_setting_is_told_at_once_and_nothing_starts(environment):
    environment.variables = {
        name: value
        for name, value in environment.variables.items()
        if not name.endswith(("LISTEN_ADDRESS", "KEY_FILE"))
    }

    code, out, error = await environment.ends("services.booking")

    assert (code, out) == (1, "")
    assert error.splitlines() == [
        "ONEBILL_BOOKING_TLS_KEY_FILE is not set.",
        "ONEBILL_BOOKING_LISTEN_ADDRESS is not set.",
    ]


async def test_migrating_again_applies_nothing(environment):
    code, out, error = await environment.ends("services.booking", "migrate")

    assert (code, out) == (0, ""), error
