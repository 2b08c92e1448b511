"""Containers, seals, weights and files as their senders declare them."""

import hashlib
from dataclasses import replace

import pytest

from foundation.kernel.errors import DomainError
from services.documents.adapters.reading import read_equipment
from services.documents.domain.attachment import check_attachment
from services.documents.domain.equipment import Seal, check_equipment
from tests.support.papers import equipment

BOX = read_equipment(equipment())
MASS = BOX.verified_gross_mass


def reason_of(work):
    with pytest.raises(DomainError) as refused:
        work()
    return refused.value.reason


def test_the_storys_container_is_fine():
    assert check_equipment(BOX) is BOX


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference": "NARU3472485"}, "EQUIPMENT_REFERENCE_CHECK_DIGIT"),
        ({"reference": "NARU347248"}, "EQUIPMENT_REFERENCE_FORM"),
        ({"iso_equipment_code": "22g1"}, "ISO_EQUIPMENT_CODE_FORM"),
        ({"seals": ()}, "SEALS_MISSING"),
        ({"seals": (Seal("", "SHIPPER"),)}, "SEAL_NUMBER_FORM"),
        ({"seals": (Seal("S" * 16, "SHIPPER"),)}, "SEAL_NUMBER_FORM"),
        ({"seals": (Seal("S1", "PIRATE"),)}, "SEAL_SOURCE_UNKNOWN"),
        ({"seals": (Seal("S1", "SHIPPER"), Seal("S1", "CUSTOMS"))}, "SEAL_TWICE"),
        ({"verified_gross_mass": None}, "VGM_MISSING"),
        ({"verified_gross_mass": replace(MASS, method="SM3")}, "VGM_METHOD_UNKNOWN"),
        ({"verified_gross_mass": replace(MASS, mass_grams=0)}, "VGM_MASS"),
        ({"verified_gross_mass": replace(MASS, mass_grams=-1)}, "VGM_MASS"),
        ({"verified_gross_mass": replace(MASS, responsible_person=" ")}, "VGM_RESPONSIBLE_PERSON"),
        (
            {
                "verified_gross_mass": replace(
                    MASS, determined_at=MASS.determined_at.replace(tzinfo=None)
                )
            },
            "TIME_NOT_UTC",
        ),
    ],
)
def test_a_container_that_cannot_be_right_is_told_why(changes, reason):
    assert reason_of(lambda: check_equipment(replace(BOX, **changes))) == reason


def test_invariant_65_no_container_is_declared_without_its_verified_gross_mass():
    assert reason_of(lambda: check_equipment(replace(BOX, verified_gross_mass=None))) == (
        "VGM_MISSING"
    )


@pytest.mark.parametrize("method", ["SM1", "SM2"])
def test_both_methods_of_solas_are_known(method):
    check_equipment(replace(BOX, verified_gross_mass=replace(MASS, method=method)))


def attach(content=b"x", **changes):
    fields = {
        "booking_reference": "OBBSVQG2DWXN1W",
        "name": "packing-list.pdf",
        "media_type": "application/pdf",
        "content": content,
        "checksum": hashlib.sha256(content).hexdigest(),
    }
    return check_attachment(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, "ATTACHMENT_NAME_FORM"),
        ({"name": "../x"}, "ATTACHMENT_NAME_FORM"),
        ({"name": "x" * 101}, "ATTACHMENT_NAME_FORM"),
        ({"media_type": "pdf"}, "ATTACHMENT_MEDIA_TYPE"),
        ({"content": b""}, "ATTACHMENT_EMPTY"),
        ({"content": b"x" * (3 * 1024 * 1024 + 1)}, "ATTACHMENT_TOO_LARGE"),
        ({"checksum": "00" * 32}, "ATTACHMENT_HASH_DIFFERS"),
    ],
)
def test_invariant_11_a_file_that_cannot_be_bound_is_told_why(changes, reason):
    assert reason_of(lambda: attach(**changes)) == reason


def test_invariant_11_reference_follows_from_booking_and_content():
    assert attach().reference == attach(name="other.pdf").reference
    assert attach().reference != attach(b"y").reference
    assert attach().reference != attach(booking_reference="OBBOTHER").reference
