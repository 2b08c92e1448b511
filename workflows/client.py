"""How the doors speak to the process: commands in, answers or refusals out.

A refusal comes back as the DomainError that the service raised. An outcome that is not known
in time is asked for once under the same update id, and otherwise said to be unknown: the same
request may then be sent again, and gets the first answer.
"""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from foundation.kernel.errors import (
    Conflict,
    DomainError,
    InvalidValue,
    LimitExceeded,
    LostRace,
    NotAllowed,
    NotFound,
    Unavailable,
    WrongState,
)
from workflows.messages import (
    TASK_QUEUE,
    WORKFLOW,
    ActOutcome,
    AmendBooking,
    AnswerLeg,
    BookingAnswer,
    CancelBooking,
    ConsignmentInput,
    Deadlines,
    DeskAct,
    LegAnswer,
    LiftScreeningHit,
    PaperAnswer,
    PayInvoice,
    PlaceBooking,
    PrepareAmendment,
    PutPaper,
    WaitingFor,
    workflow_id,
)
from workflows.settings import TemporalSettings

__all__ = [
    "AmendBooking",
    "AnswerLeg",
    "BookingAnswer",
    "CancelBooking",
    "Consignments",
    "Deadlines",
    "DeskAct",
    "LegAnswer",
    "LiftScreeningHit",
    "PaperAnswer",
    "PayInvoice",
    "PlaceBooking",
    "PrepareAmendment",
    "PutPaper",
    "TemporalSettings",
    "WaitingFor",
    "connect",
]

_log = logging.getLogger(__name__)

T = TypeVar("T")
Command = (
    AmendBooking
    | AnswerLeg
    | CancelBooking
    | DeskAct
    | LiftScreeningHit
    | PrepareAmendment
    | PutPaper
    | PayInvoice
)

_KINDS: Final[dict[str, type[DomainError]]] = {
    kind.__name__: kind
    for kind in (
        InvalidValue,
        NotFound,
        WrongState,
        NotAllowed,
        Conflict,
        LostRace,
        LimitExceeded,
        Unavailable,
    )
}
# How long a person waits before the outcome is said to be unknown.
_ANSWER_SECONDS: Final = 20.0
_ASK_SECONDS: Final = 5.0
_SEND_AGAIN_MAX: Final = 3
_QUERY: Final = timedelta(seconds=3)


async def connect(settings: TemporalSettings, *, lazy: bool) -> Client:
    """Connect to Temporal; lazily where the process has work to do without it."""
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        interceptors=[TracingInterceptor()],
        lazy=lazy,
    )


