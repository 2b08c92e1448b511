"""What members of the channel try with their own peers, keys and certificates.

Here the attacker goes round every service of ours: it speaks to peers itself, signs results that
no chaincode gave, and hands any envelope to the ordering service. What peers find invalid stands
in a block with the code that says why: that is its record.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fabric_protos.msp import identities_pb2
from onebill_verify.act import SignedAct
from onebill_verify.bundle import Bundle, BundledAct
from onebill_verify.verifier import verify

from ledger.client.identity import Identity
from ledger.client.transactions import read_transaction
from tests.attacks.insider import (
    LOST_RACES,
    POLICY_FAILURE,
    VALID,
    Insider,
    admin_of,
    client_of,
    invented,
    peer_of,
    rewritten,
    sign_result,
)
from tests.attacks.trying import level, standing
from tests.integration.ledger.conftest import MSP_IDS
from tests.integration.ledger.test_evidence_proves import bundle_of, evidence_at, trust
from tests.support.bill_cast import now
from tests.support.waiting import until

pytestmark = [
    pytest.mark.attack,
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
]
STALE_ENVELOPES = 24
# For the slowest peer to take a block in.
LEVEL_SECONDS = 120.0


@pytest_asyncio.fixture(loop_scope="module")
async def insiders():
    """Somebody at every member organisation."""
    everywhere = {organisation: Insider(organisation) for organisation in MSP_IDS}
    yield everywhere
    for insider in everywhere.values():
        await insider.close()


@pytest_asyncio.fixture(loop_scope="module")
async def operator(insiders):
    return insiders["operator"]


@pytest_asyncio.fixture(loop_scope="module")
async def paper(world):
    issued = await world.issued()
    await until(lambda: level(world, issued), LEVEL_SECONDS)
    return issued


async def unmoved(world, paper, before):
    """The bill stands at every member's peer where it stood, and can go on."""
    assert {await standing(world, paper.reference, at) for at in world.services} == {before}
    onward = paper.took(paper.sign("SIGN", "seller"))
    await world.submit(onward)


def transfer(paper, to="buyer"):
    return paper.sign("TRANSFER", "seller", to)


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda: client_of("port"), id="a client of the port"),
        pytest.param(lambda: admin_of("port"), id="an administrator of the port"),
        pytest.param(
            lambda: Identity(
                "PortMSP", _named("PortMSP", peer_of("operator")), peer_of("operator")._key
            ),
            id="the operator's peer under the port's name",
        ),
        pytest.param(lambda: foreign("PortMSP"), id="a peer that a foreign authority certified"),
        pytest.param(lambda: peer_of("operator"), id="the operator's peer twice"),
    ],
)
async def test_an_act_endorsed_by_who_may_not_is_invalid(world, insiders, operator, paper, forged):
    """An honest result, honestly endorsed by the operator alone, and once by somebody else."""
    before = await standing(world, paper.reference)
    proposal = operator.propose("SubmitAct", transfer(paper).token)
    honest = await operator.answer(proposal)
    second = sign_result(forged(), honest.payload)

    code = await operator.submit(
        operator.envelope(proposal, honest.payload, [honest.endorsement, second])
    )

    assert code == POLICY_FAILURE
    await unmoved(world, paper, before)


@pytest.mark.parametrize("alone", ["operator", "port", "partnerport", "carrier"])
async def test_one_organisation_records_nothing_alone(world, insiders, paper, alone):
    """Holder and its own peer, or any other one."""
    before, insider = await standing(world, paper.reference), insiders[alone]
    proposal = insider.propose("SubmitAct", transfer(paper).token)
    honest = await insider.answer(proposal)

    code = await insider.submit(insider.envelope(proposal, honest.payload, [honest.endorsement]))

    assert code == POLICY_FAILURE
    await unmoved(world, paper, before)


