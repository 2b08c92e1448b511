"""Registering parties: what strangers may not pile up."""

import pytest
from onebill_verify.canonical import encode
from onebill_verify.keys import PrivateKey

from foundation.kernel.errors import InvalidValue
from ledger.service.chain import ChainParty
from ledger.service.parties import PartyRegistrar

PARTY = "P" + "A" * 26


class OneParty:
    """A chain on which one party is registered, with a key of its own."""

    async def party(self, party: str) -> ChainParty:
        return ChainParty(party, "another-kid", "{}", ("BANK",), "PortMSP", "ACTIVE", (), 1)


async def test_keys_that_strangers_invent_leave_nothing_behind() -> None:
    registrar = PartyRegistrar(OneParty(), None, None, "operator", "OperatorMSP")  # type: ignore[arg-type]

    for _ in range(20):
        invented = encode(PrivateKey.generate().public.jwk()).decode()
        with pytest.raises(InvalidValue) as refused:
            await registrar.note("seller", invented, PARTY, may_know=False)
        assert refused.value.reason == "KEY_OF_ANOTHER_PARTY"

    assert len(registrar._locks) == 0
