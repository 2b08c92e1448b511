"""The runtime's promises, on a real PostgreSQL and over real mutual TLS."""

import asyncio
import uuid

import grpc
import pytest
from onebill.booking.v1 import booking_service_pb2 as pb
from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceStub
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from foundation.kernel.errors import Conflict, InvalidValue, LimitExceeded, NotAllowed
from foundation.runtime.database import Fact
from foundation.runtime.identity import on_behalf_of
from foundation.runtime.outbox import DatabaseCheckpoints, follow
from foundation.runtime.refusals import refusal_from
from tests.support.notes import NOON, notes_service
from tests.support.waiting import until


@pytest.fixture
async def notes(running_service):
    made = []
    running = await running_service(notes_service(made))
    running.servicer = made[0]
    return running


def noting(reference, request_id=None):
    return pb.ConfirmBookingRequest(
        booking_reference=reference, request_id=request_id or str(uuid.uuid4())
    )


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    refusal = refusal_from(caught.value)
    assert refusal is not None, caught.value
    return refusal


async def rows(notes, sql, organisation="operator"):
    async with notes.database.transaction(organisation) as transaction:
        return (await transaction.connection.execute(text(sql))).all()


async def test_a_repeated_request_gets_the_first_answer_and_changes_nothing(notes):
    stub = BookingServiceStub(notes.channel("seller"))
    request = noting("N1")

    first = await stub.ConfirmBooking(request)
    again = await stub.ConfirmBooking(request)

    assert again == first
    assert notes.servicer.written == 1
    assert len(await rows(notes, "SELECT * FROM outbox")) == 1


async def test_the_same_request_id_with_another_body_is_refused(notes):
    stub = BookingServiceStub(notes.channel("seller"))
    request_id = str(uuid.uuid4())
    await stub.ConfirmBooking(noting("N1", request_id))

    refusal = await refused(stub.ConfirmBooking(noting("N2", request_id)))

    assert isinstance(refusal, Conflict)
    assert refusal.reason == "REQUEST_ID_REUSED"
    assert refusal.metadata == {"request_id": request_id}
    assert len(await rows(notes, "SELECT * FROM notes")) == 1


async def test_two_callers_may_use_the_same_request_id(notes):
    request_id = str(uuid.uuid4())
    await BookingServiceStub(notes.channel("seller")).ConfirmBooking(noting("N1", request_id))

    await BookingServiceStub(notes.channel("buyer")).ConfirmBooking(noting("N2", request_id))

    assert notes.servicer.written == 2


async def test_a_copy_in_flight_waits_for_the_first_and_repeats_its_answer(notes):
    stub = BookingServiceStub(notes.channel("seller"))
    request = noting("N1")
    notes.servicer.gate.clear()
    calls = [asyncio.ensure_future(stub.ConfirmBooking(request)) for _ in range(3)]
    await until(lambda: two_wait_for_locks(notes))

    notes.servicer.gate.set()
    answers = await asyncio.gather(*calls)

    assert answers[0] == answers[1] == answers[2]
    assert notes.servicer.written == 1


async def two_wait_for_locks(notes):
    found = await rows(notes, "SELECT count(*) FROM pg_locks WHERE NOT granted")
    return found[0][0] >= 2


@pytest.mark.parametrize(
    "request_id",
    ["", "no", "{9f3c1f0e-6f0e-4d55-8a5e-0d6c3f2b7a11}", "9f3c1f0e6f0e4d558a5e0d6c3f2b7a11"],
)
async def test_a_request_id_must_be_a_uuid_in_its_one_spelling(notes, request_id):
    stub = BookingServiceStub(notes.channel("seller"))

    refusal = await refused(
        stub.ConfirmBooking(pb.ConfirmBookingRequest(booking_reference="N", request_id=request_id))
    )

    assert isinstance(refusal, InvalidValue)
    assert refusal.reason == "REQUEST_ID_FORM"


async def test_a_refusal_leaves_only_its_line_in_the_refusals_log(notes):
    stub = BookingServiceStub(notes.channel("seller"))
    request = noting("REFUSED1")

    refusal = await refused(stub.ConfirmBooking(request))

    assert refusal.reason == "NOTES_CLOSED"
    for table in ("notes", "outbox", "requests", "grants"):
        assert await rows(notes, f"SELECT * FROM {table}", "seller") == [], table
        assert await rows(notes, f"SELECT * FROM {table}") == [], table
    log = await rows(notes, "SELECT organisation, request_id, reason FROM refusals")
    assert log == [("seller", request.request_id, "NOTES_CLOSED")]


async def test_the_refusals_log_can_only_grow(notes):
    await refused(BookingServiceStub(notes.channel("seller")).ConfirmBooking(noting("REFUSED1")))

    for sql in ("DELETE FROM refusals", "UPDATE refusals SET reason = 'X'"):
        with pytest.raises(Exception, match="permission denied"):
            await rows(notes, sql)


