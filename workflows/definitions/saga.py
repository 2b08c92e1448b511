"""What to undo if a consignment ends before its bill is issued. After issue nothing is undone."""

from collections.abc import Awaitable, Callable
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.messages import Do

UNDO: Final[dict[Do, Do]] = {
    Do.CREATE_BOOKING: Do.REJECT_BOOKING,
    Do.DECLARE: Do.CANCEL_DECLARATION,
    Do.AGREE_BUY_RATES: Do.RELEASE_BUY_RATES,
    Do.PLAN_LEG_DOCUMENTS: Do.VOID_DRAFT,
    Do.ISSUE_INVOICE: Do.CREDIT_INVOICE,
}
"""Each step before issue and its compensation.

Voiding the drafts gives up the leg documents, the reserved reference and every draft of the
booking together. A journey's plan binds nobody and stays. Asking carriers is undone by
rejecting the booking, which releases every leg.
"""


class Saga:
    """Compensations in the order in which their steps began; run from the last to the first."""

    def __init__(self, registered: list[str]) -> None:
        # The list is the process's own, so that it travels with continue-as-new.
        self._registered = registered

    def register(self, step: Do) -> None:
        """Note how to undo `step`, before it is begun: it may happen and not answer."""
        undo = UNDO.get(step)
        if undo is not None and undo not in self._registered:
            self._registered.append(undo)

    def leave_out(self, compensation: Do) -> None:
        """Forget a compensation that has happened in another way."""
        if compensation in self._registered:
            self._registered.remove(compensation)

    def forget(self) -> None:
        """The pivot: from here on there are only forward steps and acts of law."""
        self._registered.clear()

    async def compensate(self, undo: Callable[[Do], Awaitable[None]]) -> None:
        """Undo everything, last first. Shield this from cancellation.

        A compensation that a rule refuses has nothing to undo (its step never happened) or is
        for the desk to look at; the others go on.
        """
        while self._registered:
            compensation = Do(self._registered[-1])
            try:
                await undo(compensation)
            except ApplicationError as refused:
                workflow.logger.warning(
                    "a compensation was refused",
                    extra={"compensation": compensation.value, "reason": refused.type},
                )
            self._registered.pop()
