"""Whether the bill may be issued (invariants 3, 4, 5, 8, 11, 49) and on which terms.

A bill before custody (预借) and a bill with a false date (倒签) are the two that a carrier must
never sign. Every reason against it is told at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from foundation.kernel.errors import WrongState
from services.documents.domain.amendment import Amendment, find_forbidden_changes
from services.documents.domain.bill import DocumentState, Version
from services.documents.domain.facts import (
    AttachedFile,
    BillKind,
    Booking,
    Certificate,
    Custody,
    custody_date,
)
from services.documents.domain.receipt import TAKEN_IN_CHARGE, OpenedReceipt
from services.documents.domain.transport_document import Document, Json


class Objection(NamedTuple):
    """One reason against issue: a stable word and one sentence."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """All that the judgement rests on.

    `document` is the version's content read back; `recomputed_hash` is made of it and the salt
    here and now. `rewritten` is the document that today's facts would make.
    """

    version: Version
    document: Document
    recomputed_hash: str
    rewritten: Document
    booking: Booking
    certificate: Certificate | None
    custody: tuple[Custody, ...]
    receipts: tuple[OpenedReceipt, ...]
    attachments: tuple[AttachedFile, ...]
    equipment: frozenset[str]
    is_freight_settled: bool
    is_screening_clear: bool
    # Of a bill in another's place: what was asked for, and that bill's document.
    amendment: Amendment | None = None
    replaced_document: Document | None = None


def find_objections(facts: IssueFacts) -> list[Objection]:
    """Say everything that speaks against issue, the gravest first."""
    return [
        *_about_custody(facts),
        *_about_approval(facts),
        *_about_amendment(facts),
        *_about_form(facts),
        *_about_booking(facts),
        *_about_insurance(facts),
    ]


def refuse(objections: list[Objection]) -> WrongState:
    """Make one refusal of all objections: the first is its reason, all stand in `reasons`."""
    first = objections[0]
    return WrongState(
        first.reason,
        " ".join(objection.message for objection in objections),
        reasons=" ".join(dict.fromkeys(objection.reason for objection in objections)),
    )


def issue_terms(facts: IssueFacts, gate_one: str, void_act_hash: str = "") -> Document:
    """Write the terms of ISSUE as proof/spec/act.md section 4.1 has them.

    `void_act_hash` is the act that ended the bill whose place this one takes.
    """
    parties, booking = facts.version.parties, facts.booking
    date = custody_date(facts.custody)
    if date is None or facts.certificate is None:
        raise ValueError("terms are written after every objection was answered")
    terms: Document = {
        "transportDocumentTypeCode": facts.document["transportDocumentTypeCode"],
        "isToOrder": booking.kind is BillKind.TO_ORDER,
        "shipper": parties.shipper,
        "deliveryAgent": parties.delivery_agent,
        "carriersAgent": parties.carriers_agent,
        "terminal": parties.terminal,
        "customs": list(parties.customs),
        "firstCarrier": parties.first_carrier,
        "documentHash": facts.version.document_hash,
        "certificateHash": facts.certificate.certificate_hash,
        "takingInChargeDate": date.isoformat(),
        "isClean": not facts.version.clauses,
        "containers": [
            {"containerKey": receipt.container_key, "receipt": receipt.token}
            for receipt in sorted(_taken(facts), key=lambda one: one.equipment_reference)
        ],
        "approval": facts.version.approval,
        "conditions": {
            # Prepaid freight never holds the goods back from an honest holder (invariant 48).
            "receiverCharges": booking.payment_term == "COL",
            "masterDocuments": True,
            "customs": True,
            "terminalCharges": True,
            "generalAverage": False,
            "gateOne": gate_one,
        },
    }
    addressees = facts.version.addressees()
    if addressees.consignee:
        terms["consignee"] = addressees.consignee
    if addressees.endorsee:
        terms["endorsee"] = addressees.endorsee
    if facts.version.replaces:
        terms["replaces"] = [
            {
                "transportDocumentReference": facts.version.replaces,
                "voidActHash": void_act_hash,
            }
        ]
    return terms


def _taken(facts: IssueFacts) -> list[OpenedReceipt]:
    return [one for one in facts.receipts if one.receipt_type == TAKEN_IN_CHARGE]


def _about_custody(facts: IssueFacts) -> Iterator[Objection]:
    custody = {one.equipment_reference: one for one in facts.custody}
    receipts = {one.equipment_reference: one for one in _taken(facts)}
    if not facts.equipment:
        yield Objection("BILL_BEFORE_CUSTODY", "No container is taken in charge.")
    for number in sorted(facts.equipment):
        taken, receipt = custody.get(number), receipts.get(number)
        if taken is None:
            yield Objection(
                "BILL_BEFORE_CUSTODY",
                f"{number} is not taken in charge: a bill before custody is never issued.",
            )
        if receipt is None:
            yield Objection(
                "RECEIPT_MISSING", f"The first carrier has given no receipt for {number}."
            )
        if taken is not None and receipt is not None and _differ(taken, receipt):
            yield Objection(
                "RECEIPT_DIFFERS_FROM_EVENT",
                f"Receipt and gate-out of {number} tell different times or seals.",
            )
    dates = [one.event_at.date() for one in receipts.values()]
    if dates and facts.document.get("receivedForShipmentDate") != max(dates).isoformat():
        yield Objection(
            "BILL_ANTEDATED",
            f"The bill must bear the date of the latest receipt, {max(dates)}, and no other.",
        )


def _differ(taken: Custody, receipt: OpenedReceipt) -> bool:
    return taken.at.replace(microsecond=0) != receipt.event_at or not (
        set(taken.seal_numbers) & set(receipt.seal_numbers)
    )


def _about_approval(facts: IssueFacts) -> Iterator[Objection]:
    version = facts.version
    if version.state is DocumentState.VOIDED:
        yield Objection("DOCUMENT_VOIDED", "The bill was given up before it was issued.")
    elif not version.approval:
        yield Objection("APPROVAL_MISSING", "The shipper has not approved this draft.")
    elif version.approvals_missing():
        yield Objection(
            "APPROVAL_MISSING", "Who surrendered the bill has not approved the one in its place."
        )
    if facts.recomputed_hash != version.document_hash:
        yield Objection(
            "DOCUMENT_HASH_DIFFERS", "The document is not the one whose hash was approved."
        )
    if version.missing:
        yield Objection("DRAFT_INCOMPLETE", f"The draft still lacks {', '.join(version.missing)}.")
    elif facts.rewritten != facts.document:
        yield Objection(
            "DRAFT_OUTDATED",
            "What the bill says has changed since it was approved: "
            f"{', '.join(_changed(facts.document, facts.rewritten))}.",
        )


def _changed(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[str]:
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _about_amendment(facts: IssueFacts) -> Iterator[Objection]:
    amendment, before = facts.amendment, facts.replaced_document
    if amendment is None or amendment.reason is None or before is None:
        return
    forbidden = find_forbidden_changes(amendment.reason, before, facts.document)
    if forbidden:
        yield Objection(
            "AMENDMENT_BEYOND_REASON",
            f"{amendment.reason} does not change {', '.join(forbidden)} of {amendment.replaces}.",
        )


def _about_form(facts: IssueFacts) -> Iterator[Objection]:
    document = facts.document
    parties = document.get("documentParties")
    named = set(parties) if isinstance(parties, Mapping) else set()
    is_to_order = document.get("isToOrder") is True
    if is_to_order and document.get("transportDocumentTypeCode") == "SWB":
        yield Objection("SEAWAYBILL_TO_ORDER", "A sea waybill is never to order.")
    if is_to_order == ("consignee" in named):
        yield Objection(
            "CONSIGNEE_OR_ORDER",
            "A bill names a consignee exactly if it is not to order.",
        )
    if "endorsee" in named and not is_to_order:
        yield Objection("ENDORSEE_NOT_TO_ORDER", "Only a bill to order has an endorsee.")
    if _originals(document) > 1:
        yield Objection("ORIGINALS_TOO_MANY", "An electronic bill has at most one original.")
    if ("receivedForShipmentDate" in document) == ("shippedOnBoardDate" in document):
        yield Objection(
            "ONE_DATE_ONLY",
            "A bill bears exactly one of received-for-shipment and shipped-on-board date.",
        )
    kept = {(one.name, one.size, one.document_checksum) for one in facts.attachments}
    for name, size, checksum in _attached(document.get("attachments")):
        if (name, size, checksum) not in kept:
            yield Objection("ATTACHMENT_DIFFERS", f"{name} is not kept here as the bill binds it.")


def _originals(document: Document) -> int:
    return sum(
        count
        for name in ("numberOfOriginalsWithCharges", "numberOfOriginalsWithoutCharges")
        if isinstance(count := document.get(name, 0), int)
    )


def _attached(said: Json) -> Iterator[tuple[Json, Json, Json]]:
    for one in said if isinstance(said, Iterable) else ():
        if isinstance(one, Mapping):
            yield one.get("name"), one.get("size"), one.get("documentChecksum")


def _about_booking(facts: IssueFacts) -> Iterator[Objection]:
    if not facts.booking.is_confirmed:
        yield Objection("BOOKING_NOT_CONFIRMED", "The booking is not confirmed.")
    if not facts.is_screening_clear:
        yield Objection("SCREENING_HIT_OPEN", "A screening hit holds the booking.")
    if not facts.is_freight_settled:
        yield Objection(
            "FREIGHT_NOT_SETTLED", "The prepaid freight is neither paid nor on agreed credit."
        )


def _about_insurance(facts: IssueFacts) -> Iterator[Objection]:
    said = facts.document.get("multimodalTransport")
    named = said.get("certificateOfInsurance") if isinstance(said, Mapping) else None
    if facts.certificate is None:
        yield Objection(
            "CERTIFICATE_MISSING", "The certificate of insurance is not issued: it comes first."
        )
    elif not isinstance(named, Mapping) or (
        named.get("certificateNumber") != facts.certificate.number
        or named.get("certificateHash") != facts.certificate.certificate_hash
    ):
        yield Objection(
            "CERTIFICATE_DIFFERS", "The bill names another certificate than the insurer issued."
        )
