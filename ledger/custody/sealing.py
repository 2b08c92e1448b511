"""Private keys at rest: AES-256-GCM under a key-encryption key, bound to the key's own name."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from onebill_verify.keys import PrivateKey

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Seal:
    """Seals and opens private keys. The key-encryption key never leaves it."""

    def __init__(self, key_encryption_key: str) -> None:
        """Take 32 bytes in hexadecimal. Raises ValueError for anything else."""
        key = bytes.fromhex(key_encryption_key)
        if len(key) != _KEY_BYTES:
            raise ValueError("the key-encryption key is 32 bytes in hexadecimal")
        self._cipher = AESGCM(key)

    def close(self, key: PrivateKey) -> bytes:
        """Answer the sealed key: nonce, then ciphertext and tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key.pem(), key.kid.encode())

    def open(self, sealed: bytes, kid: str) -> PrivateKey:
        """Answer the key that was sealed under this name.

        Raises:
            ValueError: it was sealed under another key-encryption key or name, or changed.
        """
        try:
            pem = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], kid.encode())
        except InvalidTag as fault:
            raise ValueError(f"the key {kid} does not open") from fault
        return PrivateKey.from_pem(pem)
