"""What settlement reads from its environment, `ONEBILL_SETTLEMENT_*`."""

from dataclasses import dataclass

from foundation.runtime.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class SettlementSettings(ServiceSettings):
    """A server and a schema; the rails are wired in code."""
