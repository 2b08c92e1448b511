"""Cases of bundles: keys in custody, recovered keys, parties suspended and revoked."""

from dataclasses import replace
from datetime import timedelta

from onebill_verify import LEDGER_CUSTODY, Rotation, encode
from onebill_verify.jws import Jws, JwsType

from making.bundles import Story, with_sellers_key
from making.cast import (
    CARRIER_MSP,
    CHANNEL,
    OPERATOR_MSP,
    PARTNER_MSP,
    PORT_MSP,
    REGISTERED,
    SELLER,
    STRANGER,
    secret_key,
)
from making.chain import BEGIN, HOUR
from making.fabric import Envelope, peers
from making.made import Made
from making.parties import DELAY, REASON, Change, Recovered, Rotated, StatusSet

_DAY = timedelta(days=1)
_NEW = secret_key("seller, recovered key")
_OTHER = secret_key("seller, another key")


def cases() -> list[Made]:
    """Return all cases."""
    return [*_recovered(), *_not_recovered(), *_statuses()]


def _told(name: str, reason: str, *changes: Change, **asked: object) -> Made:
    keys = [change.key for change in changes if not isinstance(change, StatusSet)]
    story = with_sellers_key(keys[-1] if keys else SELLER.key, *changes)
    return Made(name, story.bundle().encode(), reason, **asked)  # type: ignore[arg-type]  # as Made


def _recovered() -> list[Made]:
    began = REGISTERED + _DAY
    soon = Recovered(began, _NEW, waited=timedelta(minutes=5))
    return [
        _told("a key recovered", "", Recovered(began, _NEW)),
        _told(
            "a key recovered and rotated",
            "",
            Recovered(began, _NEW),
            Rotated(began + 4 * _DAY, _OTHER),
        ),
        _told(
            "a key rotated while its recovery waited",
            "",
            Rotated(began + _DAY, _OTHER),
            Recovered(began, _NEW, custody=LEDGER_CUSTODY),
        ),
        _told(
            "a key recovered a second too soon",
            "RECOVERY_TOO_SOON",
            replace(soon, waited=DELAY - timedelta(seconds=1)),
        ),
        _told("a key recovered after five minutes", "RECOVERY_TOO_SOON", soon),
        _told(
            "a key recovered after five minutes, where the asker says that this is enough",
            "",
            soon,
            roots="recoveries after five minutes",
        ),
        _told(
            "a key that was given up, recovered",
            "RECOVERY_INVALID",
            Rotated(began, _OTHER),
            Recovered(began + _DAY, SELLER.key),
        ),
    ]


def _not_recovered() -> list[Made]:
    story = with_sellers_key(_NEW, Recovered(REGISTERED + _DAY, _NEW))
    registered, begun, completed = story.registrations(SELLER)
    lone = peers(OPERATOR_MSP, PORT_MSP)
    record = {
        "askedBy": [CARRIER_MSP, PARTNER_MSP, PORT_MSP],
        "keyCustody": "OWN",
        "kid": _NEW.kid,
        "publicKey": _NEW.public.jwk(),
        "state": "PENDING",
    }

    def written(**changes: object) -> Envelope:
        value = {"party": SELLER.party, "recoveries": [{**record, **changes}]}
        return begun.but(writes={f"RECOVERY_{SELLER.party}": encode(value)})  # type: ignore[arg-type]  # cases break single members

    asked = Rotation(
        channel=CHANNEL,
        party=SELLER.party,
        public_key=_NEW.public,
        action_date_time=REGISTERED + _DAY,
    )
    elsewhere = replace(asked, channel="elsewhere").ask_for_recovery(_NEW)
    strangers = replace(asked, party=STRANGER.party).ask_for_recovery(_NEW)
    by_old_key = Jws.sign(SELLER.key, JwsType.RECOVERY, asked.payload()).token
    twice = {"party": SELLER.party, "recoveries": [record, record]}

    def told(name: str, *envelopes: Envelope) -> Made:
        return Made(name, _with(story, envelopes), "RECOVERY_INVALID")

    return [
        Made(
            "the record of a recovery with its least",
            _with(story, (registered, written(), completed)),
        ),
        told("a recovery that never began", registered, completed),
        Made(
            "a recovery that is not completed",
            _with(with_sellers_key(SELLER.key), (registered, begun)),
            "RECOVERY_INVALID",
        ),
        told("a recovery begun twice", registered, begun, begun, completed),
        told("a recovery before the registration", begun, registered, completed),
        told(
            "a recovery begun by two organisations' peers",
            registered,
            begun.but(endorsers=lone),
            completed,
        ),
        told(
            "a recovery completed by two organisations' peers",
            registered,
            begun,
            completed.but(endorsers=lone),
        ),
        told(
            "a recovery for which two organisations asked",
            registered,
            written(askedBy=[CARRIER_MSP, PORT_MSP]),
            completed,
        ),
        told(
            "a recovery for which one organisation asked thrice",
            registered,
            written(askedBy=[CARRIER_MSP, CARRIER_MSP, CARRIER_MSP]),
            completed,
        ),
        told("a recovery that is only asked for", registered, written(state="ASKED"), completed),
        told(
            "a recovery to another key than was written",
            registered,
            written(publicKey=_OTHER.public.jwk()),
            completed,
        ),
        told(
            "a recovery into another custody than was written",
            registered,
            written(keyCustody=LEDGER_CUSTODY),
            completed,
        ),
        told(
            "a recovery written twice",
            registered,
            begun.but(writes={f"RECOVERY_{SELLER.party}": encode(twice)}),  # type: ignore[arg-type]  # as above
            completed,
        ),
        told("a recovery that was not written", registered, begun.but(writes={}), completed),
        told(
            "a recovery for another channel",
            registered,
            begun.but(arguments=[elsewhere]),
            completed,
        ),
        told(
            "a recovery of another party", registered, begun.but(arguments=[strangers]), completed
        ),
        told(
            "a recovery signed by the old key",
            registered,
            begun.but(arguments=[by_old_key]),
            completed,
        ),
        told(
            "a recovery completed for another key",
            registered,
            begun,
            completed.but(arguments=[SELLER.party, _OTHER.kid]),
        ),
        told(
            "a recovery completed for another party",
            registered,
            begun,
            completed.but(arguments=[STRANGER.party, _NEW.kid]),
        ),
        Made(
            "a recovery that wrote another record",
            _with(story, (registered, begun, completed.but(writes={}))),
            "REGISTRATION_NOT_WRITTEN",
        ),
    ]


