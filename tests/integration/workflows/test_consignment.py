"""The consignment's workflow on a real Temporal server, every way it can go."""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowHandle

from foundation.kernel.errors import DomainError, InvalidValue, WrongState
from tests.replay.histories import save_history
from tests.support.consignments import BOX, CARRIERS, NOON, World, refuse
from tests.support.waiting import until
from workflows import messages as m
from workflows.client import Consignments
from workflows.messages import Deadlines, Do
from workflows.worker import make_worker

SHIPPER = "seller"


@dataclass
class Played:
    """One consignment under way."""

    world: World
    consignments: Consignments
    reference: str
    handle: WorkflowHandle
    positions: int = 0

    async def place(self, request_id: str | None = None) -> m.BookingAnswer:
        return await self.consignments.place_booking(
            m.PlaceBooking(self.reference, SHIPPER, "{}", request_id or str(uuid.uuid4()))
        )

    async def nudge(self, stream: str) -> None:
        self.positions += 1
        await self.consignments.nudge(self.reference, stream, self.positions)

    async def answer(self, leg: int, *, accepted: bool = True, why: str = "") -> None:
        await self.consignments.answer_leg(
            m.AnswerLeg(
                self.reference,
                leg,
                CARRIERS[leg][1],
                accepted,
                f"CBR-{leg}" if accepted else "",
                why,
                str(uuid.uuid4()),
            )
        )

    async def accept_all(self) -> None:
        for leg in CARRIERS:
            await self.answer(leg)

    async def paper(self, update: str) -> None:
        await getattr(self.consignments, update)(
            m.PutPaper(self.reference, SHIPPER, "{}", str(uuid.uuid4()))
        )

    async def pay(self) -> None:
        await self.consignments.pay_invoice(
            m.PayInvoice(
                self.reference, "INV-1", SHIPPER, "SANDBOX", "seller-1", str(uuid.uuid4())
            )
        )

    async def has_done(self, do: Do, times: int = 1) -> None:
        async def done() -> bool:
            return self.world.names().count(do) >= times

        await until(done, seconds=60)

    async def waits_for(self, what: str) -> m.WaitingFor:
        seen: list[m.WaitingFor | None] = [None]

        async def waits() -> bool:
            seen[0] = await self.consignments.waiting_for(self.reference)
            return seen[0] is not None and seen[0].what == what

        await until(waits, seconds=60)
        assert seen[0] is not None
        return seen[0]

    async def until_confirmed(self) -> None:
        await self.place()
        await self.accept_all()
        await self.waits_for("EQUIPMENT")

    async def until_issued(self) -> None:
        await self.until_confirmed()
        await self.paper("put_equipment")
        self.world.reach("TAKEN_IN_CHARGE", 1)
        await self.nudge("tracking")
        await self.waits_for("APPROVAL")
        await self.paper("approve_draft")
        await self.pay()
        await self.has_done(Do.RECORD_ISSUED)

    async def result(self) -> m.ConsignmentResult:
        answer: m.ConsignmentResult = await self.handle.result()
        return answer


@pytest.fixture
async def play(temporal: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch, request):
    """Starts a worker on a world of fakes; keeps the history of the way that was played."""
    monkeypatch.setattr("workflows.client.TASK_QUEUE", task_queue)
    started: list[Played] = []
    workers = []

    async def start(world: World, **deadlines: int) -> Played:
        worker = make_worker(temporal, world.activities(), task_queue)
        await worker.__aenter__()
        workers.append(worker)
        reference = f"OBB{uuid.uuid4().hex[:10].upper()}"
        handle = temporal.get_workflow_handle(
            m.workflow_id(reference), result_type=m.ConsignmentResult
        )
        played = Played(world, Consignments(temporal, Deadlines(**deadlines)), reference, handle)
        started.append(played)
        return played

    yield start
    for played in started:
        await save_history(played.handle, request.node.name)
    for worker in workers:
        await worker.__aexit__(None, None, None)


