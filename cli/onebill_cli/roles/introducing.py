"""What a member's people tell their own ledger service about parties."""

from onebill.ledger.v1 import ledger_service_pb2
from onebill_verify import PublicKey, encode

from onebill_cli.doors import DEADLINE_SECONDS, ask_ledger_door
from onebill_cli.environment import Environment
from onebill_cli.registering import Word
from onebill_cli.signing import new_request_id


def vouch(
    environment: Environment,
    organisation: str,
    word: Word,
    member: str,
) -> str:
    """Register a party that `member` vouches for, by its own people; return the party's id.

    They have looked at its papers. The same key again gives the same id.
    """
    request = ledger_service_pb2.RegisterPartyRequest(
        organisation=organisation,
        registration=word.registration,
        identity=word.identity.message(),
        screening=word.screening.message(),
        request_id=new_request_id(),
    )
    return ask_ledger_door(
        environment,
        member,
        member,
        lambda door: door.RegisterParty(request, timeout=DEADLINE_SECONDS),
    ).party.party


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
        party=party,
        request_id=new_request_id(),
    )
    ask_ledger_door(
        environment,
        member,
        member,
        lambda door: door.RegisterParty(request, timeout=DEADLINE_SECONDS),
    )
