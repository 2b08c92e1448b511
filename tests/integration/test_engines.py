"""The engines that `make test` starts are what they should be: durable, closed, all awake."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import asyncpg
import pytest

from ledger.network.description import read_network
from ledger.network.ready import Door, wait_until_ready
from local import postgres
from local.ledger_network import network_directory, peer_address
from local.memory import proportional_bytes
from local.places import ROOT
from local.settings import settings

pytestmark = pytest.mark.engines


async def ask(role: str, question: str, database: str = postgres.DATABASE) -> object:
    connection = await asyncpg.connect(postgres.url(role, database))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
async def test_what_is_committed_is_durable(name: str) -> None:
    assert await ask("booking", f"SHOW {name}") == "on"


async def test_passwords_are_kept_as_scram() -> None:
    unkept = await ask(
        "postgres",
        "SELECT count(*) FROM pg_authid "
        "WHERE rolcanlogin AND rolpassword NOT LIKE 'SCRAM-SHA-256%'",
        "postgres",
    )

    assert unkept == 0


async def test_no_login_without_its_password() -> None:
    parts = urlsplit(postgres.url("booking"))
    url = f"postgresql://booking:wrong@{parts.hostname}:{parts.port}/onebill"

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url)


@pytest.mark.parametrize("role", postgres.ROLES)
async def test_a_process_owns_nothing_and_may_make_nothing(role: str) -> None:
    owned = await ask(
        role,
        f"SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
        # Tracking's stage is temporary: it belongs to its session and goes with it.
        f"WHERE r.rolname = '{role}' AND c.relpersistence <> 't'",
    )
    assert owned == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(role, f"CREATE TABLE {role}.mine (a int)")


@pytest.mark.parametrize("role", postgres.ROLES)
async def test_a_process_enters_no_schema_but_its_own(role: str) -> None:
    others = await ask(
        role,
        "SELECT array_agg(nspname::text) FROM pg_namespace WHERE nspname = ANY("
        f"ARRAY{[each for each in postgres.ROLES if each != role]}) "
        "AND has_schema_privilege(nspname, 'USAGE')",
    )
    bypasses = await ask(
        role, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )

    assert others is None
    assert bypasses is False


async def test_nobody_but_temporal_enters_its_databases() -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask("booking", "SELECT 1", "temporal")


@pytest.mark.parametrize("organisation", read_network().organisations, ids=lambda each: each.id)
async def test_every_organisation_endorses_whoever_asks(organisation) -> None:
    door = Door(
        organisation.msp_id,
        peer_address(organisation),
        network_directory() / organisation.id,
    )

    assert await wait_until_ready(read_network(), door, 30) is None


@pytest.mark.parametrize("name", ["PORT_PEER_OPERATOR", "PORT_ORDERER", "PORT_CHAINCODE_PORT"])
def test_a_door_of_the_ledger_opens_to_no_stranger(name: str) -> None:
    refused = subprocess.run(
        [
            *(sys.executable, "-c", _HELLO, settings()[name]),
        ],
        check=False,
        capture_output=True,
        text=True,
    )

    assert refused.returncode == 1, refused.stderr


# Shakes hands without a certificate; TLS 1.3 tells the refusal with the first answer only.
_HELLO = """
import socket, ssl, sys
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.set_alpn_protocols(["h2"])
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5) as plain:
        with context.wrap_socket(plain) as tls:
            tls.sendall(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n")
            tls.sendall(bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
            sys.exit(0 if tls.recv(1) else 1)
except (ssl.SSLError, ConnectionError):
    sys.exit(1)
"""


def test_keys_and_passwords_are_for_their_owner_alone() -> None:
    state = network_directory().parent
    secret = [
        *(state / "passwords").iterdir(),
        *(state / "tls").glob("*.key"),
        *(state / "keys").rglob("*.pem"),
        *network_directory().rglob("*key.pem"),
        *network_directory().rglob("priv_sk"),
        *(state / "ledger").rglob("connection.json"),
    ]

    assert len(secret) > 50
    assert [str(path) for path in secret if path.stat().st_mode & 0o077] == []


def test_everything_together_stays_under_three_gibibytes() -> None:
    assert 0 < sum(proportional_bytes().values()) < 3 * 2**30


def test_fabrics_own_command_shows_the_channel() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "local", "peer", "partnerport", "channel", "list"],
        cwd=ROOT,
        env=os.environ,
        check=True,
        capture_output=True,
        text=True,
    )

    assert "onebill" in shown.stdout.split()
