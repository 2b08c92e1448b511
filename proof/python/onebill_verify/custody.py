"""A port says what stands in its yard (port.md, section 1). Data, and never a release."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from onebill_verify import forms
from onebill_verify.canonical import JsonValue
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import PrivateKey, PublicKey

INVALID: Final = "CUSTODY_STATEMENT_INVALID"
SEALS_MAX: Final = 10
_container: Final = forms.text_like(r"[A-Z]{4}[0-9]{7}", "is not a container number")
_locode: Final = forms.text_like(r"[A-Z]{2}[A-Z2-9]{3}", "is not a UN/LOCODE")
_seal_form: Final = re.compile(r"[A-Z0-9/-]{1,15}")


def _seal(value: JsonValue) -> str:
    if not isinstance(value, str) or not _seal_form.fullmatch(value):
        raise ValueError("is not a seal number of 1 to 15 characters")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyStatement:
    """This container, with these seals, has been in our yard since then."""

    channel: str
    transport_document_reference: str
    party: str
    equipment_reference: str
    seal_numbers: tuple[str, ...]
    un_location_code: str
    in_yard_since: datetime
    stated_at: datetime

    def payload(self) -> dict[str, JsonValue]:
        """Return the payload that is signed."""
        return {
            "channel": self.channel,
            "transportDocumentReference": self.transport_document_reference,
            "party": self.party,
            "equipmentReference": self.equipment_reference,
            "sealNumbers": list[JsonValue](self.seal_numbers),
            "unLocationCode": self.un_location_code,
            "inYardSinceDateTime": forms.spell_time(self.in_yard_since),
            "statedDateTime": forms.spell_time(self.stated_at),
        }

    def sign(self, key: PrivateKey) -> str:
        """Sign as the port; return the compact JWS. Raises NotProven of `INVALID`."""
        payload = self.payload()
        _read(payload)
        return Jws.sign(key, JwsType.CUSTODY, payload).token


@dataclass(frozen=True, slots=True)
class SignedCustodyStatement:
    """A custody statement as it was signed; check the signature with `verify`."""

    statement: CustodyStatement
    jws: Jws

    @classmethod
    def parse(cls, token: str) -> "SignedCustodyStatement":
        """Read and check the form. Raises NotProven of `INVALID`."""
        try:
            jws = Jws.parse(token, JwsType.CUSTODY)
        except NotProven as fault:
            raise NotProven(INVALID, fault.message) from None
        return cls(_read(jws.payload), jws)

    @property
    def token(self) -> str:
        """The compact JWS."""
        return self.jws.token

    def verify(self, key: PublicKey) -> None:
        """Check the port's signature. Raises NotProven of `INVALID`."""
        try:
            self.jws.verify(key)
        except NotProven as fault:
            raise NotProven(INVALID, fault.message) from None


def _read(payload: JsonValue) -> CustodyStatement:
    members = Members(payload, "a custody statement", INVALID)
    statement = CustodyStatement(
        channel=members.take("channel", forms.channel),
        transport_document_reference=members.take(
            "transportDocumentReference", forms.bill_reference
        ),
        party=members.take("party", forms.party),
        equipment_reference=members.take("equipmentReference", _container),
        seal_numbers=members.take("sealNumbers", forms.array_of(_seal, least=0, most=SEALS_MAX)),
        un_location_code=members.take("unLocationCode", _locode),
        in_yard_since=members.take("inYardSinceDateTime", forms.time),
        stated_at=members.take("statedDateTime", forms.time),
    )
    members.end()
    if statement.in_yard_since > statement.stated_at:
        raise NotProven(INVALID, "a container cannot be in the yard since a time to come")
    return statement
