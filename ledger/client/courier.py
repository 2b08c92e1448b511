"""Carries one transaction to its final code, through lost answers, restarts and lost races.

The envelope is stored before it is submitted. A commit status that does not come is asked for
by transaction id; if the ledger does not know the id, the same envelope goes out again: the id
lets it count at most once. Only a final code that says "lost race" leads to a new endorsement,
and only while the head of the bill has not moved.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from opentelemetry import trace

from ledger.client.faults import (
    CommitRefused,
    CommitUnknown,
    EndorseFailed,
    HeadMoved,
    LedgerBusy,
    PeerUnavailable,
    SubmitFailed,
)
from ledger.client.gateway import DUPLICATE, LOST_RACES, VALID, CommitStatus, Gateway
from ledger.client.organisations import OPERATOR, Choice
from ledger.client.proposal import Prepared

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer(__name__)

_ENDORSEMENTS_MAX: Final = 8
_AWAY_SECONDS: Final = 10.0
_RACE_PAUSE_SECONDS: Final = 0.05
# A block reaches the peers of the others within milliseconds; two seconds are plenty.
_DISAGREEMENTS_MAX: Final = 20
_LAG_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Beside:
    """What travels beside an act and is stored with its envelope: never on the channel."""

    reference: str
    details: str
    details_salt: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be recorded.

    Attributes:
        subject: names it across attempts and restarts: the act hash, a party id.
        function: the contract's function.
        arguments: what it is given.
        beside: of an act, its details.
    """

    subject: str
    function: str
    arguments: tuple[str, ...]
    beside: Beside | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """A transaction in a block, valid."""

    transaction_id: str
    payload: bytes
    block_number: int


class Envelopes(Protocol):
    """Where envelopes are stored. Every method has committed when it returns."""

    async def pending(self, subject: str) -> Prepared | None:
        """Answer the envelope of `subject` that has no final code yet."""
        ...

    async def keep(self, errand: Errand, prepared: Prepared) -> None:
        """Store an envelope; called before Submit."""
        ...

    async def settle(self, prepared: Prepared, status: CommitStatus) -> None:
        """Note the final code of an envelope."""
        ...


@dataclass(frozen=True, slots=True)
class CourierLimits:
    """How long one wait for a commit may be, and how long to go on asking in all."""

    commit_seconds: float = 5.0
    settle_seconds: float = 40.0


