"""The booking service on a real PostgreSQL, called as the worker calls it."""

import uuid

import grpc
import pytest
from onebill.booking.v1 import booking_pb2 as pb
from onebill.booking.v1 import booking_service_pb2 as service_pb
from onebill.booking.v1.booking_service_pb2_grpc import BookingServiceStub
from onebill.common.v1 import common_pb2
from sqlalchemy import text

from foundation.runtime.identity import on_behalf_of
from foundation.runtime.refusals import refusal_from
from services.booking.service import SERVICE
from tests.support.bookings import (
    create,
    machinery_to_jurong,
    new_reference,
    new_request_id,
    offer,
)

CARRIERS = ["haulier-chongqing", "rail-chongqing", "line-beibu", "haulier-singapore"]
SELLER = on_behalf_of("seller", person="mei")


class Booking:
    """Calls the service as the worker does, for whom it is told."""

    def __init__(self, running):
        self.running = running
        self.stub = BookingServiceStub(running.channel("operator", "worker"))

    async def create(self, request=None, **more):
        return (await self.stub.CreateBooking(create(request, **more), metadata=SELLER)).booking

    async def act(self, method, reference, organisation="seller", **more):
        name = f"{method}Request"
        message = getattr(service_pb, name)(
            booking_reference=reference, request_id=new_request_id(), **more
        )
        return await getattr(self.stub, method)(message, metadata=on_behalf_of(organisation))

    async def get(self, reference, organisation="seller"):
        answer = await self.stub.GetBooking(
            service_pb.GetBookingRequest(booking_reference=reference),
            metadata=on_behalf_of(organisation),
        )
        return answer.booking

    async def requested(self, request=None, **more):
        booking = await self.create(request, **more)
        await self.act("RecordOffer", booking.booking_reference, offer=offer())
        return (await self.act("RequestLegs", booking.booking_reference)).booking

    async def accept(self, reference, sequence):
        return await self.act(
            "AcceptLeg",
            reference,
            CARRIERS[sequence - 1],
            leg_sequence=sequence,
            carrier_booking_reference=f"C-{sequence}",
        )

    async def confirmed(self):
        booking = await self.requested()
        for sequence in (1, 2, 3, 4):
            await self.accept(booking.booking_reference, sequence)
        return (await self.act("ConfirmBooking", booking.booking_reference)).booking

    async def legs_of(self, carrier):
        answer = await self.stub.ListLegs(
            service_pb.ListLegsRequest(), metadata=on_behalf_of(carrier)
        )
        return list(answer.legs)

    async def types(self):
        async with self.running.database.reading("operator") as transaction:
            found = await transaction.connection.execute(
                text("SELECT type FROM outbox ORDER BY position")
            )
            return [row.type.split(".")[2] for row in found]


@pytest.fixture
async def booking(running_service):
    return Booking(await running_service(SERVICE))


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    refusal = refusal_from(caught.value)
    assert refusal is not None, caught.value
    return refusal


async def test_one_call_books_all_legs_of_the_standard_route(booking):
    made = await booking.create()

    assert made.state == pb.BOOKING_STATE_RECEIVED
    assert [leg.carrier_organisation for leg in made.legs] == CARRIERS
    assert [leg.transport_plan_stage for leg in made.legs] == ["PRC", "PRC", "MNC", "ONC"]
    assert [leg.consignee_organisation for leg in made.legs] == [
        "operator",
        "operator",
        "delivery-agent-singapore",
        "delivery-agent-singapore",
    ]
    assert made.legs[2].departure_location.location_name == "Qinzhou"
    assert await booking.get(made.booking_reference) == made


async def test_the_whole_way_from_received_to_completed(booking):
    confirmed = await booking.confirmed()
    completed = (await booking.act("CompleteBooking", confirmed.booking_reference)).booking

    assert confirmed.state == pb.BOOKING_STATE_CONFIRMED
    assert [leg.carrier_booking_reference for leg in confirmed.legs] == [
        "C-1",
        "C-2",
        "C-3",
        "C-4",
    ]
    assert completed.state == pb.BOOKING_STATE_COMPLETED
    assert await booking.types() == [
        "received",
        "offered",
        "legs_requested",
        *["leg_accepted"] * 4,
        "confirmed",
        "completed",
    ]


async def test_a_carrier_sees_its_own_leg_only_and_only_once_it_is_asked(booking):
    made = await booking.create()
    before = await booking.legs_of("rail-chongqing")
    await booking.act("RecordOffer", made.booking_reference, offer=offer())
    await booking.act("RequestLegs", made.booking_reference)

    seen = await booking.legs_of("rail-chongqing")

    assert before == []
    assert [leg.leg.leg_sequence for leg in seen] == [2]
    assert seen[0].requested_equipments[0].iso_equipment_code == "22G1"
    assert not seen[0].is_dangerous_goods
    async with booking.running.database.reading("rail-chongqing") as transaction:
        for table, count in (("bookings", 0), ("legs", 1), ("screening_hits", 0)):
            found = await transaction.connection.execute(text(f"SELECT * FROM {table}"))
            assert len(found.all()) == count, table


