"""Registering and rotating the keys of parties that this organisation vouches for."""

import asyncio
from typing import Final
from weakref import WeakValueDictionary

from onebill_verify.canonical import parse
from onebill_verify.keys import PublicKey
from onebill_verify.registrations import SignedRegistration, SignedRotation

from foundation.kernel.errors import Conflict, InvalidValue, NotAllowed, NotFound
from foundation.runtime.database import Database
from ledger.client.courier import Courier, Errand
from ledger.client.organisations import choices_for_party
from ledger.service.chain import Chain, ChainParty
from ledger.service.refused import as_refusals
from ledger.service.store import LedgerStore
from ledger.service.vouching import Vouched

_LAG_SECONDS: Final = 2.0
_LAG_PAUSE_SECONDS: Final = 0.1


class PartyRegistrar:
    """Writes party records through one organisation's Gateway, as the one that vouches."""

    def __init__(
        self, chain: Chain, courier: Courier, database: Database, organisation: str, msp_id: str
    ) -> None:
        self._chain = chain
        self._courier = courier
        self._database = database
        self._organisation = organisation
        self._msp_id = msp_id
        # Two requests for one key at once would race for the same party id. A key's lock is there
        # as long as somebody holds it or waits: keys are strangers' to invent.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def register(
        self, member: str, signed: SignedRegistration, evidence: Vouched, *, may_know: bool
    ) -> ChainParty:
        """Register a party, or answer the one that has this key already.

        Args:
            member: the organisation whose key it is; stays off the channel.
            signed: the party's own word.
            evidence: what this organisation saw before it vouches; kept here.
            may_know: whether the asker may say whose a key is that others registered.

        Raises:
            InvalidValue: EVIDENCE_DIFFERS. DomainError: the contract's refusal.
            NotAllowed: PARTY_NOT_YOURS.
            Conflict: PARTY_OF_ANOTHER.
        """
        evidence.check(signed.registration)
        async with self._alone(signed.registration.public_key.kid):
            return await self._register(member, signed, evidence, may_know=may_know)

    async def note(
        self, member: str, public_key: str, party: str, *, may_know: bool
    ) -> ChainParty:
        """Note whose party it is that another organisation registered.

        That is how a ledger service learns who is behind a party that it does not vouch for.

        Raises:
            InvalidValue: KEY_MALFORMED, KEY_OF_ANOTHER_PARTY.
            NotFound: PARTY_UNKNOWN.
            NotAllowed: PARTY_NOT_YOURS.
            Conflict: PARTY_OF_ANOTHER.
        """
        with as_refusals("The key"):
            key = PublicKey.from_jwk(parse(public_key.encode()))
        async with self._alone(key.kid):
            return await self._note_registered(member, key, party, may_know=may_know)

    def _alone(self, kid: str) -> asyncio.Lock:
        return self._locks.setdefault(kid, asyncio.Lock())

    async def _note_registered(
        self, member: str, key: PublicKey, party: str, *, may_know: bool
    ) -> ChainParty:
        found = await self._arrived(party)
        if found.kid != key.kid:
            raise InvalidValue(
                "KEY_OF_ANOTHER_PARTY", f"The live key of {party} is another one.", party=party
            )
        async with self._database.reading(self._organisation) as transaction:
            known_as = await LedgerStore(transaction).member_of(party)
        return await self._note(party, known_as, member, may_know=may_know)

    async def _arrived(self, party: str) -> ChainParty:
        """Answer a party that was registered a moment ago, once our peer has the block."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _LAG_SECONDS
        while True:
            try:
                return await self._chain.party(party)
            except NotFound:
                if loop.time() > give_up:
                    raise
            await asyncio.sleep(_LAG_PAUSE_SECONDS)

    async def _register(
        self, member: str, signed: SignedRegistration, evidence: Vouched, *, may_know: bool
    ) -> ChainParty:
        key = signed.registration.public_key
        async with self._database.reading(self._organisation) as transaction:
            store = LedgerStore(transaction)
            seen = await store.channel_party_with_key(key.kid)
            known_as = await store.member_of(seen) if seen else ""
        if seen is not None:
            return await self._note(seen, known_as, member, may_know=may_know)
        async with self._database.transaction(self._organisation) as transaction:
            store = LedgerStore(transaction)
            first = await store.registration_for(signed)
        if first != signed and not await self._is_recorded(first.registration.party):
            # It was refused, or never came through: the party has signed another one.
            async with self._database.transaction(self._organisation) as transaction:
                await LedgerStore(transaction).replace_registration(signed)
            first = signed
        if first == signed:
            async with self._database.transaction(self._organisation) as transaction:
                await LedgerStore(transaction).keep_evidence(signed.registration.party, evidence)
        await self._carry_registration(first)
        party = first.registration.party
        async with self._database.transaction(self._organisation) as transaction:
            store = LedgerStore(transaction)
            await store.saw_party(party, key.kid, self._msp_id)
            await store.know_party(party, member)
        return await self._chain.party(party)

    async def rotate(self, signed_rotation: str) -> ChainParty:
        """Replace a party's key, or its approver's; the old one and the new have signed.

        Raises:
            DomainError: the contract's refusal.
        """
        with as_refusals("The rotation"):
            rotation = SignedRotation.parse(signed_rotation)
        said = rotation.rotation
        party = said.party
        before = await self._chain.party(party)
        if before.live_kid(of_approver=said.of_approver) == said.public_key.kid:
            return before  # a repeat
        errand = Errand(rotation.jws.hash, "RotateKey", (signed_rotation,))

        async def still_the_old_key() -> bool:
            now = await self._chain.party(party)
            live = now.live_kid(of_approver=said.of_approver)
            return live == before.live_kid(of_approver=said.of_approver)

        async def choices() -> list[tuple[str, ...]]:
            return list(choices_for_party(before.vouching_organisation))

        await self._courier.carry(errand, choices, still_the_old_key)
        return await self._chain.party(party)

    async def _note(self, party: str, known_as: str, member: str, *, may_know: bool) -> ChainParty:
        if known_as not in ("", member):
            raise Conflict("PARTY_OF_ANOTHER", "This key is registered for another organisation.")
        if not known_as:
            if not may_know:
                raise NotAllowed(
                    "PARTY_NOT_YOURS",
                    "This key was registered through another organisation; its ledger service "
                    "knows you.",
                )
            async with self._database.transaction(self._organisation) as transaction:
                await LedgerStore(transaction).know_party(party, member)
        return await self._chain.party(party)

    async def _carry_registration(self, signed: SignedRegistration) -> None:
        registration = signed.registration
        if await self._is_recorded(registration.party):
            return  # a repeat whose first answer was lost
        errand = Errand(registration.party, "RegisterParty", (signed.jws.token,))

        async def not_there_yet() -> bool:
            return not await self._is_recorded(registration.party)

        async def choices() -> list[tuple[str, ...]]:
            return list(choices_for_party(self._msp_id))

        await self._courier.carry(errand, choices, not_there_yet)

    async def _is_recorded(self, party: str) -> bool:
        try:
            await self._chain.party(party)
        except NotFound:
            return False
        return True
