"""From a fact to the consignment it is about."""

import json
from typing import Any

import grpc
import pytest
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_service_pb2

from foundation.kernel.errors import NotFound
from foundation.runtime.refusals import to_status
from workflows.listener.nudges import Nudges

REFERENCE = "OBB1234567890Z"
BILL = "OBAAAAAAAAAAAAAAAA"


class Consignments:
    def __init__(self) -> None:
        self.nudged: list[tuple[str, str, int]] = []

    async def nudge(self, booking_reference: str, stream: str, position: int) -> None:
        self.nudged.append((booking_reference, stream, position))


class Documents:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.known = True

    async def FindBooking(self, request: Any) -> Any:  # noqa: N802
        self.asked.append(request.transport_document_reference)
        if not self.known:
            status = to_status(NotFound("BILL_UNKNOWN", "There is no such bill."))
            raise grpc.aio.AioRpcError(
                status.code,
                grpc.aio.Metadata(),
                grpc.aio.Metadata(*status.trailing_metadata),
                status.details,
            )
        return documents_service_pb2.FindBookingResponse(booking_reference=REFERENCE)


@pytest.fixture
def heard() -> tuple[Nudges, Consignments, Documents]:
    consignments, documents = Consignments(), Documents()
    return Nudges(consignments, documents), consignments, documents  # type: ignore[arg-type]


def fact(kind: str, subject: str, position: int = 1, **payload: str) -> common_pb2.Event:
    return common_pb2.Event(
        type=kind, subject=subject, position=position, payload=json.dumps(payload)
    )


async def test_a_fact_about_a_booking_nudges_its_consignment(heard) -> None:
    nudges, consignments, _ = heard

    await nudges.effect("booking", fact("onebill.booking.leg_accepted.v1", REFERENCE, 7))

    assert consignments.nudged == [(REFERENCE, "booking", 7)]


async def test_the_payloads_booking_wins_over_the_subject(heard) -> None:
    nudges, consignments, _ = heard

    await nudges.effect(
        "settlement",
        fact("onebill.settlement.invoice_paid.v1", "INV-1", 3, bookingReference=REFERENCE),
    )

    assert consignments.nudged == [(REFERENCE, "settlement", 3)]


async def test_a_bill_whose_reference_begins_like_a_bookings_is_a_bill(heard) -> None:
    nudges, consignments, documents = heard
    bill = "OBBUUORBPF6RKKEFBC"

    await nudges.effect("ledger-operator", fact("onebill.ledger.act.v1", bill, 9))

    assert documents.asked == [bill]
    assert consignments.nudged == [(REFERENCE, "ledger-operator", 9)]


async def test_a_bills_booking_is_asked_for_once(heard) -> None:
    nudges, consignments, documents = heard

    for position in (1, 2):
        await nudges.effect(
            "ledger-operator", fact("onebill.ledger.act_recorded.v1", BILL, position)
        )

    assert documents.asked == [BILL]
    assert consignments.nudged == [
        (REFERENCE, "ledger-operator", 1),
        (REFERENCE, "ledger-operator", 2),
    ]


async def test_a_bill_of_another_operator_is_asked_about_once(heard) -> None:
    nudges, consignments, documents = heard
    documents.known = False

    for position in (1, 2):
        await nudges.effect("ledger-operator", fact("onebill.ledger.act.v1", BILL, position))

    assert documents.asked == [BILL]
    assert consignments.nudged == []


async def test_a_fact_about_a_party_asks_nobody(heard) -> None:
    nudges, consignments, documents = heard

    await nudges.effect("ledger-operator", fact("onebill.ledger.party.v1", "P" + "A" * 26))

    assert documents.asked == []
    assert consignments.nudged == []


async def test_of_tracking_only_milestones_and_breaches_are_heard(heard) -> None:
    nudges, consignments, _ = heard

    for kind in ("event", "milestone", "breach"):
        await nudges.effect("tracking", fact(f"onebill.tracking.{kind}.v1", REFERENCE))

    assert len(consignments.nudged) == 2
