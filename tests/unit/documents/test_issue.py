"""Whether the bill may be issued: what the form of a document must be."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from onebill.booking.v1 import booking_pb2
from onebill.common.v1 import common_pb2

from services.documents.adapters import reading
from services.documents.adapters.proofs import VerifiedProofs, reopen_receipt
from services.documents.domain.bill import DocumentState, Version
from services.documents.domain.issue import IssueFacts, find_objections, issue_terms
from services.documents.domain.transport_document import DraftFacts, write_draft
from services.documents.service import open_office
from services.documents.settings import DocumentsSettings
from tests.support.papers import (
    TAKEN_AT,
    booking,
    certificate,
    custody,
    equipment,
    parties,
    party,
    receipt,
)

BILL = "OBAAAABBBBCCCCDDDD"
PROOFS = VerifiedProofs(bytes)
ISSUER = open_office(
    DocumentsSettings(
        tls_certificate_file=Path(),
        tls_key_file=Path(),
        tls_roots_file=Path(),
        listen_address="",
        database_url="",
    )
).issuer


def facts(said=None, **changes):
    """Facts against which nothing speaks, unless a test changes them."""
    the_booking = reading.read_booking(said or booking())
    draft = write_draft(
        DraftFacts(
            reference=BILL,
            issuer=ISSUER,
            booking=the_booking,
            parties=reading.read_parties(parties()),
            equipment=(reading.read_equipment(equipment()),),
            custody=(reading.read_custody(custody()),),
            certificate=reading.read_certificate(certificate()),
        )
    )
    given = receipt(BILL)
    version = Version(
        reference=BILL,
        booking_reference=the_booking.reference,
        number=1,
        state=DocumentState.APPROVED,
        content=PROOFS.canonical(draft.document),
        salt=PROOFS.new_salt(),
        document_hash="ab" * 32,
        missing=draft.missing,
        clauses=(),
        parties=reading.read_parties(parties()),
        created_at=TAKEN_AT,
        approval="signed",
    )
    return replace(
        IssueFacts(
            version=version,
            document=draft.document,
            recomputed_hash=version.document_hash,
            rewritten=draft.document,
            booking=the_booking,
            certificate=reading.read_certificate(certificate()),
            custody=(reading.read_custody(custody()),),
            receipts=(reopen_receipt(given.receipt, given.salts),),
            attachments=(),
            equipment=frozenset({equipment().equipment_reference}),
            is_freight_settled=True,
            is_screening_clear=True,
        ),
        **changes,
    )


def with_document(**changes):
    base = facts()
    document = {
        name: value for name, value in {**base.document, **changes}.items() if value is not None
    }
    return replace(base, document=document, rewritten=document)


def reasons(said):
    return [objection.reason for objection in find_objections(said)]


def test_nothing_speaks_against_the_story():
    assert reasons(facts()) == []


def test_invariant_3_a_document_that_was_altered_after_approval_is_refused():
    assert reasons(facts(recomputed_hash="00" * 32)) == ["DOCUMENT_HASH_DIFFERS"]


def test_invariant_4_a_sea_waybill_is_never_to_order():
    assert reasons(with_document(transportDocumentTypeCode="SWB")) == ["SEAWAYBILL_TO_ORDER"]


def test_invariant_4_a_consignee_stands_on_a_bill_exactly_if_it_is_not_to_order():
    named = facts().document["documentParties"]
    both = {**named, "consignee": {"partyName": "Jurong Drives"}}

    assert reasons(with_document(documentParties=both)) == ["CONSIGNEE_OR_ORDER"]
    assert reasons(with_document(isToOrder=False)) == [
        "CONSIGNEE_OR_ORDER",
        "ENDORSEE_NOT_TO_ORDER",
    ]


@pytest.mark.parametrize(("without", "with_charges", "refused"), [(1, 1, True), (0, 1, False)])
def test_invariant_5_an_electronic_bill_has_at_most_one_original(without, with_charges, refused):
    said = with_document(
        numberOfOriginalsWithoutCharges=without, numberOfOriginalsWithCharges=with_charges
    )

    assert reasons(said) == (["ORIGINALS_TOO_MANY"] if refused else [])


def test_invariant_8_a_bill_bears_exactly_one_of_the_two_dates():
    both = with_document(shippedOnBoardDate="2026-01-19")

    assert reasons(both) == ["ONE_DATE_ONLY"]


def test_invariant_8_a_bill_before_custody_is_refused():
    assert reasons(facts(custody=(), receipts=()))[:2] == [
        "BILL_BEFORE_CUSTODY",
        "RECEIPT_MISSING",
    ]
    assert "BILL_BEFORE_CUSTODY" in reasons(facts(equipment=frozenset(), custody=()))


def test_invariant_8_a_bill_dated_a_day_early_is_refused():
    early = (TAKEN_AT - timedelta(days=1)).date().isoformat()

    assert reasons(with_document(receivedForShipmentDate=early)) == ["BILL_ANTEDATED"]


def test_invariant_8_seal_and_time_of_receipt_and_event_agree():
    (taken,) = facts().custody

    assert reasons(facts(custody=(replace(taken, seal_numbers=("XX999",)),))) == [
        "RECEIPT_DIFFERS_FROM_EVENT"
    ]
    assert reasons(facts(custody=(replace(taken, at=taken.at + timedelta(seconds=1)),))) == [
        "RECEIPT_DIFFERS_FROM_EVENT"
    ]
    assert reasons(facts(custody=(replace(taken, at=taken.at.replace(microsecond=9)),))) == []


def test_invariant_11_an_attachment_that_is_not_kept_as_bound_is_refused():
    said = [{"name": "a.pdf", "mediaType": "x/y", "size": 1, "documentChecksum": "0" * 64}]

    assert reasons(with_document(attachments=said)) == ["ATTACHMENT_DIFFERS"]


def test_invariant_49_the_certificate_on_the_bill_is_the_insurers():
    assert reasons(facts(certificate=None)) == ["CERTIFICATE_MISSING"]
    other = replace(facts().certificate, certificate_hash="00" * 32)
    assert reasons(facts(certificate=other)) == ["CERTIFICATE_DIFFERS"]


def test_invariant_48_only_a_collect_bill_waits_for_the_receivers_charges():
    collect = booking()
    collect.request.payment_term = booking_pb2.PAYMENT_TERM_COL

    prepaid_terms = issue_terms(facts(), "SURRENDER_ACCEPTED")
    collect_terms = issue_terms(facts(collect), "SURRENDER_ACCEPTED")

    assert prepaid_terms["conditions"]["receiverCharges"] is False
    assert collect_terms["conditions"]["receiverCharges"] is True


def test_the_terms_of_every_kind_of_bill_are_read_by_the_ledger():
    straight, waybill = booking(), booking()
    for said, kind in (
        (straight, booking_pb2.BILL_KIND_STRAIGHT),
        (waybill, booking_pb2.BILL_KIND_SEAWAYBILL),
    ):
        said.request.bill_kind = kind
        del said.request.document_parties[1]
        said.request.document_parties.append(
            party(common_pb2.PARTY_FUNCTION_CONSIGNEE, "Jurong Drives", "buyer")
        )
    for said in (booking(), straight, waybill):
        terms = issue_terms(facts(said), "SURRENDER_ACCEPTED")
        consigned = {"approval": facts().receipts[0].token} | (
            {} if terms["isToOrder"] else {"consignee": terms["shipper"]}
        )
        PROOFS.check_issue_terms({**terms, **consigned})


def test_the_same_facts_make_the_same_document():
    assert facts().document == facts().document


def test_invariant_9_the_hashed_document_carries_no_state():
    assert "transportDocumentStatus" not in facts().document
    assert "possessor" not in facts().document


def test_weights_stand_in_whole_kilograms_and_in_grams():
    (item,) = facts().document["consignmentItems"]

    assert item["cargoItems"][0]["cargoGrossWeight"] == {"value": 18_001, "unit": "KGM"}
    assert item["cargoItems"][0]["grossWeightGrams"] == 18_000_500


def test_goods_of_several_containers_that_nobody_allotted_are_missing():
    two = write_draft(
        DraftFacts(
            reference=BILL,
            issuer=ISSUER,
            booking=reading.read_booking(booking()),
            parties=reading.read_parties(parties()),
            equipment=(
                reading.read_equipment(equipment()),
                reading.read_equipment(equipment("CSQU3054383")),
            ),
        )
    )

    assert "CARGO_BY_CONTAINER" in two.missing
