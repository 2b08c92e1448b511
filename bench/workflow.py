"""W2: from place_booking to the issued bill through the process ÷ the same steps called plainly.

Everybody outside answers at once, so that what remains is the house's own time. Plainly means:
one coroutine calls the very same steps, in the same order, with the same commits, and keeps
nothing that would survive its own death. What the process costs on top is the price of that.
"""

import statistics
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from onebill.booking.v1 import booking_pb2
from onebill.documents.v1 import documents_pb2

from bench.harness import Figure, compare
from bench.instance import Costs, instance
from bench.outside import Command, Laps, Outside, outside
from local.settings import settings
from workflows.client import Consignments, TemporalSettings, connect
from workflows.messages import (
    CreateBooking,
    CreateDraft,
    Deadlines,
    Do,
    PerformAct,
    PlaceBooking,
    RecordIssued,
    Step,
)
from workflows.worker import all_activities

ROUNDS: Final = 7

# The process's steps once every carrier has accepted.
_CONFIRMATION: Final = (
    Do.DECLARE,
    Do.AGREE_BUY_RATES,
    Do.PLAN_LEG_DOCUMENTS,
    Do.RESERVE_TRANSPORT_DOCUMENT,
    Do.PLAN_JOURNEY,
    Do.CONFIRM_BOOKING,
    Do.ISSUE_INVOICE,
)
_COMMANDS: Final = {
    "answer_leg": Do.ANSWER_LEG,
    "put_equipment": Do.PUT_EQUIPMENT,
    "issue_leg_document": Do.ISSUE_LEG_DOCUMENT,
    "submit_receipt": Do.SUBMIT_RECEIPT,
    "approve_draft": Do.APPROVE_DRAFT,
    "pay_invoice": Do.PAY_INVOICE,
}


async def measure() -> Figure:
    """Measure W2 on an instance of its own."""
    with instance():
        client = await connect(
            TemporalSettings(temporal_address=f"127.0.0.1:{settings()['PORT_TEMPORAL']}"),
            lazy=False,
        )
        async with outside() as everybody:
            process = Process(everybody, Consignments(client))
            plain = Plain(
                {_name(step): step for step in all_activities(everybody.inside)},
            )
            our_costs, its_costs = Costs(), Costs()
            our_laps: list[Laps] = []
            its_laps: list[Laps] = []

            async def ours() -> float:
                with our_costs.counted():
                    our_laps.append(await everybody.play(process))
                our_costs.handled(1)
                return our_laps[-1].total

            async def baseline() -> float:
                with its_costs.counted():
                    its_laps.append(await everybody.play(plain))
                its_costs.handled(1)
                return its_laps[-1].total

            figure = await compare(
                "W2",
                "booking to issued bill by the process ÷ the same steps called plainly",
                ours,
                baseline,
                unit="s",
                target=2.0,
                reach="at most",
                rounds=ROUNDS,
                warm_up=2,
            )
            return replace(
                figure,
                notes=(
                    f"process, ms: {_phases(our_laps[-ROUNDS:])}",
                    f"plainly, ms: {_phases(its_laps[-ROUNDS:])}",
                    f"process: {our_costs.told('bill', 8)}",
                    f"plainly: {its_costs.told('bill', 8)}",
                ),
            )


@dataclass(frozen=True)
class Process:
    """Through the workflow, as the doors speak to it."""

    everybody: Outside
    consignments: Consignments

    async def place(self, command: PlaceBooking) -> None:
        """Start the consignment with its first command."""
        await self.consignments.place_booking(command)

    async def say(self, name: str, command: Command) -> None:
        """Send an update."""
        await getattr(self.consignments, name)(command)

    async def until_requested(self, booking: str) -> None:
        """Wait until booking says so."""
        asked = booking_pb2.LEG_STATE_REQUESTED
        await self.everybody.news.until(lambda: self.everybody.legs_are(booking, asked))

    async def until_confirmed(self, booking: str) -> None:
        """Wait for the first draft, the last step of the confirmation."""
        await self._until(booking, lambda document: document.version > 0)

    async def until_drafted(self, booking: str) -> None:
        """Wait for a draft that misses nothing."""
        await self._until(booking, lambda document: not document.missing)

    async def until_issued(self, booking: str) -> None:
        """Wait until documents knows of the issue, the last step."""
        issued = documents_pb2.TRANSPORT_DOCUMENT_STATE_ISSUED
        await self._until(booking, lambda document: document.state == issued)

    async def _until(
        self, booking: str, so: Callable[[documents_pb2.TransportDocument], bool]
    ) -> None:
        async def ready() -> bool:
            return so(await self.everybody.document(booking))

        await self.everybody.news.until(ready)


@dataclass(frozen=True)
class Plain:
    """The process's own steps, called one after the other by whoever carries them."""

    steps: dict[str, Callable[[Any], Awaitable[Any]]]

    async def place(self, command: PlaceBooking) -> None:
        """Record the booking and make the offer."""
        deadline = datetime.now(UTC) + timedelta(seconds=Deadlines().acceptance_seconds)
        await self.steps[Do.CREATE_BOOKING](CreateBooking(command, deadline, _fresh()))
        await self._step(Do.MAKE_OFFER, command.booking_reference)

    async def say(self, name: str, command: Command) -> None:
        """Do what the command asks."""
        await self.steps[_COMMANDS[name]](command)

    async def until_requested(self, booking: str) -> None:
        """Ask the carriers."""
        await self.steps[Do.LOOK_AT_BOOKING](booking)
        await self._step(Do.REQUEST_LEGS, booking)

    async def until_confirmed(self, booking: str) -> None:
        """Confirm, every leg being accepted."""
        await self.steps[Do.LOOK_AT_BOOKING](booking)
        for do in _CONFIRMATION:
            await self._step(do, booking)
        await self._draft(booking, is_final=False)

    async def until_drafted(self, booking: str) -> None:
        """Insure, and write the complete draft."""
        await self.steps[Do.LOOK_AT_JOURNEY](booking)
        await self._step(Do.ISSUE_CERTIFICATE, booking)
        await self._draft(booking, is_final=True)

    async def until_issued(self, booking: str) -> None:
        """Issue."""
        await self.steps[Do.LOOK_AT_PAPERS](booking)
        await self.steps[Do.LOOK_AT_INVOICE](booking)
        outcome = await self.steps[Do.ISSUE_BILL](PerformAct(booking, 0, 0, _fresh()))
        await self.steps[Do.RECORD_ISSUED](RecordIssued(booking, outcome.act_hash, _fresh()))

    async def _draft(self, booking: str, *, is_final: bool) -> None:
        await self.steps[Do.CREATE_DRAFT](CreateDraft(booking, is_final, _fresh()))

    async def _step(self, do: Do, booking: str) -> None:
        await self.steps[do](Step(booking, _fresh()))


def _name(step: Callable[..., Any]) -> str:
    return str(getattr(step, "__temporal_activity_definition").name)


def _phases(runs: list[Laps]) -> str:
    return ", ".join(
        f"{phase} {statistics.median(run.spent[phase] for run in runs) * 1e3:,.0f}"
        for phase in runs[0].spent
    )


def _fresh() -> str:
    return str(uuid.uuid4())
