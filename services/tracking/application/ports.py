"""What the use cases ask of the outside."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from services.tracking.domain.events import TrackingEvent
from services.tracking.domain.journey import Journey, News
from services.tracking.domain.plan import Plan


class PlannedJourney(NamedTuple):
    """A journey together with the plan that it is held against."""

    plan: Plan
    journey: Journey


class Records(Protocol):
    """Events and journeys, within one transaction."""

    async def lock_plans(self, references: Sequence[str]) -> Mapping[str, Plan]:
        """Answer the plans of those bookings that have one, whoever asks.

        Nobody else changes these journeys until the commit.
        """
        ...

    async def read_locked(self, references: Sequence[str]) -> Mapping[str, PlannedJourney]:
        """Answer journeys that were locked before, for changing them."""
        ...

    async def read_journey(self, reference: str) -> PlannedJourney | None:
        """Answer one journey, if the caller may see it."""
        ...

    async def append(self, issuer: str, events: Sequence[TrackingEvent]) -> int:
        """Add the issuer's events that are not known yet; answer how many those were."""
        ...

    async def read_events(self, reference: str) -> list[TrackingEvent]:
        """Answer every event of a booking that may move the journey, in order of receipt."""
        ...

    async def add_journey(self, planned: PlannedJourney) -> None:
        """Begin a journey and let the shipper read it."""
        ...

    async def save_journeys(self, journeys: Sequence[PlannedJourney]) -> None:
        """Write journeys that were locked before; their plans are as they were."""
        ...

    async def save_plan(self, planned: PlannedJourney) -> None:
        """Write a plan that was locked before, and the journey that it makes."""
        ...

    def tell(self, plan: Plan, news: News) -> None:
        """Tell the world, when this transaction commits."""
        ...
