"""An act, built and signed where its key is: the doors only carry it."""

import json
import os
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from onebill_verify import (
    Act,
    Countersignature,
    NoTerms,
    NotProven,
    PrivateKey,
    SignedAct,
    countersign,
    encode,
    forms,
    new_salt,
    parse,
    salted_hash,
)
from onebill_verify.canonical import JsonValue
from onebill_verify.forms import Members
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
    """A signed act with what travels beside it: details, and a countersignature where due."""

    signed: SignedAct
    details: str
    details_salt: str
    countersignature: str = ""

    @classmethod
    def of(cls, body: dict[str, str]) -> Self:
        """Read such a body.

        Raises:
            NotProven: `ACT_MALFORMED`, `DETAILS_DIFFER` or another word of its form.
            ValueError, KeyError, TypeError, AttributeError: it is no such body at all.
        """
        signed = SignedAct.parse(body["signedAct"])
        details, salt = body["details"], body["detailsSalt"]
        if signed.act.details_hash != salted_hash(salt, parse(details.encode())):
            raise NotProven("DETAILS_DIFFER", "the details are not those that the act names")
        countersignature = body.get("countersignature", "")
        if countersignature:
            Countersignature.parse(countersignature)
        return cls(signed, details, salt, countersignature)

    def body(self) -> dict[str, str]:
        """Return the body that the doors take."""
        body = {
            "signedAct": self.signed.token,
            "details": self.details,
            "detailsSalt": self.details_salt,
        }
        if self.countersignature:
            body["countersignature"] = self.countersignature
        return body

    def text(self) -> str:
        """Write it as a file."""
        return json.dumps(self.body(), ensure_ascii=False, indent=2) + "\n"

    def countersign(self, approver: PrivateKey) -> "ReadyAct":
        """Let the actor's approver say that the whole of this act is its word too."""
        return replace(self, countersignature=countersign(self.signed, approver).token)


def new_request_id() -> str:
    """Draw an id under which a write may be repeated."""
    return str(uuid.uuid4())


def new_random_salt() -> str:
    """Draw a salt from the system's source of randomness."""
    return new_salt(os.urandom(32))


def now() -> datetime:
    """Return the wall clock in UTC, whole seconds: acts are signed by people, now."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class PreparedAct:
    """An act that waits for its signature, with the details that travel beside it."""

    act: Act
    details: str
    details_salt: str

    def sign(self, key: PrivateKey) -> ReadyAct:
        """Sign it. The key stays where it is."""
        return ReadyAct(self.act.sign(key), self.details, self.details_salt)

    def text(self) -> str:
        """Write it as a file that can be carried to where the key is."""
        document = {
            "act": self.act.payload(),
            "details": json.loads(self.details),
            "detailsSalt": self.details_salt,
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read such a file. Raises NotProven `ACT_MALFORMED` or another word of its form."""
        members = Members(parse(text.encode()), "the file", "ACT_MALFORMED")
        act = Act.read(members.take("act", forms.json_object))
        details = members.take("details", forms.json_object)
        salt = members.take("detailsSalt", forms.salt)
        members.end()
        if act.details_hash != salted_hash(salt, details):
            raise NotProven("DETAILS_DIFFER", "the details are not those that the act names")
        return cls(act, encode(details).decode(), salt)


def prepare_next(
    head: Head,
    actor: str,
    action_code: str,
    *,
    recipient: str | None = None,
    terms: Terms | None = None,
    details: dict[str, JsonValue] | None = None,
    at: datetime | None = None,
) -> PreparedAct:
    """Make the act that follows `head`, without its signature."""
    moment = now() if at is None else at
    salt = new_random_salt()
    told: dict[str, JsonValue] = {} if details is None else details
    act = Act(
        channel=CHANNEL,
        transport_document_reference=head.transport_document_reference,
        sequence=head.sequence + 1,
        previous_act_hash=head.head_act_hash,
        action_code=action_code,
        actor=actor,
        recipient=recipient,
        action_date_time=moment,
        expiry_date_time=moment + EXPIRES_AFTER,
        details_hash=salted_hash(salt, told),
        terms=NoTerms() if terms is None else terms,
    )
    return PreparedAct(act, encode(told).decode(), salt)


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
    prepared = prepare_next(
        head, signer.party, action_code, recipient=recipient, terms=terms, details=details, at=at
    )
    return prepared.sign(signer.key)
