"""The HTTP server around the door: https, HTTP/1.1, in this very process."""

from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.types import ASGIApp


def make_server(app: ASGIApp, listen_address: str, certificate: Path, key: Path) -> Server:
    """A server for `app`; `serve` runs it until `stop`.

    In this process, because a supervisor's worker processes would outlive a killed parent and
    keep the port. HTTP/1.1 only: a client's offer to upgrade is passed over, and its body kept.
    """
    host, _, port = listen_address.rpartition(":")
    return Server(
        app,
        address=host,
        port=int(port),
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        ssl_cert=certificate,
        ssl_key=key,
    )
