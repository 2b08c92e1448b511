"""Stands in an orderer's place with its own TLS certificate, and speaks junk to everybody."""

import asyncio
import contextlib
import random
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from fabric_protos.common import common_pb2
from fabric_protos.orderer import ab_pb2_grpc, clusterserver_pb2, clusterserver_pb2_grpc

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


@dataclass
class JunkOrderer:
    """Answers on a port with random bytes, and dials others to tell them more of the same.

    Attributes:
        tls: directory with server.crt and server.key, certified as the orderer it replaces.
        roots: TLS authorities of the orderers that it dials.
        answered: connections that came to it; `told`: connections that it made and spoke on.
    """

    port: int
    tls: Path
    roots: Path
    others: list[int]
    source: random.Random
    answered: int = 0
    told: int = 0
    _tasks: list = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Take the place; the port must be free."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.tls / "server.crt", self.tls / "server.key")
        context.set_alpn_protocols(["h2"])
        self._server = await asyncio.start_server(
            self._answer, "127.0.0.1", self.port, ssl=context
        )
        for port in self.others:
            self._tasks.append(asyncio.create_task(self._shout(port)))
            self._tasks.append(asyncio.create_task(self._step(port)))

    async def stop(self) -> None:
        """Leave the place."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server.close()

    def _junk(self) -> bytes:
        return self.source.randbytes(self.source.randrange(1, 4096))

    async def _answer(self, reader, writer) -> None:
        self.answered += 1
        with contextlib.suppress(OSError, ssl.SSLError):
            for junk in (_PREFACE[-9:], self._junk(), self._junk()):
                writer.write(junk)
                await writer.drain()
                await reader.read(1024)
        writer.close()

    async def _shout(self, port: int) -> None:
        """Bytes that are no HTTP/2 frames, on the cluster's port."""
        context = ssl.create_default_context(cafile=str(self.roots))
        context.load_cert_chain(self.tls / "server.crt", self.tls / "server.key")
        context.set_alpn_protocols(["h2"])
        while True:
            with contextlib.suppress(OSError, ssl.SSLError):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=context, server_hostname="localhost"
                )
                writer.write(_PREFACE + self._junk())
                await writer.drain()
                self.told += 1
                await reader.read(1024)
                writer.close()
            await asyncio.sleep(0.05)

    async def _step(self, port: int) -> None:
        """Well-formed calls with junk in them: to the cluster and to the broadcast."""
        credentials = grpc.ssl_channel_credentials(
            self.roots.read_bytes(),
            (self.tls / "server.key").read_bytes(),
            (self.tls / "server.crt").read_bytes(),
        )
        channel = grpc.aio.secure_channel(f"localhost:{port}", credentials)
        async with channel:
            while True:
                with contextlib.suppress(grpc.aio.AioRpcError):
                    step = clusterserver_pb2_grpc.ClusterNodeServiceStub(channel).Step()
                    request = clusterserver_pb2.ClusterNodeServiceStepRequest()
                    request.node_conrequest.payload = self._junk()
                    request.node_conrequest.metadata = self._junk()
                    await step.write(request)
                    await step.read()
                with contextlib.suppress(grpc.aio.AioRpcError):
                    broadcast = ab_pb2_grpc.AtomicBroadcastStub(channel).Broadcast()
                    await broadcast.write(
                        common_pb2.Envelope(payload=self._junk(), signature=self._junk())
                    )
                    await broadcast.read()
                self.told += 1
                await asyncio.sleep(0.05)
