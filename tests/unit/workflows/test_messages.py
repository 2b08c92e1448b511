"""Request ids, and the names by which they stay the same."""

import uuid
from pathlib import Path

from onebill.documents.v1 import documents_service_pb2

from workflows.activities.directory import read_destinations
from workflows.activities.shapes import with_facts
from workflows.messages import Do, request_id, workflow_id


def test_a_request_id_hangs_on_workflow_step_subject_and_revision_alone() -> None:
    name = workflow_id("OBB1")
    first = request_id(name, Do.NOTE_ON_BOARD, "3", 0)

    assert first == request_id(name, Do.NOTE_ON_BOARD, "3", 0)
    others = {
        request_id(workflow_id("OBB2"), Do.NOTE_ON_BOARD, "3", 0),
        request_id(name, Do.ISSUE_BILL, "3", 0),
        request_id(name, Do.NOTE_ON_BOARD, "4", 0),
        request_id(name, Do.NOTE_ON_BOARD, "3", 1),
    }
    assert len(others | {first}) == 5
    assert str(uuid.UUID(first)) == first


def test_the_request_ids_of_yesterday_are_those_of_today() -> None:
    # Changing this would book a second time after an upgrade.
    assert request_id(workflow_id("OBB1"), Do.CREATE_BOOKING) == (
        "565f7448-0e28-59a0-8d2e-d48e4209d8fb"
    )


def test_the_same_facts_are_a_repeat_and_changed_facts_a_request_of_their_own() -> None:
    base = str(uuid.uuid4())
    one = documents_service_pb2.CheckIssueRequest(transport_document_reference="OB1")
    same = documents_service_pb2.CheckIssueRequest(transport_document_reference="OB1")
    other = documents_service_pb2.CheckIssueRequest(
        transport_document_reference="OB1", is_freight_settled=True
    )

    assert with_facts(base, one) == with_facts(base, same)
    assert with_facts(base, one) != with_facts(base, other)


def test_every_step_has_exactly_one_activity() -> None:
    source = "\n".join(
        path.read_text()
        for path in (Path(__file__).parents[3] / "workflows" / "activities").glob("*.py")
    )

    assert {do: source.count(f"name=Do.{do.name})") for do in Do} == dict.fromkeys(Do, 1)


def test_the_operators_agents_at_singapore_are_known() -> None:
    singapore = read_destinations()["SGSIN"]

    assert singapore.carriers_agents["line-beibu"] == "agent-line-singapore"
    assert singapore.customs == ("customs-singapore",)
