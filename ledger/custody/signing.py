"""What custody signs, and on what conditions. Time and randomness come in as arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from onebill_verify.act import Act, SignedAct
from onebill_verify.canonical import JsonValue, encode, parse
from onebill_verify.encoding import new_salt, salted_hash
from onebill_verify.errors import NotProven
from onebill_verify.keys import PrivateKey
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


def _object(text: str, what: str) -> JsonValue:
    value = parse(text.encode())
    if not isinstance(value, dict):
        raise _malformed(f"{what} are not a JSON object")
    return value


def _malformed(why: str) -> InvalidValue:
    return InvalidValue("ACT_MALFORMED", f"The act cannot be signed: {why}.")
