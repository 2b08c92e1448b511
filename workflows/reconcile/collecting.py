"""Asks every part what it holds, through the doors that everybody else uses."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import grpc
from onebill.booking.v1 import booking_pb2, booking_service_pb2
from onebill.documents.v1 import documents_pb2, documents_service_pb2
from onebill.insurance.v1 import insurance_service_pb2
from onebill.ledger.v1 import ledger_pb2, ledger_service_pb2, projection_service_pb2
from temporalio.client import Client, WorkflowExecutionStatus

from foundation.kernel.errors import NotFound
from foundation.runtime.identity import OPERATOR, on_behalf_of
from foundation.runtime.refusals import refusal_from
from workflows.client import Consignments
from workflows.messages import WORKFLOW, workflow_id
from workflows.neighbours import Neighbours
from workflows.reconcile.differences import (
    ChainBill,
    Consignment,
    Paper,
    ProjectedBill,
    Seen,
)

if TYPE_CHECKING:
    from onebill.ledger.v1.projection_service_pb2_grpc import ProjectionServiceAsyncStub

K = TypeVar("K")
V = TypeVar("V")

_AS_OPERATOR: Final = on_behalf_of(OPERATOR)
_PAGE: Final = 200
_AT_ONCE: Final = 16
_BILL_STATE: Final = "BILL_STATE_"
_BOOKING_STATE: Final = "BOOKING_STATE_"
_PAPER_STATE: Final = "TRANSPORT_DOCUMENT_STATE_"


@dataclass(frozen=True, slots=True)
class Collector:
    """The parts to be asked."""

    neighbours: Neighbours
    projection: "ProjectionServiceAsyncStub"
    temporal: Client

    async def see(self) -> Seen:
        """Ask all parts. They go on meanwhile, so what is found once may only be on its way.

        Raises:
            grpc.aio.AioRpcError, temporalio.service.RPCError: a part is away.
        """
        # From the follower to the leader: what the first has, the later ones have too.
        projected = await self._projected()
        chain = await self._chain()
        bookings = await self._bookings()
        papers = await _each(bookings, self._paper)
        current = {paper.reference for paper in papers.values()}
        issuers = await self._issuers()
        replaced = await _each(
            [
                reference
                for reference, bill in chain.items()
                if bill.issuer in issuers and reference not in current
            ],
            self._replaced,
        )
        certificates = await _each(papers, lambda booking: self._certificate(booking, papers))
        return Seen(
            issuers=issuers,
            chain=chain,
            projected=projected,
            bookings=bookings,
            papers=papers,
            certificates=certificates,
            replaced=replaced,
            consignments=await self._consignments(),
        )

    async def _projected(self) -> dict[str, ProjectedBill]:
        bills: dict[str, ledger_pb2.Bill] = {}
        async for bill in self._search():
            bills[bill.transport_document_reference] = bill

        async def with_acts(reference: str) -> ProjectedBill:
            answer = await self.projection.ListProjectedActs(
                projection_service_pb2.ListProjectedActsRequest(
                    transport_document_reference=reference
                ),
                metadata=_AS_OPERATOR,
            )
            return ProjectedBill(
                bills[reference].record, tuple(act.act_hash for act in answer.acts)
            )

        return await _each(bills, with_acts)

    async def _search(self) -> AsyncIterator[ledger_pb2.Bill]:
        token = ""
        while True:
            answer = await self.projection.SearchBills(
                projection_service_pb2.SearchBillsRequest(
                    is_whole=True, page_size=_PAGE, page_token=token
                ),
                metadata=_AS_OPERATOR,
            )
            for bill in answer.bills:
                yield bill
            token = answer.next_page_token
            if not token:
                return

    async def _chain(self) -> dict[str, ChainBill]:
        references: list[str] = []
        token = ""
        while True:
            answer = await self.neighbours.ledger.ListBills(
                ledger_service_pb2.ListBillsRequest(page_size=_PAGE, page_token=token),
                metadata=_AS_OPERATOR,
            )
            references += [bill.transport_document_reference for bill in answer.bills]
            token = answer.next_page_token
            if not token:
                return await _each(references, self._chain_bill)

    async def _chain_bill(self, reference: str) -> ChainBill:
        found = await self.neighbours.ledger.GetBill(
            ledger_service_pb2.GetBillRequest(transport_document_reference=reference),
            metadata=_AS_OPERATOR,
        )
        acts = await self.neighbours.ledger.ListActs(
            ledger_service_pb2.ListActsRequest(transport_document_reference=reference),
            metadata=_AS_OPERATOR,
        )
        record = json.loads(found.bill.record)
        return ChainBill(
            reference=reference,
            record=found.bill.record,
            state=ledger_pb2.BillState.Name(found.bill.state).removeprefix(_BILL_STATE),
            issuer=found.bill.issuer,
            document_hash=str(record["documentHash"]),
            certificate_hash=str(record["certificateHash"]),
            act_hashes=tuple(act.act_hash for act in acts.acts),
        )

    async def _issuers(self) -> frozenset[str]:
        answer = await self.neighbours.ledger.ListOwnParties(
            ledger_service_pb2.ListOwnPartiesRequest(), metadata=_AS_OPERATOR
        )
        return frozenset(answer.parties)

    async def _bookings(self) -> dict[str, str]:
        found: dict[str, str] = {}
        token = ""
        while True:
            answer = await self.neighbours.bookings.ListBookings(
                booking_service_pb2.ListBookingsRequest(page_size=_PAGE, page_token=token),
                metadata=_AS_OPERATOR,
            )
            for booking in answer.bookings:
                name = booking_pb2.BookingState.Name(booking.state)
                found[booking.booking_reference] = name.removeprefix(_BOOKING_STATE)
            token = answer.next_page_token
            if not token:
                return found

    async def _paper(self, booking: str) -> Paper | None:
        answer = await _if_there(
            self.neighbours.documents.GetTransportDocument(
                documents_service_pb2.GetTransportDocumentRequest(booking_reference=booking),
                metadata=_AS_OPERATOR,
            )
        )
        return _paper_of(answer) if answer is not None else None

    async def _replaced(self, reference: str) -> Paper | None:
        answer = await _if_there(
            self.neighbours.documents.GetTransportDocument(
                documents_service_pb2.GetTransportDocumentRequest(
                    transport_document_reference=reference
                ),
                metadata=_AS_OPERATOR,
            )
        )
        return _paper_of(answer) if answer is not None else None

    async def _certificate(self, booking: str, papers: Mapping[str, Paper]) -> str | None:
        # Of a bill in another's place it is the certificate as endorsed to it.
        asked = insurance_service_pb2.GetCertificateRequest(
            booking_reference=booking, transport_document_reference=papers[booking].reference
        )
        answer = await _if_there(
            self.neighbours.insurance.GetCertificate(asked, metadata=_AS_OPERATOR)
        )
        return answer.certificate.certificate_hash if answer is not None else None

    async def _consignments(self) -> dict[str, Consignment]:
        prefix = workflow_id("")
        latest: dict[str, WorkflowExecutionStatus | None] = {}
        # The latest run first: a long history is carried on by another run of the same name.
        listing = self.temporal.list_workflows(f"WorkflowType = '{WORKFLOW}'")
        async for run in listing:
            latest.setdefault(run.id.removeprefix(prefix), run.status)
        consignments = Consignments(self.temporal)

        async def one(booking: str) -> Consignment:
            status = latest[booking]
            if status is not WorkflowExecutionStatus.RUNNING:
                return Consignment(status.name if status else "UNKNOWN")
            said = await consignments.waiting_for(booking)
            return Consignment(status.name, said.what if said else "")

        return await _each(latest, one)


def _paper_of(answer: documents_service_pb2.GetTransportDocumentResponse) -> Paper:
    paper = answer.transport_document
    state = documents_pb2.TransportDocumentState.Name(paper.state)
    return Paper(
        paper.transport_document_reference,
        state.removeprefix(_PAPER_STATE),
        paper.document_hash,
    )


async def _if_there(call: Awaitable[V]) -> V | None:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        if isinstance(refusal_from(error), NotFound):
            return None
        raise


async def _each(names: Iterable[str], ask: Callable[[str], Awaitable[V | None]]) -> dict[str, V]:
    """Ask about each name, some at once; what is not there is left out."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> tuple[str, V | None]:
        async with slots:
            return name, await ask(name)

    answers = await asyncio.gather(*(one(name) for name in names))
    return {name: answer for name, answer in answers if answer is not None}
