"""What a shipper asks for in one call, checked before it becomes a booking."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from foundation.kernel.errors import InvalidValue, LimitExceeded
from foundation.kernel.money import Money
from services.booking.domain.cargo import Commodity, check_cargo
from services.booking.domain.itinerary import LegPlan
from services.booking.domain.places import Location

PARTIES_MAX: Final = 20
CONTAINERS_MAX: Final = 50

# ISO 6346: length, height and width, type group, and the detail within the group.
_SIZE_AND_TYPE: Final = re.compile(r"[1-9A-P][0-9C-P][ABGHKNPRSTUV][0-9A-Z]")
# Incoterms 2020: in these the seller pays the carriage.
_SELLER_PAYS: Final = frozenset(["CPT", "CIP", "CFR", "CIF", "DAP", "DPU", "DDP"])
_BUYER_PAYS: Final = frozenset(["EXW", "FCA", "FAS", "FOB"])


class PartyFunction(StrEnum):
    """What a party is on the document (DCSA party functions)."""

    SHIPPER = "SHIPPER"
    CONSIGNEE = "CONSIGNEE"
    ENDORSEE = "ENDORSEE"
    NOTIFY_PARTY = "NOTIFY_PARTY"
    DELIVERY_AGENT = "DELIVERY_AGENT"
    BUYER = "BUYER"


class PaymentTerm(StrEnum):
    """Who pays the freight: PRE the shipper before issue, COL the receiver before delivery.

    COL is understood, so that it can be refused with its reason.
    """

    PRE = "PRE"
    COL = "COL"


class BillKind(StrEnum):
    """Which form of the one bill is asked for."""

    TO_ORDER = "TO_ORDER"
    STRAIGHT = "STRAIGHT"
    SEAWAYBILL = "SEAWAYBILL"


@dataclass(frozen=True, slots=True)
class Party:
    """A party as the document names it.

    Raises:
        InvalidValue: PARTY_NAME_FORM, PARTY_ADDRESS_FORM.
    """

    function: PartyFunction
    name: str
    organisation: str = ""
    address: str = ""
    ledger_party: str = ""

    def __post_init__(self) -> None:
        """Check the lengths, which are those of the document's boxes."""
        if not 1 <= len(self.name.strip()) <= 70:  # noqa: PLR2004 - DCSA partyName
            raise InvalidValue(
                "PARTY_NAME_FORM",
                f"The {_words(self.function)} needs a name of 1 to 70 characters.",
                party_function=self.function.value,
            )
        if len(self.address) > 250:  # noqa: PLR2004 - one line of a document
            raise InvalidValue(
                "PARTY_ADDRESS_FORM",
                f"The address of the {_words(self.function)} is longer than 250 characters.",
                party_function=self.function.value,
            )


@dataclass(frozen=True, slots=True)
class RequestedEquipment:
    """Containers of one size and type, with the places of the empty ones.

    Raises:
        InvalidValue: EQUIPMENT_CODE_FORM, EQUIPMENT_UNITS_FORM.
    """

    iso_equipment_code: str
    units: int
    empty_pick_up: Location | None = None
    empty_return: Location | None = None

    def __post_init__(self) -> None:
        """Check the ISO 6346 size and type, and the number."""
        if not _SIZE_AND_TYPE.fullmatch(self.iso_equipment_code):
            raise InvalidValue(
                "EQUIPMENT_CODE_FORM",
                f"{self.iso_equipment_code!r} is not a container size and type, such as 22G1.",
                iso_equipment_code=self.iso_equipment_code,
            )
        if not 1 <= self.units <= CONTAINERS_MAX:
            raise InvalidValue(
                "EQUIPMENT_UNITS_FORM",
                f"Ask for 1 to {CONTAINERS_MAX} containers.",
                units=self.units,
            )


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """The whole request; `legs` is empty where the standard route is wanted. Times are UTC."""

    place_of_receipt: Location
    place_of_delivery: Location
    legs: tuple[LegPlan, ...]
    cargo_ready_at: datetime
    parties: tuple[Party, ...]
    equipment: tuple[RequestedEquipment, ...]
    commodities: tuple[Commodity, ...]
    incoterms_rule: str
    incoterms_place: str
    payment_term: PaymentTerm
    commercial_value: Money | None
    bill_kind: BillKind
    total_maximum: Money | None

    @property
    def containers(self) -> int:
        """How many containers are asked for."""
        return sum(equipment.units for equipment in self.equipment)

    @property
    def is_dangerous(self) -> bool:
        """Whether any of the goods are declared dangerous."""
        return any(commodity.dangerous_goods for commodity in self.commodities)

    def party(self, function: PartyFunction) -> Party | None:
        """Answer the party with that function, if there is one."""
        return next((party for party in self.parties if party.function is function), None)

    def check(self) -> None:
        """Refuse a request that no carrier could answer. The route is checked apart.

        Raises:
            InvalidValue: see `docs/errors.md`, booking.
            LimitExceeded: TOO_MANY_PARTIES, TOO_MANY_CONTAINERS, TOO_MANY_COMMODITIES.
        """
        _check_parties(self)
        _check_equipment(self)
        check_cargo(self.commodities, self.containers)
        _check_terms(self)
        for name, money in (
            ("commercial value", self.commercial_value),
            ("maximum total", self.total_maximum),
        ):
            if money is not None:
                money.not_negative(name)


