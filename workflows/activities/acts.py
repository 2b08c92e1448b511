"""The operator's own acts: documents judges, custody signs, the ledger service carries.

Each of the three calls is a repeat if it was made before, so the whole activity may be tried
again; only a moved head needs a new signature, and the workflow asks for that by the revision.
"""

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import grpc
from onebill.booking.v1 import booking_pb2
from onebill.documents.v1 import documents_service_pb2
from onebill.ledger.v1 import custody_service_pb2, ledger_pb2, ledger_service_pb2
from onebill.settlement.v1 import settlement_pb2, settlement_service_pb2
from onebill.tracking.v1 import tracking_pb2, tracking_service_pb2
from temporalio import activity

from foundation.kernel.errors import LostRace, NotAllowed, NotFound, WrongState
from foundation.runtime.identity import OPERATOR, on_behalf_of
from foundation.runtime.refusals import refusal_from
from workflows.activities import shapes
from workflows.activities.booking import get_booking
from workflows.activities.documents import get_certificate, get_document, taken_in_charge
from workflows.activities.refusals import refusals_are_final
from workflows.messages import ActOutcome, BillFacts, Do, GateWait, PerformAct, PerformDeskAct
from workflows.neighbours import Neighbours

if TYPE_CHECKING:
    from onebill.documents.v1.documents_service_pb2 import (
        CheckIssueResponse,
        CheckOnBoardResponse,
    )

_AS_OPERATOR: Final = on_behalf_of(OPERATOR)

# The act was made for a head, or a time, that has passed: read the bill and sign again.
_SIGN_AGAIN: Final = frozenset(
    {
        "WRONG_SEQUENCE",
        "WRONG_PREVIOUS_HASH",
        "ACT_EXPIRED",
        "ACT_FROM_THE_FUTURE",
        "TIME_BEFORE_PREVIOUS",
    }
)
# An earlier attempt reached the ledger and its answer did not reach us.
_DONE_BEFORE: Final = frozenset({"BILL_EXISTS", "ALREADY_NOTED"})
# Acts of the issuer that follow from no fact: a person of the operator decides them. VOID comes
# with the bill that takes the old one's place, and is the process's.
DESK_ACTS: Final = frozenset(
    {
        "ACCEPT_SURRENDER",
        "REJECT_SURRENDER",
        "SWITCH_TO_PAPER",
        "CONFIRM_PAYMENT",
        "DELIVER_AGAINST_INDEMNITY",
    }
)
SETTLED: Final = (settlement_pb2.INVOICE_STATE_PAID, settlement_pb2.INVOICE_STATE_ON_CREDIT)


