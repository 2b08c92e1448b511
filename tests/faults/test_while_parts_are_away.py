"""What goes on while others are away: title without the process, proof without the operator."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from onebill.ledger.v1 import ledger_pb2, ledger_service_pb2
from onebill_cli.doors import ask_ledger_door
from onebill_cli.environment import Environment
from onebill_cli.roles import cast as roles
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.port import WITHOUT_OPERATOR
from onebill_cli.scripts.faults import patient
from onebill_cli.scripts.processes import Running, is_the_operators, running
from onebill_cli.scripts.story import Story

pytestmark = [pytest.mark.engines, pytest.mark.timeout(1500)]

PROCESS = {"temporal", "worker", "listener"}


@pytest.fixture(scope="module")
def environment() -> Environment:
    return patient(Environment.load())


@pytest.fixture(scope="module")
def story(environment: Environment) -> Story:
    story = Story(Cast.of(environment), random.Random())
    for step in story.steps():
        step.play(lambda _: None)
        if step.name == "issue":
            return story
    raise AssertionError("the story has no issue")


def test_title_moves_while_the_process_is_away(environment: Environment, story: Story) -> None:
    parties, bill = story.consignment.parties, story.consignment.bill

    with frozen(environment, lambda process: process.name in PROCESS):
        story.cast.seller.transfer(bill, parties[roles.ISSUING_BANK])

    assert story.cast.seller.head(bill).possessor == parties[roles.ISSUING_BANK]


def test_a_port_attests_while_every_process_of_the_operator_is_away(
    environment: Environment, story: Story
) -> None:
    request = ledger_service_pb2.AttestRequest(
        transport_document_reference=story.consignment.bill,
        nonce="while-the-operator-is-away",
        organisations=WITHOUT_OPERATOR,
    )

    with frozen(environment, is_the_operators):
        answer = ask_ledger_door(
            environment,
            "partnerport",
            "partnerport",
            lambda door: door.Attest(request, timeout=50),
        )

    assert set(answer.organisations) == set(WITHOUT_OPERATOR)


def test_the_others_carry_title_on_while_every_process_of_the_operator_is_away(
    environment: Environment, story: Story
) -> None:
    parties, bill = story.consignment.parties, story.consignment.bill
    bank = replace(story.cast.issuing_bank)
    assert bank.bill(bill).state == ledger_pb2.BILL_STATE_ISSUED

    with frozen(environment, is_the_operators):
        bank.endorse_to_order(bill, parties[roles.BUYER])
        bank.transfer(bill, parties[roles.BUYER])
        held = story.cast.buyer.bill(bill)

    assert held.possessor == parties[roles.BUYER]
    assert held.title_holder == parties[roles.BUYER]


@contextmanager
def frozen(environment: Environment, which: Callable[[Running], bool]) -> Iterator[None]:
    """Stop processes as SIGSTOP does: they hold their connections and answer nothing."""
    targets = [process for process in running(environment) if which(process)]
    assert targets, "there is somebody to stop"
    for process in targets:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in targets:
            os.kill(process.pid, signal.SIGCONT)
