"""Waits for what the platform does by itself, asking, never guessing."""

import time
from collections.abc import Callable
from typing import TypeVar

from onebill_cli.errors import NotThere, TryAgain

T = TypeVar("T")
ASK_EVERY_SECONDS = 0.1


def wait_for(what: str, probe: Callable[[], T | None], seconds: float = 60.0) -> T:
    """Ask until `probe` answers something, or give up with one sentence.

    A door that is not there yet, or a thing that is not there yet, is no answer.
    """
    give_up = time.monotonic() + seconds
    while True:
        try:
            answer = probe()
        except NotThere:
            answer = None
        if answer is not None:
            return answer
        if time.monotonic() > give_up:
            raise TryAgain(
                "STILL_WAITING", f"After {seconds:.0f} seconds there is still no {what}."
            )
        time.sleep(ASK_EVERY_SECONDS)
