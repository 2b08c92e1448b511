"""Four eyes on the running network: registered, countersigned, carried, proven offline."""

import asyncio
import os
import sys
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_cli.signing import PreparedAct
from onebill_verify import countersign, verify
from onebill_verify.keys import PrivateKey
from onebill_verify.registrations import Rotation
from onebill_verify.terms import (
    ConfirmPaymentTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
)

from foundation.kernel.errors import NotAllowed
from tests.integration.ledger.conftest import MSP_IDS, refused
from tests.integration.ledger.test_evidence_proves import bundle_of, evidence_at, trust
from tests.support.bill_cast import CHANNEL, ROLES, Paper, any_hash, now

pytestmark = [pytest.mark.engines, pytest.mark.asyncio(loop_scope="module")]

RULEBOOK = Path(__file__).parents[3] / "docs" / "rulebook.md"
OPERATOR, AGENT = "careful-operator", "careful-agent"
LIKE = {OPERATOR: "operator", AGENT: "delivery-agent-singapore"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def careful(world):
    """The network with an operator and a delivery agent that asked for four eyes."""
    approvers = {name: await register_careful(world, name, like) for name, like in LIKE.items()}
    return world, approvers


async def register_careful(world, name, like):
    """Register a party that asks for four eyes; answer its approver's key."""
    key, approver = PrivateKey.generate(), PrivateKey.generate()
    vouching, _ = ROLES[like]
    door = world.ledger(vouching, vouching)
    rules = (await door.GetRules(pb.GetRulesRequest())).rules
    answer = await door.RegisterParty(
        pb.RegisterPartyRequest(
            organisation=name,
            **world.cast.registration(like, rules, key=key, approver=approver),
            request_id=str(uuid.uuid4()),
        ),
        timeout=50,
    )
    world.cast.keys[name], world.cast.parties[name] = key, answer.party.party
    assert [one.kid for one in answer.party.approver_keys] == [approver.kid]
    return approver


def issue(world, paper, container=None):
    terms = replace(
        paper.issue_terms(container_key=container), delivery_agent=world.cast.parties[AGENT]
    )
    return paper.sign("ISSUE", OPERATOR, "seller", terms)


def approved(handed, key):
    return {"countersignature": countersign(handed.signed, key).token}


async def surrendered(world, paper):
    """Bring a bill from the seller through its surrender, everything paid and released."""
    surrender = f"SR-{uuid.uuid4().hex[:12]}"
    story = [
        ("TRANSFER", "seller", "buyer", None),
        (
            "SURRENDER_FOR_DELIVERY",
            "buyer",
            AGENT,
            SurrenderTerms(surrender, world.cast.parties["buyer"]),
        ),
        ("ACCEPT_SURRENDER", AGENT, None, SurrenderAnswerTerms(surrender)),
        ("CONFIRM_PAYMENT", "terminal-singapore", None, ConfirmPaymentTerms("TERMINAL")),
        ("RELEASE_MASTER", "agent-line-singapore", None, None),
        ("RELEASE_CUSTOMS", "customs-singapore", None, None),
    ]
    for code, actor, recipient, terms in story:
        step = paper.took(paper.sign(code, actor, recipient, terms))
        await world.submit(step, at="partnerport")


async def test_a_bill_goes_from_issue_to_gate_one_under_four_eyes(careful):
    world, approvers = careful
    paper, container = Paper(world.cast), any_hash()
    handed = issue(world, paper, container)
    alone = await refused(world.submit(handed))
    assert isinstance(alone, NotAllowed)
    assert alone.reason == "COUNTERSIGNATURE_REQUIRED"

    # Any courier carries it; a repeat with another signature of the approver is the same act.
    answer = await world.submit(paper.took(handed), **approved(handed, approvers[OPERATOR]))
    again = await world.submit(handed, "port", **approved(handed, approvers[OPERATOR]))
    assert answer.act.act_hash == again.act.act_hash == handed.hash
    assert answer.act.transaction_id == again.act.transaction_id
    await surrendered(world, paper)
    release = paper.sign(
        "RELEASE_TERMINAL",
        AGENT,
        "haulier-chongqing",
        ReleaseTerminalTerms(any_hash(), (container,), now() + timedelta(hours=6)),
    )
    alone = await refused(world.submit(release, "partnerport"))
    assert alone.reason == "COUNTERSIGNATURE_REQUIRED"
    await world.submit(paper.took(release), "partnerport", **approved(release, approvers[AGENT]))

    evidence = await evidence_at(world, "partnerport", paper, "buyer")
    answer = verify(bundle_of(evidence, paper.reference), trust(), now())
    assert answer.proven, answer.message
    assert (answer.state, answer.sequence) == ("SURRENDERED_FOR_DELIVERY", paper.sequence)
    both = [one.action_code for one in answer.signed_by if one.countersigned]
    assert both == ["ISSUE", "RELEASE_TERMINAL"]


async def test_both_keys_are_rotated_each_by_itself_and_the_bundle_says_so(careful):
    world, approvers = careful
    party, door = world.cast.parties[OPERATOR], world.ledger("operator", "operator")

    async def rotate(old, new, *, of_approver):
        said = Rotation(
            channel=CHANNEL,
            party=party,
            public_key=new.public,
            action_date_time=now(),
            of_approver=of_approver,
        )
        request = pb.RotateKeyRequest(
            signed_rotation=said.sign(old, new), request_id=str(uuid.uuid4())
        )
        return (await door.RotateKey(request, timeout=50)).party

    old, first = approvers[OPERATOR], Paper(world.cast)
    await world.submit(
        handed := first.took(issue(world, first)), **approved(handed, approvers[OPERATOR])
    )
    approvers[OPERATOR] = PrivateKey.generate()
    after = await rotate(old, approvers[OPERATOR], of_approver=True)
    assert (after.kid, [key.how for key in after.approver_keys]) == (
        world.cast.keys[OPERATOR].kid,
        ["REGISTRATION", "ROTATION"],
    )
    key = PrivateKey.generate()
    after = await rotate(world.cast.keys[OPERATOR], key, of_approver=False)
    world.cast.keys[OPERATOR] = key
    assert (after.kid, after.approver_keys[-1].kid) == (key.kid, approvers[OPERATOR].kid)

    second = Paper(world.cast)
    handed = issue(world, second)
    refusal = await refused(world.submit(handed, **approved(handed, old)))
    assert refusal.reason == "COUNTERSIGNATURE_INVALID"
    await world.submit(second.took(handed), **approved(handed, approvers[OPERATOR]))
    for paper in (first, second):
        proof = verify(
            bundle_of(await evidence_at(world, "port", paper), paper.reference), trust(), now()
        )
        assert proof.proven, proof.message


async def onebill(state, *words):
    """Run the command as a person at a terminal does; answer its code, its words, its errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "onebill_cli",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "ONEBILL_STATE": str(state)},
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def at_a_terminal(world, folder, *organisations):
    """Write what an outsider has of a stack: addresses, its certificates, no key of anybody."""
    tls = folder / "tls"
    tls.mkdir(parents=True)
    for organisation in organisations:
        files = world.pki.tls(organisation)
        for source, ending in (
            (files.tls_certificate_file, "pem"),
            (files.tls_key_file, "key"),
        ):
            copy = tls / f"{organisation}.{ending}"
            copy.touch(mode=0o600)
            copy.write_bytes(source.read_bytes())
        (tls / "ca.pem").write_bytes(files.tls_roots_file.read_bytes())
    (folder / "onebill.env").write_text(
        "".join(
            f"ONEBILL_LEDGER_{name.upper()}_ADDRESS={service.address}\n"
            for name, service in world.services.items()
        )
    )
    return folder


async def test_two_persons_register_sign_and_countersign_by_commands(world, tmp_path):
    """One signs a file, the other countersigns it, a third hands it in: no key meets another."""
    state = at_a_terminal(world, tmp_path / "state", *MSP_IDS)
    pens = {name: PrivateKey.generate() for name in ("signs", "approves", "thief")}
    for name, pen in pens.items():
        (tmp_path / f"{name}.pem").touch(mode=0o600)
        (tmp_path / f"{name}.pem").write_bytes(pen.pem())
    word = tmp_path / "word.json"
    told = ["--role", "OPERATOR", "--member", "operator", "--rulebook", str(RULEBOOK)]

    async def keys(*words):
        return await onebill(state, "keys", *words)

    same = await keys(
        *("apply", "twins", "--key", str(tmp_path / "signs.pem"), "--out", str(word), *told),
        *("--approver", str(tmp_path / "signs.pem")),
    )
    assert (same[0], "REGISTRATION_MALFORMED" in same[2]) == (2, True), same
    applied = await keys(
        *("apply", "twins", "--key", str(tmp_path / "signs.pem"), "--out", str(word), *told),
        *("--approver", str(tmp_path / "approves.pem")),
    )
    assert applied[0] == 0, applied
    vouched = await keys("vouch", "twins", "--registration", str(word), "--member", "operator")
    assert vouched[0] == 0, vouched
    world.cast.parties["twins"] = vouched[1].split()[0]
    world.cast.keys["twins"] = pens["signs"]

    paper = Paper(world.cast)
    drawn = paper.sign("ISSUE", "twins", "seller", paper.issue_terms())
    act, signed = tmp_path / "act.json", tmp_path / "act.signed.json"
    act.write_text(PreparedAct(drawn.signed.act, drawn.details, drawn.details_salt).text())
    said = await keys("sign", str(act), "--key", str(tmp_path / "signs.pem"), "--yes")
    assert said[0] == 0, said

    async def submit(file):
        return await onebill(
            state, *("bill", "submit", str(file), "--as", "operator", "--through", "operator")
        )

    alone = await submit(signed)
    assert (alone[0], "COUNTERSIGNATURE_REQUIRED" in alone[2]) == (1, True), alone
    stolen = tmp_path / "act.stolen.json"
    by_thief = await keys(
        *("countersign", str(signed), "--key", str(tmp_path / "thief.pem")),
        *("--out", str(stolen), "--yes"),
    )
    assert by_thief[0] == 0, by_thief
    forged = await submit(stolen)
    assert (forged[0], "COUNTERSIGNATURE_INVALID" in forged[2]) == (1, True), forged
    approved_ = await keys(
        "countersign", str(signed), "--key", str(tmp_path / "approves.pem"), "--yes"
    )
    assert approved_[0] == 0, approved_
    done = await submit(signed)
    assert done[0] == 0, done
    assert f"{paper.reference} is" in done[1]

    # The approver's key changes hands, by itself and never by the other; and is not stolen.
    party, live = world.cast.parties["twins"], state / "keys" / "parties"
    live.mkdir(parents=True)
    rotated = await keys(
        *("rotate", party, "--approver", "--at", "operator"),
        *("--key", str(tmp_path / "approves.pem"), "--new", str(tmp_path / "thief.pem")),
    )
    assert rotated[0] == 0, rotated
    (tmp_path / "thief.pem").rename(live / f"{party}-approver.pem")
    by_the_other = await keys(
        *("rotate", party, "--approver", "--at", "operator"),
        *("--key", str(tmp_path / "signs.pem"), "--new", str(tmp_path / "approves.pem")),
    )
    assert (by_the_other[0], "KEY_UNKNOWN" in by_the_other[2]) == (1, True), by_the_other
    asked = await keys("recover", party, "--approver")
    assert (asked[0], "PENDING" in asked[1]) == (0, True), asked
    listed = await keys("recoveries", party)
    (line,) = [line for line in listed[1].splitlines() if line.startswith("PENDING")]
    cancelled = await keys("cancel-recovery", party, line.split()[1], "--approver")
    assert (cancelled[0], "CANCELLED" in cancelled[1]) == (0, True), cancelled
