"""Parties: who is registered with which key and roles, as the bundle's transactions say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Final, NamedTuple, Protocol

from onebill_verify import forms
from onebill_verify.canonical import JsonValue, encode, parse_canonical
from onebill_verify.errors import NotProven
from onebill_verify.fabric import Transaction
from onebill_verify.keys import PublicKey
from onebill_verify.registrations import (
    APPROVER,
    OWN,
    Registration,
    Rotation,
    SignedRecovery,
    SignedRegistration,
    SignedRotation,
)
from onebill_verify.table import ROLES, VOUCHING
from onebill_verify.trust import Trust

__all__ = ["ROLES", "FixedSigners", "KeyBook", "Registration", "Signer", "Signers"]

# Endorsers hold a transaction's time against their clocks within two minutes, so the order of
# two transactions closer than that is not told by their times.
CLOCK_SECONDS: Final = 120
ACTIVE: Final = "ACTIVE"
REVOKED: Final = "REVOKED"
_STATUSES: Final = (ACTIVE, "SUSPENDED", REVOKED)
# Whatever the asker is content with, a key changes hands without its word by three or not at all.
_ORGANISATIONS_FOR_RECOVERY: Final = 3


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key signed, what it is registered for, and who keeps the key.

    `approvers` are the keys of the party's approver that were live then; none: it has none.
    """

    key: PublicKey
    roles: tuple[str, ...]
    key_custody: str = OWN
    approvers: tuple[PublicKey, ...] = ()


class Signers(Protocol):
    """Whoever can say whose key this was at that time."""

    def signer(self, party: str, kid: str, seconds: int) -> Signer:
        """Return the party's key of that name, live at that Unix time.

        Raises NotProven `PARTY_UNKNOWN`, `KEY_UNKNOWN` or `PARTY_NOT_ACTIVE`.
        """


class _Key(NamedTuple):
    """A key that a party has or had; live from its time to that of the next."""

    how: str
    custody: str
    public_key: PublicKey
    since: datetime


class _Status(NamedTuple):
    status: str
    reason_hash: str
    since: datetime


@dataclass(slots=True)
class _Party:
    """One party as the transactions so far have made it."""

    registration: Registration
    keys: list[_Key]
    last: int  # the time of the last transaction that wrote the record
    approvers: list[_Key] = field(default_factory=list)
    statuses: list[_Status] = field(default_factory=list)
    recovery: tuple[Rotation, int] | None = None  # begun, and when

    def record(self) -> bytes:
        """Return the record that the ledger holds after the last change."""
        said = self.registration
        live = self.keys[-1].public_key
        record: dict[str, JsonValue] = {
            "identityHash": said.identity_hash,
            "keys": _spell_keys(self.keys),
            "kid": live.kid,
            "party": said.party,
            "publicKey": live.jwk(),
            "registeredDateTime": forms.spell_time(self.keys[0].since),
            "roles": sorted(said.roles),
            "rulebookHash": said.rulebook_hash,
            "rulebookVersion": said.rulebook_version,
            "screeningHash": said.screening_hash,
            "status": self.statuses[-1].status if self.statuses else ACTIVE,
            "vouchingOrganisation": said.vouching_organisation,
        }
        if self.approvers:
            approver = self.approvers[-1].public_key
            record["approverKey"] = {
                "keys": _spell_keys(self.approvers),
                "kid": approver.kid,
                "publicKey": approver.jwk(),
            }
        if self.statuses:
            record["statusChanges"] = [
                {
                    "reasonHash": change.reason_hash,
                    "since": forms.spell_time(change.since),
                    "status": change.status,
                }
                for change in self.statuses
            ]
        return encode(record)

    def had(self, kid: str) -> bool:
        """Say whether a key is or was the party's, or its approver's."""
        return any(key.public_key.kid == kid for key in (*self.keys, *self.approvers))

    def keys_of(self, changed: Rotation) -> list[_Key]:
        """Return the keys among which a change of key puts its own."""
        return self.approvers if changed.of_approver else self.keys

    def was_active(self, seconds: int) -> bool:
        """Say whether the party was active at a time, or within two minutes of it."""
        suspended: int | None = None
        for change in self.statuses:
            since = int(change.since.timestamp())
            if change.status == ACTIVE and suspended is not None:
                if suspended + CLOCK_SECONDS < seconds < since - CLOCK_SECONDS:
                    return False
                suspended = None
            elif suspended is None:
                suspended = since
        return suspended is None or seconds <= suspended + CLOCK_SECONDS


