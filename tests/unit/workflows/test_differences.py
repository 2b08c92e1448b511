"""What has to agree between the parts: one planted difference of each kind is found, alone."""

import dataclasses

import pytest

from workflows.reconcile.differences import (
    ChainBill,
    Consignment,
    Paper,
    ProjectedBill,
    Seen,
    differences,
    in_both,
)

BILL, OTHERS = "OBAAAAAAAAAAAAAAAA", "OBBBBBBBBBBBBBBBBB"
BOOKING = "OBK1"
OPERATOR, STRANGER = "POPERATOR", "PSTRANGER"


def chain_bill(reference=BILL, **changed):
    return ChainBill(
        **{
            "reference": reference,
            "record": "{}",
            "state": "ISSUED",
            "issuer": OPERATOR,
            "document_hash": "d" * 64,
            "certificate_hash": "c" * 64,
            "act_hashes": ("1", "2"),
            **changed,
        }
    )


# One consignment that every part knows, and a bill of another issuer that has no papers here.
GOOD = Seen(
    issuers=frozenset({OPERATOR}),
    chain={BILL: chain_bill(), OTHERS: chain_bill(OTHERS, issuer=STRANGER)},
    projected={
        BILL: ProjectedBill("{}", ("1", "2")),
        OTHERS: ProjectedBill("{}", ("1", "2")),
    },
    bookings={BOOKING: "CONFIRMED", "OBK2": "CANCELLED"},
    papers={BOOKING: Paper(BILL, "ISSUED", "d" * 64)},
    certificates={BOOKING: "c" * 64},
    consignments={
        BOOKING: Consignment("RUNNING", "GATE"),
        "OBK2": Consignment("COMPLETED"),
    },
)


NEXT = "OBCCCCCCCCCCCCCCCC"
# The same after its bill was amended: the old one is void, the new one is the booking's.
AMENDED = dataclasses.replace(
    GOOD,
    chain={BILL: chain_bill(state="VOIDED"), NEXT: chain_bill(NEXT, document_hash="e" * 64)},
    projected={
        BILL: ProjectedBill("{}", ("1", "2")),
        NEXT: ProjectedBill("{}", ("1", "2")),
    },
    papers={BOOKING: Paper(NEXT, "ISSUED", "e" * 64)},
    replaced={BILL: Paper(BILL, "VOIDED", "d" * 64)},
)


def test_invariant_43_a_bill_and_the_one_that_took_its_place_agree():
    assert differences(AMENDED) == []


@pytest.mark.parametrize(
    ("chain", "paper", "kind"),
    [
        ({"state": "ISSUED"}, {}, "BILL_REPLACED"),
        ({}, {"state": "ISSUED"}, "BILL_REPLACED"),
        ({}, {"document_hash": "f" * 64}, "DOCUMENT_DIFFERS"),
    ],
)
def test_a_replaced_bill_that_lives_on_anywhere_is_found(chain, paper, kind):
    old = chain_bill(**{"state": "VOIDED", **chain})
    kept = Paper(**{"reference": BILL, "state": "VOIDED", "document_hash": "d" * 64, **paper})
    seen = dataclasses.replace(AMENDED, chain={**AMENDED.chain, BILL: old}, replaced={BILL: kept})

    assert [one.kind for one in differences(seen)] == [kind]


def changed(part, **rows):
    """The good answers with some rows of one part changed; None takes a row away."""
    merged = {**getattr(GOOD, part), **rows}
    kept = {name: row for name, row in merged.items() if row is not None}
    return dataclasses.replace(GOOD, **{part: kept})


PLANTED = {
    "PROJECTION_HAS_MORE": changed("projected", OBX=ProjectedBill("{}", ())),
    "PROJECTION_LACKS_BILL": changed("projected", **{OTHERS: None}),
    "PROJECTION_DIFFERS": changed("projected", **{BILL: ProjectedBill("{1}", ("1", "2"))}),
    "PROJECTED_ACTS_DIFFER": changed("projected", **{BILL: ProjectedBill("{}", ("1",))}),
    "BILL_MISSING": changed("papers", OBK2=Paper("OBLOST", "ISSUED", "d" * 64)),
    "DOCUMENT_MISSING": changed("papers", **{BOOKING: None}),
    "DOCUMENT_NOT_ISSUED": changed("papers", **{BOOKING: Paper(BILL, "APPROVED", "d" * 64)}),
    "DOCUMENT_DIFFERS": changed("papers", **{BOOKING: Paper(BILL, "ISSUED", "e" * 64)}),
    "CERTIFICATE_MISSING": changed("certificates", **{BOOKING: None}),
    "CERTIFICATE_DIFFERS": changed("certificates", **{BOOKING: "e" * 64}),
    "BOOKING_MISSING": dataclasses.replace(
        GOOD,
        bookings={"OBK2": "CANCELLED"},
        consignments={"OBK2": Consignment("COMPLETED")},
    ),
    "BOOKING_GIVEN_UP": dataclasses.replace(
        GOOD, bookings={BOOKING: "CANCELLED"}, consignments={BOOKING: Consignment("COMPLETED")}
    ),
    "BOOKING_COMPLETED": dataclasses.replace(
        GOOD, bookings={BOOKING: "COMPLETED"}, consignments={BOOKING: Consignment("COMPLETED")}
    ),
    "PROCESS_MISSING": changed("consignments", **{BOOKING: Consignment("TERMINATED")}),
    "PROCESS_BEHIND": changed("consignments", **{BOOKING: Consignment("RUNNING", "ISSUE")}),
    "PROCESS_LEFT": changed("consignments", OBK2=Consignment("RUNNING")),
    "PROCESS_OF_NOTHING": changed("consignments", OBK3=Consignment("RUNNING")),
}


def test_parts_that_agree_have_no_difference():
    assert differences(GOOD) == []


@pytest.mark.parametrize(("kind", "seen"), PLANTED.items(), ids=PLANTED)
def test_a_planted_difference_is_found_and_nothing_else(kind, seen):
    found = differences(seen)

    assert [one.kind for one in found] == [kind]
    assert found[0].subject in found[0].sentence


def test_an_accomplished_bill_may_have_a_completed_booking():
    seen = dataclasses.replace(
        changed("chain", **{BILL: chain_bill(state="ACCOMPLISHED")}),
        bookings={BOOKING: "COMPLETED"},
        consignments={BOOKING: Consignment("COMPLETED")},
    )

    assert differences(seen) == []


def test_what_is_found_once_was_only_on_its_way():
    first, second = differences(PLANTED["BILL_MISSING"]), differences(PLANTED["PROCESS_MISSING"])

    assert in_both(first, second) == []
    assert in_both(first, first) == first
