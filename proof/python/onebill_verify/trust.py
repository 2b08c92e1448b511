"""Pinned roots: whom the verifier believes. Never taken from a bundle (bundle.md, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeGuard

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID, SignatureAlgorithmOID

from onebill_verify import forms
from onebill_verify.canonical import JsonValue, parse
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members
from onebill_verify.keys import PublicKey
from onebill_verify.protobuf import BYTES, read, schema

_SERIALIZED_IDENTITY: Final = schema({1: BYTES, 2: BYTES})
_IDENTITIES_REMEMBERED: Final = 4096
_ORGANISATIONS_MAX: Final = 64
_ROOTS_MAX: Final = 16
_UNDERSTOOD: Final = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
}
OPERATOR: Final = "OPERATOR"
# How long a recovery waits before it takes effect: 72 hours, unless the asker says otherwise.
RECOVERY_DELAY_SECONDS: Final = 259_200
KINDS: Final = (OPERATOR, "CARRIER", "PORT")
_PEER: Final = "peer"
_OTHER_NODES: Final = {"client", "admin", "orderer"}


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer of an organisation, its certificate chained to a pinned root.

    `not_before` and `not_after` are Unix seconds, the narrower of certificate and root.
    """

    msp_id: str
    key: PublicKey
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """The roots that the asker pinned, and the channel and chaincode they speak for."""

    channel: str
    chaincode: str
    roots: Mapping[str, tuple[x509.Certificate, ...]]
    # OPERATOR, CARRIER or PORT, by organisation.
    kinds: Mapping[str, str]
    recovery_delay_seconds: int = RECOVERY_DELAY_SECONDS
    # Certificate chains are verified once per identity and set of roots, also the bad ones.
    _known: dict[bytes, Peer | NotProven] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def parse(cls, data: bytes) -> "Trust":
        """Read a trust file. Raises NotProven `TRUST_MALFORMED`."""
        try:
            value = parse(data)
        except NotProven as error:
            raise NotProven("TRUST_MALFORMED", f"the trust file: {error.message}") from None
        members = Members(value, "the trust file", "TRUST_MALFORMED")
        organisation = forms.array_of(_organisation, least=1, most=_ORGANISATIONS_MAX)
        channel = members.take("channel", forms.channel)
        chaincode = members.take("chaincode", forms.text)
        organisations = members.take("organisations", organisation)
        trust = cls(
            channel=channel,
            chaincode=chaincode,
            roots={msp_id: roots for msp_id, _, roots in organisations},
            kinds={msp_id: kind for msp_id, kind, _ in organisations},
            recovery_delay_seconds=members.optional("recoveryDelaySeconds", forms.positive)
            or RECOVERY_DELAY_SECONDS,
        )
        members.end()
        if len(trust.roots) != len(organisations):
            raise NotProven("TRUST_MALFORMED", "the trust file names an organisation twice")
        return trust

    @property
    def operators(self) -> frozenset[str]:
        """The organisations of kind OPERATOR."""
        return frozenset(msp_id for msp_id, kind in self.kinds.items() if kind == OPERATOR)

    def peer(self, identity: bytes) -> Peer:
        """Return the peer behind a serialized identity.

        Raises NotProven `TRANSACTION_MALFORMED`, `ENDORSER_UNKNOWN` (no pinned root says so)
        or `ENDORSER_NOT_PEER`.
        """
        known = self._known.get(identity)
        if known is None:
            try:
                known = self._check(identity)
            except NotProven as error:
                known = error
            if len(self._known) >= _IDENTITIES_REMEMBERED:
                self._known.clear()
            self._known[identity] = known
        if isinstance(known, NotProven):
            raise NotProven(known.reason, known.message)
        return known

    def _check(self, identity: bytes) -> Peer:
        message = read(identity, _SERIALIZED_IDENTITY, "an endorser's identity")
        msp_id = message.text(1)
        roots = self.roots.get(msp_id)
        if roots is None:
            raise NotProven("ENDORSER_UNKNOWN", f"no root is pinned for {msp_id!r}")
        try:
            certificate = x509.load_pem_x509_certificate(message.part(2))
            return _chain(msp_id, certificate, roots)
        except NotProven:
            raise
        except Exception as error:  # noqa: BLE001 - the library's errors on odd bytes are many
            raise NotProven(
                "ENDORSER_UNKNOWN",
                f"the certificate of an endorser of {msp_id} is no X.509: {type(error).__name__}",
            ) from None


