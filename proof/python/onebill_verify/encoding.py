"""base64url, hex and salted hashes as act.md section 1 has them: one spelling each."""

import base64
import binascii
import hashlib
import re
from typing import Final

from onebill_verify.canonical import JsonValue, encode
from onebill_verify.errors import NotProven

SALT_SIZE: Final = 32
_HEX: Final = re.compile(r"[0-9a-f]{64}")


def b64u(data: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    """Decode base64url without padding and with zero spare bits.

    Raises NotProven `BASE64_MALFORMED`.
    """
    try:
        raw = text.encode("ascii")
        data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise NotProven("BASE64_MALFORMED", "a text is not base64url without padding") from None
    # The decoder skips what it does not know and ignores spare bits; the way back tells.
    if base64.urlsafe_b64encode(data).rstrip(b"=") != raw:
        raise NotProven("BASE64_MALFORMED", "a text is not base64url without padding")
    return data


def sha256_hex(data: bytes) -> str:
    """Return SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def new_salt(randomness: bytes) -> str:
    """Spell 32 random bytes as a salt; the caller owns the source of randomness."""
    if len(randomness) != SALT_SIZE:
        raise ValueError(f"a salt is {SALT_SIZE} random bytes, not {len(randomness)}")
    return b64u(randomness)


def salted_hash(salt: str, value: JsonValue) -> str:
    """Return hex of SHA-256(salt ‖ JCS(value)).

    Raises NotProven `SALT_MALFORMED` or `JSON_MALFORMED`.
    """
    return salted_hash_of_bytes(salt, encode(value))


def salted_hash_of_bytes(salt: str, canonical: bytes) -> str:
    """Return hex of SHA-256(salt ‖ canonical), for a value already in canonical bytes."""
    return sha256_hex(parse_salt(salt) + canonical)


def parse_salt(salt: str) -> bytes:
    """Return the 32 bytes of a salt. Raises NotProven `SALT_MALFORMED`."""
    try:
        raw = unb64u(salt)
    except NotProven:
        raw = b""
    if len(raw) != SALT_SIZE:
        raise NotProven("SALT_MALFORMED", "a salt is 32 bytes in base64url without padding")
    return raw
