"""`onebill port …`: a partner port on its own, from its own peer."""

import json
import uuid
from pathlib import Path
from typing import Annotated

import typer
from onebill.ledger.v1 import ledger_service_pb2
from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from onebill_verify import b64u

from onebill_cli.commands.verify import check
from onebill_cli.doors import DEADLINE_SECONDS, ask_ledger_door, open_door, refusals_in_words
from onebill_cli.environment import Environment
from onebill_cli.output import say, show_json

app = typer.Typer(help="A partner port: verify, attest, watch.", no_args_is_help=True)

Bill = Annotated[str, typer.Argument(help="The bill's reference.")]
Member = Annotated[str, typer.Option(help="Which member's ledger service is asked.")]
WITHOUT_OPERATOR = ("CarrierMSP", "PartnerPortMSP", "PortMSP")


@app.command("verify")
def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle.")],
    roots: Annotated[Path, typer.Option(help="The pinned roots.")],
) -> None:
    """Verify a bundle offline."""
    check(bundle, roots, organisations=2, now=None, as_json=False)


@app.command("attest")
def attest(
    bill: Bill,
    member: Member = "partnerport",
    organisation: Annotated[
        list[str] | None, typer.Option(help="MSP that shall sign; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Let the port's peer and others say what they have of a bill now."""
    request = ledger_service_pb2.AttestRequest(
        transport_document_reference=bill,
        nonce=uuid.uuid4().hex,
        organisations=organisation or WITHOUT_OPERATOR,
    )
    answer = ask_ledger_door(
        Environment.load(),
        member,
        member,
        lambda door: door.Attest(request, timeout=DEADLINE_SECONDS),
    )
    if as_json:
        show_json(
            {
                "attestation": json.loads(answer.attestation),
                "organisations": list(answer.organisations),
                "endorsedTransaction": b64u(answer.endorsed_transaction),
            }
        )
        return
    told = json.loads(answer.attestation)
    say(
        f"[bold]{bill} is {told['state']}[/bold] at act {told['sequence']}, as of {told['asOf']}, "
        f"signed by {', '.join(answer.organisations)}"
    )
    say(f"possessor {told['possessor']}, title {told['titleHolder'] or 'blank'}")


@app.command("watch")
def watch(
    member: Member = "partnerport",
    after: Annotated[int, typer.Option(help="Only facts after this position.")] = 0,
) -> None:
    """Print what happens on the ledger as it happens, one JSON object per line."""
    environment = Environment.load()
    request = ledger_service_pb2.WatchEventsRequest(after_position=after)
    address = environment.ledger_address(member)
    with open_door(environment, member, address) as channel, refusals_in_words():
        for answer in LedgerServiceStub(channel).WatchEvents(request):
            for fact in answer.events:
                typer.echo(
                    json.dumps(
                        {
                            "position": fact.position,
                            "type": fact.type,
                            "subject": fact.subject,
                            "payload": json.loads(fact.payload),
                        }
                    )
                )
