"""The one error of this package: something that was to be shown is not shown."""

import re
from typing import Final

_REASON: Final = re.compile(r"[A-Z][A-Z0-9_]{2,62}")


class NotProven(Exception):
    """What was claimed is not proven by what was handed over.

    Attributes:
        reason: stable word in UPPER_SNAKE; all of them stand in `proof/vectors/reasons.json`.
        message: one sentence that says what was wrong and where.
    """

    def __init__(self, reason: str, message: str) -> None:
        if not _REASON.fullmatch(reason):
            raise ValueError(f"{reason!r} is no reason: write it in UPPER_SNAKE")
        super().__init__(message)
        self.reason = reason
        self.message = message

    def __repr__(self) -> str:
        """Show reason and sentence, which is what a failed test needs."""
        return f"NotProven({self.reason!r}, {self.message!r})"
