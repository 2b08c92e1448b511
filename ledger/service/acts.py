"""Carrying a signed act to the ledger: once, whoever asks and however often.

The act hash is the name of the errand. Another courier's success counts as ours, a peer that
lags a block behind is waited for, and only what the contract says is a refusal.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from onebill_verify.act import SignedAct
from onebill_verify.canonical import encode, parse_canonical
from onebill_verify.countersignature import Countersignature
from onebill_verify.encoding import salted_hash

from foundation.kernel.errors import DomainError, InvalidValue, LostRace, Unavailable
from ledger.client.courier import Beside, Courier, Errand
from ledger.client.faults import CommitRefused, HeadMoved
from ledger.client.organisations import Choice, choices_for_act
from ledger.client.transactions import read_transaction
from ledger.service.chain import Chain
from ledger.service.records import BillRecord
from ledger.service.refused import as_refusals

_log = logging.getLogger(__name__)

# A block is at the peers of all organisations within milliseconds, and after a restart within
# seconds; who signed over a head that we do not know yet has seen it somewhere else.
_LAG_SECONDS: Final = 2.0
_LAG_PAUSE_SECONDS: Final = 0.1
# What a party that was registered a moment ago, elsewhere, makes our peer say. Such refusals are
# mostly meant as they are, so they are doubted for a shorter while.
_PERHAPS_BEHIND: Final = frozenset({"PARTY_UNKNOWN", "KEY_UNKNOWN"})
_DOUBT_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class HandedIn:
    """An act as it was handed in, form and details checked."""

    signed: SignedAct
    details: str
    details_salt: str
    countersignature: str = ""

    @classmethod
    def read(
        cls,
        signed_act: str,
        details: str,
        details_salt: str,
        channel: str,
        countersignature: str = "",
    ) -> "HandedIn":
        """Read an act and what travels beside it.

        Whether a countersignature is due, and whose, is the contract's to say.

        Raises:
            InvalidValue: ACT_MALFORMED, WRONG_CHANNEL, SALT_MALFORMED, DETAILS_MALFORMED,
                DETAILS_HASH_WRONG, COMMENT_MISSING,
                DISCREPANCIES_MISSING, COUNTERSIGNATURE_INVALID.
        """
        with as_refusals("The act"):
            signed = SignedAct.parse(signed_act)
        if countersignature:
            with as_refusals("The countersignature"):
                Countersignature.parse(countersignature)
        if signed.act.channel != channel:
            raise InvalidValue(
                "WRONG_CHANNEL",
                f"The act is made for the channel {signed.act.channel}; this is {channel}.",
                channel=signed.act.channel,
            )
        with as_refusals("The act's details"):
            value = parse_canonical(details.encode())
            found = salted_hash(details_salt, value)
        if not isinstance(value, dict):
            raise InvalidValue("DETAILS_MALFORMED", "The details of an act are a JSON object.")
        if found != signed.act.details_hash:
            raise InvalidValue(
                "DETAILS_HASH_WRONG",
                "The details are not those that were signed: their salted hash differs.",
            )
        comment = value.get("comment")
        if signed.act.action_code == "REJECT_SURRENDER" and not (
            isinstance(comment, str) and comment.strip()
        ):
            raise InvalidValue(
                "COMMENT_MISSING", "Say in the details, as comment, why the surrender is rejected."
            )
        if signed.act.action_code == "REFUSE_PRESENTATION" and not value.get("discrepancies"):
            raise InvalidValue(
                "DISCREPANCIES_MISSING", "Name in the details what is wrong with the documents."
            )
        return cls(signed, encode(value).decode(), details_salt, countersignature)

    @property
    def arguments(self) -> tuple[str, ...]:
        """What SubmitAct is told."""
        beside = (self.countersignature,) if self.countersignature else ()
        return (self.signed.token, *beside)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An act on the ledger: its transaction and that transaction's time, UTC."""

    signed: SignedAct
    transaction_id: str
    at: datetime


