"""Activities are adapters: what they ask, in whose name, and what of the answer they pass on."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from onebill.booking.v1 import booking_pb2, booking_service_pb2, booking_service_pb2_grpc
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_pb2, documents_service_pb2, documents_service_pb2_grpc
from onebill.insurance.v1 import (
    insurance_pb2,
    insurance_service_pb2,
    insurance_service_pb2_grpc,
)
from onebill.ledger.v1 import (
    custody_service_pb2,
    custody_service_pb2_grpc,
    ledger_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
)
from onebill.settlement.v1 import (
    settlement_pb2,
    settlement_service_pb2,
    settlement_service_pb2_grpc,
)
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2, tracking_service_pb2_grpc
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from foundation.kernel.errors import DomainError, LostRace, NotFound, Unavailable, WrongState
from foundation.runtime.identity import Access, current_caller
from tests.support.consignments import NOON
from workflows import messages as m
from workflows.activities.acts import ActActivities
from workflows.activities.booking import BookingActivities, OfferActivities
from workflows.activities.directory import Directory, read_destinations
from workflows.activities.documents import DocumentsActivities
from workflows.activities.tracking import TrackingActivities
from workflows.neighbours import Neighbours

REFERENCE = "OBB1234567890Z"
BILL = "OBAAAAAAAAAAAAAAAA"
BOX = "NARU3472484"
USD = "USD"


class Services(
    booking_service_pb2_grpc.BookingServiceServicer,
    documents_service_pb2_grpc.DocumentsServiceServicer,
    tracking_service_pb2_grpc.TrackingServiceServicer,
    settlement_service_pb2_grpc.SettlementServiceServicer,
    insurance_service_pb2_grpc.InsuranceServiceServicer,
    ledger_service_pb2_grpc.LedgerServiceServicer,
    custody_service_pb2_grpc.CustodyServiceServicer,
):
    """Every neighbour in one servicer; each call is noted with whose name it was made in."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self.refusals: dict[str, DomainError] = {}
        self.head = ("aa" * 32, 4)

    def _note(self, name: str, request: Any) -> None:
        self.calls.append((name, current_caller().organisation, request))
        if name in self.refusals:
            raise self.refusals[name]

    def of(self, name: str) -> list[tuple[str, Any]]:
        return [(who, request) for called, who, request in self.calls if called == name]

    async def GetBooking(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("GetBooking", request)
        return booking_service_pb2.GetBookingResponse(
            booking=booking_pb2.Booking(
                booking_reference=REFERENCE,
                shipper_organisation="seller",
                state=booking_pb2.BOOKING_STATE_RECEIVED,
                request=booking_pb2.BookingRequest(
                    incoterms_rule="CIP",
                    commercial_value=common_pb2.Money(amount=100, currency_code=USD),
                    payment_term=booking_pb2.PAYMENT_TERM_PRE,
                    requested_equipments=[booking_pb2.RequestedEquipment(units=2)],
                    commodities=[booking_pb2.Commodity(hs_code="870323")],
                ),
                legs=[
                    booking_pb2.Leg(
                        leg_sequence=1,
                        mode_of_transport=common_pb2.MODE_OF_TRANSPORT_TRUCK,
                        carrier_organisation="haulier-chongqing",
                        state=booking_pb2.LEG_STATE_DECLINED,
                        state_reason="no truck",
                    )
                ],
                screening_hits=[
                    booking_pb2.ScreeningHit(list_entry="L1"),
                    booking_pb2.ScreeningHit(list_entry="L2", lifted_by="desk-1"),
                ],
            )
        )

    async def CreateBooking(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("CreateBooking", request)
        return booking_service_pb2.CreateBookingResponse()

    async def RecordOffer(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("RecordOffer", request)
        return booking_service_pb2.RecordOfferResponse(
            booking=booking_pb2.Booking(
                booking_reference=REFERENCE,
                state=booking_pb2.BOOKING_STATE_RECEIVED,
                offer=request.offer,
            )
        )

    async def AcceptLeg(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("AcceptLeg", request)
        return booking_service_pb2.AcceptLegResponse(
            leg=booking_pb2.Leg(leg_sequence=1, state=booking_pb2.LEG_STATE_ACCEPTED)
        )

    async def DeclineLeg(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("DeclineLeg", request)
        return booking_service_pb2.DeclineLegResponse(
            leg=booking_pb2.Leg(leg_sequence=1, state=booking_pb2.LEG_STATE_DECLINED)
        )

    async def QuoteCover(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("QuoteCover", request)
        return insurance_service_pb2.QuoteCoverResponse(
            quote=insurance_pb2.Quote(
                quote_reference="Q-1", premium=common_pb2.Money(amount=7, currency_code=USD)
            )
        )

    async def RateBooking(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("RateBooking", request)
        return settlement_service_pb2.RateBookingResponse(
            rating=settlement_pb2.Rating(
                rating_reference="R-1", total=common_pb2.Money(amount=900, currency_code=USD)
            )
        )

    async def ListInvoices(self, request: Any, context: Any) -> Any:  # noqa: N802
        return settlement_service_pb2.ListInvoicesResponse(
            invoices=[
                settlement_pb2.Invoice(
                    invoice_number="INV-1", state=settlement_pb2.INVOICE_STATE_PAID
                )
            ]
        )

    async def GetTransportDocument(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("GetTransportDocument", request)
        return documents_service_pb2.GetTransportDocumentResponse(
            transport_document=documents_pb2.TransportDocument(
                transport_document_reference=BILL,
                state=documents_pb2.TRANSPORT_DOCUMENT_STATE_APPROVED,
            )
        )

    async def CheckIssue(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("CheckIssue", request)
        return documents_service_pb2.CheckIssueResponse(
            judgement_reference="J-1",
            issue_terms="{}",
            recipient="PSELLER",
            details="{}",
            judgement="signed by documents",
        )

    async def CheckOnBoard(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("CheckOnBoard", request)
        return documents_service_pb2.CheckOnBoardResponse(terms="{}", details="{}")

    async def PutEquipment(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("PutEquipment", request)
        return documents_service_pb2.PutEquipmentResponse(equipment=request.equipment)

    async def AssignEquipment(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("AssignEquipment", request)
        return tracking_service_pb2.AssignEquipmentResponse()

    async def GetCertificate(self, request: Any, context: Any) -> Any:  # noqa: N802
        return insurance_service_pb2.GetCertificateResponse(
            certificate=insurance_pb2.CertificateOfInsurance(certificate_number="C-1")
        )

    async def GetJourney(self, request: Any, context: Any) -> Any:  # noqa: N802
        milestone = tracking_pb2.Milestone(
            milestone_code=tracking_pb2.MILESTONE_CODE_TAKEN_IN_CHARGE,
            leg_sequence=1,
            event_id="event-1",
            un_location_code="CNCKG",
            seals=[tracking_pb2.SeenSeal(seal_number="CN1234567")],
        )
        milestone.actual_at.FromSeconds(1_800_000_000)
        planned = tracking_pb2.Milestone(
            milestone_code=tracking_pb2.MILESTONE_CODE_LOADED_ON_BOARD, leg_sequence=3
        )
        return tracking_service_pb2.GetJourneyResponse(
            journey=tracking_pb2.Journey(
                containers=[
                    tracking_pb2.JourneyContainer(
                        equipment_reference=BOX,
                        milestones=[milestone, planned],
                        next_expected="LOADED_ON_BOARD",
                        next_expected_leg=3,
                        breaches=[
                            tracking_pb2.Breach(
                                breach_code=tracking_pb2.BREACH_CODE_SEAL_BREACH,
                                leg_sequence=2,
                                event_id="event-9",
                            )
                        ],
                    )
                ]
            )
        )

    async def SignAct(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("SignAct", request)
        return custody_service_pb2.SignActResponse(
            signed_act="a.b.c", act_hash="ff" * 32, details="{}", details_salt="s"
        )

    async def SubmitAct(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("SubmitAct", request)
        return ledger_service_pb2.SubmitActResponse()

    async def GetBill(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("GetBill", request)
        return ledger_service_pb2.GetBillResponse(
            bill=ledger_pb2.Bill(
                state=ledger_pb2.BILL_STATE_ISSUED,
                head_act_hash=self.head[0],
                sequence=self.head[1],
                gates=ledger_pb2.Gates(
                    terminal_release=[
                        ledger_pb2.GateCondition(name="CUSTOMS", waits_for="PCUSTOMS"),
                        ledger_pb2.GateCondition(name="TERMINAL", is_met=True),
                    ]
                ),
            )
        )

    async def ListActs(self, request: Any, context: Any) -> Any:  # noqa: N802
        return ledger_service_pb2.ListActsResponse(
            acts=[
                ledger_pb2.RecordedAct(action_code="ISSUE", act_hash="11" * 32),
                ledger_pb2.RecordedAct(action_code="NOTE_ON_BOARD", act_hash="22" * 32),
            ]
        )


_FILES = (
    booking_service_pb2,
    documents_service_pb2,
    tracking_service_pb2,
    settlement_service_pb2,
    insurance_service_pb2,
    ledger_service_pb2,
    custody_service_pb2,
)
_STUBS = (
    (booking_service_pb2_grpc, "BookingService"),
    (documents_service_pb2_grpc, "DocumentsService"),
    (tracking_service_pb2_grpc, "TrackingService"),
    (settlement_service_pb2_grpc, "SettlementService"),
    (insurance_service_pb2_grpc, "InsuranceService"),
    (custody_service_pb2_grpc, "CustodyService"),
    (ledger_service_pb2_grpc, "LedgerService"),
)
ACCESS = {
    f"/{service.full_name}/{method.name}": Access(parts=frozenset({"worker"}))
    for file in _FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
async def neighbours(service_server: Callable[..., Any], services: Services) -> Neighbours:
    def register(server: Any) -> None:
        for module, name in _STUBS:
            getattr(module, f"add_{name}Servicer_to_server")(services, server)

    running = await service_server(ACCESS, register)
    channel = running.channel("operator", "worker")
    return Neighbours(*(getattr(module, f"{name}Stub")(channel) for module, name in _STUBS))


async def do(activity: Any, command: Any) -> Any:
    return await ActivityEnvironment().run(activity, command)


def step() -> m.Step:
    return m.Step(REFERENCE, str(uuid.uuid4()))


async def test_a_booking_is_made_in_the_shippers_name(neighbours, services) -> None:
    command = m.PlaceBooking(REFERENCE, "seller", '{"incotermsRule": "CIP"}', "unused")
    request = str(uuid.uuid4())

    await do(
        BookingActivities(neighbours.bookings).create,
        m.CreateBooking(command, NOON, request),
    )

    ((who, sent),) = services.of("CreateBooking")
    assert who == "seller"
    assert (sent.request.incoterms_rule, sent.request_id) == ("CIP", request)


@pytest.mark.parametrize(("accepted", "rpc"), [(True, "AcceptLeg"), (False, "DeclineLeg")])
async def test_a_leg_is_answered_in_its_carriers_name(
    neighbours,
    services,
    accepted: bool,  # noqa: FBT001 - a case of the table
    rpc: str,
) -> None:
    command = m.AnswerLeg(
        REFERENCE, 1, "haulier-chongqing", accepted, "CBR-1", "", str(uuid.uuid4())
    )

    answer = await do(BookingActivities(neighbours.bookings).answer_leg, command)

    ((who, sent),) = services.of(rpc)
    assert who == "haulier-chongqing"
    assert sent.request_id == command.request_id
    assert answer.state == ("ACCEPTED" if accepted else "DECLINED")


async def test_a_rules_refusal_is_final_and_keeps_reason_kind_and_metadata(
    neighbours, services
) -> None:
    services.refusals["CreateBooking"] = WrongState("BOOKING_HELD", "It is held.", hit="L1")

    with pytest.raises(ApplicationError) as failed:
        await do(
            BookingActivities(neighbours.bookings).create,
            m.CreateBooking(
                m.PlaceBooking(REFERENCE, "seller", "{}", ""), NOON, str(uuid.uuid4())
            ),
        )

    assert failed.value.non_retryable
    assert (failed.value.type, failed.value.message) == ("BOOKING_HELD", "It is held.")
    assert failed.value.details[0] == {"kind": "WrongState", "metadata": {"hit": "L1"}}


@pytest.mark.parametrize(
    "passing", [Unavailable("AWAY", "Away."), LostRace("CONCURRENT_CHANGE", "Again.")]
)
async def test_what_may_turn_out_otherwise_is_tried_again(
    neighbours, services, passing: DomainError
) -> None:
    services.refusals["CreateBooking"] = passing

    with pytest.raises(grpc.aio.AioRpcError):
        await do(
            BookingActivities(neighbours.bookings).create,
            m.CreateBooking(
                m.PlaceBooking(REFERENCE, "seller", "{}", ""), NOON, str(uuid.uuid4())
            ),
        )


async def test_one_offer_is_made_of_quote_and_rating(neighbours, services) -> None:
    offers = OfferActivities(neighbours.bookings, neighbours.settlement, neighbours.insurance)

    answer = await do(offers.make, step())

    ((_, quoted),) = services.of("QuoteCover")
    ((_, rated),) = services.of("RateBooking")
    ((_, offered),) = services.of("RecordOffer")
    assert (quoted.assured_organisation, list(quoted.hs_codes)) == ("seller", ["870323"])
    assert (rated.premium.amount, rated.containers) == (7, 2)
    assert rated.legs[0].mode_of_transport == "TRUCK"
    assert (offered.offer.rating_reference, offered.offer.quote_reference) == ("R-1", "Q-1")
    assert answer.total == m.Amount(900, USD)
    assert answer.premium == m.Amount(7, USD)


async def test_a_look_at_a_booking_counts_open_hits_and_containers(neighbours) -> None:
    facts = await do(BookingActivities(neighbours.bookings).look, REFERENCE)

    assert (facts.state, facts.open_hits, facts.containers) == ("RECEIVED", 1, 2)
    assert facts.legs[0] == m.LegFacts(1, "TRUCK", "haulier-chongqing", "DECLINED", "no truck")


async def test_a_look_at_a_journey_tells_what_happened_and_not_what_is_planned(
    neighbours,
) -> None:
    facts = await do(TrackingActivities(neighbours.tracking, neighbours.bookings).look, REFERENCE)

    assert [reached.milestone_code for reached in facts.reached] == ["TAKEN_IN_CHARGE"]
    assert [breach.breach_code for breach in facts.breaches] == ["SEAL_BREACH"]
    assert (facts.next_expected, facts.next_expected_leg) == ("LOADED_ON_BOARD", 3)


async def test_seals_are_declared_by_the_shipper_and_told_to_tracking(
    neighbours, services
) -> None:
    documents = DocumentsActivities(
        neighbours.documents,
        neighbours.bookings,
        neighbours.tracking,
        neighbours.insurance,
        neighbours.ledger,
        Directory(neighbours.ledger, read_destinations()),
    )
    equipment = {
        "bookingReference": REFERENCE,
        "equipmentReference": BOX,
        "seals": [{"sealNumber": "CN1234567", "sealSource": "SHIPPER"}],
    }
    paper = json.dumps({"equipment": equipment})

    await do(documents.put_equipment, m.PutPaper(REFERENCE, "seller", paper, str(uuid.uuid4())))

    ((who, _),) = services.of("PutEquipment")
    ((_, assigned),) = services.of("AssignEquipment")
    assert who == "seller"
    assert (assigned.equipment_reference, list(assigned.seal_numbers)) == (BOX, ["CN1234567"])


async def test_a_bill_is_judged_then_signed_then_submitted(neighbours, services) -> None:
    command = m.PerformAct(REFERENCE, 0, 0, str(uuid.uuid4()))

    outcome = await do(ActActivities(neighbours).issue_bill, command)

    ((_, checked),) = services.of("CheckIssue")
    ((_, signed),) = services.of("SignAct")
    assert outcome == m.ActOutcome("ff" * 32)
    assert checked.is_freight_settled
    assert not checked.is_screening_clear
    assert checked.taking_in_charge[0].seal_numbers == ["CN1234567"]
    assert (signed.sequence, signed.judgement_reference) == (1, "J-1")
    assert signed.judgement == "signed by documents"
    assert signed.previous_act_hash == ""


async def test_a_second_attempt_at_an_act_repeats_every_request(neighbours, services) -> None:
    command = m.PerformAct(REFERENCE, 3, 0, str(uuid.uuid4()))
    acts = ActActivities(neighbours)

    await do(acts.note_on_board, command)
    await do(acts.note_on_board, command)

    for rpc in ("CheckOnBoard", "SignAct", "SubmitAct"):
        first, second = services.of(rpc)
        assert first == second


async def test_a_moved_head_is_another_signature(neighbours, services) -> None:
    acts = ActActivities(neighbours)
    services.refusals["SubmitAct"] = LostRace("WRONG_PREVIOUS_HASH", "Another was first.")
    lost = await do(acts.note_on_board, m.PerformAct(REFERENCE, 3, 0, str(uuid.uuid4())))
    services.refusals.clear()
    services.head = ("bb" * 32, 5)

    won = await do(acts.note_on_board, m.PerformAct(REFERENCE, 3, 1, str(uuid.uuid4())))

    (_, first), (_, second) = services.of("SignAct")
    assert lost.is_race_lost
    assert won == m.ActOutcome("ff" * 32)
    assert (first.sequence, second.sequence) == (5, 6)
    assert first.request_id != second.request_id


async def test_an_act_that_reached_the_ledger_before_is_done(neighbours, services) -> None:
    services.refusals["SubmitAct"] = WrongState("ALREADY_NOTED", "It is noted already.")

    outcome = await do(
        ActActivities(neighbours).note_on_board,
        m.PerformAct(REFERENCE, 3, 1, str(uuid.uuid4())),
    )

    assert outcome == m.ActOutcome("22" * 32)


async def test_a_bill_that_may_not_be_issued_is_a_final_refusal_and_is_not_signed(
    neighbours, services
) -> None:
    services.refusals["CheckIssue"] = WrongState("RECEIPT_MISSING", "The receipt is missing.")

    with pytest.raises(ApplicationError) as failed:
        await do(
            ActActivities(neighbours).issue_bill,
            m.PerformAct(REFERENCE, 0, 0, str(uuid.uuid4())),
        )

    assert failed.value.type == "RECEIPT_MISSING"
    assert not services.of("SignAct")


async def test_a_bill_that_is_not_there_yet_is_no_fault(neighbours, services) -> None:
    services.refusals["GetBill"] = NotFound("BILL_UNKNOWN", "There is no such bill.")

    assert await do(ActActivities(neighbours).look, REFERENCE) == m.BillFacts()


async def test_a_look_at_a_bill_names_what_its_gates_wait_for(neighbours) -> None:
    facts = await do(ActActivities(neighbours).look, REFERENCE)

    assert facts.waits == [m.GateWait("CUSTOMS", "PCUSTOMS")]
