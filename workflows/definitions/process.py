"""How the workflow does a step once, reads facts when there is news, and waits."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from workflows.definitions.saga import Saga
from workflows.messages import (
    BillFacts,
    BookingFacts,
    ConsignmentInput,
    Do,
    InvoiceFacts,
    JourneyFacts,
    PaperFacts,
    Progress,
    Stream,
    request_id,
)

T = TypeVar("T")

# Short steps are calls within one machine room: a few milliseconds, or the neighbour is away.
_SHORT: Final = timedelta(seconds=15)
# The ledger and the payment rail have deadlines of their own within this.
_LONG: Final = timedelta(seconds=120)
# A worker that says nothing for so long is dead, and its long step another's.
_SILENT: Final = timedelta(seconds=20)
# A neighbour that is away comes back; only a rule's refusal is final.
_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=10),
)
# A forward step that a rule refused is tried again with the next news, or after this.
_LOOK_AGAIN: Final = timedelta(minutes=5)

_LOOKS: Final[dict[Stream, tuple[Do, type[Any]]]] = {
    Stream.BOOKING: (Do.LOOK_AT_BOOKING, BookingFacts),
    Stream.TRACKING: (Do.LOOK_AT_JOURNEY, JourneyFacts),
    Stream.DOCUMENTS: (Do.LOOK_AT_PAPERS, PaperFacts),
    Stream.SETTLEMENT: (Do.LOOK_AT_INVOICE, InvoiceFacts),
    Stream.LEDGER: (Do.LOOK_AT_BILL, BillFacts),
}


class GivenUp(Exception):
    """The consignment ends before its bill is issued; `reason` is one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Process:
    """Steps done, positions heard of, facts last looked at. Lives inside one workflow run."""

    def __init__(self, order: ConsignmentInput) -> None:
        self.booking_reference = order.booking_reference
        self.done = list(order.progress.done)
        self.custody_until = order.progress.custody_until
        self.refused: dict[str, str] = {}
        self.given_up: str | None = None
        self._order = order
        self._positions = dict(order.progress.positions)
        self._compensations = list(order.progress.compensations)
        self.saga = Saga(self._compensations)
        # News wakes who waits for it; what is stale is read again before it is used.
        self._news: set[Stream] = set()
        self._stale: set[Stream] = set(_LOOKS)
        self._looked: dict[Stream, Any] = {}
        self._beside: dict[str, asyncio.Task[None]] = {}
        self._begun_beside: set[str] = set()
        self._asked_again: set[str] = set()
        self._is_woken = False

    # --- steps ----------------------------------------------------------------------------------

    def request_id(self, step: str, subject: str = "", revision: int = 0) -> str:
        """Name this step's request, the same in every attempt and every run."""
        return request_id(workflow.info().workflow_id, step, subject, revision)

    def is_done(self, key: str) -> bool:
        """Whether the step is over."""
        return key in self.done

    def mark(self, key: str) -> None:
        """Note that the step is over."""
        if key not in self.done:
            self.done.append(key)

    async def short(self, do: Do, command: Any, result: type[T] | None = None) -> T:  # noqa: ANN401 - any message
        """Run a short step inside the workflow task.

        Raises:
            ApplicationError: a rule refused; `type` is its reason.
        """
        try:
            answer: T = await workflow.execute_local_activity(
                do.value,
                command,
                result_type=result,
                start_to_close_timeout=_SHORT,
                retry_policy=_RETRY,
            )
        except ActivityError as error:
            raise _refusal(error) from error
        return answer

    async def slow(self, do: Do, command: Any, result: type[T] | None = None) -> T:  # noqa: ANN401 - any message
        """Run a step that may take seconds: the ledger, the payment rail.

        Raises:
            ApplicationError: a rule refused; `type` is its reason.
        """
        try:
            answer: T = await workflow.execute_activity(
                do.value,
                command,
                result_type=result,
                start_to_close_timeout=_LONG,
                heartbeat_timeout=_SILENT,
                retry_policy=_RETRY,
            )
        except ActivityError as error:
            raise _refusal(error) from error
        return answer

    async def binding(self, do: Do, command: Any) -> None:  # noqa: ANN401 - any message
        """Do a step before issue once. Its refusal ends the consignment.

        Raises:
            GivenUp: with the refusing rule's sentence.
        """
        if self.is_done(do):
            return
        self.saga.register(do)
        try:
            await self.short(do, command)
        except ApplicationError as refused:
            raise GivenUp(refused.message) from refused
        self.mark(do)

    async def forward(self, key: str, do: Do, command: Any, *, is_slow: bool = False) -> bool:  # noqa: ANN401 - any message
        """Do a step that cannot be undone, once; answer whether it is over.

        A refusal is kept in `refused` for the desk to see, and the step is tried again with
        the next news: the box travels on whether or not our paperwork is ready.
        """
        if self.is_done(key):
            return True
        try:
            await (self.slow(do, command) if is_slow else self.short(do, command))
        except ApplicationError as refused:
            self.refuse(key, refused)
            return False
        self.refused.pop(key, None)
        self.mark(key)
        return True

    def beside(self, key: str, work: Callable[[], Awaitable[object]]) -> None:
        """Begin a step beside the main line, unless it is over or under way.

        A neighbour that is away holds up its own step and no other. `work` answers something
        true when the step is over; a refused one is begun again with the next news.
        """
        if self.is_done(key):
            return
        if key in self._beside:
            # News that came too late for the attempt under way: another follows it.
            self._asked_again.add(key)
            return

        async def run() -> None:
            is_over = False
            try:
                is_over = bool(await work())
            finally:
                del self._beside[key]
                self._is_woken = self._is_woken or is_over or key in self._asked_again
                self._asked_again.discard(key)

        self._begun_beside.add(key)
        self._beside[key] = asyncio.create_task(run())

    @property
    def is_at_rest(self) -> bool:
        """Whether no step beside the main line is under way or refused."""
        return not self._beside and self._begun_beside.isdisjoint(self.refused)

    def refuse(self, key: str, refused: ApplicationError) -> None:
        """Keep why a forward step could not be done."""
        self.refused[key] = refused.message
        workflow.logger.info("a step must wait", extra={"step": key, "reason": refused.type})

    # --- facts ----------------------------------------------------------------------------------

    def hear(self, stream: str, position: int) -> None:
        """Stream has reached position. Twice, late and out of order are harmless."""
        if position > self._positions.get(stream, 0):
            self._positions[stream] = position
            self.expect_news(stream)

    def expect_news(self, *streams: str) -> None:
        """Something changed there, though its position is not known yet."""
        known = [Stream(stream) for stream in streams if stream in _LOOKS]
        self._news.update(known)
        self._stale.update(known)

    async def booking(self) -> BookingFacts:
        """The booking, read again if there is news of it."""
        return await self._look(Stream.BOOKING, BookingFacts)

    async def journey(self) -> JourneyFacts:
        """The journey, read again if there is news of it."""
        return await self._look(Stream.TRACKING, JourneyFacts)

    async def papers(self) -> PaperFacts:
        """The bill as a paper, read again if there is news of it."""
        return await self._look(Stream.DOCUMENTS, PaperFacts)

    async def invoice(self) -> InvoiceFacts:
        """The invoice, read again if there is news of it."""
        return await self._look(Stream.SETTLEMENT, InvoiceFacts)

    async def bill(self) -> BillFacts:
        """The bill on the ledger, read again if there is news of it."""
        return await self._look(Stream.LEDGER, BillFacts)

    async def _look(self, stream: Stream, kind: type[T]) -> T:
        if stream in self._stale:
            # Before the look, so that news that comes while we look is looked at again.
            self._stale.discard(stream)
            self._news.discard(stream)
            self._looked[stream] = await self.short(
                _LOOKS[stream][0], self.booking_reference, kind
            )
        looked: T = self._looked[stream]
        return looked

    # --- waiting --------------------------------------------------------------------------------

    async def news_of(self, *streams: Stream, until: datetime | None = None) -> bool:
        """Wait for news of any of the streams; False if `until` passed first.

        Raises:
            GivenUp: the shipper cancelled meanwhile.
        """
        await self._begin_again_if_long()
        latest = until
        if self.refused:
            again = workflow.now() + _LOOK_AGAIN
            latest = again if until is None else min(until, again)
        seconds = None
        if latest is not None:
            seconds = max((latest - workflow.now()).total_seconds(), 0)
        try:
            await workflow.wait_condition(
                lambda: (
                    self.given_up is not None
                    or self._is_woken
                    or not self._news.isdisjoint(streams)
                ),
                timeout=seconds,
            )
        except TimeoutError:
            return until is None or workflow.now() < until
        if self.given_up is not None:
            raise GivenUp(self.given_up)
        self._is_woken = False
        self._news.difference_update(streams)
        return True

    async def _begin_again_if_long(self) -> None:
        length = workflow.info().get_current_history_length()
        if (
            length < self._order.history_events_max
            and not workflow.info().is_continue_as_new_suggested()
        ):
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            ConsignmentInput(
                booking_reference=self.booking_reference,
                deadlines=self._order.deadlines,
                history_events_max=self._order.history_events_max,
                progress=Progress(
                    done=self.done,
                    positions=self._positions,
                    compensations=self._compensations,
                    custody_until=self.custody_until,
                ),
            )
        )


def _refusal(error: ActivityError) -> FailureError:
    """Read a rule's refusal out of a failed step; a local activity raises it unwrapped."""
    cause = error.cause
    return cause if isinstance(cause, ApplicationError) else error
