"""Time is handed in. Rules take a moment; only a process's entry point reads the clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from foundation.kernel.errors import InvalidValue

Clock = Callable[[], datetime]
"""Answers the present moment, aware and in UTC."""


def in_utc(moment: datetime, name: str = "time") -> datetime:
    """Answer `moment` unchanged if it is aware and in UTC, and refuse it otherwise.

    Raises:
        InvalidValue: TIME_NOT_UTC.
    """
    if moment.tzinfo is None or moment.utcoffset() != timedelta(0):
        raise InvalidValue("TIME_NOT_UTC", f"The {name} must be given in UTC.", field=name)
    return moment.astimezone(UTC)
