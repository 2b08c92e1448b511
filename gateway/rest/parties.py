"""Parties on the ledger: registering a key, looking a party up."""

import json
import re
from typing import Final

from onebill.ledger.v1 import ledger_pb2
from onebill.ledger.v1 import ledger_service_pb2 as pb

from foundation.kernel.errors import InvalidValue, NotAllowed
from foundation.runtime.identity import OPERATOR
from gateway.rest.protojson import to_json
from gateway.rest.routes import Answer, Ask

_PARTY: Final = re.compile(r"P[A-Z2-7]{26}")
_WITHOUT_TRANSACTIONS: Final = frozenset({"endorsed_transactions"})


async def register_party(ask: Ask) -> Answer:
    """Register a key for the holder's organisation; the operator also for others.

    A registration is signed by the key itself. With `party`, the key is registered elsewhere and
    it is only noted whose it is.
    """
    organisation = str(ask.body.get("organisation") or ask.holder.organisation)
    if ask.holder.organisation not in {organisation, OPERATOR}:
        raise NotAllowed("PARTY_OF_ANOTHER", "You may register keys of your own organisation.")
    request = pb.RegisterPartyRequest(organisation=organisation, request_id=ask.request_id)
    if ask.body.get("party"):
        key = ask.body.get("publicKey")
        if not isinstance(key, dict):
            raise InvalidValue("MEMBER_TYPE", "publicKey must be a JWK object.")
        request.party = str(ask.body["party"])
        request.public_key = json.dumps(key, sort_keys=True, separators=(",", ":"))
    else:
        request.registration = str(ask.body.get("registration") or "")
        request.identity.CopyFrom(_evidence(ask, "identity"))
        request.screening.CopyFrom(_evidence(ask, "screening"))
    answer = await ask.services.ledger.RegisterParty(request, metadata=ask.metadata)
    return Answer(to_json(answer.party, leave_out=_WITHOUT_TRANSACTIONS), 201)


async def set_party_status(ask: Ask) -> Answer:
    """What a party that the operator vouches for may still do."""
    answer = await ask.services.ledger.SetPartyStatus(
        pb.SetPartyStatusRequest(
            party=ask.path["party"],
            status=str(ask.body.get("status") or ""),
            reason_hash=str(ask.body.get("reasonHash") or ""),
            request_id=ask.request_id,
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer.party, leave_out=_WITHOUT_TRANSACTIONS))


async def get_rules(ask: Ask) -> Answer:
    """The channel's rules: the rulebook in force, members, delay of a recovery."""
    answer = await ask.services.ledger.GetRules(pb.GetRulesRequest(), metadata=ask.metadata)
    return Answer(to_json(answer.rules))


def _evidence(ask: Ask, name: str) -> ledger_pb2.SaltedEvidence:
    said = ask.body.get(name)
    if not isinstance(said, dict):
        raise InvalidValue("MEMBER_TYPE", f"{name} must be an object of content and salt.")
    return ledger_pb2.SaltedEvidence(
        content=json.dumps(said.get("content"), sort_keys=True, separators=(",", ":")),
        salt=str(said.get("salt") or ""),
    )


async def get_party(ask: Ask) -> Answer:
    """One party, by its opaque id or by its organisation's."""
    said = ask.path["partyOrOrganisation"]
    request = (
        pb.GetPartyRequest(party=said)
        if _PARTY.fullmatch(said)
        else pb.GetPartyRequest(organisation=said)
    )
    answer = await ask.services.ledger.GetParty(request, metadata=ask.metadata)
    return Answer(to_json(answer.party, leave_out=_WITHOUT_TRANSACTIONS))
