"""The cast of the vectors. Their secrets are printed in keys.json: TEST keys, good for nothing."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from onebill_verify import (
    LEDGER_CUSTODY,
    OWN,
    JsonValue,
    PrivateKey,
    Registration,
    b64u,
    new_salt,
    salted_hash,
)
from onebill_verify.keys import ORDER

CHANNEL = "onebill"
CHAINCODE = "bill"
OPERATOR_MSP = "OperatorMSP"
CARRIER_MSP = "CarrierMSP"
PORT_MSP = "PortMSP"
PARTNER_MSP = "PartnerPortMSP"
KINDS = {
    OPERATOR_MSP: "OPERATOR",
    CARRIER_MSP: "CARRIER",
    PORT_MSP: "PORT",
    PARTNER_MSP: "PORT",
}


REGISTERED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def digest(text: str) -> bytes:
    """Return 32 bytes that look random and are not."""
    return hashlib.sha256(f"OneBill TEST vector: {text}".encode()).digest()


def base32(text: str, size: int) -> str:
    """Return `size` bytes of a digest in base32 without padding."""
    return base64.b32encode(digest(text)[:size]).decode().rstrip("=")


def secret_key(name: str) -> PrivateKey:
    """Return the TEST key of a name."""
    return PrivateKey.from_secret(secret_number(name))


def secret_number(name: str) -> int:
    """Return the secret of the TEST key of a name."""
    return int.from_bytes(digest(f"key of {name}")) % (ORDER - 1) + 1


def salt(name: str) -> str:
    """Return the TEST salt of a name."""
    return new_salt(digest(f"salt of {name}"))


def hashed(name: str, value: JsonValue) -> str:
    """Return the salted hash of a value under the salt of a name."""
    return salted_hash(salt(name), value)


RULEBOOK_HASH = digest("rulebook, version 1").hex()


@dataclass(frozen=True)
class Member:
    """One of the cast, with its key, its party id and its roles."""

    name: str
    roles: tuple[str, ...]
    vouching_organisation: str
    key_custody: str = OWN
    has_approver: bool = False

    @cached_property
    def key(self) -> PrivateKey:
        """The member's TEST key."""
        return secret_key(self.name)

    @cached_property
    def approver(self) -> PrivateKey | None:
        """The TEST key of the member's approver, where it has one."""
        return secret_key(f"approver of {self.name}") if self.has_approver else None

    @cached_property
    def party(self) -> str:
        """The opaque id."""
        return "P" + base32(f"party {self.name}", 16)

    @property
    def registration(self) -> Registration:
        """What RegisterParty is told."""
        return Registration(
            channel=CHANNEL,
            party=self.party,
            public_key=self.key.public,
            key_custody=self.key_custody,
            roles=self.roles,
            vouching_organisation=self.vouching_organisation,
            rulebook_version=1,
            rulebook_hash=RULEBOOK_HASH,
            identity_hash=hashed(f"identity of {self.name}", {"evidence": self.name}),
            screening_hash=hashed(f"screening of {self.name}", {"result": "CLEAR"}),
            action_date_time=REGISTERED - timedelta(minutes=1),
            approver_key=None if self.approver is None else self.approver.public,
        )

    def register(self) -> str:
        """Return the registration, signed with all keys that it names."""
        return self.registration.sign(self.key, self.approver)

    def payload(self) -> dict[str, JsonValue]:
        """Return the member as keys.json shows it."""
        payload: dict[str, JsonValue] = {
            "name": self.name,
            "party": self.party,
            "roles": list(self.roles),
            "vouchingOrganisation": self.vouching_organisation,
            "kid": self.key.kid,
            "publicKey": self.key.public.jwk(),
            "testSecret": b64u(secret_number(self.name).to_bytes(32)),
        }
        if self.approver is not None:
            payload["approverKey"] = {
                "kid": self.approver.kid,
                "publicKey": self.approver.public.jwk(),
                "testSecret": b64u(secret_number(f"approver of {self.name}").to_bytes(32)),
            }
        return payload


OPERATOR = Member("operator", ("OPERATOR",), OPERATOR_MSP, LEDGER_CUSTODY)
SELLER = Member("seller", ("SHIPPER",), OPERATOR_MSP)
BANK = Member("issuing bank", ("BANK",), PARTNER_MSP)
BUYER = Member("buyer", ("CONSIGNEE",), PARTNER_MSP)
HAULIER = Member("haulier at origin", ("CARRIER",), CARRIER_MSP)
LINE = Member("sea carrier", ("CARRIER",), CARRIER_MSP)
LAST_HAULIER = Member("haulier at destination", ("CARRIER",), CARRIER_MSP)
LINES_AGENT = Member("sea carrier's agent", ("CARRIERS_AGENT",), CARRIER_MSP)
AGENT = Member("delivery agent", ("DELIVERY_AGENT",), PARTNER_MSP)
TERMINAL = Member("terminal", ("TERMINAL",), PARTNER_MSP)
CUSTOMS = Member("customs", ("CUSTOMS",), PARTNER_MSP)
OTHER_CUSTOMS = Member("customs elsewhere", ("CUSTOMS",), PORT_MSP)
HARBOUR = Member("harbour authority", ("PORT",), PORT_MSP)
STRANGER = Member("stranger", ("BANK", "SHIPPER"), OPERATOR_MSP)
OTHER_BANK = Member("bank of the buyer", ("BANK",), PARTNER_MSP)
AUTHORITY = Member("authority", ("AUTHORITY",), PORT_MSP)
COURT = Member("court", ("COURT",), PARTNER_MSP)
# The two that asked for four eyes.
CAREFUL = Member(
    "careful operator", ("OPERATOR",), OPERATOR_MSP, LEDGER_CUSTODY, has_approver=True
)
CAREFUL_AGENT = Member(
    "careful delivery agent", ("DELIVERY_AGENT",), PARTNER_MSP, has_approver=True
)
UNREGISTERED = Member("never registered", ("BANK",), OPERATOR_MSP)

CAST = (
    OPERATOR,
    SELLER,
    BANK,
    BUYER,
    HAULIER,
    LINE,
    LAST_HAULIER,
    LINES_AGENT,
    AGENT,
    TERMINAL,
    CUSTOMS,
    OTHER_CUSTOMS,
    HARBOUR,
    STRANGER,
    OTHER_BANK,
    AUTHORITY,
    COURT,
    CAREFUL,
    CAREFUL_AGENT,
)
