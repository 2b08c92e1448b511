"""Keys and passwords of an instance are their owner's alone, whatever the umask."""

import os
from pathlib import Path

import pytest

from local import pki, postgres

# What everybody may read: certificates, and the public keys that tokens are held against.
PUBLIC = {"jwks.json"}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path))
    before = os.umask(0)
    try:
        pki.make_platform_keys()
        pki.make_link_keys(tmp_path / "link", "operator")
        postgres.make_passwords()
    finally:
        os.umask(before)
    return tmp_path


def test_nobody_but_its_owner_reads_a_key_or_a_password(state: Path) -> None:
    files = [path for path in state.rglob("*") if path.is_file()]
    secret = [
        path
        for path in files
        if path.name not in PUBLIC and b"BEGIN CERTIFICATE" not in path.read_bytes()
    ]

    assert len(secret) > 50
    assert [path for path in secret if path.stat().st_mode & 0o077] == []


def test_every_password_is_its_own(state: Path) -> None:
    passwords = [path.read_text() for path in (state / "passwords").iterdir()]

    assert len(set(passwords)) == len(passwords)
    assert min(map(len, passwords)) > 30
