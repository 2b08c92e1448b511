"""Acts: the signed statements that move a bill (act.md, sections 3 and 4)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from onebill_verify import forms
from onebill_verify.canonical import JsonValue
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import PrivateKey, PublicKey
from onebill_verify.terms import TERMS_OF, NoTerms, Terms, read_terms

T = TypeVar("T", bound=Terms)

EXPIRY_MAX: Final = timedelta(days=30)
ISSUE: Final = "ISSUE"
# The codes of section 4 that say to whom; all others say nobody.
WITH_RECIPIENT: Final = frozenset(
    {
        ISSUE,
        "TRANSFER",
        "ENDORSE",
        "ENDORSE_TO_ORDER",
        "PRESENT",
        "PLEDGE",
        "RELEASE_ON_TRUST",
        "SURRENDER_FOR_DELIVERY",
        "SURRENDER_FOR_AMENDMENT",
        "RELEASE_TERMINAL",
        "DELIVER_AGAINST_INDEMNITY",
        "ACCOMPLISH",
    }
)
_action_code: Final = forms.one_of(*TERMS_OF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One statement about one bill, before it is signed.

    `sequence` is 1 for ISSUE, and only then `previous_act_hash` is None. Times are UTC in
    whole seconds. `details_hash` is the salted hash of the details that travel beside the act,
    of `{}` where there are none.
    """

    channel: str
    transport_document_reference: str
    sequence: int
    action_code: str
    actor: str
    action_date_time: datetime
    expiry_date_time: datetime
    details_hash: str
    previous_act_hash: str | None = None
    recipient: str | None = None
    terms: Terms = field(default_factory=NoTerms)

    def terms_as(self, kind: type[T]) -> T:
        """Return the terms as those of a code; the form has seen to it that they are."""
        if not isinstance(self.terms, kind):
            raise TypeError(f"terms of {self.action_code} are no {kind.__name__}")
        return self.terms

    def payload(self) -> dict[str, JsonValue]:
        """Return the payload that is signed."""
        payload: dict[str, JsonValue] = {
            "channel": self.channel,
            "transportDocumentReference": self.transport_document_reference,
            "sequence": self.sequence,
            "actionCode": self.action_code,
            "actor": self.actor,
            "actionDateTime": forms.spell_time(self.action_date_time),
            "expiryDateTime": forms.spell_time(self.expiry_date_time),
            "detailsHash": self.details_hash,
            "terms": self.terms.payload(),
        }
        if self.previous_act_hash is not None:
            payload["previousActHash"] = self.previous_act_hash
        if self.recipient is not None:
            payload["recipient"] = self.recipient
        return payload

    @classmethod
    def read(cls, payload: JsonValue) -> "Act":
        """Read the payload of an act that waits for its signature.

        Raises NotProven `ACT_MALFORMED`.
        """
        return _read_act(payload)

    def sign(self, key: PrivateKey) -> "SignedAct":
        """Sign as the actor. Raises NotProven `ACT_MALFORMED` where a rule of form is broken."""
        payload = self.payload()
        _read_act(payload)
        try:
            return SignedAct(self, Jws.sign(key, JwsType.ACT, payload))
        except NotProven as error:
            raise NotProven("ACT_MALFORMED", error.message) from None


@dataclass(frozen=True, slots=True)
class SignedAct:
    """An act as it was signed: form checked, signature checked by `verify`, law by `law`."""

    act: Act
    jws: Jws

    @classmethod
    def parse(cls, token: str) -> "SignedAct":
        """Read a compact JWS and check its form. Raises NotProven `ACT_MALFORMED`."""
        try:
            jws = Jws.parse(token, JwsType.ACT)
        except NotProven as error:
            raise NotProven("ACT_MALFORMED", error.message) from None
        return cls(_read_act(jws.payload), jws)

    @property
    def token(self) -> str:
        """The compact JWS."""
        return self.jws.token

    @property
    def kid(self) -> str:
        """The key that the header names."""
        return self.jws.kid

    @property
    def hash(self) -> str:
        """The act hash: of the signing input, the signature outside."""
        return self.jws.hash

    def verify(self, key: PublicKey) -> None:
        """Check the signature. Raises NotProven `KEY_UNKNOWN` or `SIGNATURE_INVALID`."""
        self.jws.verify(key)


def _read_act(payload: JsonValue) -> Act:
    members = Members(payload, "an act", "ACT_MALFORMED")
    code = members.take("actionCode", _action_code)
    act = Act(
        channel=members.take("channel", forms.channel),
        transport_document_reference=members.take(
            "transportDocumentReference", forms.bill_reference
        ),
        sequence=members.take("sequence", forms.positive),
        previous_act_hash=members.optional("previousActHash", forms.hex_hash),
        action_code=code,
        actor=members.take("actor", forms.party),
        recipient=members.optional("recipient", forms.party),
        action_date_time=members.take("actionDateTime", forms.time),
        expiry_date_time=members.take("expiryDateTime", forms.time),
        details_hash=members.take("detailsHash", forms.hex_hash),
        terms=read_terms(code, members.take("terms", forms.anything)),
    )
    members.end()
    _check_together(act)
    return act


def _check_together(act: Act) -> None:
    """Refuse members that are each well formed and do not go together."""
    if (act.action_code == ISSUE) != (act.sequence == 1):
        raise NotProven("ACT_MALFORMED", "ISSUE is sequence 1, and nothing else is")
    if (act.previous_act_hash is None) != (act.sequence == 1):
        raise NotProven("ACT_MALFORMED", "every act but the first names the hash before it")
    if (act.recipient is None) == (act.action_code in WITH_RECIPIENT):
        raise NotProven("ACT_MALFORMED", f"{act.action_code} with or without recipient")
    if not timedelta() < act.expiry_date_time - act.action_date_time <= EXPIRY_MAX:
        raise NotProven("ACT_MALFORMED", "an act expires after its time, within 30 days")
