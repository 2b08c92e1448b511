"""The refusal: what a rule says when the answer is no.

A reason is part of the API: it is listed in docs/errors.md and never renamed. The class says
what kind of no it is; transports map the class, people read the sentence.
"""

import re
from typing import Final

_REASON: Final = re.compile(r"[A-Z][A-Z0-9_]{2,62}")


class DomainError(Exception):
    """A rule refused. Raise one of the subclasses, which say what kind of refusal it is.

    Attributes:
        reason: stable name in UPPER_SNAKE, at most 63 characters.
        message: one clear sentence in words the caller knows.
        metadata: every changing part of the message, as strings.
    """

    def __init__(self, reason: str, message: str, **metadata: object) -> None:
        if not _REASON.fullmatch(reason):
            raise ValueError(f"{reason!r} is no reason: write it in UPPER_SNAKE")
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.metadata = {name: str(value) for name, value in metadata.items()}

    def __repr__(self) -> str:
        """Show class, reason and sentence, which is what a failed test needs."""
        return f"{type(self).__name__}({self.reason!r}, {self.message!r})"


class InvalidValue(DomainError):
    """The value can never be right, whatever the state of the world."""


class NotFound(DomainError):
    """No such thing, or none that the caller may know of."""


class WrongState(DomainError):
    """The thing exists and is not in a state in which this may happen."""


class NotAllowed(DomainError):
    """The caller is known and may not do this."""


class Conflict(DomainError):
    """The same id was used before for something else."""


class LostRace(DomainError):
    """Somebody changed the thing at the same moment; reading it again and retrying may work."""


class LimitExceeded(DomainError):
    """Too large, too many or too often."""


class Unavailable(DomainError):
    """A part this needs does not answer now; the same request may be sent again."""