async def test_a_fault_of_ours_tells_the_caller_nothing(notes):
    stub = BookingServiceStub(notes.channel("seller"))

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ConfirmBooking(noting("FAULT1"))

    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(caught.value.details())
    assert refusal_from(caught.value) is None
    assert await rows(notes, "SELECT * FROM notes") == []


async def test_a_statement_that_fails_is_told_without_what_it_was_given(notes):
    statement = text("SELECT CAST(:document AS text), 1 / 0")

    with pytest.raises(DBAPIError, match="division by zero") as caught:
        async with notes.database.transaction("seller") as transaction:
            await transaction.connection.execute(statement, {"document": "salt of the bill"})

    assert "salt of the bill" not in str(caught.value)


async def test_another_organisation_sees_no_row_and_a_grantee_one(notes):
    stub = BookingServiceStub(notes.channel("seller"))
    await stub.ConfirmBooking(noting("N1"))
    await stub.ConfirmBooking(noting("GRANTED1"))

    assert await rows(notes, "SELECT reference FROM notes", "stranger") == []
    assert await rows(notes, "SELECT reference FROM notes", "") == []
    assert await rows(notes, "SELECT reference FROM notes", "buyer") == [("GRANTED1",)]
    assert len(await rows(notes, "SELECT reference FROM notes", "seller")) == 2
    assert len(await rows(notes, "SELECT reference FROM notes", "operator")) == 2


async def test_without_an_organisation_no_row_is_seen(notes):
    await BookingServiceStub(notes.channel("seller")).ConfirmBooking(noting("N1"))

    async with notes.database.engine.begin() as connection:
        for table in ("notes", "outbox", "requests", "refusals", "grants"):
            found = await connection.execute(text(f"SELECT * FROM {table}"))
            assert found.all() == [], table


async def test_a_row_cannot_be_written_for_somebody_else(notes):
    with pytest.raises(Exception, match="row-level security"):
        await rows(notes, "INSERT INTO notes VALUES ('N1', 'seller', 'forged')", "stranger")


async def test_a_grant_cannot_be_given_in_another_name(notes):
    with pytest.raises(Exception, match="row-level security"):
        await rows(
            notes, "INSERT INTO grants VALUES ('N1', 'stranger', 'R', 'seller')", "stranger"
        )


async def test_a_strangers_grant_to_itself_opens_nothing(notes):
    await BookingServiceStub(notes.channel("seller")).ConfirmBooking(noting("N1"))

    for granted_by in ("stranger", "another"):
        await rows(
            notes,
            f"INSERT INTO grants VALUES ('N1', 'stranger', 'R{granted_by}', '{granted_by}')"
            " RETURNING subject",
            granted_by,
        )

    assert await rows(notes, "SELECT reference FROM notes", "stranger") == []


async def test_a_schema_from_before_is_given_the_narrower_policy(notes):
    policies = await rows(
        notes,
        "SELECT qual FROM pg_policies WHERE policyname = 'owner_grantee_operator'",
        "operator",
    )

    assert policies
    assert all("granted_by" in qual for (qual,) in policies)


async def test_a_stranger_to_the_method_is_not_admitted(notes):
    stub = BookingServiceStub(notes.channel("operator", "gateway-rest"))

    refusal = await refused(stub.ConfirmBooking(noting("N1")))

    assert isinstance(refusal, NotAllowed)
    assert refusal.reason == "CALLER_NOT_ADMITTED"


async def test_a_method_without_a_row_in_the_table_admits_nobody(notes):
    stub = BookingServiceStub(notes.channel("operator", "worker"))

    refusal = await refused(stub.CompleteBooking(pb.CompleteBookingRequest()))

    assert refusal.reason == "CALLER_NOT_ADMITTED"


async def test_a_gateway_speaks_for_a_tenant_with_the_tokens_scope(notes):
    await BookingServiceStub(notes.channel("seller")).ConfirmBooking(noting("N1"))
    stub = BookingServiceStub(notes.channel("operator", "gateway-rest"))
    ask = pb.GetBookingRequest(booking_reference="N1")

    seen = await stub.GetBooking(ask, metadata=on_behalf_of("seller", ["notes:read"]))
    without_scope = await refused(stub.GetBooking(ask, metadata=on_behalf_of("seller")))
    other_tenant = await refused(
        stub.GetBooking(ask, metadata=on_behalf_of("buyer", ["notes:read"]))
    )

    assert seen.booking.booking_reference == "N1"
    assert without_scope.reason == "SCOPE_MISSING"
    assert other_tenant.reason == "NOTE_UNKNOWN"


