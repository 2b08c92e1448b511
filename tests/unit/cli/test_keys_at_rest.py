"""A key at rest is worth nothing without its passphrase, and readable by its owner alone."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from onebill_cli.__main__ import app
from onebill_cli.errors import CommandFailed
from onebill_cli.files import read_signed
from onebill_cli.keyring import (
    PASSPHRASE_FILE,
    load_key,
    new_passphrase,
    protect,
    write_private,
)
from onebill_cli.signing import Head, prepare_next
from onebill_verify import Countersignature, PrivateKey, SignedAct
from typer.testing import CliRunner

KEY = PrivateKey.from_secret(31)
PASSPHRASE = b"a box from Chongqing"


@pytest.fixture(scope="module")
def encrypted() -> bytes:
    """Once: deriving its key takes its time by design."""
    return protect(KEY, PASSPHRASE)


@pytest.fixture
def locked(tmp_path: Path, encrypted: bytes) -> tuple[Path, dict[str, str]]:
    """An encrypted key, and the environment that names its passphrase's file."""
    key, passphrase = tmp_path / "key.pem", tmp_path / "passphrase"
    write_private(key, encrypted)
    write_private(passphrase, PASSPHRASE + b"\n")
    return key, {PASSPHRASE_FILE: str(passphrase)}


def reason(attempt: object) -> str:
    with pytest.raises(CommandFailed) as refused:
        attempt()  # type: ignore[operator]
    return refused.value.reason


def test_an_encrypted_key_opens_with_its_passphrase(locked: tuple[Path, dict[str, str]]) -> None:
    key, environment = locked

    assert load_key(key, environment).kid == KEY.kid
    assert KEY.pem().splitlines()[1] not in key.read_bytes()


def test_a_wrong_passphrase_opens_nothing(locked: tuple[Path, dict[str, str]]) -> None:
    key, environment = locked
    passphrase = Path(environment[PASSPHRASE_FILE])
    passphrase.write_bytes(b"a box from Qinzhou")

    assert reason(lambda: load_key(key, environment)) == "KEY_UNREADABLE"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
@pytest.mark.parametrize("which", ["key.pem", "passphrase"])
def test_what_others_may_read_is_refused(
    locked: tuple[Path, dict[str, str]], which: str, mode: int
) -> None:
    key, environment = locked
    (key.parent / which).chmod(mode)

    assert reason(lambda: load_key(key, environment)) == "KEY_EXPOSED"


