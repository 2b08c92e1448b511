"""A Gateway service in the test's process: a small ledger that misbehaves as it is told."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2, gateway_pb2_grpc
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import (
    chaincode_pb2,
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)
from google.protobuf import any_pb2
from google.rpc import status_pb2
from grpc_status import rpc_status

from ledger.client.gateway import Gateway, GatewayLimits
from ledger.client.identity import Identity
from ledger.client.proposal import Proposer


def identity(msp_id="PortMSP"):
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Identity.of(msp_id, b"-----CERTIFICATE-----", key)


class ContractRefusal(Exception):
    """Raised by a test's contract: the refusal as the chaincode words it."""

    def __init__(self, reason):
        super().__init__(reason)
        said = json.dumps({"message": f"{reason}, says the contract", "reason": reason})
        self.message = f"chaincode response 400, {said}"


@dataclass
class FakeGateway(gateway_pb2_grpc.GatewayServicer):
    """Endorses what `contract` answers; records what is submitted under `code`.

    Each list of misbehaviours is used up from the left; when empty, all goes well.
    """

    contract: Callable[[str, list[str]], bytes] = lambda function, arguments: b"done"
    away: set[str] = field(default_factory=set)
    # Organisations whose peers take a proposal and never answer.
    hanging: set[str] = field(default_factory=set)
    # Set while endorsements may go on; a test that clears it holds every peer back.
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    endorse_faults: deque = field(default_factory=deque)
    submit_faults: deque = field(default_factory=deque)
    codes: deque = field(default_factory=deque)
    # How many submitted envelopes the orderer loses.
    lost: int = 0
    # How many it does not take, and says so: too few orderers.
    refused_submissions: int = 0
    # How many commit status questions stay without an answer.
    silent: int = 0
    recorded: dict = field(default_factory=dict)
    endorsements: list = field(default_factory=list)
    submissions: list = field(default_factory=list)
    in_flight: int = 0
    in_flight_seen: int = 0

    def __post_init__(self):
        self.answering.set()

    async def Endorse(self, request, context):  # noqa: N802
        self.in_flight += 1
        self.in_flight_seen = max(self.in_flight_seen, self.in_flight)
        try:
            await asyncio.sleep(0.005)
            organisations = tuple(request.endorsing_organizations)
            self.endorsements.append(organisations)
            await self.answering.wait()
            if self.hanging & set(organisations):
                await asyncio.sleep(60)
            if self.endorse_faults:
                await abort(context, *self.endorse_faults.popleft())
            gone = [msp for msp in organisations if msp in self.away]
            if gone:
                await abort(
                    context,
                    grpc.StatusCode.UNAVAILABLE,
                    f"failed to find any endorsing peers for org(s): {', '.join(gone)}",
                )
            function, arguments, header, payload = _read(request.proposed_transaction)
            try:
                result = self.contract(function, arguments)
            except ContractRefusal as refusal:
                await abort(
                    context,
                    grpc.StatusCode.ABORTED,
                    "failed to collect enough transaction endorsements",
                    (organisations[0], refusal.message),
                )
            envelope = common_pb2.Envelope(
                payload=_endorsed(header, payload, result, organisations)
            )
            return gateway_pb2.EndorseResponse(prepared_transaction=envelope)
        finally:
            self.in_flight -= 1

    async def Submit(self, request, context):  # noqa: N802
        self.submissions.append(request.transaction_id)
        if self.refused_submissions:
            self.refused_submissions -= 1
            await abort(
                context, grpc.StatusCode.UNAVAILABLE, "insufficient number of orderers could …"
            )
        if self.lost:
            self.lost -= 1
            return gateway_pb2.SubmitResponse()
        if request.transaction_id not in self.recorded:
            code = self.codes.popleft() if self.codes else 0
            self.recorded[request.transaction_id] = (request.prepared_transaction, code)
        if self.submit_faults:
            await abort(context, *self.submit_faults.popleft())
        return gateway_pb2.SubmitResponse()

    async def CommitStatus(self, request, context):  # noqa: N802
        question = gateway_pb2.CommitStatusRequest.FromString(request.request)
        if self.silent:
            self.silent -= 1
            await asyncio.sleep(60)
        if question.transaction_id not in self.recorded:
            await asyncio.sleep(60)
        _, code = self.recorded[question.transaction_id]
        return gateway_pb2.CommitStatusResponse(result=code, block_number=7)

    async def Evaluate(self, request, context):  # noqa: N802
        function, arguments, _, _ = _read(request.proposed_transaction)
        if function == "GetTransactionByID":
            known = self.recorded.get(arguments[1])
            if known is None:
                await abort(
                    context,
                    grpc.StatusCode.UNKNOWN,
                    "evaluate call to endorser returned error: chaincode response 500, Failed to "
                    f"get transaction with id {arguments[1]}, error no such transaction ID",
                )
            found = transaction_pb2.ProcessedTransaction(
                transactionEnvelope=known[0], validationCode=known[1]
            )
            answer = found.SerializeToString()
        else:
            try:
                answer = self.contract(function, arguments)
            except ContractRefusal as refusal:
                await abort(
                    context,
                    grpc.StatusCode.UNKNOWN,
                    f"evaluate call to endorser returned error: {refusal.message}",
                )
        return gateway_pb2.EvaluateResponse(
            result=proposal_response_pb2.Response(status=200, payload=answer)
        )