class ActRecorder:
    """Records acts through one organisation's Gateway."""

    def __init__(self, chain: Chain, courier: Courier, msp_id: str) -> None:
        self._chain = chain
        self._courier = courier
        self._msp_id = msp_id
        self._under_way: dict[tuple[str, ...], asyncio.Task[Recorded]] = {}

    async def record(self, handed_in: HandedIn) -> Recorded:
        """Record an act, or answer how it was recorded before.

        A caller that goes away does not stop it: the act was signed, and half-way is worse.

        Raises:
            DomainError: the contract's refusal.
            HeadMoved: another act took this one's place; the party signs again.
            Unavailable: not recorded, or not known; hand in the same act again.
        """
        # A wrong countersignature beside an act does not answer for the right one.
        errand = (handed_in.signed.hash, handed_in.countersignature)
        task = self._under_way.get(errand)
        if task is None:
            task = asyncio.create_task(self._record(handed_in))
            self._under_way[errand] = task
            task.add_done_callback(lambda done: self._done(errand, done))
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _done(self, errand: tuple[str, ...], task: asyncio.Task[Recorded]) -> None:
        del self._under_way[errand]
        if not task.cancelled() and task.exception() is not None:
            _log.info("act not recorded", extra={"fault": type(task.exception()).__name__})

    async def _record(self, handed_in: HandedIn) -> Recorded:
        signed = handed_in.signed
        head = await self._head_for(signed)
        if head is not None and head.sequence >= signed.act.sequence:
            known = await self._find(signed)
            if known is not None:
                return known
        errand = Errand(
            subject=signed.hash,
            function="SubmitAct",
            arguments=handed_in.arguments,
            beside=Beside(
                signed.act.transport_document_reference, handed_in.details, handed_in.details_salt
            ),
        )
        try:
            return await self._carry(errand, signed)
        except LostRace:
            # The race may have been lost to this very act, in another courier's hands.
            known = await self._find(signed)
            if known is None:
                raise
            return known

    async def _carry(self, errand: Errand, signed: SignedAct) -> Recorded:
        loop = asyncio.get_running_loop()
        begun = loop.time()

        async def choices() -> Iterable[Choice]:
            record = await self._chain.find_bill(signed.act.transport_document_reference)
            return choices_for_act(self._msp_id, record.possessor_vouched_by if record else None)

        async def head_unchanged() -> bool:
            record = await self._chain.find_bill(signed.act.transport_document_reference)
            return _follows(signed, record)

        while True:
            try:
                committed = await self._courier.carry(errand, choices, head_unchanged)
            except (Unavailable, CommitRefused, HeadMoved):
                raise
            except DomainError as refusal:
                if not await self._is_lag(errand, refusal, loop.time() - begun):
                    raise
                await asyncio.sleep(_LAG_PAUSE_SECONDS)
            else:
                at = read_transaction(committed.payload).at
                return Recorded(signed, committed.transaction_id, at)

    async def _is_lag(self, errand: Errand, refusal: DomainError, waited: float) -> bool:
        """Say whether the refusal may only show that a peer is a block behind."""
        try:
            await self._chain.would_accept(errand.function, errand.arguments)
        except DomainError:
            return refusal.reason in _PERHAPS_BEHIND and waited < _DOUBT_SECONDS
        return waited < _LAG_SECONDS

    async def _head_for(self, signed: SignedAct) -> BillRecord | None:
        """Answer the bill at our peer, once it has the act that this one follows."""
        reference, sequence = signed.act.transport_document_reference, signed.act.sequence
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _LAG_SECONDS
        while True:
            record = await self._chain.find_bill(reference)
            known = record.sequence if record else 0
            if known >= sequence - 1 or loop.time() > give_up:
                return record
            await asyncio.sleep(_LAG_PAUSE_SECONDS)

    async def _find(self, signed: SignedAct) -> Recorded | None:
        """Answer how this act was recorded, if it was."""
        act = signed.act
        found = await self._chain.act(act.transport_document_reference, act.sequence)
        if found is None or SignedAct.parse(found.signed_act).hash != signed.hash:
            return None
        payload = await self._chain.payload(found.transaction_id)
        return Recorded(
            SignedAct.parse(found.signed_act),
            found.transaction_id,
            read_transaction(payload).at,
        )


def _follows(signed: SignedAct, record: BillRecord | None) -> bool:
    if record is None:
        return signed.act.sequence == 1
    return (
        signed.act.sequence == record.sequence + 1
        and signed.act.previous_act_hash == record.head_act_hash
    )
