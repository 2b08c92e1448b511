"""What others know, as it is handed to documents: booking, certificate, custody, ledger ids."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class BillKind(StrEnum):
    """Which form of the one bill is asked for."""

    TO_ORDER = "TO_ORDER"
    STRAIGHT = "STRAIGHT"
    SEAWAYBILL = "SEAWAYBILL"


class Function(StrEnum):
    """What a party is on the bill."""

    SHIPPER = "SHIPPER"
    CONSIGNEE = "CONSIGNEE"
    ENDORSEE = "ENDORSEE"
    NOTIFY_PARTY = "NOTIFY_PARTY"
    DELIVERY_AGENT = "DELIVERY_AGENT"
    BUYER = "BUYER"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in trade: UN/LOCODE, facility inside it, and its name where it is known."""

    un_location_code: str
    facility_code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A party as the bill names it."""

    function: Function
    name: str
    organisation: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg; `consignee` is the operator's agent at its end."""

    sequence: int
    mode_of_transport: str
    departure: Place
    arrival: Place
    carrier: str
    consignee: str
    planned_departure: datetime
    planned_arrival: datetime


@dataclass(frozen=True, slots=True)
class DangerousGoods:
    """The declaration that stands on the bill beside the goods."""

    un_number: str
    proper_shipping_name: str
    imo_class: str
    packing_group: str
    emergency_contact: str


@dataclass(frozen=True, slots=True)
class Commodity:
    """Goods of one kind; weight in grams."""

    hs_code: str
    description: str
    packages: int
    gross_grams: int
    dangerous_goods: DangerousGoods | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as far as a bill rests on it. `containers` is how many were asked for."""

    reference: str
    shipper: str
    is_confirmed: bool
    kind: BillKind
    place_of_receipt: Place
    place_of_delivery: Place
    parties: tuple[Party, ...]
    commodities: tuple[Commodity, ...]
    legs: tuple[Leg, ...]
    containers: int
    payment_term: str

    def party(self, function: Function) -> Party | None:
        """Answer the first party of that function."""
        return next((one for one in self.parties if one.function is function), None)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of insurance as the bill names it."""

    number: str
    certificate_hash: str


@dataclass(frozen=True, slots=True)
class Custody:
    """An ACTUAL event about one container, as tracking has it."""

    equipment_reference: str
    leg_sequence: int
    seal_numbers: tuple[str, ...]
    at: datetime
    event_id: str
    un_location_code: str


@dataclass(frozen=True, slots=True)
class LedgerParties:
    """Opaque ids under which the parties of a bill are registered; empty where unknown."""

    issuer: str = ""
    shipper: str = ""
    consignee: str = ""
    endorsee: str = ""
    delivery_agent: str = ""
    carriers_agent: str = ""
    terminal: str = ""
    customs: tuple[str, ...] = ()
    first_carrier: str = ""
    sea_carrier: str = ""


@dataclass(frozen=True, slots=True)
class Issuer:
    """The operator as its bills name it: the carrier that signs, and its terms."""

    name: str
    street: str
    city: str
    country_code: str
    email: str
    carrier_code: str
    carrier_code_list_provider: str
    terms_and_conditions: str
    place_of_issue: str


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that the bill binds by its hash and size."""

    name: str
    media_type: str
    size: int
    document_checksum: str


def custody_date(custody: tuple[Custody, ...]) -> date | None:
    """Answer the UTC date of the latest taking in charge: the date of the bill."""
    return max((one.at.date() for one in custody), default=None)
