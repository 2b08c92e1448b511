"""Endorsements by who may not endorse: shown to a verifier, none of them proves anything."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from making import fabric
from making.bundles import short, with_act
from making.cast import OPERATOR_MSP, PARTNER_MSP, PORT_MSP

pytestmark = pytest.mark.attack


def certified(msp_id, units=("peer",), key=None, authority=None, critical=None):
    """Make an identity under an organisation's own root, as its administrator could."""
    authority = authority or fabric.root(msp_id)
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    key = key or ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, "peer0")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(fabric.NOT_BEFORE)
        .not_valid_after(fabric.NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if critical is not None:
        builder = builder.add_extension(critical, critical=True)
    signed = builder.sign(authority.key, hashes.SHA256())
    return fabric.Identity(msp_id, signed.public_bytes(serialization.Encoding.PEM), key)


class OnAnotherCurve(fabric.Identity):
    """Signs as its curve has it."""

    def sign(self, data):
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def shown(*endorsers):
    """Answer a bundle whose first act these have endorsed."""
    story = short()
    return with_act(story.bundle(), 1, transaction=story.act(1).but(endorsers=endorsers).write())


PORT, PARTNER = fabric.peers(PORT_MSP, PARTNER_MSP)


@pytest.mark.parametrize(
    "units",
    [("peer", "client"), ("admin", "peer"), ("peer", "orderer"), ("Peer",), ("peers",), ()],
    ids=" and ".join,
)
def test_a_certificate_of_two_kinds_endorses_nothing(judge, units):
    assert judge(shown(PORT, certified(PARTNER_MSP))) == ""
    assert judge(shown(PORT, certified(PARTNER_MSP, units))) == "ENDORSER_NOT_PEER"


@pytest.mark.parametrize("kind", ["client", "admin", "orderer"])
def test_a_client_admin_or_orderer_of_the_right_organisation_endorses_nothing(judge, kind):
    assert judge(shown(PORT, fabric.identity(PARTNER_MSP, kind))) == "ENDORSER_NOT_PEER"


def test_a_certificate_that_asks_for_more_than_is_understood_endorses_nothing(judge):
    asks = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")

    assert judge(shown(PORT, certified(PARTNER_MSP, critical=asks))) == "ENDORSER_NOT_PEER"


def test_a_certificate_issued_by_a_peer_endorses_nothing(judge):
    forged = certified(PARTNER_MSP, authority=PARTNER)

    assert judge(shown(PORT, forged)) == "ENDORSER_UNKNOWN"


def test_a_certificate_on_another_curve_endorses_nothing(judge):
    peer = certified(PARTNER_MSP, key=ec.generate_private_key(ec.SECP384R1()))
    other = OnAnotherCurve(peer.msp_id, peer.certificate, peer.key)

    assert judge(shown(PORT, other)) == "ENDORSER_UNKNOWN"


def test_a_foreign_authority_of_the_same_name_endorses_nothing(judge):
    foreign = fabric.identity(PARTNER_MSP, edition="another")

    assert judge(shown(PORT, foreign)) == "ENDORSER_UNKNOWN"


def test_an_expired_peer_endorses_nothing(judge):
    expired = fabric.identity(PARTNER_MSP, not_after=datetime(2026, 4, 1, tzinfo=UTC))

    assert judge(shown(PORT, expired)) == "ENDORSER_EXPIRED"


def test_a_peer_of_the_operator_that_calls_itself_the_ports_endorses_nothing(judge):
    assert (
        judge(shown(PARTNER, fabric.identity(OPERATOR_MSP, claims=PORT_MSP))) == "ENDORSER_UNKNOWN"
    )


def test_the_authority_itself_endorses_nothing(judge):
    assert judge(shown(PORT, fabric.root(PARTNER_MSP))) == "ENDORSER_NOT_PEER"