async def test_a_consignment_goes_from_booking_to_close(play) -> None:
    game = await play(World())
    await game.until_issued()
    world = game.world
    world.reach("LEG_STARTED", 2)
    world.reach("LOADED_ON_BOARD", 3)
    await game.nudge("tracking")
    await game.has_done(Do.NOTE_ON_BOARD)
    world.bill = replace(world.bill, state="ACCOMPLISHED")
    world.reach("DELIVERED", 4)
    world.reach("EMPTY_RETURNED", 0)
    await game.nudge("ledger-operator")
    await game.nudge("tracking")

    result = await game.result()

    assert (result.state, result.reason) == ("COMPLETED", "")
    assert world.names() == [
        Do.CREATE_BOOKING,
        Do.MAKE_OFFER,
        Do.REQUEST_LEGS,
        *[Do.ANSWER_LEG] * 4,
        Do.DECLARE,
        Do.AGREE_BUY_RATES,
        Do.PLAN_LEG_DOCUMENTS,
        Do.RESERVE_TRANSPORT_DOCUMENT,
        Do.PLAN_JOURNEY,
        Do.CONFIRM_BOOKING,
        Do.ISSUE_INVOICE,
        Do.CREATE_DRAFT,
        Do.PUT_EQUIPMENT,
        Do.ISSUE_CERTIFICATE,
        Do.CREATE_DRAFT,
        Do.APPROVE_DRAFT,
        Do.PAY_INVOICE,
        Do.ISSUE_BILL,
        Do.RECORD_ISSUED,
        Do.PAY_CARRIER,
        Do.PAY_CARRIER,
        Do.NOTE_ON_BOARD,
        Do.START_NOTICE_CLOCKS,
        Do.CLOSE_SETTLEMENT,
        Do.COMPLETE_BOOKING,
    ]
    assert [pay.leg_sequence for pay in world.commands(Do.PAY_CARRIER)] == [2, 3]
    delivered = world.journey.reached[-2].at
    assert world.commands(Do.START_NOTICE_CLOCKS)[0].delivered_at == delivered


async def test_a_step_that_is_done_again_after_a_lost_task_asks_for_the_same(play) -> None:
    looks = {do for do in Do if do.endswith(".look")} - {Do.LOOK_AT_AMENDMENT}
    world = World(torn={Do.MAKE_OFFER, *looks})
    game = await play(world)

    await game.until_issued()
    world.bill = replace(world.bill, state="ACCOMPLISHED")
    world.reach("DELIVERED", 4)
    world.reach("EMPTY_RETURNED", 0)
    await game.nudge("ledger-operator")
    await game.nudge("tracking")

    assert (await game.result()).state == "COMPLETED"
    assert not world.torn, "every one of these answers was unreadable once"
    assert world.names().count(Do.CREATE_BOOKING) > 1, "a lost task does its steps again"
    asked: dict[str, list[object]] = {}
    for name, command in world.calls:
        if hasattr(command, "request_id"):
            asked.setdefault(f"{name} {command.request_id}", []).append(command)
    assert [bodies for bodies in asked.values() if any(body != bodies[0] for body in bodies)] == []


async def test_a_note_that_comes_after_the_bill_has_ended_holds_nothing_up(play) -> None:
    game = await play(World())
    await game.until_issued()
    world = game.world
    world.refusals[Do.NOTE_ON_BOARD] = refuse("BILL_CLOSED", "The bill is ACCOMPLISHED.")
    world.reach("LOADED_ON_BOARD", 3)
    world.bill = replace(world.bill, state="ACCOMPLISHED")
    world.reach("DELIVERED", 4)
    world.reach("EMPTY_RETURNED", 0)
    await game.nudge("ledger-operator")
    await game.nudge("tracking")

    assert (await game.result()).state == "COMPLETED"


