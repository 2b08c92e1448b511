"""onebill.carrier.v1 over mutual TLS: every call is narrowed to the caller's own legs."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from onebill.carrier.v1 import carrier_service_pb2 as pb
from onebill.carrier.v1 import carrier_service_pb2_grpc as pb_grpc
from onebill.documents.v1 import documents_pb2
from onebill.tracking.v1 import tracking_pb2

from foundation.runtime.rates import BURST_SECONDS, Rates
from foundation.runtime.refusals import refusal_from
from gateway.carrier.servicer import ACCESS, CarrierServicer
from tests.support.doors import (
    BILL,
    REFERENCE,
    FakeConsignments,
    FakeServices,
    neighbours_of,
    start_fakes,
)

HAULIER, RAIL = "haulier-chongqing", "rail-chongqing"


class CarriersDoor:
    def __init__(
        self, running: Any, behind: Any, services: FakeServices, consignments: FakeConsignments
    ):
        self.behind = behind
        self.services = services
        self.consignments = consignments
        self._running = running

    def stub(self, organisation: str, part: str | None = None) -> Any:
        return pb_grpc.CarrierServiceStub(self._running.channel(organisation, part))


async def open_door(
    service_server: Callable[..., Any], rates: Rates | None = None
) -> CarriersDoor:
    services, consignments = FakeServices(), FakeConsignments()
    behind = await start_fakes(service_server, services)
    servicer = CarrierServicer(
        neighbours_of(behind, "gateway-carrier"),
        consignments,  # type: ignore[arg-type]
        "onebill",
    )
    running = await service_server(
        ACCESS,
        lambda server: pb_grpc.add_CarrierServiceServicer_to_server(servicer, server),
        rates,
    )
    return CarriersDoor(running, behind, services, consignments)


@pytest.fixture
async def door(service_server: Callable[..., Any]) -> CarriersDoor:
    return await open_door(service_server)


async def refused(call: Any) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    refusal = refusal_from(error.value)
    assert refusal is not None, error.value
    return refusal.reason


def accept(leg: int, request_id: str | None = None) -> pb.AcceptLegRequest:
    return pb.AcceptLegRequest(
        booking_reference=REFERENCE,
        leg_sequence=leg,
        carrier_booking_reference="CBR-1",
        request_id=request_id or str(uuid.uuid4()),
    )


async def test_a_carrier_accepts_its_own_leg(door: CarriersDoor) -> None:
    answer = await door.stub(HAULIER).AcceptLeg(accept(1))

    assert answer.leg.leg.leg_sequence == 1
    (said,) = door.consignments.answered
    assert (said.carrier_organisation, said.is_accepted) == (HAULIER, True)


async def test_a_carrier_cannot_answer_anothers_leg(door: CarriersDoor) -> None:
    stub = door.stub(HAULIER)
    decline = pb.DeclineLegRequest(
        booking_reference=REFERENCE, leg_sequence=2, reason="no", request_id=str(uuid.uuid4())
    )
    paper = pb.IssueLegDocumentRequest(
        booking_reference=REFERENCE, leg_sequence=2, request_id=str(uuid.uuid4())
    )
    receipt = pb.SubmitReceiptRequest(
        receipt=documents_pb2.Receipt(booking_reference=REFERENCE, leg_sequence=2),
        request_id=str(uuid.uuid4()),
    )
    terms = pb.GetReceiptTermsRequest(booking_reference=REFERENCE, leg_sequence=2)

    for call in (
        stub.AcceptLeg(accept(2)),
        stub.DeclineLeg(decline),
        stub.IssueLegDocument(paper),
        stub.SubmitReceipt(receipt),
        stub.GetReceiptTerms(terms),
    ):
        assert await refused(call) == "LEG_NOT_FOUND"
    assert not door.consignments.answered
    assert not door.consignments.papers


async def test_a_decline_without_words_is_still_a_decline(door: CarriersDoor) -> None:
    await door.stub(HAULIER).DeclineLeg(
        pb.DeclineLegRequest(
            booking_reference=REFERENCE, leg_sequence=1, request_id=str(uuid.uuid4())
        )
    )

    assert [said.is_accepted for said in door.consignments.answered] == [False]


async def test_a_booking_that_is_not_there_looks_like_anothers(door: CarriersDoor) -> None:
    request = accept(1)
    request.booking_reference = "OBB0000000000A"

    assert await refused(door.stub(HAULIER).AcceptLeg(request)) == "LEG_NOT_FOUND"


async def test_a_request_without_an_id_is_refused(door: CarriersDoor) -> None:
    assert await refused(door.stub(HAULIER).AcceptLeg(accept(1, "seven"))) == "REQUEST_ID_FORM"


async def test_our_own_parts_have_no_business_at_this_door(door: CarriersDoor) -> None:
    call = door.stub("operator", "worker").AcceptLeg(accept(1))

    assert await refused(call) == "CALLER_NOT_ADMITTED"


async def test_a_carrier_cannot_speak_for_another(door: CarriersDoor) -> None:
    call = door.stub(HAULIER).AcceptLeg(accept(2), metadata=(("onebill-organisation", RAIL),))

    assert await refused(call) == "ON_BEHALF_OF_REFUSED"


async def test_a_leg_document_is_issued_in_the_callers_name(door: CarriersDoor) -> None:
    await door.stub(RAIL).IssueLegDocument(
        pb.IssueLegDocumentRequest(
            booking_reference=REFERENCE,
            leg_sequence=2,
            number="RWB-1",
            consignee_organisation="operator",
            request_id=str(uuid.uuid4()),
        )
    )

    ((_, paper),) = door.consignments.papers
    assert paper.organisation == RAIL
    assert json.loads(paper.paper)["carrierOrganisation"] == RAIL


async def test_receipt_terms_name_bill_container_key_and_party(door: CarriersDoor) -> None:
    terms = await door.stub(HAULIER).GetReceiptTerms(
        pb.GetReceiptTermsRequest(
            booking_reference=REFERENCE, leg_sequence=1, equipment_reference="NARU3472484"
        )
    )

    assert terms.channel == "onebill"
    assert terms.transport_document_reference == BILL
    assert terms.container_key == "ab" * 32
    assert terms.carrier_party.startswith("P")


async def test_a_carrier_learns_the_key_of_no_container_but_its_bookings(
    door: CarriersDoor,
) -> None:
    asked = pb.GetReceiptTermsRequest(
        booking_reference=REFERENCE, leg_sequence=1, equipment_reference="NARU3472479"
    )

    assert await refused(door.stub(HAULIER).GetReceiptTerms(asked)) == "EQUIPMENT_NOT_DECLARED"
    assert "ComputeContainerKey" not in {method for method, _ in door.services.callers}


async def test_events_of_own_legs_are_taken_in_and_others_are_named(door: CarriersDoor) -> None:
    def event(name: str, leg: int, booking: str = REFERENCE) -> tracking_pb2.TrackingEvent:
        return tracking_pb2.TrackingEvent(
            event_id=name, booking_reference=booking, leg_sequence=leg, issuer=RAIL
        )

    batches = [
        pb.ReportEventsRequest(
            events=[event("own", 1), event("empty", 0), event("theirs", 2)],
            request_id=str(uuid.uuid4()),
        ),
        pb.ReportEventsRequest(
            events=[event("nowhere", 1, "OBB0000000000A")], request_id=str(uuid.uuid4())
        ),
    ]

    answers = [answer async for answer in door.stub(HAULIER).ReportEvents(iter(batches))]

    assert [answer.request_id for answer in answers] == [batch.request_id for batch in batches]
    assert list(answers[0].rejected) == ["theirs LEG_NOT_FOUND"]
    assert list(answers[1].rejected) == ["nowhere LEG_NOT_FOUND"]
    (ingested,) = door.services.ingested
    assert ingested.issuer == HAULIER
    assert [told.event_id for told in ingested.events] == ["own", "empty"]


async def test_events_are_asked_for_again_when_a_part_behind_the_door_is_gone(
    door: CarriersDoor,
) -> None:
    event = tracking_pb2.TrackingEvent(
        event_id="own", booking_reference=REFERENCE, leg_sequence=1, issuer=HAULIER
    )
    batch = pb.ReportEventsRequest(events=[event], request_id=str(uuid.uuid4()))
    await door.behind.server.stop()

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in door.stub(HAULIER).ReportEvents(iter([batch])):
            pass

    refusal = refusal_from(caught.value)
    assert refusal is not None
    assert refusal.reason == "PART_UNAVAILABLE"


async def test_a_batch_asks_once_about_a_booking_however_often_it_names_it(
    door: CarriersDoor,
) -> None:
    strange = [
        tracking_pb2.TrackingEvent(event_id=f"E-{number}", booking_reference="OBB0000000000A")
        for number in range(1_000)
    ]
    batch = pb.ReportEventsRequest(events=strange, request_id=str(uuid.uuid4()))

    (answer,) = [told async for told in door.stub(HAULIER).ReportEvents(iter([batch]))]

    assert len(answer.rejected) == 1_000
    assert door.services.callers == [("GetBooking", "operator")]


async def test_a_batch_that_is_too_large_is_refused_before_anybody_is_asked(
    door: CarriersDoor,
) -> None:
    strange = [
        tracking_pb2.TrackingEvent(event_id=f"E-{number}", booking_reference=f"OBB{number}")
        for number in range(1_001)
    ]
    batch = pb.ReportEventsRequest(events=strange, request_id=str(uuid.uuid4()))

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in door.stub(HAULIER).ReportEvents(iter([batch])):
            pass

    refusal = refusal_from(caught.value)
    assert refusal is not None
    assert refusal.reason == "BATCH_SIZE"
    assert door.services.ingested == []


async def test_who_calls_too_often_is_told_when_to_come_back_and_others_are_served(
    service_server: Callable[..., Any],
) -> None:
    door = await open_door(service_server, Rates(1, clock=lambda: 0.0))
    for _ in range(BURST_SECONDS):
        await door.stub(HAULIER).ListLegs(pb.ListLegsRequest())

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await door.stub(HAULIER).ListLegs(pb.ListLegsRequest())
    await door.stub(RAIL).ListLegs(pb.ListLegsRequest())

    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    refusal = refusal_from(caught.value)
    assert refusal is not None
    assert (refusal.reason, refusal.metadata["retry_after_seconds"]) == ("TOO_MANY_REQUESTS", "1")


async def test_lists_are_asked_for_in_the_callers_name(door: CarriersDoor) -> None:
    stub = door.stub(HAULIER)
    await stub.ListLegs(pb.ListLegsRequest())
    await stub.ListPayables(pb.ListPayablesRequest())

    assert door.services.callers == [("ListLegs", HAULIER), ("ListPayables", HAULIER)]
