"""Who is calling: read from the peer's certificate, never from what the peer says.

A certificate of OneBill's platform CA carries `urn:onebill:org:<organisation>` and, for the
platform's own processes, `urn:onebill:part:<part>`, as subject alternative names. Three parts
speak for others and say for whom in metadata; from anyone else that metadata is refused.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from foundation.kernel.errors import InvalidValue, NotAllowed

OPERATOR: Final = "operator"
"""The organisation that runs the platform and answers for the whole carriage."""

ORGANISATION_METADATA: Final = "onebill-organisation"
SCOPES_METADATA: Final = "onebill-scopes"
PERSON_METADATA: Final = "onebill-person"

_ORGANISATION_URI: Final = "urn:onebill:org:"
_PART_URI: Final = "urn:onebill:part:"
_GATEWAYS: Final = frozenset({"gateway-rest", "gateway-carrier"})
_SPEAKS_FOR_OTHERS: Final = _GATEWAYS | {"worker"}

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf the present call is made.

    Attributes:
        organisation: whose rows the call may see and write.
        part: the platform's process that calls, or None for a member's own certificate.
        scopes: what the token allows, if a gateway speaks for its holder.
        person: the token's subject, an opaque id, if there is one.
    """

    organisation: str
    part: str | None = None
    scopes: frozenset[str] = frozenset()
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call one RPC. The empty Access admits nobody.

    Attributes:
        parts: processes of the platform that may call.
        members: whether organisations may call with their own certificate.
        scope: asked of a call that a gateway makes for the holder of a token.
        acting_for: the only organisations for which the call may be made; empty means any.
    """

    parts: frozenset[str] = frozenset()
    members: bool = False
    scope: str | None = None
    acting_for: frozenset[str] = frozenset()

    def check(self, caller: Caller, method: str) -> None:
        """Refuse a caller that this RPC does not admit.

        Raises:
            NotAllowed: CALLER_NOT_ADMITTED, SCOPE_MISSING.
        """
        known = self.members if caller.part is None else caller.part in self.parts
        if not known or (self.acting_for and caller.organisation not in self.acting_for):
            raise NotAllowed(
                "CALLER_NOT_ADMITTED",
                f"{caller.part or caller.organisation} may not call {method}.",
                method=method,
                caller=caller.part or caller.organisation,
            )
        if self.scope and caller.part in _GATEWAYS and self.scope not in caller.scopes:
            raise NotAllowed(
                "SCOPE_MISSING",
                f"This needs the scope {self.scope}, which your token does not have.",
                scope=self.scope,
            )


AccessTable = Mapping[str, Access]
"""Access by full method name, `/onebill.booking.v1.BookingService/GetBooking`."""

_caller: ContextVar[Caller] = ContextVar("onebill_caller")


def current_caller() -> Caller:
    """Answer the caller of the RPC being served. LookupError outside an RPC."""
    return _caller.get()


def set_caller(caller: Caller) -> None:
    """Make `caller` the caller of the present task; the server does this for each RPC."""
    _caller.set(caller)


def identify(subject_alternative_names: Iterable[str], metadata: Mapping[str, str]) -> Caller:
    """Tell the caller from its certificate's names and the call's metadata.

    Raises:
        NotAllowed: CERTIFICATE_NAMES_NO_ORGANISATION, ON_BEHALF_OF_REFUSED.
        InvalidValue: ORGANISATION_FORM.
    """
    names = list(subject_alternative_names)
    organisations = _after(_ORGANISATION_URI, names)
    parts = _after(_PART_URI, names)
    if len(organisations) != 1 or len(parts) > 1:
        raise NotAllowed(
            "CERTIFICATE_NAMES_NO_ORGANISATION",
            "Your certificate must name exactly one organisation and at most one part.",
        )
    part = parts[0] if parts else None
    spoken_for = metadata.get(ORGANISATION_METADATA)
    claims = [
        name
        for name in (ORGANISATION_METADATA, SCOPES_METADATA, PERSON_METADATA)
        if name in metadata
    ]
    if claims and part not in _SPEAKS_FOR_OTHERS:
        raise NotAllowed(
            "ON_BEHALF_OF_REFUSED",
            f"{part or organisations[0]} may not speak for others; leave out {claims[0]}.",
            caller=part or organisations[0],
        )
    if spoken_for is not None:
        check_organisation(spoken_for)
    return Caller(
        organisation=spoken_for or organisations[0],
        part=part,
        scopes=frozenset(metadata.get(SCOPES_METADATA, "").split()),
        person=metadata.get(PERSON_METADATA),
    )


def on_behalf_of(
    organisation: str, scopes: Iterable[str] = (), person: str | None = None
) -> Metadata:
    """Answer the metadata with which a gateway or the worker speaks for `organisation`."""
    said: Metadata = ((ORGANISATION_METADATA, organisation),)
    joined = " ".join(sorted(scopes))
    if joined:
        said += ((SCOPES_METADATA, joined),)
    if person is not None:
        said += ((PERSON_METADATA, person),)
    return said


def check_organisation(organisation: str) -> str:
    """Answer an organisation id if it is well formed: 2 to 40 of a-z, 0-9 and hyphen.

    Raises:
        InvalidValue: ORGANISATION_FORM.
    """
    plain = organisation.replace("-", "")
    if (
        not 2 <= len(organisation) <= 40  # noqa: PLR2004 - the form, said in the docstring
        or not plain.isascii()
        or not plain.isalnum()
        or organisation != organisation.lower()
    ):
        raise InvalidValue(
            "ORGANISATION_FORM",
            f"{organisation!r} is not an organisation id: 2 to 40 small letters, digits or "
            "hyphens.",
            organisation=organisation,
        )
    return organisation


def _after(prefix: str, names: list[str]) -> list[str]:
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
