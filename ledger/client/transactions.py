"""What an endorsed transaction says: its id, time, function, result, and who endorsed it.

Read for our own use; whether the signatures hold is the verifier's business.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from fabric_protos.common import common_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import (
    chaincode_pb2,
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)


@dataclass(frozen=True, slots=True)
class EndorsedTransaction:
    """The parts of a common.Payload that a ledger service tells its callers.

    Attributes:
        transaction_id: 64 hexadecimal digits.
        at: the transaction's time, UTC.
        function: the contract's function.
        arguments: what it was given.
        result: what the contract answered.
        endorsed_by: MSP ids of the peers that signed the result, sorted.
    """

    transaction_id: str
    at: datetime
    function: str
    arguments: tuple[str, ...]
    result: bytes
    endorsed_by: tuple[str, ...]


def read_transaction(payload: bytes) -> EndorsedTransaction:
    """Read a serialised common.Payload of an endorser transaction."""
    whole = common_pb2.Payload.FromString(payload)
    header = common_pb2.ChannelHeader.FromString(whole.header.channel_header)
    action = transaction_pb2.ChaincodeActionPayload.FromString(
        transaction_pb2.Transaction.FromString(whole.data).actions[0].payload
    )
    proposed = proposal_pb2.ChaincodeProposalPayload.FromString(action.chaincode_proposal_payload)
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(proposed.input).chaincode_spec
    function, *arguments = (argument.decode() for argument in spec.input.args)
    answered = proposal_response_pb2.ProposalResponsePayload.FromString(
        action.action.proposal_response_payload
    )
    result = proposal_pb2.ChaincodeAction.FromString(answered.extension).response.payload
    endorsers = {
        identities_pb2.SerializedIdentity.FromString(endorsement.endorser).mspid
        for endorsement in action.action.endorsements
    }
    return EndorsedTransaction(
        transaction_id=header.tx_id,
        at=header.timestamp.ToDatetime(UTC),
        function=function,
        arguments=tuple(arguments),
        result=result,
        endorsed_by=tuple(sorted(endorsers)),
    )
