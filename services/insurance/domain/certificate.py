"""The certificate of insurance: one, from place of receipt to place of delivery (invariant 49).

It is issued on the taking-in-charge event and dated that day, so it is never later than the
bill. The assured is the shipper; the operator holds the policy and is no assured. It is blank
endorsed: whoever possesses the bill holds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from foundation.kernel.equipment import EquipmentReference
from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money
from foundation.kernel.unlocode import UnLocode
from services.insurance.domain.cover import POLICYHOLDER, OpenCover, Quote
from services.insurance.domain.declaration import Declaration

JsonValue = None | bool | int | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

# A carrier's clock may run this much ahead of ours.
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
EQUIPMENTS_MAX: Final = 500
_PREFIX: Final = "CI-"

# Roles on the bill that let a caller see the certificate: who holds it, who held it, who is
# entitled to the goods, whose goods they were, and who issued the bill.
ROLES_WITH_SIGHT: Final = frozenset(
    {"POSSESSOR", "FORMER_POSSESSOR", "TITLE_HOLDER", "SHIPPER", "ISSUER"}
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place as the certificate names it."""

    code: UnLocode
    facility_code: str = ""
    name: str = ""

    def as_json(self) -> JsonValue:
        """Write it in DCSA's words; empty members are left out."""
        optional = {"facilityCode": self.facility_code, "locationName": self.name}
        return {"UNLocationCode": self.code.code} | {
            name: value for name, value in optional.items() if value
        }


@dataclass(frozen=True, slots=True)
class TakingInCharge:
    """The event on which cover is certified, and what was taken."""

    event_id: str
    at: datetime
    equipments: tuple[EquipmentReference, ...]
    place_of_receipt: Place
    place_of_delivery: Place
    transport_document_reference: str

    def check(self, now: datetime) -> None:
        """Refuse an event that cannot have happened.

        Raises:
            InvalidValue: TAKING_IN_CHARGE_MISSING, TAKING_IN_CHARGE_IN_FUTURE,
                EQUIPMENT_MISSING, EQUIPMENT_TWICE.
        """
        if not self.event_id or not self.transport_document_reference:
            raise InvalidValue(
                "TAKING_IN_CHARGE_MISSING",
                "A certificate needs the taking-in-charge event and the bill it travels with.",
            )
        if self.at > now + CLOCK_TOLERANCE:
            raise InvalidValue(
                "TAKING_IN_CHARGE_IN_FUTURE",
                f"The goods cannot have been taken in charge at {self.at:%Y-%m-%d %H:%M} UTC, "
                "which is yet to come.",
                taken_in_charge_at=self.at.isoformat(),
            )
        if not 1 <= len(self.equipments) <= EQUIPMENTS_MAX:
            raise InvalidValue(
                "EQUIPMENT_MISSING", f"A certificate names 1 to {EQUIPMENTS_MAX} containers."
            )
        if len(set(self.equipments)) != len(self.equipments):
            raise InvalidValue("EQUIPMENT_TWICE", "A container is named twice.")


@dataclass(frozen=True, slots=True)
class Certificate:
    """An issued certificate. `content` is its canonical JSON, hashed with `salt`."""

    number: str
    booking_reference: str
    transport_document_reference: str
    assured: str
    insured_value: Money
    event_id: str
    content: str
    salt: str
    certificate_hash: str
    issued_at: datetime


def certificate_number(booking_reference: str) -> str:
    """Name the one certificate of a booking."""
    return f"{_PREFIX}{booking_reference}"


def booking_of(number: str) -> str:
    """Answer the booking that a certificate's number names."""
    return number.removeprefix(_PREFIX)


def content_of(
    declaration: Declaration, quote: Quote, cover: OpenCover, taken: TakingInCharge
) -> dict[str, JsonValue]:
    """Write what the certificate says; its date is the UTC day of taking in charge."""
    return {
        "certificateNumber": certificate_number(declaration.booking_reference),
        "carrierBookingReference": declaration.booking_reference,
        "transportDocumentReference": taken.transport_document_reference,
        "openCoverReference": declaration.open_cover_reference,
        "insurer": cover.insurer,
        "policyholder": {"organisation": POLICYHOLDER, "isAssured": False},
        "assured": declaration.assured,
        "isBlankEndorsed": True,
        "insuredValue": {
            "amount": quote.insured_value.amount,
            "currencyCode": quote.insured_value.currency,
        },
        "valuationPercent": quote.valuation_percent,
        "perils": [
            {
                "legSequence": leg.leg_sequence,
                "modeOfTransport": leg.mode,
                "clauses": list(leg.clauses),
            }
            for leg in quote.perils
        ],
        "placeOfReceipt": taken.place_of_receipt.as_json(),
        "placeOfDelivery": taken.place_of_delivery.as_json(),
        "equipmentReferences": sorted(str(equipment) for equipment in taken.equipments),
        "takingInChargeEventID": taken.event_id,
        "issueDate": taken.at.date().isoformat(),
        "claimsPayableAt": cover.claims_payable_at,
        "endsDaysAfterDischarge": 60,
        "unverifiedRules": sorted({rule.key for rule in quote.unverified}),
    }


def may_see(roles: frozenset[str]) -> bool:
    """Whether the roles on the bill give sight of the certificate."""
    return bool(roles & ROLES_WITH_SIGHT)