async def abort(context, code, message, *details):
    packed = []
    for msp_id, said in details:
        detail = any_pb2.Any()
        detail.Pack(gateway_pb2.ErrorDetail(msp_id=msp_id, address="peer:7051", message=said))
        packed.append(detail)
    status = rpc_status.to_status(
        status_pb2.Status(code=code.value[0], message=message, details=packed)
    )
    await context.abort(status.code, status.details, status.trailing_metadata)


def _read(signed):
    proposal = proposal_pb2.Proposal.FromString(signed.proposal_bytes)
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    function, *arguments = (argument.decode() for argument in spec.input.args)
    return function, arguments, common_pb2.Header.FromString(proposal.header), proposal.payload


def _endorsed(header, payload, result, organisations):
    action = proposal_pb2.ChaincodeAction(
        response=proposal_response_pb2.Response(status=200, payload=result)
    )
    answered = proposal_response_pb2.ProposalResponsePayload(
        proposal_hash=b"hash", extension=action.SerializeToString()
    )
    endorsed = transaction_pb2.ChaincodeEndorsedAction(
        proposal_response_payload=answered.SerializeToString(),
        endorsements=[
            proposal_response_pb2.Endorsement(
                endorser=identities_pb2.SerializedIdentity(mspid=msp).SerializeToString(),
                signature=b"signature",
            )
            for msp in organisations
        ],
    )
    whole = transaction_pb2.ChaincodeActionPayload(
        chaincode_proposal_payload=payload, action=endorsed
    )
    transaction = transaction_pb2.Transaction(
        actions=[
            transaction_pb2.TransactionAction(
                header=header.signature_header, payload=whole.SerializeToString()
            )
        ]
    )
    return common_pb2.Payload(
        header=header, data=transaction.SerializeToString()
    ).SerializeToString()


@dataclass
class RunningFake:
    """A fake that listens; `gateway` is a real client of it."""

    fake: FakeGateway
    channel: grpc.aio.Channel
    server: grpc.aio.Server
    proposer: Proposer

    def gateway(self, **limits):
        return Gateway(
            self.channel, self.proposer, lambda: datetime.now(UTC), GatewayLimits(**limits)
        )

    async def stop(self):
        await self.channel.close()
        await self.server.stop(None)


async def run_fake(fake, socket, msp_id="PortMSP"):
    server = grpc.aio.server()
    gateway_pb2_grpc.add_GatewayServicer_to_server(fake, server)
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    channel = grpc.aio.insecure_channel(f"unix:{socket}")
    return RunningFake(fake, channel, server, Proposer(identity(msp_id), "onebill", "bill"))
