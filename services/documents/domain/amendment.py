"""A bill in another's place: what may change, and what never does (invariants 37, 39, 40, 42).

An issued document never changes. A bill that is to be amended is surrendered and ends, and a new
one takes its place: with another place of delivery (COD), with other parties or in another form
(SWI), or with the same parties spelled anew (OTHER). Goods, containers, quantities, origin,
ports and dates stay as they are, and so does what happened to the box.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from foundation.kernel.errors import InvalidValue, WrongState
from foundation.kernel.unlocode import UnLocode
from services.documents.domain.facts import (
    BillKind,
    Booking,
    Function,
    LedgerParties,
    Party,
    Place,
)
from services.documents.domain.transport_document import Document, Json


class Reason(StrEnum):
    """Why a bill is amended, in DCSA's spelling; SWTP ends in paper and makes no new bill."""

    CHANGE_OF_DESTINATION = "COD"
    SWITCH = "SWI"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Change:
    """What the surrendering party asked for; what is None or not named stays as it is."""

    place_of_delivery: Place | None = None
    kind: BillKind | None = None
    parties: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """One bill that is to take, or took, the place of another.

    `reason` is None while only the reference is allotted.
    """

    reference: str
    replaces: str
    booking_reference: str
    reason: Reason | None = None
    surrender_request_reference: str = ""
    surrendered_by: str = ""
    surrendering_organisation: str = ""
    change: Change = Change()


# Who may stand anew on the bill, by reason.
_FUNCTIONS: Final = {
    Reason.CHANGE_OF_DESTINATION: frozenset({Function.DELIVERY_AGENT}),
    Reason.SWITCH: frozenset(
        {Function.SHIPPER, Function.CONSIGNEE, Function.ENDORSEE, Function.NOTIFY_PARTY}
    ),
    Reason.OTHER: frozenset(
        {Function.SHIPPER, Function.CONSIGNEE, Function.ENDORSEE, Function.NOTIFY_PARTY}
    ),
}
# What of the document each reason may change; `/` leads into a member, `*` is its last element.
_ANY_REASON: Final = (
    "transportDocumentReference",
    "attachments",
    "multimodalTransport/certificateOfInsurance",
)
_MAY_CHANGE: Final = {
    Reason.CHANGE_OF_DESTINATION: (
        "transports/placeOfDelivery",
        "documentParties/carriersAgentAtDestination",
        "multimodalTransport/legs/*/arrivalLocation",
    ),
    Reason.SWITCH: (
        "transportDocumentTypeCode",
        "isToOrder",
        "numberOfOriginalsWithoutCharges",
        "documentParties/shipper",
        "documentParties/consignee",
        "documentParties/endorsee",
        "documentParties/notifyParties",
    ),
    Reason.OTHER: (
        "documentParties/shipper",
        "documentParties/consignee",
        "documentParties/endorsee",
        "documentParties/notifyParties",
    ),
}


def read_reason(code: str) -> Reason:
    """Answer the reason of a code.

    Raises:
        WrongState: AMENDMENT_NOT_OFFERED.
    """
    try:
        return Reason(code)
    except ValueError:
        raise WrongState(
            "AMENDMENT_NOT_OFFERED",
            f"No bill takes the place of one surrendered for {code!r}.",
            reason_code=code,
        ) from None


def check_change(reason: Reason, change: Change, booking: Booking, surrendering: str) -> None:
    """Refuse a change that its reason does not cover, or that changes nothing.

    Args:
        reason: why the bill was surrendered.
        change: what is asked for.
        booking: as the bill that is surrendered has it.
        surrendering: the organisation that surrendered.

    Raises:
        InvalidValue: AMENDMENT_WITHOUT_CHANGE, AMENDMENT_BEYOND_REASON, SHIPPER_OF_ANOTHER,
            DESTINATION_UNREACHABLE, UN_LOCATION_CODE_FORM.
    """
    if amended(booking, change) == amended(booking, Change()):
        raise InvalidValue(
            "AMENDMENT_WITHOUT_CHANGE", "The surrender does not say what the new bill shall say."
        )
    for party in change.parties:
        if party.function not in _FUNCTIONS[reason]:
            raise _beyond(reason, f"another {party.function.lower().replace('_', ' ')}")
        if reason is Reason.SWITCH and party.function is Function.SHIPPER:
            _check_shipper(party, booking, surrendering)
    if change.kind is not None and reason is not Reason.SWITCH:
        raise _beyond(reason, "the form of the bill")
    if change.place_of_delivery is not None and reason is not Reason.CHANGE_OF_DESTINATION:
        raise _beyond(reason, "the place of delivery")
    if reason is Reason.OTHER:
        _check_spelling(change, booking)
    if reason is Reason.CHANGE_OF_DESTINATION:
        _check_destination(change, booking)


