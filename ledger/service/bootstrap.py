"""Makes the operator a party of its own ledger: its key in custody, its registration.

Idempotent: both request ids are made of the organisation's name, and the second answer is that
of the first.
"""

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

from foundation.kernel.errors import NotFound
from foundation.runtime.channel import open_channel
from foundation.runtime.identity import OPERATOR
from foundation.runtime.refusals import refusal_from
from foundation.runtime.settings import TlsSettings

ROLES: Final = ("OPERATOR",)
_NAMES: Final = uuid.UUID("c3c0d9a0-5f0e-5b7a-8b59-7d0a3c1f6e42")


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
        key = await custody.CreateKey(
            custody_service_pb2.CreateKeyRequest(
                organisation=OPERATOR, request_id=str(uuid.uuid5(_NAMES, "key of operator"))
            )
        )
        answer = await ledger.RegisterParty(
            ledger_service_pb2.RegisterPartyRequest(
                organisation=OPERATOR,
                public_key=key.public_key,
                roles=ROLES,
                request_id=str(uuid.uuid5(_NAMES, f"registration of {key.kid}")),
            ),
            timeout=55,
        )
        return answer.party
    finally:
        await custody_channel.close()
        await ledger_channel.close()


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
