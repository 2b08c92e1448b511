"""The keys and certificates of one instance.

The platform's own authority certifies processes and members; it is apart from Fabric's, whose
authorities only say who may keep the ledger. A certificate names its organisation, and for a
process of the platform its part, as URIs in the subject alternative name. Besides, everyone who
acts on bills has a signing key, and the REST gateway's tokens have theirs.

What exists is kept; what is missing is made, so this runs at every start.
"""

import base64
import datetime as dt
import hashlib
import ipaddress
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.members import members
from local.places import state

# The platform's processes and the organisation each one runs for.
PARTS: Final = {
    **dict.fromkeys(
        (
            *("booking", "documents", "tracking", "settlement", "insurance", "custody"),
            *("worker", "listener", "gateway-rest", "gateway-carrier", "ledger-operator"),
            "projection",
        ),
        "operator",
    ),
    "ledger-carrier": "carrier",
    "ledger-port": "port",
    "ledger-partnerport": "partnerport",
}

# The cast of the story: members with a certificate and an act-signing key of their own.
MEMBERS: Final = (
    *("seller", "buyer", "first-bank", "issuing-bank"),
    *("haulier-chongqing", "rail-chongqing", "line-beibu", "agent-line-singapore"),
    *("haulier-singapore", "delivery-agent-singapore", "terminal-singapore", "terminal-qinzhou"),
    *("customs-qinzhou", "customs-singapore", "court-singapore", "insurer"),
    # The people of the channel's other members, who vouch for parties at their own service.
    *("carrier", "port", "partnerport"),
)

_AUTHORITY_LIFE: Final = dt.timedelta(days=3650)
_LIFE: Final = dt.timedelta(days=730)


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a directory of its own: ca.pem and ca.key."""

    directory: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(self, name: str, uris: tuple[str, ...] = ()) -> None:
        """Make NAME.pem and NAME.key, for servers on this machine and for clients."""
        if (self.directory / f"{name}.pem").exists():
            return
        key = ec.generate_private_key(ec.SECP256R1())
        now = _now()
        certificate = (
            _builder(name, now, _LIFE)
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(ca=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                ),
                critical=False,
            )
            .add_extension(
                x509.SubjectAlternativeName(
                    [
                        x509.DNSName("localhost"),
                        x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
                        *(x509.UniformResourceIdentifier(uri) for uri in uris),
                    ]
                ),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        # The key first: a certificate without its key would never be made again.
        write_key(self.directory / f"{name}.key", key)
        _write(self.directory / f"{name}.pem", _pem(certificate))


def authority(directory: Path, name: str) -> Authority:
    """Answer the authority in `directory`, made on first use."""
    path, key_path = directory / "ca.pem", directory / "ca.key"
    if path.exists():
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key_path} is no key on an elliptic curve")
        return Authority(directory, x509.load_pem_x509_certificate(path.read_bytes()), key)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(name, _now(), _AUTHORITY_LIFE)
        .issuer_name(_name(name))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_key(key_path, key)
    _write(path, _pem(certificate))
    return Authority(directory, certificate, key)


def make_platform_keys() -> None:
    """Make every certificate and key of the platform that is missing."""
    platform = authority(state() / "tls", "OneBill platform authority")
    for part, organisation in PARTS.items():
        platform.issue(part, (f"urn:onebill:org:{organisation}", f"urn:onebill:part:{part}"))
    # Asks every process whether it is well, and may ask nothing else.
    platform.issue("probe", ("urn:onebill:org:operator", "urn:onebill:part:probe"))
    for member in MEMBERS:
        platform.issue(member, (f"urn:onebill:org:{member}",))
        write_key(state() / "keys" / "parties" / f"{member}.pem")
    for later in members():
        platform.issue(
            f"ledger-{later.id}",
            (f"urn:onebill:org:{later.id}", f"urn:onebill:part:ledger-{later.id}"),
        )
        platform.issue(later.id, (f"urn:onebill:org:{later.id}",))
        write_key(state() / "keys" / "parties" / f"{later.id}.pem")
    # Shared by the ledger's members alone, who name containers on the channel by it.
    _make_secret(state() / "keys" / "members" / "containers")
    # Under which custody keeps the operator's keys in its database.
    _make_secret(state() / "keys" / "custody" / "key-encryption-key")
    _make_token_key(state() / "keys" / "tokens")


def make_link_keys(directory: Path, organisation: str) -> None:
    """Make the keys of the link between one organisation's peer and its chaincode.

    An authority of its own, so that nobody else's certificate opens that door.
    """
    link = authority(directory, f"OneBill chaincode link of {organisation}")
    link.issue("chaincode")
    link.issue("peer")


def write_key(path: Path, key: ec.EllipticCurvePrivateKey | None = None) -> None:
    """Write a P-256 key, readable by its owner alone; keep the one that is there."""
    if path.exists():
        return
    key = key or ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(path, text, secret=True)


def _make_secret(path: Path) -> None:
    """Write 32 random bytes in hexadecimal, readable by their owner alone."""
    if not path.exists():
        _write(path, secrets.token_hex(32).encode(), secret=True)


def _make_token_key(directory: Path) -> None:
    """Make the ES256 key that signs tokens, and the JWKS by which the gateway checks them."""
    path = directory / "key.pem"
    write_key(path)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is no key on an elliptic curve")
    point = key.public_key().public_numbers()
    public = {
        "crv": "P-256",
        "kty": "EC",
        "x": _base64url(point.x.to_bytes(32, "big")),
        "y": _base64url(point.y.to_bytes(32, "big")),
    }
    # RFC 7638: the key's name is the hash of its required members in this order.
    thumbprint = hashlib.sha256(json.dumps(public, separators=(",", ":")).encode()).digest()
    named = {**public, "alg": "ES256", "use": "sig", "kid": _base64url(thumbprint)}
    if not (directory / "jwks.json").exists():
        _write(directory / "jwks.json", json.dumps({"keys": [named]}, indent=2).encode())


def _builder(name: str, now: dt.datetime, life: dt.timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .serial_number(x509.random_serial_number())
        # A little into the past, for a clock that is a little behind.
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + life)
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _write(path: Path, content: bytes, *, secret: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    unfinished.replace(path)
