"""Money: whole minor units and an ISO 4217 code. No float comes near it."""

import re
from dataclasses import dataclass
from typing import Final, Self

from foundation.kernel.currencies import MINOR_UNIT_EXPONENTS
from foundation.kernel.errors import InvalidValue

# What a signed 64-bit integer holds, which is what travels and what the database stores.
_LIMIT: Final = 2**63 - 1

_DECIMAL: Final = re.compile(r"(-?)([0-9]{1,19})(?:\.([0-9]{1,4}))?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, fen) of one currency. It may be negative: a posting is.

    Raises:
        InvalidValue: CURRENCY_UNKNOWN, AMOUNT_NOT_WHOLE, AMOUNT_TOO_LARGE.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        """Check that the currency has a minor unit and that the amount counts whole ones."""
        if self.currency not in MINOR_UNIT_EXPONENTS:
            raise InvalidValue(
                "CURRENCY_UNKNOWN",
                f"{self.currency!r} is not a currency that amounts can be written in: use the "
                "three capital letters of ISO 4217, such as USD.",
                currency=self.currency,
            )
        # A bool is an int to Python and never an amount to a person.
        if type(self.amount) is not int:
            raise InvalidValue(
                "AMOUNT_NOT_WHOLE",
                f"An amount counts whole minor units of {self.currency}; {self.amount!r} is not "
                "a whole number.",
                amount=self.amount,
            )
        if abs(self.amount) > _LIMIT:
            raise InvalidValue(
                "AMOUNT_TOO_LARGE",
                f"{self.amount} is more than any invoice can say.",
                amount=self.amount,
            )

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def of(cls, decimal: str, currency: str) -> Self:
        """Read major units written with a point, such as `"1234.50"` in `USD`.

        Raises:
            InvalidValue: as for Money, and AMOUNT_NOT_WHOLE for more decimals than the
                currency has.
        """
        exponent = cls.zero(currency).exponent
        form = _DECIMAL.fullmatch(decimal)
        fraction = (form.group(3) or "") if form else ""
        if form is None or len(fraction) > exponent:
            raise InvalidValue(
                "AMOUNT_NOT_WHOLE",
                f"{decimal!r} is not an amount in {currency}: digits and at most {exponent} "
                "decimals.",
                amount=decimal,
            )
        units = int(form.group(2) + fraction.ljust(exponent, "0"))
        return cls(-units if form.group(1) else units, currency)

    @property
    def exponent(self) -> int:
        """How many decimals the currency has (ISO 4217)."""
        return MINOR_UNIT_EXPONENTS[self.currency]

    def __add__(self, other: Self) -> Self:
        """Add an amount of the same currency."""
        self._same_currency(other)
        return type(self)(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> Self:
        """Subtract an amount of the same currency."""
        self._same_currency(other)
        return type(self)(self.amount - other.amount, self.currency)

    def __neg__(self) -> Self:
        """The same amount the other way round."""
        return type(self)(-self.amount, self.currency)

    def is_at_most(self, other: Self) -> bool:
        """Whether this amount does not exceed `other`, of the same currency."""
        self._same_currency(other)
        return self.amount <= other.amount

    def not_negative(self, name: str = "amount") -> Self:
        """Answer itself, and refuse a negative amount where a price or a payment is meant.

        Raises:
            InvalidValue: AMOUNT_NEGATIVE.
        """
        if self.amount < 0:
            raise InvalidValue(
                "AMOUNT_NEGATIVE",
                f"The {name} cannot be negative: {self}.",
                amount=self.amount,
                field=name,
            )
        return self

    def __str__(self) -> str:
        """For people: `1,234.50 USD`."""
        sign = "-" if self.amount < 0 else ""
        whole, fraction = divmod(abs(self.amount), 10**self.exponent)
        decimals = f".{fraction:0{self.exponent}d}" if self.exponent else ""
        return f"{sign}{whole:,}{decimals} {self.currency}"

    def _same_currency(self, other: Self) -> None:
        if other.currency != self.currency:
            raise InvalidValue(
                "CURRENCIES_DIFFER",
                f"{self} and {other} are in different currencies and cannot be added.",
                currency=self.currency,
                other_currency=other.currency,
            )
