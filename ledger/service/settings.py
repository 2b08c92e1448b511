"""Settings of a ledger service: ONEBILL_LEDGER_…, the same names at every organisation."""

from dataclasses import dataclass
from pathlib import Path

from foundation.runtime.settings import Secret, ServiceSettings

PART = "ledger"


@dataclass(frozen=True, kw_only=True)
class LedgerSettings(ServiceSettings):
    """What one organisation's ledger service needs to know."""

    # The organisation's id with us, such as partnerport, and its MSP on the channel.
    organisation: str
    msp_id: str
    channel: str = "onebill"
    chaincode: str = "bill"
    # The organisation's own peer: host, colon, port; further ones of its own after commas.
    peer_address: str
    peer_tls_roots_file: Path
    # Asked for where the peer wants a client certificate.
    peer_tls_certificate_file: Path | None = None
    peer_tls_key_file: Path | None = None
    # The MSP identity that signs proposals, as the courier.
    client_certificate_file: Path
    client_key_file: Path
    # Shared by the members alone: the HMAC key of container keys.
    members_secret: Secret
    # How many calls to the peer at once; its Gateway takes 500 unless told otherwise.
    in_flight_max: int = 200
    # For the operator's bootstrap alone: where custody listens.
    custody_address: str | None = None

    @property
    def schema(self) -> str:
        """The schema, which is also the login role."""
        return f"ledger_{self.organisation}"