async def test_every_long_step_is_another_workers_soon_after_its_own_died(play) -> None:
    game = await play(World())
    await game.until_issued()

    long_steps = [
        event.activity_task_scheduled_event_attributes
        for event in (await game.handle.fetch_history()).events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]

    assert Do.ISSUE_BILL in {step.activity_type.name for step in long_steps}
    for step in long_steps:
        assert timedelta() < step.heartbeat_timeout.ToTimedelta() <= timedelta(seconds=30)


async def test_the_shipper_is_answered_before_any_carrier(play) -> None:
    game = await play(World())

    answer = await game.place()

    assert answer.state == "RECEIVED"
    assert answer.total == m.Amount(412_500, "USD")
    assert (await game.waits_for("CARRIERS")).on_whom.startswith("haulier-chongqing")


async def test_a_refused_first_request_closes_the_workflow_and_asks_no_carrier(play) -> None:
    world = World()
    world.refusals[Do.CREATE_BOOKING] = refuse(
        "PLACE_UNKNOWN", "There is no place CNXXX.", "InvalidValue"
    )
    game = await play(world)

    with pytest.raises(InvalidValue) as refused:
        await game.place()

    assert refused.value.reason == "PLACE_UNKNOWN"
    assert refused.value.message == "There is no place CNXXX."
    assert world.names() == [Do.CREATE_BOOKING]

    async def is_closed() -> bool:
        return (await game.handle.describe()).status.name == "FAILED"

    await until(is_closed)


async def test_an_offer_that_cannot_be_made_rejects_the_booking(play) -> None:
    world = World()
    world.refusals[Do.MAKE_OFFER] = refuse("TARIFF_MISSING", "There is no tariff for rail.")
    game = await play(world)

    with pytest.raises(WrongState, match="no tariff"):
        await game.place()

    assert world.names() == [Do.CREATE_BOOKING, Do.MAKE_OFFER, Do.REJECT_BOOKING]


async def test_a_booking_sent_again_under_the_same_request_is_one_booking(play) -> None:
    game = await play(World())
    request = str(uuid.uuid4())

    first = await game.place(request)
    again = await game.place(request)

    assert again == first
    assert game.world.names().count(Do.CREATE_BOOKING) == 1


async def test_a_carrier_that_declines_the_last_leg_undoes_everything(play) -> None:
    game = await play(World())
    await game.place()
    for leg in (1, 2, 3):
        await game.answer(leg)

    await game.answer(4, accepted=False, why="no truck")
    result = await game.result()

    assert result == m.ConsignmentResult(
        game.reference, "REJECTED", "haulier-singapore declined leg 4: no truck"
    )
    assert game.world.names()[-1] == Do.REJECT_BOOKING
    assert Do.DECLARE not in game.world.names()


async def test_a_missed_deadline_names_the_carriers_that_were_silent(play) -> None:
    game = await play(World(), acceptance_seconds=1)
    await game.place()
    await game.answer(1)

    result = await game.result()

    assert result.state == "REJECTED"
    assert "rail-chongqing (leg 2)" in result.reason
    assert "haulier-chongqing" not in result.reason


async def test_a_screening_hit_sends_nothing_to_a_carrier_until_it_is_lifted(play) -> None:
    world = World()
    world.booking = replace(world.booking, open_hits=1)
    game = await play(world)
    await game.place()
    await game.waits_for("SCREENING")
    before = list(world.names())

    await game.consignments.lift_screening_hit(
        m.LiftScreeningHit(game.reference, "LIST-7", "desk-1", "namesake", str(uuid.uuid4()))
    )
    await game.has_done(Do.REQUEST_LEGS)

    assert Do.REQUEST_LEGS not in before


