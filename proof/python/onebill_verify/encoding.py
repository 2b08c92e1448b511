"""base64url, hex and salted hashes as act.md section 1 has them: one spelling each."""

import base64
import binascii
import hashlib
from typing import Final

from onebill_verify.canonical import JsonValue, encode
from onebill_verify.errors import NotProven

SALT_SIZE: Final = 32
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# What only plain base64 has, padding included, becomes what the decoder refuses.
_PLAIN: Final = bytes.maketrans(b"-_+/=", b"+/???")
# By length modulo 4: the characters that may stand last, so that spare bits are zero. Length 1
# modulo 4 is none of base64.
_LAST_OF: Final = {0: b"", 2: _ALPHABET[::16], 3: _ALPHABET[::4]}


def b64u(data: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    """Decode base64url without padding and with zero spare bits.

    Raises NotProven `BASE64_MALFORMED`.
    """
    raw = text.encode("ascii", "replace")
    spare = _LAST_OF.get(len(raw) % 4)
    if spare is not None and (not spare or raw[-1] in spare):
        padding = b"=" * (-len(raw) % 4)
        try:
            return binascii.a2b_base64(raw.translate(_PLAIN) + padding, strict_mode=True)
        except binascii.Error:
            pass
    raise NotProven("BASE64_MALFORMED", "a text is not base64url without padding")


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
