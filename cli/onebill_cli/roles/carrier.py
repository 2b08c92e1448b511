"""A carrier, haulier or railway at its own door: answers legs, takes the box, reports."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.booking.v1 import booking_service_pb2
from onebill.carrier.v1 import carrier_service_pb2
from onebill.carrier.v1.carrier_service_pb2_grpc import CarrierServiceStub
from onebill.documents.v1 import documents_pb2
from onebill.settlement.v1 import settlement_pb2
from onebill.tracking.v1 import tracking_pb2
from onebill_verify import Receipt, encode, salted_hash
from onebill_verify.canonical import JsonValue

from onebill_cli.doors import DEADLINE_SECONDS, Answer, ask_carrier_door
from onebill_cli.environment import Environment
from onebill_cli.signing import new_random_salt


def timestamp(moment: datetime) -> Timestamp:
    """Return a protobuf time."""
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


@dataclass(frozen=True, slots=True)
class Place:
    """What a receipt says of the place: a yard, or a vessel in a port."""

    un_location_code: str
    facility_code: str = ""
    vessel_imo_number: str = ""
    vessel_name: str = ""
    voyage_number: str = ""

    def value(self) -> dict[str, JsonValue]:
        """Return the members that the salted hash is taken over."""
        if self.vessel_imo_number:
            return {
                "unLocationCode": self.un_location_code,
                "vesselIMONumber": self.vessel_imo_number,
                "vesselName": self.vessel_name,
                "voyageNumber": self.voyage_number,
            }
        return {"unLocationCode": self.un_location_code, "facilityCode": self.facility_code}


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier with its certificate and, for receipts, its registered key."""

    environment: Environment
    organisation: str

    def legs(self) -> list[booking_service_pb2.GrantedLeg]:
        """Ask for this carrier's own legs, newest first."""
        request = carrier_service_pb2.ListLegsRequest()
        return list(self._ask(lambda door: door.ListLegs(request, timeout=DEADLINE_SECONDS)).legs)

    def accept_leg(
        self, booking: str, leg: int, carrier_booking_reference: str
    ) -> booking_service_pb2.GrantedLeg:
        """Accept a leg under this carrier's own number."""
        request = carrier_service_pb2.AcceptLegRequest(
            booking_reference=booking,
            leg_sequence=leg,
            carrier_booking_reference=carrier_booking_reference,
            request_id=str(uuid.uuid4()),
        )
        return self._ask(lambda door: door.AcceptLeg(request, timeout=DEADLINE_SECONDS)).leg

    def decline_leg(self, booking: str, leg: int, reason: str) -> booking_service_pb2.GrantedLeg:
        """Decline a leg and say why."""
        request = carrier_service_pb2.DeclineLegRequest(
            booking_reference=booking,
            leg_sequence=leg,
            reason=reason,
            request_id=str(uuid.uuid4()),
        )
        return self._ask(lambda door: door.DeclineLeg(request, timeout=DEADLINE_SECONDS)).leg

    def issue_leg_document(
        self,
        booking: str,
        leg: int,
        number: str,
        equipment: str,
        seals: Sequence[str],
        consignee: str,
        at: datetime,
    ) -> documents_pb2.LegDocument:
        """Issue this leg's document now that the box is here."""
        request = carrier_service_pb2.IssueLegDocumentRequest(
            booking_reference=booking,
            leg_sequence=leg,
            number=number,
            equipment_reference=equipment,
            seal_numbers=seals,
            consignee_organisation=consignee,
            issued_at=timestamp(at),
            request_id=str(uuid.uuid4()),
        )
        return self._ask(
            lambda door: door.IssueLegDocument(request, timeout=DEADLINE_SECONDS)
        ).leg_document

    def submit_receipt(
        self,
        booking: str,
        leg: int,
        equipment: str,
        seals: Sequence[str],
        receipt_type: str,
        place: Place,
        at: datetime,
    ) -> documents_pb2.Receipt:
        """Sign a receipt for a container with this carrier's key and hand it in."""
        asked = carrier_service_pb2.GetReceiptTermsRequest(
            booking_reference=booking, leg_sequence=leg, equipment_reference=equipment
        )
        terms = self._ask(lambda door: door.GetReceiptTerms(asked, timeout=DEADLINE_SECONDS))
        values: dict[str, dict[str, JsonValue]] = {
            "equipment": {"equipmentReference": equipment},
            "seal": {"sealNumbers": list[JsonValue](sorted(seals))},
            "place": place.value(),
        }
        salts = {name: new_random_salt() for name in values}
        opened: dict[str, JsonValue] = {
            name: {"salt": salts[name], "value": value} for name, value in values.items()
        }
        receipt = Receipt(
            channel=terms.channel,
            transport_document_reference=terms.transport_document_reference,
            receipt_type=receipt_type,
            carrier=terms.carrier_party,
            leg_sequence=leg,
            container_key=terms.container_key,
            equipment_hash=salted_hash(salts["equipment"], values["equipment"]),
            seal_hash=salted_hash(salts["seal"], values["seal"]),
            place_hash=salted_hash(salts["place"], values["place"]),
            event_date_time=at,
        ).sign(self.environment.act_key(self.organisation))
        request = carrier_service_pb2.SubmitReceiptRequest(
            receipt=documents_pb2.Receipt(
                booking_reference=booking,
                leg_sequence=leg,
                equipment_reference=equipment,
                receipt=receipt,
                salts=encode(opened).decode(),
            ),
            request_id=str(uuid.uuid4()),
        )
        return self._ask(
            lambda door: door.SubmitReceipt(request, timeout=DEADLINE_SECONDS)
        ).receipt

    def report(
        self, events: Sequence[tracking_pb2.TrackingEvent]
    ) -> list[carrier_service_pb2.ReportEventsResponse]:
        """Report events in one batch; the answer comes when they are durable."""
        batch = carrier_service_pb2.ReportEventsRequest(
            events=events, request_id=str(uuid.uuid4())
        )
        return self._ask(
            lambda door: list(door.ReportEvents(iter([batch]), timeout=DEADLINE_SECONDS))
        )

    def payables(self, booking: str) -> list[settlement_pb2.CarrierPayable]:
        """Ask what this carrier is owed and was paid for a booking."""
        request = carrier_service_pb2.ListPayablesRequest(booking_reference=booking)
        return list(
            self._ask(lambda door: door.ListPayables(request, timeout=DEADLINE_SECONDS)).payables
        )

    def _ask(self, call: Callable[[CarrierServiceStub], Answer]) -> Answer:
        return ask_carrier_door(self.environment, self.organisation, call)
