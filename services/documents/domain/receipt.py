"""A carrier's signed receipt for one container, opened and held against what we know.

The hashes on the receipt open with the salts that came with it; signature, form and hashes are
checked by the proofs before a receipt comes here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from foundation.kernel.errors import InvalidValue, NotAllowed, WrongState

TAKEN_IN_CHARGE: Final = "TAKEN_IN_CHARGE"
LOADED_ON_BOARD: Final = "LOADED_ON_BOARD"

# The ledger refuses what lies further ahead of its own clock.
_CLOCK_SKEW: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class OpenedReceipt:
    """What a receipt says once its hashes are opened; `token` is the JWS itself."""

    token: str
    channel: str
    transport_document_reference: str
    receipt_type: str
    carrier: str
    leg_sequence: int
    container_key: str
    event_at: datetime
    equipment_reference: str
    seal_numbers: tuple[str, ...]
    place: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a receipt must agree with: bill, container, seals, and whose leg it is."""

    channel: str
    transport_document_reference: str
    party: str
    leg_sequence: int
    equipment_reference: str
    container_key: str
    shipper_seals: tuple[str, ...]
    is_sea_leg: bool
    happened_at: Mapping[str, datetime]
    """Receipt type to the time of the ACTUAL event that tracking has; absent: not yet."""


def check_receipt(receipt: OpenedReceipt, expected: Expected, now: datetime) -> None:
    """Refuse a receipt that does not say what happened here (invariants 8 and 63).

    Raises:
        InvalidValue: WRONG_CHANNEL, RECEIPT_OF_ANOTHER_BILL, RECEIPT_OF_ANOTHER_LEG,
            RECEIPT_OF_ANOTHER_CONTAINER, RECEIPT_FROM_THE_FUTURE, RECEIPT_SEAL_DIFFERS,
            RECEIPT_NOT_AT_SEA, RECEIPT_NOT_BY_FIRST_CARRIER.
        WrongState: RECEIPT_BEFORE_EVENT, RECEIPT_DIFFERS_FROM_EVENT.
        NotAllowed: RECEIPT_BY_ANOTHER.
    """
    if receipt.carrier != expected.party:
        raise NotAllowed(
            "RECEIPT_BY_ANOTHER",
            f"Only the carrier of leg {expected.leg_sequence} gives a receipt for it.",
        )
    for is_right, reason, sentence in (
        (
            receipt.channel == expected.channel,
            "WRONG_CHANNEL",
            "The receipt was signed for another ledger.",
        ),
        (
            receipt.transport_document_reference == expected.transport_document_reference,
            "RECEIPT_OF_ANOTHER_BILL",
            "The receipt names another bill.",
        ),
        (
            receipt.leg_sequence == expected.leg_sequence,
            "RECEIPT_OF_ANOTHER_LEG",
            "The receipt names another leg.",
        ),
        (
            receipt.equipment_reference == expected.equipment_reference
            and receipt.container_key == expected.container_key,
            "RECEIPT_OF_ANOTHER_CONTAINER",
            f"The receipt is not for {expected.equipment_reference}.",
        ),
        (
            receipt.event_at <= now + _CLOCK_SKEW,
            "RECEIPT_FROM_THE_FUTURE",
            "The receipt is dated later than now.",
        ),
    ):
        if not is_right:
            raise InvalidValue(reason, sentence, equipment_reference=expected.equipment_reference)
    _check_type(receipt, expected)
    _check_event(receipt, expected)


def _check_type(receipt: OpenedReceipt, expected: Expected) -> None:
    if receipt.receipt_type == TAKEN_IN_CHARGE:
        if expected.leg_sequence != 1:
            raise InvalidValue(
                "RECEIPT_NOT_BY_FIRST_CARRIER",
                "Goods are taken in charge by the carrier of leg 1, and by no other.",
            )
        if not set(expected.shipper_seals) <= set(receipt.seal_numbers):
            raise InvalidValue(
                "RECEIPT_SEAL_DIFFERS",
                f"The shipper sealed {expected.equipment_reference} with "
                f"{', '.join(expected.shipper_seals)}; the receipt says "
                f"{', '.join(receipt.seal_numbers) or 'no seal'}.",
                equipment_reference=expected.equipment_reference,
            )
    if receipt.receipt_type == LOADED_ON_BOARD and not expected.is_sea_leg:
        raise InvalidValue(
            "RECEIPT_NOT_AT_SEA",
            f"Leg {expected.leg_sequence} has no vessel to be loaded on.",
            leg_sequence=expected.leg_sequence,
        )


def _check_event(receipt: OpenedReceipt, expected: Expected) -> None:
    """A receipt says what happened at its own time: neither before (预借) nor otherwise (倒签)."""
    happened_at = expected.happened_at.get(receipt.receipt_type)
    what = "loaded" if receipt.receipt_type == LOADED_ON_BOARD else "taken in charge"
    if happened_at is None:
        raise WrongState(
            "RECEIPT_BEFORE_EVENT",
            f"No event says that {expected.equipment_reference} is {what} yet; report it first.",
            equipment_reference=expected.equipment_reference,
        )
    if happened_at.replace(microsecond=0) != receipt.event_at:
        raise WrongState(
            "RECEIPT_DIFFERS_FROM_EVENT",
            f"{expected.equipment_reference} was {what} at {happened_at:%Y-%m-%dT%H:%M:%SZ}; "
            f"the receipt says {receipt.event_at:%Y-%m-%dT%H:%M:%SZ}.",
            equipment_reference=expected.equipment_reference,
        )
