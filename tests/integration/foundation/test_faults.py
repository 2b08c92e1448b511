"""What the runtime does when its database or its wake-ups go away, and what a trace follows."""

import asyncio
import uuid

import asyncpg
import grpc
import pytest
from onebill.booking.v1 import booking_service_pb2 as pb
from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceStub
from opentelemetry import trace
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from foundation.kernel.errors import Unavailable
from foundation.runtime.refusals import refusal_from
from tests.support.notes import notes_service
from tests.support.waiting import until


@pytest.fixture
async def notes(running_service):
    made = []
    running = await running_service(notes_service(made))
    running.servicer = made[0]
    return running


@pytest.fixture
async def superuser(notes, postgres):
    connection = await asyncpg.connect(postgres.as_superuser(notes.database_settings))
    yield connection
    await connection.close()


def noting(reference):
    return pb.ConfirmBookingRequest(booking_reference=reference, request_id=str(uuid.uuid4()))


async def cut_every_connection(superuser):
    await superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def test_a_write_whose_connection_breaks_may_be_sent_again(notes, superuser):
    stub = BookingServiceStub(notes.channel("seller"))
    request = noting("N1")
    notes.servicer.gate.clear()
    writing = asyncio.ensure_future(stub.ConfirmBooking(request))

    async def under_way():
        return await superuser.fetchval(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'idle in transaction' "
            "AND query LIKE 'INSERT INTO notes%'"
        )

    await until(under_way)
    await cut_every_connection(superuser)
    notes.servicer.gate.set()

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await writing
    refusal = refusal_from(caught.value)
    again = await stub.ConfirmBooking(request)

    assert isinstance(refusal, Unavailable)
    assert refusal.reason == "DATABASE_UNAVAILABLE"
    assert again.booking.booking_reference == "N1"
    assert await superuser.fetchval("SELECT count(*) FROM notes.notes") == 1
    assert await superuser.fetchval("SELECT count(*) FROM notes.outbox") == 1


async def test_a_statement_alone_speaks_for_one_organisation_and_outlives_its_connection(
    notes, superuser
):
    write = text(
        "WITH written AS (INSERT INTO notes (reference, organisation, body) "
        "VALUES (:reference, 'seller', '') RETURNING reference) SELECT count(*) FROM written"
    )
    seen = text("SELECT count(*) FROM notes")

    async def run(organisation, statement, **parameters):
        return await notes.database.run_alone(organisation, statement, parameters)

    with pytest.raises(DBAPIError, match="row-level security"):
        await run("buyer", write, reference="N0")
    assert await run("seller", write, reference="N1") == 1
    assert (await run("seller", seen), await run("buyer", seen)) == (1, 0)

    await cut_every_connection(superuser)

    async def written_again():
        try:
            return await run("seller", write, reference="N2") == 1
        except Unavailable:  # it was cut while it was asked: ask again, as the fold does
            return False

    await until(written_again)
    assert (await run("seller", seen), await run("buyer", seen)) == (2, 0)


async def test_a_lost_wake_up_is_caught_by_the_next_look(notes, superuser):
    writer = BookingServiceStub(notes.channel("seller"))
    watch = BookingServiceStub(notes.channel("operator", "listener")).WatchEvents(
        pb.WatchEventsRequest()
    )
    await writer.ConfirmBooking(noting("N1"))
    first = await asyncio.wait_for(watch.read(), 5)
    # The listening connection is among those that are cut, so nothing announces N2.
    await cut_every_connection(superuser)
    await writer.ConfirmBooking(noting("N2"))

    try:
        second = await asyncio.wait_for(watch.read(), 5)
    except grpc.aio.AioRpcError as broken:
        # A look was under way when its connection was cut; whoever follows asks again.
        if broken.code() is not grpc.StatusCode.UNAVAILABLE:
            raise
        watch = BookingServiceStub(notes.channel("operator", "listener")).WatchEvents(
            pb.WatchEventsRequest(after_position=first.events[-1].position)
        )
        second = await asyncio.wait_for(watch.read(), 5)

    assert [event.subject for event in (*first.events, *second.events)] == ["N1", "N2"]


async def test_one_trace_goes_from_the_caller_to_the_fact(notes):
    context = trace.SpanContext(
        trace_id=0x0AF7651916CD43DD8448EB211C80319C,
        span_id=0x00F067AA0BA902B7,
        is_remote=False,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    with trace.use_span(trace.NonRecordingSpan(context)):
        await BookingServiceStub(notes.channel("seller")).ConfirmBooking(noting("N1"))

    fact = (await notes.servicer.outbox.read(0))[0]

    assert fact.traceparent.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"


async def test_the_check_for_foreign_rows_sees_them_when_security_is_off(notes, superuser):
    """Guards the guard: where row-level security is off, the zero-row tests must fail."""
    await BookingServiceStub(notes.channel("seller")).ConfirmBooking(noting("N1"))

    async def rows_seen_by_a_stranger():
        async with notes.database.reading("stranger") as transaction:
            found = await transaction.connection.exec_driver_sql("SELECT * FROM notes")
            return len(found.all())

    protected = await rows_seen_by_a_stranger()
    await superuser.execute("ALTER TABLE notes.notes DISABLE ROW LEVEL SECURITY")

    assert (protected, await rows_seen_by_a_stranger()) == (0, 1)
