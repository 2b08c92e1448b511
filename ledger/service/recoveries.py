"""Recovering lost keys and setting the standing of parties, as this organisation."""

from collections.abc import Awaitable, Callable

from onebill_verify.registrations import SignedCancellation, SignedRecovery

from foundation.kernel.errors import NotFound
from ledger.client.courier import Courier, Errand
from ledger.client.organisations import choices_for_party, choices_for_three
from ledger.service.chain import Chain, ChainParty, ChainRecovery
from ledger.service.refused import as_refusals


class RecoveryDesk:
    """Asks for recoveries, ends them, and sets what a party may still do."""

    def __init__(self, chain: Chain, courier: Courier, msp_id: str) -> None:
        self._chain = chain
        self._courier = courier
        self._msp_id = msp_id

    async def ask(self, signed_recovery: str) -> ChainRecovery:
        """Ask, as this organisation, for a recovery; a repeat answers where it stands.

        Raises:
            InvalidValue: RECOVERY_INVALID. DomainError: the contract's refusal.
        """
        with as_refusals("The recovery"):
            signed = SignedRecovery.parse(signed_recovery)
        party, kid = signed.asked.party, signed.asked.public_key.kid

        async def not_asked_yet() -> bool:
            found = await self._find(party, kid)
            return found is None or self._msp_id not in found.asked_by

        if await not_asked_yet():
            await self._carry(
                f"{signed.jws.hash} {self._msp_id}", "RecoverKey", signed_recovery, not_asked_yet
            )
        return await self._recovery(party, kid)

    async def cancel(self, signed_cancellation: str) -> ChainRecovery:
        """End a recovery; the live key has signed.

        Raises:
            InvalidValue: RECOVERY_INVALID. DomainError: the contract's refusal.
        """
        with as_refusals("The cancellation"):
            signed = SignedCancellation.parse(signed_cancellation)
        party, kid = signed.cancellation.party, signed.cancellation.kid

        async def not_cancelled_yet() -> bool:
            found = await self._find(party, kid)
            return found is None or found.state != "CANCELLED"

        if await not_cancelled_yet():
            await self._carry(
                signed.jws.hash, "CancelRecovery", signed_cancellation, not_cancelled_yet
            )
        return await self._recovery(party, kid)

    async def complete(self, party: str, kid: str) -> ChainParty:
        """Give the party the key of a recovery whose time has come.

        Raises:
            DomainError: the contract's refusal, RECOVERY_NOT_DUE among them.
        """

        async def still_another_key() -> bool:
            now = await self._chain.party(party)
            return kid not in (now.live_kid(), now.live_kid(of_approver=True))

        if await still_another_key():
            errand = Errand(f"recovery of {party} to {kid}", "CompleteRecovery", (party, kid))
            await self._courier.carry(errand, _three, still_another_key)
        return await self._chain.party(party)

    async def set_status(self, party: str, status: str, reason_hash: str) -> ChainParty:
        """Suspend, reinstate or revoke a party that this organisation vouches for.

        Raises:
            DomainError: the contract's refusal.
        """
        before = await self._chain.party(party)

        async def still_as_before() -> bool:
            return (await self._chain.party(party)).status == before.status

        async def choices() -> list[tuple[str, ...]]:
            return list(choices_for_party(before.vouching_organisation))

        if before.status != status:
            errand = Errand(
                f"status of {party}: {reason_hash}",
                "SetPartyStatus",
                (party, status, reason_hash),
            )
            await self._courier.carry(errand, choices, still_as_before)
        return await self._chain.party(party)

    async def recoveries(self, party: str) -> list[ChainRecovery]:
        """Answer all recoveries of a party's key, oldest first."""
        return await self._chain.recoveries(party)

    async def _carry(
        self, subject: str, function: str, argument: str, open_: Callable[[], Awaitable[bool]]
    ) -> None:
        await self._courier.carry(Errand(subject, function, (argument,)), _three, open_)

    async def _find(self, party: str, kid: str) -> ChainRecovery | None:
        return next((one for one in await self.recoveries(party) if one.kid == kid), None)

    async def _recovery(self, party: str, kid: str) -> ChainRecovery:
        found = await self._find(party, kid)
        if found is None:
            raise NotFound("RECOVERY_UNKNOWN", f"No recovery of {party} to this key is recorded.")
        return found


async def _three() -> list[tuple[str, ...]]:
    return list(choices_for_three())
