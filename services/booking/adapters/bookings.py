"""Bookings in PostgreSQL. Row-level security decides which rows there are."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from google.protobuf import json_format
from onebill.booking.v1 import booking_pb2
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError

from foundation.kernel.errors import Conflict, WrongState
from foundation.kernel.money import Money
from foundation.runtime.database import Fact, Transaction, is_unique_violation
from services.booking.adapters.legs import leg_from, leg_reference, leg_row
from services.booking.adapters.reading import read_request
from services.booking.adapters.writing import Writer
from services.booking.application.handlers import unknown_booking
from services.booking.application.ports import Page
from services.booking.domain.booking import Booking, Offer
from services.booking.domain.itinerary import LegState
from services.booking.domain.screening import ScreeningHit
from services.booking.domain.states import BookingState

# A create and a cancel of the same reference must not pass each other unseen: the one looks
# for a tombstone, the other for a booking, and neither row may exist yet.
_TAKE_TURNS: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:reference, 0))")

_INSERT: Final = text(
    "INSERT INTO bookings (booking_reference, organisation, booked_by, request, state, "
    "state_reason, total, premium, currency, rating_reference, quote_reference, "
    "acceptance_deadline, received_at, revision) "
    "VALUES (:booking_reference, :organisation, :booked_by, CAST(:request AS jsonb), :state, "
    ":state_reason, :total, :premium, :currency, :rating_reference, :quote_reference, "
    ":acceptance_deadline, :received_at, :revision)"
)
_UPDATE: Final = text(
    "UPDATE bookings SET request = CAST(:request AS jsonb), state = :state, "
    "state_reason = :state_reason, total = :total, premium = :premium, currency = :currency, "
    "rating_reference = :rating_reference, quote_reference = :quote_reference, "
    "acceptance_deadline = :acceptance_deadline, revision = :revision "
    "WHERE booking_reference = :booking_reference"
)
_SELECT: Final = (
    "SELECT booking_reference, organisation, booked_by, request::text AS request, state, "
    "state_reason, total, premium, currency, rating_reference, quote_reference, "
    "acceptance_deadline, received_at, revision FROM bookings "
)
_LOCK_BOOKING: Final = text(
    "SELECT 1 FROM bookings WHERE booking_reference = :reference FOR UPDATE"
)
_LOCK_LEGS: Final = text(
    "SELECT 1 FROM legs WHERE booking_reference = :reference ORDER BY leg_sequence FOR UPDATE"
)
_INSERT_LEG: Final = text(
    "INSERT INTO legs (leg_reference, booking_reference, leg_sequence, organisation, "
    "carrier_organisation, mode_of_transport, departure_location, departure_facility, "
    "arrival_location, arrival_facility, planned_departure, planned_arrival, "
    "transport_plan_stage, consignee_organisation, state, state_reason, "
    "carrier_booking_reference, revision, acceptance_deadline, requested_equipments, "
    "is_dangerous_goods) "
    "VALUES (:leg_reference, :booking_reference, :leg_sequence, :organisation, "
    ":carrier_organisation, :mode_of_transport, :departure_location, :departure_facility, "
    ":arrival_location, :arrival_facility, :planned_departure, :planned_arrival, "
    ":transport_plan_stage, :consignee_organisation, :state, :state_reason, "
    ":carrier_booking_reference, :revision, :acceptance_deadline, "
    "CAST(:requested_equipments AS jsonb), :is_dangerous_goods)"
)
_UPDATE_LEG: Final = text(
    "UPDATE legs SET state = :state, state_reason = :state_reason, revision = :revision, "
    "consignee_organisation = :consignee_organisation, is_dangerous_goods = :is_dangerous_goods, "
    "acceptance_deadline = :acceptance_deadline, arrival_location = :arrival_location, "
    "arrival_facility = :arrival_facility "
    "WHERE leg_reference = :leg_reference"
)
_INSERT_HIT: Final = text(
    "INSERT INTO screening_hits (booking_reference, list_entry, organisation, pointer, "
    "lifted_by, lift_reason) "
    "VALUES (:booking_reference, :list_entry, :organisation, :pointer, :lifted_by, :lift_reason)"
)


class PostgresBookings:
    """The bookings that the transaction's organisation may see."""

    def __init__(self, transaction: Transaction, writer: Writer) -> None:
        self._transaction = transaction
        self._connection = transaction.connection
        self._writer = writer

    async def add(self, booking: Booking) -> None:
        """Keep a new booking with its legs and publish its events."""
        await self._take_turns(booking.reference)
        buried = await self._connection.execute(
            text("SELECT 1 FROM tombstones WHERE booking_reference = :reference"),
            {"reference": booking.reference},
        )
        if buried.first() is not None:
            raise WrongState(
                "BOOKING_CANCELLED_BEFORE",
                f"{booking.reference} was cancelled before it came; book again.",
                booking_reference=booking.reference,
            )
        try:
            await self._connection.execute(_INSERT, self._row(booking))
        except DBAPIError as error:
            if is_unique_violation(error):
                raise Conflict(
                    "BOOKING_REFERENCE_TAKEN",
                    f"There is a booking {booking.reference} already.",
                    booking_reference=booking.reference,
                ) from error
            raise
        await self._connection.execute(
            _INSERT_LEG, [leg_row(booking, leg, self._writer) for leg in booking.legs]
        )
        await self._write_hits(booking)
        self._publish(booking)

    async def get(self, reference: str) -> Booking:
        """Answer a booking, or refuse where the caller may not know of it."""
        found = await self._read("WHERE booking_reference = :reference", {"reference": reference})
        if not found:
            raise unknown_booking(reference)
        return found[0]

    async def find_for_change(self, reference: str) -> Booking | None:
        """Answer a booking and keep others from changing it or its legs."""
        await self._take_turns(reference)
        for lock in (_LOCK_BOOKING, _LOCK_LEGS):
            await self._connection.execute(lock, {"reference": reference})
        found = await self._read("WHERE booking_reference = :reference", {"reference": reference})
        return found[0] if found else None

    async def save(self, booking: Booking) -> None:
        """Keep the booking and its legs as they now stand and publish its events."""
        await self._connection.execute(_UPDATE, self._row(booking))
        await self._connection.execute(
            _UPDATE_LEG, [leg_row(booking, leg, self._writer) for leg in booking.legs]
        )
        await self._connection.execute(
            text("DELETE FROM screening_hits WHERE booking_reference = :reference"),
            {"reference": booking.reference},
        )
        await self._write_hits(booking)
        for leg in booking.legs:
            # From the moment it is asked, a carrier sees its own leg and nothing else.
            if leg.state is LegState.REQUESTED:
                await self._transaction.grant(
                    leg_reference(booking.reference, leg.sequence), leg.plan.carrier, "CARRIER"
                )
        self._publish(booking)

    async def bury(self, reference: str, *, at: datetime) -> None:
        """Put a tombstone; a second one for the same reference changes nothing."""
        await self._connection.execute(
            text(
                "INSERT INTO tombstones (booking_reference, organisation, buried_at) "
                "VALUES (:reference, :organisation, :at) ON CONFLICT DO NOTHING"
            ),
            {
                "reference": reference,
                "organisation": self._transaction.organisation,
                "at": at,
            },
        )

    async def list_newest(self, limit: int, after: Page | None) -> Sequence[Booking]:
        """Answer bookings that the caller may see, newest first."""
        order = "ORDER BY received_at DESC, booking_reference DESC LIMIT :limit"
        if after is None:
            return await self._read(order, {"limit": limit})
        return await self._read(
            f"WHERE (received_at, booking_reference) < (:moment, :reference) {order}",
            {"limit": limit, "moment": after.moment, "reference": after.reference},
        )

    async def _take_turns(self, reference: str) -> None:
        await self._connection.execute(_TAKE_TURNS, {"reference": f"booking {reference}"})

    async def _read(self, tail: str, values: dict[str, object]) -> list[Booking]:
        rows = (await self._connection.execute(text(_SELECT + tail), values)).all()
        if not rows:
            return []
        named = {"references": [row.booking_reference for row in rows]}
        legs = defaultdict(list)
        for row in await self._connection.execute(
            text(
                "SELECT * FROM legs WHERE booking_reference = ANY(:references) "
                "ORDER BY leg_sequence"
            ),
            named,
        ):
            legs[row.booking_reference].append(leg_from(row))
        hits = defaultdict(list)
        for row in await self._connection.execute(
            text(
                "SELECT * FROM screening_hits WHERE booking_reference = ANY(:references) "
                "ORDER BY list_entry"
            ),
            named,
        ):
            hits[row.booking_reference].append(
                ScreeningHit(row.list_entry, row.pointer, row.lifted_by, row.lift_reason)
            )
        return [
            Booking(
                reference=row.booking_reference,
                shipper_organisation=row.organisation,
                booked_by=row.booked_by,
                request=read_request(json_format.Parse(row.request, booking_pb2.BookingRequest())),
                legs=legs[row.booking_reference],
                acceptance_deadline=row.acceptance_deadline,
                received_at=row.received_at,
                screening_hits=hits[row.booking_reference],
                state=BookingState(row.state),
                state_reason=row.state_reason,
                offer=_offer_from(row),
                revision=row.revision,
            )
            for row in rows
        ]

    def _row(self, booking: Booking) -> dict[str, object]:
        offer = booking.offer
        request = json_format.MessageToDict(
            self._writer.request(booking.request), preserving_proto_field_name=True
        )
        return {
            "booking_reference": booking.reference,
            "organisation": booking.shipper_organisation,
            "booked_by": booking.booked_by,
            "request": json.dumps(request, ensure_ascii=False),
            "state": booking.state.value,
            "state_reason": booking.state_reason,
            "total": offer.total.amount if offer else None,
            "premium": offer.premium.amount if offer else None,
            "currency": offer.total.currency if offer else None,
            "rating_reference": offer.rating_reference if offer else None,
            "quote_reference": offer.quote_reference if offer else None,
            "acceptance_deadline": booking.acceptance_deadline,
            "received_at": booking.received_at,
            "revision": booking.revision,
        }

    async def _write_hits(self, booking: Booking) -> None:
        rows = [
            {
                "booking_reference": booking.reference,
                "list_entry": hit.list_entry,
                "organisation": booking.shipper_organisation,
                "pointer": hit.pointer,
                "lifted_by": hit.lifted_by,
                "lift_reason": hit.lift_reason,
            }
            for hit in booking.screening_hits
        ]
        if rows:
            await self._connection.execute(_INSERT_HIT, rows)

    def _publish(self, booking: Booking) -> None:
        self._transaction.publish(
            *(
                Fact(
                    f"onebill.booking.{event.what}.v1",
                    booking.reference,
                    event.at,
                    event.details,
                )
                for event in booking.events
            )
        )
        booking.events.clear()


def _offer_from(row: Row[Any]) -> Offer | None:
    if row.total is None:
        return None
    return Offer(
        total=Money(row.total, row.currency),
        premium=Money(row.premium, row.currency),
        rating_reference=row.rating_reference,
        quote_reference=row.quote_reference,
    )
