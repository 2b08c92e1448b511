"""Whole blocks from the own peer, in order, each checked against the one before it.

Deliver, unlike the contract's events, leaves no block out: a number that is missing, and a block
that does not follow from the last one, are seen.
"""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fabric_protos.common import common_pb2
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import events_pb2_grpc

from foundation.kernel.clock import Clock
from foundation.kernel.errors import DomainError
from ledger.client.faults import PeerUnavailable
from ledger.client.identity import Identity
from ledger.client.silence import Quiet, heard

_LAST: Final = (1 << 64) - 1
_SILENT_SECONDS: Final = 10.0


class ChainBroken(DomainError):
    """A block does not follow from the one before: a gap, or another chain."""

    def __init__(self, expected: int, found: int, why: str) -> None:
        super().__init__(
            "CHAIN_BROKEN",
            f"Block {expected} was to come and the peer sent {found}: {why}.",
            expected=expected,
            found=found,
        )


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has come: the next block's number, and the hash that it must carry."""

    next_block: int = 0
    head_hash: bytes = b""

    def after(self, block: Any) -> "Position":  # noqa: ANN401 - Fabric's common.Block
        """Answer the position after `block`.

        Raises:
            ChainBroken: its number, its link to the block before or its content is not right.
        """
        header = block.header
        if header.number != self.next_block:
            raise ChainBroken(self.next_block, header.number, "a block is missing")
        if header.previous_hash != self.head_hash:
            raise ChainBroken(
                self.next_block, header.number, "it does not follow from the block before"
            )
        if header.data_hash != hashlib.sha256(b"".join(block.data.data)).digest():
            raise ChainBroken(self.next_block, header.number, "its content is not what it says")
        return Position(self.next_block + 1, header_hash(header))


def header_hash(header: Any) -> bytes:  # noqa: ANN401 - Fabric's common.BlockHeader
    """Answer a block's hash: SHA-256 over the ASN.1 of number, previous hash and data hash."""
    number = header.number
    integer = number.to_bytes(number.bit_length() // 8 + 1, "big")
    inner = b"".join(
        _der(tag, value)
        for tag, value in ((2, integer), (4, header.previous_hash), (4, header.data_hash))
    )
    return hashlib.sha256(_der(0x30, inner)).digest()


class Blocks:
    """The Deliver service of one peer, for one channel, as one identity."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        identity: Identity,
        channel_name: str,
        clock: Clock,
        certificate_file: Path | None = None,
        height: Callable[[], Awaitable[int]] | None = None,
        silent_seconds: float = _SILENT_SECONDS,
    ) -> None:
        self._height = height
        self._silent_seconds = silent_seconds
        self._stub: Any = events_pb2_grpc.DeliverStub(channel)
        self._identity = identity
        self._channel_name = channel_name
        self._clock = clock
        # A peer that asks for client certificates ties the question to the link it came over.
        self._link = b"" if certificate_file is None else _fingerprint(certificate_file)

    async def stream(self, position: Position) -> AsyncIterator[tuple[Any, Position]]:
        """Answer every block from a position on, and the position after it, as they commit.

        Raises:
            PeerUnavailable: the stream broke, or stopped speaking while the peer, where its
                height can be asked, has more; begin again at the last position.
            ChainBroken: what comes does not follow.
        """
        at = position
        if self._height is None:
            answers = self._told(position)
        else:
            answers = heard(
                self._told(position),
                lambda: at.next_block,
                self._height,
                self._silent_seconds,
                Quiet(),
            )
        async with aclosing(answers) as told:
            async for block, at in told:
                yield block, at

    async def _told(self, position: Position) -> AsyncGenerator[tuple[Any, Position]]:
        call = self._stub.Deliver(iter([self._question(position.next_block)]))
        try:
            async for answer in call:
                if answer.WhichOneof("Type") != "block":
                    status = common_pb2.Status.Name(answer.status)
                    raise PeerUnavailable(f"the peer ended the stream of blocks: {status}")
                position = position.after(answer.block)
                yield answer.block, position
        except grpc.aio.AioRpcError as error:
            raise PeerUnavailable(f"{error.code().name}: {error.details() or ''}") from error
        finally:
            call.cancel()

    def _question(self, from_block: int) -> Any:  # noqa: ANN401 - Fabric's common.Envelope
        seek = ab_pb2.SeekInfo(
            start=ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=from_block)),
            stop=ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=_LAST)),
            behavior=ab_pb2.SeekInfo.BLOCK_UNTIL_READY,
        )
        channel_header = common_pb2.ChannelHeader(
            type=common_pb2.DELIVER_SEEK_INFO,
            channel_id=self._channel_name,
            tls_cert_hash=self._link,
        )
        channel_header.timestamp.FromDatetime(self._clock())
        payload = common_pb2.Payload(
            header=common_pb2.Header(
                channel_header=channel_header.SerializeToString(),
                signature_header=common_pb2.SignatureHeader(
                    creator=self._identity.creator
                ).SerializeToString(),
            ),
            data=seek.SerializeToString(),
        ).SerializeToString()
        return common_pb2.Envelope(payload=payload, signature=self._identity.sign(payload))


def _fingerprint(certificate_file: Path) -> bytes:
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()


def _der(tag: int, value: bytes) -> bytes:
    # What is written here is always shorter than 128 bytes: one byte of length.
    return bytes((tag, len(value))) + value