class Courier:
    """Carries errands through one organisation's Gateway."""

    def __init__(
        self, gateway: Gateway, envelopes: Envelopes, limits: CourierLimits | None = None
    ) -> None:
        self._gateway = gateway
        self._envelopes = envelopes
        self._limits = limits or CourierLimits()
        self._away: dict[str, float] = {}

    async def carry(
        self,
        errand: Errand,
        choices: Callable[[], Awaitable[Iterable[Choice]]],
        head_unchanged: Callable[[], Awaitable[bool]],
    ) -> Committed:
        """Record `errand` and answer when it stands in a block.

        Args:
            errand: what to record.
            choices: sets of organisations that satisfy the policy as it is now, best first.
            head_unchanged: asked after a lost race: whether the same act still fits.

        Raises:
            DomainError: the contract's refusal; nothing was submitted.
            EndorseFailed: nothing was submitted.
            SubmitFailed, LedgerBusy: stored where it was endorsed; nobody gave a receipt for it.
            CommitUnknown: stored, outcome not known; carry the same errand again.
            HeadMoved: somebody else's act was recorded.
            CommitRefused: invalid for another reason than a race.
        """
        with _tracer.start_as_current_span("ledger carry") as span:
            prepared = await self._envelopes.pending(errand.subject)
            for attempt in range(1, _ENDORSEMENTS_MAX + 1):
                submitted_before = prepared is not None
                if prepared is None:
                    prepared = await self.endorse(errand, await choices())
                    await self._envelopes.keep(errand, prepared)
                span.set_attribute("onebill.transaction_id", prepared.transaction_id)
                status = await self._settle(prepared, ask_first=submitted_before)
                await self._envelopes.settle(prepared, status)
                if status.code == VALID:
                    return Committed(
                        prepared.transaction_id, prepared.payload, status.block_number
                    )
                await self._after_final_code(prepared, status, head_unchanged)
                _log.info(
                    "lost a race",
                    extra={"transaction": prepared.transaction_id, "code": status.name},
                )
                await asyncio.sleep(_RACE_PAUSE_SECONDS * attempt)
                lost, prepared = prepared.transaction_id, None
            raise HeadMoved(lost)

    async def resume(self, prepared: Prepared) -> None:
        """Bring a stored envelope to its final code, after a restart; never endorses again.

        Raises:
            CommitUnknown, SubmitFailed, LedgerBusy: not in time.
        """
        await self._envelopes.settle(prepared, await self._settle(prepared, ask_first=True))

    async def endorse(self, errand: Errand, choices: Iterable[Choice]) -> Prepared:
        """Have the first set of organisations endorse that answers.

        Raises:
            DomainError: the contract's refusal.
            EndorseFailed: no set answered.
        """
        now = asyncio.get_running_loop().time()
        down = {msp for msp, until in self._away.items() if until > now}
        # Who was away a moment ago is asked last, not never.
        remaining = sorted(choices, key=lambda choice: bool(down & set(choice)))
        silent: list[Choice] = []
        failed: EndorseFailed | None = None
        while remaining:
            choice = remaining.pop(0)
            try:
                prepared = await self._endorse_by(errand, choice)
            except EndorseFailed as fault:
                failed = fault.after(failed)
                _log.info("endorsement failed", extra={"away": sorted(failed.away)})
                self._note_away(fault.away)
                if fault.away:
                    remaining = [each for each in remaining if not failed.away & set(each)]
                else:
                    # Nobody said whose peer hangs: go on with those who were asked least.
                    silent.append(choice)
                    remaining = _least_alike_first(remaining, choice)
            else:
                for each in silent:
                    self._note_away(frozenset(each) - frozenset(choice))
                return prepared
        raise failed or EndorseFailed("", "no set of organisations satisfies the policy")

    def _note_away(self, organisations: frozenset[str]) -> None:
        until = asyncio.get_running_loop().time() + _AWAY_SECONDS
        self._away |= dict.fromkeys(organisations, until)

    async def _endorse_by(self, errand: Errand, choice: Choice) -> Prepared:
        """Ask one set; while its peers disagree, the slower one has a block to catch up."""
        for _ in range(_DISAGREEMENTS_MAX):
            try:
                return await self._gateway.endorse(errand.function, errand.arguments, choice)
            except EndorseFailed as fault:
                if not fault.disagreed:
                    raise
                last = fault
            await asyncio.sleep(_LAG_PAUSE_SECONDS)
        raise last

    async def _settle(self, prepared: Prepared, *, ask_first: bool) -> CommitStatus:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._limits.settle_seconds
        if ask_first:
            known = await self._ask(prepared.transaction_id)
            if known is not None:
                return known
        while True:
            unreceipted: SubmitFailed | LedgerBusy | None = None
            try:
                await self._gateway.submit(prepared)
            except (SubmitFailed, LedgerBusy) as fault:
                # Perhaps the orderer has it all the same: only the ledger can tell.
                _log.info("no receipt", extra={"detail": fault.metadata.get("detail")})
                unreceipted = fault
            started = loop.time()
            try:
                status = await self._gateway.commit_status(
                    prepared.transaction_id, self._limits.commit_seconds
                )
                if status.code != DUPLICATE:
                    return status
            except CommitUnknown:
                pass
            known = await self._ask(prepared.transaction_id)
            if known is not None:
                return known
            if loop.time() > give_up:
                # Stored either way; where nobody took it, that is what the party is told.
                raise unreceipted or CommitUnknown(prepared.transaction_id)
            if loop.time() - started < 1.0:  # the peer itself is away: let it come back
                await asyncio.sleep(0.5)

    async def _ask(self, transaction_id: str) -> CommitStatus | None:
        try:
            found = await self._gateway.find_transaction(transaction_id)
        except (PeerUnavailable, LedgerBusy):
            return None
        return CommitStatus(found.code, 0) if found is not None else None

    async def _after_final_code(
        self,
        prepared: Prepared,
        status: CommitStatus,
        head_unchanged: Callable[[], Awaitable[bool]],
    ) -> None:
        if status.code not in LOST_RACES:
            raise CommitRefused(prepared.transaction_id, status.code, status.name)
        if not await head_unchanged():
            raise HeadMoved(prepared.transaction_id)


def _least_alike_first(choices: list[Choice], asked: Choice) -> list[Choice]:
    def likeness(choice: Choice) -> tuple[int, bool]:
        # Of equals, the one without the operator: a bill outlives its platform.
        return len(set(choice) & set(asked)), OPERATOR in choice

    return sorted(choices, key=likeness)


class NoEnvelopes:
    """Stores nothing: for readings and measurements, where a lost answer costs nothing."""

    async def pending(self, subject: str) -> Prepared | None:
        """Answer None."""
        return None

    async def keep(self, errand: Errand, prepared: Prepared) -> None:
        """Forget it."""

    async def settle(self, prepared: Prepared, status: CommitStatus) -> None:
        """Forget it."""