def test_a_locked_key_says_what_it_lacks_where_nobody_can_be_asked(
    locked: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    assert reason(lambda: load_key(locked[0], {})) == "KEY_LOCKED"


def test_a_key_is_never_overwritten(locked: tuple[Path, dict[str, str]]) -> None:
    before = locked[0].read_bytes()

    assert reason(lambda: write_private(locked[0], b"another")) == "KEY_EXISTS"
    assert locked[0].read_bytes() == before


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    short = tmp_path / "short"
    write_private(short, b"box\n")

    assert reason(lambda: new_passphrase({PASSPHRASE_FILE: str(short)})) == "PASSPHRASE_SHORT"


def test_what_is_written_is_readable_by_its_owner_alone(
    locked: tuple[Path, dict[str, str]],
) -> None:
    assert locked[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_openssl_reads_the_same_file(locked: tuple[Path, dict[str, str]]) -> None:
    key, environment = locked

    told = subprocess.run(
        ["openssl", "pkey", "-in", str(key), "-passin", f"file:{environment[PASSPHRASE_FILE]}"],
        check=True,
        capture_output=True,
    )

    assert PrivateKey.from_pem(told.stdout).kid == KEY.kid


def test_an_act_is_signed_in_a_file_where_the_key_is_and_no_door_is(
    locked: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, environment = locked
    monkeypatch.setenv(PASSPHRASE_FILE, environment[PASSPHRASE_FILE])
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path / "nowhere"))
    head = Head("OBAAAAAAAAAAAAAAAA", 3, "ab" * 32, "ISSUED", "P" + "A" * 26, "")
    prepared = prepare_next(head, "P" + "A" * 26, "SIGN", details={"why": "examined"})
    act, signed = tmp_path / "act.json", tmp_path / "signed.json"
    act.write_text(prepared.text())

    answer = CliRunner().invoke(
        app, ["keys", "sign", str(act), "--key", str(key), "--out", str(signed), "--yes"]
    )

    assert answer.exit_code == 0, answer.output
    document = json.loads(signed.read_text())
    SignedAct.parse(document["signedAct"]).verify(KEY.public)
    assert json.loads(document["details"]) == {"why": "examined"}


def test_an_act_whose_details_were_changed_is_not_signed(
    locked: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    head = Head("OBAAAAAAAAAAAAAAAA", 3, "ab" * 32, "ISSUED", "P" + "A" * 26, "")
    prepared = prepare_next(head, "P" + "A" * 26, "SIGN", details={"why": "examined"})
    act = tmp_path / "act.json"
    act.write_text(prepared.text().replace("examined", "approved"))

    answer = CliRunner().invoke(app, ["keys", "sign", str(act), "--key", str(locked[0]), "--yes"])

    assert answer.exception.reason == "DETAILS_DIFFER"  # type: ignore[union-attr]


def signed_file(folder: Path, key: PrivateKey) -> Path:
    head = Head("OBAAAAAAAAAAAAAAAA", 3, "ab" * 32, "ISSUED", "P" + "A" * 26, "")
    prepared = prepare_next(head, "P" + "A" * 26, "SIGN", details={"why": "examined"})
    file = folder / "act.signed.json"
    file.write_text(prepared.sign(key).text())
    return file


def test_a_signed_act_is_countersigned_in_a_file_where_the_approvers_key_is(
    locked: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_FILE, locked[1][PASSPHRASE_FILE])
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path / "nowhere"))
    file = signed_file(tmp_path, PrivateKey.from_secret(32))

    answer = CliRunner().invoke(
        app, ["keys", "countersign", str(file), "--key", str(locked[0])], input="y\n"
    )

    assert answer.exit_code == 0, answer.output
    assert '"why": "examined"' in answer.stdout
    document = json.loads(file.read_text())
    signed = SignedAct.parse(document["signedAct"])
    Countersignature.parse(document["countersignature"]).verify(signed, (KEY.public,))
    assert read_signed(file).countersignature == document["countersignature"]


def test_nobody_countersigns_what_the_same_key_signed(
    locked: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_FILE, locked[1][PASSPHRASE_FILE])
    file = signed_file(tmp_path, KEY)
    before = file.read_text()

    answer = CliRunner().invoke(
        app, ["keys", "countersign", str(file), "--key", str(locked[0]), "--yes"]
    )

    assert answer.exception.reason == "COUNTERSIGNATURE_INVALID"  # type: ignore[union-attr]
    assert file.read_text() == before


def test_an_approver_is_shown_no_other_details_than_those_of_the_act(tmp_path: Path) -> None:
    file = signed_file(tmp_path, PrivateKey.from_secret(32))
    file.write_text(file.read_text().replace("examined", "harmless"))

    answer = CliRunner().invoke(app, ["keys", "countersign", str(file), "--key", "nowhere.pem"])

    assert answer.exception.reason == "DETAILS_DIFFER"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("countersignature", "approved"),
        ("countersignature", 1),
        ("details", 1),
        ("signedAct", None),
    ],
)
def test_a_file_that_is_no_signed_act_is_told_so(
    tmp_path: Path, member: str, value: object
) -> None:
    file = signed_file(tmp_path, KEY)
    file.write_text(json.dumps({**json.loads(file.read_text()), member: value}))

    with pytest.raises(CommandFailed) as refused:
        read_signed(file)

    assert "\n" not in refused.value.message
