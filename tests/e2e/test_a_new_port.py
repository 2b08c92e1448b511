"""The runbook of a new port, by its own commands: from an empty directory to a verified bill."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from onebill_cli.environment import Environment
from onebill_cli.scripts.story import Story
from onebill_cli.trust import trust_file

pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command"),
]

PlayUntil = Callable[..., Story]
RULEBOOK = Path(__file__).parents[2] / "docs" / "rulebook.md"


def run(where: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Type a command in a directory."""
    environment = os.environ | more
    return subprocess.run(
        command, cwd=where, env=environment, check=False, capture_output=True, text=True
    )


def test_a_port_comes_from_an_empty_directory_to_its_first_verified_bill(
    play_until: PlayUntil, environment: Environment, tmp_path: Path
) -> None:
    story = play_until("issue")
    bill, box = story.consignment.bill, story.consignment.equipment
    name = f"port-{bill[2:10].lower()}"
    port = tmp_path / name
    for folder in (port, port / "tls", port / "keys", port / "keys" / "parties"):
        folder.mkdir(mode=0o700)
    (port / "roots.json").write_text(trust_file(environment))
    (port / "bundle.json").write_bytes(story.cast.seller.bundle(bill))
    passphrase = port / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text("a harbour on the strait\n")
    own = {
        "ONEBILL_STATE": str(port),
        "ONEBILL_KEY_PASSPHRASE_FILE": str(passphrase),
    }

    def onebill(*words: str) -> subprocess.CompletedProcess[str]:
        return run(port, sys.executable, "-m", "onebill_cli", *words, **own)

    def at_port(*words: str) -> subprocess.CompletedProcess[str]:
        return onebill("port", *words, "--as", name, "--member", "partnerport")

    # A key and a request for a certificate, made where they stay.
    assert onebill("keys", "new", "--out", f"keys/parties/{name}.pem").returncode == 0
    registration = f"{name}.registration.json"
    applied = onebill(
        *("keys", "apply", name, "--key", f"keys/parties/{name}.pem", "--role", "PORT"),
        *("--member", "partnerport", "--rulebook", str(RULEBOOK), "--out", registration),
    )
    assert applied.returncode == 0, applied.stderr
    asked = run(
        port,
        *("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-noenc", "-subj", f"/CN={name}", "-keyout", f"tls/{name}.key", "-out", "port.csr"),
        *("-addext", f"subjectAltName=URI:urn:onebill:org:{name}"),
    )
    assert asked.returncode == 0, asked.stderr
    # The member certifies and vouches.
    authority = environment.state / "tls"
    certified = run(
        port,
        *("openssl", "x509", "-req", "-in", "port.csr", "-CA", str(authority / "ca.pem")),
        *("-CAkey", str(authority / "ca.key"), "-days", "2", "-copy_extensions", "copy"),
        *("-out", f"tls/{name}.pem"),
    )
    assert certified.returncode == 0, certified.stderr
    vouched = run(
        Path.cwd(),
        *(sys.executable, "-m", "onebill_cli", "keys", "vouch", name),
        *("--registration", str(port / registration), "--member", "partnerport"),
    )
    assert vouched.returncode == 0, vouched.stderr
    (port / "tls" / "ca.pem").write_bytes((authority / "ca.pem").read_bytes())
    address = environment.ledger_address("partnerport")
    (port / "onebill.env").write_text(f"ONEBILL_LEDGER_PARTNERPORT_ADDRESS={address}\n")

    unseen = at_port("bill", bill)
    held = at_port("hold", bill, "--reference", "NEW-1", "--bundle", "bundle.json", "--yes")
    bundle = at_port("bundle", bill, "--out", "now.json")
    verified = onebill("port", "verify", "now.json", "--roots", "roots.json")
    stated = at_port("custody", bill, "--container", box, "--since", "2026-01-01T00:00:00Z")
    lifted = at_port("lift", bill, "--reference", "NEW-1", "--yes")

    assert (unseen.returncode, "BILL_UNKNOWN" in unseen.stderr) == (3, True), "no part in it yet"
    assert held.returncode == 0, held.stderr
    assert bundle.returncode == 0, bundle.stderr
    assert (verified.returncode, verified.stdout[:7]) == (0, "PROVEN:"), verified.stdout
    assert stated.returncode == 0, stated.stderr
    assert lifted.returncode == 0, lifted.stderr
