"""gRPC doors as an outsider opens them: mutual TLS with its own certificate, nothing else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from onebill.carrier.v1.carrier_service_pb2_grpc import CarrierServiceStub
from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, NotThere, Refused, TryAgain
from onebill_cli.output import note

Answer = TypeVar("Answer")

DEADLINE_SECONDS = 50.0
# A fault of theirs is no answer either: the request may have been carried out before it.
_UNKNOWN_OUTCOME = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
}
TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
# Said by a library these mean "later"; said by us, with another reason, they are a refusal.
_BUSY = {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.ABORTED}


def open_door(environment: Environment, organisation: str, address: str) -> grpc.Channel:
    """Open a channel to `address` as `organisation`."""
    certificate, key = environment.certificate_files(organisation)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=environment.roots_file.read_bytes(),
        private_key=key.read_bytes(),
        certificate_chain=certificate.read_bytes(),
    )
    return grpc.secure_channel(address, credentials)


def ask_carrier_door(
    environment: Environment, organisation: str, call: Callable[[CarrierServiceStub], Answer]
) -> Answer:
    """Call the carriers' door as one carrier. `call` may run more than once: it is a repeat."""

    def once() -> Answer:
        address = environment.carrier_address
        with open_door(environment, organisation, address) as channel, refusals_in_words():
            return call(CarrierServiceStub(channel))

    return until_known(environment, once)


def ask_ledger_door(
    environment: Environment,
    organisation: str,
    member: str,
    call: Callable[[LedgerServiceStub], Answer],
) -> Answer:
    """Call a member's ledger service as one organisation. `call` may run more than once."""

    def once() -> Answer:
        address = environment.ledger_address(member)
        with open_door(environment, organisation, address) as channel, refusals_in_words():
            return call(LedgerServiceStub(channel))

    return until_known(environment, once)


def until_known(environment: Environment, once: Callable[[], Answer]) -> Answer:
    """Repeat a call whose outcome is unknown: same request, same request id, first answer."""
    give_up = time.monotonic() + environment.patience_seconds
    pause_seconds = 0.2
    while True:
        try:
            return once()
        except TryAgain as failure:
            if time.monotonic() > give_up:
                raise
            note(f"{failure.message}; asking again")
        time.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 2, 2.0)


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn a gRPC error into a CommandFailed with its stable reason."""
    try:
        yield
    except grpc.RpcError as error:
        raise _in_words(error) from error


def _in_words(error: grpc.RpcError) -> CommandFailed:
    # Every error of a call is also the call itself; the stubs do not say so.
    call = cast(grpc.Call, error)
    code, message = call.code(), call.details() or "no answer"
    reason = code.name
    status = rpc_status.from_call(call)
    if status is not None:
        for detail in status.details:
            information = error_details_pb2.ErrorInfo()
            if detail.Unpack(information):
                reason = information.reason
    if code is grpc.StatusCode.NOT_FOUND:
        return NotThere(reason, message)
    if code in _UNKNOWN_OUTCOME or (code in _BUSY and reason in {code.name, TOO_MANY_REQUESTS}):
        return TryAgain(reason, message, "Try the same command again.")
    return Refused(reason, message)