async def test_a_modified_chaincode_on_one_peer_moves_nothing(world, insiders, operator, paper):
    """The operator's peer gives the bill to another than the act says; the port's does not."""
    before = await standing(world, paper.reference)
    proposal = operator.propose("SubmitAct", transfer(paper).token)
    honest = await insiders["port"].answer(proposal)
    to, other = (world.cast.parties[name].encode() for name in ("buyer", "first-bank"))

    def give_to_another(inner):
        for write in inner.writes:
            if write.key.startswith("BILL_"):
                write.value = write.value.replace(to, other)

    changed = rewritten(honest.payload, give_to_another)
    assert changed != honest.payload
    for endorsements in (
        [sign_result(peer_of("operator"), changed), honest.endorsement],
        [sign_result(peer_of("operator"), changed)],
    ):
        code = await operator.submit(operator.envelope(proposal, changed, endorsements))
        assert code == POLICY_FAILURE
        proposal = operator.propose("SubmitAct", transfer(paper).token)
        honest = await insiders["port"].answer(proposal)
        changed = rewritten(honest.payload, give_to_another)
    await unmoved(world, paper, before)


@pytest.mark.parametrize("what", ["a write more", "a write less", "another version read"])
async def test_a_tampered_read_write_set_is_invalid(world, insiders, operator, paper, what):
    """What honest peers signed, changed afterwards."""
    before = await standing(world, paper.reference)
    proposal = operator.propose("SubmitAct", transfer(paper).token)
    answers = [
        await insiders[name].answer(proposal) for name in ("operator", "port", "partnerport")
    ]

    def change(inner):
        if what == "a write more":
            inner.writes.add(key=f"PARTY_{world.cast.parties['seller']}", value=b"{}")
        elif what == "a write less":
            del inner.writes[0]
        else:
            inner.reads[0].version.block_num += 1

    tampered = rewritten(answers[0].payload, change)
    code = await operator.submit(
        operator.envelope(proposal, tampered, [answer.endorsement for answer in answers])
    )

    assert code == POLICY_FAILURE
    await unmoved(world, paper, before)


@pytest.mark.parametrize(
    ("whose", "colluding"),
    [
        ("seller", ("operator", "port")),
        ("seller", ("carrier", "partnerport")),
        ("buyer", ("operator", "port")),
        ("customs-singapore", ("operator", "carrier")),
        ("haulier-chongqing", ("operator", "port")),
    ],
    ids=str,
)
async def test_a_partys_key_is_not_rewritten_without_who_vouches_for_it(
    world, insiders, whose, colluding
):
    """Modified chaincodes at several members write a party's record as they like it."""
    party = world.cast.parties[whose]
    first = insiders[colluding[0]]
    true = await first.gateway.evaluate("GetParty", party)
    proposal = first.propose("GetParty", party)
    forged = true.replace(
        world.cast.keys[whose].kid.encode(), world.cast.keys["operator"].kid.encode()
    )
    assert forged != true
    result = invented(proposal, {f"PARTY_{party}": forged})

    code = await first.submit(
        first.envelope(
            proposal, result, [sign_result(peer_of(name), result) for name in colluding]
        )
    )

    assert code == POLICY_FAILURE
    assert await first.gateway.evaluate("GetParty", party) == true


async def test_a_bill_is_not_rewritten_without_the_possessors_organisation(
    world, insiders, operator, paper
):
    """The buyer's organisation is the partner port; the operator and the other port collude."""
    await world.submit(paper.took(transfer(paper)))
    before = await standing(world, paper.reference)
    proposal = operator.propose("GetBill", paper.reference)
    result = invented(proposal, {f"BILL_{paper.reference}": b"{}"})

    code = await operator.submit(
        operator.envelope(
            proposal,
            result,
            [sign_result(peer_of(name), result) for name in ("operator", "port")],
        )
    )

    assert code == POLICY_FAILURE
    assert {await standing(world, paper.reference, at) for at in world.services} == {before}


