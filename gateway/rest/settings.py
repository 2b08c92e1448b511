"""Settings of the shippers' door (ONEBILL_GATEWAY_REST_…)."""

from dataclasses import dataclass
from pathlib import Path

from foundation.runtime.settings import DatabaseSettings
from gateway.neighbours import NeighbourSettings
from workflows.client import Deadlines, TemporalSettings


@dataclass(frozen=True, kw_only=True)
class RestSettings(NeighbourSettings, DatabaseSettings, TemporalSettings):
    """Where it listens (https), whose tokens it takes and how long carriers have to answer."""

    listen_address: str
    jwks_file: Path
    token_issuer: str
    token_audience: str = "onebill"  # noqa: S105 - a name, no secret
    acceptance_seconds: int = Deadlines.acceptance_seconds
    custody_seconds: int = Deadlines.custody_seconds
    drain_seconds: int = 10
    # What one organisation may ask, on average; five seconds' worth at once. 0: no limit.
    requests_per_second: int = 200
    # How long a repeat finds its first answer; never less than 90 days.
    first_answers_days: int = 120
    # As the world reaches it, such as https://bills.example; printed on copies.
    public_url: str = ""

    @property
    def address(self) -> str:
        """Where the world finds this door."""
        return self.public_url.rstrip("/") or f"https://{self.listen_address}"

    @property
    def deadlines(self) -> Deadlines:
        """The deadlines that a new consignment is started with."""
        return Deadlines(self.acceptance_seconds, self.custody_seconds)
