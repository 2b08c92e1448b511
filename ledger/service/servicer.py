"""onebill.ledger.v1.LedgerService on the wire. No rule lives here."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill.ledger.v1 import ledger_service_pb2_grpc
from onebill_verify.registrations import SignedRegistration

from foundation.kernel.equipment import EquipmentReference
from foundation.kernel.errors import InvalidValue, NotAllowed, NotFound
from foundation.runtime.database import Database
from foundation.runtime.identity import Caller, current_caller
from foundation.runtime.outbox import Outbox
from foundation.runtime.requests import answer_elsewhere
from ledger.service.acts import ActRecorder, HandedIn
from ledger.service.askers import MEMBER_ORGANISATIONS, is_own_people
from ledger.service.mapping import to_bill, to_party, to_recorded_act, to_recovery, to_rules
from ledger.service.parties import PartyRegistrar
from ledger.service.reading import Reading
from ledger.service.recoveries import RecoveryDesk
from ledger.service.refused import as_refusals
from ledger.service.store import Details, LedgerStore
from ledger.service.vouching import Vouched
from ledger.service.yards import Yards

_SECRET_BYTES_MIN = 32
# What somebody may become without a person of the vouching organisation looking at it.
_ROLES_OF_CUSTOMERS = frozenset({"SHIPPER", "CONSIGNEE", "BANK"})

Answered = TypeVar("Answered", bound=Message)
Context = grpc.aio.ServicerContext


@dataclass(frozen=True, slots=True)
class Ledger:
    """Which ledger is served: for bundles, and to hash containers."""

    channel: str
    chaincode: str
    organisation: str
    members_secret: bytes

    def __post_init__(self) -> None:
        if len(self.members_secret) < _SECRET_BYTES_MIN:
            raise ValueError("the members' secret is 32 bytes or more, in hexadecimal")

    def container_key(self, equipment_reference: str) -> str:
        """Answer HMAC-SHA-256 of a container's number under the members' secret, in hex.

        Raises:
            InvalidValue: where the number is none (ISO 6346).
        """
        number = str(EquipmentReference(equipment_reference))
        return hmac.new(self.members_secret, number.encode(), hashlib.sha256).hexdigest()


class LedgerServicer(ledger_service_pb2_grpc.LedgerServiceServicer):
    """Serves one organisation's view of the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        database: Database,
        outbox: Outbox,
        reading: Reading,
        recorder: ActRecorder,
        registrar: PartyRegistrar,
        recoveries: RecoveryDesk,
    ) -> None:
        self.database = database
        self._ledger = ledger
        self._outbox = outbox
        self._reading = reading
        self._recorder = recorder
        self._registrar = registrar
        self._recoveries = recoveries
        self._yards = Yards(reading, database, ledger.channel, ledger.container_key)

    async def SubmitAct(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.SubmitActRequest,
        context: Context[pb.SubmitActRequest, pb.SubmitActResponse],
    ) -> pb.SubmitActResponse:
        """Carry a signed act to the ledger."""
        caller = current_caller()
        return await answer_elsewhere(
            self.database,
            request,
            pb.SubmitActResponse,
            caller.organisation,
            lambda: self._submit(request, caller),
        )

    async def GetBill(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetBillRequest, context: Context[pb.GetBillRequest, pb.GetBillResponse]
    ) -> pb.GetBillResponse:
        """Answer one bill."""
        asker = await self._reading.asker(current_caller())
        return await self._reading.bill(asker, request.transport_document_reference)

    async def ListActs(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.ListActsRequest,
        context: Context[pb.ListActsRequest, pb.ListActsResponse],
    ) -> pb.ListActsResponse:
        """Answer the chain of a bill."""
        return await self._reading.acts(await self._reading.asker(current_caller()), request)

    async def ListBills(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.ListBillsRequest,
        context: Context[pb.ListBillsRequest, pb.ListBillsResponse],
    ) -> pb.ListBillsResponse:
        """Answer the asker's bills."""
        return await self._reading.bills(await self._reading.asker(current_caller()), request)

    async def Attest(  # noqa: N802 - the name is the protocol's
        self, request: pb.AttestRequest, context: Context[pb.AttestRequest, pb.AttestResponse]
    ) -> pb.AttestResponse:
        """Answer an endorsed read."""
        asker = await self._reading.asker(current_caller())
        return await self._reading.attestation(asker, request)

    async def GetEvidence(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.GetEvidenceRequest,
        context: Context[pb.GetEvidenceRequest, pb.GetEvidenceResponse],
    ) -> pb.GetEvidenceResponse:
        """Answer what a bundle needs."""
        asker = await self._reading.asker(current_caller())
        return await self._reading.evidence(
            asker, request, self._ledger.channel, self._ledger.chaincode
        )

    async def ListRoles(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.ListRolesRequest,
        context: Context[pb.ListRolesRequest, pb.ListRolesResponse],
    ) -> pb.ListRolesResponse:
        """Answer an organisation's roles on a bill."""
        return pb.ListRolesResponse(
            roles=await self._reading.roles_of_organisation(
                request.transport_document_reference, request.organisation
            )
        )

    async def ListOwnParties(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.ListOwnPartiesRequest,
        context: Context[pb.ListOwnPartiesRequest, pb.ListOwnPartiesResponse],
    ) -> pb.ListOwnPartiesResponse:
        """Answer the parties that the asker is."""
        return self._reading.own_parties(await self._reading.asker(current_caller()))

    async def GetParty(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.GetPartyRequest,
        context: Context[pb.GetPartyRequest, pb.GetPartyResponse],
    ) -> pb.GetPartyResponse:
        """Answer a registered party."""
        return await self._reading.party(await self._reading.asker(current_caller()), request)

    async def RegisterParty(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.RegisterPartyRequest,
        context: Context[pb.RegisterPartyRequest, pb.RegisterPartyResponse],
    ) -> pb.RegisterPartyResponse:
        """Register a party that this organisation vouches for."""
        caller = current_caller()
        return await answer_elsewhere(
            self.database,
            request,
            pb.RegisterPartyResponse,
            caller.organisation,
            lambda: self._register(request, caller),
        )

    async def GetRules(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.GetRulesRequest,
        context: Context[pb.GetRulesRequest, pb.GetRulesResponse],
    ) -> pb.GetRulesResponse:
        """Answer the channel's rules."""
        return pb.GetRulesResponse(rules=to_rules(await self._reading.chain.rules()))

    async def RecoverKey(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.RecoverKeyRequest,
        context: Context[pb.RecoverKeyRequest, pb.RecoverKeyResponse],
    ) -> pb.RecoverKeyResponse:
        """Ask for a recovery, as this organisation."""

        async def ask() -> pb.RecoverKeyResponse:
            recovery = await self._recoveries.ask(request.signed_recovery)
            return pb.RecoverKeyResponse(recovery=to_recovery(recovery))

        return await self._once(request, pb.RecoverKeyResponse, ask)

    async def CancelRecovery(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.CancelRecoveryRequest,
        context: Context[pb.CancelRecoveryRequest, pb.CancelRecoveryResponse],
    ) -> pb.CancelRecoveryResponse:
        """End a recovery; the live key's signature is what counts."""

        async def cancel() -> pb.CancelRecoveryResponse:
            recovery = await self._recoveries.cancel(request.signed_cancellation)
            return pb.CancelRecoveryResponse(recovery=to_recovery(recovery))

        return await self._once(request, pb.CancelRecoveryResponse, cancel)

    async def CompleteRecovery(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.CompleteRecoveryRequest,
        context: Context[pb.CompleteRecoveryRequest, pb.CompleteRecoveryResponse],
    ) -> pb.CompleteRecoveryResponse:
        """Give a party the key of a recovery whose time has come."""

        async def complete() -> pb.CompleteRecoveryResponse:
            party = await self._recoveries.complete(request.party, request.kid)
            return pb.CompleteRecoveryResponse(party=to_party(party))

        return await self._once(request, pb.CompleteRecoveryResponse, complete)

    async def ListRecoveries(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.ListRecoveriesRequest,
        context: Context[pb.ListRecoveriesRequest, pb.ListRecoveriesResponse],
    ) -> pb.ListRecoveriesResponse:
        """Answer the recoveries of a party's key."""
        found = await self._recoveries.recoveries(request.party)
        return pb.ListRecoveriesResponse(recoveries=[to_recovery(one) for one in found])

    async def SetPartyStatus(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.SetPartyStatusRequest,
        context: Context[pb.SetPartyStatusRequest, pb.SetPartyStatusResponse],
    ) -> pb.SetPartyStatusResponse:
        """Suspend, reinstate or revoke a party."""

        async def set_status() -> pb.SetPartyStatusResponse:
            party = await self._recoveries.set_status(
                request.party, request.status, request.reason_hash
            )
            return pb.SetPartyStatusResponse(party=to_party(party))

        return await self._once(request, pb.SetPartyStatusResponse, set_status)

    async def RotateKey(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.RotateKeyRequest,
        context: Context[pb.RotateKeyRequest, pb.RotateKeyResponse],
    ) -> pb.RotateKeyResponse:
        """Replace a party's key; the old key's signature is what counts."""

        async def rotate() -> pb.RotateKeyResponse:
            party = await self._registrar.rotate(request.signed_rotation)
            return pb.RotateKeyResponse(party=to_party(party))

        return await answer_elsewhere(
            self.database,
            request,
            pb.RotateKeyResponse,
            current_caller().organisation,
            rotate,
        )

    async def ComputeContainerKey(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.ComputeContainerKeyRequest,
        context: Context[pb.ComputeContainerKeyRequest, pb.ComputeContainerKeyResponse],
    ) -> pb.ComputeContainerKeyResponse:
        """Blind a container's number: who had the answers to all could undo it."""
        caller = current_caller()
        if caller.part is None and caller.organisation not in MEMBER_ORGANISATIONS:
            raise NotAllowed(
                "CALLER_NOT_ADMITTED", "Only members of the ledger compute container keys."
            )
        return pb.ComputeContainerKeyResponse(
            container_key=self._ledger.container_key(request.equipment_reference)
        )

    async def StateCustody(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.StateCustodyRequest,
        context: Context[pb.StateCustodyRequest, pb.StateCustodyResponse],
    ) -> pb.StateCustodyResponse:
        """Keep what a port or terminal signed; its signature is what counts."""
        caller = current_caller()

        async def state() -> pb.StateCustodyResponse:
            return await self._yards.state(await self._reading.asker(caller), request.statement)

        return await answer_elsewhere(
            self.database, request, pb.StateCustodyResponse, caller.organisation, state
        )

    async def ListCustodyStatements(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.ListCustodyStatementsRequest,
        context: Context[pb.ListCustodyStatementsRequest, pb.ListCustodyStatementsResponse],
    ) -> pb.ListCustodyStatementsResponse:
        """Answer what was stated about a bill's containers."""
        asker = await self._reading.asker(current_caller())
        return await self._yards.statements(asker, request.transport_document_reference)

    async def WatchEvents(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.WatchEventsRequest,
        context: Context[pb.WatchEventsRequest, pb.WatchEventsResponse],
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        """Stream what the ledger recorded, from a position on."""
        async for events in self._outbox.watch(request.after_position):
            yield pb.WatchEventsResponse(events=events)

    async def _once(
        self,
        request: Message,
        response: type[Answered],
        carry_out: Callable[[], Awaitable[Answered]],
    ) -> Answered:
        """Carry a request out once; a repeat gets the first answer."""
        return await answer_elsewhere(
            self.database, request, response, current_caller().organisation, carry_out
        )

    async def _submit(self, request: pb.SubmitActRequest, caller: Caller) -> pb.SubmitActResponse:
        own = self._ledger.organisation
        handed_in = HandedIn.read(
            request.signed_act,
            request.details,
            request.details_salt,
            self._ledger.channel,
            request.countersignature,
        )
        signed = handed_in.signed
        reference = signed.act.transport_document_reference
        asker = await self._reading.asker(caller)
        async with self.database.reading(own) as transaction:
            first = await LedgerStore(transaction).answer_to(signed.hash, caller.organisation)
        if first is not None:
            return pb.SubmitActResponse.FromString(first)
        recorded = await self._recorder.record(handed_in)
        kept = Details(handed_in.details, handed_in.details_salt)
        answer = pb.SubmitActResponse(
            act=to_recorded_act(recorded.signed, recorded.transaction_id, recorded.at, kept)
        )
        try:
            view = await self._reading.view(asker, reference)
        except NotFound:
            # A courier for somebody else: it hears that the act is recorded and no more.
            pass
        else:
            answer.bill.CopyFrom(to_bill(view.record, recorded.at, view.possible))
        async with self.database.transaction(own) as transaction:
            store = LedgerStore(transaction)
            await store.keep_details(signed.hash, reference, kept)
            await store.remember_answer(
                signed.hash,
                caller.organisation,
                reference,
                answer.SerializeToString(deterministic=True),
            )
        return answer

    async def _register(
        self, request: pb.RegisterPartyRequest, caller: Caller
    ) -> pb.RegisterPartyResponse:
        if not request.organisation:
            raise InvalidValue("ORGANISATION_MISSING", "Say whose key it is.")
        own_people = is_own_people(caller, self._ledger.organisation)
        signed = None
        if not request.party:
            with as_refusals("The registration"):
                signed = SignedRegistration.parse(request.registration)
        if not own_people:
            # A customer of a gateway may hand in its own key, as a trading party.
            is_customer = caller.part is not None and caller.organisation == request.organisation
            roles = set(signed.registration.roles) if signed else set()
            if not is_customer or not roles <= _ROLES_OF_CUSTOMERS:
                raise NotAllowed(
                    "NOT_VOUCHED_FOR",
                    f"Only {self._ledger.organisation} itself registers this party here.",
                    organisation=request.organisation,
                )
        if signed is None:
            party = await self._registrar.note(
                request.organisation, request.public_key, request.party, may_know=own_people
            )
        else:
            seen = Vouched(
                request.identity.content,
                request.identity.salt,
                request.screening.content,
                request.screening.salt,
            )
            party = await self._registrar.register(
                request.organisation, signed, seen, may_know=own_people
            )
        return pb.RegisterPartyResponse(party=to_party(party, request.organisation))
