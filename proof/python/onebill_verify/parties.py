"""Parties: who is registered with which key and roles, as the bundle's transactions say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

from onebill_verify import forms
from onebill_verify.canonical import JsonValue, encode, parse_canonical
from onebill_verify.errors import NotProven
from onebill_verify.fabric import Transaction
from onebill_verify.forms import Members
from onebill_verify.keys import PublicKey
from onebill_verify.statements import SignedRotation
from onebill_verify.table import law_table
from onebill_verify.trust import Trust

# Which kinds of organisation vouch for a role.
VOUCHING: Final[Mapping[str, frozenset[str]]] = {
    role: frozenset(kinds) for role, kinds in law_table()["vouching"].items()
}
ROLES: Final = tuple(sorted(VOUCHING))
# Endorsers hold a transaction's time against their clocks within two minutes, so the order of
# two transactions closer than that is not told by their times.
CLOCK_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Registration:
    """A party with its key and roles, and the organisation that vouches for it."""

    party: str
    public_key: PublicKey
    roles: tuple[str, ...]
    vouching_organisation: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the registration as it is handed to RegisterParty."""
        return {
            "party": self.party,
            "kid": self.public_key.kid,
            "publicKey": self.public_key.jwk(),
            "roles": sorted(self.roles),
            "vouchingOrganisation": self.vouching_organisation,
        }

    def argument(self) -> str:
        """Return the argument of RegisterParty: the canonical JSON as text."""
        return encode(self.payload()).decode()

    @staticmethod
    @lru_cache(maxsize=2048)  # the same parties stand in many bundles
    def parse(argument: str) -> "Registration":
        """Read the argument of RegisterParty. Raises NotProven `REGISTRATION_MALFORMED`."""
        reason = "REGISTRATION_MALFORMED"
        try:
            members = Members(parse_canonical(argument.encode()), "a registration", reason)
            public_key = PublicKey.from_jwk(members.take("publicKey", forms.anything))
        except NotProven as error:
            raise NotProven(reason, f"a registration: {error.message}") from None
        roles = forms.array_of(forms.one_of(*ROLES), least=1, most=len(ROLES))
        registration = Registration(
            party=members.take("party", forms.party),
            public_key=public_key,
            roles=members.take("roles", roles),
            vouching_organisation=members.take("vouchingOrganisation", forms.msp_id),
        )
        kid = members.take("kid", forms.kid)
        members.end()
        if kid != public_key.kid:
            raise NotProven(reason, "kid is not the thumbprint of the key")
        if list(registration.roles) != sorted(registration.roles):
            raise NotProven(reason, "roles are not sorted")
        return registration


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key signed, and what it is registered for."""

    key: PublicKey
    roles: tuple[str, ...]


class Signers(Protocol):
    """Whoever can say whose key this was at that time."""

    def signer(self, party: str, kid: str, seconds: int) -> Signer:
        """Return the party's key of that name, live at that Unix time.

        Raises NotProven `PARTY_UNKNOWN` or `KEY_UNKNOWN`.
        """


@dataclass(slots=True)
class _Keys:
    """One party's keys, oldest first; each is live from its time to that of the next."""

    registration: Registration
    registered: datetime
    keys: list[PublicKey]
    since: list[int]

    def record(self) -> bytes:
        """Return the record that the ledger holds after the last change."""
        current = self.keys[-1]
        record: dict[str, JsonValue] = {
            **self.registration.payload(),
            "kid": current.kid,
            "publicKey": current.jwk(),
            "status": "ACTIVE",
            "registeredDateTime": forms.spell_time(self.registered),
        }
        if len(self.keys) > 1:
            record["previousKids"] = [key.kid for key in self.keys[:-1]]
        return encode(record)


