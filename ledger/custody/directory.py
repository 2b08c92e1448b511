"""Who is which party on the ledger: asked of the operator's ledger service."""

from typing import TYPE_CHECKING, Protocol

import grpc
from onebill.ledger.v1 import ledger_service_pb2, ledger_service_pb2_grpc

from foundation.kernel.errors import NotFound, Unavailable
from foundation.runtime.refusals import refusal_from

if TYPE_CHECKING:
    # The asynchronous stub's class exists for type checkers alone.
    from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub


class Directory(Protocol):
    """Knows the party id of an organisation."""

    async def party_of(self, organisation: str) -> str | None:
        """Answer the party id, or None where the organisation is not registered."""
        ...


class LedgerDirectory:
    """Asks the ledger service; a party id never changes, so an answer is kept."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._ledger: LedgerServiceAsyncStub = ledger_service_pb2_grpc.LedgerServiceStub(channel)
        self._known: dict[str, str] = {}

    async def party_of(self, organisation: str) -> str | None:
        """Answer the party id of an organisation.

        Raises:
            Unavailable: LEDGER_SERVICE_UNAVAILABLE.
        """
        if organisation in self._known:
            return self._known[organisation]
        try:
            answer = await self._ledger.GetParty(
                ledger_service_pb2.GetPartyRequest(organisation=organisation)
            )
        except grpc.aio.AioRpcError as error:
            refusal = refusal_from(error)
            if isinstance(refusal, NotFound):
                return None
            raise refusal or Unavailable(
                "LEDGER_SERVICE_UNAVAILABLE",
                "The operator's ledger service does not answer; send the same request again.",
            ) from error
        self._known[organisation] = answer.party.party
        return answer.party.party
