"""Follows the contract's events into access and outbox, in order, from a checkpoint.

Which bills there are, who has or had a part in them and what happened: enough to admit and to
tell. How a bill stands is asked of the peer; lists and search are ledger/projection's.

What blocks tell, the facts and the checkpoint commit together, so that a restart neither
loses nor repeats a fact.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from typing import Final, Protocol

from onebill_verify.act import SignedAct
from onebill_verify.terms import HoldTerms, OrderTerms, RejectTransferTerms, SurrenderTerms
from sqlalchemy import text

from foundation.kernel.errors import DomainError
from foundation.runtime.database import Database, Fact, Transaction
from foundation.runtime.outbox import save_checkpoint
from ledger.client.gateway import BlockEvents, LedgerEvent
from ledger.client.transactions import EndorsedTransaction, read_transaction
from ledger.service.chain import Chain
from ledger.service.records import BillRecord
from ledger.service.store import LedgerStore

_log = logging.getLogger(__name__)

STREAM: Final = "chain"
_PAUSE_SECONDS: Final = 0.5
_BLOCKS_MAX: Final = 50
_FACTS: Final = uuid.UUID("5f1a3b52-6f0c-5d0e-9a43-2d4f0c9b7e61")
# The role in which an act first shows its recipient.
_RECIPIENT_ROLES: Final = {
    "ENDORSE": "TITLE_HOLDER",
    "PRESENT": "POSSESSOR",
    "PLEDGE": "POSSESSOR",
    "RELEASE_ON_TRUST": "POSSESSOR",
    "DELIVER_AGAINST_INDEMNITY": "RECEIVER",
    "ISSUE": "POSSESSOR",
    "TRANSFER": "POSSESSOR",
    "ENDORSE_TO_ORDER": "TITLE_HOLDER",
    "RELEASE_TERMINAL": "HAULIER",
    "ACCOMPLISH": "RECEIVER",
}


class EventSource(Protocol):
    """What is needed of the Gateway client."""

    def events(self, from_block: int) -> AsyncIterator[BlockEvents]:
        """Stream the contract's events from a block on."""
        ...