# A function that two parties cannot share on one document.
_SINGLE: Final = (
    PartyFunction.SHIPPER,
    PartyFunction.CONSIGNEE,
    PartyFunction.ENDORSEE,
    PartyFunction.DELIVERY_AGENT,
    PartyFunction.BUYER,
)


def _check_parties(request: BookingRequest) -> None:
    if len(request.parties) > PARTIES_MAX:
        raise LimitExceeded("TOO_MANY_PARTIES", f"A booking names at most {PARTIES_MAX} parties.")
    for function in _SINGLE:
        if sum(party.function is function for party in request.parties) > 1:
            raise InvalidValue(
                "PARTY_TWICE",
                f"There can be only one {_words(function)}.",
                party_function=function.value,
            )
    needed = [PartyFunction.SHIPPER, PartyFunction.DELIVERY_AGENT]
    if request.bill_kind is not BillKind.TO_ORDER:
        needed.append(PartyFunction.CONSIGNEE)
    for function in needed:
        if request.party(function) is None:
            raise InvalidValue(
                "PARTY_MISSING",
                f"The booking must name the {_words(function)}.",
                party_function=function.value,
            )
    excluded = (
        PartyFunction.CONSIGNEE
        if request.bill_kind is BillKind.TO_ORDER
        else PartyFunction.ENDORSEE
    )
    if request.party(excluded) is not None:
        raise InvalidValue(
            "PARTY_EXCLUDED",
            f"A bill that is {_words(request.bill_kind)} has no {_words(excluded)}.",
            party_function=excluded.value,
            bill_kind=request.bill_kind.value,
        )
    _check_delivery_agent(request)


def _check_delivery_agent(request: BookingRequest) -> None:
    """Refuse an agent that is a cargo interest: it will be consignee of legs (invariant 64)."""
    agent = request.party(PartyFunction.DELIVERY_AGENT)
    if agent is None or not agent.organisation:
        raise InvalidValue(
            "DELIVERY_AGENT_UNKNOWN",
            "The delivery agent must be one of our agents, given by its organisation id.",
        )
    for party in request.parties:
        if party is not agent and party.organisation == agent.organisation:
            raise InvalidValue(
                "LEG_CONSIGNEE_NOT_OPERATOR",
                f"The delivery agent cannot also be the {_words(party.function)}: leg documents "
                "name only us or our agent as consignee.",
                party_function=party.function.value,
                organisation=agent.organisation,
            )


def _check_equipment(request: BookingRequest) -> None:
    if not request.equipment:
        raise InvalidValue("EQUIPMENT_MISSING", "Ask for at least one container.")
    if request.containers > CONTAINERS_MAX:
        raise LimitExceeded(
            "TOO_MANY_CONTAINERS",
            f"A booking has at most {CONTAINERS_MAX} containers.",
            containers=request.containers,
        )


def _check_terms(request: BookingRequest) -> None:
    if request.incoterms_rule not in _SELLER_PAYS | _BUYER_PAYS:
        raise InvalidValue(
            "INCOTERM_UNKNOWN",
            f"{request.incoterms_rule!r} is not an Incoterms 2020 rule, such as CIP.",
            incoterms_rule=request.incoterms_rule,
        )
    # The seller who sells on a C or D rule pays the carriage; a collect bill would ask the
    # receiver for what the sale says he has paid already.
    if request.incoterms_rule in _SELLER_PAYS and request.payment_term is PaymentTerm.COL:
        raise InvalidValue(
            "PAYMENT_TERM_AGAINST_INCOTERM",
            f"Under {request.incoterms_rule} the seller pays the freight; it cannot be collect.",
            incoterms_rule=request.incoterms_rule,
            payment_term=request.payment_term.value,
        )
    if request.payment_term is not PaymentTerm.PRE:
        # Said here, before carriers are asked and goods are moved; settlement would refuse its
        # invoice weeks later.
        raise InvalidValue(
            "PAYMENT_TERM_NOT_PREPAID",
            "The agreed journey is settled once and prepaid; collect freight is not offered.",
            payment_term=request.payment_term.value,
        )


def _words(value: StrEnum) -> str:
    return value.value.lower().replace("_", " ")
