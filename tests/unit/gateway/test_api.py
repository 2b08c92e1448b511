"""The table of /v1 and the description printed from it."""

import json
from pathlib import Path
from typing import cast

import pytest

from foundation.kernel.errors import InvalidValue
from gateway.rest.api import ROUTES
from gateway.rest.first_answers import read_key
from gateway.rest.openapi import describe
from gateway.rest.reading import read_body
from gateway.rest.routes import Ask, Behind, Route
from gateway.rest.tokens import Holder

COMMITTED = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"
SCOPES = {
    "bookings:read",
    "bookings:write",
    "documents:read",
    "documents:write",
    "bills:read",
    "bills:act",
    "invoices:read",
    "invoices:pay",
    "insurance:read",
    "insurance:claim",
    "parties",
    "desk",
}


def test_the_committed_description_is_the_printed_one() -> None:
    assert json.loads(COMMITTED.read_text()) == describe()


def test_every_route_asks_for_a_scope_that_exists() -> None:
    assert {route.scope for route in ROUTES} == SCOPES


def test_no_two_routes_take_the_same_request_or_name() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_every_reference_of_the_description_leads_somewhere() -> None:
    description = describe()
    text = json.dumps(description)
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert wanted <= set(description["components"]["schemas"])


@pytest.mark.parametrize(
    ("header", "key"), [("abc", "abc"), ('"abc"', "abc"), (' "a b" ', "a b"), ("x" * 64, "x" * 64)]
)
def test_an_idempotency_key_is_read_quoted_and_bare(header: str, key: str) -> None:
    assert read_key(header) == key


@pytest.mark.parametrize("header", [None, "", '""', "x" * 65, "k\u00e9y", "a\nb"])
def test_a_write_without_a_usable_key_is_refused(header: str | None) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_key(header)

    assert refused.value.reason == "IDEMPOTENCY_KEY_MISSING"


def route(path: str, method: str) -> Route:
    return next(found for found in ROUTES if (found.path, found.method) == (path, method))


def test_what_the_door_says_itself_is_not_the_callers_to_say() -> None:
    acts = route("/v1/bills/{transportDocumentReference}/acts", "POST")

    with pytest.raises(InvalidValue) as refused:
        read_body(acts, {"signedAct": "x", "requestId": "mine"})

    assert refused.value.reason == "MEMBER_UNKNOWN"


@pytest.mark.parametrize(
    ("said", "read"),
    [("7", 7), ("", 0), ("-1", 0), ("seven", 0), ("\u0667", 0), ("9" * 19, 0), ("9" * 5_000, 0)],
)
def test_a_number_that_cannot_be_one_of_ours_is_none(said: str, read: int) -> None:
    ask = Ask(
        behind=cast("Behind", None),
        holder=Holder("seller", "person-1", frozenset()),
        path={},
        query={"afterSequence": said, "pageSize": said},
        body={},
        message=None,
        request_id="",
    )

    assert (ask.number("afterSequence"), ask.page_size) == (read, read)


def test_a_body_where_none_is_expected_and_unknown_members_are_refused() -> None:
    cancel = route("/v1/bookings/{bookingReference}/cancellation", "POST")

    for body, reason in (({"why": "x"}, "MEMBER_UNKNOWN"), ({"reason": 7}, "MEMBER_TYPE")):
        with pytest.raises(InvalidValue) as refused:
            read_body(cancel, body)
        assert refused.value.reason == reason
