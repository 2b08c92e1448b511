"""Buying: carriers are bought at agreed rates and paid on their terms; a pool is the exception.

A payable is AGREED at booking, DUE once the performance is recorded, PAID when the rail says so,
or REVERSED when the booking ends before the leg was performed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Self

from foundation.kernel.errors import InvalidValue, NotFound, WrongState
from foundation.kernel.money import Money
from foundation.kernel.rules import Rule, in_force
from services.settlement.domain.journey import Journey, Lane, Leg
from services.settlement.domain.proration import PoolPart, Share, prorate


class PaymentTerms(StrEnum):
    """When a carrier is paid."""

    # The railway takes its tariff when it accepts the laden container.
    AT_ACCEPTANCE_OF_LOAD = "AT_ACCEPTANCE_OF_LOAD"
    # The line wants its freight before it releases the master document.
    BEFORE_MASTER_RELEASE = "BEFORE_MASTER_RELEASE"
    # Road hauliers invoice by statement.
    ON_STATEMENT = "ON_STATEMENT"


class Basis(StrEnum):
    """How the amount was found."""

    BUY_RATE = "BUY_RATE"
    POOL_SHARE = "POOL_SHARE"


class PayableState(StrEnum):
    """Where a payable stands."""

    AGREED = "AGREED"
    DUE = "DUE"
    PAID = "PAID"
    REVERSED = "REVERSED"


# Every move there is. PAID and REVERSED are terminal.
TRANSITIONS: Final = {
    PayableState.AGREED: {PayableState.DUE, PayableState.REVERSED},
    PayableState.DUE: {PayableState.PAID},
}


@dataclass(frozen=True, slots=True)
class BuyRate:
    """What one carrier asks for one container on one lane."""

    rule: Rule
    carrier: str
    lane: Lane
    amount: Money
    terms: PaymentTerms


@dataclass(frozen=True, slots=True)
class PoolMember:
    """One carrier's part in a revenue pool, per container."""

    rule: Rule
    pool: str
    carrier: str
    lane: Lane
    brings_in: Money
    fixed: Money
    distance_kilometres: int
    mode_factor_permille: int

    @property
    def weight(self) -> int:
        """Distance times the mode's factor."""
        return self.distance_kilometres * self.mode_factor_permille


@dataclass(frozen=True, slots=True)
class Purchases:
    """Every agreed rate and every pool."""

    buy_rates: Sequence[BuyRate]
    pool_members: Sequence[PoolMember]


@dataclass(frozen=True, slots=True)
class Payable:
    """What is owed to one carrier for one leg, in the currency of the purchase.

    Attributes:
        part: the part in the pool, where it is pooled.
        cost: what it is worth in the currency of the price, once performed.
        statement: the one payment it belongs to, once that is intended; empty before.
    """

    reference: str
    booking_reference: str
    leg_sequence: int
    carrier: str
    amount: Money
    basis: Basis
    terms: PaymentTerms
    explanation: str
    pool: str = ""
    part: PoolPart | None = None
    state: PayableState = PayableState.AGREED
    event_id: str = ""
    statement: str = ""
    cost: Money | None = None
    due_at: datetime | None = None
    paid_at: datetime | None = None

    def performed(self, *, event_id: str, cost: Money, explanation: str, at: datetime) -> Self:
        """The performance is recorded: now it is owed."""
        due = self._to(PayableState.DUE)
        return replace(due, event_id=event_id, cost=cost, explanation=explanation, due_at=at)

    def stated(self, statement: str) -> Self:
        """It is to be paid by this statement, and by no other."""
        if self.statement not in {"", statement}:
            raise WrongState(
                "PAYABLE_STATED",
                f"What is owed for leg {self.leg_sequence} of {self.booking_reference} is paid by "
                f"statement {self.statement}.",
                statement=self.statement,
            )
        return replace(self, statement=statement)

    def paid(self, *, at: datetime) -> Self:
        """The rail paid it."""
        return replace(self._to(PayableState.PAID), paid_at=at)

    def released(self) -> Self:
        """The booking ended before performance."""
        if self.state is PayableState.REVERSED:
            return self
        return self._to(PayableState.REVERSED)

    def _to(self, target: PayableState) -> Self:
        if target not in TRANSITIONS.get(self.state, set()):
            raise WrongState(
                "PAYABLE_WRONG_STATE",
                f"What is owed for leg {self.leg_sequence} of {self.booking_reference} is "
                f"{self.state} and cannot become {target}.",
                booking_reference=self.booking_reference,
                leg_sequence=self.leg_sequence,
                state=self.state,
            )
        return replace(self, state=target)


