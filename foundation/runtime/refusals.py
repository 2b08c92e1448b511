"""A rule's refusal on the wire: google.rpc.Status with an ErrorInfo, there and back.

What is not a refusal is a fault of ours: the caller learns nothing of it but that it happened,
and the log has the rest.
"""

from typing import Final

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from foundation.kernel.errors import (
    Conflict,
    DomainError,
    InvalidValue,
    LimitExceeded,
    LostRace,
    NotAllowed,
    NotFound,
    Unavailable,
    WrongState,
)

ERROR_DOMAIN: Final = "onebill"

_CODES: Final[dict[type[DomainError], grpc.StatusCode]] = {
    InvalidValue: grpc.StatusCode.INVALID_ARGUMENT,
    NotFound: grpc.StatusCode.NOT_FOUND,
    WrongState: grpc.StatusCode.FAILED_PRECONDITION,
    NotAllowed: grpc.StatusCode.PERMISSION_DENIED,
    Conflict: grpc.StatusCode.ALREADY_EXISTS,
    LostRace: grpc.StatusCode.ABORTED,
    LimitExceeded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Unavailable: grpc.StatusCode.UNAVAILABLE,
}
_KINDS: Final = {code: kind for kind, code in _CODES.items()}


def status_code(refusal: DomainError) -> grpc.StatusCode:
    """Answer the status code for the kind of refusal."""
    for kind in type(refusal).__mro__:
        if kind in _CODES:
            return _CODES[kind]
    return grpc.StatusCode.FAILED_PRECONDITION


def to_status(refusal: DomainError) -> grpc.Status:
    """Write a refusal as a status with one ErrorInfo."""
    detail = any_pb2.Any()
    detail.Pack(
        error_details_pb2.ErrorInfo(
            reason=refusal.reason, domain=ERROR_DOMAIN, metadata=refusal.metadata
        )
    )
    status: grpc.Status = rpc_status.to_status(
        status_pb2.Status(
            code=status_code(refusal).value[0], message=refusal.message, details=[detail]
        )
    )
    return status


def refusal_from(error: grpc.RpcError) -> DomainError | None:
    """Read the refusal out of a failed call, or answer None if no rule refused it.

    A message over the size limit is refused by the transport before any of our code runs; it
    is told apart here, so that callers see one kind of answer.
    """
    if not isinstance(error, grpc.aio.AioRpcError | grpc.Call):
        return None
    status = _status_of(error)
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == ERROR_DOMAIN:
            kind = _KINDS.get(error.code(), WrongState)
            return kind(info.reason, status.message, **dict(info.metadata))
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in (
        error.details() or ""
    ):
        return LimitExceeded("MESSAGE_TOO_LARGE", MESSAGE_TOO_LARGE)
    return None


def answer_of_neighbour(error: grpc.RpcError) -> DomainError | None:
    """Read what a call to another part says to our own caller.

    Its rule's refusal is passed on. A part that was cut off in the middle leaves the outcome
    unknown, in whichever way the transport tells it: the caller asks again under the same
    request id. None is a fault of the other part.
    """
    refused = refusal_from(error)
    if refused is not None or not isinstance(error, grpc.aio.AioRpcError):
        return refused
    was_cut = "RST_STREAM" in (error.details() or "")
    if error.code() in _CUT_OFF or (error.code() is grpc.StatusCode.INTERNAL and was_cut):
        return Unavailable(
            "PART_UNAVAILABLE",
            "A part that this needs does not answer now; send the same request again.",
        )
    return None


_CUT_OFF: Final = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
}
MESSAGE_TOO_LARGE: Final = "The message is larger than 4 MiB; send it in smaller pieces."


def _status_of(error: grpc.aio.AioRpcError | grpc.Call) -> status_pb2.Status:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value)
    return status_pb2.Status()
