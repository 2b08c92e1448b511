"""Statements about a party's key: registration, rotation, recovery (bundle.md, 2.1 and 2.2)."""

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from onebill_verify import forms
from onebill_verify.canonical import JsonValue
from onebill_verify.countersignature import Possession
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import PrivateKey, PublicKey
from onebill_verify.table import ROLES

OWN: Final = "OWN"
LEDGER_CUSTODY: Final = "LEDGER_CUSTODY"
APPROVER: Final = "APPROVER"
_MALFORMED: Final = "REGISTRATION_MALFORMED"
_key_custody = forms.one_of(OWN, LEDGER_CUSTODY)
_key_use = forms.one_of(APPROVER)
_roles = forms.array_of(forms.one_of(*ROLES), least=1, most=len(ROLES))


PARTY_BYTES: Final = 16


def party_id(randomness: bytes) -> str:
    """Spell 16 random bytes as the opaque id of a party."""
    return "P" + base64.b32encode(randomness).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A party says, with the key itself: this key is mine, and I keep the rulebook.

    `identity_hash` and `screening_hash` are salted hashes of what the vouching organisation has
    seen; `rulebook_hash` is SHA-256 of the rulebook's text. `approver_key` asks for four eyes:
    the key that countersigns (act.md, section 8).
    """

    channel: str
    party: str
    public_key: PublicKey
    key_custody: str = OWN
    roles: tuple[str, ...]
    vouching_organisation: str
    rulebook_version: int
    rulebook_hash: str
    identity_hash: str
    screening_hash: str
    action_date_time: datetime
    approver_key: PublicKey | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return what is said, without the approver's own word that its key is there."""
        payload: dict[str, JsonValue] = {
            "channel": self.channel,
            "party": self.party,
            "kid": self.public_key.kid,
            "publicKey": self.public_key.jwk(),
            "keyCustody": self.key_custody,
            "roles": sorted(self.roles),
            "vouchingOrganisation": self.vouching_organisation,
            "rulebookVersion": self.rulebook_version,
            "rulebookHash": self.rulebook_hash,
            "identityHash": self.identity_hash,
            "screeningHash": self.screening_hash,
            "actionDateTime": forms.spell_time(self.action_date_time),
        }
        if self.approver_key is not None:
            kid, jwk = self.approver_key.kid, self.approver_key.jwk()
            payload["approverKey"] = {"kid": kid, "publicKey": jwk}
        return payload

    def sign(self, key: PrivateKey, approver: PrivateKey | None = None) -> str:
        """Sign with the key that is registered, and with the approver's where there is one.

        Raises NotProven `REGISTRATION_MALFORMED`.
        """
        said = self.payload()
        payload = said if approver is None else _with_possession(said, approver)
        _read_registration(payload, key.kid)
        return Jws.sign(key, JwsType.REGISTRATION, payload).token


@dataclass(frozen=True, slots=True)
class SignedRegistration:
    """A registration as it was signed; check the signature with `verify`."""

    registration: Registration
    jws: Jws
    possession: Possession | None = None  # of the approver's key

    @staticmethod
    @lru_cache(maxsize=2048)  # the same parties stand in many bundles
    def parse(token: str) -> "SignedRegistration":
        """Read and check the form. Raises NotProven `REGISTRATION_MALFORMED`."""
        jws = _parse(token, JwsType.REGISTRATION, _MALFORMED)
        registration, possession = _read_registration(jws.payload, jws.kid)
        return SignedRegistration(registration, jws, possession)

    def verify(self) -> None:
        """Check that the registered keys themselves signed.

        Raises NotProven `REGISTRATION_INVALID`.
        """
        said = self.registration
        _verify(self.jws, said.public_key, "REGISTRATION_INVALID", "the registration")
        if self.possession is not None and said.approver_key is not None:
            self.possession.verify(said.approver_key, said.payload(), "REGISTRATION_INVALID")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A party says, with its old key: from now on this key is mine.

    `of_approver`: it is the approver's key that changes, and the approver's that says so.
    """

    channel: str
    party: str
    public_key: PublicKey
    key_custody: str = OWN
    action_date_time: datetime
    of_approver: bool = False

    def payload(self) -> dict[str, JsonValue]:
        """Return what is said, without the new key's own word that it is there."""
        payload: dict[str, JsonValue] = {
            "channel": self.channel,
            "party": self.party,
            "kid": self.public_key.kid,
            "publicKey": self.public_key.jwk(),
            "keyCustody": self.key_custody,
            "actionDateTime": forms.spell_time(self.action_date_time),
        }
        if self.of_approver:
            payload["keyUse"] = APPROVER
        return payload

    def sign(self, old_key: PrivateKey, new_key: PrivateKey) -> str:
        """Sign with the old key and the new; return the compact JWS.

        Raises NotProven `ROTATION_INVALID`.
        """
        said = self.payload()
        _read_rotation(said, "ROTATION_INVALID")
        payload = _with_possession(said, new_key)
        return Jws.sign(old_key, JwsType.ROTATION, payload).token

    def ask_for_recovery(self, new_key: PrivateKey) -> str:
        """Sign with the new key instead, as who has lost the old one does.

        Raises NotProven `RECOVERY_INVALID`.
        """
        payload = self.payload()
        _read_rotation(payload, "RECOVERY_INVALID")
        return Jws.sign(new_key, JwsType.RECOVERY, payload).token


