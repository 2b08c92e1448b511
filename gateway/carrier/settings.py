"""Settings of the carriers' door (ONEBILL_GATEWAY_CARRIER_…)."""

from dataclasses import dataclass

from foundation.runtime.settings import ServerSettings
from gateway.neighbours import NeighbourSettings
from workflows.client import TemporalSettings


@dataclass(frozen=True, kw_only=True)
class CarrierSettings(ServerSettings, NeighbourSettings, TemporalSettings):
    """Where it listens, and the ledger channel that receipts are made for."""

    channel: str = "onebill"
    # What one organisation may ask, on average; five seconds' worth at once. 0: no limit.
    requests_per_second: int = 200
