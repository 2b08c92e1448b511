"""The pick-up pass: who may fetch which container, with which truck, when (port.md, section 2).

A pass opens the `passHash` of gate one's act, so it says nothing that the ledger does not
stand for. It is handed on from haulier to haulier by their signatures, and fits into a QR code.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from onebill_verify import forms
from onebill_verify.canonical import JsonValue, encode, parse_canonical
from onebill_verify.encoding import b64u, salted_hash, unb64u
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import PrivateKey, PublicKey

CONTAINERS_MAX: Final = 10
HAND_ONS_MAX: Final = 3
# Reasons of port.md; those of a bundle are in proof/vectors/reasons.json.
_MALFORMED: Final = "PASS_MALFORMED"
_HANDED_ON_WRONGLY: Final = "PASS_HANDED_ON_WRONGLY"
_BETWEEN: Final = "~"
_container: Final = forms.text_like(r"[A-Z]{4}[0-9]{7}", "is not a container number")
_plate_form: Final = re.compile(r"[0-9A-Z\u4e00-\u9fff]{2,12}")


def plain_plate(plate: str) -> str:
    """Return a plate as a pass has it: capitals and digits, nothing between.

    Raises NotProven `PASS_MALFORMED`.
    """
    plain = "".join(sign for sign in plate.upper() if sign not in " .-·")
    if not _plate_form.fullmatch(plain):
        raise NotProven(_MALFORMED, f"{plate!r} is no number plate")
    return plain


def _plate(value: JsonValue) -> str:
    if not isinstance(value, str) or not _plate_form.fullmatch(value):
        raise ValueError("is not a number plate")
    return value


def _public_key(value: JsonValue) -> PublicKey:
    try:
        return PublicKey.from_jwk(value)
    except NotProven as fault:
        raise ValueError(f"is no key: {fault.message}") from fault


@dataclass(frozen=True, slots=True, kw_only=True)
class PassStatement:
    """What a pass is bound to. `plate` is None until a haulier names its truck."""

    channel: str
    transport_document_reference: str
    terminal: str
    haulier: str
    containers: tuple[str, ...]
    not_before: datetime
    valid_until: datetime
    plate: str | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return the statement as its salted hash is taken."""
        payload: dict[str, JsonValue] = {
            "channel": self.channel,
            "transportDocumentReference": self.transport_document_reference,
            "terminal": self.terminal,
            "haulier": self.haulier,
            "containers": list[JsonValue](self.containers),
            "notBefore": forms.spell_time(self.not_before),
            "validUntil": forms.spell_time(self.valid_until),
        }
        if self.plate is not None:
            payload["plate"] = self.plate
        return payload


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOn:
    """A haulier hands a pass on, or names its own truck (then `receiver` is itself)."""

    previous: str
    giver: str
    receiver: str
    receiver_key: PublicKey
    handed_on_at: datetime
    plate: str | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return the payload that is signed."""
        payload: dict[str, JsonValue] = {
            "previous": self.previous,
            "from": self.giver,
            "to": self.receiver,
            "toKey": self.receiver_key.jwk(),
            "handedOnDateTime": forms.spell_time(self.handed_on_at),
        }
        if self.plate is not None:
            payload["plate"] = self.plate
        return payload


@dataclass(frozen=True, slots=True)
class SignedHandOn:
    """A hand-on as it was signed."""

    hand_on: HandOn
    jws: Jws


@dataclass(frozen=True, slots=True)
class PickUpPass:
    """A pass with its salt and the hand-ons so far."""

    statement: PassStatement
    salt: str
    hand_ons: tuple[SignedHandOn, ...] = ()

    @property
    def hash(self) -> str:
        """The `passHash` of gate one's act."""
        return salted_hash(self.salt, self.statement.payload())

    @property
    def haulier(self) -> str:
        """Who may fetch the container now, a party id."""
        return self.hand_ons[-1].hand_on.receiver if self.hand_ons else self.statement.haulier

    @property
    def plate(self) -> str | None:
        """The truck that was named by who has the pass now."""
        return self.hand_ons[-1].hand_on.plate if self.hand_ons else self.statement.plate

    @property
    def text(self) -> str:
        """The pass as it is carried and as its QR code says it."""
        opening: dict[str, JsonValue] = {"salt": self.salt, "statement": self.statement.payload()}
        first = b64u(encode(opening))
        return _BETWEEN.join([first, *(one.jws.token for one in self.hand_ons)])

    @classmethod
    def parse(cls, text: str) -> "PickUpPass":
        """Read a pass; no signature is checked yet. Raises NotProven `PASS_MALFORMED`."""
        first, *rest = text.strip().split(_BETWEEN)
        if len(rest) > HAND_ONS_MAX:
            raise NotProven(_MALFORMED, f"a pass is handed on {HAND_ONS_MAX} times at most")
        try:
            members = Members(parse_canonical(unb64u(first)), "a pass", _MALFORMED)
            salt = members.take("salt", forms.salt)
            statement = _read_statement(members.take("statement", forms.json_object))
            members.end()
            hand_ons = tuple(_read_hand_on(token) for token in rest)
        except NotProven as fault:
            raise NotProven(_MALFORMED, fault.message) from None
        return cls(statement, salt, hand_ons)

    def hand_on(
        self,
        key: PrivateKey,
        receiver: str,
        receiver_key: PublicKey,
        at: datetime,
        plate: str | None = None,
    ) -> "PickUpPass":
        """Sign the pass over to another haulier, or name the own truck.

        Raises NotProven `PASS_MALFORMED`, and where it was handed on too often already.
        """
        if len(self.hand_ons) == HAND_ONS_MAX:
            raise NotProven(_MALFORMED, f"a pass is handed on {HAND_ONS_MAX} times at most")
        signed = HandOn(
            previous=self._head(len(self.hand_ons)),
            giver=self.haulier,
            receiver=receiver,
            receiver_key=receiver_key,
            handed_on_at=at,
            plate=None if plate is None else plain_plate(plate),
        )
        jws = Jws.sign(key, JwsType.PASS_ON, signed.payload())
        return replace(self, hand_ons=(*self.hand_ons, _read_hand_on(jws.token)))

    def verify(self, haulier_key: PublicKey) -> None:
        """Check that every hand-on was signed by who had the pass.

        `haulier_key` is the registered key of the haulier that gate one named.
        Raises NotProven `PASS_HANDED_ON_WRONGLY`.
        """
        giver, key = self.statement.haulier, haulier_key
        for number, signed in enumerate(self.hand_ons):
            hand_on = signed.hand_on
            if hand_on.giver != giver or hand_on.previous != self._head(number):
                raise NotProven(
                    _HANDED_ON_WRONGLY, f"{hand_on.giver} did not have this pass to hand on"
                )
            try:
                signed.jws.verify(key)
            except NotProven as fault:
                raise NotProven(_HANDED_ON_WRONGLY, fault.message) from None
            giver, key = hand_on.receiver, hand_on.receiver_key

    def _head(self, number: int) -> str:
        return self.hand_ons[number - 1].jws.hash if number else self.hash


def _read_statement(value: JsonValue) -> PassStatement:
    members = Members(value, "the statement of a pass", _MALFORMED)
    statement = PassStatement(
        channel=members.take("channel", forms.channel),
        transport_document_reference=members.take(
            "transportDocumentReference", forms.bill_reference
        ),
        terminal=members.take("terminal", forms.party),
        haulier=members.take("haulier", forms.party),
        containers=members.take(
            "containers", forms.array_of(_container, least=1, most=CONTAINERS_MAX)
        ),
        not_before=members.take("notBefore", forms.time),
        valid_until=members.take("validUntil", forms.time),
        plate=members.optional("plate", _plate),
    )
    members.end()
    return statement


def _read_hand_on(token: str) -> SignedHandOn:
    jws = Jws.parse(token, JwsType.PASS_ON)
    members = Members(jws.payload, "a hand-on", _MALFORMED)
    hand_on = HandOn(
        previous=members.take("previous", forms.hex_hash),
        giver=members.take("from", forms.party),
        receiver=members.take("to", forms.party),
        receiver_key=members.take("toKey", _public_key),
        handed_on_at=members.take("handedOnDateTime", forms.time),
        plate=members.optional("plate", _plate),
    )
    members.end()
    return SignedHandOn(hand_on, jws)
