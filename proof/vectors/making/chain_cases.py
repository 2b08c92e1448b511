"""Cases of bundles: chains and attestations that do not hold."""

import json
from dataclasses import replace

from onebill_verify import Bundle, BundledAct, JsonValue, RejectTransferTerms
from onebill_verify.bundle import PartyTransaction

from making.bundles import (
    ATTESTED,
    NONCE,
    Story,
    act_envelope,
    attestation_envelope,
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
    OPERATOR,
    PARTNER_MSP,
    SELLER,
    STRANGER,
    Member,
    hashed,
)
from making.chain import OTHER_REFERENCE, REFERENCE, Chain, issue_terms
from making.fabric import Envelope, part, peers
from making.law_chains import ANSWER, SURRENDER, chains
from making.made import Made, bare


def replayed() -> list[Made]:
    """Chains with acts missing, swapped, foreign, late, or carried by the wrong transaction."""
    story = sample()
    good = story.bundle()
    acts = list(good.acts)
    other = short()
    token = acts[4].act
    unsigned = token[: token.rindex(".")] + acts[3].act[acts[3].act.rindex(".") :]

    def told(chain: Chain) -> Bundle:
        return bare(Story(chain).bundle())

    def registered(member: Member) -> list[PartyTransaction]:
        known = PartyTransaction(member.party, story.registrations(member)[0].write())
        return sorted([*good.parties, known], key=lambda item: item.party)

    def told_with(details: JsonValue) -> bytes:
        chain = chains()["presented"].add(
            "REFUSE_PRESENTATION",
            BANK,
            None,
            RejectTransferTerms(),
            details_hash=hashed("details 3", details),
        )
        return bare(Story(chain, details={3: details}).bundle()).encode()

    fork = _unchecked(sample().chain, "TRANSFER", BUYER, STRANGER)
    robbed = _unchecked(sample().chain, "TRANSFER", STRANGER, BANK)
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
        Made("a rejected surrender with its comment", bare(spoken.bundle()).encode()),
        Made(
            "a rejected surrender without comment",
            bare(silent.bundle()).encode(),
            "COMMENT_MISSING",
        ),
        Made(
            "documents refused with their discrepancies",
            told_with({"discrepancies": ["Late shipment."]}),
        ),
        Made(
            "documents refused without a discrepancy",
            told_with({"discrepancies": []}),
            "DISCREPANCIES_MISSING",
        ),
        Made("a bill that is pledged", told(chains()["pledged"]).encode()),
        Made("a bill on paper", told(chains()["switched to paper"]).encode()),
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
            with_act(short().bundle(), 2, transaction=_late_envelope(other.chain)).encode(),
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


def attested() -> list[Made]:
    """Attestations of something else, by somebody else, at another time."""
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
        saying("pledged", "STATE_MISMATCH", pledge=True),
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
            usual.but(reads=[*usual.reads, f"PARTY_{SELLER.party}"]),
        ),
        one(
            "that reads another key instead",
            "ATTESTATION_READS_ELSE",
            usual.but(reads=[f"BILL_{OTHER_REFERENCE}", *usual.reads[1:]]),
        ),
        one(
            "that does not ask after the possessor's key",
            "ATTESTATION_READS_ELSE",
            usual.but(reads=usual.reads[:1]),
        ),
        one(
            "that reads a key twice",
            "ATTESTATION_READS_ELSE",
            usual.but(reads=[*usual.reads, usual.reads[1]]),
        ),
        one(
            "that asks after a stranger's key",
            "ATTESTATION_READS_ELSE",
            usual.but(reads=[usual.reads[0], f"RECOVERY_{SELLER.party}"]),
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


def _unchecked(chain: Chain, *act: object) -> BundledAct:
    recorded = chain.next(*act)  # type: ignore[arg-type]  # as Chain.next
    return BundledAct(recorded.signed.token, act_envelope(recorded).write())


def _late_envelope(chain: Chain) -> bytes:
    """Return the transaction of the last act, two days too late."""
    recorded = chain.acts[-1]
    late = replace(recorded, at=recorded.at.replace(day=recorded.at.day + 2))
    return act_envelope(late).write()
