"""A refusal survives the wire with kind, reason, sentence and metadata."""

import grpc
import pytest

from foundation.kernel.errors import (
    Conflict,
    InvalidValue,
    LimitExceeded,
    LostRace,
    NotAllowed,
    NotFound,
    Unavailable,
    WrongState,
)
from foundation.runtime.refusals import answer_of_neighbour, refusal_from, to_status

KINDS = [
    (InvalidValue, grpc.StatusCode.INVALID_ARGUMENT),
    (NotFound, grpc.StatusCode.NOT_FOUND),
    (WrongState, grpc.StatusCode.FAILED_PRECONDITION),
    (NotAllowed, grpc.StatusCode.PERMISSION_DENIED),
    (Conflict, grpc.StatusCode.ALREADY_EXISTS),
    (LostRace, grpc.StatusCode.ABORTED),
    (LimitExceeded, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (Unavailable, grpc.StatusCode.UNAVAILABLE),
]


def failed(code, details="", trailing=()):
    return grpc.aio.AioRpcError(
        code, grpc.aio.Metadata(), grpc.aio.Metadata(*trailing), details=details
    )


@pytest.mark.parametrize(("kind", "code"), KINDS)
def test_a_refusal_goes_over_the_wire_and_comes_back(kind, code):
    refusal = kind("SOME_REASON", "One sentence.", reference="R", number=7)

    status = to_status(refusal)
    read = refusal_from(failed(status.code, status.details, status.trailing_metadata))

    assert status.code is code
    assert type(read) is kind
    assert (read.reason, read.message) == ("SOME_REASON", "One sentence.")
    assert read.metadata == {"reference": "R", "number": "7"}


def test_a_fault_is_no_refusal():
    assert refusal_from(failed(grpc.StatusCode.INTERNAL, "broken")) is None
    assert refusal_from(failed(grpc.StatusCode.UNAVAILABLE, "connection refused")) is None


@pytest.mark.parametrize(
    ("code", "details"),
    [
        (grpc.StatusCode.UNAVAILABLE, "Socket closed"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded"),
        (grpc.StatusCode.CANCELLED, "Cancelled on the server side"),
        (grpc.StatusCode.UNKNOWN, "Stream removed"),
        (grpc.StatusCode.INTERNAL, "Received RST_STREAM with error code 2"),
    ],
)
def test_a_part_cut_off_in_the_middle_is_asked_again(code, details):
    told = answer_of_neighbour(failed(code, details))

    assert isinstance(told, Unavailable)
    assert told.reason == "PART_UNAVAILABLE"


def test_a_neighbours_refusal_is_passed_on_and_its_fault_is_not():
    status = to_status(NotFound("LEG_NOT_FOUND", "No such leg."))
    refused = failed(status.code, status.details, status.trailing_metadata)

    assert answer_of_neighbour(refused).reason == "LEG_NOT_FOUND"
    assert answer_of_neighbour(failed(grpc.StatusCode.INTERNAL, "broken")) is None


def test_the_transports_refusal_of_a_large_message_is_told_apart():
    error = failed(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "SERVER: Received message larger than max (9 vs. 8)"
    )

    assert refusal_from(error).reason == "MESSAGE_TOO_LARGE"
