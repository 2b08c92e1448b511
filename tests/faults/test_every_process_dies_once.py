"""Every process of the stack dies once with -9 during one story, and the story ends the same."""

import os
import random
import secrets

import pytest
from onebill_cli.environment import Environment
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.faults import draw_plan, long_lived, tell_under_fire
from onebill_cli.scripts.story import Story

pytestmark = [pytest.mark.engines, pytest.mark.timeout(3000)]


def test_one_story_survives_the_death_of_every_process() -> None:
    environment = Environment.load()
    seed = int(os.environ.get("ONEBILL_FAULTS_SEED", secrets.randbelow(2**32)))
    print(f"seed {seed}; again with ONEBILL_FAULTS_SEED={seed}")  # noqa: T201 - the seed is shown
    source = random.Random(seed)
    names = long_lived(environment)
    steps = [step.name for step in Story(Cast.of(environment), source).steps()]
    assert len(names) > 20, "the whole stack is running"

    outcome = tell_under_fire(environment, draw_plan(names, steps, source), source)

    assert set(outcome.killed) == set(names)
