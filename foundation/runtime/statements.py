"""What one part of the platform states and another must not take from a third.

A statement is a JWS (RFC 7515, ES256) by the part's own key, with the part's certificate beside
it. Whoever carries it from part to part can neither change nor invent it.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from foundation.kernel.errors import NotAllowed
from foundation.runtime.settings import TlsSettings

_TYPE: Final = "onebill-statement+jws"
_ALGORITHMS: Final = ["ES256"]
_CHARACTERS_MAX: Final = 65_536

Statement = Mapping[str, str]
"""Members and their values, all texts."""


def judged_act(
    reference: str, action_code: str, recipient: str, terms: str, details: str
) -> dict[str, str]:
    """Write what documents states when it judges that an act may be signed.

    Terms and details are hashed as the texts they are handed on as. The place in the chain is
    not in it: an act that lost a race is signed again on another head.
    """
    return {
        "transportDocumentReference": reference,
        "actionCode": action_code,
        "recipient": recipient,
        "termsHash": hashlib.sha256(terms.encode()).hexdigest(),
        "detailsHash": hashlib.sha256(details.encode()).hexdigest(),
    }


@dataclass(frozen=True, slots=True)
class Stater:
    """States in the name of this process."""

    _certificate: str
    _key: ECKey

    @classmethod
    def of(cls, settings: TlsSettings) -> "Stater":
        """Read certificate and key of this process."""
        certificate = x509.load_pem_x509_certificate(settings.tls_certificate_file.read_bytes())
        return cls(
            base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
            ECKey.import_key(settings.tls_key_file.read_bytes()),
        )

    def state(self, statement: Statement) -> str:
        """Sign a statement."""
        header = {"alg": "ES256", "typ": _TYPE, "x5c": [self._certificate]}
        return jws.serialize_compact(header, json.dumps(dict(statement)), self._key)


@dataclass(frozen=True, slots=True)
class Hearer:
    """Reads what one part of the platform states, and nobody else."""

    part: str
    _roots: tuple[x509.Certificate, ...]

    @classmethod
    def of(cls, part: str, settings: TlsSettings) -> "Hearer":
        """Hear `part`, whose certificate one of this process's roots has issued."""
        roots = x509.load_pem_x509_certificates(settings.tls_roots_file.read_bytes())
        return cls(part, tuple(roots))

    def hear(self, said: str, at: datetime) -> Statement:
        """Read a statement.

        Args:
            said: the JWS.
            at: now, UTC: the certificate must be valid.

        Raises:
            NotAllowed: STATEMENT_NOT_BELIEVED.
        """
        try:
            return self._read(said, at)
        except (JoseError, InvalidSignature, ValueError, TypeError, KeyError) as fault:
            raise NotAllowed(
                "STATEMENT_NOT_BELIEVED", f"This was not stated by {self.part}.", part=self.part
            ) from fault

    def _read(self, said: str, at: datetime) -> Statement:
        if len(said) > _CHARACTERS_MAX:
            raise ValueError("too long")
        certificate = _certificate_in(said)
        self._check(certificate, at)
        read = jws.deserialize_compact(said, _key_of(certificate), registry=_with_certificates())
        statement = json.loads(read.payload)
        if not isinstance(statement, dict) or read.headers().get("typ") != _TYPE:
            raise ValueError("no statement")
        return {str(name): str(value) for name, value in statement.items()}

    def _check(self, certificate: x509.Certificate, at: datetime) -> None:
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise ValueError("the certificate is not valid now")
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        if f"urn:onebill:part:{self.part}" not in uris:
            raise ValueError("another part's certificate")
        for root in self._roots:
            try:
                certificate.verify_directly_issued_by(root)
            except (ValueError, TypeError, InvalidSignature):
                continue
            return
        raise ValueError("no root of ours issued the certificate")


def _certificate_in(said: str) -> x509.Certificate:
    segment = said.partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    (encoded,) = header["x5c"]
    return x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True))


def _with_certificates() -> jws.JWSRegistry:
    # The library's limit of 512 bytes is for headers without a certificate.
    registry = jws.JWSRegistry(algorithms=_ALGORITHMS)
    registry.max_header_length = _CHARACTERS_MAX
    return registry


def _key_of(certificate: x509.Certificate) -> ECKey:
    key = certificate.public_key()
    return ECKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
