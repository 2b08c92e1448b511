"""The one bill's document against DCSA's own description of a transport document.

The description is not part of this repository. ONEBILL_DCSA_DIR names a folder that has it
(file EBL_v3.0.3.yaml of DCSA's OpenAPI descriptions); without it the test is skipped.
"""

import copy
import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft4Validator
from onebill.booking.v1 import booking_pb2
from onebill.common.v1 import common_pb2

from services.documents.adapters import reading
from services.documents.domain.transport_document import DraftFacts, write_draft
from services.documents.service import open_office
from services.documents.settings import DocumentsSettings
from tests.support.papers import BANK, booking, certificate, custody, equipment, parties, party

DCSA = os.environ.get("ONEBILL_DCSA_DIR", "")


@pytest.fixture(scope="module")
def validator():
    file = Path(DCSA) / "EBL_v3.0.3.yaml"
    if not DCSA or not file.exists():
        pytest.skip("ONEBILL_DCSA_DIR names no folder with EBL_v3.0.3.yaml")
    description = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Draft4Validator(
        {
            "$ref": "#/components/schemas/TransportDocument",
            "components": description["components"],
        }
    )


def draft(said, *, is_final=True):
    settings = DocumentsSettings(
        tls_certificate_file=Path(),
        tls_key_file=Path(),
        tls_roots_file=Path(),
        listen_address="",
        database_url="",
    )
    return write_draft(
        DraftFacts(
            reference="OBAAAABBBBCCCCDDDD",
            issuer=open_office(settings).issuer,
            booking=reading.read_booking(said),
            parties=replace(reading.read_parties(parties()), consignee=BANK),
            equipment=(reading.read_equipment(equipment()),),
            custody=(reading.read_custody(custody()),) if is_final else (),
            certificate=reading.read_certificate(certificate()) if is_final else None,
            clauses=("Two pallets wet",),
        )
    ).document


def as_shown(document, status="ISSUED"):
    """As DCSA shows it: with the status, which stands outside what is hashed (invariant 9)."""
    return {**document, "transportDocumentStatus": status}


def straight():
    said = copy.deepcopy(booking())
    said.request.bill_kind = booking_pb2.BILL_KIND_STRAIGHT
    del said.request.document_parties[1]
    said.request.document_parties.append(
        party(common_pb2.PARTY_FUNCTION_CONSIGNEE, "Jurong Drives", "buyer")
    )
    return said


def dangerous():
    said = copy.deepcopy(booking())
    said.request.commodities[0].dangerous_goods.CopyFrom(
        booking_pb2.DangerousGoodsDeclaration(
            un_number="1263",
            proper_shipping_name="PAINT",
            imo_class="3",
            packing_group="II",
            quantity_and_packaging="40 steel drums (1A1)",
            packing_certificate="CPC-1",
            emergency_contact="+86 23 5550 0100",
        )
    )
    return said


@pytest.mark.parametrize(
    "said", [booking(), straight(), dangerous()], ids=["to order", "straight", "dangerous"]
)
def test_the_document_is_a_dcsa_transport_document(validator, said):
    faults = [
        f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"
        for fault in validator.iter_errors(as_shown(draft(said)))
    ]

    assert faults == []


def test_a_document_without_a_shipper_is_none(validator):
    document = draft(booking())
    del document["documentParties"]["shipper"]

    assert list(validator.iter_errors(as_shown(document)))
