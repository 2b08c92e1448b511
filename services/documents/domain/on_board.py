"""Whether vessel and date may be noted on board (invariant 63)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.documents.domain.bill import DocumentState
from services.documents.domain.facts import Custody
from services.documents.domain.issue import Objection
from services.documents.domain.receipt import LOADED_ON_BOARD, TAKEN_IN_CHARGE, OpenedReceipt
from services.documents.domain.transport_document import Document


@dataclass(frozen=True, slots=True)
class OnBoardFacts:
    """All that the judgement rests on; `loaded` is what tracking has of that leg."""

    reference: str
    state: DocumentState
    leg_sequence: int
    is_sea_leg: bool
    equipment: frozenset[str]
    loaded: tuple[Custody, ...]
    receipts: tuple[OpenedReceipt, ...]


def find_objections(facts: OnBoardFacts) -> list[Objection]:
    """Say everything that speaks against the notation, the gravest first."""
    return list(_objections(facts))


def note_terms(facts: OnBoardFacts) -> Document:
    """Write the terms of NOTE_ON_BOARD as proof/spec/act.md section 4 has them."""
    return {
        "legSequence": facts.leg_sequence,
        "receipts": [one.token for one in _receipts(facts)],
    }


def note_details(facts: OnBoardFacts) -> Document:
    """Write the details that travel beside the act: vessel, voyage, port, dates."""
    return {
        "onBoard": [
            {
                "equipmentReference": one.equipment_reference,
                "loadedDateTime": f"{one.event_at:%Y-%m-%dT%H:%M:%SZ}",
                **one.place,
            }
            for one in _receipts(facts)
        ]
    }


def _receipts(facts: OnBoardFacts) -> Sequence[OpenedReceipt]:
    return sorted(
        (
            one
            for one in facts.receipts
            if one.receipt_type == LOADED_ON_BOARD and one.leg_sequence == facts.leg_sequence
        ),
        key=lambda one: one.equipment_reference,
    )


def _objections(facts: OnBoardFacts) -> Iterator[Objection]:
    if facts.state is not DocumentState.ISSUED:
        yield Objection("BILL_NOT_ISSUED", f"{facts.reference} is not issued yet.")
    if not facts.is_sea_leg:
        yield Objection("NOT_A_SEA_LEG", f"Leg {facts.leg_sequence} has no vessel.")
    loaded = {
        one.equipment_reference: one
        for one in facts.loaded
        if one.leg_sequence == facts.leg_sequence
    }
    receipts = {one.equipment_reference: one for one in _receipts(facts)}
    taken = {
        one.equipment_reference: one
        for one in facts.receipts
        if one.receipt_type == TAKEN_IN_CHARGE
    }
    for number in sorted(facts.equipment):
        if number not in loaded:
            yield Objection(
                "ON_BOARD_BEFORE_LOADING", f"{number} is not loaded on the vessel yet."
            )
        receipt = receipts.get(number)
        if receipt is None:
            yield Objection(
                "RECEIPT_MISSING", f"The sea carrier has given no receipt for {number}."
            )
            continue
        if number in loaded and loaded[number].at.replace(microsecond=0) != receipt.event_at:
            yield Objection(
                "RECEIPT_DIFFERS_FROM_EVENT",
                f"Receipt and loading of {number} tell different times.",
            )
        if number in taken and receipt.event_at < taken[number].event_at:
            yield Objection(
                "ON_BOARD_BEFORE_CUSTODY", f"{number} was loaded before it was taken in charge."
            )
