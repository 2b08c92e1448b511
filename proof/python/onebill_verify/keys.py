"""P-256 keys: their JWK, their name (the RFC 7638 thumbprint), raw low-S signatures.

A signature is 64 bytes, r then s, with s in the lower half of the order: the same statement
signed once has one spelling.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)

from onebill_verify.canonical import JsonValue
from onebill_verify.encoding import b64u, unb64u
from onebill_verify.errors import NotProven

COORDINATE_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
HALF_ORDER: Final = ORDER // 2
ECDSA_SHA256: Final = ec.ECDSA(hashes.SHA256())
ECDSA_DIGEST: Final = ec.ECDSA(Prehashed(hashes.SHA256()))
_JWK_MEMBERS: Final = {"crv", "kty", "x", "y"}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point on P-256, checked to lie on the curve."""

    x: str
    y: str
    kid: str
    _key: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @classmethod
    def of(cls, key: ec.EllipticCurvePublicKey) -> Self:
        """Wrap a key of the `cryptography` library. Raises NotProven `KEY_MALFORMED`."""
        if not isinstance(key.curve, ec.SECP256R1):
            raise NotProven("KEY_MALFORMED", "the key is not on the curve P-256")
        numbers = key.public_numbers()
        x = b64u(numbers.x.to_bytes(COORDINATE_SIZE))
        y = b64u(numbers.y.to_bytes(COORDINATE_SIZE))
        return cls(x, y, _thumbprint(x, y), key)

    @classmethod
    def from_jwk(cls, jwk: object) -> "PublicKey":
        """Read `{"crv":"P-256","kty":"EC","x","y"}`, nothing more in it.

        Raises NotProven `KEY_MALFORMED`.
        """
        if not isinstance(jwk, Mapping) or set(jwk) != _JWK_MEMBERS:
            raise NotProven("KEY_MALFORMED", "a public key has the members crv, kty, x and y")
        x, y = jwk["x"], jwk["y"]
        if jwk["crv"] != "P-256" or jwk["kty"] != "EC":
            raise NotProven("KEY_MALFORMED", "the key is not on the curve P-256")
        if not isinstance(x, str) or not isinstance(y, str):
            raise NotProven("KEY_MALFORMED", "a coordinate is not a text")
        return _public_key(x, y)

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read a SubjectPublicKeyInfo in PEM. Raises NotProven `KEY_MALFORMED`."""
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            raise NotProven("KEY_MALFORMED", "this is no public key in PEM") from None
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise NotProven("KEY_MALFORMED", "the key is not on the curve P-256")
        return cls.of(key)

    def jwk(self) -> dict[str, JsonValue]:
        """Return the key as JWK with exactly the four members of its thumbprint."""
        return {"crv": "P-256", "kty": "EC", "x": self.x, "y": self.y}

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Say whether a raw low-S signature over the data is this key's."""
        if len(signature) != SIGNATURE_SIZE:
            return False
        r = int.from_bytes(signature[:COORDINATE_SIZE])
        s = int.from_bytes(signature[COORDINATE_SIZE:])
        if not (0 < r < ORDER and 0 < s <= HALF_ORDER):
            return False
        return self._verifies(encode_dss_signature(r, s), hashlib.sha256(data).digest())

    def verifies_der(self, signature: bytes, digest: bytes) -> bool:
        """Say whether a low-S signature in DER, in its one spelling, is this key's.

        `digest` is the SHA-256 of what was signed.
        """
        try:
            r, s = decode_dss_signature(signature)
        except ValueError:
            return False
        if not (0 < r < ORDER and 0 < s <= HALF_ORDER):
            return False
        if encode_dss_signature(r, s) != signature:
            return False
        return self._verifies(signature, digest)

    def _verifies(self, signature: bytes, digest: bytes) -> bool:
        try:
            self._key.verify(signature, digest, ECDSA_DIGEST)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A signing key; it never shows itself in a repr."""

    public: PublicKey
    _key: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)

    @classmethod
    def generate(cls) -> Self:
        """Make a new key from the operating system's randomness."""
        return cls.of(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def of(cls, key: ec.EllipticCurvePrivateKey) -> Self:
        """Wrap a key of the `cryptography` library. Raises NotProven `KEY_MALFORMED`."""
        return cls(PublicKey.of(key.public_key()), key)

    @classmethod
    def from_secret(cls, secret: int) -> Self:
        """Make the key of a secret number, 1 to n-1: for test vectors."""
        return cls.of(ec.derive_private_key(secret, ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> Self:
        """Read a PKCS #8 key. Raises NotProven `KEY_MALFORMED`."""
        try:
            key = serialization.load_pem_private_key(pem, password)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise NotProven("KEY_MALFORMED", "this is no private key in PEM") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise NotProven("KEY_MALFORMED", "the key is not on the curve P-256")
        return cls.of(key)

    @property
    def kid(self) -> str:
        """The key's name: the thumbprint of its public half."""
        return self.public.kid

    def pem(self, password: bytes | None = None) -> bytes:
        """Return the key in PKCS #8 PEM, encrypted where a password is given."""
        protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password is not None:
            protection = serialization.BestAvailableEncryption(password)
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
        )

    def sign(self, data: bytes) -> bytes:
        """Sign with SHA-256: r and s, 32 bytes each, low S, RFC 6979 where OpenSSL has it."""
        r, s = decode_dss_signature(self._key.sign(data, _signing()))
        return r.to_bytes(COORDINATE_SIZE) + min(s, ORDER - s).to_bytes(COORDINATE_SIZE)


@lru_cache(maxsize=1)
def _signing() -> ec.ECDSA:
    try:
        return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    except UnsupportedAlgorithm:  # an OpenSSL before 3.2: random nonces are as good
        return ECDSA_SHA256


@lru_cache(maxsize=4096)
def _public_key(x: str, y: str) -> PublicKey:
    """Check a point once per process: the check costs as much as a verification."""
    numbers = ec.EllipticCurvePublicNumbers(_coordinate(x), _coordinate(y), ec.SECP256R1())
    try:
        key = numbers.public_key()
    except ValueError:
        raise NotProven("KEY_MALFORMED", "the point does not lie on P-256") from None
    return PublicKey(x, y, _thumbprint(x, y), key)


def _coordinate(text: str) -> int:
    """Return a coordinate of 32 bytes as a number. Raises NotProven `KEY_MALFORMED`."""
    try:
        raw = unb64u(text)
    except NotProven:
        raw = b""
    if len(raw) != COORDINATE_SIZE:
        raise NotProven("KEY_MALFORMED", "a coordinate is 32 bytes in base64url")
    return int.from_bytes(raw)


def _thumbprint(x: str, y: str) -> str:
    """RFC 7638; both coordinates are base64url, so the JSON can be written out."""
    members = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return b64u(hashlib.sha256(members.encode()).digest())
