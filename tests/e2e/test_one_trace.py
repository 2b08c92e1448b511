"""What somebody asks at the door can be followed by one trace through every part it reaches."""

import json
import secrets
import ssl
import uuid
from collections.abc import Mapping

import httpx
import pytest
from onebill_cli.environment import Environment
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.consignment import booking_request
from onebill_cli.scripts.story import READY_IN
from onebill_cli.signing import now
from onebill_cli.tokens import make_token

from tests.support.waiting import until

pytestmark = pytest.mark.engines


def ask(environment: Environment, path: str, body: Mapping[str, object], trace: str) -> str:
    """Post as the seller within a trace of our own; answer the reason of the refusal."""
    token = make_token(environment, "seller", ["bookings:write", "bills:act", "bills:read"])
    answer = httpx.post(
        environment.rest_url + path,
        json=dict(body),
        headers={
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": str(uuid.uuid4()),
            "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01",
        },
        verify=ssl.create_default_context(cafile=str(environment.roots_file)),
        timeout=30,
    )
    return str(answer.json()["reason"])


async def told(environment: Environment, part: str, trace: str, reason: str) -> bool:
    """Whether the part logged this refusal within the trace."""
    log = environment.state / "logs" / f"{part}.log"
    lines = [line for line in log.read_text("utf-8").splitlines() if trace in line]
    return reason in {json.loads(line).get("reason") for line in lines}


async def test_a_booking_is_traced_through_door_process_and_service(
    environment: Environment,
) -> None:
    trace = secrets.token_hex(16)
    request = booking_request(now() + READY_IN)
    request["placeOfReceipt"]["unLocationCode"] = "CNZZZ"

    reason = ask(environment, "/v1/bookings", request, trace)

    # The service was asked by the worker, in the consignment's process, and by nobody else.
    await until(lambda: told(environment, "booking", trace, reason))
    await until(lambda: told(environment, "gateway-rest", trace, reason))


async def test_an_act_is_traced_through_door_and_ledger_service(
    environment: Environment, cast: Cast
) -> None:
    trace = secrets.token_hex(16)
    act = {"signedAct": "no act", "details": "{}", "detailsSalt": ""}

    reason = ask(environment, "/v1/bills/OBAAAAAAAAAAAAAAAA/acts", act, trace)

    await until(lambda: told(environment, "ledger-operator", trace, reason))
    await until(lambda: told(environment, "gateway-rest", trace, reason))
    assert cast.seller.signer.party, "the seller is known, so that the door lets it through"
