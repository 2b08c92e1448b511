"""Telling a member's ledger service whose a party is that another member vouched for."""

from onebill.ledger.v1 import ledger_service_pb2
from onebill_verify import PublicKey, encode

from onebill_cli.doors import DEADLINE_SECONDS, ask_ledger_door
from onebill_cli.environment import Environment
from onebill_cli.signing import new_request_id


def introduce(
    environment: Environment, organisation: str, party: str, key: PublicKey, member: str
) -> None:
    """Note at `member` that `party` on the channel is `organisation`.

    Done by the member's own people, after they have looked at the papers: names stay off the
    channel, so a party that another member vouched for is a stranger here until then. The key is
    compared with the live one on the channel; nothing is written there.
    """
    request = ledger_service_pb2.RegisterPartyRequest(
        organisation=organisation,
        public_key=encode(key.jwk()).decode(),
        # Asked for by the form; the roles that count are on the channel already.
        roles=("SHIPPER",),
        party=party,
        request_id=new_request_id(),
    )
    ask_ledger_door(
        environment,
        member,
        member,
        lambda door: door.RegisterParty(request, timeout=DEADLINE_SECONDS),
    )