@dataclass(frozen=True, slots=True)
class SignedRotation:
    """A rotation as it was signed; check the signature with `verify`."""

    rotation: Rotation
    jws: Jws
    possession: Possession

    @classmethod
    def parse(cls, token: str) -> "SignedRotation":
        """Read and check the form. Raises NotProven `ROTATION_INVALID`."""
        reason = "ROTATION_INVALID"
        jws = _parse(token, JwsType.ROTATION, reason)
        said, shown = _without_possession(jws.payload)
        return cls(_read_rotation(said, reason), jws, Possession.parse(shown, reason))

    def verify(self, old_key: PublicKey) -> None:
        """Check the old key's signature and the new one's. Raises NotProven `ROTATION_INVALID`."""
        _verify(self.jws, old_key, "ROTATION_INVALID", "the rotation")
        said = self.rotation
        self.possession.verify(said.public_key, said.payload(), "ROTATION_INVALID")


@dataclass(frozen=True, slots=True)
class SignedRecovery:
    """A recovery as it was asked for; check the new key's signature with `verify`."""

    asked: Rotation
    jws: Jws

    @classmethod
    def parse(cls, token: str) -> "SignedRecovery":
        """Read and check the form. Raises NotProven `RECOVERY_INVALID`."""
        jws = _parse(token, JwsType.RECOVERY, "RECOVERY_INVALID")
        return cls(_read_rotation(jws.payload, "RECOVERY_INVALID"), jws)

    def verify(self) -> None:
        """Check that the new key signed. Raises NotProven `RECOVERY_INVALID`."""
        _verify(self.jws, self.asked.public_key, "RECOVERY_INVALID", "the recovery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A party says, with its live key: the recovery to this key is not my wish."""

    channel: str
    party: str
    kid: str
    action_date_time: datetime

    def payload(self) -> dict[str, JsonValue]:
        """Return the payload that is signed."""
        return {
            "channel": self.channel,
            "party": self.party,
            "kid": self.kid,
            "actionDateTime": forms.spell_time(self.action_date_time),
        }

    def sign(self, key: PrivateKey) -> str:
        """Sign with the live key; return the compact JWS. Raises NotProven `RECOVERY_INVALID`."""
        payload = self.payload()
        _read_cancellation(payload)
        return Jws.sign(key, JwsType.CANCELLATION, payload).token


@dataclass(frozen=True, slots=True)
class SignedCancellation:
    """A cancellation as it was signed; check the signature with `verify`."""

    cancellation: Cancellation
    jws: Jws

    @classmethod
    def parse(cls, token: str) -> "SignedCancellation":
        """Read and check the form. Raises NotProven `RECOVERY_INVALID`."""
        jws = _parse(token, JwsType.CANCELLATION, "RECOVERY_INVALID")
        return cls(_read_cancellation(jws.payload), jws)

    def verify(self, key: PublicKey) -> None:
        """Check the live key's signature. Raises NotProven `RECOVERY_INVALID`."""
        _verify(self.jws, key, "RECOVERY_INVALID", "the cancellation")


def _with_possession(said: dict[str, JsonValue], key: PrivateKey) -> dict[str, JsonValue]:
    return {**said, "possession": Possession.sign(key, said).jws.token}


def _without_possession(payload: JsonValue) -> tuple[JsonValue, JsonValue]:
    """Return what is said, and the possession that is shown for it."""
    if not isinstance(payload, dict):
        return payload, None
    said = {name: value for name, value in payload.items() if name != "possession"}
    return said, payload.get("possession")


def _read_registration(
    payload: JsonValue, signed_by: str
) -> tuple[Registration, Possession | None]:
    said, shown = _without_possession(payload)
    registration = _read_said(said, signed_by)
    approver = registration.approver_key
    if isinstance(payload, dict) and ("possession" in payload) != (approver is not None):
        raise NotProven(_MALFORMED, "an approver's key and its possession stand together")
    if approver is None:
        return registration, None
    possession = Possession.parse(shown, _MALFORMED)
    if approver.kid != possession.jws.kid or approver.kid == signed_by:
        raise NotProven(_MALFORMED, "the approver's key is another than the party's, and signs")
    return registration, possession


def _read_approver(value: JsonValue) -> PublicKey:
    members = Members(value, "the approver's key", _MALFORMED)
    public_key = _read_key(members, "the approver's key", _MALFORMED)
    members.end()
    return public_key


def _read_said(payload: JsonValue, signed_by: str) -> Registration:
    members = Members(payload, "a registration", _MALFORMED)
    public_key = _read_key(members, "a registration", _MALFORMED)
    registration = Registration(
        channel=members.take("channel", forms.channel),
        party=members.take("party", forms.party),
        public_key=public_key,
        key_custody=members.take("keyCustody", _key_custody),
        roles=members.take("roles", _roles),
        vouching_organisation=members.take("vouchingOrganisation", forms.msp_id),
        rulebook_version=members.take("rulebookVersion", forms.positive),
        rulebook_hash=members.take("rulebookHash", forms.hex_hash),
        identity_hash=members.take("identityHash", forms.hex_hash),
        screening_hash=members.take("screeningHash", forms.hex_hash),
        action_date_time=members.take("actionDateTime", forms.time),
        approver_key=members.optional("approverKey", _read_approver),
    )
    members.end()
    if list(registration.roles) != sorted(registration.roles):
        raise NotProven(_MALFORMED, "roles are not sorted")
    if signed_by != public_key.kid:
        raise NotProven(_MALFORMED, "a registration is signed by the key that it registers")
    return registration


def _read_rotation(payload: JsonValue, reason: str) -> Rotation:
    members = Members(payload, "a change of key", reason)
    public_key = _read_key(members, "a change of key", reason)
    rotation = Rotation(
        channel=members.take("channel", forms.channel),
        party=members.take("party", forms.party),
        public_key=public_key,
        key_custody=members.take("keyCustody", _key_custody),
        action_date_time=members.take("actionDateTime", forms.time),
        of_approver=members.optional("keyUse", _key_use) is not None,
    )
    members.end()
    if rotation.of_approver and rotation.key_custody != OWN:
        raise NotProven(reason, "an approver keeps its key itself")
    return rotation


def _read_cancellation(payload: JsonValue) -> Cancellation:
    members = Members(payload, "a cancellation", "RECOVERY_INVALID")
    cancellation = Cancellation(
        channel=members.take("channel", forms.channel),
        party=members.take("party", forms.party),
        kid=members.take("kid", forms.kid),
        action_date_time=members.take("actionDateTime", forms.time),
    )
    members.end()
    return cancellation


def _read_key(members: Members, what: str, reason: str) -> PublicKey:
    kid = members.take("kid", forms.kid)
    try:
        public_key = PublicKey.from_jwk(members.take("publicKey", forms.anything))
    except NotProven as error:
        raise NotProven(reason, f"{what}: {error.message}") from None
    if kid != public_key.kid:
        raise NotProven(reason, f"{what}: kid is not the thumbprint of the key")
    return public_key


def _parse(token: str, typ: JwsType, reason: str) -> Jws:
    try:
        return Jws.parse(token, typ)
    except NotProven as error:
        raise NotProven(reason, error.message) from None


def _verify(jws: Jws, key: PublicKey, reason: str, what: str) -> None:
    try:
        jws.verify(key)
    except NotProven as error:
        raise NotProven(reason, f"{what}: {error.message}") from None
