"""Events and journeys in PostgreSQL.

Events are written in the name of their issuer. Whether a carrier may tell something, and what
that makes of the journey, is the operator's to know: the plan names other carriers and the
journey rests on their events, so both are read and written in the operator's name, within the
same transaction.
"""

import json
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import text

from foundation.runtime.database import Fact, Transaction
from foundation.runtime.identity import OPERATOR
from services.tracking.adapters.state import read_journey, read_plan, write_journey, write_plan
from services.tracking.application.ports import PlannedJourney
from services.tracking.domain.events import SeenSeal, TrackingEvent
from services.tracking.domain.journey import Journey, News, fold
from services.tracking.domain.plan import Plan

_COLUMNS: Final = (
    "organisation",
    "event_id",
    "event_type",
    "event_code",
    "event_classifier",
    "event_date_time",
    "booking_reference",
    "leg_sequence",
    "equipment_reference",
    "un_location_code",
    "facility_code",
    "facility_type",
    "is_laden",
    "seals",
    "mode_of_transport",
    "vessel_imo_number",
    "vessel_name",
    "voyage_number",
    "retracted_event_id",
    "remark",
    "authority_reference",
)
_LIST: Final = ", ".join(_COLUMNS)
_SEALS: Final = _COLUMNS.index("seals")
_SEAL_TEXTS: Final = 3

# Keeps a fact of a booking with a hundred containers below the 64 KiB of one event.
_MILESTONES_MAX: Final = 100

_CACHED: Final = 2_000
_REVISION_BITS: Final = 62

# COPY into a table with row-level security is an error, so events come in over a stage that
# lives as long as the connection.
_STAGED: Final = ", ".join(
    f"CAST({name} AS text) AS {name}" if name == "seals" else name for name in _COLUMNS
)
_STAGE: Final = text(
    "CREATE TEMPORARY TABLE IF NOT EXISTS events_stage ON COMMIT DELETE ROWS "  # noqa: S608 - our own names
    f"AS SELECT {_STAGED} FROM events WITH NO DATA"
)
_APPEND: Final = text(
    f"INSERT INTO events ({_LIST}) "  # noqa: S608 - our own names
    f"SELECT {_LIST.replace('seals', 'CAST(seals AS text[])')} FROM events_stage "
    "ON CONFLICT (organisation, event_id) DO NOTHING"
)
_LOCK: Final = text(
    "SELECT booking_reference, plan, revision FROM journeys "
    "WHERE booking_reference = ANY(:references) ORDER BY booking_reference FOR UPDATE"
)
_LOCKED: Final = text(
    "SELECT booking_reference, journey FROM journeys WHERE booking_reference = ANY(:references)"
)
_READ: Final = text("SELECT plan, journey FROM journeys WHERE booking_reference = :reference")
_EVENTS: Final = text(
    f"SELECT {_LIST} FROM events WHERE booking_reference = :reference ORDER BY position"  # noqa: S608 - our own names
)
_PAGE: Final = text(
    f"SELECT position, received_at, {_LIST} FROM events "  # noqa: S608 - our own names
    "WHERE booking_reference = :reference AND position > :after ORDER BY position LIMIT :size"
)
_ADD: Final = text(
    "INSERT INTO journeys (booking_reference, organisation, plan, journey, revision) "
    "VALUES (:reference, :organisation, :plan, :journey, :revision)"
)
_SAVE: Final = text(
    "UPDATE journeys SET journey = CAST(said.journey AS text), revision = said.revision "
    "FROM json_to_recordset(CAST(:journeys AS json)) "
    "AS said (reference text, journey json, revision bigint) "
    "WHERE booking_reference = said.reference"
)
_SAVE_PLAN: Final = text(
    "UPDATE journeys SET plan = :plan, journey = :journey, revision = :revision "
    "WHERE booking_reference = :reference"
)
_OWNED: Final = text("SELECT organisation FROM journeys WHERE booking_reference = :reference")