@dataclass(frozen=True)
class Consignments:
    """The one workflow of each consignment, as its callers see it."""

    client: Client
    deadlines: Deadlines = Deadlines()  # noqa: RUF009 - a frozen value
    history_events_max: int = ConsignmentInput.history_events_max

    async def place_booking(self, command: PlaceBooking) -> BookingAnswer:
        """Start the consignment and answer when booking and offer are recorded.

        Raises:
            DomainError: the refusal of the service that refused; nothing is left then.
        """
        name = workflow_id(command.booking_reference)
        update = _update_id(command.request_id, command)
        start = WithStartWorkflowOperation[Any, Any](
            WORKFLOW,
            ConsignmentInput(command.booking_reference, self.deadlines, self.history_events_max),
            id=name,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            # A refused first request closed its workflow as failed and may be sent again.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        )
        sent = self.client.execute_update_with_start_workflow(
            "place_booking",
            command,
            start_workflow_operation=start,
            id=update,
            result_type=BookingAnswer,
        )
        return await self._answer(sent, name, update, BookingAnswer)

    async def answer_leg(self, command: AnswerLeg) -> LegAnswer:
        """Pass a carrier's answer on."""
        return await self._update("answer_leg", command, LegAnswer)

    async def amend_booking(self, command: AmendBooking) -> BookingAnswer:
        """Pass the shipper's amendment on; answered with the new price."""
        return await self._update("amend_booking", command, BookingAnswer)

    async def cancel_booking(self, command: CancelBooking) -> BookingAnswer:
        """Pass the shipper's cancellation on."""
        return await self._update("cancel_booking", command, BookingAnswer)

    async def lift_screening_hit(self, command: LiftScreeningHit) -> BookingAnswer:
        """Pass the desk's decision on."""
        return await self._update("lift_screening_hit", command, BookingAnswer)

    async def desk_act(self, command: DeskAct) -> ActOutcome:
        """Pass the desk's act on a bill on; the operator's key in custody signs it."""
        return await self._update("desk_act", command, ActOutcome)

    async def prepare_amendment(self, command: PrepareAmendment) -> PaperAnswer:
        """Have the bill drafted that a surrender asks for; the answer is an Amendment."""
        return await self._update("prepare_amendment", command, PaperAnswer)

    async def put_equipment(self, command: PutPaper) -> PaperAnswer:
        """Pass a PutEquipmentRequest on; the answer is an Equipment."""
        return await self._update("put_equipment", command, PaperAnswer)

    async def submit_receipt(self, command: PutPaper) -> PaperAnswer:
        """Pass a Receipt on; the answer is the Receipt as recorded."""
        return await self._update("submit_receipt", command, PaperAnswer)

    async def issue_leg_document(self, command: PutPaper) -> PaperAnswer:
        """Pass an IssueLegDocumentRequest on; the answer is a LegDocument."""
        return await self._update("issue_leg_document", command, PaperAnswer)

    async def approve_draft(self, command: PutPaper) -> PaperAnswer:
        """Pass an ApproveDraftRequest on; the answer is a TransportDocument."""
        return await self._update("approve_draft", command, PaperAnswer)

    async def pay_invoice(self, command: PayInvoice) -> PaperAnswer:
        """Pass a payment on; the answer is a PayInvoiceResponse."""
        return await self._update("pay_invoice", command, PaperAnswer)

    async def nudge(self, booking_reference: str, stream: str, position: int) -> None:
        """Say that a stream has reached a position; nobody may be there to hear it."""
        handle = self.client.get_workflow_handle(workflow_id(booking_reference))
        try:
            await handle.signal("nudge", args=[stream, position])
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def waiting_for(self, booking_reference: str) -> WaitingFor | None:
        """What a consignment waits for; None where nobody can say now."""
        handle = self.client.get_workflow_handle(workflow_id(booking_reference))
        try:
            answer: WaitingFor = await handle.query(
                "waiting_for", result_type=WaitingFor, rpc_timeout=_QUERY
            )
        except (RPCError, RPCTimeoutOrCancelledError, WorkflowQueryFailedError, RuntimeError):
            return None
        return answer

    async def _update(
        self,
        update: str,
        command: Command,
        result: type[T],
    ) -> T:
        name = workflow_id(command.booking_reference)
        identity = _update_id(command.request_id, command)
        sent_again = 0
        while True:
            sent = self.client.get_workflow_handle(name).execute_update(
                update, command, id=identity, result_type=result
            )
            try:
                return await self._answer(sent, name, identity, result)
            except Unavailable as unavailable:
                if sent_again == _SEND_AGAIN_MAX or not _is_dropped(unavailable.__cause__):
                    raise
                sent_again += 1

    async def _answer(self, sent: Awaitable[Any], name: str, update: str, result: type[T]) -> T:
        try:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    answer: T = await sent
            except (TimeoutError, RPCTimeoutOrCancelledError, WorkflowAlreadyStartedError):
                handle = self.client.get_workflow_handle(name)
                async with asyncio.timeout(_ASK_SECONDS):
                    answer = await handle.get_update_handle(update, result_type=result).result()
        except WorkflowUpdateFailedError as failed:
            raise _refusal(failed.cause) from failed
        except (TimeoutError, RPCTimeoutOrCancelledError) as unknown:
            raise Unavailable(
                "OUTCOME_UNKNOWN",
                "We do not know yet whether this went through; send the same request again.",
            ) from unknown
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise WrongState(
                    "CONSIGNMENT_CLOSED",
                    "This consignment is over; nothing more can be done to it.",
                ) from error
            raise _away(error) from error
        except RuntimeError as error:
            # What the client raises where its first connection fails.
            raise _away(error) from error
        return answer


def _is_dropped(error: BaseException | None) -> bool:
    # The server threw away the workflow task that carried the update, because news arrived
    # while it was closing; under the same update id it may be sent again at once.
    return isinstance(error, RPCError) and "workflow task failure" in error.message


def _away(error: Exception) -> Unavailable:
    _log.warning("the process is away", extra={"fault": str(error)[:200]})
    return Unavailable(
        "PROCESS_UNAVAILABLE",
        "This cannot be taken at this moment; send the same request again. Bills can be "
        "transferred meanwhile.",
    )


def _update_id(request: str, command: Any) -> str:  # noqa: ANN401 - any command
    # The body belongs to the name: another body under the same request id must reach the
    # service, which refuses it, and not be given the first answer by Temporal.
    body = hashlib.sha256(repr(sorted(asdict(command).items())).encode()).hexdigest()
    return str(uuid.uuid5(uuid.UUID(request), body))


def _refusal(cause: BaseException | None) -> DomainError:
    while cause is not None:
        if isinstance(cause, ApplicationError) and cause.type and cause.details:
            said = cause.details[0]
            kind = _KINDS.get(said.get("kind", "")) if isinstance(said, dict) else None
            if kind is not None:
                return kind(cause.type, cause.message, **said.get("metadata", {}))
        cause = cause.__cause__
    return Unavailable(
        "OUTCOME_UNKNOWN",
        "We do not know yet whether this went through; send the same request again.",
    )
