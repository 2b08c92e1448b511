"""Who calls is read from the certificate; who may call from a table that admits nobody."""

import pytest

from foundation.kernel.errors import DomainError, NotAllowed
from foundation.runtime.identity import (
    ORGANISATION_METADATA,
    PERSON_METADATA,
    SCOPES_METADATA,
    Access,
    Caller,
    identify,
    on_behalf_of,
)

ORG = "urn:onebill:org:"
PART = "urn:onebill:part:"


def test_a_member_is_its_own_organisation():
    assert identify([f"{ORG}seller", "localhost"], {}) == Caller("seller")


@pytest.mark.parametrize("part", ["gateway-rest", "gateway-carrier", "worker"])
def test_three_parts_speak_for_others(part):
    metadata = dict(on_behalf_of("seller", ["b", "a"], person="mei"))

    caller = identify([f"{ORG}operator", f"{PART}{part}"], metadata)

    assert caller == Caller("seller", part, frozenset({"a", "b"}), "mei")


@pytest.mark.parametrize("claim", [ORGANISATION_METADATA, SCOPES_METADATA, PERSON_METADATA])
@pytest.mark.parametrize(
    "names",
    [
        [f"{ORG}seller"],
        [f"{ORG}operator", f"{PART}listener"],
        [f"{ORG}operator", f"{PART}booking"],
    ],
)
def test_nobody_else_speaks_for_others(names, claim):
    with pytest.raises(NotAllowed) as refused:
        identify(names, {claim: "seller"})

    assert refused.value.reason == "ON_BEHALF_OF_REFUSED"


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["localhost"],
        [f"{ORG}seller", f"{ORG}buyer"],
        [f"{ORG}operator", f"{PART}worker", f"{PART}listener"],
    ],
)
def test_a_certificate_that_names_no_one_organisation_is_refused(names):
    with pytest.raises(NotAllowed) as refused:
        identify(names, {})

    assert refused.value.reason == "CERTIFICATE_NAMES_NO_ORGANISATION"


@pytest.mark.parametrize(
    "organisation", ["", "x", "Seller", "sel ler", "sel'ler", "s" * 41, "sëller"]
)
def test_an_organisation_id_has_a_form(organisation):
    with pytest.raises(DomainError) as refused:
        identify([f"{ORG}operator", f"{PART}worker"], {ORGANISATION_METADATA: organisation})

    assert refused.value.reason == "ORGANISATION_FORM"


@pytest.mark.parametrize(
    ("access", "caller", "reason"),
    [
        (Access(), Caller("seller"), "CALLER_NOT_ADMITTED"),
        (Access(), Caller("operator", "worker"), "CALLER_NOT_ADMITTED"),
        (Access(parts=frozenset({"worker"})), Caller("operator", "worker"), None),
        (Access(parts=frozenset({"worker"})), Caller("seller"), "CALLER_NOT_ADMITTED"),
        (Access(members=True), Caller("seller"), None),
        (Access(members=True), Caller("operator", "worker"), "CALLER_NOT_ADMITTED"),
        (
            Access(parts=frozenset({"worker"}), acting_for=frozenset({"operator"})),
            Caller("seller", "worker"),
            "CALLER_NOT_ADMITTED",
        ),
        (
            Access(parts=frozenset({"gateway-rest"}), scope="desk"),
            Caller("operator", "gateway-rest"),
            "SCOPE_MISSING",
        ),
        (
            Access(parts=frozenset({"gateway-rest"}), scope="desk"),
            Caller("operator", "gateway-rest", frozenset({"desk"})),
            None,
        ),
        (Access(parts=frozenset({"worker"}), scope="desk"), Caller("operator", "worker"), None),
    ],
)
def test_access_admits_whom_the_table_names(access, caller, reason):
    if reason is None:
        access.check(caller, "/x/Y")
        return
    with pytest.raises(NotAllowed) as refused:
        access.check(caller, "/x/Y")
    assert refused.value.reason == reason
