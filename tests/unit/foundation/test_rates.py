"""How often an organisation may ask."""

import pytest

from foundation.kernel.errors import LimitExceeded
from foundation.runtime.rates import BURST_SECONDS, Rates


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def let_through(rates: Rates, organisation: str, tries: int) -> int:
    return sum(not rates.take(organisation) for _ in range(tries))


def test_a_bucket_is_emptied_and_fills_again_with_time() -> None:
    clock = Clock()
    rates = Rates(10, clock=clock)

    assert let_through(rates, "seller", 1_000) == 10 * BURST_SECONDS
    clock.seconds += 2
    assert let_through(rates, "seller", 1_000) == 20
    clock.seconds += 3_600
    assert let_through(rates, "seller", 1_000) == 10 * BURST_SECONDS


def test_one_organisation_takes_nothing_from_another() -> None:
    rates = Rates(10, clock=Clock())
    let_through(rates, "seller", 1_000)

    assert rates.take("buyer") == 0


def test_a_refusal_says_when_to_come_back_and_costs_no_token() -> None:
    clock = Clock()
    rates = Rates(1, clock=clock)
    let_through(rates, "seller", 100)

    for _ in range(50):
        with pytest.raises(LimitExceeded) as refused:
            rates.check("seller")
    assert refused.value.reason == "TOO_MANY_REQUESTS"
    assert refused.value.metadata == {"organisation": "seller", "retry_after_seconds": "1"}
    clock.seconds += 1
    rates.check("seller")


def test_nought_is_no_limit() -> None:
    assert let_through(Rates(0, clock=Clock()), "seller", 10_000) == 10_000


def test_who_has_not_asked_for_long_is_forgotten_first() -> None:
    rates = Rates(1, clock=Clock(), remembered=2)
    for organisation in ("first", "second", "first", "third"):
        let_through(rates, organisation, 100)

    assert rates.take("first") > 0
    assert rates.take("third") > 0


async def test_a_stream_waits_for_its_token() -> None:
    clock = Clock()
    rates = Rates(1_000, clock=clock)
    let_through(rates, "seller", 10_000)
    waited = []

    async def time_passes(seconds: float) -> None:
        waited.append(seconds)
        clock.seconds += seconds

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("foundation.runtime.rates.asyncio.sleep", time_passes)
        await rates.wait("seller")

    assert sum(waited) == pytest.approx(0.001)
