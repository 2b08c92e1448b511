"""What a surrendering party asked for: as protobuf, and as the text that is kept of it."""

from google.protobuf import json_format
from onebill.common.v1 import common_pb2
from onebill.documents.v1 import amendment_pb2

from services.documents.adapters import reading
from services.documents.domain.amendment import Change

_KINDS = {kind: number for number, kind in reading.KINDS.items()}
_FUNCTIONS = {function: number for number, function in reading.FUNCTIONS.items()}


def change_to_proto(change: Change) -> amendment_pb2.WantedChange:
    """Write a change."""
    said = amendment_pb2.WantedChange(
        document_parties=[
            common_pb2.Party(
                party_function=_FUNCTIONS[party.function],
                organisation=party.organisation,
                party_name=party.name,
                address=party.address,
            )
            for party in change.parties
        ]
    )
    if change.kind is not None:
        said.bill_kind = _KINDS[change.kind]
    place = change.place_of_delivery
    if place is not None:
        said.place_of_delivery.CopyFrom(
            common_pb2.Location(
                un_location_code=place.un_location_code,
                facility_code=place.facility_code,
                location_name=place.name,
            )
        )
    return said


def write_change(change: Change) -> str:
    """Spell a change as protobuf JSON."""
    return json_format.MessageToJson(change_to_proto(change), indent=None)


def read_change(text: str) -> Change:
    """Read what `write_change` spelled."""
    return reading.read_change(json_format.Parse(text, amendment_pb2.WantedChange()))