async def test_an_amended_booking_is_priced_anew_before_any_carrier_is_asked(play) -> None:
    world = World()
    world.booking = replace(world.booking, open_hits=1)
    game = await play(world)
    await game.place()
    await game.waits_for("SCREENING")

    answer = await game.consignments.amend_booking(
        m.AmendBooking(game.reference, "seller", "{}", 3, str(uuid.uuid4()))
    )
    await game.has_done(Do.REQUEST_LEGS)

    assert answer.total == m.Amount(412_500, "USD")
    steps = [name for name in world.names() if not name.endswith(".look")]
    assert steps[2:5] == [Do.AMEND_BOOKING, Do.MAKE_OFFER, Do.REQUEST_LEGS]
    first, second = world.commands(Do.MAKE_OFFER)
    assert first.request_id != second.request_id


async def test_an_amendment_that_cannot_be_priced_asks_no_carrier_and_may_be_made_again(
    play,
) -> None:
    world = World()
    world.booking = replace(world.booking, open_hits=1)
    game = await play(world)
    await game.place()
    world.refusals[Do.MAKE_OFFER] = refuse("TARIFF_NOT_FOUND", "There is no rate for this.")

    with pytest.raises(DomainError) as refused:
        await game.consignments.amend_booking(
            m.AmendBooking(game.reference, "seller", "{}", 3, str(uuid.uuid4()))
        )
    await game.waits_for("OFFER")
    before = list(world.names())
    del world.refusals[Do.MAKE_OFFER]
    await game.consignments.amend_booking(
        m.AmendBooking(game.reference, "seller", '{"a": 1}', 4, str(uuid.uuid4()))
    )
    await game.has_done(Do.REQUEST_LEGS)

    assert refused.value.reason == "TARIFF_NOT_FOUND"
    assert Do.REQUEST_LEGS not in before


async def test_a_refused_confirmation_is_undone_in_reverse(play) -> None:
    world = World()
    world.refusals[Do.ISSUE_INVOICE] = refuse("RATING_UNKNOWN", "There is no such rating.")
    game = await play(world)
    await game.place()
    await game.accept_all()

    result = await game.result()

    assert result.state == "DECLINED"
    assert world.names()[-5:] == [
        Do.CREDIT_INVOICE,
        Do.VOID_DRAFT,
        Do.RELEASE_BUY_RATES,
        Do.CANCEL_DECLARATION,
        Do.REJECT_BOOKING,
    ]


async def test_a_compensation_that_has_nothing_to_undo_does_not_stop_the_others(play) -> None:
    world = World()
    world.refusals[Do.ISSUE_INVOICE] = refuse("RATING_UNKNOWN", "There is no such rating.")
    world.refusals[Do.CREDIT_INVOICE] = refuse("INVOICE_NOT_FOUND", "None.", "NotFound")
    game = await play(world)
    await game.place()
    await game.accept_all()

    assert (await game.result()).state == "DECLINED"
    assert world.names()[-1] == Do.REJECT_BOOKING


async def test_the_shipper_may_cancel_until_the_goods_are_taken_in_charge(play) -> None:
    game = await play(World())
    await game.until_confirmed()

    answer = await game.consignments.cancel_booking(
        m.CancelBooking(game.reference, SHIPPER, "sold elsewhere", str(uuid.uuid4()))
    )
    result = await game.result()

    assert answer.state == "CANCELLED"
    assert result.state == "CANCELLED"
    assert Do.REJECT_BOOKING not in game.world.names()
    assert game.world.names()[-4:] == [
        Do.CREDIT_INVOICE,
        Do.VOID_DRAFT,
        Do.RELEASE_BUY_RATES,
        Do.CANCEL_DECLARATION,
    ]


async def test_the_shipper_may_not_cancel_goods_that_are_under_way(play) -> None:
    game = await play(World())
    await game.until_issued()

    with pytest.raises(WrongState) as refused:
        await game.consignments.cancel_booking(
            m.CancelBooking(game.reference, SHIPPER, "too late", str(uuid.uuid4()))
        )

    assert refused.value.reason == "GOODS_TAKEN_IN_CHARGE"
    assert Do.CANCEL_BOOKING not in game.world.names()


