"""One consignment from booking to close. Facts are the services'; acts are the ledger's.

The workflow keeps which steps are done and how far each stream has been heard. Before the bill
is issued every step can be undone and is, when a carrier declines, a deadline passes or the
shipper cancels. After it there are only forward steps and acts of law, and none of the parties'
acts waits for this workflow.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.definitions import milestones, waiting
from workflows.definitions.process import GivenUp, Process
from workflows.definitions.reissue import Reissues
from workflows.messages import (
    WORKFLOW,
    ActOutcome,
    AmendBooking,
    AnswerLeg,
    BillFacts,
    BookingAnswer,
    BookingFacts,
    CancelBooking,
    ConsignmentInput,
    ConsignmentResult,
    CreateBooking,
    CreateDraft,
    DeskAct,
    Do,
    JourneyFacts,
    LegAnswer,
    LegStep,
    LiftScreeningHit,
    OpenIncident,
    PaperAnswer,
    PayInvoice,
    PerformAct,
    PerformDeskAct,
    PlaceBooking,
    PrepareAmendment,
    PutPaper,
    RecordIssued,
    StartNoticeClocks,
    Step,
    StepWithReason,
    Stream,
    WaitingFor,
)

# What is done when every carrier has accepted, in this order.
_CONFIRMATION: Final = (
    Do.DECLARE,
    Do.AGREE_BUY_RATES,
    Do.PLAN_LEG_DOCUMENTS,
    Do.RESERVE_TRANSPORT_DOCUMENT,
    Do.PLAN_JOURNEY,
    Do.CONFIRM_BOOKING,
    Do.ISSUE_INVOICE,
)
_FIRST_DRAFT: Final = "first draft"
_FINAL_DRAFT: Final = "final draft"
_TAKEN_IN_CHARGE: Final = "taken in charge"
_COMPLETED: Final = "COMPLETED"
_BILL_CLOSED: Final = "BILL_CLOSED"
_LAST_WORD: Final = timedelta(milliseconds=1)
# Parties act on a bill a few times a day; who loses this often is looked at by the desk.
_SIGNED_AGAIN_MAX: Final = 20

Answer = TypeVar("Answer")


@workflow.defn(name=WORKFLOW)
class ConsignmentWorkflow:
    """Waits for `place_booking`, then carries the consignment to its end."""

    @workflow.init
    def __init__(self, order: ConsignmentInput) -> None:
        self._deadlines = order.deadlines
        self._process = Process(order)
        self._reissues = Reissues(self._process, _SIGNED_AGAIN_MAX)
        self._first_refusal: ApplicationError | None = None
        self._waiting: Callable[[], WaitingFor] = waiting.first_answer
        # Commands that could meet each other halfway follow one another.
        self._lock = asyncio.Lock()

    @workflow.run
    async def run(self, order: ConsignmentInput) -> ConsignmentResult:
        """Carry the consignment to its end and answer how it ended."""
        await workflow.wait_condition(
            lambda: self._first_refusal is not None or self._process.is_done(Do.MAKE_OFFER)
        )
        if self._first_refusal is not None:
            # A booking that was never taken leaves no process behind.
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise self._first_refusal
        try:
            await self._until_confirmed()
            await self._until_issued()
        except GivenUp as end:
            return await asyncio.shield(self._give_up(end.reason))
        except asyncio.CancelledError:
            if not self._process.is_done(Do.ISSUE_BILL):
                await asyncio.shield(self._give_up("The operator stopped the consignment."))
            raise
        await self._until_closed()
        return await self._end(_COMPLETED, "")

    # --- phases ---------------------------------------------------------------------------------

    async def _until_confirmed(self) -> None:
        process = self._process
        if process.is_done(_FIRST_DRAFT):
            return
        while not await self._asked_carriers():
            await process.news_of(Stream.BOOKING)
        process.expect_news(Stream.BOOKING)
        booking = await process.booking()
        while not all(leg.state == "ACCEPTED" for leg in booking.legs):
            self._refuse_ended(booking)
            self._waiting = partial(waiting.acceptance, booking)
            if not await process.news_of(Stream.BOOKING, until=booking.acceptance_deadline):
                silent = [leg for leg in booking.legs if leg.state == "REQUESTED"]
                raise GivenUp(
                    "No answer in time from "
                    + ", ".join(
                        f"{leg.carrier_organisation} (leg {leg.leg_sequence})" for leg in silent
                    )
                    + "."
                )
            booking = await process.booking()
        self._waiting = waiting.confirmation
        for step in _CONFIRMATION:
            await process.binding(step, self._step(step))
        process.custody_until = workflow.now() + timedelta(seconds=self._deadlines.custody_seconds)
        await process.forward(
            _FIRST_DRAFT,
            Do.CREATE_DRAFT,
            CreateDraft(
                process.booking_reference,
                is_final=False,
                request_id=process.request_id(_FIRST_DRAFT),
            ),
        )
        # A draft that is refused now is made again with the certificate in it.
        process.mark(_FIRST_DRAFT)
        process.refused.clear()
        process.expect_news(*Stream)

    async def _until_issued(self) -> None:
        process = self._process
        while not process.is_done(Do.ISSUE_BILL):
            booking, journey = await process.booking(), await process.journey()
            self._follow(booking, journey)
            streams = [Stream.TRACKING, Stream.DOCUMENTS, Stream.SETTLEMENT]
            if not milestones.have_all_reached(journey, booking, milestones.TAKEN_IN_CHARGE):
                self._waiting = partial(waiting.custody, booking, journey, process.custody_until)
                if not await process.news_of(*streams, until=process.custody_until):
                    raise GivenUp("The container was not handed over in time.")
                continue
            process.mark(_TAKEN_IN_CHARGE)
            await self._prepare_bill()
            papers, invoice = await process.papers(), await process.invoice()
            if papers.state == "APPROVED" and invoice.is_settled:
                self._waiting = partial(
                    waiting.issue, papers, invoice, booking.shipper_organisation, {}
                )
                if await self._issue():
                    break
            self._waiting = partial(
                waiting.issue, papers, invoice, booking.shipper_organisation, process.refused
            )
            await process.news_of(*streams)

    async def _until_closed(self) -> None:
        process = self._process
        while True:
            bill = await process.bill()
            is_over = bill.state == "ACCOMPLISHED"
            if is_over and not process.is_done(Do.START_NOTICE_CLOCKS):
                # The ledger may tell of the delivery before tracking's stream tells of the rest.
                process.expect_news(Stream.TRACKING)
            booking, journey = await process.booking(), await process.journey()
            self._follow(booking, journey)
            self._note_on_board(booking, journey)
            self._reissues.carry_on()
            if is_over and await self._settle(booking, journey):
                return
            self._waiting = partial(self._wait_of_carriage, booking, journey, bill)
            streams = [Stream.TRACKING, Stream.DOCUMENTS, Stream.LEDGER]
            # A change of destination is paid before the new bill is issued.
            await process.news_of(*streams, *([Stream.SETTLEMENT] if self._reissues.open else []))

    def _wait_of_carriage(
        self, booking: BookingFacts, journey: JourneyFacts, bill: BillFacts
    ) -> WaitingFor:
        refused = self._process.refused
        amendment = self._reissues.facts()
        if amendment is not None:
            return waiting.amendment(amendment, refused)
        return waiting.carriage(booking, journey, bill, refused)

    # --- steps of the phases --------------------------------------------------------------------

    async def _asked_carriers(self) -> bool:
        """Ask the carriers, unless the booking is held or its goods are being changed."""
        process = self._process
        async with self._lock:
            booking = await process.booking()
            self._refuse_ended(booking)
            if not booking.open_hits and booking.has_offer:
                await process.binding(Do.REQUEST_LEGS, self._step(Do.REQUEST_LEGS))
                return True
            self._waiting = (
                partial(waiting.desk, booking.open_hits)
                if booking.open_hits
                else partial(waiting.offer, booking.shipper_organisation)
            )
            return False

    def _follow(self, booking: BookingFacts, journey: JourneyFacts) -> None:
        """Open incidents and pay carriers as the journey goes; neither stops the box."""
        process = self._process
        for breach in milestones.incidents(journey):
            key = f"{Do.OPEN_INCIDENT}/{breach.event_id}"
            incident = OpenIncident(
                process.booking_reference,
                breach.breach_code,
                breach.leg_sequence,
                breach.event_id,
                breach.explanation,
                breach.at,
                process.request_id(key),
            )
            process.beside(key, partial(process.forward, key, Do.OPEN_INCIDENT, incident))
        for leg, shown in milestones.to_be_paid(journey, booking):
            key = f"{Do.PAY_CARRIER}/{leg.leg_sequence}"
            payment = LegStep(
                process.booking_reference,
                leg.leg_sequence,
                shown.event_id,
                process.request_id(key),
            )
            process.beside(
                key, partial(process.forward, key, Do.PAY_CARRIER, payment, is_slow=True)
            )

    async def _prepare_bill(self) -> None:
        """The goods are ours to answer for: the certificate first, for the draft names it."""
        process = self._process
        if await process.forward(
            Do.ISSUE_CERTIFICATE, Do.ISSUE_CERTIFICATE, self._step(Do.ISSUE_CERTIFICATE)
        ) and not process.is_done(_FINAL_DRAFT):
            await process.forward(
                _FINAL_DRAFT,
                Do.CREATE_DRAFT,
                CreateDraft(
                    process.booking_reference,
                    is_final=True,
                    request_id=process.request_id(_FINAL_DRAFT),
                ),
            )
            process.expect_news(Stream.DOCUMENTS)

    async def _issue(self) -> bool:
        """The pivot. Answer whether the ledger has the bill."""
        process = self._process
        outcome = await self._perform(Do.ISSUE_BILL, Do.ISSUE_BILL)
        if outcome is None:
            return False
        process.saga.forget()
        process.mark(Do.ISSUE_BILL)
        await process.forward(
            Do.RECORD_ISSUED,
            Do.RECORD_ISSUED,
            RecordIssued(
                process.booking_reference, outcome.act_hash, process.request_id(Do.RECORD_ISSUED)
            ),
        )
        process.expect_news(Stream.LEDGER)
        return True

    def _note_on_board(self, booking: BookingFacts, journey: JourneyFacts) -> None:
        process = self._process
        if self._reissues.open:
            return
        # A bill in another's place is noted anew: its chain is its own.
        again = f"/{self._reissues.count}" if self._reissues.count else ""
        for leg_sequence in milestones.sea_legs_on_board(journey, booking):
            key = f"{Do.NOTE_ON_BOARD}/{leg_sequence}{again}"
            process.beside(key, partial(self._note, key, leg_sequence))

    async def _note(self, key: str, leg_sequence: int) -> bool:
        if await self._perform(key, Do.NOTE_ON_BOARD, leg_sequence) is not None:
            self._process.mark(key)
        return self._process.is_done(key)

    async def _perform(self, key: str, act: Do, leg_sequence: int = 0) -> ActOutcome | None:
        """Perform an act of the operator; sign again with the new head when a race is lost."""
        process = self._process
        for revision in range(_SIGNED_AGAIN_MAX):
            command = PerformAct(
                process.booking_reference,
                leg_sequence,
                revision,
                process.request_id(act, str(leg_sequence), revision),
            )
            try:
                outcome = await process.slow(act, command, ActOutcome)
            except ApplicationError as refused:
                if act is Do.NOTE_ON_BOARD and refused.type == _BILL_CLOSED:
                    # The box was faster than our paperwork. An ended bill takes no note, and
                    # waiting for one would keep the consignment open for ever.
                    process.refused.pop(key, None)
                    process.mark(key)
                else:
                    process.refuse(key, refused)
                return None
            if not outcome.is_race_lost:
                process.refused.pop(key, None)
                return outcome
            await workflow.sleep(min(0.05 * (revision + 1), 1.0))
        process.refuse(
            key, ApplicationError("Others kept acting on the bill first.", type="RACE_LOST")
        )
        return None

    async def _settle(self, booking: BookingFacts, journey: JourneyFacts) -> bool:
        """After the delivery; answer whether the consignment is complete."""
        process = self._process
        await process.forward(
            Do.START_NOTICE_CLOCKS,
            Do.START_NOTICE_CLOCKS,
            StartNoticeClocks(
                process.booking_reference,
                milestones.delivered_at(journey, otherwise=workflow.now()),
                process.request_id(Do.START_NOTICE_CLOCKS),
            ),
        )
        # Nobody is paid twice: what is paid on its own terms is paid before the rest is netted.
        if process.is_at_rest:
            await process.forward(
                Do.CLOSE_SETTLEMENT,
                Do.CLOSE_SETTLEMENT,
                self._step(Do.CLOSE_SETTLEMENT),
                is_slow=True,
            )
        return (
            process.is_done(Do.CLOSE_SETTLEMENT)
            and process.is_at_rest
            and milestones.have_all_reached(journey, booking, milestones.EMPTY_RETURNED)
            and await process.forward(
                Do.COMPLETE_BOOKING, Do.COMPLETE_BOOKING, self._step(Do.COMPLETE_BOOKING)
            )
        )

    async def _give_up(self, reason: str) -> ConsignmentResult:
        """Undo everything in reverse, and say why."""
        process = self._process
        self._waiting = partial(waiting.ended, "being given up", reason)

        async def undo(compensation: Do) -> None:
            await process.short(
                compensation,
                StepWithReason(
                    process.booking_reference, reason[:250], process.request_id(compensation)
                ),
            )

        await process.saga.compensate(undo)
        process.expect_news(Stream.BOOKING)
        return await self._end((await process.booking()).state, reason)

    async def _end(self, state: str, reason: str) -> ConsignmentResult:
        self._waiting = partial(waiting.ended, state, reason)
        await workflow.wait_condition(workflow.all_handlers_finished)
        # The answer to the command that ended it goes out with a workflow task of its own: the
        # server throws the closing task away, answers in it too, when a nudge arrives meanwhile.
        await workflow.sleep(_LAST_WORD)
        return ConsignmentResult(self._process.booking_reference, state, reason)

    def _step(self, do: Do) -> Step:
        return Step(self._process.booking_reference, self._process.request_id(do))

    def _refuse_ended(self, booking: BookingFacts) -> None:
        for leg in booking.legs:
            if leg.state == "DECLINED":
                raise GivenUp(
                    f"{leg.carrier_organisation} declined leg {leg.leg_sequence}: "
                    f"{leg.state_reason}"
                )
        if booking.state not in {"RECEIVED", "CONFIRMED"}:
            raise GivenUp(booking.state_reason or f"The booking is {booking.state}.")

    # --- messages -------------------------------------------------------------------------------

    @workflow.update
    async def place_booking(self, command: PlaceBooking) -> BookingAnswer:
        """Record the booking and make the offer; the shipper waits for this."""
        process = self._process
        async with self._lock:
            # Never from now: a worker that dies before this task is recorded is followed by one
            # with another now, and the same request id would come with another deadline.
            received_at = command.received_at or workflow.info().workflow_start_time
            deadline = received_at + timedelta(seconds=self._deadlines.acceptance_seconds)
            process.saga.register(Do.CREATE_BOOKING)
            try:
                await process.short(
                    Do.CREATE_BOOKING,
                    CreateBooking(command, deadline, process.request_id(Do.CREATE_BOOKING)),
                )
            except ApplicationError as refused:
                process.saga.forget()
                self._first_refusal = refused
                raise
            try:
                answer = await process.short(
                    Do.MAKE_OFFER, self._step(Do.MAKE_OFFER), BookingAnswer
                )
            except ApplicationError as refused:
                await self._give_up_first(refused.message)
                self._first_refusal = refused
                raise
            process.mark(Do.MAKE_OFFER)
            return answer

    async def _give_up_first(self, reason: str) -> None:
        process = self._process
        step = StepWithReason(
            process.booking_reference, reason[:250], process.request_id(Do.REJECT_BOOKING)
        )
        await process.short(Do.REJECT_BOOKING, step)

    @workflow.update
    async def answer_leg(self, command: AnswerLeg) -> LegAnswer:
        """A carrier answers for its own leg."""
        return await self._command(Do.ANSWER_LEG, command, Stream.BOOKING, result=LegAnswer)

    @workflow.update
    async def lift_screening_hit(self, command: LiftScreeningHit) -> BookingAnswer:
        """A person of the operator lifts a hit that holds the booking."""
        return await self._command(
            Do.LIFT_SCREENING_HIT, command, Stream.BOOKING, result=BookingAnswer
        )

    @workflow.update
    async def amend_booking(self, command: AmendBooking) -> BookingAnswer:
        """The shipper changes parties, goods or values before the carriers are asked."""
        process = self._process
        async with self._lock:
            amended = await self._command(
                Do.AMEND_BOOKING, command, Stream.BOOKING, result=BookingAnswer
            )
            step = Step(
                process.booking_reference,
                process.request_id(Do.MAKE_OFFER, revision=amended.revision),
            )
            return await self._command(Do.MAKE_OFFER, step, Stream.BOOKING, result=BookingAnswer)

    @workflow.update
    async def desk_act(self, command: DeskAct) -> ActOutcome:
        """A person of the operator does an act of the issuer; signed again if a race is lost."""
        process = self._process
        for revision in range(_SIGNED_AGAIN_MAX):
            step = PerformDeskAct(
                command,
                revision,
                process.request_id(Do.DESK_ACT, command.request_id, revision),
            )
            outcome = await process.slow(Do.DESK_ACT, step, ActOutcome)
            if not outcome.is_race_lost:
                process.expect_news(Stream.LEDGER)
                if outcome.amends:
                    self._reissues.begin(outcome.amends)
                return outcome
            await workflow.sleep(min(0.05 * (revision + 1), 1.0))
        raise ApplicationError(
            "Others kept acting on the bill first; look at it and decide again.",
            {"kind": "LostRace", "metadata": {}},
            type="RACE_LOST",
            non_retryable=True,
        )

    @workflow.update
    async def prepare_amendment(self, command: PrepareAmendment) -> PaperAnswer:
        """A person of the operator has the bill drafted that a surrender asks for."""
        return await self._command(
            Do.PREPARE_AMENDMENT, command, Stream.DOCUMENTS, result=PaperAnswer, is_slow=True
        )

    @workflow.update
    async def cancel_booking(self, command: CancelBooking) -> BookingAnswer:
        """The shipper cancels, which it can until the goods are in the carriers' hands."""
        process = self._process
        async with self._lock:
            if process.is_done(_TAKEN_IN_CHARGE):
                raise ApplicationError(
                    "The goods are already on their way; talk to the operator's desk.",
                    {"kind": "WrongState", "metadata": {}},
                    type="GOODS_TAKEN_IN_CHARGE",
                    non_retryable=True,
                )
            answer = await self._command(
                Do.CANCEL_BOOKING, command, Stream.BOOKING, result=BookingAnswer
            )
            # Cancelling released the legs; the rest is undone by the main line.
            process.saga.leave_out(Do.REJECT_BOOKING)
            process.given_up = f"The shipper cancelled: {command.reason}"
            return answer

    @workflow.update
    async def put_equipment(self, command: PutPaper) -> PaperAnswer:
        """The shipper names a container with its seals and verified gross mass."""
        return await self._paper(Do.PUT_EQUIPMENT, command, Stream.DOCUMENTS, Stream.TRACKING)

    @workflow.update
    async def submit_receipt(self, command: PutPaper) -> PaperAnswer:
        """A carrier hands in its signed receipt for a container."""
        return await self._paper(Do.SUBMIT_RECEIPT, command, Stream.DOCUMENTS)

    @workflow.update
    async def issue_leg_document(self, command: PutPaper) -> PaperAnswer:
        """A carrier issues its leg's document."""
        return await self._paper(Do.ISSUE_LEG_DOCUMENT, command, Stream.DOCUMENTS)

    @workflow.update
    async def approve_draft(self, command: PutPaper) -> PaperAnswer:
        """The shipper's signed approval of the draft."""
        return await self._paper(Do.APPROVE_DRAFT, command, Stream.DOCUMENTS)

    @workflow.update
    async def pay_invoice(self, command: PayInvoice) -> PaperAnswer:
        """The payer pays through the rail."""
        return await self._command(
            Do.PAY_INVOICE, command, Stream.SETTLEMENT, result=PaperAnswer, is_slow=True
        )

    @workflow.signal
    def nudge(self, stream: str, position: int) -> None:
        """Stream has reached position; twice, late and out of order are harmless."""
        self._process.hear(stream, position)

    @workflow.query
    def waiting_for(self) -> WaitingFor:
        """What the consignment waits for now."""
        return self._waiting()

    async def _paper(self, do: Do, command: PutPaper, *streams: Stream) -> PaperAnswer:
        return await self._command(do, command, *streams, result=PaperAnswer)

    async def _command(
        self,
        do: Do,
        command: object,
        *streams: Stream,
        result: type[Answer],
        is_slow: bool = False,
    ) -> Answer:
        """Pass a command on to its service; what it changed is news to the main line."""
        process = self._process
        run = process.slow if is_slow else process.short
        answer = await run(do, command, result)
        process.expect_news(*streams)
        return answer