async def test_another_organisation_reads_zero_rows_of_every_table(booking):
    held = machinery_to_jurong()
    held.document_parties[2].party_name = "Grey Heron Shipping Pte Ltd"
    await booking.create(held)
    await booking.act("CancelBooking", new_reference())

    tables = ("bookings", "legs", "screening_hits", "tombstones", "requests", "outbox", "grants")
    for organisation in ("stranger", ""):
        async with booking.running.database.reading(organisation) as transaction:
            for table in tables:
                found = await transaction.connection.execute(text(f"SELECT * FROM {table}"))
                assert found.all() == [], (organisation, table)
    # The same question by the owner finds rows, so the zeros above are not for want of any.
    async with booking.running.database.reading("seller") as transaction:
        for table in ("bookings", "legs", "screening_hits", "tombstones", "requests"):
            found = await transaction.connection.execute(text(f"SELECT * FROM {table}"))
            assert found.all() != [], table


async def test_every_table_forces_row_level_security_on_its_owner_too(booking):
    async with booking.running.database.reading("operator") as transaction:
        found = await transaction.connection.execute(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'booking'::regnamespace "
                "AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)"
            )
        )
        assert {row.relname for row in found} == {"migrations", "checkpoints"}


async def test_a_carrier_cannot_answer_anothers_leg(booking):
    made = await booking.requested()

    for method, more in (
        ("AcceptLeg", {"carrier_booking_reference": "X-1"}),
        ("DeclineLeg", {"reason": "not ours"}),
    ):
        refusal = await refused(
            booking.act(method, made.booking_reference, "line-beibu", leg_sequence=2, **more)
        )
        assert refusal.reason == "LEG_NOT_FOUND"
    assert (await booking.get(made.booking_reference)).legs[1].state == pb.LEG_STATE_REQUESTED


async def test_a_declined_leg_ends_the_booking_and_releases_the_others(booking):
    made = await booking.requested()
    await booking.accept(made.booking_reference, 1)
    await booking.act(
        "DeclineLeg",
        made.booking_reference,
        "haulier-singapore",
        leg_sequence=4,
        reason="no truck",
    )

    early = await refused(booking.act("ConfirmBooking", made.booking_reference))
    ended = (
        await booking.act("RejectBooking", made.booking_reference, reason="leg 4: no truck")
    ).booking

    assert early.reason == "LEGS_NOT_ACCEPTED"
    assert ended.state == pb.BOOKING_STATE_REJECTED
    assert ended.state_reason == "leg 4: no truck"
    assert [leg.state for leg in ended.legs] == [
        pb.LEG_STATE_RELEASED,
        pb.LEG_STATE_RELEASED,
        pb.LEG_STATE_RELEASED,
        pb.LEG_STATE_DECLINED,
    ]
    assert ended.legs[3].state_reason == "no truck"
    assert ended.legs[0].state_reason == "leg 4: no truck"


async def test_after_confirmation_the_operator_declines(booking):
    confirmed = await booking.confirmed()

    ended = (
        await booking.act("RejectBooking", confirmed.booking_reference, reason="line strike")
    ).booking

    assert ended.state == pb.BOOKING_STATE_DECLINED


async def test_no_carrier_answers_after_the_deadline(booking):
    made = await booking.requested()
    async with booking.running.database.transaction("operator") as transaction:
        await transaction.connection.execute(
            text("UPDATE legs SET acceptance_deadline = now() - interval '1 second'")
        )

    refusal = await refused(booking.accept(made.booking_reference, 1))

    assert refusal.reason == "ACCEPTANCE_DEADLINE_PASSED"


async def test_a_total_above_the_maximum_rejects_before_any_carrier_is_asked(booking):
    request = machinery_to_jurong()
    request.total_maximum.CopyFrom(common_pb2.Money(amount=400_000, currency_code="USD"))
    made = await booking.create(request)

    answered = (
        await booking.act("RecordOffer", made.booking_reference, offer=offer(total=400_001))
    ).booking

    assert answered.state == pb.BOOKING_STATE_REJECTED
    assert "4,000.01 USD" in answered.state_reason
    assert await booking.legs_of("rail-chongqing") == []


async def test_no_carrier_is_asked_without_a_price(booking):
    made = await booking.create()

    refusal = await refused(booking.act("RequestLegs", made.booking_reference))

    assert refusal.reason == "OFFER_MISSING"


