"""The tracking service on a real PostgreSQL and over real mutual TLS."""

import asyncio
import json
import uuid
from datetime import UTC, datetime

import asyncpg
import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from onebill.common.v1 import common_pb2
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2, tracking_service_pb2_grpc

from foundation.runtime.identity import on_behalf_of
from foundation.runtime.refusals import refusal_from
from services.tracking.adapters.messages import from_event
from services.tracking.service import SERVICE
from tests.support.journeys import BOOKING, BOX, HAULIER, LINE, RAIL, SEAL, event, plan, story

Stub = tracking_service_pb2_grpc.TrackingServiceStub


def stamp(moment):
    said = Timestamp()
    said.FromDatetime(moment)
    return said


def plan_request(reference=BOOKING):
    the_plan = plan()
    return tracking_service_pb2.PlanJourneyRequest(
        booking_reference=reference,
        legs=[
            tracking_service_pb2.PlannedLeg(
                leg_sequence=leg.sequence,
                mode_of_transport=leg.mode_of_transport,
                carrier_organisation=leg.carrier,
                departure_location=common_pb2.Location(**leg.departure._asdict()),
                arrival_location=common_pb2.Location(**leg.arrival._asdict()),
                planned_departure=stamp(leg.planned_departure),
                planned_arrival=stamp(leg.planned_arrival),
            )
            for leg in the_plan.legs
        ],
        containers=1,
        shipper_organisation="seller",
        empty_pick_up=common_pb2.Location(un_location_code="CNCKG"),
        empty_return=common_pb2.Location(un_location_code="SGSIN"),
        request_id=str(uuid.uuid4()),
    )


def batch(issuer, events):
    return tracking_service_pb2.IngestEventsRequest(
        issuer=issuer,
        events=[from_event(one, datetime(2026, 1, 1, tzinfo=UTC)) for one in events],
        request_id=str(uuid.uuid4()),
    )


class Tracking:
    """The service, asked by its real callers."""

    def __init__(self, running):
        self.running = running
        self.worker = Stub(running.channel("operator", "worker"))
        self.carriers = Stub(running.channel("operator", "gateway-carrier"))
        self.shippers = Stub(running.channel("operator", "gateway-rest"))
        self.listener = Stub(running.channel("operator", "listener"))

    async def begin(self):
        await self.worker.PlanJourney(plan_request())
        await self.worker.AssignEquipment(
            tracking_service_pb2.AssignEquipmentRequest(
                booking_reference=BOOKING,
                equipment_reference=BOX,
                seal_numbers=[SEAL],
                request_id=str(uuid.uuid4()),
            )
        )
        return self

    async def tell(self, issuer, *events):
        return await self.carriers.IngestEvents(
            batch(issuer, events), metadata=on_behalf_of(issuer)
        )

    async def tell_all(self, events):
        for one in events:
            answer = await self.tell(one.issuer, one)
            assert (answer.accepted, list(answer.rejected)) == (1, [])

    async def journey(self, organisation="seller"):
        answer = await self.shippers.GetJourney(
            tracking_service_pb2.GetJourneyRequest(booking_reference=BOOKING),
            metadata=on_behalf_of(organisation),
        )
        return answer.journey

    async def rows(self, role, organisation, table):
        settings = self.running.database_settings
        url = settings.database_url if role == "tracking" else superuser(settings)
        connection = await asyncpg.connect(url, server_settings={"search_path": "tracking"})
        try:
            async with connection.transaction():
                if organisation is not None:
                    await connection.execute(
                        "SELECT set_config('onebill.organisation', $1, true)", organisation
                    )
                return await connection.fetchval(f"SELECT count(*) FROM {table}")
        finally:
            await connection.close()


def superuser(settings):
    return settings.database_url.replace("://tracking@", "://postgres@")


@pytest.fixture
async def tracking(running_service):
    running = await running_service(
        SERVICE, facility_organisations=("terminal-singapore", "customs-qinzhou")
    )
    return await Tracking(running).begin()


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    refusal = refusal_from(error.value)
    assert refusal is not None, error.value
    return refusal.reason


def reached(journey):
    return [
        tracking_pb2.MilestoneCode.Name(one.milestone_code).removeprefix("MILESTONE_CODE_")
        for one in journey.containers[0].milestones
        if one.HasField("actual_at")
    ]


async def facts(tracking):
    found = []
    call = tracking.listener.WatchEvents(tracking_service_pb2.WatchEventsRequest(after_position=0))
    try:
        async with asyncio.timeout(0.5):
            async for answer in call:
                found.extend(answer.events)
    except TimeoutError:
        pass
    finally:
        call.cancel()
    return found


