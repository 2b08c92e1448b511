"""Temporal's databases and namespace on one machine. Both steps may be repeated."""

import asyncio
import os
import subprocess
import sys
from typing import Final

import asyncpg
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from local import postgres
from local.go_tools import program
from local.places import Trouble
from local.settings import settings

NAMESPACE: Final = "onebill"

# A consignment is closed long before; its history stays this long for whoever asks.
_RETENTION: Final = Duration(seconds=90 * 24 * 3600)

_PATIENCE_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.5

# Each database and the schema inside Temporal's own tool.
_SCHEMAS: Final = {
    "temporal": "postgresql/v12/temporal",
    "temporal_visibility": "postgresql/v12/visibility",
}


async def make_schemas() -> None:
    """Bring both databases to the schema of this Temporal."""
    for database, schema in _SCHEMAS.items():
        connection = await asyncpg.connect(postgres.url("temporal", database))
        try:
            known = await connection.fetchval("SELECT to_regclass('schema_version')")
        finally:
            await connection.close()
        if known is None:
            _sql_tool(database, "setup-schema", "--version", "0.0")
        _sql_tool(database, "update-schema", "--schema-name", schema)


async def make_namespace() -> None:
    """Register the namespace unless it is there.

    A server that has just begun to serve may say for a moment that it has not enough hosts.
    """
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while True:
        try:
            await _register_namespace()
        except (RPCError, RuntimeError) as fault:
            if asyncio.get_running_loop().time() > deadline:
                raise Trouble(f"Temporal does not take the namespace: {fault}.") from fault
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


async def _register_namespace() -> None:
    client = await Client.connect(f"127.0.0.1:{settings()['PORT_TEMPORAL']}")
    request = RegisterNamespaceRequest(
        namespace=NAMESPACE, workflow_execution_retention_period=_RETENTION
    )
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise


async def _make_databases() -> None:
    await postgres.make_databases()
    await make_schemas()


def _sql_tool(database: str, *arguments: str) -> None:
    host, port = postgres.address().rsplit(":", 1)
    password = postgres.password_file("temporal").read_text().strip()
    done = subprocess.run(
        [
            *(str(program("temporal-sql-tool")), "--plugin", "postgres12", "--user", "temporal"),
            *("--endpoint", host, "--port", port, "--database", database, *arguments),
        ],
        env={**os.environ, "SQL_PASSWORD": password},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise Trouble(f"Temporal's SQL tool could not {arguments[0]} in {database}.")


def main() -> int:
    """`databases` (everybody's, then Temporal's schemas) or `namespace`. Return 0, or 1."""
    try:
        match sys.argv[1:]:
            case ["databases"]:
                asyncio.run(_make_databases())
            case ["namespace"]:
                asyncio.run(make_namespace())
            case _:
                print(
                    "usage: python -m local.temporal_server databases|namespace", file=sys.stderr
                )
                return 2
    except Trouble as trouble:
        print(f"onebill: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The client's own threads outlive its connection; on a busy machine one of them meets an
    # interpreter that is being taken down, and aborts a step that is done.
    os._exit(code)
