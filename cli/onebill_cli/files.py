"""Files that people bring: read whole, or refused in one sentence."""

import json
from pathlib import Path

from onebill_verify import NotProven

from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.signing import PreparedAct, ReadyAct


def read_bytes(file: Path, most: int = -1) -> bytes:
    """Read a file, or its first bytes. Raises CommandFailed `FILE_UNREADABLE`."""
    try:
        with file.open("rb") as opened:
            return opened.read(most)
    except OSError as error:
        raise CommandFailed(
            Exit.USAGE, "FILE_UNREADABLE", f"{file} cannot be read: {error.strerror}."
        ) from error


def read_text(file: Path) -> str:
    """Read a text file. Raises CommandFailed `FILE_UNREADABLE`."""
    try:
        return read_bytes(file).decode()
    except UnicodeDecodeError as error:
        raise CommandFailed(Exit.USAGE, "FILE_UNREADABLE", f"{file} is no text.") from error


def read_prepared(file: Path) -> PreparedAct:
    """Read an act that waits for its signature. Raises CommandFailed with the form's reason."""
    try:
        return PreparedAct.read(read_text(file))
    except NotProven as fault:
        raise _not_such(file, "an act to be signed", fault) from fault


def read_signed(file: Path) -> ReadyAct:
    """Read an act that was signed elsewhere, with what travels beside it.

    Raises CommandFailed with the form's reason.
    """
    try:
        return ReadyAct.of(json.loads(read_text(file)))
    except NotProven as fault:
        raise _not_such(file, "a signed act", fault) from fault
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise CommandFailed(
            Exit.USAGE, "FILE_UNREADABLE", f"{file} is no signed act as `keys sign` writes it."
        ) from fault


def _not_such(file: Path, what: str, fault: NotProven) -> CommandFailed:
    return CommandFailed(Exit.USAGE, fault.reason, f"{file} is not {what}: {fault.message}.")
