"""A declaration under the open cover: made at booking, certified when the cover attaches.

DECLARED until the certificate is issued, or CANCELLED before cover attaches.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from foundation.kernel.errors import LimitExceeded, WrongState
from services.insurance.domain.cover import OpenCover, Quote


class DeclarationState(StrEnum):
    """Where a declaration stands."""

    DECLARED = "DECLARED"
    CERTIFIED = "CERTIFIED"
    CANCELLED = "CANCELLED"


# Every move there is. CERTIFIED and CANCELLED are terminal: attached cover is not taken back.
TRANSITIONS: Final = {
    DeclarationState.DECLARED: {DeclarationState.CERTIFIED, DeclarationState.CANCELLED},
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """One consignment declared."""

    reference: str
    booking_reference: str
    assured: str
    open_cover_reference: str
    quote_reference: str
    declared_at: datetime
    state: DeclarationState = DeclarationState.DECLARED

    @classmethod
    def declare(cls, quote: Quote, cover: OpenCover, *, at: datetime) -> Self:
        """Declare the consignment of a quote.

        Raises:
            WrongState: QUOTE_EXPIRED.
            LimitExceeded: INSURED_VALUE_OVER_LIMIT.
        """
        if at > quote.valid_until:
            raise WrongState(
                "QUOTE_EXPIRED",
                f"Quote {quote.reference} held until {quote.valid_until:%Y-%m-%d %H:%M} UTC.",
                quote_reference=quote.reference,
            )
        if not quote.insured_value.is_at_most(cover.limit):
            raise LimitExceeded(
                "INSURED_VALUE_OVER_LIMIT",
                f"{quote.insured_value} is more than the {cover.limit} that open cover "
                f"{cover.reference} insures on one conveyance; ask the insurer first.",
                insured_value=quote.insured_value,
                limit=cover.limit,
            )
        return cls(
            reference=f"DC-{quote.booking_reference}",
            booking_reference=quote.booking_reference,
            assured=quote.assured,
            open_cover_reference=cover.reference,
            quote_reference=quote.reference,
            declared_at=at,
        )

    def certified(self) -> Self:
        """The certificate is issued: cover has attached."""
        return self._to(DeclarationState.CERTIFIED)

    def cancelled(self) -> Self:
        """Taken back before cover attached."""
        if self.state is DeclarationState.CANCELLED:
            return self
        return self._to(DeclarationState.CANCELLED)

    def _to(self, target: DeclarationState) -> Self:
        if target not in TRANSITIONS.get(self.state, set()):
            raise WrongState(
                "DECLARATION_WRONG_STATE",
                f"Declaration {self.reference} is {self.state} and cannot become {target}.",
                declaration_reference=self.reference,
                state=self.state,
            )
        return replace(self, state=target)
