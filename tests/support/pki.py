"""Certificates for tests: one throw-away authority, real mutual TLS."""

import datetime as dt
import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from foundation.runtime.settings import TlsSettings


class Pki:
    """Issues certificates that name an organisation and, if told, a part."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OneBill test authority")])
        self._root = (
            _builder(name, name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self._roots_file = folder / "roots.pem"
        self._roots_file.write_bytes(self._root.public_bytes(serialization.Encoding.PEM))

    def tls(self, organisation: str, part: str | None = None) -> TlsSettings:
        """Answer where certificate, key and roots of this caller lie; made when first asked."""
        stem = f"{organisation}.{part}" if part else organisation
        certificate_file = self._folder / f"{stem}.pem"
        key_file = self._folder / f"{stem}.key"
        if not certificate_file.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            uris = [f"urn:onebill:org:{organisation}"]
            if part:
                uris.append(f"urn:onebill:part:{part}")
            certificate = (
                _builder(
                    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, stem)]),
                    self._root.subject,
                    key.public_key(),
                )
                .add_extension(
                    x509.SubjectAlternativeName(
                        [
                            *(x509.UniformResourceIdentifier(uri) for uri in uris),
                            x509.DNSName("localhost"),
                            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                        ]
                    ),
                    critical=False,
                )
                .sign(self._key, hashes.SHA256())
            )
            certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
            key_file.write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
        return TlsSettings(
            tls_certificate_file=certificate_file,
            tls_key_file=key_file,
            tls_roots_file=self._roots_file,
        )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
    )


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The authority of this test run."""
    return Pki(tmp_path_factory.mktemp("pki"))