def _with(story: Story, envelopes: tuple[Envelope, ...]) -> bytes:
    bundle = story.bundle()
    first = next(item for item in bundle.parties if item.party == SELLER.party)
    at = bundle.parties.index(first)
    others = [item for item in bundle.parties if item.party != SELLER.party]
    own = [replace(first, transaction=envelope.write()) for envelope in envelopes]
    return replace(bundle, parties=[*others[:at], *own, *others[at:]]).encode()


def _statuses() -> list[Made]:
    before, acted = REGISTERED + _DAY, BEGIN + HOUR  # the seller's transfer is an hour after issue
    suspended = StatusSet(before, "SUSPENDED")
    story = with_sellers_key(SELLER.key, suspended, StatusSet(before + _DAY, "ACTIVE"))
    registered, first, second = story.registrations(SELLER)

    def invalid(name: str, *envelopes: Envelope) -> Made:
        return Made(name, _with(story, envelopes), "STATUS_INVALID")

    return [
        _told(
            "a party suspended and reinstated before it acts",
            "",
            suspended,
            StatusSet(before + _DAY, "ACTIVE"),
        ),
        _told("a party suspended after it acted", "", StatusSet(acted + HOUR, "SUSPENDED")),
        _told(
            "a party revoked after it acted",
            "",
            StatusSet(acted + HOUR, "SUSPENDED"),
            StatusSet(acted + 2 * HOUR, "REVOKED"),
        ),
        _told(
            "a party suspended within two minutes before it acts",
            "",
            StatusSet(acted - timedelta(minutes=1), "SUSPENDED"),
        ),
        _told(
            "a party that acts while it is suspended",
            "PARTY_NOT_ACTIVE",
            StatusSet(acted - timedelta(minutes=10), "SUSPENDED"),
        ),
        _told(
            "a party that acts while it is suspended, reinstated later",
            "PARTY_NOT_ACTIVE",
            StatusSet(acted - timedelta(minutes=10), "SUSPENDED"),
            StatusSet(acted + HOUR, "ACTIVE"),
        ),
        _told(
            "a party suspended, revoked while it acts, never reinstated",
            "PARTY_NOT_ACTIVE",
            StatusSet(acted - timedelta(minutes=10), "SUSPENDED"),
            StatusSet(acted, "REVOKED"),
        ),
        _told("a shipper suspended when the bill is issued", "APPROVAL_INVALID", suspended),
        invalid("suspended twice", registered, first, first),
        invalid("reinstated while active", registered, second),
        invalid(
            "a status that does not exist",
            registered,
            first.but(arguments=[SELLER.party, "ASLEEP", REASON]),
        ),
        invalid(
            "a status without a reason",
            registered,
            first.but(arguments=[SELLER.party, "SUSPENDED"]),
        ),
        invalid(
            "a status whose reason is no hash",
            registered,
            first.but(arguments=[SELLER.party, "SUSPENDED", "because"]),
        ),
        invalid(
            "a status of another party",
            registered,
            first.but(arguments=[STRANGER.party, "SUSPENDED", REASON]),
        ),
        invalid(
            "a status set by another organisation", registered, first.but(submitter=PARTNER_MSP)
        ),
        invalid("a status before the registration", first, registered),
        Made(
            "a status that wrote another record",
            _with(story, (registered, first.but(writes={}), second)),
            "REGISTRATION_NOT_WRITTEN",
        ),
        Made(
            "statuses in another order than their times",
            _with(story, (registered, first.but(at=before + 2 * _DAY), second)),
            "REGISTRATION_NOT_WRITTEN",
        ),
    ]
