"""What a second key says: an approver of an act, a new key of the statement that names it.

act.md, section 8, and bundle.md, section 2.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from onebill_verify import forms
from onebill_verify.act import SignedAct
from onebill_verify.canonical import JsonValue, encode
from onebill_verify.encoding import sha256_hex
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import PrivateKey, PublicKey
from onebill_verify.table import COUNTERSIGNED

_INVALID: Final = "COUNTERSIGNATURE_INVALID"


@dataclass(frozen=True, slots=True)
class Countersignature:
    """The approver's word on one act; check the signature with `verify`."""

    act_hash: str
    jws: Jws

    @classmethod
    def parse(cls, token: str) -> "Countersignature":
        """Read and check the form. Raises NotProven `COUNTERSIGNATURE_INVALID`."""
        return cls(*_parse(token, JwsType.COUNTERSIGNATURE, "actHash", _INVALID))

    @property
    def token(self) -> str:
        """The compact JWS."""
        return self.jws.token

    def verify(self, signed: SignedAct, approvers: Sequence[PublicKey]) -> None:
        """Check that one of these keys signed this act. Raises `COUNTERSIGNATURE_INVALID`."""
        if self.act_hash != signed.hash:
            raise NotProven(_INVALID, "the countersignature is of another act")
        key = next((key for key in approvers if key.kid == self.jws.kid), None)
        if key is None:
            raise NotProven(_INVALID, f"{self.jws.kid} is not the approver's key")
        _verify(self.jws, key, _INVALID, "the countersignature")


def countersign(signed: SignedAct, key: PrivateKey) -> Countersignature:
    """Let the approver say that the whole of this act is its word too."""
    jws = Jws.sign(key, JwsType.COUNTERSIGNATURE, {"actHash": signed.hash})
    return Countersignature(signed.hash, jws)


def check_countersigned(
    signed: SignedAct, countersignature: str | None, approvers: Sequence[PublicKey]
) -> None:
    """Ask for the approver's word where it is needed, and for none where it is not.

    `approvers` are the approver's keys that were live then, empty where the actor registered
    none. Raises NotProven `COUNTERSIGNATURE_REQUIRED` or `COUNTERSIGNATURE_INVALID`.
    """
    act = signed.act
    if not approvers or act.action_code not in COUNTERSIGNED:
        if countersignature is not None:
            raise NotProven(_INVALID, f"{act.action_code} of {act.actor} needs none")
        return
    if countersignature is None:
        raise NotProven(
            "COUNTERSIGNATURE_REQUIRED", f"{act.actor} asked for four eyes on {act.action_code}"
        )
    Countersignature.parse(countersignature).verify(signed, approvers)


@dataclass(frozen=True, slots=True)
class Possession:
    """A key's word that somebody has it, inside the statement that names it."""

    statement_hash: str
    jws: Jws

    @classmethod
    def parse(cls, token: JsonValue, reason: str) -> "Possession":
        """Read and check the form. Raises NotProven with `reason`."""
        if not isinstance(token, str):
            raise NotProven(reason, "possession is no text")
        return cls(*_parse(token, JwsType.POSSESSION, "statementHash", reason))

    @classmethod
    def sign(cls, key: PrivateKey, statement: JsonValue) -> "Possession":
        """Sign that the key that a statement names is here."""
        found = statement_hash(statement)
        jws = Jws.sign(key, JwsType.POSSESSION, {"statementHash": found})
        return cls(found, jws)

    def verify(self, key: PublicKey, statement: JsonValue, reason: str) -> None:
        """Check that this key speaks of this statement. Raises NotProven with `reason`."""
        if self.statement_hash != statement_hash(statement):
            raise NotProven(reason, "possession is shown for another statement")
        _verify(self.jws, key, reason, "possession")


def statement_hash(statement: JsonValue) -> str:
    """Hash a statement's payload without its member `possession`."""
    return sha256_hex(encode(statement))


def _parse(token: str, typ: JwsType, member: str, reason: str) -> tuple[str, Jws]:
    try:
        jws = Jws.parse(token, typ)
    except NotProven as error:
        raise NotProven(reason, error.message) from None
    members = Members(jws.payload, "what a second key says", reason)
    said = members.take(member, forms.hex_hash)
    members.end()
    return said, jws


def _verify(jws: Jws, key: PublicKey, reason: str, what: str) -> None:
    try:
        jws.verify(key)
    except NotProven as error:
        raise NotProven(reason, f"{what}: {error.message}") from None
