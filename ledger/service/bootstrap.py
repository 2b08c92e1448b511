"""Makes the operator a party of its own ledger: its key in custody, its registration.

Idempotent: a key is made once, and a key that is registered is answered with its party.
"""

import asyncio
import os
import uuid
from typing import Final

import grpc
from onebill.ledger.v1 import (
    custody_service_pb2,
    custody_service_pb2_grpc,
    ledger_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
)
from onebill_verify.canonical import JsonValue, encode
from onebill_verify.encoding import SALT_SIZE, new_salt, salted_hash

from foundation.kernel.errors import NotFound
from foundation.runtime.channel import open_channel
from foundation.runtime.identity import OPERATOR
from foundation.runtime.refusals import refusal_from
from foundation.runtime.settings import TlsSettings

ROLES: Final = ("OPERATOR",)
_UNKNOWN: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
_PAUSE_SECONDS: Final = 0.5
# The operator's own people know who it is; they put that on record like anybody's.
IDENTITY: Final[JsonValue] = {"organisation": OPERATOR, "isOwnOrganisation": True}
SCREENING: Final[JsonValue] = {"organisation": OPERATOR, "result": "NOT_APPLICABLE"}
_NAMES: Final = uuid.UUID("c3c0d9a0-5f0e-5b7a-8b59-7d0a3c1f6e42")


async def bootstrap_patiently(
    ledger_address: str, custody_address: str, tls: TlsSettings, seconds: float = 180.0
) -> ledger_pb2.PartyRecord:
    """Bootstrap, and begin again while a part is away or an outcome is not known.

    After an unknown outcome a refusal is no last word either: the party may be there by now,
    which the next round finds first.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    is_unknown = False
    while True:
        try:
            return await bootstrap(ledger_address, custody_address, tls)
        except grpc.aio.AioRpcError as error:
            is_unknown = is_unknown or error.code() in _UNKNOWN
            if not is_unknown or asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


async def bootstrap(
    ledger_address: str, custody_address: str, tls: TlsSettings
) -> ledger_pb2.PartyRecord:
    """Make key and registration where they are missing; answer the operator's party."""
    custody_channel = open_channel(custody_address, tls)
    ledger_channel = open_channel(ledger_address, tls)
    try:
        custody = custody_service_pb2_grpc.CustodyServiceStub(custody_channel)
        ledger = ledger_service_pb2_grpc.LedgerServiceStub(ledger_channel)
        found = await _registered(ledger)
        if found is not None:
            return found
        await custody.CreateKey(
            custody_service_pb2.CreateKeyRequest(
                organisation=OPERATOR, request_id=str(uuid.uuid5(_NAMES, "key of operator"))
            )
        )
        rules = (await ledger.GetRules(ledger_service_pb2.GetRulesRequest())).rules
        identity, screening = _seen(IDENTITY), _seen(SCREENING)
        signed = await custody.SignRegistration(
            custody_service_pb2.SignRegistrationRequest(
                organisation=OPERATOR,
                vouching_organisation=next(
                    one.msp_id for one in rules.organisations if one.kind == "OPERATOR"
                ),
                roles=ROLES,
                rulebook_version=rules.rulebook_version,
                rulebook_hash=rules.rulebook_hash,
                identity_hash=salted_hash(identity.salt, IDENTITY),
                screening_hash=salted_hash(screening.salt, SCREENING),
                request_id=str(uuid.uuid4()),
            )
        )
        answer = await ledger.RegisterParty(
            ledger_service_pb2.RegisterPartyRequest(
                organisation=OPERATOR,
                registration=signed.registration,
                identity=identity,
                screening=screening,
                request_id=str(uuid.uuid4()),
            ),
            timeout=55,
        )
        return answer.party
    finally:
        await custody_channel.close()
        await ledger_channel.close()


def _seen(evidence: JsonValue) -> ledger_pb2.SaltedEvidence:
    salt = new_salt(os.urandom(SALT_SIZE))
    return ledger_pb2.SaltedEvidence(content=encode(evidence).decode(), salt=salt)


async def _registered(
    ledger: "ledger_service_pb2_grpc.LedgerServiceAsyncStub",
) -> ledger_pb2.PartyRecord | None:
    try:
        answer = await ledger.GetParty(ledger_service_pb2.GetPartyRequest(organisation=OPERATOR))
    except grpc.aio.AioRpcError as error:
        if isinstance(refusal_from(error), NotFound):
            return None
        raise
    return answer.party