@dataclass(slots=True)
class KeyBook:
    """The parties of a bundle; filled in the order of the bundle."""

    trust: Trust
    _parties: dict[str, _Party] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def add(self, party: str, transaction: Transaction, endorsed_by: tuple[str, ...]) -> None:
        """Take up what was recorded about a party, endorsed by these. Raises NotProven."""
        if self._parties and party < next(reversed(self._parties)):
            raise NotProven("PARTIES_NOT_SORTED", "the parties do not stand in their order")
        function = transaction.function
        if function == "RecoverKey":
            self._begin_recovery(party, transaction, endorsed_by)
            return
        if function == "RegisterParty":
            self._register(party, transaction)
        elif function == "RotateKey":
            self._rotate(party, transaction)
        elif function == "SetPartyStatus":
            self._set_status(party, transaction)
        elif function == "CompleteRecovery":
            self._complete_recovery(party, transaction, endorsed_by)
        else:
            raise NotProven("REGISTRATION_MALFORMED", "this call registers nobody")
        known = self._parties[party]
        known.last = transaction.moment.seconds
        if transaction.wrote(self.trust.chaincode, f"PARTY_{party}") != known.record():
            raise NotProven("REGISTRATION_NOT_WRITTEN", f"the record of {party} is another one")

    def signer(self, party: str, kid: str, seconds: int) -> Signer:
        """Return the party's key of that name, live at that Unix time."""
        self._used.add(party)
        known = self._parties.get(party)
        if known is None:
            raise NotProven("PARTY_UNKNOWN", f"the registration of {party} is not in the bundle")
        key = next((key for key in known.keys if key.public_key.kid == kid), None)
        if key is None:
            raise NotProven("KEY_UNKNOWN", f"{kid} is no key of {party}")
        if key not in _live(known.keys, seconds):
            raise NotProven("KEY_UNKNOWN", f"{kid} was not the live key of {party} then")
        if not known.was_active(seconds):
            raise NotProven("PARTY_NOT_ACTIVE", f"{party} was suspended or revoked then")
        approvers = tuple(one.public_key for one in _live(known.approvers, seconds))
        return Signer(key.public_key, known.registration.roles, key.custody, approvers)

    def nobody_else(self) -> None:
        """Refuse parties whose signature was never asked for. Raises NotProven."""
        strangers = self._parties.keys() - self._used
        if strangers:
            raise NotProven("PARTY_NOT_NEEDED", f"{min(strangers)} signed nothing here")
        for party, known in self._parties.items():
            if known.recovery is not None:
                raise NotProven("RECOVERY_INVALID", f"a recovery of {party} is not completed")

    def _register(self, party: str, transaction: Transaction) -> None:
        if len(transaction.arguments) != 1:
            raise NotProven("REGISTRATION_MALFORMED", "a registration has one argument")
        signed = SignedRegistration.parse(transaction.arguments[0])
        registration = signed.registration
        if registration.party != party or party in self._parties:
            raise NotProven("REGISTRATION_MALFORMED", f"{party} is registered twice or not here")
        signed.verify()
        if registration.channel != self.trust.channel:
            raise NotProven("REGISTRATION_INVALID", "a registration was made for another channel")
        ahead = int(registration.action_date_time.timestamp()) - transaction.moment.seconds
        if ahead > CLOCK_SECONDS:
            raise NotProven("REGISTRATION_INVALID", "a registration was signed after it")
        if transaction.creator_msp_id != registration.vouching_organisation:
            raise NotProven(
                "NOT_VOUCHING_ORGANISATION",
                f"{transaction.creator_msp_id!r} registered a party that others vouch for",
            )
        self._check_vouching(registration)
        since = transaction.moment.whole()
        key = _Key("REGISTRATION", registration.key_custody, registration.public_key, since)
        made = _Party(registration, [key], transaction.moment.seconds)
        if registration.approver_key is not None:
            made.approvers.append(_Key("REGISTRATION", OWN, registration.approver_key, since))
        self._parties[party] = made

    def _check_vouching(self, registration: Registration) -> None:
        """Ask whether an organisation of this kind may name such a party (law.md, section 1)."""
        organisation = registration.vouching_organisation
        kind = self.trust.kinds.get(organisation)
        for role in registration.roles:
            if kind not in VOUCHING[role]:
                raise NotProven(
                    "NOT_VOUCHING_ORGANISATION", f"{organisation} vouches for no {role}"
                )

    def _known(self, party: str, transaction: Transaction, reason: str) -> _Party:
        known = self._parties.get(party)
        if known is None:
            raise NotProven(reason, f"something about {party} stands before its registration")
        if transaction.function != "RecoverKey" and transaction.moment.seconds < known.last:
            raise NotProven("PARTIES_NOT_SORTED", f"{party} was changed in another order")
        if known.recovery is not None and transaction.function != "CompleteRecovery":
            raise NotProven("RECOVERY_INVALID", f"a recovery of {party} is not completed")
        return known

    def _rotate(self, party: str, transaction: Transaction) -> None:
        if len(transaction.arguments) != 1:
            raise NotProven("ROTATION_INVALID", "a rotation has one argument")
        signed = SignedRotation.parse(transaction.arguments[0])
        known = self._known(party, transaction, "ROTATION_INVALID")
        said = signed.rotation
        if said.party != party or said.channel != self.trust.channel:
            raise NotProven("ROTATION_INVALID", "a rotation was made for another party or channel")
        keys = known.keys_of(said)
        if not keys:
            raise NotProven("ROTATION_INVALID", f"{party} has no approver")
        signed.verify(keys[-1].public_key)
        if known.had(said.public_key.kid):
            raise NotProven("ROTATION_INVALID", "a rotation brings back an old key")
        since = transaction.moment.whole()
        keys.append(_Key("ROTATION", said.key_custody, said.public_key, since))

    def _set_status(self, party: str, transaction: Transaction) -> None:
        known = self._known(party, transaction, "STATUS_INVALID")
        try:
            named, status, reason_hash = transaction.arguments
            forms.one_of(*_STATUSES)(status)
            forms.hex_hash(reason_hash)
        except ValueError:
            raise NotProven("STATUS_INVALID", "a status has three arguments of a form") from None
        before = known.statuses[-1].status if known.statuses else ACTIVE
        if named != party or before in (REVOKED, status):
            raise NotProven("STATUS_INVALID", f"{party} cannot become {status} from {before}")
        if transaction.creator_msp_id != known.registration.vouching_organisation:
            raise NotProven("STATUS_INVALID", f"others than {party}'s own set its status")
        known.statuses.append(_Status(status, reason_hash, transaction.moment.whole()))

    def _begin_recovery(
        self, party: str, transaction: Transaction, endorsed_by: tuple[str, ...]
    ) -> None:
        if len(transaction.arguments) != 1:
            raise NotProven("RECOVERY_INVALID", "a recovery has one argument")
        signed = SignedRecovery.parse(transaction.arguments[0])
        known = self._known(party, transaction, "RECOVERY_INVALID")
        asked = signed.asked
        if asked.party != party or asked.channel != self.trust.channel:
            raise NotProven("RECOVERY_INVALID", "a recovery was made for another party or channel")
        signed.verify()
        _check_three(endorsed_by)
        if known.had(asked.public_key.kid):
            raise NotProven("RECOVERY_INVALID", "a recovery brings back an old key")
        if not known.keys_of(asked):
            raise NotProven("RECOVERY_INVALID", f"{party} has no approver")
        written = transaction.wrote(self.trust.chaincode, f"RECOVERY_{party}")
        if not _is_pending(written, asked):
            raise NotProven("RECOVERY_INVALID", "three organisations did not begin a recovery")
        known.recovery = (asked, transaction.moment.seconds)

    def _complete_recovery(
        self, party: str, transaction: Transaction, endorsed_by: tuple[str, ...]
    ) -> None:
        known = self._known(party, transaction, "RECOVERY_INVALID")
        if known.recovery is None:
            raise NotProven("RECOVERY_INVALID", f"a recovery of {party} ends that never began")
        asked, began = known.recovery
        if transaction.arguments != (party, asked.public_key.kid):
            raise NotProven("RECOVERY_INVALID", "another recovery was completed than began")
        _check_three(endorsed_by)
        if transaction.moment.seconds - began < self.trust.recovery_delay_seconds:
            raise NotProven(
                "RECOVERY_TOO_SOON",
                f"completed {transaction.moment.seconds - began} seconds after it began",
            )
        since = transaction.moment.whole()
        known.keys_of(asked).append(_Key("RECOVERY", asked.key_custody, asked.public_key, since))
        known.recovery = None


