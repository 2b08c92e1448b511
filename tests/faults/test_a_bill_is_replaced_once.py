"""The process dies before the old bill ends and between its end and the new one's issue."""

import random

import pytest
from onebill_cli.environment import Environment
from onebill_cli.roles import cast as roles
from onebill_cli.roles.acts import wanted_change
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.consignment import PAID_BEFORE_ARRIVAL
from onebill_cli.scripts.faults import patient
from onebill_cli.scripts.processes import running, wait_restarted
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.waiting import wait_for

pytestmark = [pytest.mark.engines, pytest.mark.timeout(900)]

PATIENCE = 300.0


class Blank(Story):
    """To order, blank: its shipper holds it and has the title."""

    @property
    def title_at_issue(self) -> str:
        """Nobody's by name."""
        return ""


def kill_worker(environment: Environment) -> None:
    worker = next(one for one in running(environment) if one.name == "worker")
    worker.kill()
    assert wait_restarted(environment, worker, PATIENCE)


def test_a_worker_that_dies_around_the_end_of_a_bill_replaces_it_once() -> None:
    environment = patient(Environment.load())
    story = Blank(Cast.of(environment), random.Random(), sale=PAID_BEFORE_ARRIVAL)
    for step in story.steps():
        step.play(lambda _: None)
        if step.name == "issue":
            break
    seller, desk, old = story.cast.seller, story.cast.desk, story.consignment.bill
    buyer = ("CONSIGNEE", roles.BUYER, "Jurong Precision Tools Pte. Ltd.", "40 Pioneer Road")
    asked = seller.surrender_for_amendment(
        old,
        seller.bill(old)["issuer"],
        "SWI",
        wanted=wanted_change(bill_kind="SEAWAYBILL", parties=[buyer]),
    )
    new = desk.prepare_amendment(old)["transportDocumentReference"]
    desk.accept_surrender(old, asked)
    kill_worker(environment)
    seller.approve_amendment(old)

    wait_for("end of the old bill", lambda: _is(desk.bill(old)["state"], "VOIDED"), PATIENCE)
    kill_worker(environment)
    wait_for("the booking's new bill", lambda: _is(_bill_of(story), new), PATIENCE)

    assert [act["actionCode"] for act in seller.acts(old)].count("VOID") == 1
    assert [act["actionCode"] for act in seller.acts(new)] == ["ISSUE"]
    assert seller.bill(new)["possessor"] == seller.signer.party


def _bill_of(story: Story) -> str:
    papers = story.cast.seller.documents(story.consignment.booking)
    return str(papers["transportDocumentReference"])


def _is(seen: str, wanted: str) -> bool | None:
    return seen == wanted or None
