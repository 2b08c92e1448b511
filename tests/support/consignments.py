"""A world for the workflow: every activity answered from a few plain facts, all calls noted.

The facts are what the services would hold; a test changes them as carriers and customers
would, and nudges the workflow as the listener would.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from workflows import messages as m
from workflows.messages import Do

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOX = "NARU3472484"
CARRIERS = {
    1: ("TRUCK", "haulier-chongqing"),
    2: ("RAIL", "rail-chongqing"),
    3: ("VESSEL", "line-beibu"),
    4: ("TRUCK", "haulier-singapore"),
}


def refuse(reason: str, sentence: str, kind: str = "WrongState") -> ApplicationError:
    return ApplicationError(
        sentence, {"kind": kind, "metadata": {}}, type=reason, non_retryable=True
    )


@dataclass
class World:
    """The services of one consignment, as far as the workflow sees them."""

    booking: m.BookingFacts = field(
        default_factory=lambda: m.BookingFacts(
            state="RECEIVED",
            shipper_organisation="seller",
            legs=[
                m.LegFacts(number, mode, carrier, "PLANNED")
                for number, (mode, carrier) in CARRIERS.items()
            ],
        )
    )
    journey: m.JourneyFacts = field(default_factory=m.JourneyFacts)
    papers: m.PaperFacts = field(default_factory=m.PaperFacts)
    invoice: m.InvoiceFacts = field(default_factory=m.InvoiceFacts)
    bill: m.BillFacts = field(default_factory=m.BillFacts)
    amendment: m.AmendmentFacts = field(default_factory=m.AmendmentFacts)
    # What stands on the ledger, by bill, in order: whatever is done twice stands here twice.
    ledger: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    refusals: dict[str, ApplicationError] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    races: dict[str, int] = field(default_factory=dict)
    # Steps whose first answer the workflow cannot read: its task is lost and begun again, as
    # when the worker dies before the task is recorded.
    torn: set[str] = field(default_factory=set)

    def names(self) -> list[str]:
        """The steps in the order in which they were asked for, looks left out."""
        return [name for name, _ in self.calls if not name.endswith(".look")]

    def commands(self, do: Do) -> list[Any]:
        """What one activity was called with."""
        return [command for name, command in self.calls if name == do]

    def reach(self, code: str, leg: int) -> None:
        """The box reaches a milestone."""
        count = len(self.journey.reached)
        reached = m.Reached(code, leg, BOX, f"event-{count}", NOON + timedelta(minutes=count))
        self.journey = replace(
            self.journey,
            equipment_references=[BOX],
            reached=[*self.journey.reached, reached],
        )

    def answer_legs(self, state: str = "ACCEPTED", *numbers: int, why: str = "") -> None:
        """Carriers answer."""
        chosen = numbers or tuple(CARRIERS)
        self.booking = replace(
            self.booking,
            legs=[
                replace(leg, state=state, state_reason=why) if leg.leg_sequence in chosen else leg
                for leg in self.booking.legs
            ],
        )

    def activities(self) -> list[Callable[..., Any]]:
        """Every activity, answered from here."""
        return [self._activity(do) for do in Do]

    def _activity(self, do: Do) -> Callable[..., Any]:
        world = self
        if do.endswith(".look") and do is not Do.LOOK_AT_AMENDMENT:

            @activity.defn(name=do)
            async def look(reference: str) -> Any:
                return world._do(do, reference)

            return look

        kinds: dict[Do, type] = {
            Do.CREATE_BOOKING: m.CreateBooking,
            Do.ANSWER_LEG: m.AnswerLeg,
            Do.AMEND_BOOKING: m.AmendBooking,
            Do.CANCEL_BOOKING: m.CancelBooking,
            Do.LIFT_SCREENING_HIT: m.LiftScreeningHit,
            Do.PAY_INVOICE: m.PayInvoice,
            Do.PAY_CARRIER: m.LegStep,
            Do.OPEN_INCIDENT: m.OpenIncident,
            Do.START_NOTICE_CLOCKS: m.StartNoticeClocks,
            Do.CREATE_DRAFT: m.CreateDraft,
            Do.ISSUE_BILL: m.PerformAct,
            Do.NOTE_ON_BOARD: m.PerformAct,
            Do.RECORD_ISSUED: m.RecordIssued,
            Do.DESK_ACT: m.PerformDeskAct,
            Do.PREPARE_AMENDMENT: m.PrepareAmendment,
        }
        for amending in (
            Do.LOOK_AT_AMENDMENT,
            Do.INVOICE_CHANGE,
            Do.VOID_BILL,
            Do.REISSUE_BILL,
            Do.RECORD_REISSUED,
            Do.CHANGE_DESTINATION,
        ):
            kinds[amending] = m.AmendmentStep
        for paper in (
            Do.PUT_EQUIPMENT,
            Do.SUBMIT_RECEIPT,
            Do.ISSUE_LEG_DOCUMENT,
            Do.APPROVE_DRAFT,
        ):
            kinds[paper] = m.PutPaper
        for undo in (
            Do.REJECT_BOOKING,
            Do.CANCEL_DECLARATION,
            Do.RELEASE_BUY_RATES,
            Do.VOID_DRAFT,
            Do.CREDIT_INVOICE,
        ):
            kinds[undo] = m.StepWithReason

        async def step(command: Any) -> Any:
            return world._do(do, command)

        step.__annotations__["command"] = kinds.get(do, m.Step)
        return activity.defn(name=do)(step)

    def _do(self, do: Do, command: Any) -> Any:
        self.calls.append((do.value, command))
        if self.faults.get(do, 0) > 0:
            self.faults[do] -= 1
            raise RuntimeError("the neighbour is away")
        if do in self.refusals:
            raise self.refusals[do]
        handler = getattr(self, "_" + do.value.replace(".", "_"), None)
        answer = handler(command) if handler else None
        if do in self.torn:
            self.torn.remove(do)
            return ["unreadable"]
        return answer

    # --- what the services do -------------------------------------------------------------------

    def _offer_make(self, step: m.Step) -> m.BookingAnswer:
        self.booking = replace(self.booking, has_offer=True)
        return m.BookingAnswer(
            step.booking_reference,
            self.booking.state,
            total=m.Amount(412_500, "USD"),
            premium=m.Amount(12_500, "USD"),
        )

    def _booking_create(self, step: m.CreateBooking) -> None:
        self.booking = replace(self.booking, acceptance_deadline=step.acceptance_deadline)

    def _booking_request_legs(self, _step: m.Step) -> None:
        self.answer_legs("REQUESTED")

    def _booking_answer_leg(self, command: m.AnswerLeg) -> m.LegAnswer:
        state = "ACCEPTED" if command.is_accepted else "DECLINED"
        self.answer_legs(state, command.leg_sequence, why=command.reason)
        return m.LegAnswer(command.leg_sequence, state)

    def _booking_confirm(self, _step: m.Step) -> None:
        self.booking = replace(self.booking, state="CONFIRMED")

    def _booking_reject(self, step: m.StepWithReason) -> None:
        state = "DECLINED" if self.booking.state == "CONFIRMED" else "REJECTED"
        self.booking = replace(self.booking, state=state, state_reason=step.reason)

    def _booking_amend(self, command: m.AmendBooking) -> m.BookingAnswer:
        self.booking = replace(self.booking, open_hits=0, has_offer=False)
        return m.BookingAnswer(command.booking_reference, self.booking.state, revision=7)

    def _booking_cancel(self, command: m.CancelBooking) -> m.BookingAnswer:
        self.booking = replace(self.booking, state="CANCELLED", state_reason=command.reason)
        return m.BookingAnswer(command.booking_reference, "CANCELLED", command.reason)

    def _booking_lift_screening_hit(self, command: m.LiftScreeningHit) -> m.BookingAnswer:
        self.booking = replace(self.booking, open_hits=self.booking.open_hits - 1)
        return m.BookingAnswer(command.booking_reference, self.booking.state)

    def _booking_complete(self, _step: m.Step) -> None:
        self.booking = replace(self.booking, state="COMPLETED")

    def _settlement_issue_invoice(self, _step: m.Step) -> None:
        self.invoice = m.InvoiceFacts("INV-1", "OPEN")

    def _settlement_pay_invoice(self, _command: m.PayInvoice) -> m.PaperAnswer:
        self.invoice = m.InvoiceFacts("INV-1", "PAID", is_settled=True)
        return m.PaperAnswer('{"invoice": {"invoiceNumber": "INV-1"}}')

    def _documents_create_draft(self, _step: m.CreateDraft) -> None:
        self.papers = m.PaperFacts("OBAAAAAAAAAAAAAAAA", "DRAFT")

    def _documents_approve_draft(self, _command: m.PutPaper) -> m.PaperAnswer:
        self.papers = replace(self.papers, state="APPROVED")
        return m.PaperAnswer('{"state": "TRANSPORT_DOCUMENT_STATE_APPROVED"}')

    def _documents_put_equipment(self, command: m.PutPaper) -> m.PaperAnswer:
        self.journey = replace(self.journey, equipment_references=[BOX])
        return m.PaperAnswer(command.paper)

    def _documents_submit_receipt(self, command: m.PutPaper) -> m.PaperAnswer:
        return m.PaperAnswer(command.paper)

    def _documents_issue_leg_document(self, command: m.PutPaper) -> m.PaperAnswer:
        return m.PaperAnswer(command.paper)

    def _ledger_issue_bill(self, _step: m.PerformAct) -> m.ActOutcome:
        if self._loses_race(Do.ISSUE_BILL):
            return m.ActOutcome(is_race_lost=True)
        self.bill = m.BillFacts("ISSUED", "P" + "A" * 26)
        return m.ActOutcome("aa" * 32)

    def _ledger_note_on_board(self, _step: m.PerformAct) -> m.ActOutcome:
        if self._loses_race(Do.NOTE_ON_BOARD):
            return m.ActOutcome(is_race_lost=True)
        return m.ActOutcome("bb" * 32)

    def _ledger_desk_act(self, step: m.PerformDeskAct) -> m.ActOutcome:
        if self._loses_race(Do.DESK_ACT):
            return m.ActOutcome(is_race_lost=True)
        amends = step.act.transport_document_reference if self.amendment.reason_code else ""
        return m.ActOutcome("cc" * 32, amends=amends)

    def _amendment_prepare(self, command: m.PrepareAmendment) -> m.PaperAnswer:
        self.amendment = m.AmendmentFacts("OBNEW", "COD", ["PSELLER"])
        return m.PaperAnswer(f'{{"replaces": "{command.transport_document_reference}"}}')

    def _amendment_look(self, _step: m.AmendmentStep) -> m.AmendmentFacts:
        return self.amendment

    def _amendment_invoice(self, _step: m.AmendmentStep) -> None:
        self.amendment = replace(self.amendment, invoice_number="INV-1-OBNEW")

    def _amendment_void(self, step: m.AmendmentStep) -> m.ActOutcome:
        return self._once(Do.VOID_BILL, ("VOID", step.replaces))

    def _amendment_reissue(self, step: m.AmendmentStep) -> m.ActOutcome:
        assert ("VOID", step.replaces) in self.ledger, "nothing follows a bill that lives"
        return self._once(Do.REISSUE_BILL, ("ISSUE", "OBNEW"))

    def _once(self, do: Do, act: tuple[str, str]) -> m.ActOutcome:
        if self._loses_race(do):
            return m.ActOutcome(is_race_lost=True)
        # As the activity does: it asks first what stands.
        if act not in self.ledger:
            self.ledger.append(act)
        return m.ActOutcome("ee" * 32)

    def _loses_race(self, do: Do) -> bool:
        left = self.races.get(do, 0)
        self.races[do] = max(left - 1, 0)
        return left > 0

    def _booking_look(self, _reference: str) -> m.BookingFacts:
        return self.booking

    def _tracking_look(self, _reference: str) -> m.JourneyFacts:
        return self.journey

    def _documents_look(self, _reference: str) -> m.PaperFacts:
        return self.papers

    def _settlement_look(self, _reference: str) -> m.InvoiceFacts:
        return self.invoice

    def _ledger_look(self, _reference: str) -> m.BillFacts:
        return self.bill
