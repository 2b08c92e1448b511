"""What every story needs to be told: steps, refusals that are kept, and waiting."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from onebill_cli.errors import CommandFailed, NotThere, Refused
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.consignment import Consignment
from onebill_cli.scripts.waiting import wait_for

Say = Callable[[str], None]
WAIT_SECONDS: Final = 60.0
T = TypeVar("T")


class StoryBroken(AssertionError):
    """Something that must be refused was allowed, or came out otherwise than told."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its short name for scripts, its title for people."""

    name: str
    title: str
    play: Callable[[Say], None]


class Told:
    """A cast with a consignment: tries what must be refused, and waits for the platform."""

    def __init__(self, cast: Cast, consignment: Consignment) -> None:
        """Begin with nothing done."""
        self.cast = cast
        self.consignment = consignment

    def refused(self, what: str, attempt: Callable[[], object], say: Say) -> None:
        """Try what must be refused; keep the reason. Raises StoryBroken where it succeeds."""
        try:
            attempt()
        except (Refused, NotThere) as refusal:
            self.keep_refusal(what, refusal, say)
            return
        raise StoryBroken(f"{what} was not refused")

    def keep_refusal(self, what: str, refusal: CommandFailed, say: Say) -> None:
        """Write a refusal down, for the summary."""
        self.consignment.refusals.append(
            {"what": what, "reason": refusal.reason, "sentence": refusal.message}
        )
        say(f"refused: {what}: {refusal.reason}")

    def wait_for(self, what: str, probe: Callable[[], T | None]) -> T:
        """Wait for what the platform does by itself, as patiently as the environment says."""
        patience = max(WAIT_SECONDS, self.cast.environment.patience_seconds)
        return wait_for(what, probe, patience)

    def wait_state(self, state: str) -> dict[str, Any]:
        """Wait until the booking is in a state; stop early where it can no longer get there."""

        def probe() -> dict[str, Any] | None:
            booking = self.cast.seller.booking(self.consignment.booking)
            if booking["state"] in {"REJECTED", "DECLINED", "CANCELLED"} - {state}:
                raise StoryBroken(f"the booking is {booking['state']}: {booking['stateReason']}")
            return booking if booking["state"] == state else None

        return self.wait_for(f"booking in state {state}", probe)

    def wait_leg_requested(self) -> None:
        """Wait until the carriers were asked."""

        def probe() -> bool | None:
            booking = self.cast.seller.booking(self.consignment.booking)
            return all(leg["state"] != "PLANNED" for leg in booking["legs"]) or None

        self.wait_for("request to the carriers", probe)

    def record(self) -> dict[str, Any]:
        """Ask for the bill's record on the ledger."""
        return record_of(self.cast.delivery_agent.bill(self.consignment.bill).record)

    def act_done(self, action_code: str) -> bool | None:
        """Say whether the chain of the bill has an act of this code; None while it has not."""
        acts = self.cast.seller.acts(self.consignment.bill)
        return any(act["actionCode"] == action_code for act in acts) or None

    def must_hold(self, party: str) -> None:
        """Stop the story where somebody else possesses the bill."""
        head = self.cast.seller.head(self.consignment.bill)
        if head.possessor != party:
            raise StoryBroken(f"the bill is {head.possessor}'s, not {party}'s")


def record_of(text: str) -> dict[str, Any]:
    """Read a bill's record on the ledger."""
    record: dict[str, Any] = json.loads(text)
    return record
