"""Cases of four eyes: acts that an approver countersigns, and keys that show they are there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from onebill_verify import (
    JsonValue,
    PrivateKey,
    Rotation,
    SignedAct,
    b64u,
    countersign,
    encode,
    parse_canonical,
    unb64u,
)
from onebill_verify.countersignature import Possession
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import ORDER

from making.bundles import Story, sample_terms
from making.cast import (
    AGENT,
    BANK,
    BUYER,
    CAREFUL,
    CAREFUL_AGENT,
    CHANNEL,
    CUSTOMS,
    LAST_HAULIER,
    LINES_AGENT,
    OPERATOR,
    REGISTERED,
    SELLER,
    STRANGER,
    TERMINAL,
    Member,
    secret_key,
)
from making.chain import BEGIN, Chain, issue_terms, note_terms
from making.fabric import Envelope
from making.forgery import Forger
from making.law_chains import (
    ANSWER,
    INDEMNITY,
    PAPER,
    SURRENDER,
    Cases,
    ConfirmPaymentTerms,
    amend,
    release,
)
from making.made import Made
from making.parties import Change, Recovered, Rotated

_REQUIRED, _INVALID = "COUNTERSIGNATURE_REQUIRED", "COUNTERSIGNATURE_INVALID"
_DAY = timedelta(days=1)
_NEW = secret_key("approver of careful operator, second key")
_OTHER = secret_key("approver of careful operator, third key")


def chains() -> dict[str, Chain]:
    """Return the chains of a bill whose issuer and delivery agent asked for four eyes."""
    begin = _issued()
    at_buyer = begin.copy().add("ENDORSE_TO_ORDER", BANK, BUYER).add("TRANSFER", BANK, BUYER)

    def amended(reason: str) -> Chain:
        asked = at_buyer.copy().add("SURRENDER_FOR_AMENDMENT", BUYER, CAREFUL, amend(reason))
        return asked.add("ACCEPT_SURRENDER", CAREFUL, None, ANSWER)

    return {
        "four eyes": begin,
        "four eyes, ready for gate one": at_buyer.copy()
        .add("SURRENDER_FOR_DELIVERY", BUYER, CAREFUL_AGENT, SURRENDER)
        .add("ACCEPT_SURRENDER", CAREFUL_AGENT, None, ANSWER)
        .add("CONFIRM_PAYMENT", TERMINAL, None, ConfirmPaymentTerms("TERMINAL"))
        .add("RELEASE_MASTER", LINES_AGENT)
        .add("RELEASE_CUSTOMS", CUSTOMS),
        "four eyes, amendment accepted": amended("SWI"),
        "four eyes, paper accepted": amended("SWTP"),
    }


def _issued() -> Chain:
    terms = issue_terms(**sample_terms(), delivery_agent=CAREFUL_AGENT.party)
    return (
        Chain()
        .add("ISSUE", CAREFUL, SELLER, terms, countersign=CAREFUL.approver)
        .add("TRANSFER", SELLER, BANK)
    )


def acts(add: Cases) -> None:
    """Countersigned, not countersigned, and by whom."""
    add.known |= chains()
    ready, careful = "four eyes, ready for gate one", "four eyes, amendment accepted"
    terms = issue_terms(delivery_agent=CAREFUL_AGENT.party)
    needing: list[tuple[str, tuple[object, ...], Member]] = [
        ("nothing", ("ISSUE", CAREFUL, SELLER, terms), CAREFUL),
        (careful, ("VOID", CAREFUL), CAREFUL),
        ("four eyes, paper accepted", ("SWITCH_TO_PAPER", CAREFUL, None, PAPER), CAREFUL),
        (ready, ("RELEASE_TERMINAL", CAREFUL_AGENT, LAST_HAULIER, release()), CAREFUL_AGENT),
        (
            ready,
            ("DELIVER_AGAINST_INDEMNITY", CAREFUL_AGENT, STRANGER, INDEMNITY),
            CAREFUL_AGENT,
        ),
    ]
    for given, act, member in needing:
        add.good(f"four eyes: {act[0]} countersigned", given, *act, countersign=member.approver)
        add.bad(_REQUIRED, f"four eyes: {act[0]} signed by one alone", given, *act)
        add.bad(
            _INVALID,
            f"four eyes: {act[0]} countersigned by the key that signed it",
            given,
            *act,
            countersign=member.key,
        )
    add.good("four eyes: another act needs one key", "four eyes", "SIGN", BANK)
    add.good(
        "four eyes: another act of the careful needs one key",
        "four eyes",
        "NOTE_ON_BOARD",
        CAREFUL,
        None,
        note_terms(),
    )
    _not_countersigned(add, terms)
    _not_due(add)


def _not_countersigned(add: Cases, terms: object) -> None:
    approver = _approver(CAREFUL)
    other_act = add.known["four eyes"].acts[0].signed
    act = ("ISSUE", CAREFUL, SELLER, terms)
    beside: list[tuple[str, Callable[[SignedAct], str]]] = [
        ("by the approver of another", _by(_approver(CAREFUL_AGENT))),
        ("by a stranger", _by(STRANGER.key)),
        ("under the approver's kid by another's key", _forged(approver)),
        ("of another act", lambda _: countersign(other_act, approver).token),
        ("in its high-S spelling", _high(approver)),
        ("that says nothing", _saying(approver, lambda _: {})),
        ("with a member more", _saying(approver, lambda s: {"actHash": s.hash, "x": 1})),
        ("with a hash in capitals", _saying(approver, lambda s: {"actHash": s.hash.upper()})),
        ("of no object", _saying(approver, lambda s: [s.hash])),
        (
            "that is possession of a key",
            lambda s: Possession.sign(approver, {"actHash": s.hash}).jws.token,
        ),
        ("that is the act itself", lambda s: s.token),
        ("that is text", lambda _: "approved"),
        ("that is nothing", lambda _: ""),
    ]
    for name, make in beside:
        add.bad(
            _INVALID, f"four eyes: a countersignature {name}", "nothing", *act, countersign=make
        )
    add.bad(
        "SIGNATURE_INVALID",
        "four eyes: an act that the approver alone signed",
        "nothing",
        *act,
        key=Forger(CAREFUL.name, CAREFUL.roles, CAREFUL.vouching_organisation),
        countersign=approver,
    )
    add.bad(
        "KEY_UNKNOWN",
        "four eyes: an act by the approver's key, countersigned by the party's",
        "nothing",
        *act,
        key=_Approving(CAREFUL),
        countersign=CAREFUL.key,
    )


def _not_due(add: Cases) -> None:
    approver = _approver(CAREFUL)
    add.bad(
        _INVALID,
        "four eyes: a countersignature of an act that needs none",
        "four eyes",
        "NOTE_ON_BOARD",
        CAREFUL,
        None,
        note_terms(),
        countersign=approver,
    )
    add.bad(
        _INVALID,
        "four eyes: a countersignature of an act of who has no approver",
        "nothing",
        "ISSUE",
        OPERATOR,
        SELLER,
        issue_terms(),
        countersign=approver,
    )
    add.bad(
        _INVALID,
        "four eyes: a countersignature of who has no approver by its own key",
        "ready for gate one",
        "RELEASE_TERMINAL",
        AGENT,
        LAST_HAULIER,
        release(),
        countersign=AGENT.key,
    )


def bundles() -> list[Made]:
    """Bundles in which somebody asked for four eyes."""
    return [*_told_rightly(), *_told_wrongly(), *_registered(), *_rotations()]


def _story(key: PrivateKey | None = None, *changes: Change) -> Story:
    """Return the story of a bill issued under four eyes by this key of the approver."""
    terms = issue_terms(**sample_terms(), delivery_agent=CAREFUL_AGENT.party)
    chain = Chain().add(
        "ISSUE", CAREFUL, SELLER, terms, countersign=_approver(CAREFUL) if key is None else key
    )
    return Story(chain.add("TRANSFER", SELLER, BANK), changes={CAREFUL.name: changes})


def _rotated(at: datetime, key: PrivateKey = _NEW) -> Rotated:
    return Rotated(at, key, of_approver=True)


def _told_rightly() -> list[Made]:
    began = REGISTERED + _DAY
    recovered = Recovered(began, _NEW, of_approver=True)

    def told(name: str, story: Story, **asked: object) -> Made:
        return Made(name, story.bundle().encode(), **asked)  # type: ignore[arg-type]  # as Made

    return [
        told("a bill issued under four eyes", _story()),
        told("an approver's key rotated", _story(_NEW, _rotated(began))),
        told("an approver's key recovered", _story(_NEW, recovered)),
        told(
            "both keys of a careful party rotated",
            _with_key(_story(_NEW, Rotated(began, _OTHER), _rotated(began + _DAY)), _OTHER, _NEW),
        ),
        told(
            "an approver's key given up a minute before it countersigns",
            _late(_approver(CAREFUL), _rotated(BEGIN - timedelta(minutes=1))),
        ),
    ]


def _told_wrongly() -> list[Made]:
    began = REGISTERED + _DAY
    good = _story()
    first = good.act(1)
    old = _late(_approver(CAREFUL), _rotated(began))
    return [
        _swapped("a countersignature left out", _REQUIRED, good, first.arguments[:1]),
        _swapped(
            "a third argument",
            "TRANSACTION_OF_ANOTHER_ACT",
            good,
            [*first.arguments, first.arguments[1]],
        ),
        _swapped(
            "a countersignature before its act",
            "TRANSACTION_OF_ANOTHER_ACT",
            good,
            list(reversed(first.arguments)),
        ),
        Made("an approver's key that was given up", old.bundle().encode(), _INVALID),
        Made(
            "an approver's key before its time",
            _late(_NEW, _rotated(BEGIN + _DAY)).bundle().encode(),
            _INVALID,
        ),
    ]


def _registered() -> list[Made]:
    story = _story()
    registration = story.registrations(CAREFUL)[0]
    said = CAREFUL.registration.payload()
    approver = _approver(CAREFUL)

    def signed(payload: dict[str, JsonValue]) -> str:
        return Jws.sign(CAREFUL.key, JwsType.REGISTRATION, payload).token

    def told(name: str, reason: str, payload: dict[str, JsonValue]) -> Made:
        envelope = registration.but(arguments=[signed(payload)])
        return Made(name, _parties(story, [envelope]), reason)

    def shown(by: PrivateKey, statement: JsonValue) -> dict[str, JsonValue]:
        return {**said, "possession": Possession.sign(by, statement).jws.token}

    good = parse_canonical(unb64u(registration.arguments[0].split(".")[1]))
    assert isinstance(good, dict)
    own = {"kid": CAREFUL.key.kid, "publicKey": CAREFUL.key.public.jwk()}
    twice = {**said, "approverKey": own}
    record = parse_canonical(registration.writes[f"PARTY_{CAREFUL.party}"])
    assert isinstance(record, dict)
    unwatched = {k: v for k, v in record.items() if k != "approverKey"}
    malformed = "REGISTRATION_MALFORMED"
    return [
        told("an approver whose key shows nothing", malformed, said),
        told(
            "possession of an approver's key where there is none",
            malformed,
            {k: v for k, v in good.items() if k != "approverKey"},
        ),
        told("an approver's possession by another key", malformed, shown(STRANGER.key, said)),
        told(
            "an approver with the key of the party",
            malformed,
            {**twice, "possession": Possession.sign(CAREFUL.key, twice).jws.token},
        ),
        told(
            "an approver's possession in another registration",
            "REGISTRATION_INVALID",
            shown(approver, {**said, "roles": ["SHIPPER"]}),
        ),
        told(
            "an approver's possession under its kid by another's key",
            "REGISTRATION_INVALID",
            {**said, "possession": _possessed(approver, STRANGER.key, said)},
        ),
        Made(
            "an approver that was not recorded",
            _parties(
                story,
                [registration.but(writes={f"PARTY_{CAREFUL.party}": encode(unwatched)})],
            ),
            "REGISTRATION_NOT_WRITTEN",
        ),
    ]


def _rotations() -> list[Made]:
    at = REGISTERED + _DAY
    story = _story(_NEW, _rotated(at))
    registration, rotation = story.registrations(CAREFUL)
    approver = _approver(CAREFUL)

    def asked(**changes: object) -> Rotation:
        said = Rotation(
            channel=CHANNEL,
            party=CAREFUL.party,
            public_key=_NEW.public,
            action_date_time=at,
            of_approver=True,
        )
        return replace(said, **changes)  # type: ignore[arg-type]  # cases break single members

    def told(name: str, token: str, reason: str = "ROTATION_INVALID") -> Made:
        return Made(name, _parties(story, [registration, rotation.but(arguments=[token])]), reason)

    def spelled(payload: JsonValue) -> str:
        return Jws.sign(approver, JwsType.ROTATION, payload).token

    said = asked().payload()
    recovered = _story(_NEW, Recovered(at, _NEW, of_approver=True))
    first, begun, completed = recovered.registrations(CAREFUL)
    unmarked = begun.writes[f"RECOVERY_{CAREFUL.party}"].replace(b'"keyUse":"APPROVER",', b"")
    return [
        told("a rotation whose new key shows nothing", spelled(said)),
        told("a rotation whose new key another shows", asked().sign(approver, STRANGER.key)),
        told(
            "a rotation with the possession of another",
            spelled(
                {
                    **said,
                    "possession": Possession.sign(
                        _NEW, asked(party=SELLER.party).payload()
                    ).jws.token,
                }
            ),
        ),
        told(
            "a rotation whose possession is signed by another's key",
            spelled({**said, "possession": _possessed(_NEW, STRANGER.key, said)}),
        ),
        told("an approver's key rotated by the party's", asked().sign(CAREFUL.key, _NEW)),
        told(
            "a party's key rotated by its approver's",
            asked(of_approver=False).sign(approver, _NEW),
        ),
        told(
            "an approver's key rotated to the party's",
            asked(public_key=CAREFUL.key.public).sign(approver, CAREFUL.key),
        ),
        told(
            "an approver's key rotated to itself",
            asked(public_key=approver.public).sign(approver, approver),
        ),
        told(
            "an approver's key rotated into custody",
            spelled(
                {
                    **said,
                    "keyCustody": "LEDGER_CUSTODY",
                    "possession": Possession.sign(
                        _NEW, {**said, "keyCustody": "LEDGER_CUSTODY"}
                    ).jws.token,
                }
            ),
        ),
        told("a rotation to another use", spelled({**said, "keyUse": "SIGNER"})),
        _of_who_has_none(at),
        Made(
            "an approver's recovery written as the party's",
            _parties(
                recovered,
                [
                    first,
                    begun.but(writes={f"RECOVERY_{CAREFUL.party}": unmarked}),
                    completed,
                ],
            ),
            "RECOVERY_INVALID",
        ),
    ]


def _of_who_has_none(at: datetime) -> Made:
    story = _story()
    (registration,) = story.registrations(SELLER)
    said = Rotation(
        channel=CHANNEL,
        party=SELLER.party,
        public_key=_NEW.public,
        action_date_time=at,
        of_approver=True,
    )
    rotation = registration.but(
        function="RotateKey", arguments=[said.sign(SELLER.key, _NEW)], at=at, seed="none"
    )
    return Made(
        "a rotation of an approver that nobody registered",
        _parties(story, [registration, rotation], SELLER),
        "ROTATION_INVALID",
    )


def _late(key: PrivateKey, *changes: Change) -> Story:
    """Return a story countersigned by this key, whatever the changes say of it."""
    story = _story(key, *changes)
    return _Believed(story.chain, changes=story.changes)


class _Believed(Story):
    """A story whose state nobody doubts while the bundle is made."""

    def approvers_of(self, member: Member) -> tuple[object, ...]:  # type: ignore[override]  # keys all the same
        """Return every key that the approver ever had."""
        changes = self.changes.get(member.name, ())
        keys = [member.approver, *(getattr(one, "key", None) for one in changes)]
        return tuple(key.public for key in keys if key is not None)


def _with_key(story: Story, key: PrivateKey, approver: PrivateKey) -> Story:
    """Return the story with its ISSUE signed by another key of the careful operator."""
    first = story.chain.acts[0].signed.act.sign(key)
    issue = replace(
        story.chain.acts[0], signed=first, countersignature=countersign(first, approver).token
    )
    chain = Chain([issue]).add("TRANSFER", SELLER, BANK)
    return replace(story, chain=chain)


def _swapped(name: str, reason: str, story: Story, arguments: list[str]) -> Made:
    bundle = story.bundle()
    acts = list(bundle.acts)
    envelope = story.act(1).but(arguments=arguments)
    acts[0] = replace(acts[0], transaction=envelope.write())
    return Made(name, replace(bundle, acts=acts).encode(), reason)


def _parties(story: Story, envelopes: list[Envelope], member: Member = CAREFUL) -> bytes:
    bundle = story.bundle()
    mine = [item for item in bundle.parties if item.party == member.party]
    at = bundle.parties.index(mine[0])
    others = [item for item in bundle.parties if item.party != member.party]
    own = [replace(mine[0], transaction=envelope.write()) for envelope in envelopes]
    return replace(bundle, parties=[*others[:at], *own, *others[at:]]).encode()


def _approver(member: Member) -> PrivateKey:
    assert member.approver is not None
    return member.approver


class _Approving(Member):
    """A member that signs with the key of its approver."""

    def __init__(self, member: Member) -> None:
        super().__init__(member.name, member.roles, member.vouching_organisation)
        self.__dict__["key"] = _approver(member)


def _by(key: PrivateKey) -> Callable[[SignedAct], str]:
    return lambda signed: countersign(signed, key).token


def _saying(key: PrivateKey, said: Callable[[SignedAct], JsonValue]) -> Callable[[SignedAct], str]:
    return lambda signed: Jws.sign(key, JwsType.COUNTERSIGNATURE, said(signed)).token


def _forged(key: PrivateKey) -> Callable[[SignedAct], str]:
    def make(signed: SignedAct) -> str:
        honest = countersign(signed, key).token
        return _resigned(honest, STRANGER.key)

    return make


def _possessed(key: PrivateKey, forger: PrivateKey, statement: JsonValue) -> str:
    return _resigned(Possession.sign(key, statement).jws.token, forger)


def _resigned(token: str, key: PrivateKey) -> str:
    said = token[: token.rindex(".")]
    return f"{said}.{b64u(key.sign(said.encode()))}"


def _high(key: PrivateKey) -> Callable[[SignedAct], str]:
    def make(signed: SignedAct) -> str:
        said, _, signature = countersign(signed, key).token.rpartition(".")
        raw = unb64u(signature)
        s = ORDER - int.from_bytes(raw[32:])
        return f"{said}.{b64u(raw[:32] + s.to_bytes(32))}"

    return make
