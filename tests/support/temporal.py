"""Temporal's own server, in memory, once per test run that asks for it."""

import asyncio
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from local.go_tools import home

NAMESPACE = "onebill"

_CONFIG = """
log: {{stdout: true, level: error}}
persistence:
  defaultStore: default
  visibilityStore: visibility
  numHistoryShards: 1
  datastores:
    default: {{sql: {sql}}}
    visibility: {{sql: {sql}}}
global: {{membership: {{maxJoinDuration: 30s, broadcastAddress: 127.0.0.1}}}}
services:
  frontend: {{rpc: {{grpcPort: {p[0]}, membershipPort: {p[1]}, bindOnLocalHost: true}}}}
  history: {{rpc: {{grpcPort: {p[2]}, membershipPort: {p[3]}, bindOnLocalHost: true}}}}
  matching: {{rpc: {{grpcPort: {p[4]}, membershipPort: {p[5]}, bindOnLocalHost: true}}}}
  worker: {{rpc: {{grpcPort: {p[6]}, membershipPort: {p[7]}, bindOnLocalHost: true}}}}
clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation:
    active:
      enabled: true
      initialFailoverVersion: 1
      rpcName: frontend
      rpcAddress: "127.0.0.1:{p[0]}"
"""
_SQL = (
    "{pluginName: sqlite, databaseName: tests, connectAddr: localhost, connectProtocol: tcp, "
    'connectAttributes: {mode: memory, cache: shared, setup: "true"}, maxConns: 1, '
    "maxIdleConns: 1, maxConnLifetime: 0s}"
)


@pytest.fixture(scope="session")
def temporal_address() -> Iterator[str]:
    """Where the server listens."""
    tools = home("temporal")
    if tools is None:
        pytest.skip("Temporal's server is not built here; `make engines` builds it")
    ports = _free_ports(8)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(_CONFIG.format(sql=_SQL, p=ports))
        server = subprocess.Popen(
            [
                str(_program(tools)),
                "--config-file",
                str(config),
                "--allow-no-auth",
                "start",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"127.0.0.1:{ports[0]}"
            _apart(_make_namespace(address))
            yield address
        finally:
            server.kill()
            server.wait()


@pytest.fixture
async def temporal(temporal_address: str) -> Client:
    """A client of the server."""
    return await Client.connect(temporal_address, namespace=NAMESPACE)


@pytest.fixture
def task_queue() -> str:
    """A queue of the test's own."""
    return f"tests-{uuid.uuid4()}"


def _program(tools: Path) -> Path:
    inside = tools / "bin" / "temporal-server"
    return inside if inside.exists() else tools / "temporal-server"


async def _make_namespace(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            client = await Client.connect(address)
            await client.workflow_service.register_namespace(
                RegisterNamespaceRequest(
                    namespace=NAMESPACE,
                    workflow_execution_retention_period=Duration(
                        seconds=int(timedelta(days=1).total_seconds())
                    ),
                )
            )
            await _until_known(address)
        except RuntimeError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return


async def _until_known(address: str) -> None:
    # The frontend keeps a list of namespaces and reads it again every few seconds.
    deadline = time.monotonic() + 60
    while True:
        try:
            client = await Client.connect(address, namespace=NAMESPACE)
            async for _ in client.list_workflows("WorkflowType='none'"):
                pass
        except Exception:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
        else:
            return


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    try:
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]
    finally:
        for one in taken:
            one.close()


def _apart(work: object) -> None:
    # The session's fixtures run outside a test's event loop.
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)  # type: ignore[arg-type]
        except BaseException as error:  # noqa: BLE001 - told to the fixture below
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