class Projector:
    """Keeps roles, parties and outbox in step with the own peer."""

    def __init__(
        self, source: EventSource, chain: Chain, database: Database, organisation: str
    ) -> None:
        self._source = source
        self._chain = chain
        self._database = database
        self._organisation = organisation

    async def run(self) -> None:
        """Follow until cancelled; after a fault go on from the checkpoint."""
        while True:
            try:
                async with aclosing(self._blocks(await self._next_block())) as stream:
                    async for blocks in stream:
                        await self.take(blocks)
            except DomainError as fault:
                _log.info("the chain's events broke off", extra={"reason": fault.reason})
            except Exception:  # noqa: BLE001 - whatever failed, the stream must go on from here
                _log.exception("a block could not be taken")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _blocks(self, from_block: int) -> AsyncGenerator[list[BlockEvents]]:
        """Answer what has come, in one piece: who is far behind takes many blocks at a time."""
        come: asyncio.Queue[BlockEvents | None] = asyncio.Queue(_BLOCKS_MAX)
        faults: list[Exception] = []

        async def listen() -> None:
            try:
                async for block in self._source.events(from_block):
                    await come.put(block)
            except Exception as fault:  # noqa: BLE001 - raised where it is waited for
                faults.append(fault)
            await come.put(None)

        listening = asyncio.create_task(listen())
        try:
            ended = False
            while not ended:
                found = [await come.get()]
                while not come.empty():
                    found.append(come.get_nowait())
                ended = None in found
                blocks = [block for block in found if block is not None]
                if blocks:
                    yield blocks
            for fault in faults:
                raise fault
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def take(self, blocks: Sequence[BlockEvents]) -> None:
        """Take blocks: rows, facts and checkpoint in one transaction."""
        events = [event for block in blocks for event in block.events]
        # All questions to the peer at once, and none while the transaction is open.
        payloads = await asyncio.gather(
            *(self._chain.payload(event.transaction_id) for event in events)
        )
        told = [
            (event, read_transaction(payload))
            for event, payload in zip(events, payloads, strict=True)
        ]
        acts = [
            (event, recorded, SignedAct.parse(recorded.arguments[0]))
            for event, recorded in told
            if event.name == "act"
        ]
        records = await self._records(signed for _, _, signed in acts)
        async with self._database.transaction(self._organisation) as transaction:
            for event, recorded, signed in acts:
                await self._take_act(
                    transaction,
                    event,
                    recorded,
                    signed,
                    records[signed.act.transport_document_reference],
                )
            for event, recorded in told:
                if event.name == "party":
                    await self._take_party(transaction, event, recorded)
            await save_checkpoint(transaction, STREAM, blocks[-1].block_number + 1)

    async def _records(self, acts: Iterable[SignedAct]) -> dict[str, BillRecord]:
        """Answer the records of the bills that the acts are about; perhaps newer than the acts."""
        references = sorted({signed.act.transport_document_reference for signed in acts})
        views = await asyncio.gather(*(self._chain.bill(reference) for reference in references))
        return {view.record.reference: view.record for view in views}

    async def _take_act(
        self,
        transaction: Transaction,
        event: LedgerEvent,
        recorded: EndorsedTransaction,
        signed: SignedAct,
        record: BillRecord,
    ) -> None:
        reference = signed.act.transport_document_reference
        await LedgerStore(transaction).saw_bill(reference, record.roles() | roles_shown_by(signed))
        transaction.publish(
            Fact(
                type="onebill.ledger.act.v1",
                subject=reference,
                occurred_at=recorded.at,
                payload={
                    "sequence": signed.act.sequence,
                    "actionCode": signed.act.action_code,
                    "actor": signed.act.actor,
                    "recipient": signed.act.recipient or "",
                    "state": str(json.loads(event.payload)["state"]),
                    "actHash": signed.hash,
                    "transactionId": event.transaction_id,
                },
                event_id=uuid.uuid5(_FACTS, event.transaction_id),
            )
        )

    async def _take_party(
        self, transaction: Transaction, event: LedgerEvent, recorded: EndorsedTransaction
    ) -> None:
        said = json.loads(event.payload)
        party, kid = str(said["party"]), str(said["kid"])
        vouching = str(said["vouchingOrganisation"])
        await LedgerStore(transaction).saw_party(party, kid, vouching)
        transaction.publish(
            Fact(
                type="onebill.ledger.party.v1",
                subject=party,
                occurred_at=recorded.at,
                payload={"kid": kid, "vouchingOrganisation": vouching},
                event_id=uuid.uuid5(_FACTS, event.transaction_id),
            )
        )

    async def _next_block(self) -> int:
        async with self._database.reading(self._organisation) as transaction:
            found = await transaction.connection.execute(
                text("SELECT position FROM checkpoints WHERE stream = :stream"),
                {"stream": STREAM},
            )
            return found.scalar_one_or_none() or 0


def roles_shown_by(signed: SignedAct) -> frozenset[tuple[str, str]]:
    """Answer the roles that an act gives, which a later record may not show any more."""
    act = signed.act
    shown: set[tuple[str, str]] = set()
    if act.recipient and act.action_code in _RECIPIENT_ROLES:
        shown.add((act.recipient, _RECIPIENT_ROLES[act.action_code]))
    if isinstance(act.terms, SurrenderTerms):
        shown.add((act.terms.deliver_to, "RECEIVER"))
        if act.terms.pick_up_party:
            shown.add((act.terms.pick_up_party, "PICK_UP_PARTY"))
    if isinstance(act.terms, RejectTransferTerms) and act.terms.endorse_to:
        shown.add((act.terms.endorse_to, "TITLE_HOLDER"))
    if isinstance(act.terms, OrderTerms) and act.terms.to:
        shown.add((act.terms.to, "POSSESSOR"))
    if isinstance(act.terms, HoldTerms):
        shown.add((act.actor, "HOLD_AUTHORITY"))
    return frozenset(shown)