@lru_cache(maxsize=1024)  # few clients submit many transactions
def msp_of(identity: bytes) -> str:
    """Return the organisation that an identity names, believed or not."""
    return read(identity, _SERIALIZED_IDENTITY, "an identity").text(1)


def _organisation(value: JsonValue) -> tuple[str, str, tuple[x509.Certificate, ...]]:
    members = Members(value, "an organisation", "TRUST_MALFORMED")
    pems = forms.array_of(forms.text, least=1, most=_ROOTS_MAX)
    organisation = members.take("mspId", forms.msp_id)
    kind = members.take("kind", forms.one_of(*KINDS))
    roots = tuple(_root(pem) for pem in members.take("rootCertificates", pems))
    members.end()
    return organisation, kind, roots


def _root(pem: str) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except Exception as error:  # noqa: BLE001 - the library's errors on odd bytes are many
        raise NotProven(
            "TRUST_MALFORMED", f"a root certificate cannot be read: {type(error).__name__}"
        ) from None
    if not constraints.value.ca:
        raise NotProven("TRUST_MALFORMED", "a root certificate is not that of an authority")
    if not _is_on_p256(certificate.public_key()):
        raise NotProven("TRUST_MALFORMED", "the key of a root certificate is not on P-256")
    return certificate


def _chain(
    msp_id: str, certificate: x509.Certificate, roots: tuple[x509.Certificate, ...]
) -> Peer:
    """Check that a pinned root issued the certificate to a peer."""
    for root in roots:
        if certificate.issuer != root.subject:
            continue
        if certificate.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
            continue
        try:
            certificate.verify_directly_issued_by(root)
        except Exception:  # noqa: BLE001, S112 - whatever is wrong, this root did not issue it
            continue
        break
    else:
        raise NotProven(
            "ENDORSER_UNKNOWN", f"no pinned root of {msp_id} issued an endorser's certificate"
        )
    _check_is_peer(msp_id, certificate)
    key = certificate.public_key()
    if not _is_on_p256(key):
        raise NotProven("ENDORSER_UNKNOWN", f"an endorser of {msp_id} has no key on P-256")
    return Peer(
        msp_id=msp_id,
        key=PublicKey.of(key),
        not_before=max(_seconds(certificate)[0], _seconds(root)[0]),
        not_after=min(_seconds(certificate)[1], _seconds(root)[1]),
    )


def _is_on_p256(key: object) -> TypeGuard[ec.EllipticCurvePublicKey]:
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _check_is_peer(msp_id: str, certificate: x509.Certificate) -> None:
    units = {
        unit.value
        for unit in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    }
    if _PEER not in units or units & _OTHER_NODES:
        raise NotProven("ENDORSER_NOT_PEER", f"an endorser of {msp_id} is no peer (OU=peer)")
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise NotProven("ENDORSER_NOT_PEER", f"a certificate of {msp_id} asks too much")
        if isinstance(extension.value, x509.BasicConstraints) and extension.value.ca:
            raise NotProven("ENDORSER_NOT_PEER", f"an endorser of {msp_id} is an authority")


def _seconds(certificate: x509.Certificate) -> tuple[int, int]:
    return (
        int(certificate.not_valid_before_utc.timestamp()),
        int(certificate.not_valid_after_utc.timestamp()),
    )
