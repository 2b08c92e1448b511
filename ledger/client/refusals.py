"""The chaincode's refusal, read out of what the Gateway wraps around it.

A contract answers status 400 with the JSON `{"message", "reason"}`; the reasons are those of
act.md section 7 and are passed on unchanged.
"""

import json
from typing import Final

from foundation.kernel.errors import (
    Conflict,
    DomainError,
    InvalidValue,
    LostRace,
    NotAllowed,
    NotFound,
    WrongState,
)

_KINDS: Final[dict[type[DomainError], frozenset[str]]] = {
    InvalidValue: frozenset(
        {
            "ACT_MALFORMED",
            "WRONG_CHANNEL",
            "SIGNATURE_INVALID",
            "COUNTERSIGNATURE_INVALID",
            "ACT_EXPIRED",
            "ACT_FROM_THE_FUTURE",
            "RECIPIENT_IS_ACTOR",
            "RECIPIENT_WRONG",
            "RECEIPT_INVALID",
            "RECEIPT_MISSING",
            "APPROVAL_INVALID",
            "WRONG_DATE",
            "REPLACES_WRONG",
            "CONTAINERS_DIFFER",
            "REGISTRATION_MALFORMED",
            "ROTATION_MALFORMED",
            "RECOVERY_MALFORMED",
            "RULES_MALFORMED",
            "RULEBOOK_NOT_IN_FORCE",
            "NONCE_MALFORMED",
            "REQUEST_MALFORMED",
        }
    ),
    NotFound: frozenset({"BILL_UNKNOWN", "PARTY_UNKNOWN", "RECOVERY_UNKNOWN"}),
    NotAllowed: frozenset(
        {
            "PARTY_NOT_ACTIVE",
            "KEY_UNKNOWN",
            "COUNTERSIGNATURE_REQUIRED",
            "NOT_POSSESSOR",
            "NOT_TITLE_HOLDER",
            "NOT_ISSUER",
            "NOT_DELIVERY_AGENT",
            "NOT_CARRIERS_AGENT",
            "NOT_TERMINAL",
            "NOT_CUSTOMS",
            "NOT_HOLD_AUTHORITY",
            "NOT_PLEDGEE",
            "NOT_AUTHORITY",
            "NOT_ENTITLED_TO_SURRENDER",
            "ROLE_MISSING",
            "NOT_VOUCHING_ORGANISATION",
            "NOT_FOUNDER",
        }
    ),
    LostRace: frozenset({"WRONG_SEQUENCE", "WRONG_PREVIOUS_HASH"}),
    Conflict: frozenset(
        {
            "BILL_EXISTS",
            "PARTY_EXISTS",
            "KEY_REUSED",
            "RECOVERY_ASKED",
            "CONTAINER_UNDER_ANOTHER_BILL",
            "SURRENDER_REFERENCE_USED",
            "HOLD_EXISTS",
            "ORDER_EXISTS",
            "GOODS_PLEDGED",
            "PASS_USED",
        }
    ),
}
_KIND_OF: Final = {reason: kind for kind, reasons in _KINDS.items() for reason in reasons}


def kind_of(reason: str) -> type[DomainError]:
    """Say what kind of refusal a reason is; a reason not listed depends on the bill's state."""
    return _KIND_OF.get(reason, WrongState)


def refusal_in(message: str) -> DomainError | None:
    """Answer the contract's refusal in a peer's message, or None if there is none."""
    start = message.find("{")
    if start < 0:
        return None
    try:
        said, _ = json.JSONDecoder().raw_decode(message, start)
    except json.JSONDecodeError:
        return None
    if not isinstance(said, dict):
        return None
    reason, sentence = said.get("reason"), said.get("message")
    if not isinstance(reason, str) or not isinstance(sentence, str):
        return None
    try:
        return kind_of(reason)(reason, sentence)
    except ValueError:  # not in UPPER_SNAKE: not one of ours
        return None