@dataclass(frozen=True)
class ActActivities:
    """ISSUE, NOTE_ON_BOARD, what the desk decides, and a look at what stands on the ledger."""

    neighbours: Neighbours

    @activity.defn(name=Do.ISSUE_BILL)
    async def issue_bill(self, step: PerformAct) -> ActOutcome:
        """Issue the bill, if documents finds nothing against it."""
        with refusals_are_final():
            judged, reference = await self._check_issue(step)
            return await self.issue(judged, reference, step.request_id)

    @activity.defn(name=Do.NOTE_ON_BOARD)
    async def note_on_board(self, step: PerformAct) -> ActOutcome:
        """Note vessel and date, if documents finds nothing against it."""
        with refusals_are_final():
            judged, reference = await self._check_on_board(step)
            bill = await self.bill(reference)
            return await self.sign_and_submit(
                custody_service_pb2.SignActRequest(
                    transport_document_reference=reference,
                    action_code="NOTE_ON_BOARD",
                    terms=judged.terms,
                    details=judged.details,
                    sequence=bill.sequence + 1,
                    previous_act_hash=bill.head_act_hash,
                    judgement=judged.judgement,
                ),
                step.request_id,
            )

    @activity.defn(name=Do.DESK_ACT)
    async def desk_act(self, step: PerformDeskAct) -> ActOutcome:
        """Sign what a person of the operator decided, with the operator's key."""
        asked = step.act
        with refusals_are_final():
            if asked.action_code not in DESK_ACTS:
                raise NotAllowed(
                    "ACT_NOT_THE_DESKS",
                    f"The desk does not do {asked.action_code!r}; it is somebody else's act.",
                    action_code=asked.action_code,
                )
            bill = await self.bill(asked.transport_document_reference)
            amended = ""
            if asked.action_code == "ACCEPT_SURRENDER" and _is_to_be_replaced(bill):
                amended = asked.transport_document_reference
                if bill.state == ledger_pb2.BILL_STATE_SURRENDERED_FOR_AMENDMENT:
                    # An attempt that nobody answered for accepted it before.
                    accepted = await self.recorded(amended, asked.action_code)
                    return replace(accepted, amends=amended)
                await self._must_lead_on(bill)
            outcome = await self.sign_and_submit(
                custody_service_pb2.SignActRequest(
                    transport_document_reference=asked.transport_document_reference,
                    action_code=asked.action_code,
                    recipient=asked.recipient,
                    terms=asked.terms,
                    details=asked.details,
                    sequence=bill.sequence + 1,
                    previous_act_hash=bill.head_act_hash,
                ),
                step.request_id,
            )
            return outcome if outcome.is_race_lost else replace(outcome, amends=amended)

    @activity.defn(name=Do.LOOK_AT_BILL)
    async def look(self, booking_reference: str) -> BillFacts:
        """Where the bill stands on the ledger; empty before it is there."""
        with refusals_are_final():
            try:
                document = await get_document(self.neighbours.documents, booking_reference)
                bill = await self.bill(document.transport_document_reference)
            except grpc.aio.AioRpcError as error:
                if isinstance(refusal_from(error), NotFound):
                    return BillFacts()
                raise
        conditions = [*bill.gates.terminal_release, *bill.gates.delivery]
        return BillFacts(
            state=shapes.word(ledger_pb2.BillState.Name(bill.state), "BILL_STATE"),
            possessor=bill.possessor,
            waits=[
                GateWait(condition.name, condition.waits_for)
                for condition in conditions
                if not condition.is_met
            ],
        )

    async def _check_issue(self, step: PerformAct) -> "tuple[CheckIssueResponse, str]":
        neighbours = self.neighbours
        booking = await get_booking(neighbours.bookings, step.booking_reference)
        document = await get_document(neighbours.documents, step.booking_reference)
        request = documents_service_pb2.CheckIssueRequest(
            transport_document_reference=document.transport_document_reference,
            booking=booking,
            certificate=await get_certificate(neighbours.insurance, step.booking_reference),
            taking_in_charge=await taken_in_charge(neighbours.tracking, step.booking_reference),
            is_freight_settled=await self._is_freight_settled(booking),
            is_screening_clear=all(hit.lifted_by for hit in booking.screening_hits),
        )
        request.request_id = shapes.with_facts(step.request_id, request)
        judged = await neighbours.documents.CheckIssue(request, metadata=_AS_OPERATOR)
        return judged, document.transport_document_reference

    async def _check_on_board(self, step: PerformAct) -> "tuple[CheckOnBoardResponse, str]":
        neighbours = self.neighbours
        document = await get_document(neighbours.documents, step.booking_reference)
        answer = await neighbours.tracking.GetJourney(
            tracking_service_pb2.GetJourneyRequest(booking_reference=step.booking_reference),
            metadata=_AS_OPERATOR,
        )
        request = documents_service_pb2.CheckOnBoardRequest(
            transport_document_reference=document.transport_document_reference,
            leg_sequence=step.leg_sequence,
            loaded=shapes.happened(
                answer.journey, tracking_pb2.MILESTONE_CODE_LOADED_ON_BOARD, step.leg_sequence
            ),
        )
        request.request_id = shapes.with_facts(step.request_id, request)
        judged = await neighbours.documents.CheckOnBoard(request, metadata=_AS_OPERATOR)
        return judged, document.transport_document_reference

    async def issue(
        self, judged: "CheckIssueResponse", reference: str, request_id: str
    ) -> ActOutcome:
        """Have ISSUE signed and carried to the ledger, as documents judged it."""
        return await self.sign_and_submit(
            custody_service_pb2.SignActRequest(
                transport_document_reference=reference,
                action_code="ISSUE",
                recipient=judged.recipient,
                terms=judged.issue_terms,
                details=judged.details,
                sequence=1,
                judgement_reference=judged.judgement_reference,
                judgement=judged.judgement,
            ),
            request_id,
        )

    async def sign_and_submit(
        self, request: custody_service_pb2.SignActRequest, request_id: str
    ) -> ActOutcome:
        """Have an act signed and carried to the ledger; a repeat is found to be one."""
        # The head is part of what is signed: another head is another request to custody.
        request.request_id = shapes.with_facts(request_id, request)
        signed = await self.neighbours.custody.SignAct(request, metadata=_AS_OPERATOR)
        try:
            await self.neighbours.ledger.SubmitAct(
                ledger_service_pb2.SubmitActRequest(
                    signed_act=signed.signed_act,
                    details=signed.details,
                    details_salt=signed.details_salt,
                    request_id=request.request_id,
                ),
                metadata=_AS_OPERATOR,
            )
        except grpc.aio.AioRpcError as error:
            refused = refusal_from(error)
            if refused is None:
                raise
            if isinstance(refused, LostRace) or refused.reason in _SIGN_AGAIN:
                return ActOutcome(is_race_lost=True)
            if refused.reason in _DONE_BEFORE:
                return await self.recorded(
                    request.transport_document_reference, request.action_code
                )
            raise
        return ActOutcome(act_hash=signed.act_hash)

    async def recorded(self, reference: str, action_code: str) -> ActOutcome:
        """The latest act of that kind on a bill, as the ledger has it."""
        answer = await self.neighbours.ledger.ListActs(
            ledger_service_pb2.ListActsRequest(transport_document_reference=reference),
            metadata=_AS_OPERATOR,
        )
        return ActOutcome(
            act_hash=next(
                act.act_hash for act in reversed(answer.acts) if act.action_code == action_code
            )
        )

    async def _is_freight_settled(self, booking: booking_pb2.Booking) -> bool:
        answer = await self.neighbours.settlement.ListInvoices(
            settlement_service_pb2.ListInvoicesRequest(
                booking_reference=booking.booking_reference, page_size=200
            ),
            metadata=_AS_OPERATOR,
        )
        if booking.request.payment_term == booking_pb2.PAYMENT_TERM_COL:
            return True
        return any(
            invoice.state in SETTLED
            for invoice in answer.invoices
            if not invoice.transport_document_reference
        )

    async def _must_lead_on(self, bill: ledger_pb2.Bill) -> None:
        """Refuse to take a bill in from which no way leads on: its goods would be stranded."""
        asked = json.loads(bill.record)["amendment"]
        try:
            found = await self.neighbours.documents.GetAmendment(
                documents_service_pb2.GetAmendmentRequest(
                    replaces=bill.transport_document_reference
                ),
                metadata=_AS_OPERATOR,
            )
            prepared = found.amendment.surrender_request_reference
        except grpc.aio.AioRpcError as error:
            if not isinstance(refusal_from(error), NotFound):
                raise
            prepared = ""
        if prepared != asked["surrenderRequestReference"]:
            raise WrongState(
                "AMENDMENT_NOT_PREPARED",
                "Prepare the bill that is to follow first, so that what speaks against it is "
                "heard before anything ends.",
                reason_code=str(asked["reasonCode"]),
            )

    async def bill(self, reference: str) -> ledger_pb2.Bill:
        """The bill as the operator's peer has it."""
        answer = await self.neighbours.ledger.GetBill(
            ledger_service_pb2.GetBillRequest(transport_document_reference=reference),
            metadata=_AS_OPERATOR,
        )
        return answer.bill


def _is_to_be_replaced(bill: ledger_pb2.Bill) -> bool:
    """Whether another bill, and no paper, takes the place of one that was surrendered."""
    amendment = json.loads(bill.record).get("amendment") if bill.record else None
    return amendment is not None and amendment["reasonCode"] != "SWTP"
