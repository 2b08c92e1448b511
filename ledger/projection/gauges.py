"""How far the projection is behind, as numbers for the door and as OpenTelemetry metrics."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ledger.projection.store import Generation


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind: blocks that the peer has and we do not, and for how long, in seconds."""

    blocks: int
    seconds: float


class Gauges:
    """Lag, gaps and acts folded. Being level with the peer, as last looked at, is no lag."""

    def __init__(self, meter: Meter) -> None:
        self._generation: Generation | None = None
        self._height = 0
        self._level_at = time.monotonic()
        self.gaps = 0
        meter.create_observable_gauge(
            "onebill.projection.lag.blocks",
            [self._blocks],
            unit="{block}",
            description="Blocks that the own peer has and the projection does not.",
        )
        meter.create_observable_gauge(
            "onebill.projection.lag.time",
            [self._seconds],
            unit="s",
            description="For how long the projection has been behind its peer.",
        )
        self._gaps = meter.create_counter(
            "onebill.projection.gaps",
            unit="{gap}",
            description="Blocks that did not follow from the one before.",
        )
        self._folded = meter.create_counter(
            "onebill.projection.folded",
            unit="{transaction}",
            description="Transactions folded.",
        )

    @property
    def generation(self) -> Generation | None:
        """What was folded last, and how far that goes; None before the first look."""
        return self._generation

    def reached(self, generation: Generation, transactions: int = 0) -> None:
        """Say how far it has come."""
        self._generation = generation
        self._folded.add(transactions)
        if generation.position.next_block >= self._height:
            self._level_at = time.monotonic()

    def peer_has(self, blocks: int, at: float) -> None:
        """Say how many blocks the peer has; `at` by the monotonic clock."""
        was_level = self._behind() == 0
        self._height = blocks
        if was_level:
            # It cannot have been behind for longer than since it was seen to be level.
            self._level_at = at

    def gap(self) -> None:
        """Say that a block came that does not follow."""
        self.gaps += 1
        self._gaps.add(1)

    def lag(self) -> Lag:
        """Answer how far behind the projection is."""
        behind = self._behind()
        return Lag(behind, time.monotonic() - self._level_at if behind else 0.0)

    def _behind(self) -> int:
        reached = self._generation.position.next_block if self._generation else 0
        return max(0, self._height - reached)

    def _blocks(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self.lag().blocks)]

    def _seconds(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self.lag().seconds)]
