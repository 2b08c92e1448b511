"""The kernel's values check themselves."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from foundation.kernel.clock import in_utc
from foundation.kernel.currencies import MINOR_UNIT_EXPONENTS
from foundation.kernel.equipment import EquipmentReference, equipment_check_digit
from foundation.kernel.errors import DomainError, InvalidValue
from foundation.kernel.money import Money
from foundation.kernel.references import (
    check_booking_reference,
    make_booking_reference,
    make_transport_document_reference,
)
from foundation.kernel.seals import SealComparison, compare_seals
from foundation.kernel.unlocode import UnLocode

owner_and_serial = st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True)
currencies = st.sampled_from(sorted(MINOR_UNIT_EXPONENTS))
amounts = st.integers(min_value=-(10**15), max_value=10**15)
seals = st.text(alphabet="ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=2, max_size=12)


# Numbers seen on real containers, and the example of ISO 6346 itself.
@pytest.mark.parametrize("number", ["CSQU3054383", "NARU3472484", "MSCU6639870"])
def test_a_real_container_number_is_accepted(number):
    assert str(EquipmentReference(number)) == number


@given(owner_and_serial)
def test_a_container_number_with_its_computed_check_digit_is_accepted(first_ten):
    number = f"{first_ten}{equipment_check_digit(first_ten)}"

    assert EquipmentReference(number).number == number


@given(owner_and_serial, st.integers(1, 9))
def test_any_other_check_digit_is_refused(first_ten, shift):
    wrong = (equipment_check_digit(first_ten) + shift) % 10

    with pytest.raises(InvalidValue) as refused:
        EquipmentReference(f"{first_ten}{wrong}")

    assert refused.value.reason == "EQUIPMENT_REFERENCE_CHECK_DIGIT"


def test_a_remainder_of_ten_is_written_as_zero():
    remainders_of_ten = [
        serial for serial in range(200) if str(equipment_check_digit(f"NARU{serial:06d}")) == "0"
    ]

    # Remainders 10 and 0 both give 0, so zeros are about two in eleven and not one.
    assert len(remainders_of_ten) > 25


@pytest.mark.parametrize(
    "number",
    [
        "",
        "NARU347248",
        "naru3472484",
        "NARX3472484",
        "NARU347248٤",
        "NARU 3472484",
        "NARU3472484\n",
    ],
)
def test_what_is_no_container_number_is_refused(number):
    with pytest.raises(InvalidValue) as refused:
        EquipmentReference(number)

    assert refused.value.reason == "EQUIPMENT_REFERENCE_FORM"


@pytest.mark.parametrize("code", ["CNCKG", "SGSIN", "USNYC", "CN2AB"])
def test_a_un_locode_is_accepted(code):
    assert UnLocode(code).country == code[:2]


@pytest.mark.parametrize(
    "code", ["", "CN", "cnckg", "CNCK", "CNCKGX", "CN0AB", "CN1AB", "C1CKG", "CNCK\n"]
)
def test_what_is_no_un_locode_is_refused(code):
    with pytest.raises(InvalidValue) as refused:
        UnLocode(code)

    assert refused.value.reason == "UN_LOCATION_CODE_FORM"


@given(amounts, amounts, currencies)
def test_adding_and_taking_away_again_changes_nothing(one, other, currency):
    first, second = Money(one, currency), Money(other, currency)

    assert first + second - second == first
    assert first + -first == Money.zero(currency)


@given(amounts, currencies)
def test_money_written_for_people_reads_back(amount, currency):
    written = str(Money(amount, currency)).removesuffix(f" {currency}").replace(",", "")

    assert Money.of(written, currency) == Money(amount, currency)


@pytest.mark.parametrize("currency", ["XDR", "XAU", "XXX", "usd", "", "US", "ZZZ"])
def test_a_currency_without_minor_units_is_refused(currency):
    with pytest.raises(InvalidValue) as refused:
        Money(1, currency)

    assert refused.value.reason == "CURRENCY_UNKNOWN"


@pytest.mark.parametrize("amount", [1.0, "1", True, None])
def test_an_amount_that_is_no_whole_number_is_refused(amount):
    with pytest.raises(InvalidValue) as refused:
        Money(amount, "USD")

    assert refused.value.reason == "AMOUNT_NOT_WHOLE"


@pytest.mark.parametrize(
    ("decimal", "currency"),
    [("1.234", "USD"), ("1.5", "JPY"), ("1,5", "USD"), ("", "USD"), ("\u0661", "USD")],
)
def test_fractions_of_a_cent_are_refused(decimal, currency):
    with pytest.raises(InvalidValue) as refused:
        Money.of(decimal, currency)

    assert refused.value.reason == "AMOUNT_NOT_WHOLE"


def test_a_negative_price_is_refused():
    with pytest.raises(InvalidValue) as refused:
        Money(-1, "CNY").not_negative("price")

    assert refused.value.reason == "AMOUNT_NEGATIVE"


def test_amounts_of_two_currencies_are_not_added():
    with pytest.raises(InvalidValue) as refused:
        Money(1, "CNY") + Money(1, "USD")

    assert refused.value.reason == "CURRENCIES_DIFFER"


def test_more_than_64_bits_are_refused():
    with pytest.raises(InvalidValue) as refused:
        Money(2**62, "USD") + Money(2**62, "USD")

    assert refused.value.reason == "AMOUNT_TOO_LARGE"


@given(seals, st.data())
def test_a_seal_one_character_off_is_a_query(seal, data):
    position = data.draw(st.integers(0, len(seal) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHJKLMNPRSTUVWXYZ0123456789"))
    assume(letter != seal[position])
    replaced = seal[:position] + letter + seal[position + 1 :]
    removed = seal[:position] + seal[position + 1 :]
    added = seal[:position] + letter + seal[position:]

    for slip in (replaced, removed, added):
        assert compare_seals(seal, slip) is SealComparison.ONE_CHARACTER_OFF
        assert compare_seals(slip, seal) is SealComparison.ONE_CHARACTER_OFF


@pytest.mark.parametrize(
    ("expected", "found", "comparison"),
    [
        ("CN-883 1204", "cn8831204", SealComparison.SAME),
        ("CN8831204", "CN8832104", SealComparison.ONE_CHARACTER_OFF),
        ("CN8831204", "CN8831240", SealComparison.ONE_CHARACTER_OFF),
        ("CN8831204", "CN8842104", SealComparison.DIFFERENT),
        ("CN8831204", "SG0012345", SealComparison.DIFFERENT),
        ("CN8831204", "", SealComparison.DIFFERENT),
    ],
)
def test_seals_are_compared_as_a_gate_clerk_does(expected, found, comparison):
    assert compare_seals(expected, found) is comparison


@given(st.binary(min_size=10, max_size=10))
def test_a_made_booking_reference_is_well_formed(randomness):
    reference = make_booking_reference(lambda count: randomness[:count])

    assert check_booking_reference(reference) == reference
    assert len(reference) == 14


@given(st.binary(min_size=10, max_size=10), st.integers(0, 9), st.integers(1, 30))
def test_a_slip_in_a_booking_reference_is_found(randomness, position, shift):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    reference = make_booking_reference(lambda count: randomness[:count])
    index = 3 + position
    value = alphabet.index(reference[index])
    assume(value + shift < 31)
    slipped = reference[:index] + alphabet[value + shift] + reference[index + 1 :]

    with pytest.raises(InvalidValue) as refused:
        check_booking_reference(slipped)

    assert refused.value.reason == "BOOKING_REFERENCE_FORM"


@pytest.mark.parametrize(
    "reference", ["", "OBB", "OBB0000000000", "XYZ00000000000", "OBBIIIIIIIIIII"]
)
def test_what_is_no_booking_reference_is_refused(reference):
    with pytest.raises(InvalidValue):
        check_booking_reference(reference)


@given(st.binary(min_size=32, max_size=32))
def test_a_bill_reference_fits_the_document(randomness):
    reference = make_transport_document_reference(lambda count: randomness[:count])

    assert len(reference) <= 20
    assert reference.isascii()


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))],  # noqa: DTZ001
)
def test_a_time_that_is_not_utc_is_refused(moment):
    with pytest.raises(InvalidValue) as refused:
        in_utc(moment, "issue date")

    assert refused.value.reason == "TIME_NOT_UTC"


def test_a_time_in_utc_is_answered_as_it_is():
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert in_utc(moment) == moment


@pytest.mark.parametrize("reason", ["", "lower_case", "A", "WITH SPACE", "9_FIRST", "X" * 64])
def test_a_reason_is_written_in_upper_snake(reason):
    with pytest.raises(ValueError, match="UPPER_SNAKE"):
        DomainError(reason, "no")
