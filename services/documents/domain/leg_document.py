"""The paper of one leg: rail waybill, sea waybill, road note.

Never negotiable, and its consignee is the operator or its agent at the end of the leg
(invariant 64): whoever stands there as consignee collects the box without the bill, so a leg
document that names the buyer is the classic fraud.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from foundation.kernel.clock import in_utc
from foundation.kernel.equipment import EquipmentReference
from foundation.kernel.errors import InvalidValue, NotAllowed, WrongState
from services.documents.domain.facts import Booking

OPERATOR: Final = "operator"


class LegDocumentType(StrEnum):
    """Which paper."""

    RAIL_WAYBILL = "RAIL_WAYBILL"
    SEA_WAYBILL = "SEA_WAYBILL"
    ROAD_NOTE = "ROAD_NOTE"


class LegDocumentState(StrEnum):
    """Where it stands."""

    PLANNED = "PLANNED"
    ISSUED = "ISSUED"
    CANCELLED = "CANCELLED"


# A barge travels under a waybill of the same kind as a vessel.
_TYPES: Final = {
    "RAIL": LegDocumentType.RAIL_WAYBILL,
    "VESSEL": LegDocumentType.SEA_WAYBILL,
    "BARGE": LegDocumentType.SEA_WAYBILL,
    "TRUCK": LegDocumentType.ROAD_NOTE,
}
_NUMBER_MAX: Final = 35


@dataclass(frozen=True, slots=True)
class LegDocument:
    """One leg's paper for one container; number and container are empty while planned."""

    booking_reference: str
    leg_sequence: int
    type: LegDocumentType
    issuer: str
    consignor: str
    consignee: str
    is_sea_leg: bool = False
    state: LegDocumentState = LegDocumentState.PLANNED
    number: str = ""
    equipment_reference: str = ""
    seal_numbers: tuple[str, ...] = ()
    issued_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CarriersPaper:
    """What the carrier wrote on its paper when it took the box."""

    carrier: str
    number: str
    equipment_reference: str
    seal_numbers: tuple[str, ...]
    consignee: str
    is_negotiable: bool
    issued_at: datetime


def plan_leg_documents(booking: Booking, agents: frozenset[str]) -> list[LegDocument]:
    """Plan a paper for every leg, consignee as booking names it.

    Raises:
        NotAllowed: LEG_CONSIGNEE_NOT_OPERATOR.
    """
    planned = []
    before = OPERATOR
    for leg in booking.legs:
        _check_consignee(leg.consignee, leg.sequence, agents)
        planned.append(
            LegDocument(
                booking_reference=booking.reference,
                leg_sequence=leg.sequence,
                type=_TYPES[leg.mode_of_transport],
                issuer=leg.carrier,
                consignor=before,
                consignee=leg.consignee,
                is_sea_leg=leg.mode_of_transport == "VESSEL",
            )
        )
        # Who receives it at the end of one leg hands it to the next carrier.
        before = leg.consignee
    return planned


def issue_leg_document(
    planned: LegDocument,
    paper: CarriersPaper,
    *,
    agents: frozenset[str],
    containers: frozenset[str],
    now: datetime,
) -> LegDocument:
    """Answer the paper as issued. `containers` are those of the booking.

    Raises:
        NotAllowed: LEG_OF_ANOTHER_CARRIER, LEG_DOCUMENT_NEGOTIABLE,
            LEG_CONSIGNEE_NOT_OPERATOR.
        InvalidValue: LEG_DOCUMENT_NUMBER_FORM, EQUIPMENT_NOT_OF_BOOKING, SEALS_MISSING,
            LEG_DOCUMENT_FROM_THE_FUTURE, EQUIPMENT_REFERENCE_FORM and …_CHECK_DIGIT.
        WrongState: LEG_DOCUMENT_CANCELLED, LEG_DOCUMENT_ISSUED.
    """
    if paper.carrier != planned.issuer:
        raise NotAllowed(
            "LEG_OF_ANOTHER_CARRIER", f"Leg {planned.leg_sequence} is another carrier's."
        )
    if planned.state is LegDocumentState.CANCELLED:
        raise WrongState(
            "LEG_DOCUMENT_CANCELLED", f"Leg {planned.leg_sequence} was given up with its booking."
        )
    if paper.is_negotiable:
        raise NotAllowed(
            "LEG_DOCUMENT_NEGOTIABLE",
            "A leg's document is never negotiable: the one bill is the only document of title.",
        )
    _check_consignee(paper.consignee, planned.leg_sequence, agents)
    if paper.consignee != planned.consignee:
        raise _consignee_wrong(planned.leg_sequence)
    _check_paper(paper, containers, now)
    issued = replace(
        planned,
        state=LegDocumentState.ISSUED,
        number=paper.number,
        equipment_reference=paper.equipment_reference,
        seal_numbers=tuple(sorted(paper.seal_numbers)),
        issued_at=paper.issued_at,
    )
    if planned.state is LegDocumentState.ISSUED and planned != issued:
        raise WrongState(
            "LEG_DOCUMENT_ISSUED",
            f"Leg {planned.leg_sequence} already has {planned.number} for "
            f"{planned.equipment_reference}.",
            number=planned.number,
        )
    return issued


def _check_paper(paper: CarriersPaper, containers: frozenset[str], now: datetime) -> None:
    if not 1 <= len(paper.number.strip()) <= _NUMBER_MAX or len(paper.number) > _NUMBER_MAX:
        raise InvalidValue("LEG_DOCUMENT_NUMBER_FORM", "A leg's document needs its number.")
    EquipmentReference(paper.equipment_reference)
    if paper.equipment_reference not in containers:
        raise InvalidValue(
            "EQUIPMENT_NOT_OF_BOOKING",
            f"{paper.equipment_reference} does not travel on this booking.",
            equipment_reference=paper.equipment_reference,
        )
    if not paper.seal_numbers or not all(paper.seal_numbers):
        raise InvalidValue("SEALS_MISSING", "Say which seals you saw on the container.")
    # Two minutes, as the ledger allows between two clocks.
    if (in_utc(paper.issued_at, "time of issue") - now).total_seconds() > 120:  # noqa: PLR2004
        raise InvalidValue("LEG_DOCUMENT_FROM_THE_FUTURE", "It is dated later than now.")


def _check_consignee(consignee: str, leg_sequence: int, agents: frozenset[str]) -> None:
    if consignee != OPERATOR and consignee not in agents:
        raise _consignee_wrong(leg_sequence)


def _consignee_wrong(leg_sequence: int) -> NotAllowed:
    return NotAllowed(
        "LEG_CONSIGNEE_NOT_OPERATOR",
        f"The document of leg {leg_sequence} must name the operator's agent at the end of that "
        "leg as consignee, and nobody else.",
        leg_sequence=leg_sequence,
    )
