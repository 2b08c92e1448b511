"""Act-signing keys as files: encrypted under a passphrase, readable by their owner alone.

PKCS #8 with PBES2 (RFC 8018): the key that encrypts is derived from the passphrase by scrypt
(RFC 7914), so that every guess costs 16 MiB five times over. OpenSSL reads and writes the
same files. The passphrase comes from a file of its own or from the person, never from the
command line, where every process of the machine could read it.
"""

import base64
import getpass
import hashlib
import os
import sys
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import padding, serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from onebill_verify import NotProven, PrivateKey

from onebill_cli.errors import CommandFailed, Exit

PASSPHRASE_FILE: Final = "ONEBILL_KEY_PASSPHRASE_FILE"  # noqa: S105 - where it is, not what
PASSPHRASE_MIN: Final = 12
_OTHERS: Final = 0o077
_ENCRYPTED: Final = b"ENCRYPTED PRIVATE KEY"
_COST: Final = 1 << 14
_BLOCK: Final = 8
_PARALLEL: Final = 5
_KEY_SIZE: Final = 32
_SALT_SIZE: Final = 16
_IV_SIZE: Final = 16
# Object identifiers in DER: PBES2, scrypt and AES-256-CBC.
_PBES2: Final = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT: Final = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC: Final = bytes.fromhex("060960864801650304012a")


def load_key(file: Path, environment: Mapping[str, str]) -> PrivateKey:
    """Read a key; where it is encrypted, with the passphrase of the environment or the person.

    Raises:
        CommandFailed: KEY_NOT_FOUND, KEY_EXPOSED, KEY_LOCKED, KEY_UNREADABLE.
    """
    pem = read_private(file)
    passphrase = passphrase_for(file, environment) if _ENCRYPTED in pem else None
    try:
        return _open(pem, passphrase)
    except NotProven as fault:
        raise CommandFailed(
            Exit.USAGE,
            "KEY_UNREADABLE",
            f"{file.name} is no key on P-256, or the passphrase is another.",
        ) from fault


def passphrase_for(file: Path, environment: Mapping[str, str]) -> bytes:
    """Read the passphrase of a key from the file that the environment names, or ask for it.

    Raises:
        CommandFailed: KEY_EXPOSED, KEY_LOCKED.
    """
    named = environment.get(PASSPHRASE_FILE, "")
    if named:
        return read_private(Path(named)).rstrip(b"\r\n")
    if not sys.stdin.isatty():
        raise CommandFailed(
            Exit.USAGE,
            "KEY_LOCKED",
            f"{file.name} is encrypted and nobody is here to be asked for its passphrase.",
            f"Name a file with it in {PASSPHRASE_FILE}.",
        )
    return getpass.getpass(f"Passphrase of {file.name}: ").encode()


def new_passphrase(environment: Mapping[str, str]) -> bytes:
    """Read the passphrase for a new key from the environment's file, or ask for it twice.

    Raises:
        CommandFailed: KEY_EXPOSED, KEY_LOCKED, PASSPHRASE_SHORT, PASSPHRASES_DIFFER.
    """
    passphrase = passphrase_for(Path("the new key"), environment)
    if len(passphrase) < PASSPHRASE_MIN:
        raise CommandFailed(
            Exit.USAGE, "PASSPHRASE_SHORT", f"A passphrase has {PASSPHRASE_MIN} bytes or more."
        )
    if not environment.get(PASSPHRASE_FILE) and (
        getpass.getpass("The same again: ").encode() != passphrase
    ):
        raise CommandFailed(Exit.USAGE, "PASSPHRASES_DIFFER", "The two are not the same.")
    return passphrase


def read_private(file: Path) -> bytes:
    """Read a file that nobody else may read.

    Raises:
        CommandFailed: KEY_NOT_FOUND, KEY_EXPOSED.
    """
    try:
        with file.open("rb") as opened:
            # Of the file that is open, so that nothing can be put in its place in between.
            if os.fstat(opened.fileno()).st_mode & _OTHERS:
                raise CommandFailed(
                    Exit.USAGE,
                    "KEY_EXPOSED",
                    f"Others on this machine may read {file.name}.",
                    f"Take that away: chmod 600 {file}",
                )
            return opened.read()
    except OSError as error:
        raise CommandFailed(
            Exit.USAGE, "KEY_NOT_FOUND", f"{file.name} cannot be read: {error.strerror}."
        ) from error


def write_private(file: Path, content: bytes) -> None:
    """Write a file that nobody else may read; what is there is kept.

    Raises:
        CommandFailed: KEY_EXISTS.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandFailed(
            Exit.USAGE, "KEY_EXISTS", f"{file} is there already; a key is never overwritten."
        ) from error
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)


def protect(key: PrivateKey, passphrase: bytes) -> bytes:
    """Encrypt a key under a passphrase: PKCS #8 in PEM, scrypt and AES-256-CBC."""
    salt, start = os.urandom(_SALT_SIZE), os.urandom(_IV_SIZE)
    secret = hashlib.scrypt(
        passphrase,
        salt=salt,
        n=_COST,
        r=_BLOCK,
        p=_PARALLEL,
        dklen=_KEY_SIZE,
        maxmem=_COST * _BLOCK * 256,
    )
    filled = padding.PKCS7(algorithms.AES.block_size).padder()
    plain = serialization.load_pem_private_key(key.pem(), None).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    cipher = Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    encrypted = cipher.update(filled.update(plain) + filled.finalize()) + cipher.finalize()
    derivation = _sequence(
        _SCRYPT,
        _sequence(_octets(salt), _integer(_COST), _integer(_BLOCK), _integer(_PARALLEL)),
    )
    scheme = _sequence(_AES_256_CBC, _octets(start))
    document = _sequence(_sequence(_PBES2, _sequence(derivation, scheme)), _octets(encrypted))
    lines = textwrap.wrap(base64.b64encode(document).decode(), 64)
    label = _ENCRYPTED.decode()
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


@lru_cache(maxsize=64)
def _open(pem: bytes, passphrase: bytes | None) -> PrivateKey:
    # Deriving takes its time by design; one process does it once for each key.
    return PrivateKey.from_pem(pem, passphrase)


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 - DER's short form of a length
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sequence(*members: bytes) -> bytes:
    return _tagged(0x30, b"".join(members))


def _octets(content: bytes) -> bytes:
    return _tagged(0x04, content)


def _integer(number: int) -> bytes:
    return _tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1))
