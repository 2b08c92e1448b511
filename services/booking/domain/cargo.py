"""Goods: what they are, what they weigh, and the declaration that dangerous ones need.

Weights are whole grams. Nobody accepts a flag for dangerous goods: either the declaration is
complete or the booking is refused (IMDG Code 5.4.1).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

from foundation.kernel.errors import InvalidValue, LimitExceeded

COMMODITIES_MAX: Final = 100

_HS_CODE: Final = re.compile(r"[0-9]{6}")
# Chapters of the Harmonized System run from 01 to 97; 77 is reserved.
_HS_CHAPTERS: Final = frozenset(f"{chapter:02d}" for chapter in range(1, 98)) - {"77"}
_UN_NUMBER: Final = re.compile(r"[0-9]{4}")
# IMDG Code 2.0.1: classes and divisions.
_CLASSES: Final = frozenset(
    [f"1.{division}" for division in range(1, 7)]
    + ["2.1", "2.2", "2.3", "3", "4.1", "4.2", "4.3", "5.1", "5.2", "6.1", "6.2", "7", "8", "9"]
)
_PACKING_GROUPS: Final = frozenset({"I", "II", "III", "-"})
_TELEPHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]{5,29}")
# ISO 668: no series 1 freight container may weigh more when loaded.
_GRAMS_PER_CONTAINER_MAX: Final = 36_000_000


@dataclass(frozen=True, slots=True)
class DangerousGoodsDeclaration:
    """The shipper's declaration; every field is required.

    Raises:
        InvalidValue: DANGEROUS_GOODS_INCOMPLETE, DANGEROUS_GOODS_FORM.
    """

    un_number: str
    proper_shipping_name: str
    imo_class: str
    packing_group: str
    quantity_and_packaging: str
    packing_certificate: str
    emergency_contact: str

    def __post_init__(self) -> None:
        """Name everything that is missing at once, then check the forms."""
        missing = [
            field.name for field in fields(self) if not str(getattr(self, field.name)).strip()
        ]
        if missing:
            raise InvalidValue(
                "DANGEROUS_GOODS_INCOMPLETE",
                "The dangerous-goods declaration is not complete; it lacks "
                f"{', '.join(name.replace('_', ' ') for name in missing)}.",
                missing=" ".join(missing),
            )
        faults = [
            name
            for name, right in (
                ("un_number", bool(_UN_NUMBER.fullmatch(self.un_number))),
                ("imo_class", self.imo_class in _CLASSES),
                ("packing_group", self.packing_group in _PACKING_GROUPS),
                ("emergency_contact", bool(_TELEPHONE.fullmatch(self.emergency_contact))),
            )
            if not right
        ]
        if faults:
            raise InvalidValue(
                "DANGEROUS_GOODS_FORM",
                "The dangerous-goods declaration is not right in "
                f"{', '.join(name.replace('_', ' ') for name in faults)}.",
                fields=" ".join(faults),
            )


@dataclass(frozen=True, slots=True)
class Commodity:
    """Goods of one kind; the gross weight in grams.

    Raises:
        InvalidValue: HS_CODE_FORM, DESCRIPTION_FORM, PACKAGES_FORM, WEIGHT_FORM.
    """

    hs_code: str
    description: str
    packages: int
    gross_weight_grams: int
    dangerous_goods: DangerousGoodsDeclaration | None = None

    def __post_init__(self) -> None:
        """Check code, words, packages and weight."""
        if not _HS_CODE.fullmatch(self.hs_code) or self.hs_code[:2] not in _HS_CHAPTERS:
            raise InvalidValue(
                "HS_CODE_FORM",
                f"{self.hs_code!r} is not an HS code: six digits, such as 847989.",
                hs_code=self.hs_code,
            )
        if not 1 <= len(self.description.strip()) <= 500:  # noqa: PLR2004 - said in the sentence
            raise InvalidValue("DESCRIPTION_FORM", "Describe the goods in 1 to 500 characters.")
        if self.packages < 1:
            raise InvalidValue(
                "PACKAGES_FORM", "There is at least one package.", packages=self.packages
            )
        if self.gross_weight_grams <= 0:
            raise InvalidValue(
                "WEIGHT_FORM",
                "The gross weight is more than zero grams.",
                gross_weight_grams=self.gross_weight_grams,
            )


def check_cargo(commodities: Sequence[Commodity], containers: int) -> None:
    """Refuse goods that are missing, too many to list, or too heavy for the containers.

    Raises:
        InvalidValue: COMMODITIES_MISSING, CARGO_TOO_HEAVY.
        LimitExceeded: TOO_MANY_COMMODITIES.
    """
    if not commodities:
        raise InvalidValue("COMMODITIES_MISSING", "Say which goods are to be carried.")
    if len(commodities) > COMMODITIES_MAX:
        raise LimitExceeded(
            "TOO_MANY_COMMODITIES",
            f"A booking lists at most {COMMODITIES_MAX} kinds of goods.",
            commodities=len(commodities),
        )
    grams = sum(commodity.gross_weight_grams for commodity in commodities)
    if grams > containers * _GRAMS_PER_CONTAINER_MAX:
        raise InvalidValue(
            "CARGO_TOO_HEAVY",
            f"{grams // 1000} kg are more than {containers} containers may weigh when loaded.",
            gross_weight_grams=grams,
            containers=containers,
        )
