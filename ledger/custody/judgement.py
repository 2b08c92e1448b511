"""What documents must have judged before custody signs, and that it judged exactly this."""

from collections.abc import Callable
from typing import Final

from foundation.kernel.errors import NotAllowed
from foundation.runtime.statements import Statement, judged_act
from ledger.custody.signing import ToSign

# The acts that rest on papers (invariants 8 and 63). All others rest on the ledger's own state.
_JUDGED: Final = frozenset({"ISSUE", "NOTE_ON_BOARD"})


def check_judged(asked: ToSign, judgement: str, hear: Callable[[str], Statement]) -> None:
    """Hold what is asked against what documents stated, where it has to be judged.

    Args:
        asked: what is to be signed.
        judgement: what was handed in as documents' statement; empty where there is none.
        hear: reads a statement, and refuses one that is not of documents.

    Raises:
        NotAllowed: JUDGEMENT_MISSING, JUDGEMENT_OF_ANOTHER, and what `hear` refuses.
    """
    if asked.action_code not in _JUDGED:
        return
    if not judgement:
        raise NotAllowed(
            "JUDGEMENT_MISSING",
            f"{asked.action_code} is signed only on the judgement of documents; hand it in.",
            transport_document_reference=asked.reference,
        )
    judged = judged_act(
        asked.reference, asked.action_code, asked.recipient, asked.terms, asked.details
    )
    if dict(hear(judgement)) != judged:
        raise NotAllowed(
            "JUDGEMENT_OF_ANOTHER",
            "Documents judged another act than the one that is to be signed.",
            transport_document_reference=asked.reference,
        )
