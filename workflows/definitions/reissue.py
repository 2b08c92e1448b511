"""A bill taken in for amendment, until another stands in its place.

Each step is done once and asks first what stands; whoever takes over goes on where it was. The
old bill ends only when nothing speaks against the new one, and the new one follows at once.
"""

from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.definitions.process import Process
from workflows.messages import ActOutcome, AmendmentFacts, AmendmentStep, Do, Stream

_OPEN = "amend/"
_CLOSED = "amended/"
_CHANGE_OF_DESTINATION = "COD"


class Reissues:
    """The bills of one consignment that were taken in to be replaced."""

    def __init__(self, process: Process, signed_again_max: int) -> None:
        self._process = process
        self._signed_again_max = signed_again_max
        self._facts: dict[str, AmendmentFacts] = {}

    @property
    def open(self) -> list[str]:
        """Bills that were taken in and are not replaced yet, in order."""
        taken_in = [key.removeprefix(_OPEN) for key in self._process.done if key.startswith(_OPEN)]
        return [bill for bill in taken_in if not self._process.is_done(_CLOSED + bill)]

    @property
    def count(self) -> int:
        """How many bills were replaced."""
        return sum(key.startswith(_CLOSED) for key in self._process.done)

    def begin(self, bill: str) -> None:
        """A bill was taken in; what happens to it now is the main line's."""
        self._process.mark(_OPEN + bill)
        self._process.expect_news(Stream.LEDGER, Stream.DOCUMENTS)

    def carry_on(self) -> None:
        """Go on with each of them, beside the main line."""
        for bill in self.open:
            key = _CLOSED + bill
            self._process.beside(key, self._replacing(bill))

    def facts(self) -> AmendmentFacts | None:
        """What the first of them waits for, as last looked at."""
        return self._facts.get(self.open[0]) if self.open else None

    def _replacing(self, bill: str) -> Callable[[], Awaitable[bool]]:
        async def replace() -> bool:
            return await self._replace(bill)

        return replace

    async def _replace(self, bill: str) -> bool:
        """Answer whether another bill stands in its place."""
        process, key = self._process, _CLOSED + bill
        try:
            facts = await self._look(bill)
            if facts.reason_code == _CHANGE_OF_DESTINATION and not facts.invoice_number:
                await process.short(Do.INVOICE_CHANGE, self._step(Do.INVOICE_CHANGE, bill))
                facts = await self._look(bill)
            if facts.approvals_missing or not facts.is_settled:
                return False
            await self._perform(Do.VOID_BILL, bill)
            await self._perform(Do.REISSUE_BILL, bill)
            await process.short(Do.RECORD_REISSUED, self._step(Do.RECORD_REISSUED, bill))
            await process.short(Do.CHANGE_DESTINATION, self._step(Do.CHANGE_DESTINATION, bill))
        except ApplicationError as refused:
            process.refuse(key, refused)
            return False
        process.refused.pop(key, None)
        process.mark(key)
        # What was refused of the old bill is asked anew of the one in its place.
        for noted in [one for one in process.refused if one.startswith(Do.NOTE_ON_BOARD)]:
            del process.refused[noted]
        process.expect_news(*Stream)
        return True

    async def _look(self, bill: str) -> AmendmentFacts:
        facts = await self._process.short(
            Do.LOOK_AT_AMENDMENT, self._step(Do.LOOK_AT_AMENDMENT, bill), AmendmentFacts
        )
        self._facts[bill] = facts
        return facts

    async def _perform(self, act: Do, bill: str) -> None:
        """Do an act on the ledger; signed again with the new head when a race is lost."""
        for revision in range(self._signed_again_max):
            step = self._step(act, bill, revision)
            outcome = await self._process.slow(act, step, ActOutcome)
            if not outcome.is_race_lost:
                return
            await workflow.sleep(min(0.05 * (revision + 1), 1.0))
        raise ApplicationError("Others kept acting on the bill first.", type="RACE_LOST")

    def _step(self, do: Do, bill: str, revision: int = 0) -> AmendmentStep:
        process = self._process
        return AmendmentStep(
            process.booking_reference, bill, revision, process.request_id(do, bill, revision)
        )