async def test_the_whole_journey_is_told_event_by_event(tracking):
    await tracking.tell_all(story())

    journey = await tracking.journey()

    assert "DELIVERED" in reached(journey)
    assert reached(journey)[-1] == "EMPTY_RETURNED"
    assert list(journey.containers[0].breaches) == []
    assert journey.containers[0].next_expected == ""
    assert journey.containers[0].is_unopened


async def test_events_that_come_backwards_give_the_same_journey(tracking):
    await tracking.tell_all(reversed(story()))

    journey = await tracking.journey()

    assert reached(journey)[-1] == "EMPTY_RETURNED"
    assert list(journey.containers[0].breaches) == []


async def test_a_repeated_batch_gets_the_first_answer(tracking):
    request = batch(HAULIER, [story()[0]])

    first = await tracking.carriers.IngestEvents(request, metadata=on_behalf_of(HAULIER))
    again = await tracking.carriers.IngestEvents(request, metadata=on_behalf_of(HAULIER))

    assert first == again
    assert first.accepted == 1


async def test_an_event_told_twice_is_kept_once_and_counted(tracking):
    one = story()[0]

    await tracking.tell(HAULIER, one, one)
    answer = await tracking.tell(HAULIER, one, story()[2])

    assert (answer.accepted, answer.duplicates) == (1, 1)
    assert await tracking.rows("tracking", "operator", "events") == 2


async def test_two_issuers_may_use_the_same_event_id(tracking):
    await tracking.tell(HAULIER, story()[2]._replace(event_id="1"))
    answer = await tracking.tell(RAIL, story()[4]._replace(event_id="1"))

    assert answer.accepted == 1


async def test_a_bad_event_is_rejected_and_the_rest_of_the_batch_is_stored(tracking):
    wrong = event(LINE, "LOADED", 3, 1, "CNQZH", equipment_reference="CSQU3054384")

    answer = await tracking.tell(LINE, story()[10], wrong)

    assert answer.accepted == 1
    assert [(one.event_id, one.reason) for one in answer.rejected] == [
        (wrong.event_id, "EQUIPMENT_REFERENCE_CHECK_DIGIT")
    ]


async def test_a_stranger_is_told_only_that_the_booking_is_unknown(tracking):
    answer = await tracking.tell("line-of-nobody", event("line-of-nobody", "LOADED", 3, 1))

    assert [one.reason for one in answer.rejected] == ["BOOKING_UNKNOWN"]
    assert await tracking.rows("tracking", "operator", "events") == 0


async def test_nobody_tells_events_in_anothers_name(tracking):
    call = tracking.carriers.IngestEvents(batch(LINE, [story()[10]]), metadata=on_behalf_of(RAIL))

    assert await refused(call) == "ISSUER_NOT_CALLER"


async def test_a_batch_of_more_than_a_thousand_is_refused(tracking):
    many = [story()[2]._replace(event_id=str(number)) for number in range(1_001)]

    assert await refused(tracking.tell(HAULIER, *many)) == "BATCH_SIZE"


async def test_a_correction_replaces_what_was_told_and_both_stay_on_record(tracking):
    await tracking.tell_all(story()[:11])
    first = story()[10]
    told = next(one for one in story()[:11] if one.event_code == "LOADED")
    correction = first._replace(
        event_id="CORRECTED",
        event_date_time=first.event_date_time.replace(minute=59),
        retracted_event_id=told.event_id,
    )

    await tracking.tell(LINE, correction)

    events = await tracking.shippers.ListEvents(
        tracking_service_pb2.ListEventsRequest(booking_reference=BOOKING),
        metadata=on_behalf_of("seller"),
    )
    assert len(events.events) == 12


async def test_events_are_listed_in_pages(tracking):
    await tracking.tell_all(story()[:5])
    seen = []
    token = ""
    while True:
        page = await tracking.shippers.ListEvents(
            tracking_service_pb2.ListEventsRequest(
                booking_reference=BOOKING, page_size=2, page_token=token
            ),
            metadata=on_behalf_of("seller"),
        )
        seen += [one.event_code for one in page.events]
        token = page.next_page_token
        if not token:
            break

    assert seen == ["PICKED_UP", "STUFFED", "GATED_OUT", "GATED_IN", "GATED_IN"]


async def test_the_process_is_told_each_milestone_and_breach_once(tracking):
    await tracking.tell_all(story()[:3])
    await tracking.tell(RAIL, event(RAIL, "DOOR_OPENED", 2, 40, seals=()))
    await tracking.tell(RAIL, event(RAIL, "BREADCRUMB", 2, 41, seals=(), event_type="IOT"))

    told = await facts(tracking)

    assert [one.type.split(".")[2] for one in told] == ["milestone"] * 3 + ["breach"]
    assert [
        milestone["milestoneCode"]
        for one in told[:3]
        for milestone in json.loads(one.payload)["milestones"]
    ] == ["EMPTY_PICKED_UP", "STUFFED", "TAKEN_IN_CHARGE", "LEG_STARTED"]
    assert {json.loads(one.payload)["bookingReference"] for one in told} == {BOOKING}


