"""Cases of bundles: endorsed transactions and registrations that do not hold."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from onebill_verify import PrivateKey, b64u, encode
from onebill_verify.bundle import PartyTransaction
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import ORDER

from making import fabric
from making.bundles import (
    Story,
    rotated,
    short,
    with_act,
)
from making.cast import (
    BANK,
    CARRIER_MSP,
    CUSTOMS,
    HAULIER,
    LINES_AGENT,
    OPERATOR,
    OPERATOR_MSP,
    PARTNER_MSP,
    PORT_MSP,
    SELLER,
    STRANGER,
    TERMINAL,
    Member,
)
from making.fabric import Envelope, identity, part, peers
from making.law_chains import chains
from making.made import Made, bare
from making.parties import spelled


def endorsed() -> list[Made]:
    """Everything that can be wrong with an endorsed transaction, tried on the first act."""
    story = short()
    good = story.bundle()
    usual = story.act(1)
    operator, port, partner = peers(OPERATOR_MSP, PORT_MSP, PARTNER_MSP)

    def one(name: str, reason: str, envelope: Envelope, **asked: object) -> Made:
        data = with_act(good, 1, transaction=envelope.write()).encode()
        return Made(f"an act's transaction: {name}", data, reason, **asked)  # type: ignore[arg-type]  # as Made

    other_half = _HighS(partner.msp_id, partner.certificate, partner.key)
    high = usual.but(endorsers=(operator, port, other_half)).write()
    raw = usual.write()
    expired = identity(PORT_MSP, not_after=datetime(2026, 4, 1, tzinfo=UTC))
    return [
        Made(
            "roots of other authorities of the same names",
            good.encode(),
            "ENDORSER_UNKNOWN",
            roots="other authorities of the same names",
        ),
        Made(
            "a root that is not pinned",
            good.encode(),
            "ENDORSER_UNKNOWN",
            roots="without the partner port",
        ),
        Made("roots of another channel", good.encode(), "WRONG_CHANNEL", roots="another channel"),
        Made(
            "roots of another chaincode",
            good.encode(),
            "WRONG_CHAINCODE",
            roots="another chaincode",
        ),
        Made(
            "four organisations wanted, three there",
            good.encode(),
            "TOO_FEW_ORGANISATIONS",
            organisations=4,
        ),
        one(
            "endorsed by one organisation only",
            "TOO_FEW_ORGANISATIONS",
            usual.but(endorsers=(port,)),
        ),
        one("endorsed by nobody", "TOO_FEW_ORGANISATIONS", usual.but(endorsers=())),
        one(
            "endorsed by the operator only, one wanted",
            "TOO_FEW_ORGANISATIONS",
            usual.but(endorsers=(operator,)),
            organisations=1,
        ),
        one(
            "endorsed twice by one organisation",
            "ENDORSED_TWICE",
            usual.but(endorsers=(port, port, operator)),
        ),
        one(
            "endorsed by two peers of one organisation",
            "ENDORSED_TWICE",
            usual.but(
                endorsers=(port, identity(PORT_MSP, not_after=datetime(2100, 1, 1, tzinfo=UTC)))
            ),
        ),
        one(
            "endorsed with a client's certificate",
            "ENDORSER_NOT_PEER",
            usual.but(endorsers=(operator, identity(PORT_MSP, "client"))),
        ),
        one(
            "endorsed with an administrator's certificate",
            "ENDORSER_NOT_PEER",
            usual.but(endorsers=(operator, identity(PORT_MSP, "admin"))),
        ),
        one(
            "endorsed with an orderer's certificate",
            "ENDORSER_NOT_PEER",
            usual.but(endorsers=(operator, identity(PORT_MSP, "orderer"))),
        ),
        one(
            "endorsed with the authority's own certificate",
            "ENDORSER_UNKNOWN",
            usual.but(endorsers=(operator, fabric.root(PORT_MSP, "another"))),
        ),
        one(
            "endorsed with a pinned root's own certificate",
            "ENDORSER_NOT_PEER",
            usual.but(endorsers=(operator, fabric.root(PORT_MSP))),
        ),
        one(
            "an organisation that nobody knows",
            "ENDORSER_UNKNOWN",
            usual.but(endorsers=(operator, identity("UnknownMSP"))),
        ),
        one(
            "a peer of the operator that calls itself the port's",
            "ENDORSER_UNKNOWN",
            usual.but(endorsers=(operator, identity(OPERATOR_MSP, claims=PORT_MSP))),
        ),
        one(
            "a certificate by another authority of the same name",
            "ENDORSER_UNKNOWN",
            usual.but(endorsers=(operator, identity(PORT_MSP, edition="another"))),
        ),
        one(
            "a certificate that was over",
            "ENDORSER_EXPIRED",
            usual.but(endorsers=(operator, expired)),
        ),
        one(
            "a certificate that is none",
            "ENDORSER_UNKNOWN",
            usual.but(endorsers=(operator, replace(port, certificate=b"certificate"))),
        ),
        one("one signature of three is wrong", "ENDORSEMENT_INVALID", usual.but(spoil=2)),
        Made(
            "an endorsement in its high-S spelling",
            with_act(good, 1, transaction=high).encode(),
            "ENDORSEMENT_INVALID",
        ),
        one("of another channel", "TRANSACTION_WRONG_CHANNEL", usual.but(channel="elsewhere")),
        one(
            "of another chaincode",
            "TRANSACTION_WRONG_CHAINCODE",
            usual.but(chaincode="other", called="other"),
        ),
        one(
            "that calls another chaincode",
            "TRANSACTION_WRONG_CHAINCODE",
            usual.but(called="other"),
        ),
        one(
            "with another transaction id",
            "TRANSACTION_ID_WRONG",
            usual.but(transaction_id="0" * 64),
        ),
        one(
            "with the hash of another proposal",
            "PROPOSAL_HASH_WRONG",
            usual.but(proposal_hash=bytes(32)),
        ),
        one("that the chaincode refused", "TRANSACTION_REFUSED", usual.but(status=400)),
        one("of another type", "TRANSACTION_MALFORMED", usual.but(header_type=1)),
        one(
            "with an unknown field",
            "TRANSACTION_MALFORMED",
            usual.but(extra_payload=part(3, b"x")),
        ),
        one("with a field twice", "TRANSACTION_MALFORMED", usual.but(extra_payload=part(2, b"x"))),
        Made("cut off", with_act(good, 1, transaction=raw[:-1]).encode(), "TRANSACTION_MALFORMED"),
        Made(
            "a byte more",
            with_act(good, 1, transaction=raw + b"\x00").encode(),
            "TRANSACTION_MALFORMED",
        ),
        Made(
            "a length in a longer spelling",
            with_act(good, 1, transaction=_long_length(raw)).encode(),
            "TRANSACTION_MALFORMED",
        ),
    ]


def registered() -> list[Made]:
    """Registrations and rotations that are missing, too many, or not what they say."""
    story = short()
    good = story.bundle()
    parties = list(good.parties)
    stranger = PartyTransaction(STRANGER.party, story.registrations(STRANGER)[0].write())

    def other(name: str, reason: str, member: object, **changes: object) -> Made:
        assert isinstance(member, type(SELLER))
        envelope = story.registrations(member)[0].but(**changes)
        swapped = [
            replace(item, transaction=envelope.write()) if item.party == member.party else item
            for item in parties
        ]
        return Made(name, replace(good, parties=swapped).encode(), reason)

    forged = replace(OPERATOR, vouching_organisation=PORT_MSP)
    homemade = replace(HAULIER, vouching_organisation=OPERATOR_MSP)
    gates = Story(chains()["released and held"])
    at_the_gates = bare(gates.bundle())

    def vouched(member: Member, organisation: str) -> Made:
        by = replace(member, vouching_organisation=organisation)
        return Made(
            f"{member.name} for whom {organisation} vouches",
            replace(
                at_the_gates,
                parties=[
                    replace(p, transaction=gates.registrations(by)[0].write())
                    if p.party == member.party
                    else p
                    for p in at_the_gates.parties
                ],
            ).encode(),
            "NOT_VOUCHING_ORGANISATION",
        )

    told = rotated().bundle()
    rotations = [item for item in told.parties if item.party == SELLER.party]
    unrotated = [item for item in told.parties if item not in rotations[1:]]
    turned = [*unrotated]
    at = turned.index(rotations[0])
    turned[at : at + 1] = [rotations[0], rotations[2], rotations[1]]
    return [
        Made(
            "an actor without registration",
            replace(good, parties=[p for p in parties if p.party != OPERATOR.party]).encode(),
            "PARTY_UNKNOWN",
        ),
        Made(
            "a carrier without registration",
            replace(good, parties=[p for p in parties if p.party != HAULIER.party]).encode(),
            "RECEIPT_INVALID",
        ),
        Made(
            "a registration of who signed nothing",
            replace(good, parties=sorted([*parties, stranger], key=lambda p: p.party)).encode(),
            "PARTY_NOT_NEEDED",
        ),
        Made(
            "parties out of order",
            replace(good, parties=parties[::-1]).encode(),
            "PARTIES_NOT_SORTED",
        ),
        Made(
            "a party registered twice",
            replace(good, parties=[parties[0], *parties]).encode(),
            "REGISTRATION_MALFORMED",
        ),
        Made(
            "a registration under another's name",
            replace(
                good,
                parties=[replace(parties[0], transaction=parties[1].transaction), *parties[1:]],
            ).encode(),
            "REGISTRATION_MALFORMED",
        ),
        Made(
            "an act shown as registration",
            replace(
                good,
                parties=[replace(parties[0], transaction=good.acts[0].transaction), *parties[1:]],
            ).encode(),
            "REGISTRATION_MALFORMED",
        ),
        other(
            "registered by another organisation than vouches",
            "NOT_VOUCHING_ORGANISATION",
            SELLER,
            submitter=CARRIER_MSP,
        ),
        other("a record that was not written", "REGISTRATION_NOT_WRITTEN", SELLER, writes={}),
        other(
            "another record than was asked",
            "REGISTRATION_NOT_WRITTEN",
            SELLER,
            writes={f"PARTY_{SELLER.party}": b"{}"},
        ),
        *misspelt(other),
        Made(
            "an operator for whom a port vouches",
            replace(
                good,
                parties=[
                    replace(p, transaction=story.registrations(forged)[0].write())
                    if p.party == OPERATOR.party
                    else p
                    for p in parties
                ],
            ).encode(),
            "NOT_VOUCHING_ORGANISATION",
        ),
        Made(
            "a carrier for whom the operator vouches",
            replace(
                good,
                parties=[
                    replace(p, transaction=story.registrations(homemade)[0].write())
                    if p.party == HAULIER.party
                    else p
                    for p in parties
                ],
            ).encode(),
            "NOT_VOUCHING_ORGANISATION",
        ),
        vouched(CUSTOMS, OPERATOR_MSP),
        vouched(CUSTOMS, CARRIER_MSP),
        vouched(TERMINAL, OPERATOR_MSP),
        vouched(TERMINAL, CARRIER_MSP),
        vouched(LINES_AGENT, OPERATOR_MSP),
        vouched(CUSTOMS, "StrangerMSP"),
        Made(
            "the rotation to the key that signed is missing",
            replace(told, parties=unrotated).encode(),
            "APPROVAL_INVALID",
        ),
        Made(
            "rotations in the wrong order",
            replace(told, parties=turned).encode(),
            "ROTATION_INVALID",
        ),
    ]


def misspelt(other: Callable[..., Made]) -> list[Made]:
    """Registrations of the seller that are not of their form, or not the seller's own word."""
    said = SELLER.registration.payload()
    later = SELLER.registration.action_date_time + timedelta(minutes=3, seconds=1)

    def signed(name: str, reason: str, key: PrivateKey = SELLER.key, **members: object) -> Made:
        payload = {**said, **members}
        token = Jws.sign(key, JwsType.REGISTRATION, payload).token  # type: ignore[arg-type]  # cases break single members
        return other(name, reason, SELLER, arguments=[token])

    text = encode(said).decode().replace(",", ", ")
    return [
        other(
            "a registration with spaces",
            "REGISTRATION_MALFORMED",
            SELLER,
            arguments=[sign_text(SELLER.key, JwsType.REGISTRATION, text)],
        ),
        other(
            "a registration that nobody signed",
            "REGISTRATION_MALFORMED",
            SELLER,
            arguments=[encode(said).decode()],
        ),
        other(
            "a registration with a second argument",
            "REGISTRATION_MALFORMED",
            SELLER,
            arguments=[SELLER.registration.sign(SELLER.key), "x"],
        ),
        signed("a registration under another kid", "REGISTRATION_MALFORMED", kid=BANK.key.kid),
        signed("a registration signed by another's key", "REGISTRATION_MALFORMED", BANK.key),
        signed("roles that are not sorted", "REGISTRATION_MALFORMED", roles=["SHIPPER", "BANK"]),
        signed("a role that does not exist", "REGISTRATION_MALFORMED", roles=["KING"]),
        signed("a custody that does not exist", "REGISTRATION_MALFORMED", keyCustody="MINE"),
        signed("a registration without a rulebook", "REGISTRATION_MALFORMED", rulebookVersion=0),
        other(
            "a registration under the seller's kid by another's key",
            "REGISTRATION_INVALID",
            SELLER,
            arguments=[forged_registration()],
        ),
        signed("a registration for another channel", "REGISTRATION_INVALID", channel="elsewhere"),
        signed(
            "a registration signed after it was recorded",
            "REGISTRATION_INVALID",
            actionDateTime=spelled(later),
        ),
    ]


def sign_text(key: PrivateKey, typ: JwsType, payload: str) -> str:
    """Sign a payload as it is spelled, canonical or not."""
    header = encode({"alg": "ES256", "kid": key.kid, "typ": typ.value})
    signed = f"{b64u(header)}.{b64u(payload.encode())}"
    return f"{signed}.{b64u(key.sign(signed.encode()))}"


def forged_registration() -> str:
    """Return a registration in the seller's name and key id, signed by somebody else."""
    token = SELLER.registration.sign(SELLER.key)
    signed = token[: token.rindex(".")]
    return f"{signed}.{b64u(STRANGER.key.sign(signed.encode()))}"


class _HighS(fabric.Identity):
    """A peer that spells its signatures the other way."""

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(super().sign(data))
        return encode_dss_signature(r, ORDER - s)


def _long_length(transaction: bytes) -> bytes:
    """Spell the length of the first field with a byte more than it needs."""
    end = 1
    while transaction[end] & 0x80:
        end += 1
    length = bytearray(transaction[1 : end + 1])
    length[-1] |= 0x80
    return transaction[:1] + bytes(length) + b"\x00" + transaction[end + 1 :]
