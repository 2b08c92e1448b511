"""`onebill keys …`: keys rotated, lost keys recovered, parties suspended, reinstated, revoked."""

import os
import re
from pathlib import Path
from typing import Annotated, Final

import typer
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify import Cancellation, PrivateKey, Rotation, new_salt, salted_hash
from onebill_verify.encoding import SALT_SIZE

from onebill_cli.doors import DEADLINE_SECONDS, ask_ledger_door
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.keyring import load_key
from onebill_cli.output import say
from onebill_cli.rest import RestDoor
from onebill_cli.signing import CHANNEL, new_request_id, now

OPERATOR: Final = "operator"
PARTY: Final = re.compile(r"P[A-Z2-7]{26}")
_THREE: Final = ("carrier", "port", "partnerport")
_Organisation = Annotated[str, typer.Argument(help="Whose key.")]
_At = Annotated[str, typer.Option("--at", help="The member whose ledger service is asked.")]
_By = Annotated[str, typer.Option("--by", help="The member that vouches for the party.")]
_OfApprover = Annotated[
    bool, typer.Option("--approver", help="It is the key of the party's approver.")
]
_Reason = Annotated[str, typer.Option(help="Why; its salted hash goes on the ledger.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `onebill keys`."""
    app.command("rotate")(rotate)
    app.command("recover")(recover)
    app.command("recoveries")(recoveries)
    app.command("cancel-recovery")(cancel_recovery)
    app.command("complete-recovery")(complete_recovery)
    app.command("suspend")(suspend)
    app.command("reinstate")(reinstate)
    app.command("revoke")(revoke)


def rotate(
    organisation: _Organisation,
    key: Annotated[Path, typer.Option(help="The key that is given up.")],
    new: Annotated[Path, typer.Option(help="The key that takes its place; it signs too.")],
    approver: _OfApprover = False,
    at: _At = "port",
) -> None:
    """Let a new key take the place of one that you still have; the old one never comes back."""
    environment = Environment.load()
    fresh = load_key(new, environment.values)
    signed = Rotation(
        channel=CHANNEL,
        party=_party(environment, organisation),
        public_key=fresh.public,
        action_date_time=now(),
        of_approver=approver,
    ).sign(load_key(key, environment.values), fresh)
    request = pb.RotateKeyRequest(signed_rotation=signed, request_id=new_request_id())
    answer = ask_ledger_door(
        environment, at, at, lambda door: door.RotateKey(request, timeout=DEADLINE_SECONDS)
    )
    say(f"{answer.party.party} has key {fresh.kid}" + (" for its approver" if approver else ""))


def recover(
    organisation: _Organisation,
    ask: Annotated[
        list[str] | None,
        typer.Option(help="A member that asks for it; may be given again. Three if none."),
    ] = None,
    approver: _OfApprover = False,
) -> None:
    """Ask, through three members, that a new key take the place of a lost one.

    The new key is made once and kept beside the old one until `complete-recovery`.
    """
    environment = Environment.load()
    members = tuple(ask or _THREE)
    party = _party(environment, organisation)
    key = _new_key(environment, _name(organisation, approver=approver))
    asked = Rotation(
        channel=CHANNEL,
        party=party,
        public_key=key.public,
        action_date_time=now(),
        of_approver=approver,
    ).ask_for_recovery(key)
    for member in members:
        request = pb.RecoverKeyRequest(signed_recovery=asked, request_id=new_request_id())
        answer = ask_ledger_door(
            environment,
            member,
            member,
            lambda door: door.RecoverKey(request, timeout=DEADLINE_SECONDS),  # noqa: B023 - called at once
        )
        say(f"{member} asked; the recovery is {answer.recovery.state}")
    if answer.recovery.state == "PENDING":
        effective = answer.recovery.effective_at.ToDatetime()
        say(f"{party} may take key {key.kid} from {effective:%Y-%m-%dT%H:%M:%SZ} on")


def recoveries(organisation: _Organisation, at: _At = "port") -> None:
    """List the recoveries of a party's key, also those that ended."""
    environment = Environment.load()
    request = pb.ListRecoveriesRequest(party=_party(environment, organisation))
    answer = ask_ledger_door(
        environment, at, at, lambda door: door.ListRecoveries(request, timeout=DEADLINE_SECONDS)
    )
    for one in answer.recoveries:
        say(f"{one.state}  {one.kid}  asked by {', '.join(one.asked_by)}")


def cancel_recovery(
    organisation: _Organisation,
    kid: Annotated[str, typer.Argument(help="The key of the recovery, as `recoveries` lists it.")],
    approver: _OfApprover = False,
    at: _At = "port",
) -> None:
    """End a recovery that is not your wish, with the key that you still have."""
    environment = Environment.load()
    cancelled = Cancellation(
        channel=CHANNEL,
        party=_party(environment, organisation),
        kid=kid,
        action_date_time=now(),
    ).sign(environment.act_key(_name(organisation, approver=approver)))
    request = pb.CancelRecoveryRequest(signed_cancellation=cancelled, request_id=new_request_id())
    answer = ask_ledger_door(
        environment, at, at, lambda door: door.CancelRecovery(request, timeout=DEADLINE_SECONDS)
    )
    say(f"the recovery to key {kid} is {answer.recovery.state}")


def complete_recovery(
    organisation: _Organisation, approver: _OfApprover = False, at: _At = "port"
) -> None:
    """Take the new key, once its time has come; the old one is kept as `….lost.pem`."""
    environment = Environment.load()
    new, live = _key_files(environment, _name(organisation, approver=approver))
    if not new.is_file():
        raise CommandFailed(
            Exit.USAGE, "RECOVERY_UNKNOWN", f"No recovery of {organisation} was begun here."
        )
    key = PrivateKey.from_pem(new.read_bytes())
    request = pb.CompleteRecoveryRequest(
        party=_party(environment, organisation), kid=key.kid, request_id=new_request_id()
    )
    answer = ask_ledger_door(
        environment, at, at, lambda door: door.CompleteRecovery(request, timeout=DEADLINE_SECONDS)
    )
    if live.is_file():
        live.rename(live.with_suffix(".lost.pem"))
    new.rename(live)
    say(f"{answer.party.party} has key {key.kid}")


def suspend(organisation: _Organisation, by: _By, reason: _Reason) -> None:
    """Suspend a party: it can neither act nor be named by an act until it is reinstated."""
    _set_status(organisation, by, "SUSPENDED", reason)


def reinstate(organisation: _Organisation, by: _By, reason: _Reason) -> None:
    """Let a suspended party act again."""
    _set_status(organisation, by, "ACTIVE", reason)


def revoke(organisation: _Organisation, by: _By, reason: _Reason) -> None:
    """Revoke a party for good."""
    _set_status(organisation, by, "REVOKED", reason)


def _set_status(organisation: str, member: str, status: str, reason: str) -> None:
    environment = Environment.load()
    salt = new_salt(os.urandom(SALT_SIZE))
    party = _party(environment, organisation)
    reason_hash = salted_hash(salt, {"reason": reason})
    if member == OPERATOR:
        door = RestDoor(environment, OPERATOR, ("parties",))
        told = {"status": status, "reasonHash": reason_hash}
        standing = str(door.write("POST", f"/v1/parties/{party}/status", told)["status"])
    else:
        request = pb.SetPartyStatusRequest(
            party=party, status=status, reason_hash=reason_hash, request_id=new_request_id()
        )
        standing = ask_ledger_door(
            environment,
            member,
            member,
            lambda door: door.SetPartyStatus(request, timeout=DEADLINE_SECONDS),
        ).party.status
    say(f"{party} is {standing}; keep the reason with its salt {salt}")


def _party(environment: Environment, organisation: str) -> str:
    """Return the party id: told as it is, or that of an organisation that the operator knows."""
    if PARTY.fullmatch(organisation):
        return organisation
    door = RestDoor(environment, organisation, ("bills:read",))
    return str(door.get(f"/v1/parties/{organisation}")["party"])


def _name(organisation: str, *, approver: bool) -> str:
    """Return under which name a key lies: an approver's beside that of its party."""
    return f"{organisation}-approver" if approver else organisation


def _key_files(environment: Environment, name: str) -> tuple[Path, Path]:
    live = environment.state / "keys" / "parties" / f"{name}.pem"
    return live.with_suffix(".recovery.pem"), live


def _new_key(environment: Environment, name: str) -> PrivateKey:
    file, _ = _key_files(environment, name)
    if file.is_file():
        return PrivateKey.from_pem(file.read_bytes())
    key = PrivateKey.generate()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(key.pem())
    return key
