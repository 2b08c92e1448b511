"""Files of pinned roots: both verifiers take the same ones, and refuse the same ones."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from onebill_verify import NotProven, Trust, verify

SAMPLE = Path(__file__).parents[2] / "vectors" / "sample"
NOW = "2026-06-01T07:00:00Z"
GOOD = json.loads((SAMPLE / "roots.json").read_text("utf-8"))


def root(key, *, authority=True) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST")])
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begun)
        .not_valid_after(begun + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def but(**changes):
    return {**GOOD, **changes}


def first_organisation(**changes):
    changed = copy.deepcopy(GOOD)
    changed["organisations"][0].update(changes)
    return changed


P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)

REFUSED = {
    "a key on P-384": first_organisation(rootCertificates=[root(P384)]),
    "a key of RSA": first_organisation(rootCertificates=[root(RSA)]),
    "no authority": first_organisation(rootCertificates=[root(P256, authority=False)]),
    "no certificate": first_organisation(rootCertificates=["-----BEGIN CERTIFICATE-----"]),
    "no root": first_organisation(rootCertificates=[]),
    "seventeen roots": first_organisation(rootCertificates=[root(P256)] * 17),
    "an unknown kind": first_organisation(kind="BANK"),
    "an organisation twice": but(organisations=GOOD["organisations"] * 2),
    "no organisation": but(organisations=[]),
    "no delay": but(recoveryDelaySeconds=0),
    "a delay as text": but(recoveryDelaySeconds="1"),
    "a member too many": but(operator="OperatorMSP"),
    "a channel that is none": but(channel="One Bill"),
    "not an object": [],
}
TAKEN = {
    "as it is": GOOD,
    "a root more": first_organisation(
        rootCertificates=[*GOOD["organisations"][0]["rootCertificates"], root(P256)]
    ),
    "a delay": but(recoveryDelaySeconds=300),
}


def judged(engine, roots: bytes) -> tuple[str, str]:
    """The reasons of the first and of the second verifier."""
    sample = (SAMPLE / "bundle.json").read_bytes()
    engine.ask("keep", name="sample", text=sample.decode())
    engine.ask("keep", name="odd roots", text=roots.decode())
    second = engine.ask(
        "bundle", base="sample", edits=[], roots="odd roots", now=NOW, organisations=2, nonce=None
    )
    try:
        first = verify(sample, Trust.parse(roots), datetime.fromisoformat(NOW)).reason
    except NotProven as error:
        first = error.reason
    return first, second["reason"]


@pytest.mark.parametrize("name", REFUSED)
def test_roots_that_are_none_are_refused_by_both(in_node, name) -> None:
    roots = json.dumps(REFUSED[name]).encode()

    assert judged(in_node, roots) == ("TRUST_MALFORMED", "TRUST_MALFORMED")


@pytest.mark.parametrize("name", TAKEN)
def test_roots_in_any_spelling_of_json_are_taken_by_both(in_node, name) -> None:
    roots = json.dumps(TAKEN[name], indent=2).encode()

    assert judged(in_node, roots) == ("", "")