def _check_shipper(party: Party, booking: Booking, surrendering: str) -> None:
    """Let nobody be made the shipper, who answers for the goods, but by its own surrender."""
    known = booking.party(Function.SHIPPER)
    if party.organisation != surrendering and (
        known is None or known.organisation != party.organisation
    ):
        raise InvalidValue(
            "SHIPPER_OF_ANOTHER",
            f"{party.organisation!r} did not surrender the bill and is not made its shipper.",
        )


def _check_spelling(change: Change, booking: Booking) -> None:
    for party in change.parties:
        known = booking.party(party.function)
        if party.function is Function.NOTIFY_PARTY:
            continue
        if known is None or known.organisation != party.organisation:
            raise _beyond(Reason.OTHER, f"who the {party.function.lower()} is")


def _check_destination(change: Change, booking: Booking) -> None:
    """Let only the road after the vessel end elsewhere.

    What a vessel or a train was booked for stands on its own documents.
    """
    place, last = change.place_of_delivery, booking.legs[-1]
    if place is None:
        return
    code = UnLocode(place.un_location_code)
    is_there_already = place.un_location_code == last.departure.un_location_code and (
        not place.facility_code or place.facility_code == last.departure.facility_code
    )
    if (
        last.mode_of_transport != "TRUCK"
        or code.country != UnLocode(last.departure.un_location_code).country
        or is_there_already
    ):
        raise InvalidValue(
            "DESTINATION_UNREACHABLE",
            f"Leg {last.sequence} by {last.mode_of_transport.lower()} from "
            f"{last.departure.un_location_code} cannot end at {place.un_location_code}; the road "
            "in its country is all that a change of destination moves.",
            un_location_code=place.un_location_code,
        )


def _beyond(reason: Reason, what: str) -> InvalidValue:
    return InvalidValue(
        "AMENDMENT_BEYOND_REASON",
        f"{reason} does not change {what}; surrender the bill for what you want.",
        reason_code=reason,
    )


def amended(booking: Booking, change: Change) -> Booking:
    """Answer the booking as the new bill has it. Done twice it is the same."""
    kind = change.kind or booking.kind
    anew = {party.function for party in change.parties}
    gone = {Function.CONSIGNEE} if kind is BillKind.TO_ORDER else {Function.ENDORSEE}
    parties = (
        *(one for one in booking.parties if one.function not in anew),
        *change.parties,
    )
    place = change.place_of_delivery
    legs = booking.legs
    if place is not None:
        legs = (*legs[:-1], replace(legs[-1], arrival=place))
    return replace(
        booking,
        kind=kind,
        parties=tuple(sorted((one for one in parties if one.function not in gone), key=_placed)),
        place_of_delivery=place or booking.place_of_delivery,
        legs=legs,
    )


_MEMBERS: Final = {
    Function.SHIPPER: "shipper",
    Function.CONSIGNEE: "consignee",
    Function.ENDORSEE: "endorsee",
    Function.DELIVERY_AGENT: "delivery_agent",
}


def parties_of(before: LedgerParties, change: Change, anew: LedgerParties) -> LedgerParties:
    """Answer the ledger ids for the new bill: those of parties that stay are the old bill's."""
    members = {_MEMBERS[one.function] for one in change.parties if one.function in _MEMBERS}
    return replace(before, **{name: getattr(anew, name) for name in members})


def _placed(party: Party) -> str:
    return party.function


def find_forbidden_changes(reason: Reason, before: Document, after: Document) -> list[str]:
    """Name the members of the document that changed and must not (invariant 40)."""
    free = (*_ANY_REASON, *_MAY_CHANGE[reason])
    first, second = _without(before, free), _without(after, free)
    return sorted(
        name for name in first.keys() | second.keys() if first.get(name) != second.get(name)
    )


def _without(document: Document, paths: tuple[str, ...]) -> dict[str, Json]:
    kept: Json = document
    for path in paths:
        kept = _cut(kept, path.split("/"))
    return dict(kept) if isinstance(kept, Mapping) else {}


def _cut(said: Json, path: list[str]) -> Json:
    """Answer a value without the member that a path leads to."""
    name, rest = path[0], path[1:]
    if name == "*" and isinstance(said, (list, tuple)) and said:
        return [*said[:-1], _cut(said[-1], rest)]
    if not isinstance(said, Mapping) or name not in said:
        return said
    if not rest:
        return {key: value for key, value in said.items() if key != name}
    return {**said, name: _cut(said[name], rest)}


def chain_of(reference: str, amendments: Iterable[Amendment]) -> list[Amendment]:
    """Answer what made a bill out of its booking's first one, oldest first."""
    by_successor = {one.reference: one for one in amendments}
    chain: list[Amendment] = []
    while reference in by_successor:
        chain.append(by_successor.pop(reference))
        reference = chain[-1].replaces
    return list(reversed(chain))


def may_see_amendment(caller: str, shipper: str, operator: str, amendment: Amendment) -> bool:
    """Whether somebody may see the new bill's draft before it has any role on it."""
    return caller in {shipper, operator, amendment.surrendering_organisation}