@dataclass(slots=True)
class KeyBook:
    """The parties of a bundle; filled in the order of the bundle."""

    trust: Trust
    _parties: dict[str, _Keys] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def add(self, party: str, transaction: Transaction) -> None:
        """Take up a registration or rotation. Raises NotProven."""
        if self._parties and party < next(reversed(self._parties)):
            raise NotProven("PARTIES_NOT_SORTED", "the parties do not stand in their order")
        if len(transaction.arguments) != 1:
            raise NotProven("REGISTRATION_MALFORMED", "a registration has one argument")
        if transaction.function == "RegisterParty":
            self._register(party, transaction)
        elif transaction.function == "RotateKey":
            self._rotate(party, transaction)
        else:
            raise NotProven("REGISTRATION_MALFORMED", "this call registers nobody")
        written = transaction.wrote(self.trust.chaincode, f"PARTY_{party}")
        if written != self._parties[party].record():
            raise NotProven("REGISTRATION_NOT_WRITTEN", f"the record of {party} is another one")

    def signer(self, party: str, kid: str, seconds: int) -> Signer:
        """Return the party's key of that name, live at that Unix time."""
        self._used.add(party)
        known = self._parties.get(party)
        if known is None:
            raise NotProven("PARTY_UNKNOWN", f"the registration of {party} is not in the bundle")
        for index, key in enumerate(known.keys):
            if key.kid != kid:
                continue
            begins = known.since[index] - CLOCK_SECONDS
            following = known.since[index + 1] if index + 1 < len(known.since) else None
            if seconds < begins or (following is not None and seconds > following + CLOCK_SECONDS):
                raise NotProven("KEY_UNKNOWN", f"{kid} was not the live key of {party} then")
            return Signer(key, known.registration.roles)
        raise NotProven("KEY_UNKNOWN", f"{kid} is no key of {party}")

    def nobody_else(self) -> None:
        """Refuse parties whose signature was never asked for. Raises NotProven."""
        strangers = self._parties.keys() - self._used
        if strangers:
            raise NotProven("PARTY_NOT_NEEDED", f"{min(strangers)} signed nothing here")

    def _register(self, party: str, transaction: Transaction) -> None:
        registration = Registration.parse(transaction.arguments[0])
        if registration.party != party or party in self._parties:
            raise NotProven("REGISTRATION_MALFORMED", f"{party} is registered twice or not here")
        if transaction.creator_msp_id != registration.vouching_organisation:
            raise NotProven(
                "NOT_VOUCHING_ORGANISATION",
                f"{transaction.creator_msp_id!r} registered a party that others vouch for",
            )
        self._check_vouching(registration)
        self._parties[party] = _Keys(
            registration,
            transaction.moment.whole(),
            [registration.public_key],
            [transaction.moment.seconds],
        )

    def _check_vouching(self, registration: Registration) -> None:
        """Ask whether an organisation of this kind may name such a party (law.md, section 1)."""
        organisation = registration.vouching_organisation
        kind = self.trust.kinds.get(organisation)
        for role in registration.roles:
            if kind not in VOUCHING[role]:
                raise NotProven(
                    "NOT_VOUCHING_ORGANISATION", f"{organisation} vouches for no {role}"
                )

    def _rotate(self, party: str, transaction: Transaction) -> None:
        signed = SignedRotation.parse(transaction.arguments[0])
        known = self._parties.get(party)
        if known is None or signed.rotation.party != party:
            raise NotProven("ROTATION_INVALID", f"a rotation stands before {party} is registered")
        if signed.rotation.channel != self.trust.channel:
            raise NotProven("ROTATION_INVALID", "a rotation was made for another channel")
        signed.verify(known.keys[-1])
        new = signed.rotation.public_key
        if any(key.kid == new.kid for key in known.keys):
            raise NotProven("ROTATION_INVALID", "a rotation brings back an old key")
        if transaction.moment.seconds < known.since[-1]:
            raise NotProven("PARTIES_NOT_SORTED", "rotations do not stand in their order")
        known.keys.append(new)
        known.since.append(transaction.moment.seconds)


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
