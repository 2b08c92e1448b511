"""What insurance reads from its environment, `ONEBILL_INSURANCE_*`."""

from dataclasses import dataclass

from foundation.runtime.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class InsuranceSettings(ServiceSettings):
    """A server and a schema."""
