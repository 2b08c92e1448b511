"""Fabric's Gateway service, stage by stage: evaluate, endorse, submit, commit status, events.

One channel per process, at most so many calls in flight, and "too many requests" is a reason to
wait, never a failure of the bill.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import grpc
from fabric_protos.common import ledger_pb2
from fabric_protos.gateway import gateway_pb2, gateway_pb2_grpc
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import transaction_pb2
from google.rpc import status_pb2

from foundation.kernel.clock import Clock
from foundation.kernel.errors import DomainError
from ledger.client.faults import (
    CommitUnknown,
    EndorseFailed,
    LedgerBusy,
    PeerFault,
    PeerUnavailable,
    SubmitFailed,
)
from ledger.client.identity import Identity
from ledger.client.proposal import SYSTEM_QUERIES, Prepared, Proposer
from ledger.client.refusals import refusal_in
from ledger.client.silence import Quiet, heard

T = TypeVar("T")

VALID: Final = int(transaction_pb2.VALID)
DUPLICATE: Final = int(transaction_pb2.DUPLICATE_TXID)
LOST_RACES: Final = frozenset(
    {
        int(transaction_pb2.ENDORSEMENT_POLICY_FAILURE),
        int(transaction_pb2.MVCC_READ_CONFLICT),
        int(transaction_pb2.PHANTOM_READ_CONFLICT),
    }
)
"""Final codes that say: something this transaction read was changed before it."""

# The Gateway's words for peers that simulated on different blocks.
_DISAGREE: Final = "do not match"
_NAME: Final = re.compile(r"[\w.-]+")

_MESSAGE_BYTES_MAX: Final = 32 * 1024 * 1024
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", _MESSAGE_BYTES_MAX),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """How much and how long. A peer's Gateway takes 500 at once unless it is told otherwise."""

    in_flight_max: int = 200
    evaluate_seconds: float = 5.0
    endorse_seconds: float = 6.0
    submit_seconds: float = 5.0
    # How long to go on asking a peer that says it has too many requests.
    busy_seconds: float = 10.0
    # How long a stream of events may be silent before the peer is asked whether its chain grew.
    silent_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """The final word on one transaction: Fabric's validation code and the block."""

    code: int
    block_number: int

    @property
    def name(self) -> str:
        """Fabric's name of the code, such as MVCC_READ_CONFLICT."""
        return str(transaction_pb2.TxValidationCode.Name(self.code))


@dataclass(frozen=True, slots=True)
class RecordedTransaction:
    """A transaction as it stands in a block."""

    payload: bytes
    code: int


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One event of the contract."""

    transaction_id: str
    name: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class BlockEvents:
    """The contract's events of one block, in order."""

    block_number: int
    events: tuple[LedgerEvent, ...]


def open_peer_channel(
    address: str,
    roots_file: Path,
    certificate_file: Path | None = None,
    key_file: Path | None = None,
) -> grpc.aio.Channel:
    """Open the one TLS channel to a peer; with a client certificate where the peer wants one."""
    credentials = grpc.ssl_channel_credentials(
        root_certificates=roots_file.read_bytes(),
        private_key=key_file.read_bytes() if key_file else None,
        certificate_chain=certificate_file.read_bytes() if certificate_file else None,
    )
    return grpc.aio.secure_channel(address, credentials, options=_OPTIONS)


