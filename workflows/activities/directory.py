"""Who is who on the ledger: organisations of a booking as the opaque parties of its bill.

The operator's agents at a destination are its own standing arrangements, one row per place in
destinations.toml; a booking that names its delivery agent itself wins over the row.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from onebill.booking.v1 import booking_pb2
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import documents_service_pb2
from onebill.ledger.v1 import ledger_pb2, ledger_service_pb2

from foundation.kernel.errors import NotFound
from foundation.runtime.identity import OPERATOR, on_behalf_of
from foundation.runtime.refusals import refusal_from
from workflows.activities import shapes

if TYPE_CHECKING:
    from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub

import grpc

_AS_OPERATOR: Final = on_behalf_of(OPERATOR)
_MEMBERS: Final[dict[int, str]] = {
    common_pb2.PARTY_FUNCTION_SHIPPER: "shipper",
    common_pb2.PARTY_FUNCTION_CONSIGNEE: "consignee",
    common_pb2.PARTY_FUNCTION_ENDORSEE: "endorsee",
    common_pb2.PARTY_FUNCTION_DELIVERY_AGENT: "delivery_agent",
}
_DESTINATIONS: Final = Path(__file__).parent / "destinations.toml"


@dataclass(frozen=True, slots=True)
class Destination:
    """Who acts at one place of arrival."""

    delivery_agent: str = ""
    terminal: str = ""
    customs: tuple[str, ...] = ()
    carriers_agents: dict[str, str] = field(default_factory=dict)


def read_destinations(path: Path = _DESTINATIONS) -> dict[str, Destination]:
    """Read the rows by UN/LOCODE."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["destination"]
    return {
        row["un_location_code"]: Destination(
            delivery_agent=row["delivery_agent"],
            terminal=row["terminal"],
            customs=tuple(row["customs"]),
            carriers_agents=dict(row["carriers_agents"]),
        )
        for row in rows
    }


@dataclass(frozen=True)
class Directory:
    """Looks organisations up at the operator's ledger service."""

    ledger: "LedgerServiceAsyncStub"
    destinations: dict[str, Destination]

    async def party(self, organisation: str) -> ledger_pb2.PartyRecord:
        """The party of an organisation. A refusal where it is not registered."""
        answer = await self.ledger.GetParty(
            ledger_service_pb2.GetPartyRequest(organisation=organisation), metadata=_AS_OPERATOR
        )
        return answer.party

    async def draft_parties(
        self, booking: booking_pb2.Booking
    ) -> documents_service_pb2.DraftParties:
        """The parties that the bill of this booking names; empty where not registered yet."""
        sea = [
            leg
            for leg in booking.legs
            if leg.mode_of_transport == common_pb2.MODE_OF_TRANSPORT_VESSEL
        ]
        arrival = sea[-1] if sea else booking.legs[-1]
        at = self.destinations.get(arrival.arrival_location.un_location_code, Destination())
        named = {
            "shipper": booking.shipper_organisation,
            "consignee": shapes.organisation_of(booking, common_pb2.PARTY_FUNCTION_CONSIGNEE),
            "endorsee": shapes.organisation_of(booking, common_pb2.PARTY_FUNCTION_ENDORSEE),
            "delivery_agent": shapes.organisation_of(
                booking, common_pb2.PARTY_FUNCTION_DELIVERY_AGENT
            )
            or at.delivery_agent,
            "carriers_agent": at.carriers_agents.get(arrival.carrier_organisation, ""),
            "terminal": at.terminal,
            "first_carrier": booking.legs[0].carrier_organisation,
            "sea_carrier": arrival.carrier_organisation if sea else "",
            "issuer": OPERATOR,
        }
        found = {role: await self._party_if_known(who) for role, who in named.items()}
        customs = [await self._party_if_known(who) for who in at.customs]
        return documents_service_pb2.DraftParties(
            **found, customs=[party for party in customs if party]
        )

    async def parties_anew(
        self, named: Iterable[common_pb2.Party]
    ) -> documents_service_pb2.DraftParties:
        """The ledger ids of parties that a bill in another's place names anew."""
        return documents_service_pb2.DraftParties(
            **{
                _MEMBERS[party.party_function]: await self._party_if_known(party.organisation)
                for party in named
                if party.party_function in _MEMBERS
            }
        )

    async def _party_if_known(self, organisation: str) -> str:
        if not organisation:
            return ""
        try:
            return (await self.party(organisation)).party
        except grpc.aio.AioRpcError as error:
            if isinstance(refusal_from(error), NotFound):
                return ""
            raise
