"""A bill in another's place: prepared while its surrender waits, made once it is accepted.

Nothing ends before documents finds nothing against the bill that is to follow. Each step asks
first what stands already, so that whoever takes over from one that died goes on where it was.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import grpc
from google.protobuf import json_format
from onebill.booking.v1 import booking_service_pb2
from onebill.documents.v1 import amendment_pb2, documents_pb2, documents_service_pb2
from onebill.insurance.v1 import insurance_service_pb2
from onebill.ledger.v1 import custody_service_pb2, ledger_pb2, ledger_service_pb2
from onebill.settlement.v1 import settlement_pb2, settlement_service_pb2
from temporalio import activity

from foundation.kernel.errors import InvalidValue, NotFound, WrongState
from foundation.runtime.identity import OPERATOR, on_behalf_of
from foundation.runtime.refusals import refusal_from
from workflows.activities import shapes
from workflows.activities.acts import SETTLED, ActActivities
from workflows.activities.booking import get_booking
from workflows.activities.directory import Directory
from workflows.activities.documents import get_certificate, taken_in_charge
from workflows.activities.refusals import refusals_are_final
from workflows.messages import (
    ActOutcome,
    AmendmentFacts,
    AmendmentStep,
    Do,
    PaperAnswer,
    PrepareAmendment,
)
from workflows.neighbours import Neighbours

_AS_OPERATOR: Final = on_behalf_of(OPERATOR)
CHANGE_OF_DESTINATION: Final = "COD"


@dataclass(frozen=True)
class AmendmentActivities:
    """Preparing, invoicing, ending the old bill, issuing the new one."""

    neighbours: Neighbours
    acts: ActActivities
    directory: Directory

    @activity.defn(name=Do.PREPARE_AMENDMENT)
    async def prepare(self, command: PrepareAmendment) -> PaperAnswer:
        """Draft what a pending surrender asks for, with the underwriter's endorsement."""
        neighbours = self.neighbours
        replaces = command.transport_document_reference
        with refusals_are_final():
            bill = await self.acts.bill(replaces)
            if bill.state != ledger_pb2.BILL_STATE_PENDING_SURRENDER_FOR_AMENDMENT:
                raise WrongState(
                    "NOTHING_TO_AMEND", f"{replaces} is not surrendered to be amended."
                )
            asked = json.loads(bill.record)["amendment"]
            wanted = await self._wanted(replaces, asked["surrenderRequestReference"])
            booking = await get_booking(neighbours.bookings, command.booking_reference)
            if wanted.HasField("place_of_delivery"):
                await self._check_place(command, wanted)
            await self._check_names(command, wanted)
            successor = await self._reserved(command)
            certificate = await self._endorsed(command, successor, wanted)
            request = documents_service_pb2.OrderAmendmentRequest(
                replaces=replaces,
                reason_code=asked["reasonCode"],
                surrender_request_reference=asked["surrenderRequestReference"],
                surrendered_by=asked["requestedBy"],
                surrendering_organisation=await self._organisation(asked["requestedBy"]),
                wanted=wanted,
                booking=booking,
                certificate=certificate,
                taking_in_charge=await taken_in_charge(
                    neighbours.tracking, command.booking_reference
                ),
                parties=await self.directory.parties_anew(wanted.document_parties),
            )
            request.request_id = shapes.with_facts(command.request_id, request)
            answer = await neighbours.documents.OrderAmendment(request, metadata=_AS_OPERATOR)
        return PaperAnswer(json_format.MessageToJson(answer.amendment, indent=None))

    @activity.defn(name=Do.LOOK_AT_AMENDMENT)
    async def look(self, step: AmendmentStep) -> AmendmentFacts:
        """What the bill in another's place still waits for."""
        with refusals_are_final():
            amendment = await self._amendment(step.replaces)
            successor = amendment.transport_document_reference
            invoices = await self._invoices(step.booking_reference)
        own = [one for one in invoices if one.transport_document_reference == successor]
        return AmendmentFacts(
            transport_document_reference=successor,
            reason_code=amendment.reason_code,
            approvals_missing=list(amendment.approvals_missing),
            invoice_number=own[0].invoice_number if own else "",
            is_settled=all(one.state in SETTLED for one in own)
            and (bool(own) or amendment.reason_code != CHANGE_OF_DESTINATION),
        )

    @activity.defn(name=Do.INVOICE_CHANGE)
    async def invoice_change(self, step: AmendmentStep) -> None:
        """Invoice a change of destination to who surrendered for it; once."""
        with refusals_are_final():
            amendment = await self._amendment(step.replaces)
            booking = await get_booking(self.neighbours.bookings, step.booking_reference)
            booking.legs[-1].arrival_location.CopyFrom(amendment.wanted.place_of_delivery)
            request = settlement_service_pb2.InvoiceChangeRequest(
                booking_reference=step.booking_reference,
                transport_document_reference=amendment.transport_document_reference,
                payer_organisation=amendment.surrendering_organisation,
                legs=shapes.rated_legs(booking),
                containers=shapes.containers_of(booking),
            )
            request.request_id = shapes.with_facts(step.request_id, request)
            await self.neighbours.settlement.InvoiceChange(request, metadata=_AS_OPERATOR)

    @activity.defn(name=Do.VOID_BILL)
    async def void(self, step: AmendmentStep) -> ActOutcome:
        """End the old bill, once nothing speaks against the one that follows."""
        with refusals_are_final():
            bill = await self.acts.bill(step.replaces)
            if bill.state == ledger_pb2.BILL_STATE_VOIDED:
                return ActOutcome(act_hash=bill.head_act_hash)
            _, successor = await self._check_issue(step, void_act_hash="")
            return await self.acts.sign_and_submit(
                custody_service_pb2.SignActRequest(
                    transport_document_reference=step.replaces,
                    action_code="VOID",
                    terms="{}",
                    details=json.dumps({"replacedBy": successor}, separators=(",", ":")),
                    sequence=bill.sequence + 1,
                    previous_act_hash=bill.head_act_hash,
                ),
                step.request_id,
            )

    @activity.defn(name=Do.REISSUE_BILL)
    async def reissue(self, step: AmendmentStep) -> ActOutcome:
        """Issue the bill that takes the ended one's place."""
        with refusals_are_final():
            ended = await self.acts.bill(step.replaces)
            judged, successor = await self._check_issue(step, void_act_hash=ended.head_act_hash)
            known = await self._if_on_ledger(successor)
            if known is not None:
                return await self.acts.recorded(successor, "ISSUE")
            return await self.acts.issue(judged, successor, step.request_id)

    @activity.defn(name=Do.RECORD_REISSUED)
    async def record_reissued(self, step: AmendmentStep) -> None:
        """Make the new bill the booking's; from here on everything is about it."""
        with refusals_are_final():
            amendment = await self._amendment(step.replaces)
            issued = await self.acts.recorded(amendment.transport_document_reference, "ISSUE")
            await self.neighbours.documents.RecordIssued(
                documents_service_pb2.RecordIssuedRequest(
                    transport_document_reference=amendment.transport_document_reference,
                    act_hash=issued.act_hash,
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )

    @activity.defn(name=Do.CHANGE_DESTINATION)
    async def change_destination(self, step: AmendmentStep) -> None:
        """Let the last leg, and what tracking expects of it, end where the new bill says."""
        neighbours = self.neighbours
        with refusals_are_final():
            amendment = await self._amendment(step.replaces)
            if not amendment.wanted.HasField("place_of_delivery"):
                return
            answer = await neighbours.bookings.ChangeDestination(
                booking_service_pb2.ChangeDestinationRequest(
                    booking_reference=step.booking_reference,
                    place_of_delivery=amendment.wanted.place_of_delivery,
                    request_id=step.request_id,
                ),
                metadata=_AS_OPERATOR,
            )
            request = shapes.planned_journey(answer.booking)
            request.request_id = shapes.with_facts(step.request_id, request)
            await neighbours.tracking.PlanJourney(request, metadata=_AS_OPERATOR)

    # --- what the steps ask ---------------------------------------------------------------------

    async def _wanted(self, replaces: str, surrender: str) -> amendment_pb2.WantedChange:
        """Read what was asked for out of the surrender's details, which its signature covers."""
        answer = await self.neighbours.ledger.ListActs(
            ledger_service_pb2.ListActsRequest(transport_document_reference=replaces),
            metadata=_AS_OPERATOR,
        )
        asked = [act for act in answer.acts if act.action_code == "SURRENDER_FOR_AMENDMENT"]
        details: Any = json.loads(asked[-1].details or "{}") if asked else {}
        said = details.get("wanted", {}) if isinstance(details, Mapping) else {}
        try:
            return json_format.ParseDict(said, amendment_pb2.WantedChange())
        except json_format.ParseError as fault:
            raise InvalidValue(
                "AMENDMENT_UNREADABLE",
                f"What surrender {surrender} asks for cannot be read: {str(fault)[:200]}",
            ) from fault

    async def _check_names(
        self, command: PrepareAmendment, wanted: amendment_pb2.WantedChange
    ) -> None:
        """Have booking screen who comes onto the bill anew."""
        if not wanted.document_parties:
            return
        answer = await self.neighbours.bookings.ScreenParties(
            booking_service_pb2.ScreenPartiesRequest(
                booking_reference=command.booking_reference,
                document_parties=wanted.document_parties,
            ),
            metadata=_AS_OPERATOR,
        )
        if answer.screening_hits:
            hit = answer.screening_hits[0]
            raise WrongState(
                "PARTY_ON_SCREENING_LIST",
                f"Entry {hit.list_entry} of the screening list speaks against a name that is to "
                "come onto the bill; reject the surrender, or have it asked for otherwise.",
                list_entry=hit.list_entry,
                pointer=hit.pointer,
            )

    async def _check_place(
        self, command: PrepareAmendment, wanted: amendment_pb2.WantedChange
    ) -> None:
        """Ask booking whether the last leg can end there, and what the place is called."""
        request = booking_service_pb2.ChangeDestinationRequest(
            booking_reference=command.booking_reference,
            place_of_delivery=wanted.place_of_delivery,
            is_only_checked=True,
        )
        request.request_id = shapes.with_facts(command.request_id, request)
        answer = await self.neighbours.bookings.ChangeDestination(request, metadata=_AS_OPERATOR)
        wanted.place_of_delivery.CopyFrom(answer.booking.request.place_of_delivery)

    async def _reserved(self, command: PrepareAmendment) -> str:
        request = documents_service_pb2.ReserveTransportDocumentRequest(
            replaces=command.transport_document_reference
        )
        request.request_id = shapes.with_facts(command.request_id, request)
        answer = await self.neighbours.documents.ReserveTransportDocument(
            request, metadata=_AS_OPERATOR
        )
        return answer.transport_document_reference

    async def _endorsed(
        self, command: PrepareAmendment, successor: str, wanted: amendment_pb2.WantedChange
    ) -> documents_pb2.Certificate:
        request = insurance_service_pb2.EndorseCertificateRequest(
            booking_reference=command.booking_reference,
            transport_document_reference=successor,
            replaces=command.transport_document_reference,
        )
        if wanted.HasField("place_of_delivery"):
            request.place_of_delivery.CopyFrom(wanted.place_of_delivery)
        request.request_id = shapes.with_facts(command.request_id, request)
        await self.neighbours.insurance.EndorseCertificate(request, metadata=_AS_OPERATOR)
        return await get_certificate(
            self.neighbours.insurance, command.booking_reference, successor
        )

    async def _organisation(self, party: str) -> str:
        answer = await self.neighbours.ledger.GetParty(
            ledger_service_pb2.GetPartyRequest(party=party), metadata=_AS_OPERATOR
        )
        if not answer.party.organisation:
            raise NotFound(
                "PARTY_NOT_INTRODUCED",
                f"Nobody told the operator which organisation {party} is; it cannot be given "
                "another bill.",
            )
        return answer.party.organisation

    async def _amendment(self, replaces: str) -> amendment_pb2.Amendment:
        answer = await self.neighbours.documents.GetAmendment(
            documents_service_pb2.GetAmendmentRequest(replaces=replaces), metadata=_AS_OPERATOR
        )
        return answer.amendment

    async def _invoices(self, booking_reference: str) -> list[settlement_pb2.Invoice]:
        answer = await self.neighbours.settlement.ListInvoices(
            settlement_service_pb2.ListInvoicesRequest(
                booking_reference=booking_reference, page_size=200
            ),
            metadata=_AS_OPERATOR,
        )
        return list(answer.invoices)

    async def _check_issue(
        self, step: AmendmentStep, *, void_act_hash: str
    ) -> tuple[documents_service_pb2.CheckIssueResponse, str]:
        neighbours = self.neighbours
        successor = (await self._amendment(step.replaces)).transport_document_reference
        booking = await get_booking(neighbours.bookings, step.booking_reference)
        request = documents_service_pb2.CheckIssueRequest(
            transport_document_reference=successor,
            booking=booking,
            certificate=await get_certificate(
                neighbours.insurance, step.booking_reference, successor
            ),
            taking_in_charge=await taken_in_charge(neighbours.tracking, step.booking_reference),
            is_freight_settled=(await self.look(step)).is_settled,
            is_screening_clear=all(hit.lifted_by for hit in booking.screening_hits),
            void_act_hash=void_act_hash,
        )
        request.request_id = shapes.with_facts(step.request_id, request)
        judged = await neighbours.documents.CheckIssue(request, metadata=_AS_OPERATOR)
        return judged, successor

    async def _if_on_ledger(self, reference: str) -> ledger_pb2.Bill | None:
        try:
            return await self.acts.bill(reference)
        except grpc.aio.AioRpcError as error:
            if isinstance(refusal_from(error), NotFound):
                return None
            raise
