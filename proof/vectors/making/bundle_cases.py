"""Vectors of bundles: good ones, and one bad one at least for every reason."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from onebill_verify import Bundle, BundledAct, JsonValue, Shown, Trust, encode, verify
from onebill_verify.bundle import PartyTransaction
from onebill_verify.keys import ORDER

from making import fabric
from making.bundles import (
    ATTESTED,
    NONCE,
    Story,
    act_envelope,
    attestation_envelope,
    rotated,
    said,
    sample,
    sample_terms,
    short,
    with_act,
)
from making.cast import (
    AGENT,
    BANK,
    BUYER,
    CARRIER_MSP,
    HAULIER,
    OPERATOR,
    OPERATOR_MSP,
    PARTNER_MSP,
    PORT_MSP,
    SELLER,
    STRANGER,
    Member,
    hashed,
)
from making.chain import OTHER_REFERENCE, REFERENCE, Chain, approval, issue_terms
from making.fabric import Envelope, identity, part, peers
from making.law_cases import ANSWER, SURRENDER, chains

NOW = datetime(2026, 6, 1, 7, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A case: the bundle's bytes, how it is asked, and what the answer is."""

    name: str
    data: bytes
    reason: str = ""
    now: datetime = NOW
    organisations: int = 2
    nonce: str | None = None
    roots: str = "roots"


def trust_files() -> dict[str, JsonValue]:
    """Return the trust files by name; only the first is that of the synthetic network."""
    usual = fabric.roots()
    return {
        "roots": usual,
        "other authorities of the same names": fabric.roots("another"),
        "another channel": {**usual, "channel": "elsewhere"},
        "another chaincode": {**usual, "chaincode": "other"},
        "without the partner port": {
            **usual,
            "organisations": [
                organisation
                for organisation in _list(usual["organisations"])
                if isinstance(organisation, dict) and organisation["mspId"] != PARTNER_MSP
            ],
        },
    }


def cases() -> list[Made]:
    """Return all cases, each tried here."""
    made = [*_good(), *_file(), *_endorsed(), *_parties(), *_acts(), *_shown(), *_attested()]
    trust = {name: Trust.parse(encode(value)) for name, value in trust_files().items()}
    wrong = []
    for case in made:
        answer = verify(
            case.data,
            trust[case.roots],
            case.now,
            organisations=case.organisations,
            nonce=case.nonce,
        )
        if answer.reason != case.reason:
            wrong.append(f"{case.name}: {answer.reason} {answer.message}, not {case.reason}")
    if wrong:
        raise AssertionError("\n".join(wrong))
    return made


def _good() -> list[Made]:
    story, known = sample(), chains()
    bundle = story.bundle()
    undocumented = replace(bundle, document=None, certificate=None, attachments=())
    made = [
        Made("the sample", bundle.encode()),
        Made("the sample, asked with its nonce", bundle.encode(), nonce=NONCE),
        Made("the sample, three organisations wanted", bundle.encode(), organisations=3),
        Made("document not shown", undocumented.encode()),
        Made("the shortest story", short().bundle().encode()),
        Made("keys rotated twice", rotated().bundle().encode()),
        Made("asked within two minutes before", bundle.encode(), now=ATTESTED),
    ]
    for name in (
        "blank, at the bank",
        "straight, at the bank",
        "accomplished",
        "released and held",
    ):
        told = Story(known[name]).bundle()
        made.append(Made(f"a bill {name}", _bare(told).encode()))
    held = Story(known["refused surrender"])
    made.append(Made("a surrender refused", _bare(held.bundle()).encode()))
    return made