async def test_a_new_plan_replaces_the_old_one_and_the_events_stay(tracking):
    await tracking.tell_all(story()[:5])

    await tracking.worker.PlanJourney(plan_request())

    journey = await tracking.journey()
    assert "TAKEN_IN_CHARGE" in reached(journey)
    assert journey.containers[0].equipment_reference == BOX


async def test_a_journey_that_another_version_wrote_is_folded_anew_from_its_events(tracking):
    await tracking.tell_all(story()[:5])
    connection = await asyncpg.connect(
        superuser(tracking.running.database_settings), server_settings={"search_path": "tracking"}
    )
    try:
        await connection.execute("UPDATE journeys SET journey = '{}', revision = 0")
    finally:
        await connection.close()

    before = reached(await tracking.journey())
    await tracking.tell(RAIL, story()[5])

    assert before[-1] == "LEG_STARTED"
    assert "TAKEN_IN_CHARGE" in reached(await tracking.journey())


async def test_what_changes_a_journey_of_another_version_is_told_all_the_same(tracking):
    await tracking.tell_all(story()[:3])
    connection = await asyncpg.connect(
        superuser(tracking.running.database_settings), server_settings={"search_path": "tracking"}
    )
    try:
        await connection.execute("UPDATE journeys SET journey = '{}', revision = 0")
        heard = await connection.fetchval("SELECT max(position) FROM outbox")
        await tracking.tell_all(story()[3:4])
        told = await connection.fetch("SELECT payload FROM outbox WHERE position > $1", heard)
    finally:
        await connection.close()

    milestones = [
        milestone["milestoneCode"]
        for row in told
        for milestone in json.loads(row["payload"])["milestones"]
    ]
    assert milestones == ["LEG_ENDED"]


async def test_a_carrier_that_is_granted_nothing_does_not_see_the_journey(tracking):
    await tracking.tell_all(story()[:3])

    assert await refused(tracking.journey(HAULIER)) == "BOOKING_UNKNOWN"
    assert await refused(tracking.journey("buyer")) == "BOOKING_UNKNOWN"


async def test_a_grant_lets_the_buyer_read_the_journey(tracking):
    await tracking.worker.GrantBooking(
        tracking_service_pb2.GrantBookingRequest(
            booking_reference=BOOKING,
            organisation="buyer",
            role="CONSIGNEE",
            request_id=str(uuid.uuid4()),
        )
    )

    assert (await tracking.journey("buyer")).booking_reference == BOOKING


async def test_another_organisation_reads_no_row_and_reads_all_once_row_security_is_off(tracking):
    await tracking.tell_all(story()[:5])
    tables = ("events", "journeys")

    for table in tables:
        assert await tracking.rows("tracking", "buyer", table) == 0
        assert await tracking.rows("tracking", None, table) == 0
        assert await tracking.rows("tracking", "seller", table) > 0
    assert await tracking.rows("tracking", HAULIER, "events") == 3

    connection = await asyncpg.connect(
        superuser(tracking.running.database_settings), server_settings={"search_path": "tracking"}
    )
    try:
        for table in tables:
            await connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()
    for table in tables:
        assert await tracking.rows("tracking", "buyer", table) > 0


async def test_nobody_changes_an_event_that_was_told(tracking):
    await tracking.tell_all(story()[:1])
    connection = await asyncpg.connect(
        tracking.running.database_settings.database_url,
        server_settings={"search_path": "tracking", "onebill.organisation": "operator"},
    )
    try:
        for statement in ("UPDATE events SET event_code = 'LOADED'", "DELETE FROM events"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_two_batches_for_one_booking_at_once_lose_nothing(tracking):
    events = story()

    await asyncio.gather(*(tracking.tell(one.issuer, one) for one in events))

    journey = await tracking.journey()
    assert reached(journey)[-1] == "EMPTY_RETURNED"
    assert list(journey.containers[0].breaches) == []


async def test_a_refused_batch_leaves_no_trace_but_the_refusal(tracking):
    counts = {
        table: await tracking.rows("tracking", "operator", table)
        for table in ("events", "journeys", "outbox")
    }
    many = [story()[2]._replace(event_id=str(number)) for number in range(1_001)]

    await refused(tracking.tell(HAULIER, *many))

    for table, count in counts.items():
        assert await tracking.rows("tracking", "operator", table) == count
    assert await tracking.rows("tracking", "operator", "refusals") == 1
