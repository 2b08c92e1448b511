"""Keys rotated and recovered by commands: what is signed, with which key, and where it is kept."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from onebill_cli.__main__ import app
from onebill_cli.commands import recovery
from onebill_cli.keyring import write_private
from onebill_verify import PrivateKey, SignedCancellation, SignedRecovery, SignedRotation
from typer.testing import CliRunner

PARTY = "P" + "A" * 26
OLD, NEW = PrivateKey.from_secret(11), PrivateKey.from_secret(12)


class Door:
    """A ledger service that notes what it is asked and says yes."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        def answer(request, timeout):
            self.asked.append(request)
            return SimpleNamespace(
                party=SimpleNamespace(party=PARTY),
                recovery=SimpleNamespace(state="ASKED"),
            )

        return answer


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Door:
    door = Door()
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path))
    monkeypatch.setattr(recovery, "ask_ledger_door", lambda _e, _o, _m, call: call(door))
    (tmp_path / "keys" / "parties").mkdir(parents=True)
    return door


def said(*words: str) -> str:
    answer = CliRunner().invoke(app, ["keys", *words])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


@pytest.mark.parametrize("use", [[], ["--approver"]], ids=["party", "approver"])
def test_a_rotation_is_signed_by_the_old_key_and_the_new(
    door: Door, tmp_path: Path, use: list[str]
) -> None:
    for name, key in (("old.pem", OLD), ("new.pem", NEW)):
        write_private(tmp_path / name, key.pem())

    told = said(
        *("rotate", PARTY, "--key", str(tmp_path / "old.pem")),
        *("--new", str(tmp_path / "new.pem"), *use),
    )

    signed = SignedRotation.parse(door.asked[0].signed_rotation)
    signed.verify(OLD.public)
    assert (signed.rotation.party, signed.rotation.of_approver) == (PARTY, bool(use))
    assert signed.rotation.public_key.kid == NEW.kid
    assert NEW.kid in told


def test_an_approvers_lost_key_is_asked_for_cancelled_and_taken_apart_from_the_partys(
    door: Door, tmp_path: Path
) -> None:
    keys = tmp_path / "keys" / "parties"
    write_private(keys / f"{PARTY}.pem", OLD.pem())
    write_private(keys / f"{PARTY}-approver.pem", NEW.pem())

    said("recover", PARTY, "--approver", "--ask", "port")
    asked = SignedRecovery.parse(door.asked[0].signed_recovery)
    asked.verify()
    said("cancel-recovery", PARTY, asked.asked.public_key.kid, "--approver")
    SignedCancellation.parse(door.asked[1].signed_cancellation).verify(NEW.public)
    said("complete-recovery", PARTY, "--approver")

    assert asked.asked.of_approver
    assert door.asked[2].kid == asked.asked.public_key.kid
    taken = PrivateKey.from_pem((keys / f"{PARTY}-approver.pem").read_bytes())
    assert taken.kid == asked.asked.public_key.kid
    assert PrivateKey.from_pem((keys / f"{PARTY}-approver.lost.pem").read_bytes()).kid == NEW.kid
    assert PrivateKey.from_pem((keys / f"{PARTY}.pem").read_bytes()).kid == OLD.kid
