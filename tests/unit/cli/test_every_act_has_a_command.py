"""Every act of the law can be done from the terminal, and is signed as it was said."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from onebill_cli.__main__ import app
from onebill_cli.commands import hands
from onebill_cli.roles.party import LedgerParty
from onebill_cli.signing import Head, PreparedAct, Signer, prepare_next
from onebill_verify import PrivateKey
from onebill_verify.terms import TERMS_OF
from typer.testing import CliRunner

BILL = "OBAAAAAAAAAAAAAAAA"
KEY = PrivateKey.from_secret(7)
PARTY = "P" + "A" * 26
OTHER = "P" + "B" * 26

# What the operator's process does by itself when its facts are there: no person asks for it.
BY_THE_PROCESS = {"ISSUE", "NOTE_ON_BOARD"}
# What the operator's desk asks of the process: its key is in custody, not at the terminal.
BY_THE_DESK = {"SWITCH_TO_PAPER"}
# Ends a bill for another that takes its place; the operator's documents write no such other yet.
WITH_ITS_SUCCESSOR = {"VOID"}

AT = "2026-11-23T12:00:00Z"
ACTS = {
    "TRANSFER": ("bill", "transfer", BILL, "--to", "bank"),
    "REJECT_TRANSFER": ("bill", "reject", BILL, "--endorse-to", "seller"),
    "ENDORSE": ("bill", "endorse", BILL, "--to", "buyer"),
    "ENDORSE_TO_ORDER": ("bill", "endorse-to-order", BILL, "--to", "buyer"),
    "BLANK_ENDORSE": ("bill", "blank-endorse", BILL),
    "SIGN": ("bill", "sign", BILL),
    "PRESENT": (
        "bill",
        "present",
        BILL,
        "--to",
        "bank",
        "--credit",
        "LC-1",
        "--document",
        "PAPER",
    ),
    "TAKE_UP": ("bill", "take-up", BILL),
    "REFUSE_PRESENTATION": ("bill", "refuse", BILL, "--discrepancy", "late shipment"),
    "PLEDGE": ("bill", "pledge", BILL, "--to", "bank"),
    "RELEASE_PLEDGE": ("bill", "release-pledge", BILL),
    "RELEASE_ON_TRUST": ("bill", "release-on-trust", BILL, "--to", "buyer", "--until", AT),
    "ENFORCE": ("bill", "enforce", BILL, "--record", "PAPER", "--defaulted-at", AT),
    "SURRENDER_FOR_DELIVERY": ("bill", "surrender", BILL, "--deliver-to", "buyer"),
    "SURRENDER_FOR_AMENDMENT": ("bill", "amend", BILL, "--reason", "COD"),
    "WITHDRAW_SURRENDER": ("bill", "withdraw", BILL),
    "ACCEPT_SURRENDER": ("agent", "accept-surrender", BILL),
    "REJECT_SURRENDER": ("agent", "reject-surrender", BILL, "--comment", "wrong receiver"),
    "DELIVER_AGAINST_INDEMNITY": (
        *("agent", "deliver-against-indemnity", BILL, "--to", "buyer", "--indemnity", "PAPER"),
        *("--signed-by", "Chen", "Tan"),
    ),
    "RELEASE_MASTER": ("agent", "release-master", BILL),
    "CONFIRM_PAYMENT": ("gate", "confirm-terminal-charges", BILL),
    "RELEASE_CUSTOMS": ("gate", "customs-release", BILL),
    "HOLD": ("gate", "hold", BILL, "--reference", "H-1"),
    "LIFT_HOLD": ("gate", "lift-hold", BILL, "--reference", "H-1"),
    "RELEASE_TERMINAL": ("gate", "release", BILL, "--container", "OBLU1234560", "--out", "OUT"),
    "ACCOMPLISH": (
        *("gate", "deliver", BILL, "--pass", "OUT", "--received-by", "Lim", "--seal", "OB1"),
    ),
    "ORDER": ("authority", "order", BILL, "--order", "O-1", "--paper", "PAPER", "--hold-all"),
}


@dataclass
class Somebody(LedgerParty):
    """Stands at no door: keeps what it would have handed in."""

    done: list[PreparedAct] = field(default_factory=list)

    @property
    def signer(self):
        return Signer(PARTY, KEY)

    def party_of(self, who):
        return OTHER

    def head(self, reference):
        return Head(reference, 3, "ab" * 32, "ISSUED", PARTY, PARTY)

    def act(self, reference, action_code, *, recipient=None, terms=None, details=None):
        self.done.append(
            prepare_next(
                self.head(reference),
                PARTY,
                action_code,
                recipient=recipient,
                terms=terms,
                details=details,
            )
        )


RECORD = {
    "transportDocumentReference": BILL,
    "terminal": OTHER,
    "containerKeys": ["cd" * 32],
    "surrender": {"surrenderRequestReference": "SR-1", "deliverTo": OTHER},
}
SEEN = {
    "transportDocumentReference": BILL,
    "state": "ISSUED",
    "sequence": 4,
    "possessor": PARTY,
    "titleHolder": "",
    "issuer": OTHER,
    "record": json.dumps(RECORD),
    "allowedActs": [{"actionCode": "SIGN", "isAllowed": True, "reason": ""}],
}


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> Somebody:
    who = Somebody.__new__(Somebody)
    who.done = []
    monkeypatch.setattr(hands, "person", lambda *_: who)
    monkeypatch.setattr(hands, "seen_by", lambda *_: SEEN)
    return who


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, str]:
    paper, out = tmp_path / "paper.pdf", tmp_path / "pass.txt"
    paper.write_bytes(b"a paper")
    return {"PAPER": str(paper), "OUT": str(out)}


def said(argv: tuple[str, ...], papers: dict[str, str]) -> list[str]:
    return [papers.get(word, word) for word in argv]


def test_no_act_of_the_law_lacks_its_command() -> None:
    assert set(ACTS) | BY_THE_PROCESS | BY_THE_DESK | WITH_ITS_SUCCESSOR == set(TERMS_OF)


@pytest.mark.parametrize("code", ACTS)
def test_the_command_signs_the_act_that_it_names(
    code: str, somebody: Somebody, papers: dict[str, str]
) -> None:
    runner = CliRunner()
    if code == "ACCOMPLISH":
        runner.invoke(app, [*said(ACTS["RELEASE_TERMINAL"], papers), "--yes"])
        somebody.done.clear()

    answer = runner.invoke(app, [*said(ACTS[code], papers), "--yes"])

    assert answer.exit_code == 0, answer.output
    assert [act.act.action_code for act in somebody.done] == [code]
    assert "You may do next: SIGN" in answer.stdout
    # What was prepared has the form of the law: it can be signed.
    assert somebody.done[0].sign(KEY).signed.act.action_code == code


def test_nothing_is_signed_without_consent(somebody: Somebody) -> None:
    answer = CliRunner().invoke(app, ["bill", "transfer", BILL, "--to", "bank"], input="n\n")

    assert answer.exception.reason == "NOT_AGREED"  # type: ignore[union-attr]
    assert somebody.done == []


def test_a_dry_run_shows_the_act_and_sends_nothing(somebody: Somebody) -> None:
    answer = CliRunner().invoke(app, ["bill", "transfer", BILL, "--to", "bank", "--dry-run"])

    assert answer.exit_code == 0
    assert '"actionCode": "TRANSFER"' in answer.stdout
    assert somebody.done == []


def test_a_release_that_is_only_shown_leaves_no_pass(
    somebody: Somebody, papers: dict[str, str]
) -> None:
    argv = said(ACTS["RELEASE_TERMINAL"], papers)

    CliRunner().invoke(app, [*argv, "--dry-run"])
    shown = Path(papers["OUT"]).exists()
    CliRunner().invoke(app, [*argv, "--yes"])

    assert (shown, Path(papers["OUT"]).exists()) == (False, True)
    assert Path(papers["OUT"]).with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_every_answer_in_json_has_the_next_acts(somebody: Somebody) -> None:
    answer = CliRunner().invoke(app, ["bill", "sign", BILL, "--yes", "--json"])

    assert json.loads(answer.stdout)["allowedActs"] == SEEN["allowedActs"]
