"""A synthetic Fabric: a TEST certificate authority per organisation, peers that sign anything.

It writes what a real Gateway would hand back, byte for byte in form; nothing here ever ran a
chaincode.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509.oid import NameOID
from onebill_verify import JsonValue
from onebill_verify.keys import HALF_ORDER, ORDER

from making.cast import (
    CARRIER_MSP,
    CHAINCODE,
    CHANNEL,
    KINDS,
    OPERATOR_MSP,
    PARTNER_MSP,
    PORT_MSP,
    digest,
    secret_number,
)

MSPS = (OPERATOR_MSP, CARRIER_MSP, PORT_MSP, PARTNER_MSP)
NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2125, 12, 31, tzinfo=UTC)


def number(field_number: int, value: int) -> bytes:
    """Write a varint field; nothing for zero."""
    return bytes([field_number << 3]) + varint(value) if value else b""


def part(field_number: int, value: bytes | str, *, always: bool = False) -> bytes:
    """Write a field of bytes, text or message; nothing for empty unless `always`."""
    data = value.encode() if isinstance(value, str) else value
    if not data and not always:
        return b""
    return bytes([field_number << 3 | 2]) + varint(len(data)) + data


def varint(value: int) -> bytes:
    """Write a varint in its shortest form."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, as Fabric shows and uses it."""

    msp_id: str
    certificate: bytes
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def serialized(self) -> bytes:
        """The SerializedIdentity."""
        return part(1, self.msp_id) + part(2, self.certificate)

    def sign(self, data: bytes) -> bytes:
        """Sign in DER, low S, the same every time."""
        scheme = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self.key.sign(data, scheme))
        return encode_dss_signature(r, s if s <= HALF_ORDER else ORDER - s)


def _key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(secret_number(name), ec.SECP256R1())


def _name(msp_id: str, common: str, unit: str | None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{msp_id} SYNTHETIC SAMPLE")]
    if unit is not None:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common))
    return x509.Name(attributes)


@cache
def root(msp_id: str, edition: str = "") -> Identity:
    """Return the authority of an organisation; another edition has another key."""
    key = _key(f"authority of {msp_id} {edition}")
    name = _name(msp_id, f"ca.{msp_id.lower()}.test", None)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(digest(f"serial {msp_id} {edition}")[:8]))
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return Identity(msp_id, certificate.public_bytes(serialization.Encoding.PEM), key)


@cache
def identity(
    msp_id: str,
    unit: str = "peer",
    edition: str = "",
    not_after: datetime = NOT_AFTER,
    claims: str = "",
) -> Identity:
    """Return a peer (or another node) of an organisation.

    `edition` is that of the authority that issues it; `claims` is the organisation that it
    says it is of, where that is not the one that issued it.
    """
    authority = root(msp_id, edition)
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    name = f"{unit}0.{msp_id.lower()}.test"
    key = _key(f"{name} {edition} {not_after:%Y} {claims}")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(msp_id, name, unit))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(digest(f"serial {name} {edition} {claims}")[:8]))
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .sign(authority.key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return Identity(claims or msp_id, pem, key)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def roots(edition: str = "") -> dict[str, JsonValue]:
    """Return the trust file of the synthetic network."""
    return {
        "channel": CHANNEL,
        "chaincode": CHAINCODE,
        "organisations": [
            {
                "kind": KINDS[msp_id],
                "mspId": msp_id,
                "rootCertificates": [root(msp_id, edition).certificate.decode()],
            }
            for msp_id in MSPS
        ],
    }


@dataclass(frozen=True)
class Envelope:
    """An endorsed transaction to be written; every part may be told otherwise."""

    function: str
    arguments: Sequence[str]
    response: bytes
    at: datetime
    seed: str
    submitter: str = OPERATOR_MSP
    reads: Sequence[str] = ()
    writes: Mapping[str, bytes] = field(default_factory=dict)
    endorsers: Sequence[Identity] = ()
    channel: str = CHANNEL
    chaincode: str = CHAINCODE
    called: str = CHAINCODE
    header_type: int = 3
    status: int = 200
    transaction_id: str = ""
    proposal_hash: bytes = b""
    lifecycle_reads: Sequence[str] = (f"namespaces/fields/{CHAINCODE}/Sequence",)
    extra_namespace: bytes = b""
    extra_payload: bytes = b""
    spoil: int | None = None  # the endorsement whose signature is another's

    def but(self, **changes: object) -> "Envelope":
        """Return this with some parts told otherwise."""
        return replace(self, **changes)  # type: ignore[arg-type]  # cases break single parts

    def write(self) -> bytes:
        """Return the serialized Payload."""
        creator = identity(self.submitter, "client").serialized
        nonce = digest(f"nonce {self.seed}")[:24]
        chaincode = part(2, self.chaincode)
        header = self._channel_header(creator, nonce, chaincode)
        signature_header = part(1, creator) + part(2, nonce)
        proposal = self._proposal()
        hashed = hashlib.sha256(header + signature_header + proposal).digest()
        result = (
            part(1, self._results())
            + part(3, number(1, self.status) + part(3, self.response))
            + part(4, part(2, self.chaincode) + part(3, "1.0"))
        )
        signed = part(1, self.proposal_hash or hashed) + part(2, result)
        endorsements = b""
        for index, peer in enumerate(self.endorsers):
            said = signed + peer.serialized + (b"?" if index == self.spoil else b"")
            endorsements += part(2, part(1, peer.serialized) + part(2, peer.sign(said)))
        action = part(1, signature_header) + part(
            2, part(1, proposal) + part(2, part(1, signed) + endorsements)
        )
        return (
            part(1, part(1, header) + part(2, signature_header))
            + part(2, part(1, action))
            + self.extra_payload
        )

    def _channel_header(self, creator: bytes, nonce: bytes, chaincode: bytes) -> bytes:
        seconds = int((self.at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1))
        nanos = int.from_bytes(digest(f"nanos {self.seed}")[:4]) % 1_000_000_000
        transaction_id = self.transaction_id or hashlib.sha256(nonce + creator).hexdigest()
        return (
            number(1, self.header_type)
            + part(3, number(1, seconds) + number(2, nanos))
            + part(4, self.channel)
            + part(5, transaction_id)
            + part(7, part(2, chaincode))
        )

    def _proposal(self) -> bytes:
        arguments = b"".join(
            part(1, argument, always=True) for argument in (self.function, *self.arguments)
        )
        spec = number(1, 1) + part(2, part(2, self.called)) + part(3, arguments)
        return part(1, part(1, spec))

    def _results(self) -> bytes:
        version = number(1, 7)
        reads = b"".join(part(1, part(1, key) + part(2, version)) for key in self.reads)
        writes = b"".join(
            part(3, part(1, key) + part(3, value)) for key, value in sorted(self.writes.items())
        )
        lifecycle = b"".join(
            part(1, part(1, key) + part(2, version)) for key in self.lifecycle_reads
        )
        namespaces = part(2, part(1, "_lifecycle") + part(2, lifecycle)) if lifecycle else b""
        namespaces += part(2, part(1, self.chaincode) + part(2, reads + writes))
        return namespaces + self.extra_namespace


def peers(*msp_ids: str) -> tuple[Identity, ...]:
    """Return the peers of organisations."""
    return tuple(identity(msp_id) for msp_id in msp_ids)