async def test_who_rewrites_the_ledger_still_proves_nothing(world, insiders, operator, paper):
    """The operator's own customer has the bill, so operator and port satisfy its policy.

    With modified chaincodes they write another possessor into every peer, and even attest it.
    No act explains it, so no stranger believes it, and everybody on the channel sees it.
    """
    record = (await operator.gateway.evaluate("GetBill", paper.reference)).decode()
    true, thief = world.cast.parties["seller"], world.cast.parties["first-bank"]
    start = record.index('"bill":') + len('"bill":')
    stolen = record[start:-1].replace(f'"possessor":"{true}"', f'"possessor":"{thief}"')
    proposal = operator.propose("GetBill", paper.reference)
    result = invented(proposal, {f"BILL_{paper.reference}": stolen.encode()})

    code = await operator.submit(
        operator.envelope(
            proposal,
            result,
            [sign_result(peer_of(name), result) for name in ("operator", "port")],
        )
    )

    assert code == VALID

    async def rewritten_everywhere():
        standings = [await standing(world, paper.reference, at) for at in world.services]
        return {possessor for _, _, possessor, _, _ in standings} == {thief}

    await until(rewritten_everywhere, LEVEL_SECONDS)
    evidence = await evidence_at(world, "partnerport", paper)
    assert thief in evidence.attestation_transaction.decode("utf-8", "replace")
    proof = verify(bundle_of(evidence, paper.reference), trust(), now())
    assert proof.reason == "STATE_MISMATCH"


async def test_a_holder_and_its_own_peer_do_not_rewrite_the_bill(world, insiders, paper):
    await world.submit(paper.took(transfer(paper)))
    before, holder = await standing(world, paper.reference), insiders["partnerport"]
    proposal = holder.propose("GetBill", paper.reference)
    result = invented(proposal, {f"BILL_{paper.reference}": b"{}"})

    code = await holder.submit(
        holder.envelope(proposal, result, [sign_result(peer_of("partnerport"), result)])
    )

    assert code == POLICY_FAILURE
    assert {await standing(world, paper.reference, at) for at in world.services} == {before}


async def test_an_envelope_counts_once_however_often_it_is_sent(world, insiders, operator, paper):
    proposal = operator.propose("SubmitAct", paper.took(transfer(paper)).token)
    answers = [
        await insiders[name].answer(proposal) for name in ("operator", "port", "partnerport")
    ]
    prepared = operator.envelope(
        proposal, answers[0].payload, [answer.endorsement for answer in answers]
    )
    assert await operator.submit(prepared) == VALID
    before = await standing(world, paper.reference)

    for _ in range(3):
        await operator.gateway.submit(prepared)
    marker = await world.issued()

    # Whatever was ordered before this bill has been judged.
    assert (await standing(world, marker.reference))[0] == 1
    assert await standing(world, paper.reference) == before


async def test_peers_do_not_endorse_a_replayed_act(world, insiders, paper):
    old = paper.took(transfer(paper))
    await world.submit(old)
    await world.submit(paper.took(paper.sign("SIGN", "buyer")))

    for insider in insiders.values():
        assert "WRONG_SEQUENCE" in await insider.refusal("SubmitAct", old.token)


async def test_a_courier_of_a_foreign_authority_is_nobody(world, insiders, paper):
    stranger = Insider("operator", foreign("OperatorMSP", unit="client"))
    try:
        said = await stranger.refusal("SubmitAct", transfer(paper).token)
    finally:
        await stranger.close()

    assert "access denied" in said or "creator" in said


async def test_a_courier_under_another_organisations_name_is_nobody(world, paper):
    own = client_of("carrier")
    stranger = Insider("operator", Identity("OperatorMSP", _named("OperatorMSP", own), own._key))
    try:
        said = await stranger.refusal("SubmitAct", transfer(paper).token)
    finally:
        await stranger.close()

    assert "access denied" in said or "creator" in said


