"""Every part holds the same about the same bills; what is planted in each of them is found."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from onebill_cli.environment import Environment
from onebill_cli.scripts.story import Story
from temporalio.client import Client

from local.places import ROOT
from workflows.messages import TASK_QUEUE, WORKFLOW, ConsignmentInput, workflow_id

pytestmark = pytest.mark.engines

Change = Callable[[asyncpg.Connection], Awaitable[object]]
_NOBODYS = "OBNOBODYSBOOKING"


def reconcile() -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "local.part", "worker", "-m", "workflows.reconcile"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def rebuild() -> None:
    subprocess.run(
        [sys.executable, "-m", "local.part", "projection", "rebuild"], cwd=ROOT, check=True
    )


async def as_owner(environment: Environment, part: str, change: Change) -> None:
    """Change a part's rows behind its back, with the rights of its schema's owner."""
    state = environment.state
    password = (state / "passwords" / f"{part}_owner").read_text().strip()
    port = (state / "port-base").read_text().strip()
    connection = await asyncpg.connect(
        f"postgresql://{part}_owner:{password}@127.0.0.1:{port}/onebill"
    )
    try:
        await connection.execute("SELECT set_config('onebill.organisation', 'operator', false)")
        await change(connection)
    finally:
        await connection.close()


def test_the_parts_agree_and_what_is_planted_in_each_is_found(
    environment: Environment, told_story: Story
) -> None:
    bill, booking = told_story.consignment.bill, told_story.consignment.booking
    assert reconcile()[0] == 0

    planted: dict[str, tuple[str, str]] = {
        "projection": (
            (
                "UPDATE bills SET record = replace(record, 'isClean\":true', 'isClean\":false') "
                "WHERE reference = $1"
            ),
            bill,
        ),
        "documents": (
            (
                "UPDATE versions SET document_hash = reverse(document_hash) "
                "WHERE transport_document_reference = $1"
            ),
            bill,
        ),
        "insurance": (
            (
                "UPDATE certificates SET certificate_hash = reverse(certificate_hash) "
                "WHERE booking_reference = $1"
            ),
            booking,
        ),
    }

    async def plant() -> None:
        for part, (statement, subject) in planted.items():
            await as_owner(environment, part, lambda c, s=statement, a=subject: c.execute(s, a))
        client = await temporal(environment)
        await client.start_workflow(
            WORKFLOW,
            ConsignmentInput(_NOBODYS),
            id=workflow_id(_NOBODYS),
            task_queue=TASK_QUEUE,
        )

    async def heal() -> None:
        # Turned round twice, a hash is itself again.
        for part in ("documents", "insurance"):
            statement, subject = planted[part]
            await as_owner(environment, part, lambda c, s=statement, a=subject: c.execute(s, a))
        client = await temporal(environment)
        await client.get_workflow_handle(workflow_id(_NOBODYS)).terminate("planted by a test")

    asyncio.run(plant())
    try:
        code, said = reconcile()
    finally:
        asyncio.run(heal())
        rebuild()

    assert code == 1, said
    kinds = {line.split()[0]: line for line in said.splitlines() if line[0].isupper()}
    assert set(kinds) == {
        "PROJECTION_DIFFERS",
        "DOCUMENT_DIFFERS",
        "CERTIFICATE_DIFFERS",
        "PROCESS_OF_NOTHING",
    }
    assert bill in kinds["PROJECTION_DIFFERS"]
    assert reconcile()[0] == 0


async def temporal(environment: Environment) -> Client:
    port = int((environment.state / "port-base").read_text()) + 1
    return await Client.connect(f"127.0.0.1:{port}", namespace="onebill")