def _spell_keys(keys: Sequence[_Key]) -> list[JsonValue]:
    return [
        {
            "how": key.how,
            "keyCustody": key.custody,
            "kid": key.public_key.kid,
            "since": forms.spell_time(key.since),
        }
        for key in keys
    ]


def _live(keys: Sequence[_Key], seconds: int) -> list[_Key]:
    """Return those of the keys that were live at a time, or within two minutes of it."""
    ends = [int(key.since.timestamp()) + CLOCK_SECONDS for key in keys[1:]]
    return [
        key
        for key, end in zip_longest(keys, ends)
        if int(key.since.timestamp()) - CLOCK_SECONDS <= seconds
        and (end is None or seconds <= end)
    ]


def _check_three(endorsed_by: tuple[str, ...]) -> None:
    if len(endorsed_by) < _ORGANISATIONS_FOR_RECOVERY:
        raise NotProven(
            "RECOVERY_INVALID", f"a recovery endorsed by {', '.join(endorsed_by)} alone"
        )


def _is_pending(written: bytes | None, asked: Rotation) -> bool:
    """Say whether this record shows that three organisations asked for exactly this key."""
    try:
        record = parse_canonical(written or b"")
    except NotProven:
        return False
    if not isinstance(record, dict) or record.get("party") != asked.party:
        return False
    recoveries = record.get("recoveries")
    if not isinstance(recoveries, list):
        return False
    mine = [
        one
        for one in recoveries
        if isinstance(one, dict) and one.get("kid") == asked.public_key.kid
    ]
    if len(mine) != 1:
        return False
    shown = mine[0]
    asked_by = shown.get("askedBy")
    use = APPROVER if asked.of_approver else None
    return (
        shown.get("keyUse") == use
        and ("keyUse" in shown) == asked.of_approver
        and shown.get("publicKey") == asked.public_key.jwk()
        and shown.get("keyCustody") == asked.key_custody
        and shown.get("state") == "PENDING"
        and isinstance(asked_by, list)
        and all(isinstance(name, str) for name in asked_by)
        and len(set(map(str, asked_by))) >= _ORGANISATIONS_FOR_RECOVERY
    )


@dataclass(frozen=True, slots=True)
class FixedSigners:
    """Signers known beforehand: for whoever already holds the party records."""

    signers: Mapping[str, Signer]

    def signer(self, party: str, kid: str, seconds: int) -> Signer:
        """Return the party's key; the time does not matter."""
        known = self.signers.get(party)
        if known is None:
            raise NotProven("PARTY_UNKNOWN", f"no party {party} is registered")
        if known.key.kid != kid:
            raise NotProven("KEY_UNKNOWN", f"{kid} is not the live key of {party}")
        return known