async def test_a_box_that_never_comes_gives_the_booking_up(play) -> None:
    game = await play(World(), custody_seconds=1)
    await game.place()
    await game.accept_all()

    result = await game.result()

    assert result.state == "DECLINED"
    assert result.reason == "The container was not handed over in time."


async def test_a_breach_opens_one_incident_and_does_not_stop_the_box(play) -> None:
    game = await play(World())
    await game.until_issued()
    world = game.world
    breach = m.BreachFacts("SEAL_BREACH", 3, "event-77", "The seal differs.", NOON)
    query = m.BreachFacts("SEAL_QUERY", 3, "event-78", "One character off.", NOON)
    world.journey = replace(world.journey, breaches=[breach, query])
    await game.nudge("tracking")
    await game.has_done(Do.OPEN_INCIDENT)

    world.reach("LOADED_ON_BOARD", 3)
    await game.nudge("tracking")
    await game.has_done(Do.NOTE_ON_BOARD)

    (incident,) = world.commands(Do.OPEN_INCIDENT)
    assert (incident.cause, incident.leg_sequence, incident.event_id) == (
        "SEAL_BREACH",
        3,
        "event-77",
    )


async def test_a_lost_race_is_signed_again_under_another_request(play) -> None:
    world = World()
    world.races[Do.NOTE_ON_BOARD] = 2
    game = await play(world)
    await game.until_issued()
    world.reach("LOADED_ON_BOARD", 3)
    await game.nudge("tracking")

    await game.has_done(Do.NOTE_ON_BOARD, times=3)

    requests = [act.request_id for act in world.commands(Do.NOTE_ON_BOARD)]
    assert len(set(requests)) == 3
    assert [act.revision for act in world.commands(Do.NOTE_ON_BOARD)] == [0, 1, 2]


async def test_what_the_desk_decides_is_signed_again_where_a_race_is_lost(play) -> None:
    world = World()
    world.races[Do.DESK_ACT] = 1
    game = await play(world)
    await game.until_issued()
    act = m.DeskAct(
        game.reference,
        "OBAAAAAAAAAAAAAAAA",
        "SWITCH_TO_PAPER",
        recipient="",
        terms="{}",
        details="{}",
        person="desk-1",
        request_id=str(uuid.uuid4()),
    )

    outcome = await game.consignments.desk_act(act)
    again = await game.consignments.desk_act(act)

    assert outcome == again == m.ActOutcome("cc" * 32)
    first, second = world.commands(Do.DESK_ACT)
    assert (first.revision, second.revision) == (0, 1)
    assert first.request_id != second.request_id


async def test_a_bill_that_may_not_be_issued_yet_is_tried_again_with_the_next_news(play) -> None:
    world = World()
    world.refusals[Do.ISSUE_BILL] = refuse("RECEIPT_MISSING", "The receipt is missing.")
    game = await play(world)
    await game.until_confirmed()
    await game.paper("put_equipment")
    world.reach("TAKEN_IN_CHARGE", 1)
    await game.nudge("tracking")
    await game.waits_for("APPROVAL")
    await game.paper("approve_draft")
    await game.pay()
    waiting = await game.waits_for("PAPERS")
    del world.refusals[Do.ISSUE_BILL]

    await game.paper("submit_receipt")
    await game.has_done(Do.RECORD_ISSUED)

    assert waiting.sentence == "Waiting: The receipt is missing."


async def test_a_neighbour_that_is_away_is_asked_again_under_the_same_request(play) -> None:
    world = World()
    world.faults[Do.MAKE_OFFER] = 2
    game = await play(world)

    await game.place()

    requests = {step.request_id for step in world.commands(Do.MAKE_OFFER)}
    assert len(world.commands(Do.MAKE_OFFER)) == 3
    assert len(requests) == 1


