"""Shoot one process of the running stack and see that nothing was lost."""

import random
from typing import Any

from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit, TryAgain
from onebill_cli.output import say, show_table
from onebill_cli.roles.shipper import Desk
from onebill_cli.scripts.processes import SUPERVISOR, running, wait_restarted
from onebill_cli.scripts.waiting import wait_for

Books = dict[str, Any]


def run_kill_one(environment: Environment, name: str, seed: int | None) -> None:
    """Kill one process, wait for it to come back, and compare the books before and after."""
    targets = [process for process in running(environment) if process.name != SUPERVISOR]
    if name:
        targets = [process for process in targets if process.name == name]
    if not targets:
        raise CommandFailed(
            Exit.NOT_FOUND, "PROCESS_NOT_FOUND", f"No process {name or 'at all'} is running."
        )
    before = _books(environment)
    target = random.Random(seed).choice(targets)
    say(f"Killing [bold]{target.name}[/bold] (pid {target.pid}) with -9.")
    target.kill()
    if not wait_restarted(environment, target):
        raise TryAgain("NOT_BACK", f"{target.name} did not come back.", "Run: make up")
    after = wait_for("answer from the desk", lambda: _books_or_nothing(environment), 90.0)
    show_table(
        "Before and after",
        ("what", "before", "after"),
        ((what, before[what], after[what]) for what in before),
    )
    if before != after:
        raise CommandFailed(Exit.REFUSED, "BOOKS_DIFFER", "Something differs; it should not.")
    say(f"{target.name} is back; no booking, bill or cent was lost.")


def _books_or_nothing(environment: Environment) -> Books | None:
    try:
        return _books(environment)
    except TryAgain:
        return None


def _books(environment: Environment) -> Books:
    desk = Desk.of(environment)
    return {
        "bookings": len(desk.bookings()),
        "bills": len(desk.bills()),
        "journal entries": len(desk.journal()),
        "journal sums": {
            line["currencyCode"]: line["difference"] for line in desk.trial_balance()
        },
    }
