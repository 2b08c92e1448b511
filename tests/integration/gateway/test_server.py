"""The HTTP server as it is started: what must not be believed of servers is tried here."""

import asyncio
import json
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.rest.server import make_server
from tests.support.pki import Pki
from tests.support.waiting import until


async def echo(request: Request) -> Response:
    return Response(await request.body(), media_type="application/octet-stream")


@pytest.fixture
async def address(pki: Pki) -> AsyncIterator[tuple[str, int, ssl.SSLContext]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tls = pki.tls("operator", "gateway-rest")
    app = Starlette(routes=[Route("/echo", echo, methods=["POST"])])
    server = make_server(app, f"127.0.0.1:{port}", tls.tls_certificate_file, tls.tls_key_file)
    task = asyncio.create_task(server.serve())
    trusted = ssl.create_default_context(cafile=str(tls.tls_roots_file))

    async def listening() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusted)
        except OSError:
            return False
        writer.close()
        return True

    await until(listening)
    yield "127.0.0.1", port, trusted
    server.stop()
    await task


async def post(address: tuple[str, int, ssl.SSLContext], *headers: str) -> bytes:
    host, port, trusted = address
    reader, writer = await asyncio.open_connection(host, port, ssl=trusted)
    body = b'{"incotermsRule": "CIP"}'
    lines = ["POST /echo HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", *headers]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await writer.drain()
    writer.write(body)
    await writer.drain()
    answer: Any = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n" + body), timeout=5)
    writer.close()
    return bytes(answer)


async def test_a_client_that_offers_http2_keeps_its_body(address) -> None:
    # Java's client sends this with every first POST.
    answer = await post(
        address,
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQBAAAAAAIAAAAA",
    )

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"incotermsRule": "CIP"}')


async def test_a_plain_client_is_served_over_tls(address) -> None:
    assert (await post(address)).startswith(b"HTTP/1.1 200")


async def test_the_doors_process_prints_whole_and_ends_with_its_code() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.rest", "openapi", stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    wrong = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.rest", "nonsense", stderr=asyncio.subprocess.DEVNULL
    )

    assert (process.returncode, json.loads(printed)["openapi"]) == (0, "3.1.0")
    assert await wrong.wait() == 2
