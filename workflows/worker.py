"""The process that runs workflows and activities: `python -m workflows.worker`."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from foundation.runtime.process import Wired, serve
from foundation.runtime.settings import SettingsFault, load_settings
from foundation.runtime.telemetry import start_telemetry
from workflows.activities.acts import ActActivities
from workflows.activities.amendments import AmendmentActivities
from workflows.activities.booking import BookingActivities, OfferActivities
from workflows.activities.directory import Directory, read_destinations
from workflows.activities.documents import DocumentsActivities
from workflows.activities.insurance import InsuranceActivities
from workflows.activities.settlement import SettlementActivities
from workflows.activities.tracking import TrackingActivities
from workflows.client import connect
from workflows.definitions.consignment import ConsignmentWorkflow
from workflows.heartbeats import Heartbeats
from workflows.messages import TASK_QUEUE
from workflows.neighbours import Neighbours, open_neighbours
from workflows.settings import WorkerSettings

# A workflow task keeps its slot while local activities run; too few would look like a slow
# database.
_TASKS_AT_ONCE = 100


def all_activities(neighbours: Neighbours) -> list[Callable[..., Any]]:
    """Every activity of the process, given its stubs."""
    directory = Directory(neighbours.ledger, read_destinations())
    bookings = BookingActivities(neighbours.bookings)
    offers = OfferActivities(neighbours.bookings, neighbours.settlement, neighbours.insurance)
    insurance = InsuranceActivities(
        neighbours.insurance, neighbours.bookings, neighbours.documents, neighbours.tracking
    )
    settlement = SettlementActivities(neighbours.settlement, neighbours.bookings)
    tracking = TrackingActivities(neighbours.tracking, neighbours.bookings)
    documents = DocumentsActivities(
        neighbours.documents,
        neighbours.bookings,
        neighbours.tracking,
        neighbours.insurance,
        neighbours.ledger,
        directory,
    )
    acts = ActActivities(neighbours)
    owners: tuple[object, ...] = (
        bookings,
        offers,
        insurance,
        settlement,
        tracking,
        documents,
        acts,
        AmendmentActivities(neighbours, acts, directory),
    )
    return [
        method
        for owner in owners
        for name in dir(owner)
        if hasattr(method := getattr(owner, name), "__temporal_activity_definition")
    ]


def make_worker(
    client: Client,
    activities: Sequence[Callable[..., Any]],
    task_queue: str = TASK_QUEUE,
) -> Worker:
    """A worker for consignments; an async context."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[ConsignmentWorkflow],
        activities=activities,
        interceptors=[Heartbeats()],
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules("workflows.messages")
        ),
        max_concurrent_workflow_tasks=_TASKS_AT_ONCE,
        max_concurrent_activities=_TASKS_AT_ONCE,
        max_concurrent_local_activities=_TASKS_AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=10),
    )


async def run(settings: WorkerSettings) -> None:
    """Work until SIGTERM or SIGINT."""
    async with open_neighbours(settings) as neighbours:
        client = await connect(settings, lazy=False)
        async with make_worker(client, all_activities(neighbours)):
            await serve(settings, Wired({}, lambda _server: None))


def main() -> int:
    """Run the process and answer its exit code."""
    try:
        settings = load_settings(WorkerSettings, "worker", os.environ)
    except SettingsFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    start_telemetry("worker", os.environ)
    asyncio.run(run(settings))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
