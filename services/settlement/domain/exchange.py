"""Exchange: one dated rate row, exact fractions, one rounding to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from foundation.kernel.errors import NotFound
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule, in_force


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """How many `quote` one `base` buys, such as 7.1200 CNY for one USD."""

    rule: Rule
    base: str
    quote: str
    # As written in the row; a fraction of it is exact.
    written: str

    @property
    def rate(self) -> Fraction:
        """The rate, exact."""
        return Fraction(self.written)

    def __str__(self) -> str:
        """For people: `1 USD = 7.12 CNY`."""
        return f"1 {self.base} = {self.written} {self.quote}"


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An amount, what it is worth in another currency, and the row that says so."""

    given: Money
    worth: Money
    rate: ExchangeRate | None


def exchange(rates: Sequence[ExchangeRate], given: Money, into: str, on: date) -> Exchanged:
    """Say what `given` is worth in `into` by the rate in force on a day.

    Rounded once, half to even, to the minor unit of `into`.

    Raises:
        NotFound: EXCHANGE_RATE_MISSING.
    """
    if given.currency == into:
        return Exchanged(given, given, None)
    for row in in_force(rates, on):
        if (row.base, row.quote) == (into, given.currency):
            return Exchanged(given, _rounded(given, 1 / row.rate, into), row)
        if (row.base, row.quote) == (given.currency, into):
            return Exchanged(given, _rounded(given, row.rate, into), row)
    raise NotFound(
        "EXCHANGE_RATE_MISSING",
        f"There is no rate between {given.currency} and {into} for {on}.",
        currency=given.currency,
        other_currency=into,
    )


def _rounded(given: Money, factor: Fraction, into: str) -> Money:
    scale = Fraction(10) ** (Money.zero(into).exponent - given.exponent)
    return Money(round(given.amount * factor * scale), into)
