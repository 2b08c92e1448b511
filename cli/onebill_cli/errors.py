"""What can go wrong for a person at the terminal, and the exit code a script sees for it."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes that scripts can use (after clig.dev and sysexits)."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_PROVEN = 4
    TRY_AGAIN = 75


class CommandFailed(Exception):
    """One clear sentence, a stable reason, and the exit code that goes with them."""

    def __init__(self, exit_code: Exit, reason: str, message: str, what_now: str = "") -> None:
        super().__init__(f"{message} ({reason})")
        self.exit_code = exit_code
        self.reason = reason
        self.message = message
        self.what_now = what_now


class Refused(CommandFailed):
    """A door refused; nothing was changed."""

    def __init__(self, reason: str, message: str, what_now: str = "") -> None:
        super().__init__(Exit.REFUSED, reason, message, what_now)


class NotThere(CommandFailed):
    """Not found, or not for the asker: the two are not told apart."""

    def __init__(self, reason: str, message: str, what_now: str = "") -> None:
        super().__init__(Exit.NOT_FOUND, reason, message, what_now)


class TryAgain(CommandFailed):
    """The outcome is unknown or the door is closed for now; the same call may be repeated."""

    def __init__(self, reason: str, message: str, what_now: str = "") -> None:
        super().__init__(Exit.TRY_AGAIN, reason, message, what_now)
