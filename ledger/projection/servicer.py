"""onebill.ledger.v1.ProjectionService on the wire."""

from datetime import UTC, datetime
from typing import Final

import grpc
from onebill.ledger.v1 import ledger_pb2, projection_service_pb2_grpc
from onebill.ledger.v1 import projection_service_pb2 as pb

from foundation.kernel.errors import InvalidValue
from foundation.runtime.identity import OPERATOR, Access, AccessTable, Caller, current_caller
from ledger.projection.gauges import Gauges
from ledger.projection.store import Projected, Wanted
from ledger.service.askers import MEMBER_ORGANISATIONS
from ledger.service.mapping import STATES, to_bill, to_listed_bill, to_timestamp
from ledger.service.page_tokens import read_token, write_token
from ledger.service.records import FLAGS, BillRecord

_SERVICE: Final = "/onebill.ledger.v1.ProjectionService/"
_PARTS: Final = frozenset({"gateway-rest", "worker"})
_PAGE: Final = 50
_PAGE_MAX: Final = 200
_NAMES: Final = {number: name for name, number in STATES.items()}
# What a text of a search may be long; no reference and no key is longer.
_TEXT_MAX: Final = 64


def access_of(organisation: str) -> AccessTable:
    """Say who may call what at the projection of `organisation`."""
    parts = _PARTS if organisation == OPERATOR else frozenset()
    own_people = Access(
        parts=parts & {"worker"}, members=True, acting_for=frozenset({organisation})
    )
    # A party is somebody's by the word of the ledger service, which the gateway asks. Who comes
    # with a certificate of its own has not been asked about, and may be of the own people only.
    return {
        _SERVICE + "SearchBills": Access(parts=parts, members=True),
        _SERVICE + "ListProjectedActs": own_people,
        _SERVICE + "GetPosition": own_people,
    }


class ProjectionServicer(projection_service_pb2_grpc.ProjectionServiceServicer):
    """Answers from the tables."""

    def __init__(self, projected: Projected, gauges: Gauges, organisation: str) -> None:
        self._projected = projected
        self._gauges = gauges
        self._organisation = organisation

    async def SearchBills(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.SearchBillsRequest,
        context: grpc.aio.ServicerContext[pb.SearchBillsRequest, pb.SearchBillsResponse],
    ) -> pb.SearchBillsResponse:
        """Answer the newest bills that match."""
        caller = current_caller()
        sees_all = _sees_all(caller, self._organisation)
        size = min(request.page_size, _PAGE_MAX) if request.page_size > 0 else _PAGE
        wanted = Wanted(
            parties=None if sees_all else _parties(caller, request),
            states=tuple(_state(state) for state in request.states),
            roles=tuple(request.roles),
            flags=tuple(_flag(flag) for flag in request.flags),
            prefix=_short(request.reference_prefix),
            container_key=_short(request.container_key),
            before=read_token(request.page_token),
            size=size,
        )
        if wanted.parties == ():
            return pb.SearchBillsResponse()
        reader = self._organisation if sees_all else caller.organisation
        rows = await self._projected.find(reader, wanted)
        records = [BillRecord.from_text(row.record) for row in rows]
        now = datetime.now(UTC)
        answer = pb.SearchBillsResponse(
            bills=[
                to_bill(record, now) if request.is_whole else to_listed_bill(record)
                for record in records
            ]
        )
        if len(rows) == size:
            answer.next_page_token = write_token(rows[-1].number)
        return answer

    async def ListProjectedActs(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.ListProjectedActsRequest,
        context: grpc.aio.ServicerContext[
            pb.ListProjectedActsRequest, pb.ListProjectedActsResponse
        ],
    ) -> pb.ListProjectedActsResponse:
        """Answer the acts of a bill."""
        acts = await self._projected.acts_of(request.transport_document_reference)
        return pb.ListProjectedActsResponse(
            acts=[
                ledger_pb2.RecordedAct(
                    sequence=act.sequence,
                    act_hash=act.act_hash,
                    action_code=act.action_code,
                    actor=act.actor,
                    recipient=act.recipient,
                    recorded_at=to_timestamp(act.recorded_at),
                    transaction_id=act.transaction_id,
                )
                for act in acts
            ]
        )

    async def GetPosition(  # noqa: N802 - the name is the protocol's
        self,
        request: pb.GetPositionRequest,
        context: grpc.aio.ServicerContext[pb.GetPositionRequest, pb.GetPositionResponse],
    ) -> pb.GetPositionResponse:
        """Answer how far it has come."""
        live = await self._projected.live()
        lag = self._gauges.lag()
        return pb.GetPositionResponse(
            next_block=live.position.next_block,
            blocks_behind=lag.blocks,
            behind_milliseconds=round(lag.seconds * 1000),
            gaps=self._gauges.gaps,
            generation=live.number,
        )


def _sees_all(caller: Caller, organisation: str) -> bool:
    # Whoever keeps a peer of the channel has every bill on its own disk; but it is the people of
    # the projection's organisation, and callers that its gateway vouches for, who come here.
    if caller.organisation == organisation:
        return True
    return caller.part is not None and caller.organisation in MEMBER_ORGANISATIONS


def _parties(caller: Caller, request: pb.SearchBillsRequest) -> tuple[str, ...]:
    return tuple(request.parties) if caller.part is not None else ()


def _state(state: "ledger_pb2.BillState.ValueType") -> str:
    if state not in _NAMES:
        raise InvalidValue("STATE_UNKNOWN", "That is no state of a bill.", state=state)
    return _NAMES[state]


def _flag(flag: str) -> str:
    if flag not in FLAGS:
        raise InvalidValue(
            "FLAG_UNKNOWN", f"{flag[:_TEXT_MAX]!r} is no flag of a bill.", flag=flag[:_TEXT_MAX]
        )
    return flag


def _short(text: str) -> str:
    if len(text) > _TEXT_MAX:
        raise InvalidValue(
            "SEARCH_TOO_LONG", f"What is searched for has {_TEXT_MAX} characters at most."
        )
    return text