async def test_a_nudge_that_comes_twice_or_late_changes_nothing(play) -> None:
    game = await play(World())
    await game.until_issued()
    game.world.reach("LOADED_ON_BOARD", 3)
    await game.consignments.nudge(game.reference, "tracking", 50)
    await game.has_done(Do.NOTE_ON_BOARD)
    for position in (50, 3, 50):
        await game.consignments.nudge(game.reference, "tracking", position)
    await game.consignments.nudge(game.reference, "documents", 51)
    game.world.bill = replace(game.world.bill, state="ACCOMPLISHED")
    game.world.reach("EMPTY_RETURNED", 0)
    await game.nudge("ledger-operator")
    await game.consignments.nudge(game.reference, "tracking", 60)

    await game.result()

    assert game.world.names().count(Do.NOTE_ON_BOARD) == 1


async def test_a_long_history_begins_again_where_it_was(play, temporal: Client) -> None:
    world = World()
    game = await play(world)
    game.consignments = replace(game.consignments, history_events_max=60)
    await game.until_issued()
    for leg, code in ((2, "LEG_STARTED"), (3, "LOADED_ON_BOARD")):
        world.reach(code, leg)
        await game.nudge("tracking")
    await game.has_done(Do.NOTE_ON_BOARD)
    world.bill = replace(world.bill, state="ACCOMPLISHED")
    world.reach("EMPTY_RETURNED", 0)
    await game.nudge("ledger-operator")
    await game.nudge("tracking")

    result = await game.result()

    runs = [run async for run in temporal.list_workflows(f"WorkflowId='{game.handle.id}'")]
    assert result.state == "COMPLETED"
    assert len(runs) > 1
    assert world.names().count(Do.ISSUE_BILL) == 1
    assert world.names().count(Do.PAY_CARRIER) == 2


async def test_nobody_there_to_hear_a_nudge_is_no_fault(play) -> None:
    game = await play(World())

    await game.consignments.nudge("OBB0000000000", "booking", 1)


async def test_a_closed_consignment_takes_no_more_commands(play) -> None:
    game = await play(World())
    await game.place()
    await game.answer(1, accepted=False, why="no")
    await game.result()

    with pytest.raises(WrongState) as refused:
        await game.answer(2)

    assert refused.value.reason == "CONSIGNMENT_CLOSED"


def test_the_story_of_these_tests_uses_the_box_of_the_story() -> None:
    assert BOX == "NARU3472484"
    assert NOON.utcoffset() == timedelta(0)


async def test_a_payment_that_hangs_does_not_hold_up_the_note_on_board(play) -> None:
    world = World()
    world.faults[Do.PAY_CARRIER] = 1_000
    game = await play(world)
    await game.until_issued()
    world.reach("LEG_STARTED", 2)
    await game.nudge("tracking")
    await game.has_done(Do.PAY_CARRIER)
    world.reach("LOADED_ON_BOARD", 3)
    await game.nudge("tracking")

    await game.has_done(Do.NOTE_ON_BOARD)

    assert world.faults[Do.PAY_CARRIER] > 0


async def test_a_consignment_is_not_closed_before_its_carriers_are_paid(play) -> None:
    world = World()
    world.refusals[Do.PAY_CARRIER] = refuse("PAYABLE_UNKNOWN", "There is no such payable.")
    game = await play(world)
    await game.until_issued()
    world.reach("LEG_STARTED", 2)
    world.bill = replace(world.bill, state="ACCOMPLISHED")
    world.reach("EMPTY_RETURNED", 0)
    await game.nudge("ledger-operator")
    await game.nudge("tracking")
    waiting = await game.waits_for("DESK")
    before = list(world.names())
    del world.refusals[Do.PAY_CARRIER]
    await game.nudge("tracking")

    result = await game.result()

    assert waiting.sentence == "Waiting: There is no such payable."
    assert Do.CLOSE_SETTLEMENT not in before
    assert result.state == "COMPLETED"