class JourneyCache:
    """Journeys of this process that were written lately, by the revision they were written as.

    A revision is drawn at random for each writing, so that one that was rolled back is never
    met again. Who takes a journey out may change it; it is put back under its new revision.
    """

    def __init__(self, size: int = _CACHED) -> None:
        self._size = size
        self._journeys: OrderedDict[int, Journey] = OrderedDict()

    def take(self, revision: int) -> Journey | None:
        """Take a journey out, if it is there."""
        return self._journeys.pop(revision, None)

    def put(self, journey: Journey) -> int:
        """Put a journey in and answer the revision under which it is to be written."""
        revision = secrets.randbits(_REVISION_BITS)
        self._journeys[revision] = journey
        if len(self._journeys) > self._size:
            self._journeys.popitem(last=False)
        return revision


class DatabaseRecords:
    """Events and journeys within one transaction."""

    def __init__(self, transaction: Transaction, cache: JourneyCache) -> None:
        self._transaction = transaction
        self._cache = cache
        self._locked: dict[str, tuple[Plan, int]] = {}

    async def lock_plans(self, references: Sequence[str]) -> Mapping[str, Plan]:
        """Answer the plans of those bookings that have one, whoever asks.

        Nobody else changes these journeys until the commit.
        """
        async with self._transaction.speaking_for(OPERATOR):
            found = await self._transaction.connection.execute(_LOCK, {"references": references})
        self._locked = {
            row.booking_reference: (read_plan(row.plan), row.revision) for row in found
        }
        return {reference: plan for reference, (plan, _) in self._locked.items()}

    async def read_locked(self, references: Sequence[str]) -> Mapping[str, PlannedJourney]:
        """Answer journeys that were locked before, for changing them."""
        journeys: dict[str, PlannedJourney] = {}
        unknown = []
        for reference in references:
            plan, revision = self._locked[reference]
            journey = self._cache.take(revision)
            if journey is None:
                unknown.append(reference)
            else:
                journeys[reference] = PlannedJourney(plan, journey)
        if unknown:
            async with self._transaction.speaking_for(OPERATOR):
                found = await self._transaction.connection.execute(
                    _LOCKED, {"references": unknown}
                )
            for row in found:
                plan, _ = self._locked[row.booking_reference]
                journeys[row.booking_reference] = await self._read(plan, row.journey)
        return journeys

    async def read_journey(self, reference: str) -> PlannedJourney | None:
        """Answer one journey, if the caller may see it."""
        found = await self._transaction.connection.execute(_READ, {"reference": reference})
        row = found.one_or_none()
        if row is None:
            return None
        return await self._read(read_plan(row.plan), row.journey)

    async def _read(self, plan: Plan, text: str) -> PlannedJourney:
        journey = read_journey(text)
        if journey is None:
            journey = fold(plan, await self.read_events(plan.booking_reference))
        return PlannedJourney(plan, journey)

    async def append(self, issuer: str, events: Sequence[TrackingEvent]) -> int:
        """Add the issuer's events that are not known yet; answer how many those were."""
        connection = self._transaction.connection
        await connection.execute(_STAGE)
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table("events_stage", records=_rows(events), columns=_COLUMNS)
        added = await connection.execute(_APPEND)
        return added.rowcount

    async def read_events(self, reference: str) -> list[TrackingEvent]:
        """Answer every event of a booking that may move the journey, in order of receipt."""
        async with self._transaction.speaking_for(OPERATOR):
            found = await self._transaction.connection.execute(_EVENTS, {"reference": reference})
        events = (_event(row) for row in found)
        return [event for event in events if event.moves_the_journey]

    async def list_events(
        self, reference: str, after: int, size: int
    ) -> list[tuple[int, datetime, TrackingEvent]]:
        """Answer a page of what the caller may see: position, time of receipt, event."""
        found = await self._transaction.connection.execute(
            _PAGE, {"reference": reference, "after": after, "size": size}
        )
        return [(row.position, row.received_at, _event(row[2:])) for row in found]

    async def find_owner(self, reference: str) -> str | None:
        """Answer whose booking it is, if the caller may see it."""
        found = await self._transaction.connection.execute(_OWNED, {"reference": reference})
        return found.scalar_one_or_none()

    async def add_journey(self, planned: PlannedJourney) -> None:
        """Begin a journey and let the shipper read it."""
        plan, journey = planned
        async with self._transaction.speaking_for(OPERATOR):
            await self._transaction.connection.execute(
                _ADD,
                {
                    "reference": plan.booking_reference,
                    "organisation": plan.shipper,
                    "plan": write_plan(plan),
                    "journey": write_journey(journey),
                    "revision": self._cache.put(journey),
                },
            )
            await self._transaction.grant(plan.booking_reference, plan.shipper, "SHIPPER")

    async def save_journeys(self, journeys: Sequence[PlannedJourney]) -> None:
        """Write journeys that were locked before; their plans are as they were."""
        said = ",".join(
            f'{{"reference":{json.dumps(plan.booking_reference)},'
            f'"revision":{self._cache.put(journey)},"journey":{write_journey(journey)}}}'
            for plan, journey in journeys
        )
        async with self._transaction.speaking_for(OPERATOR):
            await self._transaction.connection.execute(_SAVE, {"journeys": f"[{said}]"})

    async def save_plan(self, planned: PlannedJourney) -> None:
        """Write a plan that was locked before, and the journey that it makes."""
        plan, journey = planned
        async with self._transaction.speaking_for(OPERATOR):
            await self._transaction.connection.execute(
                _SAVE_PLAN,
                {
                    "reference": plan.booking_reference,
                    "plan": write_plan(plan),
                    "journey": write_journey(journey),
                    "revision": self._cache.put(journey),
                },
            )

    def tell(self, plan: Plan, news: News) -> None:
        """Tell the world, when this transaction commits."""
        self._transaction.publish(*_facts(plan, news))


