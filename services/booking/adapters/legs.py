"""Legs in PostgreSQL: as part of their booking, and as their carrier's own."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from google.protobuf import json_format
from onebill.booking.v1 import booking_pb2
from sqlalchemy import Row, text

from foundation.kernel.errors import NotFound
from foundation.kernel.unlocode import UnLocode
from foundation.runtime.database import Fact, Transaction
from services.booking.adapters.reading import read_equipment
from services.booking.adapters.writing import Writer
from services.booking.application.ports import GrantedLeg, Page
from services.booking.domain.booking import Booking
from services.booking.domain.itinerary import Leg, LegPlan, LegState, TransportPlanStage
from services.booking.domain.places import Location, Mode

# A planned leg has not been asked for yet: its carrier knows nothing of it.
_OWN: Final = "carrier_organisation = :carrier AND state <> 'PLANNED'"


def leg_reference(booking_reference: str, sequence: int) -> str:
    """Name a leg as grants do."""
    return f"{booking_reference}/{sequence}"


def leg_row(booking: Booking, leg: Leg, writer: Writer) -> dict[str, object]:
    """Write a leg as its row, with what its carrier must know of the booking."""
    plan = leg.plan
    equipment = [
        json_format.MessageToDict(writer.equipment(wanted), preserving_proto_field_name=True)
        for wanted in booking.request.equipment
    ]
    return {
        "leg_reference": leg_reference(booking.reference, leg.sequence),
        "booking_reference": booking.reference,
        "leg_sequence": leg.sequence,
        "organisation": booking.shipper_organisation,
        "carrier_organisation": plan.carrier,
        "mode_of_transport": plan.mode.value,
        "departure_location": plan.departure.code.code,
        "departure_facility": plan.departure.facility_code,
        "arrival_location": plan.arrival.code.code,
        "arrival_facility": plan.arrival.facility_code,
        "planned_departure": plan.planned_departure,
        "planned_arrival": plan.planned_arrival,
        "transport_plan_stage": leg.stage.value,
        "consignee_organisation": leg.consignee,
        "state": leg.state.value,
        "state_reason": leg.state_reason,
        "carrier_booking_reference": leg.carrier_booking_reference,
        "revision": leg.revision,
        "acceptance_deadline": booking.acceptance_deadline,
        "requested_equipments": json.dumps(equipment, ensure_ascii=False),
        "is_dangerous_goods": booking.request.is_dangerous,
    }


def leg_from(row: Row[Any]) -> Leg:
    """Read a leg from its row."""
    return Leg(
        sequence=row.leg_sequence,
        plan=LegPlan(
            mode=Mode(row.mode_of_transport),
            departure=Location(UnLocode(row.departure_location), row.departure_facility),
            arrival=Location(UnLocode(row.arrival_location), row.arrival_facility),
            carrier=row.carrier_organisation,
            planned_departure=row.planned_departure,
            planned_arrival=row.planned_arrival,
        ),
        stage=TransportPlanStage(row.transport_plan_stage),
        consignee=row.consignee_organisation,
        state=LegState(row.state),
        carrier_booking_reference=row.carrier_booking_reference,
        state_reason=row.state_reason,
        revision=row.revision,
    )


class PostgresLegs:
    """The legs granted to the transaction's organisation as their carrier."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._connection = transaction.connection

    async def for_change(self, reference: str, sequence: int) -> GrantedLeg:
        """Answer the caller's own leg and keep others from changing it."""
        found = await self._connection.execute(
            text(f"SELECT * FROM legs WHERE leg_reference = :reference AND {_OWN} FOR UPDATE"),  # noqa: S608 - no value is put into the text
            {
                "reference": leg_reference(reference, sequence),
                "carrier": self._transaction.organisation,
            },
        )
        row = found.first()
        if row is None:
            raise NotFound(
                "LEG_NOT_FOUND",
                f"You have no leg {sequence} in booking {reference}.",
                booking_reference=reference,
                leg_sequence=sequence,
            )
        return _granted(row)

    async def save(self, reference: str, leg: Leg, *, what: str, at: datetime) -> None:
        """Keep the carrier's answer and publish it."""
        await self._connection.execute(
            text(
                "UPDATE legs SET state = :state, state_reason = :state_reason, "
                "carrier_booking_reference = :carrier_booking_reference, revision = :revision "
                "WHERE leg_reference = :leg_reference"
            ),
            {
                "leg_reference": leg_reference(reference, leg.sequence),
                "state": leg.state.value,
                "state_reason": leg.state_reason,
                "carrier_booking_reference": leg.carrier_booking_reference,
                "revision": leg.revision,
            },
        )
        details: dict[str, object] = {
            "bookingReference": reference,
            "legSequence": leg.sequence,
            "legState": leg.state.value,
        }
        if leg.state_reason:
            details["reason"] = leg.state_reason
        self._transaction.publish(Fact(f"onebill.booking.{what}.v1", reference, at, details))

    async def list_newest(self, limit: int, after: Page | None) -> Sequence[GrantedLeg]:
        """Answer the caller's legs, the latest departure first."""
        values: dict[str, object] = {"carrier": self._transaction.organisation, "limit": limit}
        from_here = ""
        if after is not None:
            from_here = "AND (planned_departure, leg_reference) < (:moment, :reference)"
            values |= {"moment": after.moment, "reference": after.reference}
        found = await self._connection.execute(
            text(
                f"SELECT * FROM legs WHERE {_OWN} {from_here} "  # noqa: S608 - no value is put into the text
                "ORDER BY planned_departure DESC, leg_reference DESC LIMIT :limit"
            ),
            values,
        )
        return [_granted(row) for row in found]


def _granted(row: Row[Any]) -> GrantedLeg:
    return GrantedLeg(
        booking_reference=row.booking_reference,
        leg=leg_from(row),
        equipment=tuple(
            read_equipment(json_format.ParseDict(wanted, booking_pb2.RequestedEquipment()))
            for wanted in row.requested_equipments
        ),
        acceptance_deadline=row.acceptance_deadline,
        is_dangerous=row.is_dangerous_goods,
    )