def agree(purchases: Purchases, journey: Journey, on: date) -> tuple[Payable, ...]:
    """Answer what each carrier of the journey is to be paid, by the rows in force.

    A carrier in a pool is pooled; its amount is already its exact share, since the shares of a
    journey depend on nothing that is not agreed at booking.

    Raises:
        NotFound: BUY_RATE_MISSING, naming the leg.
        InvalidValue: as for prorate.
    """
    members = {leg.sequence: _member(purchases, leg, on) for leg in journey.legs}
    shares: dict[int, Share] = {}
    for pool in dict.fromkeys(member.pool for member in members.values() if member):
        parts = [
            _part(leg, member, journey.containers)
            for leg in journey.legs
            if (member := members[leg.sequence]) and member.pool == pool
        ]
        shares |= {share.part.leg_sequence: share for share in prorate(pool, parts)}
    payables = []
    for leg in journey.legs:
        member = members[leg.sequence]
        if member is None:
            payables.append(_bought(purchases, journey, leg, on))
            continue
        share = shares[leg.sequence]
        payables.append(
            Payable(
                reference=_reference(journey, leg),
                booking_reference=journey.booking_reference,
                leg_sequence=leg.sequence,
                carrier=leg.carrier,
                amount=share.amount,
                basis=Basis.POOL_SHARE,
                terms=PaymentTerms.ON_STATEMENT,
                explanation=share.explanation + _said_of(member.rule),
                pool=member.pool,
                part=share.part,
            )
        )
    return tuple(payables)


def _member(purchases: Purchases, leg: Leg, on: date) -> PoolMember | None:
    return max(
        (
            member
            for member in in_force(purchases.pool_members, on)
            if member.carrier == leg.carrier and member.lane.narrowness(leg)
        ),
        key=lambda member: member.lane.narrowness(leg),
        default=None,
    )


def _bought(purchases: Purchases, journey: Journey, leg: Leg, on: date) -> Payable:
    rate = max(
        (
            rate
            for rate in in_force(purchases.buy_rates, on)
            if rate.carrier == leg.carrier and rate.lane.narrowness(leg)
        ),
        key=lambda rate: rate.lane.narrowness(leg),
        default=None,
    )
    if rate is None:
        raise NotFound(
            "BUY_RATE_MISSING",
            f"No rate is agreed with {leg.carrier} on {on} for leg {leg.sequence}, {leg.mode} "
            f"from {leg.departure} to {leg.arrival}.",
            leg_sequence=leg.sequence,
            carrier=leg.carrier,
        )
    amount = Money(rate.amount.amount * journey.containers, rate.amount.currency)
    if amount.amount <= 0:
        raise InvalidValue("BUY_RATE_NOT_POSITIVE", f"Rule {rate.rule.key} asks for {amount}.")
    return Payable(
        reference=_reference(journey, leg),
        booking_reference=journey.booking_reference,
        leg_sequence=leg.sequence,
        carrier=leg.carrier,
        amount=amount,
        basis=Basis.BUY_RATE,
        terms=rate.terms,
        explanation=f"Agreed rate {rate.amount} per container x {journey.containers} is "
        f"{amount}." + _said_of(rate.rule),
    )


def _part(leg: Leg, member: PoolMember, containers: int) -> PoolPart:
    return PoolPart(
        leg_sequence=leg.sequence,
        carrier=leg.carrier,
        brings_in=Money(member.brings_in.amount * containers, member.brings_in.currency),
        fixed=Money(member.fixed.amount * containers, member.fixed.currency),
        weight=member.weight,
    )


def _reference(journey: Journey, leg: Leg) -> str:
    return f"PB-{journey.booking_reference}-{leg.sequence}"


def _said_of(rule: Rule) -> str:
    mark = "" if rule.verified else " (demonstration value)"
    return f" Rule {rule.key} of {rule.effective_from}{mark}."
