"""Every way the workflow went once must be readable by the workflow of today."""

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from tests.replay.histories import saved_histories
from workflows.definitions.consignment import ConsignmentWorkflow

HISTORIES = saved_histories()


def test_there_is_a_history_for_every_ending() -> None:
    names = {history.workflow_id for history in HISTORIES}

    assert {
        "test_a_consignment_goes_from_booking_to_close",
        "test_a_refused_first_request_closes_the_workflow_and_asks_no_carrier",
        "test_a_carrier_that_declines_the_last_leg_undoes_everything",
        "test_a_missed_deadline_names_the_carriers_that_were_silent",
        "test_the_shipper_may_cancel_until_the_goods_are_taken_in_charge",
        "test_a_breach_opens_one_incident_and_does_not_stop_the_box",
        "test_a_lost_race_is_signed_again_under_another_request",
        "test_a_long_history_begins_again_where_it_was",
    } <= names


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.workflow_id)
async def test_a_history_replays(history: WorkflowHistory) -> None:
    replayer = Replayer(
        workflows=[ConsignmentWorkflow],
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules("workflows.messages")
        ),
    )

    await replayer.replay_workflow(history)
