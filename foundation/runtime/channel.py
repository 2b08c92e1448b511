"""Channels to other parts: mutual TLS, a deadline on every call, the trace carried along."""

from collections.abc import AsyncIterable, Callable, Iterable
from typing import Any, Final

import grpc
from opentelemetry import propagate

from foundation.runtime.door import MESSAGE_BYTES_MAX
from foundation.runtime.settings import TlsSettings

DEADLINE_SECONDS: Final = 10.0
"""How long a call waits for its answer unless it says otherwise."""

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", 2 * MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", 2 * MESSAGE_BYTES_MAX),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A killed neighbour is back within seconds; the default waits up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)

Details = grpc.aio.ClientCallDetails
Requests = AsyncIterable[Any] | Iterable[Any]


def open_channel(
    address: str,
    tls: TlsSettings,
    *,
    server_name: str | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> grpc.aio.Channel:
    """Open a channel to `address` (host:port); close it when the process ends.

    Args:
        address: where the server listens.
        tls: this process's own certificate and the roots it trusts.
        server_name: the DNS name that the server's certificate must carry, where it is not
            the host of the address.
        deadline_seconds: for calls that give no timeout; streams of answers have none.
    """
    options: tuple[tuple[str, Any], ...] = _OPTIONS
    if server_name is not None:
        options += (("grpc.ssl_target_name_override", server_name),)
    return grpc.aio.secure_channel(
        address,
        channel_credentials(tls),
        options=options,
        interceptors=[
            _UnaryUnary(deadline_seconds),
            _UnaryStream(),
            _StreamUnary(),
            _StreamStream(),
        ],
    )


def channel_credentials(tls: TlsSettings) -> grpc.ChannelCredentials:
    """Answer the credentials of mutual TLS from the files that the settings name."""
    return grpc.ssl_channel_credentials(
        root_certificates=tls.tls_roots_file.read_bytes(),
        private_key=tls.tls_key_file.read_bytes(),
        certificate_chain=tls.tls_certificate_file.read_bytes(),
    )


class _UnaryUnary(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, deadline_seconds: float) -> None:
        self._deadline_seconds = deadline_seconds

    async def intercept_unary_unary(
        self,
        continuation: Callable[[Details, Any], Any],
        client_call_details: Details,
        request: Any,  # noqa: ANN401 - any request message
    ) -> Any:  # noqa: ANN401 - grpc's call object
        return await continuation(_traced(client_call_details, self._deadline_seconds), request)


class _UnaryStream(grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(
        self,
        continuation: Callable[[Details, Any], Any],
        client_call_details: Details,
        request: Any,  # noqa: ANN401 - any request message
    ) -> Any:  # noqa: ANN401 - grpc's call object
        return await continuation(_traced(client_call_details, None), request)


class _StreamUnary(grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(
        self,
        continuation: Callable[[Details, Any], Any],
        client_call_details: Details,
        request_iterator: Requests,
    ) -> Any:  # noqa: ANN401 - grpc's call object
        return await continuation(_traced(client_call_details, None), request_iterator)


class _StreamStream(grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(
        self,
        continuation: Callable[[Details, Any], Any],
        client_call_details: Details,
        request_iterator: Requests,
    ) -> Any:  # noqa: ANN401 - grpc's call object
        return await continuation(_traced(client_call_details, None), request_iterator)


def _traced(details: Details, deadline_seconds: float | None) -> Details:
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    metadata = grpc.aio.Metadata(*(details.metadata or ()))
    for key, value in carrier.items():
        metadata.add(key, value)
    return grpc.aio.ClientCallDetails(
        method=details.method,
        timeout=deadline_seconds if details.timeout is None else details.timeout,
        metadata=metadata,
        credentials=details.credentials,
        wait_for_ready=details.wait_for_ready,
    )
