"""UN/LOCODE: the five-character code of a place of trade (UN/CEFACT Recommendation 16).

The form is checked here; whether OneBill serves the place is the booking service's list.
"""

import re
from dataclasses import dataclass
from typing import Final

from foundation.kernel.errors import InvalidValue

# Two letters of the country (ISO 3166-1), then three characters; the digits 0 and 1 are not
# used in the second part, because they read as O and I (Recommendation 16, code structure).
_FORM: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")


@dataclass(frozen=True, slots=True, order=True)
class UnLocode:
    """A UN/LOCODE such as `CNCKG`.

    Raises:
        InvalidValue: UN_LOCATION_CODE_FORM.
    """

    code: str

    def __post_init__(self) -> None:
        """Check the form; upper case is required, because the code is compared as written."""
        if not _FORM.fullmatch(self.code):
            raise InvalidValue(
                "UN_LOCATION_CODE_FORM",
                f"{self.code!r} is not a UN/LOCODE: two letters for the country, then three "
                "capital letters or digits from 2 to 9, such as CNCKG.",
                un_location_code=self.code,
            )

    @property
    def country(self) -> str:
        """The ISO 3166-1 alpha-2 code of the country."""
        return self.code[:2]

    def __str__(self) -> str:
        """The code itself."""
        return self.code
