"""Parties on the ledger: registering a key, looking a party up."""

import json
import re
from typing import Final

from onebill.ledger.v1 import ledger_service_pb2 as pb

from foundation.kernel.errors import InvalidValue, NotAllowed
from foundation.runtime.identity import OPERATOR
from gateway.rest.protojson import to_json
from gateway.rest.routes import Answer, Ask

_PARTY: Final = re.compile(r"P[A-Z2-7]{26}")
_WITHOUT_TRANSACTIONS: Final = frozenset({"endorsed_transactions"})


async def register_party(ask: Ask) -> Answer:
    """Register a public key for the holder's organisation; the operator also for others."""
    organisation = str(ask.body.get("organisation") or ask.holder.organisation)
    if ask.holder.organisation not in {organisation, OPERATOR}:
        raise NotAllowed("PARTY_OF_ANOTHER", "You may register keys of your own organisation.")
    key, roles = ask.body.get("publicKey"), ask.body.get("roles")
    if not isinstance(key, dict) or not isinstance(roles, list):
        raise InvalidValue("MEMBER_TYPE", "publicKey must be a JWK object and roles a list.")
    answer = await ask.services.ledger.RegisterParty(
        pb.RegisterPartyRequest(
            organisation=organisation,
            public_key=json.dumps(key, sort_keys=True, separators=(",", ":")),
            roles=[str(role) for role in roles],
            party=str(ask.body.get("party") or ""),
            request_id=ask.request_id,
        ),
        metadata=ask.metadata,
    )
    return Answer(to_json(answer.party, leave_out=_WITHOUT_TRANSACTIONS), 201)


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
