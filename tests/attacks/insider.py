"""A member of the channel that cheats: it has an organisation's keys and peers, and no scruples.

It speaks to peers itself, signs results that no chaincode ever gave, and hands any envelope to
the ordering service. What it cannot do is what the tests are about.
"""

import hashlib
from datetime import UTC, datetime

import grpc
from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.peer import (
    peer_pb2_grpc,
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)

from ledger.client.gateway import Gateway, open_peer_channel
from ledger.client.identity import Identity
from ledger.client.proposal import Prepared, Proposer
from tests.integration.ledger.conftest import MSP_IDS, state_directory
from tests.support.bill_cast import CHANNEL

VALID = 0
POLICY_FAILURE = 10
LOST_RACES = {10, 11}
COMMIT_SECONDS = 20.0


class Insider:
    """Somebody at one organisation, with its client's identity unless told otherwise."""

    def __init__(self, organisation, identity=None):
        self.organisation = organisation
        self.identity = identity or client_of(organisation)
        self.proposer = Proposer(self.identity, CHANNEL, "bill")
        keys, base = _keys(organisation), _port_base()
        number = list(MSP_IDS).index(organisation)
        self.channel = open_peer_channel(
            f"127.0.0.1:{base + 30 + number}",
            keys / "tls-ca.pem",
            keys / "client/tls/client.crt",
            keys / "client/tls/client.key",
        )
        self.gateway = Gateway(self.channel, self.proposer, lambda: datetime.now(UTC))

    async def close(self):
        await self.channel.close()

    def propose(self, function, *arguments):
        return self.proposer.propose(datetime.now(UTC), function, arguments)

    async def answer(self, proposal):
        """Have this organisation's own peer simulate, whoever proposed."""
        stub = peer_pb2_grpc.EndorserStub(self.channel)
        return await stub.ProcessProposal(proposal.message, timeout=10)

    async def refusal(self, function, *arguments):
        """Answer what the own peer says to a proposal that it must not endorse."""
        try:
            answer = await self.answer(self.propose(function, *arguments))
        except grpc.aio.AioRpcError as error:
            return error.details()
        assert answer.response.status >= 400, "the peer endorsed it"
        assert not answer.endorsement.signature
        return answer.response.message

    async def submit(self, prepared):
        """Hand an envelope to the ordering service; answer the final code."""
        await self.gateway.submit(prepared)
        return (await self.gateway.commit_status(prepared.transaction_id, COMMIT_SECONDS)).code

    def envelope(self, proposal, result, endorsements):
        """Put a transaction together out of whatever parts."""
        body = proposal_pb2.Proposal.FromString(proposal.message.proposal_bytes)
        header = common_pb2.Header.FromString(body.header)
        action = transaction_pb2.ChaincodeActionPayload(
            chaincode_proposal_payload=body.payload,
            action=transaction_pb2.ChaincodeEndorsedAction(
                proposal_response_payload=result, endorsements=endorsements
            ),
        )
        transaction = transaction_pb2.Transaction(
            actions=[
                transaction_pb2.TransactionAction(
                    header=header.signature_header, payload=action.SerializeToString()
                )
            ]
        )
        payload = common_pb2.Payload(
            header=header, data=transaction.SerializeToString()
        ).SerializeToString()
        return Prepared(proposal.transaction_id, payload, self.identity.sign(payload))


def client_of(organisation):
    keys = _keys(organisation)
    return Identity.from_files(
        MSP_IDS[organisation], keys / "client/certificate.pem", keys / "client/key.pem"
    )


def admin_of(organisation):
    keys = _keys(organisation)
    return Identity.from_files(
        MSP_IDS[organisation], keys / "admin/certificate.pem", keys / "admin/key.pem"
    )


def peer_of(organisation):
    """The identity with which an organisation's peer endorses: its administrator can take it."""
    msp = _keys(organisation) / "peer" / "msp"
    return Identity.from_files(
        MSP_IDS[organisation],
        next((msp / "signcerts").iterdir()),
        next((msp / "keystore").iterdir()),
    )


def sign_result(identity, result):
    """Endorse a result, whether any chaincode gave it or not."""
    return proposal_response_pb2.Endorsement(
        endorser=identity.creator, signature=identity.sign(result + identity.creator)
    )


def rewritten(result, change):
    """Answer an honest result whose reads and writes a modified chaincode has changed.

    `change` gets the key-value set of the contract's namespace.
    """
    whole = proposal_response_pb2.ProposalResponsePayload.FromString(result)
    action = proposal_pb2.ChaincodeAction.FromString(whole.extension)
    sets = rwset_pb2.TxReadWriteSet.FromString(action.results)
    for namespace in sets.ns_rwset:
        if namespace.namespace == "bill":
            inner = kv_rwset_pb2.KVRWSet.FromString(namespace.rwset)
            change(inner)
            namespace.rwset = inner.SerializeToString()
    action.results = sets.SerializeToString()
    whole.extension = action.SerializeToString()
    return whole.SerializeToString()


def invented(proposal, writes, answer=b"done"):
    """Answer a result that no chaincode gave: it writes `writes` and reads nothing."""
    body = proposal_pb2.Proposal.FromString(proposal.message.proposal_bytes)
    header = common_pb2.Header.FromString(body.header)
    hashed = hashlib.sha256(header.channel_header + header.signature_header + body.payload)
    inner = kv_rwset_pb2.KVRWSet(
        writes=[kv_rwset_pb2.KVWrite(key=key, value=value) for key, value in writes.items()]
    )
    sets = rwset_pb2.TxReadWriteSet(
        ns_rwset=[rwset_pb2.NsReadWriteSet(namespace="bill", rwset=inner.SerializeToString())]
    )
    action = proposal_pb2.ChaincodeAction(
        results=sets.SerializeToString(),
        response=proposal_response_pb2.Response(status=200, payload=answer),
    )
    action.chaincode_id.name = "bill"
    action.chaincode_id.version = "1"
    return proposal_response_pb2.ProposalResponsePayload(
        proposal_hash=hashed.digest(), extension=action.SerializeToString()
    ).SerializeToString()


def _keys(organisation):
    return state_directory() / "network" / organisation


def _port_base():
    return int((state_directory() / "port-base").read_text())
