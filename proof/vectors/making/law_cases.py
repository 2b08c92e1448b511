"""Vectors of the law: a chain of acts, the act that comes next, what follows or why not."""

from collections.abc import Callable

from onebill_verify import (
    JsonValue,
)

from making import (
    four_eyes,
    law_banks,
    law_control,
    law_delivery,
    law_endings,
    law_issue,
)
from making.law_chains import Cases


def cases() -> list[dict[str, JsonValue]]:
    """Return every case of the law."""
    made = Cases()
    parts: list[Callable[[Cases], None]] = [
        law_issue.issue,
        law_issue.who_and_when,
        law_issue.note_on_board,
        law_control.transfer,
        law_control.reject,
        law_control.endorse,
        law_delivery.surrender,
        law_delivery.answers,
        law_delivery.facts,
        law_delivery.holds,
        law_delivery.gates,
        law_delivery.closed,
        law_delivery.states,
        law_banks.endorsements,
        law_banks.presentations,
        law_banks.pledges,
        law_endings.amendments,
        law_endings.replacements,
        law_endings.orders,
        law_endings.indemnities,
        law_endings.sea_waybills,
        four_eyes.acts,
    ]
    for part in parts:
        part(made)
    return made.made
