"""Incidents: something that may become a claim. A broken seal is one; it is no claim.

One per event. The notice clocks run from delivery, for an incident that is opened later too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from foundation.kernel.errors import InvalidValue
from foundation.kernel.rules import Rule, in_force

CAUSES: Final = frozenset({"SEAL_BREACH", "OPENED", "CONTAINER_CHANGED", "MISROUTED", "DAMAGE"})
# One character off is a slip until a photo decides; an excused opening has a reason on record;
# hand-overs out of order are exceptions with an owner. None of them threatens the goods.
NO_INCIDENTS: Final = frozenset({"SEAL_QUERY", "EXCUSED_OPENING", "OUT_OF_ORDER"})

EXPLANATION_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """How long after delivery notice may be given."""

    rule: Rule
    clock: str
    days: int


@dataclass(frozen=True, slots=True)
class NoticeClock:
    """A moment by which notice must be given."""

    clock: str
    due_at: datetime
    rule: Rule


@dataclass(frozen=True, slots=True)
class Incident:
    """One breach.

    Attributes:
        leg_sequence: the leg it lies on; 0 while unknown, and then it is the operator's.
        owner: whose row it is, the assured.
    """

    reference: str
    booking_reference: str
    owner: str
    leg_sequence: int
    cause: str
    event_id: str
    opened_at: datetime
    explanation: str

    def __post_init__(self) -> None:
        """Check cause, leg, event and sentence."""
        if self.cause in NO_INCIDENTS:
            raise InvalidValue(
                "NO_INCIDENT",
                f"{self.cause} is looked at by a person and opens no incident.",
                cause=self.cause,
            )
        if self.cause not in CAUSES:
            raise InvalidValue(
                "CAUSE_UNKNOWN",
                f"{self.cause!r} is no cause: {', '.join(sorted(CAUSES))}.",
                cause=self.cause,
            )
        if self.leg_sequence < 0:
            raise InvalidValue("LEG_NEGATIVE", "A leg is numbered from 1; 0 means not known.")
        if not self.event_id:
            raise InvalidValue("EVENT_MISSING", "An incident names the event that shows it.")
        if not 0 < len(self.explanation) <= EXPLANATION_MAX:
            raise InvalidValue(
                "EXPLANATION_MISSING",
                f"Say in 1 to {EXPLANATION_MAX} characters what happened.",
            )


def incident_reference(booking_reference: str, number: int) -> str:
    """Name the booking's incident."""
    return f"IN-{booking_reference}-{number}"


def notice_clocks(
    rules: Sequence[NoticeRule], delivered_at: datetime | None
) -> tuple[NoticeClock, ...]:
    """Answer the clocks that run since delivery, the earliest first; none before it."""
    if delivered_at is None:
        return ()
    clocks = [
        NoticeClock(rule.clock, delivered_at + timedelta(days=rule.days), rule.rule)
        for rule in in_force(rules, delivered_at.date())
    ]
    return tuple(sorted(clocks, key=lambda clock: (clock.due_at, clock.clock)))