async def test_invariant_68_a_hit_holds_until_a_person_other_than_the_booker_lifts_it(booking):
    request = machinery_to_jurong()
    request.document_parties[2].party_name = "GREY-HERON Shipping (S) Pte"
    made = await booking.create(request)
    reference, entry = made.booking_reference, made.screening_hits[0].list_entry
    await booking.act("RecordOffer", reference, offer=offer())

    async def lift(person, organisation="operator"):
        return await booking.act(
            "LiftScreeningHit",
            reference,
            organisation,
            list_entry=entry,
            person=person,
            reason="another company of that name",
        )

    held = await refused(booking.act("RequestLegs", reference))
    by_booker = await refused(lift("mei"))
    by_shipper = await refused(lift("zhang", "seller"))
    lifted = (await lift("desk-wang")).booking
    again = await refused(lift("desk-wang"))

    assert made.screening_hits[0].pointer == "documentParties/2/partyName"
    assert held.reason == "BOOKING_HELD"
    assert by_booker.reason == "SCREENING_LIFTED_BY_BOOKER"
    assert by_shipper.reason == "CALLER_NOT_ADMITTED"
    assert lifted.screening_hits[0].lifted_by == "desk-wang"
    assert again.reason == "SCREENING_HIT_LIFTED"
    assert (await booking.act("RequestLegs", reference)).booking.legs[0].state == (
        pb.LEG_STATE_REQUESTED
    )


async def test_a_cancel_for_a_request_never_seen_refuses_the_late_original(booking):
    reference = new_reference()
    cancelled = (await booking.act("CancelBooking", reference, reason="changed our mind")).booking

    refusal = await refused(
        booking.stub.CreateBooking(create(reference=reference), metadata=SELLER)
    )

    assert cancelled.state == pb.BOOKING_STATE_CANCELLED
    assert refusal.reason == "BOOKING_CANCELLED_BEFORE"
    assert (await refused(booking.get(reference))).reason == "BOOKING_NOT_FOUND"
    assert await booking.types() == []


async def test_a_cancelled_booking_releases_its_legs(booking):
    confirmed = await booking.confirmed()

    ended = (await booking.act("CancelBooking", confirmed.booking_reference)).booking

    assert ended.state == pb.BOOKING_STATE_CANCELLED
    assert {leg.state for leg in ended.legs} == {pb.LEG_STATE_RELEASED}


async def test_a_reference_is_used_once(booking):
    made = await booking.create()

    own = await refused(
        booking.stub.CreateBooking(create(reference=made.booking_reference), metadata=SELLER)
    )
    foreign = await refused(
        booking.stub.CreateBooking(
            create(reference=made.booking_reference), metadata=on_behalf_of("stranger")
        )
    )

    assert own.reason == foreign.reason == "BOOKING_REFERENCE_TAKEN"


async def test_an_amendment_changes_goods_and_asks_for_a_new_price(booking):
    made = await booking.create()
    priced = (await booking.act("RecordOffer", made.booking_reference, offer=offer())).booking
    request = machinery_to_jurong()
    request.commodities[0].number_of_packages = 14

    stale = await refused(
        booking.act(
            "AmendBooking",
            made.booking_reference,
            request=request,
            expected_revision=made.revision,
        )
    )
    amended = (
        await booking.act(
            "AmendBooking",
            made.booking_reference,
            request=request,
            expected_revision=priced.revision,
        )
    ).booking

    assert stale.reason == "REVISION_MOVED_ON"
    assert amended.request.commodities[0].number_of_packages == 14
    assert not amended.HasField("offer")
    assert [leg.carrier_organisation for leg in amended.legs] == CARRIERS


async def test_a_refused_request_leaves_every_table_as_it_was(booking):
    request = machinery_to_jurong()
    request.commodities[0].gross_weight_grams = 0

    refusal = await refused(booking.stub.CreateBooking(create(request), metadata=SELLER))

    assert refusal.reason == "WEIGHT_FORM"
    async with booking.running.database.reading("operator") as transaction:
        for table in ("bookings", "legs", "screening_hits", "outbox", "grants"):
            found = await transaction.connection.execute(text(f"SELECT * FROM {table}"))
            assert found.all() == [], table


async def test_lists_are_paged_newest_first(booking):
    made = [(await booking.create()).booking_reference for _ in range(5)]

    seen, token = [], ""
    while True:
        page = await booking.stub.ListBookings(
            service_pb.ListBookingsRequest(page_size=2, page_token=token), metadata=SELLER
        )
        seen += [found.booking_reference for found in page.bookings]
        token = page.next_page_token
        if not token:
            break

    assert seen == made[::-1]


async def test_a_page_token_of_somebody_else_is_refused(booking):
    refusal = await refused(
        booking.stub.ListBookings(
            service_pb.ListBookingsRequest(page_token="forged"), metadata=SELLER
        )
    )

    assert refusal.reason == "PAGE_TOKEN_FORM"


async def test_carriers_are_not_admitted_around_the_process(booking):
    stub = BookingServiceStub(booking.running.channel("operator", "gateway-carrier"))

    refusal = await refused(
        stub.AcceptLeg(
            service_pb.AcceptLegRequest(request_id=str(uuid.uuid4())),
            metadata=on_behalf_of("rail-chongqing"),
        )
    )

    assert refusal.reason == "CALLER_NOT_ADMITTED"
