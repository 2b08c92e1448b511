"""What is recorded of a party: its registration, changes of key and of status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from onebill_verify import OWN, JsonValue, PrivateKey, Rotation, encode

from making.cast import (
    CARRIER_MSP,
    CHANNEL,
    OPERATOR_MSP,
    PARTNER_MSP,
    PORT_MSP,
    REGISTERED,
    Member,
    digest,
)
from making.fabric import Envelope, peers

ENDORSERS = peers(OPERATOR_MSP, PORT_MSP, PARTNER_MSP)
DELAY = timedelta(hours=72)
REASON = digest("reason of a status").hex()


@dataclass(frozen=True)
class Rotated:
    """The old key named a new one."""

    at: datetime
    key: PrivateKey
    custody: str = OWN
    of_approver: bool = False


@dataclass(frozen=True)
class StatusSet:
    """The organisation that vouches set the status."""

    at: datetime
    status: str


@dataclass(frozen=True)
class Recovered:
    """Three organisations asked for a new key, and the delay ended."""

    at: datetime  # when the third asked
    key: PrivateKey
    waited: timedelta = DELAY
    custody: str = OWN
    of_approver: bool = False


Change = Rotated | StatusSet | Recovered


def spelled(at: datetime) -> str:
    """Return a time as records spell it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def registrations(member: Member, changes: Sequence[Change] = ()) -> list[Envelope]:
    """Return the transactions of a party, in the order of a bundle."""
    said = member.registration.payload()
    since = spelled(REGISTERED)
    keys: list[JsonValue] = [_key("REGISTRATION", member.key, member.key_custody, REGISTERED)]
    record: dict[str, JsonValue] = {
        **{name: said[name] for name in said if name not in _NOT_RECORDED},
        "keys": keys,
        "status": "ACTIVE",
        "registeredDateTime": since,
    }
    if member.approver is not None:
        record["approverKey"] = _kept(
            [_key("REGISTRATION", member.approver, OWN, REGISTERED)], member.approver
        )
    key = f"PARTY_{member.party}"
    first = Envelope(
        function="RegisterParty",
        arguments=[member.register()],
        response=b"",
        at=REGISTERED,
        seed=f"register {member.name}",
        submitter=member.vouching_organisation,
        reads=[key, "RULES"],
        writes={
            key: encode(record),
            f"RECOVERY_{member.party}": encode({"party": member.party, "recoveries": []}),
        },
        endorsers=ENDORSERS,
    )
    envelopes = [first]
    old, old_approver = member.key, member.approver
    for change in changes:
        seed = f"{type(change).__name__} {member.name} {change.at}"
        if isinstance(change, StatusSet):
            told = record.get("statusChanges", [])
            assert isinstance(told, list)
            since = spelled(change.at)
            told = [*told, {"reasonHash": REASON, "since": since, "status": change.status}]
            record = {**record, "status": change.status, "statusChanges": told}
            envelopes.append(
                first.but(
                    function="SetPartyStatus",
                    arguments=[member.party, change.status, REASON],
                    at=change.at,
                    seed=seed,
                    writes={key: encode(record)},
                )
            )
            continue
        asked = Rotation(
            channel=CHANNEL,
            party=member.party,
            public_key=change.key.public,
            key_custody=change.custody,
            action_date_time=change.at,
            of_approver=change.of_approver,
        )
        how, at = "ROTATION", change.at
        if isinstance(change, Recovered):
            how, at = "RECOVERY", change.at + change.waited
            envelopes.append(begun(first, member, change, asked))
        entry = _key(how, change.key, change.custody, at)
        signer = old
        if change.of_approver:
            assert old_approver is not None
            signer, old_approver = old_approver, change.key
            kept = record["approverKey"]
            assert isinstance(kept, dict)
            had = kept["keys"]
            assert isinstance(had, list)
            record = {**record, "approverKey": _kept([*had, entry], change.key)}
        else:
            old = change.key
            keys = [*keys, entry]
            record = {**record, **_kept(keys, change.key)}
        rotating = how == "ROTATION"
        envelopes.append(
            first.but(
                function="RotateKey" if rotating else "CompleteRecovery",
                arguments=[asked.sign(signer, change.key)]
                if rotating
                else [member.party, change.key.kid],
                at=at,
                seed=seed,
                writes={key: encode(record)},
            )
        )
    return envelopes


def begun(first: Envelope, member: Member, change: Recovered, asked: Rotation) -> Envelope:
    """Return the transaction with which the third organisation asked."""
    recovery: dict[str, JsonValue] = {
        "askedBy": [CARRIER_MSP, PARTNER_MSP, PORT_MSP],
        "askedDateTime": spelled(change.at - timedelta(hours=1)),
        "effectiveDateTime": spelled(change.at + DELAY),
        "keyCustody": change.custody,
        "kid": change.key.kid,
        "publicKey": change.key.public.jwk(),
        "state": "PENDING",
    }
    if change.of_approver:
        recovery["keyUse"] = "APPROVER"
    return first.but(
        function="RecoverKey",
        arguments=[asked.ask_for_recovery(change.key)],
        at=change.at,
        seed=f"recover {member.name} {change.at}",
        submitter=PARTNER_MSP,
        writes={
            f"RECOVERY_{member.party}": encode({"party": member.party, "recoveries": [recovery]})
        },
    )


_NOT_RECORDED = frozenset({"channel", "keyCustody", "actionDateTime", "approverKey"})


def _kept(keys: list[JsonValue], live: PrivateKey) -> dict[str, JsonValue]:
    return {"keys": keys, "kid": live.kid, "publicKey": live.public.jwk()}


def _key(how: str, key: PrivateKey, custody: str, since: datetime) -> JsonValue:
    return {"how": how, "keyCustody": custody, "kid": key.kid, "since": spelled(since)}
