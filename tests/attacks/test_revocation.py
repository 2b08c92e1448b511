"""Certificates that an organisation has taken back, and that are over: nobody acts with them.

The port adds an authority of its own to the channel's configuration, certifies a client and a
peer with it, and revokes both by a list in the configuration. What they did while they were good
is the control: it counted. At the end the port's configuration is what it was before.
"""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fabric_protos.common import common_pb2, configtx_pb2
from fabric_protos.msp import msp_config_pb2

from ledger.client.faults import SubmitFailed
from ledger.client.identity import Identity
from local.joining import signed_update
from local.ledger_network import channel_configuration, update_channel
from local.ordering_kind import network as whole_network
from tests.attacks.insider import POLICY_FAILURE, VALID, Insider, sign_result
from tests.attacks.trying import level, standing
from tests.support.bill_cast import CHANNEL
from tests.support.waiting import until

pytestmark = [
    pytest.mark.attack,
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]
PORT = "PortMSP"
PATIENCE_SECONDS = 120.0


class Authority:
    """A certification authority of the port, with a list of what it has revoked."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the port's second")])
        self.own = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        self.at = datetime.now(UTC)
        self.certificate = (
            self._builder(self.name, self.key.public_key(), self.at + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(self.own, critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def certify(self, unit, until_when=timedelta(days=10)):
        """Answer an identity of the port of this kind, and the number of its certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{unit}.second"),
            ]
        )
        signed = (
            self._builder(name, key.public_key(), self.at + until_when)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(self._issuer(), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return Identity.of(PORT, _pem(signed), secret), signed.serial_number

    def revoked(self, *numbers):
        """Answer the list of revoked certificates, PEM."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(self.at - timedelta(days=1))
            .next_update(self.at + timedelta(days=10))
            .add_extension(self._issuer(), critical=False)
        )
        for number in numbers:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(number)
                .revocation_date(self.at)
                .build()
            )
        return _pem(builder.sign(self.key, hashes.SHA256()))

    def _builder(self, subject, key, not_after):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - timedelta(days=20))
            .not_valid_after(not_after)
        )

    def _issuer(self):
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self.own)


def _usage(*, signs_certificates):
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(signed):
    return signed.public_bytes(serialization.Encoding.PEM)


def reconfigure(change):
    """Have the port change its own membership in the channel; answer what it was before."""
    network = whole_network()
    port = next(each for each in network.organisations if each.msp_id == PORT)
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        channel_configuration(network, port, place / "now.block")
        now = _configuration(place / "now.block")
        application = now.groups["Application"]
        before = application.groups[PORT].values["MSP"]
        wrapped = msp_config_pb2.MSPConfig.FromString(before.value)
        membership = msp_config_pb2.FabricMSPConfig.FromString(wrapped.config)
        was = membership.SerializeToString()
        change(membership)
        update = configtx_pb2.ConfigUpdate(channel_id=CHANNEL)
        for side in (update.read_set, update.write_set):
            side.version = now.version
            side.groups["Application"].version = application.version
            group = side.groups["Application"].groups[PORT]
            group.version = application.groups[PORT].version
        wrapped.config = membership.SerializeToString()
        value = update.write_set.groups["Application"].groups[PORT].values["MSP"]
        value.CopyFrom(before)
        value.version = before.version + 1
        value.value = wrapped.SerializeToString()
        envelope = signed_update(CHANNEL, update.SerializeToString(), [])
        (place / "update.envelope").write_bytes(envelope)
        update_channel(network, port, place / "update.envelope")
    return was


def _configuration(block):
    data = common_pb2.Block.FromString(block.read_bytes()).data.data[0]
    payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(data).payload)
    return configtx_pb2.ConfigEnvelope.FromString(payload.data).config.channel_group


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def authority(world):
    """The port's second authority, in force on the channel until the tests are over."""
    second = Authority()

    def admit(membership):
        membership.root_certs.append(_pem(second.certificate))
        # A peer is whoever any authority of the port says is one.
        units = membership.fabric_node_ous
        for each in ("client", "peer", "admin", "orderer"):
            getattr(units, f"{each}_ou_identifier").certificate = b""

    was = await asyncio.to_thread(reconfigure, admit)
    yield second

    def restore(membership):
        membership.CopyFrom(msp_config_pb2.FabricMSPConfig.FromString(was))

    await asyncio.to_thread(reconfigure, restore)


async def said_to(insider):
    """What the port's own peer says to a call by this identity; nothing where it answers."""
    try:
        answer = await insider.answer(insider.propose("Version"))
    except grpc.aio.AioRpcError as error:
        return error.details()
    return "" if answer.response.status == 200 else answer.response.message


async def until_said(insider, words):
    heard = []

    async def said():
        heard.append(await said_to(insider))
        return words in heard[-1] if words else not heard[-1]

    try:
        await until(said, PATIENCE_SECONDS)
    except TimeoutError:
        pytest.fail(f"the peer says {heard[-1]!r}")


async def test_who_is_on_the_organisations_revocation_list_neither_asks_nor_submits_nor_endorses(
    world, authority
):
    client, client_number = authority.certify("client")
    peer, peer_number = authority.certify("peer")
    operator, revoked = Insider("operator"), Insider("port", client)
    try:
        await until_said(revoked, "")
        paper = await world.issued()
        await until(lambda: level(world, paper), PATIENCE_SECONDS)
        kept_back = revoked.propose("SubmitAct", paper.sign("SIGN", "seller").token)
        answers = [await each.answer(kept_back) for each in (operator, revoked)]

        # While both are good, the peer's word counts.
        signed = paper.took(paper.sign("SIGN", "seller", details={"by": "a good peer"}))
        assert await endorsed_by(operator, peer, signed) == VALID

        authority_list = authority.revoked(client_number, peer_number)
        await asyncio.to_thread(
            reconfigure, lambda membership: membership.revocation_list.append(authority_list)
        )

        await until_said(revoked, "access denied")
        await until(lambda: level(world, paper), PATIENCE_SECONDS)
        before = await standing(world, paper.reference)
        late = revoked.envelope(
            kept_back, answers[0].payload, [each.endorsement for each in answers]
        )
        with pytest.raises(SubmitFailed):
            await revoked.gateway.submit(late)
        onward = paper.sign("TRANSFER", "seller", "buyer")
        assert await endorsed_by(operator, peer, onward) == POLICY_FAILURE
        assert {await standing(world, paper.reference, at) for at in world.services} == {before}
        await world.submit(paper.took(onward))
    finally:
        await operator.close()
        await revoked.close()


async def endorsed_by(operator, peer, handed):
    """Submit an act that the operator's peer endorsed and, for the port, this identity."""
    proposal = operator.propose("SubmitAct", handed.token)
    honest = await operator.answer(proposal)
    return await operator.submit(
        operator.envelope(
            proposal, honest.payload, [honest.endorsement, sign_result(peer, honest.payload)]
        )
    )


async def test_a_client_whose_certificate_is_over_is_not_answered(world, authority):
    good, expired = (
        Insider("port", authority.certify("client", until_when)[0])
        for until_when in (timedelta(days=1), timedelta(days=-1))
    )
    try:
        await until_said(good, "")
        assert "expired" in await said_to(expired)
    finally:
        await good.close()
        await expired.close()
