"""Invariant 66: a pass is bound to haulier, plate, container and window, and opens once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from onebill_cli.errors import Refused
from onebill_cli.gate_book import Arrival, Book, Release
from onebill_verify import NotProven, PrivateKey, new_salt
from onebill_verify.pick_up import PassStatement, PickUpPass

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
BILL = "OBAAAAAAAAAAAAAAAA"
TERMINAL, HAULIER, CARTER, STRANGER = ("P" + sign * 26 for sign in "ABCD")
HAULIERS_KEY, CARTERS_KEY, STRANGERS_KEY = (PrivateKey.from_secret(n) for n in (11, 12, 13))
PLATE = "XB1234C"
BOX = "OBLU1234560"


def drawn(**changes: object) -> PickUpPass:
    statement = PassStatement(
        channel="onebill",
        transport_document_reference=BILL,
        terminal=TERMINAL,
        haulier=HAULIER,
        containers=(BOX,),
        not_before=AT,
        valid_until=AT + timedelta(days=2),
        plate=PLATE,
    )
    return PickUpPass(replace(statement, **changes), new_salt(bytes(32)))  # type: ignore[arg-type]


def book_with(carried: PickUpPass, **changes: object) -> Book:
    release = Release(BILL, "SURRENDERED_FOR_DELIVERY", carried.hash, HAULIER, (), 9)
    return Book(
        terminal=TERMINAL,
        as_of=AT,
        latest=AT,
        releases={BILL: replace(release, **changes)},  # type: ignore[arg-type]
        keys={HAULIER: HAULIERS_KEY.public},
    )


ARRIVAL = Arrival(PLATE, BOX, AT + timedelta(hours=1))


def reason(attempt: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        attempt()
    return refused.value.reason


def test_invariant_66_the_pass_opens_the_gate_for_its_truck_and_container() -> None:
    carried = drawn()

    admitted = book_with(carried).admit(carried.text, ARRIVAL)

    assert (admitted.haulier, admitted.plate, admitted.container) == (HAULIER, PLATE, BOX)


@pytest.mark.parametrize(
    ("arrival", "expected"),
    [
        (replace(ARRIVAL, plate="SG9999Z"), "PASS_FOR_ANOTHER_TRUCK"),
        (replace(ARRIVAL, container="OBLU7654321"), "PASS_FOR_ANOTHER_CONTAINER"),
        (replace(ARRIVAL, haulier=STRANGER), "PASS_OF_ANOTHER_HAULIER"),
        (replace(ARRIVAL, at=AT + timedelta(days=3)), "PASS_EXPIRED"),
        (replace(ARRIVAL, plate="; drop"), "PASS_MALFORMED"),
    ],
)
def test_invariant_66_a_pass_is_bound_to_haulier_plate_container_and_window(
    arrival: Arrival, expected: str
) -> None:
    carried = drawn()

    assert reason(lambda: book_with(carried).admit(carried.text, arrival)) == expected


def test_invariant_66_a_pass_is_used_once_even_when_the_gate_loses_its_power(
    tmp_path: Path,
) -> None:
    carried, file = drawn(), tmp_path / "gate.json"
    book = book_with(carried)
    book.admit(carried.text, ARRIVAL)
    book.write(file)

    again = Book.read(file)

    assert reason(lambda: again.admit(carried.text, ARRIVAL)) == "PASS_USED"


def test_invariant_66_a_pass_dies_with_its_release() -> None:
    carried, later = drawn(), drawn(plate="SGX77Y")

    assert reason(lambda: book_with(later).admit(carried.text, ARRIVAL)) == "PASS_REPLACED"


def test_a_pass_is_worth_nothing_after_a_new_hold() -> None:
    carried = drawn()

    book = book_with(carried, holds=("CUSTOMS-77",))

    assert reason(lambda: book.admit(carried.text, ARRIVAL)) == "RELEASE_HELD"


def test_a_pass_that_the_ledger_has_not_released_is_unknown() -> None:
    book = book_with(drawn())
    forged = drawn(transport_document_reference="OBBBBBBBBBBBBBBBBB")

    assert reason(lambda: book.admit(forged.text, ARRIVAL)) == "PASS_UNKNOWN"


def test_a_changed_pass_is_not_the_one_that_was_released() -> None:
    carried = drawn()
    changed = PickUpPass(replace(carried.statement, plate="SG9999Z"), carried.salt)

    at_the_gate = replace(ARRIVAL, plate="SG9999Z")

    assert reason(lambda: book_with(carried).admit(changed.text, at_the_gate)) == "PASS_REPLACED"


def test_a_gate_whose_clock_went_back_opens_for_nobody() -> None:
    carried = drawn()
    book = book_with(carried)

    early = replace(ARRIVAL, at=AT - timedelta(minutes=3))

    assert reason(lambda: book.admit(carried.text, early)) == "CLOCK_WRONG"


def test_a_pass_is_for_one_terminal() -> None:
    carried = drawn(terminal=STRANGER)

    book = book_with(carried)

    assert reason(lambda: book.admit(carried.text, ARRIVAL)) == "PASS_FOR_ANOTHER_TERMINAL"


def test_an_accomplished_bill_releases_nothing_more() -> None:
    carried = drawn()

    book = book_with(carried, state="ACCOMPLISHED")

    assert reason(lambda: book.admit(carried.text, ARRIVAL)) == "RELEASE_ENDED"


def test_a_pass_without_a_truck_waits_until_its_haulier_names_one() -> None:
    carried = drawn(plate=None)
    book = book_with(carried)
    named = carried.hand_on(HAULIERS_KEY, HAULIER, HAULIERS_KEY.public, AT, "xb 1234-c")

    assert reason(lambda: book.admit(carried.text, ARRIVAL)) == "PASS_WITHOUT_PLATE"
    assert book.admit(named.text, ARRIVAL).plate == PLATE


def test_a_pass_goes_along_the_hauliers_by_their_signatures() -> None:
    carried = drawn(plate=None)
    handed = carried.hand_on(HAULIERS_KEY, CARTER, CARTERS_KEY.public, AT).hand_on(
        CARTERS_KEY, CARTER, CARTERS_KEY.public, AT, PLATE
    )

    book = book_with(carried)

    assert book.admit(handed.text, replace(ARRIVAL, haulier=CARTER)).haulier == CARTER
    assert reason(lambda: book.admit(carried.text, ARRIVAL)) == "PASS_WITHOUT_PLATE"


def test_who_never_had_the_pass_cannot_hand_it_on() -> None:
    carried = drawn(plate=None)
    stolen = carried.hand_on(STRANGERS_KEY, CARTER, CARTERS_KEY.public, AT, PLATE)

    assert reason(lambda: book_with(carried).admit(stolen.text, ARRIVAL)) == (
        "PASS_HANDED_ON_WRONGLY"
    )


def test_a_hand_on_belongs_to_its_own_pass() -> None:
    one, other = drawn(plate=None), drawn(plate=None, valid_until=AT + timedelta(days=1))
    handed = one.hand_on(HAULIERS_KEY, CARTER, CARTERS_KEY.public, AT, PLATE)
    moved = PickUpPass(other.statement, other.salt, handed.hand_ons)

    assert reason(lambda: book_with(other).admit(moved.text, ARRIVAL)) == "PASS_HANDED_ON_WRONGLY"


def test_a_pass_is_handed_on_three_times_at_most() -> None:
    carried = drawn(plate=None, containers=tuple(f"OBLU{number:07d}" for number in range(10)))
    for _ in range(3):
        carried = carried.hand_on(HAULIERS_KEY, HAULIER, HAULIERS_KEY.public, AT, PLATE)

    with pytest.raises(NotProven):
        carried.hand_on(HAULIERS_KEY, HAULIER, HAULIERS_KEY.public, AT, PLATE)
    # The longest still fits into a QR code (ISO/IEC 18004: 2,953 bytes at level L).
    assert len(carried.text) <= 2953


@pytest.mark.parametrize("broken", ["", "x", "~", "e30", "e30~e30", "\x00", "ü" * 40])
def test_what_is_no_pass_is_refused_in_words(broken: str) -> None:
    assert reason(lambda: book_with(drawn()).admit(broken, ARRIVAL)) == "PASS_MALFORMED"