class Gateway:
    """A client of a peer's Gateway, for one channel and chaincode, as one identity.

    `further` channels lead to other peers of the same organisation: whoever does not answer is
    left for the next. Nobody else's peer is asked in their place: what it says of a commit would
    be its word alone.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        proposer: Proposer,
        clock: Clock,
        limits: GatewayLimits | None = None,
        further: Sequence[grpc.aio.Channel] = (),
    ) -> None:
        self.proposer = proposer
        self._clock = clock
        self._limits = limits or GatewayLimits()
        self._stubs: list[Any] = [
            gateway_pb2_grpc.GatewayStub(each) for each in (channel, *further)
        ]
        self._at = 0
        self._quiet = Quiet()
        self._slots = asyncio.Semaphore(self._limits.in_flight_max)
        self._own = [proposer.identity.msp_id]

    @property
    def identity(self) -> Identity:
        """Who submits."""
        return self.proposer.identity

    @property
    def msp_id(self) -> str:
        """The courier's organisation."""
        return self.identity.msp_id

    async def evaluate(self, function: str, *arguments: str) -> bytes:
        """Ask this organisation's own peer; nothing is endorsed.

        Raises:
            DomainError: the contract's refusal.
            PeerUnavailable, LedgerBusy.
        """
        return await self._evaluate(function, arguments, None)

    async def endorse(
        self, function: str, arguments: tuple[str, ...], organisations: tuple[str, ...]
    ) -> Prepared:
        """Have the peers of `organisations` sign the result; nothing is submitted.

        Raises:
            DomainError: the contract's refusal, by whichever peer refused first.
            EndorseFailed: too few answered, or their results differ.
            LedgerBusy.
        """
        proposal = self.proposer.propose(self._clock(), function, arguments)
        request = gateway_pb2.EndorseRequest(
            transaction_id=proposal.transaction_id,
            channel_id=self.proposer.channel,
            proposed_transaction=proposal.message,
            endorsing_organizations=organisations,
        )
        try:
            answer = await self._patiently(
                lambda stub: stub.Endorse(request, timeout=self._limits.endorse_seconds)
            )
        except grpc.aio.AioRpcError as error:
            raise _endorse_fault(error, proposal.transaction_id, organisations) from error
        payload: bytes = answer.prepared_transaction.payload
        return Prepared(proposal.transaction_id, payload, self.identity.sign(payload))

    async def submit(self, prepared: Prepared) -> None:
        """Hand an envelope to the ordering service. Twice is harmless: same id, at most once.

        Raises:
            SubmitFailed: no receipt; the outcome is not known.
            LedgerBusy: the peer took no request; nothing was handed over by this call.
        """
        request = gateway_pb2.SubmitRequest(
            transaction_id=prepared.transaction_id, channel_id=self.proposer.channel
        )
        request.prepared_transaction.payload = prepared.payload
        request.prepared_transaction.signature = prepared.signature
        try:
            await self._patiently(
                lambda stub: stub.Submit(request, timeout=self._limits.submit_seconds)
            )
        except grpc.aio.AioRpcError as error:
            raise SubmitFailed(prepared.transaction_id, _said(error)) from error

    async def commit_status(self, transaction_id: str, seconds: float) -> CommitStatus:
        """Wait until the own peer has the transaction in a block, `seconds` at most.

        Raises:
            CommitUnknown: not in time, or the peer went away.
        """
        question = gateway_pb2.CommitStatusRequest(
            transaction_id=transaction_id,
            channel_id=self.proposer.channel,
            identity=self.identity.creator,
        ).SerializeToString()
        request = gateway_pb2.SignedCommitStatusRequest(
            request=question, signature=self.identity.sign(question)
        )
        try:
            answer = await self._patiently(
                lambda stub: stub.CommitStatus(request, timeout=seconds)
            )
        except (grpc.aio.AioRpcError, LedgerBusy) as error:
            raise CommitUnknown(transaction_id) from error
        return CommitStatus(int(answer.result), int(answer.block_number))

    async def find_transaction(self, transaction_id: str) -> RecordedTransaction | None:
        """Ask the own peer for a recorded transaction; None if it has none of that id.

        Raises:
            PeerUnavailable, LedgerBusy.
        """
        try:
            found = await self._evaluate(
                "GetTransactionByID", (self.proposer.channel, transaction_id), SYSTEM_QUERIES
            )
        except _NotAnswered as fault:
            if transaction_id in fault.detail:
                return None
            raise PeerUnavailable(fault.detail) from fault
        processed = transaction_pb2.ProcessedTransaction.FromString(found)
        return RecordedTransaction(
            bytes(processed.transactionEnvelope.payload), int(processed.validationCode)
        )

    async def height(self) -> int:
        """Answer how many blocks of the channel the own peer has.

        Raises:
            PeerUnavailable, LedgerBusy.
        """
        try:
            found = await self._evaluate("GetChainInfo", (self.proposer.channel,), SYSTEM_QUERIES)
        except _NotAnswered as fault:
            raise PeerUnavailable(fault.detail) from fault
        return int(ledger_pb2.BlockchainInfo.FromString(found).height)

    async def events(self, from_block: int) -> AsyncIterator[BlockEvents]:
        """Stream the contract's events of every block from `from_block` on, as they commit.

        Raises:
            PeerUnavailable: the stream broke; begin again after the last block that was seen.
        """
        question = gateway_pb2.ChaincodeEventsRequest(
            channel_id=self.proposer.channel,
            chaincode_id=self.proposer.chaincode,
            identity=self.identity.creator,
            start_position=ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=from_block)),
        ).SerializeToString()
        request = gateway_pb2.SignedChaincodeEventsRequest(
            request=question, signature=self.identity.sign(question)
        )
        at = self._at
        stream = self._stubs[at].ChaincodeEvents(request)
        reached = from_block
        answers = heard(
            aiter(stream), lambda: reached, self.height, self._limits.silent_seconds, self._quiet
        )
        try:
            async for answer in answers:
                reached = int(answer.block_number) + 1
                yield BlockEvents(
                    int(answer.block_number),
                    tuple(
                        LedgerEvent(event.tx_id, event.event_name, bytes(event.payload))
                        for event in answer.events
                    ),
                )
        except grpc.aio.AioRpcError as error:
            self._leave(at)
            raise PeerUnavailable(_said(error)) from error
        finally:
            await answers.aclose()
            stream.cancel()

    async def _evaluate(
        self, function: str, arguments: tuple[str, ...], chaincode: str | None
    ) -> bytes:
        proposal = self.proposer.propose(self._clock(), function, arguments, chaincode=chaincode)
        request = gateway_pb2.EvaluateRequest(
            transaction_id=proposal.transaction_id,
            channel_id=self.proposer.channel,
            proposed_transaction=proposal.message,
            target_organizations=self._own,
        )
        try:
            answer = await self._patiently(
                lambda stub: stub.Evaluate(request, timeout=self._limits.evaluate_seconds)
            )
        except grpc.aio.AioRpcError as error:
            detail = _said(error)
            refusal = refusal_in(detail)
            if refusal is not None:
                raise refusal from error
            if chaincode is not None:
                raise _NotAnswered(detail) from error
            raise PeerUnavailable(detail) from error
        return bytes(answer.result.payload)

    async def _patiently(self, call: Callable[[Any], Awaitable[T]]) -> T:
        """Do one call; wait and ask again while the peer says that it has too many.

        A peer that is gone is left for the next one, each asked once: every call here may be
        repeated, as an envelope counts once by its id.
        """
        give_up = asyncio.get_running_loop().time() + self._limits.busy_seconds
        pause, left = 0.02, len(self._stubs) - 1
        while True:
            async with self._slots:
                at = self._at
                try:
                    return await call(self._stubs[at])
                except grpc.aio.AioRpcError as error:
                    if left and _is_gone(error):
                        left -= 1
                        self._leave(at)
                        continue
                    if not _is_busy(error):
                        raise
                    said = _said(error)
            if asyncio.get_running_loop().time() + pause > give_up:
                raise LedgerBusy(said)
            # Spread out, so that those who were turned away do not come back together.
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause = min(pause * 2, 1.0)

    def _leave(self, at: int) -> None:
        """Go to the next peer, unless somebody else has left this one already."""
        if self._at == at:
            self._at = (at + 1) % len(self._stubs)


