"""Proration of a pool: `share = fixed + (pool - sum of fixed) x weight / sum of weights`.

Rounded by largest remainder in minor units, so that the shares are the pool exactly. Equal
remainders go to the lower leg, so that the same inputs always give the same cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.kernel.errors import InvalidValue
from foundation.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PoolPart:
    """One leg's part in a pool.

    Attributes:
        leg_sequence: the leg.
        carrier: who performs it.
        brings_in: what the leg adds to the pool.
        fixed: what the carrier has before anything is shared (a proviso).
        weight: kilometres times the mode's factor, whole.
    """

    leg_sequence: int
    carrier: str
    brings_in: Money
    fixed: Money
    weight: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one part gets, and the sentence that lets the carrier check it."""

    part: PoolPart
    amount: Money
    explanation: str


def prorate(pool_name: str, parts: Sequence[PoolPart]) -> tuple[Share, ...]:
    """Share out what the parts bring in, to the cent.

    Raises:
        InvalidValue: POOL_EMPTY, POOL_WEIGHTS, POOL_TOO_SMALL, CURRENCIES_DIFFER.
    """
    if not parts:
        raise InvalidValue("POOL_EMPTY", f"Pool {pool_name} has no member on this journey.")
    zero = Money.zero(parts[0].brings_in.currency)
    pool = sum((part.brings_in for part in parts), zero)
    fixed = sum((part.fixed for part in parts), zero)
    weights = sum(part.weight for part in parts)
    if weights <= 0 or any(part.weight < 0 for part in parts):
        raise InvalidValue("POOL_WEIGHTS", f"The weights of pool {pool_name} must be above zero.")
    rest = pool - fixed
    if rest.amount < 0 or any(part.fixed.amount < 0 for part in parts):
        raise InvalidValue(
            "POOL_TOO_SMALL", f"Pool {pool_name} holds {pool}, less than its fixed {fixed}."
        )
    exact = [divmod(rest.amount * part.weight, weights) for part in parts]
    left_over = rest.amount - sum(whole for whole, _ in exact)
    by_remainder = sorted(
        range(len(parts)), key=lambda place: (-exact[place][1], parts[place].leg_sequence)
    )
    extra = set(by_remainder[:left_over])
    return tuple(
        _share(
            pool_name,
            part,
            part.fixed.amount + exact[place][0] + (place in extra),
            pool,
            fixed,
            weights,
        )
        for place, part in enumerate(parts)
    )


def _share(
    pool_name: str, part: PoolPart, amount: int, pool: Money, fixed: Money, weights: int
) -> Share:
    share = Money(amount, pool.currency)
    return Share(
        part,
        share,
        f"Share of pool {pool_name} for leg {part.leg_sequence}: {part.fixed} fixed, plus "
        f"({pool} pool less {fixed} fixed) x {part.weight} of {weights} by weight, rounded by "
        f"largest remainder, is {share}.",
    )
