"""Settings of custody: ONEBILL_CUSTODY_…."""

from dataclasses import dataclass

from foundation.runtime.settings import Secret, ServiceSettings


@dataclass(frozen=True, kw_only=True)
class CustodySettings(ServiceSettings):
    """What custody needs to know."""

    # 32 bytes in hexadecimal, in a file that only this process reads.
    key_encryption_key: Secret
    # The operator's ledger service, which knows who is which party.
    ledger_address: str
    channel: str = "onebill"
    # How long a signed act may wait for its way to the ledger.
    act_validity_seconds: int = 3600
