"""Settings of the projection (ONEBILL_PROJECTION_…)."""

from dataclasses import dataclass
from pathlib import Path

from foundation.runtime.settings import ServiceSettings

PART = "projection"


@dataclass(frozen=True, kw_only=True)
class ProjectionSettings(ServiceSettings):
    """Whose peer is folded, and how it is reached."""

    # The organisation's id with us, such as operator, and its MSP on the channel.
    organisation: str
    msp_id: str
    channel: str = "onebill"
    chaincode: str = "bill"
    # The organisation's own peer: host, colon, port.
    peer_address: str
    peer_tls_roots_file: Path
    # Asked for where the peer wants a client certificate.
    peer_tls_certificate_file: Path | None = None
    peer_tls_key_file: Path | None = None
    # The MSP identity that signs the questions.
    client_certificate_file: Path
    client_key_file: Path
