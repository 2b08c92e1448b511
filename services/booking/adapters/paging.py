"""Page tokens: where a list goes on, opaque to whoever carries them."""

import base64
import binascii
import json
from datetime import datetime
from typing import Final

from foundation.kernel.errors import InvalidValue
from services.booking.application.ports import Page

PAGE_SIZE: Final = 50
PAGE_SIZE_MAX: Final = 200


def page_size(asked: int) -> int:
    """Answer how many to list: 50 unless told, 200 at most.

    Raises:
        InvalidValue: PAGE_SIZE_NEGATIVE.
    """
    if asked < 0:
        raise InvalidValue("PAGE_SIZE_NEGATIVE", "A page has 0 or more entries.", page_size=asked)
    return min(asked or PAGE_SIZE, PAGE_SIZE_MAX)


def read_page_token(token: str) -> Page | None:
    """Answer where the list goes on, or None for its beginning.

    Raises:
        InvalidValue: PAGE_TOKEN_FORM.
    """
    if not token:
        return None
    try:
        moment, reference = json.loads(base64.urlsafe_b64decode(token))
        return Page(datetime.fromisoformat(moment), str(reference))
    except (binascii.Error, ValueError, TypeError) as unreadable:
        raise InvalidValue(
            "PAGE_TOKEN_FORM", "This page token is not one of ours; begin again without it."
        ) from unreadable


def write_page_token(page: Page) -> str:
    """Write where the list goes on."""
    return base64.urlsafe_b64encode(
        json.dumps([page.moment.isoformat(), page.reference]).encode()
    ).decode()
