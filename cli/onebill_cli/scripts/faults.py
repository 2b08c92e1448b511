"""The story under fire: processes die with -9 while it is told, and it ends the same.

A plan says which process dies at which step; it is drawn by a seed that is printed, so that
any run can be had again. Nothing here knows what a process does.
"""

import random
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from onebill_cli.environment import Environment
from onebill_cli.output import note
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.processes import SUPERVISOR, Running, running
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.summary import Summary, summarise
from onebill_cli.scripts.telling import Step, StoryBroken

PATIENCE_SECONDS: Final = "150"
LATEST_SECONDS: Final = 1.0
"""A process dies at a moment drawn within this time from the start of its step."""

Plan = Mapping[str, Sequence[str]]
"""Step name to the names of the processes that die in it."""

BringUp = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a story under fire ended."""

    killed: list[str]
    summary: Summary


def patient(environment: Environment) -> Environment:
    """Return the environment of somebody who waits for a platform that is being shot at."""
    values = dict(environment.values) | {"ONEBILL_PATIENCE_SECONDS": PATIENCE_SECONDS}
    return Environment(environment.state, values)


def draw_plan(names: Sequence[str], steps: Sequence[str], source: random.Random) -> Plan:
    """Draw for every process the step at which it dies, once."""
    plan: dict[str, list[str]] = {step: [] for step in steps}
    for name in names:
        plan[source.choice(list(steps))].append(name)
    return plan


def bring_up() -> None:
    """Call `make up`, as an operator does after the supervisor's death."""
    subprocess.run(["make", "up"], check=True)  # noqa: S607 - the operator's own make


def long_lived(environment: Environment) -> list[str]:
    """Name every process of the stack that is there to stay, the supervisor last."""
    return [process.name for process in running(environment)]


def tell_under_fire(
    environment: Environment, plan: Plan, source: random.Random, bring_up: BringUp = bring_up
) -> Outcome:
    """Play the story once while the plan's processes die; read back what is left."""
    environment = patient(environment)
    story = Story(Cast.of(environment), source)
    killed: list[str] = []
    for step in story.steps():
        _play(environment, step, plan.get(step.name, ()), source, killed, bring_up)
    summary = summarise(environment, story.consignment, {})
    check_ending(summary)
    return Outcome(killed, summary)


def check_ending(summary: Summary) -> None:
    """Raise StoryBroken unless the story ended with exactly one of each and books that balance."""
    expected = {
        "bookings": 1,
        "booking_state": "COMPLETED",
        "invoices": 1,
        "certificates": 1,
        "containers": 1,
        "leg_documents": 4,
        "bill_state": "ACCOMPLISHED",
    }
    differing = {name: summary[name] for name, value in expected.items() if summary[name] != value}
    if differing:
        raise StoryBroken(f"the story ended otherwise: {differing}")
    if any(summary["journal_sum"].values()):
        raise StoryBroken(f"the journal does not sum to zero: {summary['journal_sum']}")


def _play(
    environment: Environment,
    step: Step,
    names: Sequence[str],
    source: random.Random,
    killed: list[str],
    bring_up: BringUp,
) -> None:
    moments = sorted((source.uniform(0, LATEST_SECONDS), name) for name in names)
    fire = threading.Thread(target=_shoot, args=(environment, moments, killed, bring_up))
    note(f"{step.title}" + (f" — while dying: {', '.join(names)}" if names else ""))
    fire.start()
    try:
        step.play(lambda _: None)
    finally:
        fire.join()


def _shoot(
    environment: Environment,
    moments: Sequence[tuple[float, str]],
    killed: list[str],
    bring_up: BringUp,
) -> None:
    started = time.monotonic()
    for moment, name in moments:
        time.sleep(max(0.0, started + moment - time.monotonic()))
        target = _find(environment, name)
        if target is None:
            note(f"{name} is down already")
            continue
        target.kill()
        killed.append(name)
        if name == SUPERVISOR:
            bring_up()


def _find(environment: Environment, name: str) -> Running | None:
    return next((process for process in running(environment) if process.name == name), None)