async def test_an_act_that_was_endorsed_and_never_submitted_is_shown_to_nobodys_profit(
    world, insiders, paper
):
    """The seller sells the bill twice: one act is recorded, the other only endorsed."""
    proposal = insiders["operator"].propose("SubmitAct", transfer(paper, "first-bank").token)
    answers = [
        await insiders[name].answer(proposal) for name in ("operator", "port", "partnerport")
    ]
    kept = insiders["operator"].envelope(
        proposal, answers[0].payload, [answer.endorsement for answer in answers]
    )
    await world.submit(paper.took(transfer(paper, "buyer")))
    await until(lambda: level(world, paper), LEVEL_SECONDS)
    evidence = await evidence_at(world, "partnerport", paper)
    bundle = Bundle.parse(bundle_of(evidence, paper.reference))
    sold_twice = transfer(paper, "first-bank")

    lost = BundledAct(_argument(kept), kept.payload, None)

    assert verify(bundle.encode(), trust(), now()).proven
    with_lost = replace(bundle, acts=[bundle.acts[0], lost])
    assert verify(with_lost.encode(), trust(), now()).reason == "HEAD_MISMATCH"
    attested = replace(bundle.attestation, transaction=kept.payload)
    as_attestation = replace(bundle, attestation=attested)
    assert verify(as_attestation.encode(), trust(), now()).reason == "ATTESTATION_WRONG_FUNCTION"
    assert SignedAct.parse(lost.act).act.recipient == sold_twice.signed.act.recipient


async def test_a_stale_envelope_sent_again_and_again_starves_no_legal_act(
    world, insiders, operator, paper
):
    """Somebody sends old endorsed acts, that would change the policy, ahead of each legal one."""
    stale = transfer(paper, "buyer").token
    envelopes = []
    for _ in range(STALE_ENVELOPES):
        proposal = operator.propose("SubmitAct", stale)
        answers = await asyncio.gather(
            *(insiders[name].answer(proposal) for name in ("operator", "port", "partnerport"))
        )
        envelopes.append(
            operator.envelope(
                proposal, answers[0].payload, [answer.endorsement for answer in answers]
            )
        )
    await world.submit(paper.took(paper.sign("SIGN", "seller")))

    async def flood():
        for envelope in envelopes:
            await operator.gateway.submit(envelope)

    flooding = asyncio.create_task(flood())
    for _ in range(6):
        await world.submit(paper.took(paper.sign("SIGN", "seller")))
    await flooding

    codes = [
        (await operator.gateway.commit_status(envelope.transaction_id, 20)).code
        for envelope in envelopes
    ]
    assert set(codes) <= LOST_RACES
    assert (await standing(world, paper.reference))[0] == 8


@pytest.mark.parametrize("kind", ["expired", "of a foreign authority"])
async def test_a_caller_with_a_certificate_that_is_not_ours_or_not_now_is_not_heard(
    world, pki, tmp_path, kind
):
    service = world.services["port"]
    credentials = grpc.ssl_channel_credentials(
        root_certificates=pki.tls("port").tls_roots_file.read_bytes(),
        **_caller(pki, tmp_path, expired=kind == "expired"),
    )
    async with grpc.aio.secure_channel(service.address, credentials) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await channel.unary_unary("/onebill.ledger.v1.LedgerService/GetBill")(b"", timeout=5)

    assert refused.value.code() in {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }


def _caller(pki, folder, *, expired):
    """A certificate of the port: expired and ours, or good and a foreign authority's."""
    authority = pki if expired else type(pki)(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "port")]))
        .issuer_name(authority._root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=2))
        .not_valid_after(at - timedelta(days=1) if expired else at + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier("urn:onebill:org:port")]),
            critical=False,
        )
        .sign(authority._key, hashes.SHA256())
    )
    return {
        "private_key": _pem(key),
        "certificate_chain": certificate.public_bytes(serialization.Encoding.PEM),
    }


def foreign(msp_id, unit="peer"):
    """An identity that an authority of nobody on the channel has certified."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{unit}.elsewhere"),
        ]
    )
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return Identity.of(msp_id, pem, _pem(key))


def _pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _named(msp_id, identity):
    """The certificate of an identity, serialised as that of another organisation."""
    return Identity.of(msp_id, _certificate(identity), _pem(identity._key)).creator


def _certificate(identity):
    return identities_pb2.SerializedIdentity.FromString(identity.creator).id_bytes


def _argument(prepared):
    return read_transaction(prepared.payload).arguments[0]
