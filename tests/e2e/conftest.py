"""The running stack that `make test` starts, and stories played on it."""

import random
from collections.abc import Callable

import pytest
from onebill_cli.environment import Environment
from onebill_cli.roles.cast import Cast
from onebill_cli.roles.shipper import SANDBOX
from onebill_cli.scripts.consignment import LETTER_OF_CREDIT, Sale
from onebill_cli.scripts.story import Story

PlayUntil = Callable[..., Story]


@pytest.fixture(scope="session")
def environment() -> Environment:
    return Environment.load()


@pytest.fixture(scope="session")
def cast(environment: Environment) -> Cast:
    return Cast.of(environment)


@pytest.fixture(name="play_until")
def _play_until(environment: Environment) -> PlayUntil:
    return _player(environment)


@pytest.fixture(scope="module")
def play_once(environment: Environment) -> PlayUntil:
    """Play for a whole module: its tests leave the story where it is."""
    return _player(environment)


def _player(environment: Environment) -> PlayUntil:
    """Play a fresh story up to and including the named step."""

    def play(
        name: str,
        payment_rail: str = SANDBOX,
        sale: Sale = LETTER_OF_CREDIT,
        kind: type[Story] = Story,
    ) -> Story:
        story = kind(Cast.of(environment), random.Random(), payment_rail, sale)
        steps = story.steps()
        last = [step.name for step in steps].index(name)
        for step in steps[: last + 1]:
            step.play(lambda _: None)
        return story

    return play


@pytest.fixture(scope="module")
def told_story(environment: Environment) -> Story:
    """One story from first to last, for the tests that only look at what it left."""
    story = Story(Cast.of(environment), random.Random())
    for step in story.steps():
        step.play(lambda _: None)
    return story