async def test_nobody_else_may_speak_for_others(notes):
    stub = BookingServiceStub(notes.channel("stranger"))

    refusal = await refused(
        stub.GetBooking(pb.GetBookingRequest(), metadata=on_behalf_of("seller"))
    )

    assert refusal.reason == "ON_BEHALF_OF_REFUSED"


async def test_a_message_over_the_limit_is_refused_in_one_sentence(notes):
    stub = BookingServiceStub(notes.channel("seller"))

    for megabytes in (5, 9):
        refusal = await refused(stub.ConfirmBooking(noting("N" * megabytes * 1024 * 1024)))
        assert isinstance(refusal, LimitExceeded)
        assert refusal.reason == "MESSAGE_TOO_LARGE"


async def test_a_call_without_a_deadline_is_refused(notes, pki):
    tls = pki.tls("seller")
    credentials = grpc.ssl_channel_credentials(
        tls.tls_roots_file.read_bytes(),
        tls.tls_key_file.read_bytes(),
        tls.tls_certificate_file.read_bytes(),
    )
    async with grpc.aio.secure_channel(notes.address, credentials) as channel:
        refusal = await refused(BookingServiceStub(channel).ConfirmBooking(noting("N1")))

    assert refusal.reason == "DEADLINE_REQUIRED"


async def test_a_caller_without_a_certificate_reaches_nothing(notes, pki):
    credentials = grpc.ssl_channel_credentials(pki.tls("seller").tls_roots_file.read_bytes())
    async with grpc.aio.secure_channel(notes.address, credentials) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await BookingServiceStub(channel).ConfirmBooking(noting("N1"), timeout=2)

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def take(stub, count, after=0):
    events = []
    call = stub.WatchEvents(pb.WatchEventsRequest(after_position=after))
    async with asyncio.timeout(5):
        async for answer in call:
            events.extend(answer.events)
            if len(events) >= count:
                break
    call.cancel()
    return events


async def test_facts_come_in_order_from_a_position_on_and_then_as_they_happen(notes):
    writer = BookingServiceStub(notes.channel("seller"))
    watcher = BookingServiceStub(notes.channel("operator", "listener"))
    await writer.ConfirmBooking(noting("N1"))
    first = (await take(watcher, 1))[0]

    waiting = asyncio.ensure_future(take(watcher, 2, after=first.position))
    await writer.ConfirmBooking(noting("N2"))
    await writer.ConfirmBooking(noting("N3"))
    later = await waiting

    assert [event.subject for event in later] == ["N2", "N3"]
    assert first.type == "onebill.notes.noted.v1"
    assert first.payload == '{"by": "test"}'
    assert first.occurred_at.ToDatetime(NOON.tzinfo) == NOON
    assert first.position < later[0].position < later[1].position


async def test_no_reader_skips_a_fact_that_is_committed_later(notes):
    """The first writer has drawn its position and not committed; the second must wait for it."""

    async def write(name):
        async with notes.database.transaction("seller") as transaction:
            transaction.publish(Fact("onebill.notes.noted.v1", name, NOON, {}))

    async def overtakes_or_waits():
        waiting = await rows(notes, "SELECT 1 FROM pg_locks WHERE NOT granted")
        return second.done() or waiting != []

    async with notes.database.transaction("seller") as transaction:
        transaction.publish(Fact("onebill.notes.noted.v1", "first", NOON, {}))
        await transaction.write_facts()
        second = asyncio.ensure_future(write("second"))
        await until(overtakes_or_waits)
        early = await notes.servicer.outbox.read(0)
    await second
    later = await notes.servicer.outbox.read(0)

    assert early == []
    assert [event.subject for event in later] == ["first", "second"]


async def test_a_follower_goes_on_from_its_checkpoint_after_a_failed_effect(notes):
    writer = BookingServiceStub(notes.channel("seller"))
    for number in range(3):
        await writer.ConfirmBooking(noting(f"N{number}"))
    watcher = BookingServiceStub(notes.channel("operator", "listener"))
    checkpoints = DatabaseCheckpoints(notes.database)
    given, finished = [], asyncio.Event()

    async def effect(event):
        given.append(event.subject)
        if given.count("N1") == 1 and event.subject == "N1":
            raise RuntimeError("the effect failed once")
        if event.subject == "N2":
            finished.set()

    async def reached(position):
        return await checkpoints.load("notes") >= position

    following = asyncio.ensure_future(
        follow(
            "notes",
            lambda after: watcher.WatchEvents(pb.WatchEventsRequest(after_position=after)),
            checkpoints,
            effect,
        )
    )
    async with asyncio.timeout(10):
        await finished.wait()
    await until(lambda: reached(3))
    following.cancel()

    assert given[-2:] == ["N1", "N2"]
    assert given.count("N1") == 2
