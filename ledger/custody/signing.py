"""What custody signs, and on what conditions. Time and randomness come in as arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from onebill_verify.act import Act, SignedAct
from onebill_verify.canonical import JsonValue, encode, parse
from onebill_verify.encoding import new_salt, salted_hash
from onebill_verify.errors import NotProven
from onebill_verify.keys import PrivateKey
from onebill_verify.registrations import LEDGER_CUSTODY, Registration, party_id
from onebill_verify.terms import TERMS_OF, read_terms

from foundation.kernel.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class ToSign:
    """An act that somebody asks custody to sign, as it was asked for.

    `terms` and `details` are JSON; recipient and previous act hash are empty where there is
    none.
    """

    reference: str
    action_code: str
    recipient: str
    terms: str
    details: str
    sequence: int
    previous_act_hash: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed act with its details, canonical JSON, and their salt."""

    act: SignedAct
    details: str
    details_salt: str


def sign(
    asked: ToSign,
    key: PrivateKey,
    actor: str,
    channel: str,
    *,
    now: datetime,
    validity: timedelta,
    randomness: bytes,
) -> Signed:
    """Build the act and sign it as `actor`.

    Args:
        asked: what is to be signed.
        key: the actor's.
        actor: the party id under which the key is registered.
        channel: the audience.
        now: the moment of signing, UTC; whole seconds are kept.
        validity: how long the act may wait for its way to the ledger.
        randomness: 32 random bytes for the salt of the details.

    Raises:
        InvalidValue: ACT_MALFORMED.
    """
    if asked.action_code not in TERMS_OF:
        raise _malformed(f"{asked.action_code!r} is no action code")
    at = now.replace(microsecond=0)
    salt = new_salt(randomness)
    try:
        details = _object(asked.details, "details")
        act = Act(
            channel=channel,
            transport_document_reference=asked.reference,
            sequence=asked.sequence,
            previous_act_hash=asked.previous_act_hash or None,
            action_code=asked.action_code,
            actor=actor,
            recipient=asked.recipient or None,
            action_date_time=at,
            expiry_date_time=at + validity,
            details_hash=salted_hash(salt, details),
            terms=read_terms(asked.action_code, _object(asked.terms, "terms")),
        )
        return Signed(act.sign(key), encode(details).decode(), salt)
    except NotProven as fault:
        raise _malformed(fault.message) from fault


def sign_registration(
    key: PrivateKey,
    channel: str,
    *,
    vouching_organisation: str,
    roles: tuple[str, ...],
    rulebook: tuple[int, str],
    evidence: tuple[str, str],
    now: datetime,
    randomness: bytes,
) -> str:
    """Sign, with the key itself, that it is kept here for a party.

    Args:
        key: the one that is registered.
        channel: the audience.
        vouching_organisation: an MSP id.
        roles: at least one.
        rulebook: version and hash of the one that the party keeps.
        evidence: the salted hashes of identity and screening.
        now: the moment of signing, UTC; whole seconds are kept.
        randomness: 16 random bytes, of which the party's id is made.

    Raises:
        InvalidValue: REGISTRATION_MALFORMED.
    """
    version, rulebook_hash = rulebook
    identity_hash, screening_hash = evidence
    registration = Registration(
        channel=channel,
        party=party_id(randomness),
        public_key=key.public,
        key_custody=LEDGER_CUSTODY,
        roles=tuple(sorted(roles)),
        vouching_organisation=vouching_organisation,
        rulebook_version=version,
        rulebook_hash=rulebook_hash,
        identity_hash=identity_hash,
        screening_hash=screening_hash,
        action_date_time=now.replace(microsecond=0),
    )
    try:
        return registration.sign(key)
    except NotProven as fault:
        raise InvalidValue(
            "REGISTRATION_MALFORMED", f"The registration cannot be signed: {fault.message}."
        ) from fault


def _object(text: str, what: str) -> JsonValue:
    value = parse(text.encode())
    if not isinstance(value, dict):
        raise _malformed(f"{what} are not a JSON object")
    return value


def _malformed(why: str) -> InvalidValue:
    return InvalidValue("ACT_MALFORMED", f"The act cannot be signed: {why}.")
