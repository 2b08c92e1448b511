"""An act, built and signed where its key is: the doors only carry it."""

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from onebill_verify import Act, NoTerms, PrivateKey, SignedAct, encode, new_salt, salted_hash
from onebill_verify.canonical import JsonValue
from onebill_verify.terms import Terms

CHANNEL = "onebill"
EXPIRES_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a bill's chain ends: the next act follows it."""

    transport_document_reference: str
    sequence: int
    head_act_hash: str
    state: str
    possessor: str
    title_holder: str


@dataclass(frozen=True, slots=True)
class Signer:
    """A party's opaque id and its key."""

    party: str
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class ReadyAct:
    """A signed act with the details that travel beside it."""

    signed: SignedAct
    details: str
    details_salt: str


def new_request_id() -> str:
    """Draw an id under which a write may be repeated."""
    return str(uuid.uuid4())


def new_random_salt() -> str:
    """Draw a salt from the system's source of randomness."""
    return new_salt(os.urandom(32))


def now() -> datetime:
    """Return the wall clock in UTC, whole seconds: acts are signed by people, now."""
    return datetime.now(UTC).replace(microsecond=0)


def sign_next(
    head: Head,
    signer: Signer,
    action_code: str,
    *,
    recipient: str | None = None,
    terms: Terms | None = None,
    details: dict[str, JsonValue] | None = None,
    at: datetime | None = None,
) -> ReadyAct:
    """Sign the act that follows `head`."""
    moment = now() if at is None else at
    salt = new_random_salt()
    told: dict[str, JsonValue] = {} if details is None else details
    act = Act(
        channel=CHANNEL,
        transport_document_reference=head.transport_document_reference,
        sequence=head.sequence + 1,
        previous_act_hash=head.head_act_hash,
        action_code=action_code,
        actor=signer.party,
        recipient=recipient,
        action_date_time=moment,
        expiry_date_time=moment + EXPIRES_AFTER,
        details_hash=salted_hash(salt, told),
        terms=NoTerms() if terms is None else terms,
    )
    return ReadyAct(act.sign(signer.key), encode(told).decode(), salt)
