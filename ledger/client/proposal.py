"""Proposals and prepared transactions: Fabric's envelopes, as bytes.

What never changes (creator, extension, chaincode name) is serialised once per process.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fabric_protos.common import common_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2

from ledger.client.identity import Identity

_NONCE_BYTES: Final = 24
SYSTEM_QUERIES: Final = "qscc"
"""Fabric's own chaincode that answers questions about transactions and blocks."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A signed proposal; `message` is Fabric's SignedProposal."""

    transaction_id: str
    message: Any


@dataclass(frozen=True, slots=True)
class Prepared:
    """An endorsed transaction with the courier's signature: the envelope to be stored.

    Attributes:
        transaction_id: 64 hexadecimal digits; makes the envelope count at most once.
        payload: the serialised common.Payload, which is what a bundle carries.
        signature: the courier's, over the payload.
    """

    transaction_id: str
    payload: bytes
    signature: bytes


class Proposer:
    """Makes proposals for one channel and chaincode, signed by one identity."""

    def __init__(self, identity: Identity, channel: str, chaincode: str) -> None:
        self.identity = identity
        self.channel = channel
        self.chaincode = chaincode
        self._extensions = {name: _extension(name) for name in (chaincode, SYSTEM_QUERIES)}

    def propose(
        self,
        at: datetime,
        function: str,
        arguments: tuple[str, ...],
        *,
        chaincode: str | None = None,
    ) -> Proposal:
        """Make a proposal. `at` becomes the transaction's time, UTC."""
        name = chaincode or self.chaincode
        creator = self.identity.creator
        nonce = os.urandom(_NONCE_BYTES)
        transaction_id = hashlib.sha256(nonce + creator).hexdigest()
        channel_header = common_pb2.ChannelHeader(
            type=common_pb2.ENDORSER_TRANSACTION,
            channel_id=self.channel,
            tx_id=transaction_id,
            extension=self._extensions[name],
        )
        channel_header.timestamp.FromDatetime(at)
        signature_header = common_pb2.SignatureHeader(creator=creator, nonce=nonce)
        header = common_pb2.Header(
            channel_header=channel_header.SerializeToString(),
            signature_header=signature_header.SerializeToString(),
        )
        spec = chaincode_pb2.ChaincodeInvocationSpec(
            chaincode_spec=chaincode_pb2.ChaincodeSpec(
                type=chaincode_pb2.ChaincodeSpec.GOLANG,
                chaincode_id=chaincode_pb2.ChaincodeID(name=name),
                input=chaincode_pb2.ChaincodeInput(
                    args=[part.encode() for part in (function, *arguments)]
                ),
            )
        )
        payload = proposal_pb2.ChaincodeProposalPayload(input=spec.SerializeToString())
        body: bytes = proposal_pb2.Proposal(
            header=header.SerializeToString(), payload=payload.SerializeToString()
        ).SerializeToString()
        return Proposal(
            transaction_id,
            proposal_pb2.SignedProposal(proposal_bytes=body, signature=self.identity.sign(body)),
        )


def _extension(chaincode: str) -> bytes:
    extension: bytes = proposal_pb2.ChaincodeHeaderExtension(
        chaincode_id=chaincode_pb2.ChaincodeID(name=chaincode)
    ).SerializeToString()
    return extension
