"""A gRPC server with mutual TLS, health, limits and a graceful end."""

from collections.abc import Callable
from typing import Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from foundation.runtime.door import MESSAGE_BYTES_MAX, Door
from foundation.runtime.identity import AccessTable
from foundation.runtime.rates import Rates
from foundation.runtime.settings import ServerSettings, TlsSettings

Register = Callable[[grpc.aio.Server], None]
"""Adds the servicers to a server: `lambda server: add_XServicer_to_server(X(…), server)`."""

# The door refuses what is over 4 MiB with a sentence; the transport itself only what is so
# large that reading it would already do harm.
_TRANSPORT_BYTES_MAX: Final = 2 * MESSAGE_BYTES_MAX

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _TRANSPORT_BYTES_MAX),
    ("grpc.max_send_message_length", _TRANSPORT_BYTES_MAX),
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)


class Server:
    """One listening server. `start`, then `serving`, and `stop` at the end."""

    def __init__(
        self,
        settings: ServerSettings,
        access: AccessTable,
        register: Register,
        rates: Rates | None = None,
    ) -> None:
        self._drain_seconds = settings.drain_seconds
        self._server = grpc.aio.server(interceptors=[Door(access, rates)], options=_OPTIONS)
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        register(self._server)
        if settings.reflection:
            names = {method.split("/")[1] for method in access}
            reflection.enable_server_reflection(
                (*sorted(names), reflection.SERVICE_NAME), self._server
            )
        self.port = self._server.add_secure_port(
            settings.listen_address, _server_credentials(settings)
        )

    async def start(self) -> None:
        """Listen, and say by health that calls are welcome."""
        await self._server.start()
        await self._health.set("", health_pb2.HealthCheckResponse.SERVING)

    async def stop(self) -> None:
        """Say by health that no more calls are welcome, and let those under way end."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._drain_seconds)


def _server_credentials(settings: TlsSettings) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials(
        [(settings.tls_key_file.read_bytes(), settings.tls_certificate_file.read_bytes())],
        root_certificates=settings.tls_roots_file.read_bytes(),
        require_client_auth=True,
    )
