"""Settings of the booking process, read from ONEBILL_BOOKING_ variables."""

from dataclasses import dataclass

from foundation.runtime.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class BookingSettings(ServiceSettings):
    """What every service needs, and nothing more."""