def _file() -> list[Made]:
    good = short().bundle()
    data = good.encode()
    value = json.loads(data)

    def changed(**members: JsonValue) -> bytes:
        return encode({**value, **members})

    malformed: list[tuple[str, bytes]] = [
        ("no bytes", b""),
        ("not JSON", b"PDF"),
        ("an array", encode([value])),
        ("white space before", b" " + data),
        ("a line feed after", data + b"\n"),
        ("indented", json.dumps(value, indent=1).encode()),
        ("cut in the middle", data[: len(data) // 2]),
        ("another version", changed(bundleVersion=2)),
        ("a version in text", changed(bundleVersion="1")),
        ("a member too many", changed(comment="")),
        ("no acts", changed(acts=[])),
        ("acts in an object", changed(acts={})),
        ("a null document", changed(document=None)),
        ("no attestation", encode({k: v for k, v in value.items() if k != "attestation"})),
        ("no attachments member", encode({k: v for k, v in value.items() if k != "attachments"})),
        ("a reference in lower case", changed(transportDocumentReference=REFERENCE.lower())),
        ("a salt too short", changed(document={**value["document"], "salt": "AAAA"})),
        (
            "a document that is text",
            changed(document={**value["document"], "transportDocument": "x"}),
        ),
        (
            "padding in a transaction",
            changed(
                attestation={
                    **value["attestation"],
                    "transaction": value["attestation"]["transaction"] + "=",
                }
            ),
        ),
        ("a nonce with a space", changed(attestation={**value["attestation"], "nonce": "a b"})),
        ("the same attachment twice", changed(attachments=value["attachments"] * 2)),
    ]
    return [Made(name, broken, "BUNDLE_MALFORMED") for name, broken in malformed]


def _endorsed() -> list[Made]:
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


def _parties() -> list[Made]:
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
        other(
            "a registration with spaces",
            "REGISTRATION_MALFORMED",
            SELLER,
            arguments=[SELLER.registration.argument().replace(",", ", ")],
        ),
        other(
            "a registration under another kid",
            "REGISTRATION_MALFORMED",
            SELLER,
            arguments=[SELLER.registration.argument().replace(SELLER.key.kid, BANK.key.kid)],
        ),
        other(
            "roles that are not sorted",
            "REGISTRATION_MALFORMED",
            SELLER,
            arguments=[
                SELLER.registration.argument().replace('["SHIPPER"]', '["SHIPPER","BANK"]')
            ],
        ),
        other(
            "a role that does not exist",
            "REGISTRATION_MALFORMED",
            SELLER,
            arguments=[SELLER.registration.argument().replace('"SHIPPER"', '"KING"')],
        ),
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
            "OPERATOR_ROLE_RESERVED",
        ),
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


def _acts() -> list[Made]:
    story = sample()
    good = story.bundle()
    acts = list(good.acts)
    other = short()
    token = acts[4].act
    unsigned = token[: token.rindex(".")] + acts[3].act[acts[3].act.rindex(".") :]

    def told(chain: Chain) -> Bundle:
        return _bare(Story(chain).bundle())

    def registered(member: Member) -> list[PartyTransaction]:
        known = PartyTransaction(member.party, story.registrations(member)[0].write())
        return sorted([*good.parties, known], key=lambda item: item.party)

    fork = _unchecked(sample().chain, "TRANSFER", BUYER, STRANGER)
    robbed = _unchecked(sample().chain, "TRANSFER", STRANGER, BANK)
    late = other.chain.copy()
    pending = chains()["pending"]
    silent = Story(
        pending.copy().add(
            "REJECT_SURRENDER",
            AGENT,
            None,
            ANSWER,
            details_hash=hashed("details 6", {}),
        ),
        details={6: {}},
    )
    spoken = Story(
        pending.copy().add(
            "REJECT_SURRENDER",
            AGENT,
            None,
            ANSWER,
            details_hash=hashed("details 6", {"comment": "The charges are open."}),
        ),
        details={6: {"comment": "The charges are open."}},
    )
    return [
        Made("a rejected surrender with its comment", _bare(spoken.bundle()).encode()),
        Made(
            "a rejected surrender without comment",
            _bare(silent.bundle()).encode(),
            "COMMENT_MISSING",
        ),
        Made("the last act missing", replace(good, acts=acts[:-1]).encode(), "HEAD_MISMATCH"),
        Made(
            "an act missing in the middle",
            replace(good, acts=acts[:2] + acts[3:]).encode(),
            "WRONG_SEQUENCE",
        ),
        Made("the first act missing", replace(good, acts=acts[1:]).encode(), "BILL_UNKNOWN"),
        Made(
            "two acts swapped",
            replace(good, acts=[*acts[:3], acts[4], acts[3]]).encode(),
            "WRONG_SEQUENCE",
        ),
        Made(
            "an act twice",
            replace(good, acts=[*acts, acts[4]]).encode(),
            "WRONG_SEQUENCE",
        ),
        Made(
            "issued twice",
            replace(good, acts=[acts[0], acts[0], *acts[1:]]).encode(),
            "BILL_EXISTS",
        ),
        Made(
            "an act after the one attested",
            replace(good, acts=[*acts, fork], parties=registered(BUYER)).encode(),
            "HEAD_MISMATCH",
        ),
        Made(
            "the stranger's transfer at the end",
            replace(good, acts=[*acts, robbed], parties=registered(STRANGER)).encode(),
            "NOT_POSSESSOR",
        ),
        Made(
            "an act of another chain of the bill",
            with_act(
                good,
                2,
                act=other.bundle().acts[1].act,
                transaction=other.bundle().acts[1].transaction,
            ).encode(),
            "WRONG_PREVIOUS_HASH",
        ),
        Made(
            "an act with another act's signature",
            with_act(
                good,
                5,
                act=unsigned,
                transaction=story.act(5)
                .but(
                    arguments=[unsigned], writes={f"ACT_{REFERENCE}_0000000005": unsigned.encode()}
                )
                .write(),
            ).encode(),
            "SIGNATURE_INVALID",
        ),
        Made(
            "an act with another act's transaction",
            with_act(good, 5, transaction=good.acts[3].transaction).encode(),
            "TRANSACTION_OF_ANOTHER_ACT",
        ),
        Made(
            "a transaction that answers another hash",
            with_act(good, 5, transaction=story.act(5).but(response=b"0" * 64).write()).encode(),
            "TRANSACTION_OF_ANOTHER_ACT",
        ),
        Made(
            "a transaction of another function",
            with_act(good, 5, transaction=story.act(5).but(function="Evaluate").write()).encode(),
            "TRANSACTION_OF_ANOTHER_ACT",
        ),
        Made(
            "a transaction that does not write the act",
            with_act(good, 5, transaction=story.act(5).but(writes={}).write()).encode(),
            "ACT_NOT_WRITTEN",
        ),
        Made(
            "a transaction that writes it under another number",
            with_act(
                good,
                5,
                transaction=story.act(5)
                .but(writes={f"ACT_{REFERENCE}_0000000006": token.encode()})
                .write(),
            ).encode(),
            "ACT_NOT_WRITTEN",
        ),
        Made("an act that is no JWS", with_act(good, 5, act="act").encode(), "ACT_MALFORMED"),
        Made(
            "an act of another bill",
            told(Chain().add("ISSUE", OPERATOR, SELLER, issue_terms(**sample_terms())))
            .encode()
            .replace(REFERENCE.encode(), OTHER_REFERENCE.encode()),
            "ACT_OF_ANOTHER_BILL",
        ),
        Made(
            "an act carried before the one before it",
            with_act(
                good,
                5,
                transaction=story.act(5).but(at=story.chain.acts[3].at.replace(hour=1)).write(),
            ).encode(),
            "ACT_FROM_THE_FUTURE",
        ),
        Made(
            "an act carried after its expiry",
            with_act(short().bundle(), 2, transaction=late_envelope(late)).encode(),
            "ACT_EXPIRED",
        ),
        Made(
            "a surrender by who is not entitled",
            replace(
                good,
                acts=[
                    *acts,
                    _unchecked(sample().chain, "SURRENDER_FOR_DELIVERY", BANK, BUYER, SURRENDER),
                ],
            ).encode(),
            "NOT_POSSESSOR",
        ),
    ]


def _shown() -> list[Made]:
    good = sample().bundle()
    value = json.loads(good.encode())
    document, certificate = value["document"], value["certificate"]

    def changed(**members: JsonValue) -> bytes:
        return encode({**value, **members})

    text = document["transportDocument"]
    attachment = value["attachments"][0]
    foreign = {**text, "transportDocumentReference": OTHER_REFERENCE}
    issued_foreign = Story(_foreign_chain(foreign)).bundle()
    return [
        Made(
            "a changed document",
            changed(
                document={**document, "transportDocument": {**text, "placeOfDelivery": "SGSIN"}}
            ),
            "DOCUMENT_CHANGED",
        ),
        Made(
            "a document with a member more",
            changed(document={**document, "transportDocument": {**text, "x": 1}}),
            "DOCUMENT_CHANGED",
        ),
        Made(
            "another salt of the document",
            changed(document={**document, "salt": certificate["salt"]}),
            "DOCUMENT_CHANGED",
        ),
        Made(
            "a document that names another bill",
            replace(
                issued_foreign,
                document=Shown(document["salt"], foreign),
                certificate=None,
                attachments=(),
            ).encode(),
            "DOCUMENT_OF_ANOTHER_BILL",
        ),
        Made(
            "a changed certificate",
            changed(certificate={**certificate, "certificateOfInsurance": {}}),
            "CERTIFICATE_CHANGED",
        ),
        Made(
            "an attachment of another size",
            changed(attachments=[{**attachment, "size": 1}]),
            "ATTACHMENT_NOT_LISTED",
        ),
        Made(
            "an attachment with another hash",
            changed(attachments=[{**attachment, "documentChecksum": "0" * 64}]),
            "ATTACHMENT_NOT_LISTED",
        ),
        Made(
            "an attachment without the document",
            encode({k: v for k, v in value.items() if k != "document"}),
            "ATTACHMENT_NOT_LISTED",
        ),
        Made(
            "changed details",
            changed(
                acts=[
                    *value["acts"][:2],
                    {
                        **value["acts"][2],
                        "details": {**value["acts"][2]["details"], "details": {}},
                    },
                    *value["acts"][3:],
                ]
            ),
            "DETAILS_CHANGED",
        ),
    ]


def _attested() -> list[Made]:
    story = short()
    good = story.bundle()
    bill = story.bill()
    usual = story.attestation()

    def one(name: str, reason: str, envelope: Envelope, **shown: object) -> Made:
        attested = replace(good.attestation, transaction=envelope.write(), **shown)  # type: ignore[arg-type]  # as above
        return Made(
            f"the attestation: {name}", replace(good, attestation=attested).encode(), reason
        )

    def saying(name: str, reason: str, **changes: JsonValue) -> Made:
        return one(name, reason, attestation_envelope(said(bill, **changes)))

    unsubmitted = story.act(2)
    behind = Story(Chain(story.chain.acts[:1])).bill()
    return [
        one(
            "an act that was endorsed and never submitted",
            "ATTESTATION_WRONG_FUNCTION",
            unsubmitted,
        ),
        one(
            "the function that only reads",
            "ATTESTATION_WRONG_FUNCTION",
            usual.but(function="GetBill"),
        ),
        one(
            "an attestation with a third argument",
            "ATTESTATION_MALFORMED",
            usual.but(arguments=[REFERENCE, NONCE, ""]),
        ),
        one(
            "asked of another bill",
            "ATTESTATION_WRONG_BILL",
            usual.but(arguments=[OTHER_REFERENCE, NONCE]),
        ),
        saying(
            "answered for another bill",
            "ATTESTATION_WRONG_BILL",
            transportDocumentReference=OTHER_REFERENCE,
        ),
        saying("answered with another nonce", "ATTESTATION_WRONG_NONCE", nonce="other"),
        one("the bundle names another nonce", "ATTESTATION_WRONG_NONCE", usual, nonce="other"),
        saying("answered for another channel", "ATTESTATION_MALFORMED", channel="elsewhere"),
        saying("answered for another chaincode", "ATTESTATION_MALFORMED", chaincode="other"),
        saying("pledged", "ATTESTATION_MALFORMED", pledge=True),
        saying("a member too many", "ATTESTATION_MALFORMED", comment="x"),
        saying("a state that does not exist", "ATTESTATION_MALFORMED", state="SOLD"),
        one(
            "an answer that is not canonical",
            "ATTESTATION_MALFORMED",
            usual.but(response=json.dumps(said(bill)).encode()),
        ),
        saying(
            "as of another time than the transaction's",
            "ATTESTATION_WRONG_TIME",
            asOf="2026-06-01T06:30:01Z",
        ),
        one(
            "the bundle names another time",
            "ATTESTATION_WRONG_TIME",
            usual,
            as_of=ATTESTED.replace(second=1),
        ),
        one("that writes", "ATTESTATION_WRITES", usual.but(writes={f"BILL_{REFERENCE}": b"{}"})),
        one(
            "that reads another key too",
            "ATTESTATION_READS_ELSE",
            usual.but(reads=[f"BILL_{REFERENCE}", f"PARTY_{SELLER.party}"]),
        ),
        one(
            "that reads another key instead",
            "ATTESTATION_READS_ELSE",
            usual.but(reads=[f"BILL_{OTHER_REFERENCE}"]),
        ),
        one("that reads nothing", "ATTESTATION_READS_ELSE", usual.but(reads=[])),
        one(
            "that reads under another chaincode too",
            "ATTESTATION_READS_ELSE",
            usual.but(
                extra_namespace=part(
                    2,
                    part(1, "other")
                    + part(2, part(1, part(1, "key") + part(2, b"", always=True))),
                )
            ),
        ),
        one(
            "that reads something else of the life cycle",
            "ATTESTATION_READS_ELSE",
            usual.but(lifecycle_reads=["namespaces/fields/other/Sequence"]),
        ),
        one(
            "that counts a range of keys",
            "ATTESTATION_READS_ELSE",
            usual.but(extra_namespace=part(2, part(1, "other") + part(2, part(2, part(1, "a"))))),
        ),
        one("of another channel", "TRANSACTION_WRONG_CHANNEL", usual.but(channel="elsewhere")),
        one(
            "of another chaincode",
            "TRANSACTION_WRONG_CHAINCODE",
            usual.but(chaincode="other", called="other"),
        ),
        one("that the chaincode refused", "TRANSACTION_REFUSED", usual.but(status=500)),
        one(
            "by one organisation", "TOO_FEW_ORGANISATIONS", usual.but(endorsers=peers(PARTNER_MSP))
        ),
        one("of an older state", "HEAD_MISMATCH", attestation_envelope(said(behind))),
        saying("of another head", "HEAD_MISMATCH", headActHash="0" * 64),
        saying("with another possessor", "STATE_MISMATCH", possessor=SELLER.party),
        saying("with another title holder", "STATE_MISMATCH", titleHolder=BUYER.party),
        saying("blank where it is not", "STATE_MISMATCH", titleHolder=""),
        saying("in another state", "STATE_MISMATCH", state="ACCOMPLISHED"),
        saying("held where it is not", "STATE_MISMATCH", hold=True),
        Made("asked with another nonce", good.encode(), "NONCE_NOT_YOURS", nonce="mine"),
        Made(
            "attested later than now",
            good.encode(),
            "ATTESTATION_FROM_THE_FUTURE",
            now=ATTESTED.replace(hour=6, minute=27),
        ),
    ]


def _bare(bundle: Bundle) -> Bundle:
    """Return the bundle of a story whose document is not the sample's: nothing is shown."""
    return replace(bundle, document=None, certificate=None, attachments=())


def _unchecked(chain: Chain, *act: object) -> BundledAct:
    recorded = chain.next(*act)  # type: ignore[arg-type]  # as Chain.next
    return BundledAct(recorded.signed.token, act_envelope(recorded).write())


def late_envelope(chain: Chain) -> bytes:
    """Return the transaction of the last act, two days too late."""
    recorded = chain.acts[-1]
    late = replace(recorded, at=recorded.at.replace(day=recorded.at.day + 2))
    return act_envelope(late).write()


def _foreign_chain(document: JsonValue) -> Chain:
    digest = hashed("sample document", document)
    terms = issue_terms(document_hash=digest, approval=approval(document_hash=digest))
    return Chain().add("ISSUE", OPERATOR, SELLER, terms)


def _list(value: JsonValue) -> list[JsonValue]:
    assert isinstance(value, list)
    return value


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
