"""Who submits: one organisation's client certificate and key. The courier, never the actor."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from fabric_protos.msp import identities_pb2

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HALF_ORDER: Final = _ORDER // 2
_SHA256: Final = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Identity:
    """An MSP identity that signs proposals, envelopes and questions.

    Attributes:
        msp_id: the organisation's MSP.
        creator: the serialised identity, as it stands in every signature header.
    """

    msp_id: str
    creator: bytes
    _key: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)

    @classmethod
    def of(cls, msp_id: str, certificate_pem: bytes, key_pem: bytes) -> Self:
        """Make an identity of a certificate and its P-256 key, both PEM.

        Raises:
            ValueError: if the key is not on P-256.
        """
        key = serialization.load_pem_private_key(key_pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError(f"the key of {msp_id} is not on the curve P-256")
        creator: bytes = identities_pb2.SerializedIdentity(
            mspid=msp_id, id_bytes=certificate_pem
        ).SerializeToString()
        return cls(msp_id, creator, key)

    @classmethod
    def from_files(cls, msp_id: str, certificate_file: Path, key_file: Path) -> Self:
        """Read certificate and key from PEM files."""
        return cls.of(msp_id, certificate_file.read_bytes(), key_file.read_bytes())

    def sign(self, message: bytes) -> bytes:
        """Sign with SHA-256: DER, low S, which is the only spelling that Fabric accepts."""
        signature = self._key.sign(message, _SHA256)
        r, s = decode_dss_signature(signature)
        return signature if s <= _HALF_ORDER else encode_dss_signature(r, _ORDER - s)
