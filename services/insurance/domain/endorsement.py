"""The underwriter's endorsement: the certificate follows a bill that took another's place.

It follows only so (invariant 49), and a change of destination needs it before the new bill is
issued (invariant 40). The open cover says how far delivery may lie; beyond it, after delivery, or
while something that may become a claim is open, the underwriter does not consent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation.kernel.errors import WrongState
from foundation.kernel.rules import Rule, in_force
from services.insurance.domain.certificate import JsonValue, Place

_ENDORSEMENT = "endorsement"


@dataclass(frozen=True, slots=True)
class Reach:
    """A country in which delivery may be endorsed."""

    rule: Rule
    country: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which bill the certificate shall follow, in whose place, and to where.

    `place_of_delivery` is None where the destination stays.
    """

    transport_document_reference: str
    replaces: str
    place_of_delivery: Place | None = None


def check_consent(
    reach: Sequence[Reach],
    asked: Asked,
    *,
    has_incident: bool,
    is_delivered: bool,
    at: datetime,
) -> None:
    """Answer for the underwriter.

    Raises:
        WrongState: COVER_ENDED, ENDORSEMENT_REFUSED.
    """
    if is_delivered:
        raise WrongState(
            "COVER_ENDED", "The goods are delivered; the certificate is not endorsed any more."
        )
    place = asked.place_of_delivery
    if place is None:
        return
    if has_incident:
        raise WrongState(
            "ENDORSEMENT_REFUSED",
            "The underwriter endorses no other destination while an incident is open.",
        )
    countries = {row.country for row in in_force(reach, at.date())}
    if place.code.country not in countries:
        raise WrongState(
            "ENDORSEMENT_REFUSED",
            f"The open cover does not reach {place.code}: the underwriter does not consent to "
            "delivery there.",
            un_location_code=place.code.code,
        )


def endorsed(
    content: Mapping[str, JsonValue], before_hash: str, asked: Asked, number: str
) -> dict[str, JsonValue]:
    """Write the certificate as endorsed; all else of it stays as it was, its day too."""
    said = {
        **content,
        "transportDocumentReference": asked.transport_document_reference,
        _ENDORSEMENT: {
            "endorsementNumber": number,
            "replacedTransportDocumentReference": asked.replaces,
            "replacedCertificateHash": before_hash,
        },
    }
    if asked.place_of_delivery is not None:
        said["placeOfDelivery"] = asked.place_of_delivery.as_json()
    return said


def is_the_same(one: Mapping[str, JsonValue], other: Mapping[str, JsonValue]) -> bool:
    """Whether two endorsed certificates say the same, whatever the endorsements' numbers."""
    return _unnumbered(one) == _unnumbered(other)


def _unnumbered(content: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    endorsement = content.get(_ENDORSEMENT)
    kept = dict(endorsement) if isinstance(endorsement, Mapping) else {}
    kept.pop("endorsementNumber", None)
    return {**content, _ENDORSEMENT: kept}
