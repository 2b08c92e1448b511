"""Registering a party: its own signed word, and the evidence that its organisation sees."""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onebill.ledger.v1 import ledger_pb2, ledger_service_pb2
from onebill_verify import (
    OWN,
    NotProven,
    PrivateKey,
    Registration,
    encode,
    new_salt,
    salted_hash,
)
from onebill_verify.canonical import JsonValue
from onebill_verify.registrations import PARTY_BYTES, party_id

from onebill_cli.doors import DEADLINE_SECONDS, ask_ledger_door
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.files import read_bytes, read_text
from onebill_cli.signing import CHANNEL, now

_SALT_BYTES = 32
MSPS = {
    "operator": "OperatorMSP",
    "carrier": "CarrierMSP",
    "port": "PortMSP",
    "partnerport": "PartnerPortMSP",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the organisation that vouches has seen, with its salt."""

    content: dict[str, JsonValue]
    salt: str

    @classmethod
    def of(cls, **content: JsonValue) -> "Evidence":
        """Salt some evidence."""
        return cls(content, new_salt(os.urandom(_SALT_BYTES)))

    @property
    def hash(self) -> str:
        """The salted hash that the party signs."""
        return salted_hash(self.salt, self.content)

    def message(self) -> ledger_pb2.SaltedEvidence:
        """Write it for a ledger service."""
        return ledger_pb2.SaltedEvidence(content=encode(self.content).decode(), salt=self.salt)

    def json(self) -> dict[str, Any]:
        """Write it for /v1 and for a file."""
        return {"content": self.content, "salt": self.salt}


@dataclass(frozen=True, slots=True)
class Word:
    """A party's registration, signed, and the evidence behind its hashes."""

    registration: str
    identity: Evidence
    screening: Evidence

    def text(self) -> str:
        """Write it for a file that goes to who vouches."""
        told = {
            "registration": self.registration,
            "identity": self.identity.json(),
            "screening": self.screening.json(),
        }
        return json.dumps(told, indent=2) + "\n"

    @classmethod
    def read(cls, file: Path) -> "Word":
        """Read what `text` wrote. Raises CommandFailed `FILE_UNREADABLE`."""
        try:
            told = json.loads(read_text(file))
            return cls(
                str(told["registration"]),
                *(
                    Evidence(told[name]["content"], str(told[name]["salt"]))
                    for name in ("identity", "screening")
                ),
            )
        except (ValueError, KeyError, TypeError) as fault:
            raise CommandFailed(
                Exit.USAGE, "FILE_UNREADABLE", f"{file} is no registration as `keys apply` writes."
            ) from fault


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rulebook that a registration signs: its version, and SHA-256 of its text in hex."""

    rulebook_version: int
    rulebook_hash: str


def read_rulebook(file: Path) -> Rulebook:
    """Read a rulebook's text; a line `… version N` says which it is.

    Raises:
        CommandFailed: FILE_UNREADABLE.
    """
    found = re.search(r"version (\d+)$", read_text(file), re.MULTILINE)
    if found is None:
        raise CommandFailed(Exit.USAGE, "FILE_UNREADABLE", f"{file} does not say its version.")
    return Rulebook(int(found[1]), hashlib.sha256(read_bytes(file)).hexdigest())


def rules_of(environment: Environment, organisation: str, member: str) -> ledger_pb2.Rules:
    """Ask, as an organisation, a member's ledger service for the rules in force."""
    return ask_ledger_door(
        environment,
        organisation,
        member,
        lambda door: door.GetRules(ledger_service_pb2.GetRulesRequest(), timeout=DEADLINE_SECONDS),
    ).rules


def sign_registration(
    key: PrivateKey,
    organisation: str,
    msp_id: str,
    roles: tuple[str, ...],
    rules: ledger_pb2.Rules | Rulebook,
    approver: PrivateKey | None = None,
) -> Word:
    """Let a party sign that the key is its own and that it keeps the rulebook.

    With an approver it asks for four eyes, and the approver's key signs that it is there.

    Raises:
        CommandFailed: REGISTRATION_MALFORMED, where both keys are one.
    """
    identity = Evidence.of(organisation=organisation, seen="certificate of incorporation")
    screening = Evidence.of(organisation=organisation, result="CLEAR")
    registration = Registration(
        channel=CHANNEL,
        party=party_id(os.urandom(PARTY_BYTES)),
        public_key=key.public,
        key_custody=OWN,
        roles=tuple(sorted(roles)),
        vouching_organisation=msp_id,
        rulebook_version=rules.rulebook_version,
        rulebook_hash=rules.rulebook_hash,
        identity_hash=identity.hash,
        screening_hash=screening.hash,
        action_date_time=now(),
        approver_key=None if approver is None else approver.public,
    )
    try:
        signed = registration.sign(key, approver)
    except NotProven as fault:
        raise CommandFailed(Exit.USAGE, fault.reason, f"{fault.message}.") from fault
    return Word(signed, identity, screening)
