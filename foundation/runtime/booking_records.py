"""Records of one transaction that hang on a booking, for services that share its life.

A booking that ended before performance is remembered, so that a late original finds its
tombstone. The service's own migration makes the table `ended_bookings`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, text

from foundation.runtime.database import Transaction


class BookingRecords:
    """What every such service does first: take the booking's lock, ask whether it ended."""

    def __init__(self, transaction: Transaction, service: str) -> None:
        self._transaction = transaction
        self._service = service

    async def lock(self, booking_reference: str) -> None:
        """Take this service's lock of the booking until the transaction ends."""
        await self._do(
            "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
            name=f"{self._service} of {booking_reference}",
        )

    async def is_ended(self, booking_reference: str) -> bool:
        """Whether the booking ended before performance."""
        return bool(
            await self._rows(
                "SELECT 1 FROM ended_bookings WHERE booking_reference = :booking",
                booking=booking_reference,
            )
        )

    async def end(self, booking_reference: str, *, at: datetime) -> None:
        """Remember that it ended."""
        await self._do(
            "INSERT INTO ended_bookings (booking_reference, ended_at) VALUES (:booking, :at) "
            "ON CONFLICT DO NOTHING",
            booking=booking_reference,
            at=at,
        )

    async def _do(self, sql: str, /, **values: object) -> None:
        await self._transaction.connection.execute(text(sql), values)

    async def _rows(self, sql: str, /, **values: object) -> Sequence[Row[tuple[object, ...]]]:
        return (await self._transaction.connection.execute(text(sql), values)).all()