def _rows(events: Iterable[TrackingEvent]) -> list[tuple[Any, ...]]:
    return [(*event[:_SEALS], _array(event.seals), *event[_SEALS + 1 :]) for event in events]


@lru_cache(maxsize=4_096)
def _array(seals: tuple[SeenSeal, ...]) -> str:
    """Spell seals as PostgreSQL spells an array of texts.

    The driver would walk an array in Python, element by element, and the same container is
    told with the same seals again and again.
    """
    texts = (text.replace("\\", "\\\\").replace('"', '\\"') for seal in seals for text in seal)
    return "{" + ",".join(f'"{each}"' for each in texts) + "}"


def _event(row: Sequence[Any]) -> TrackingEvent:
    texts: list[str] = row[_SEALS]
    seals = tuple(
        SeenSeal(*texts[at : at + _SEAL_TEXTS]) for at in range(0, len(texts), _SEAL_TEXTS)
    )
    return TrackingEvent._make((*row[:_SEALS], seals, *row[_SEALS + 1 :]))


def _facts(plan: Plan, news: News) -> list[Fact]:
    """One fact for all milestones that a batch brought to a booking, and one per breach."""
    reached = [
        {
            "milestoneCode": one.slot[0],
            "legSequence": one.slot[1],
            "equipmentReference": one.equipment_reference,
            "eventId": one.happened.event_id,
            "at": _rfc3339(one.happened.at),
        }
        for one in news.milestones
    ]
    facts = [
        Fact(
            "onebill.tracking.milestone.v1",
            plan.booking_reference,
            max(one.happened.at for one in news.milestones),
            {
                "bookingReference": plan.booking_reference,
                "milestones": reached[first : first + _MILESTONES_MAX],
            },
        )
        for first in range(0, len(reached), _MILESTONES_MAX)
    ]
    facts += [
        Fact(
            "onebill.tracking.breach.v1",
            plan.booking_reference,
            breach.at,
            {
                "bookingReference": plan.booking_reference,
                "breachCode": breach.code,
                "legSequence": breach.leg_sequence,
                "equipmentReference": number,
                "eventId": breach.event_id,
                "at": _rfc3339(breach.at),
                "explanation": breach.explanation,
                "owner": breach.owner,
            },
        )
        for number, breach in news.breaches
    ]
    return facts


def _rfc3339(moment: datetime) -> str:
    return f"{moment.isoformat()[:-6]}Z"
