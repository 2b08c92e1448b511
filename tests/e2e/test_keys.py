"""Keys lost and parties suspended, by the commands that people type."""

import subprocess
import sys

import pytest
from onebill_cli.environment import Environment
from onebill_cli.registering import rules_of
from onebill_cli.roles.cast import register

pytestmark = pytest.mark.engines

# A haulier that is on no other test's bill.
ORGANISATION, MEMBER, ROLES = "haulier-singapore", "carrier", ("CARRIER",)


def keys(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "onebill_cli", "keys", *words],
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_recovery_is_asked_for_shown_and_cancelled_by_who_still_has_the_key(
    environment: Environment,
) -> None:
    register(environment, ORGANISATION, MEMBER, ROLES)
    waits = rules_of(environment, ORGANISATION, MEMBER).recovery_delay_seconds

    one = keys("recover", ORGANISATION, "--ask", "carrier")
    asked = keys("recover", ORGANISATION)
    listed = keys("recoveries", ORGANISATION)
    early = keys("complete-recovery", ORGANISATION)

    assert waits == 72 * 3600
    assert (one.returncode, "ASKED" in one.stdout) == (0, True), one.stderr
    assert (asked.returncode, "PENDING" in asked.stdout) == (0, True), asked.stderr
    live = [line.split() for line in listed.stdout.splitlines() if line.startswith("PENDING")]
    assert len(live) == 1, listed.stdout
    assert (early.returncode, "RECOVERY_NOT_DUE" in early.stderr) == (1, True), early.stderr

    cancelled = keys("cancel-recovery", ORGANISATION, live[0][1])
    gone = keys("complete-recovery", ORGANISATION)

    assert (cancelled.returncode, "CANCELLED" in cancelled.stdout) == (0, True), cancelled.stderr
    assert (gone.returncode, "RECOVERY_UNKNOWN" in gone.stderr) == (3, True), gone.stderr
    # A key whose recovery was cancelled is none to ask with again.
    (environment.state / "keys" / "parties" / f"{ORGANISATION}.recovery.pem").unlink()


def test_a_party_is_suspended_by_who_vouches_and_by_nobody_else(environment: Environment) -> None:
    register(environment, "first-bank", "operator", ("BANK",))

    by_another = keys("suspend", "first-bank", "--by", "port", "--reason", "no answer")
    suspended = keys("suspend", "first-bank", "--by", "operator", "--reason", "no answer")
    reinstated = keys("reinstate", "first-bank", "--by", "operator", "--reason", "it answered")

    assert "NOT_VOUCHING_ORGANISATION" in by_another.stderr
    assert (suspended.returncode, "is SUSPENDED" in suspended.stdout) == (0, True), (
        suspended.stderr
    )
    assert (reinstated.returncode, "is ACTIVE" in reinstated.stdout) == (0, True)
