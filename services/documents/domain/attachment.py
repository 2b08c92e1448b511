"""Files bound to a booking by hash and size; a different file under the same name is refused."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from foundation.kernel.errors import Conflict, InvalidValue, LimitExceeded

_BYTES_MAX: Final = 3 * 1024 * 1024
_NAME_MAX: Final = 100
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file; its reference follows from booking and content."""

    reference: str
    booking_reference: str
    name: str
    media_type: str
    size: int
    document_checksum: str


def check_attachment(
    booking_reference: str, name: str, media_type: str, content: bytes, checksum: str
) -> Attachment:
    """Bind a file by its hash and size (invariant 11).

    Raises:
        InvalidValue: ATTACHMENT_NAME_FORM, ATTACHMENT_MEDIA_TYPE, ATTACHMENT_EMPTY,
            ATTACHMENT_HASH_DIFFERS.
        LimitExceeded: ATTACHMENT_TOO_LARGE.
    """
    if not 1 <= len(name) <= _NAME_MAX or not name.isprintable() or "/" in name:
        raise InvalidValue("ATTACHMENT_NAME_FORM", "A file's name has 1 to 100 characters.")
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise InvalidValue("ATTACHMENT_MEDIA_TYPE", f"{media_type!r} is no media type.")
    if not content:
        raise InvalidValue("ATTACHMENT_EMPTY", "The file is empty.")
    if len(content) > _BYTES_MAX:
        raise LimitExceeded("ATTACHMENT_TOO_LARGE", "A file has at most 3 MiB.")
    found = hashlib.sha256(content).hexdigest()
    if found != checksum:
        raise InvalidValue(
            "ATTACHMENT_HASH_DIFFERS",
            "The file that arrived is not the one whose SHA-256 you told.",
            document_checksum=found,
        )
    named = hashlib.sha256(f"{booking_reference}/{found}".encode()).digest()
    return Attachment(
        reference="A" + base64.b32encode(named[:15]).decode(),
        booking_reference=booking_reference,
        name=name,
        media_type=media_type,
        size=len(content),
        document_checksum=found,
    )


def name_taken(name: str) -> Conflict:
    """Make the refusal of another file under a name that is taken."""
    return Conflict(
        "ATTACHMENT_NAME_TAKEN", f"Another file is already called {name!r}.", name=name
    )