class _NotAnswered(Exception):
    """A system query failed; for a transaction's id that usually means: no such transaction."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def _is_gone(error: grpc.aio.AioRpcError) -> bool:
    return error.code() is grpc.StatusCode.UNAVAILABLE and not _peer_faults(error)


def _is_busy(error: grpc.aio.AioRpcError) -> bool:
    said = error.details() or ""
    return "too many requests" in said or (
        error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" not in said
    )


def _endorse_fault(
    error: grpc.aio.AioRpcError, transaction_id: str, organisations: tuple[str, ...]
) -> DomainError:
    peers = _peer_faults(error)
    for fault in peers:
        refusal = refusal_in(fault.message)
        if refusal is not None:
            return refusal
    said = error.details() or ""
    disagreed = any(_DISAGREE in fault.message for fault in peers)
    away = {fault.msp_id for fault in peers if _DISAGREE not in fault.message}
    if not peers and error.code() is grpc.StatusCode.UNAVAILABLE:
        # The Gateway knows no live peer of an organisation and names it in its sentence. As
        # whole words: one id may end in another, as PartnerPortMSP does in PortMSP.
        named = set(_NAME.findall(said)) & set(organisations)
        away = named if len(named) < len(organisations) else away
    return EndorseFailed(
        transaction_id, _said(error), peers, frozenset(away), disagreed=disagreed and not away
    )


def _peer_faults(error: grpc.aio.AioRpcError) -> tuple[PeerFault, ...]:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            faults = []
            for packed in status_pb2.Status.FromString(value).details:
                detail = gateway_pb2.ErrorDetail()
                if packed.Unpack(detail):
                    faults.append(PeerFault(detail.msp_id, detail.address, detail.message))
            return tuple(faults)
    return ()


def _said(error: grpc.aio.AioRpcError) -> str:
    parts = [f"{error.code().name}: {error.details() or ''}"]
    parts += [f"{fault.msp_id}: {fault.message}" for fault in _peer_faults(error)]
    return "; ".join(parts)
