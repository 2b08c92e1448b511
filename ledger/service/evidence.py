"""What a bundle needs from the ledger: an attestation and the chain that it fixes."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from onebill_verify import forms
from onebill_verify.act import SignedAct
from onebill_verify.canonical import parse
from onebill_verify.forms import Members
from onebill_verify.statements import SignedApproval, SignedReceipt
from onebill_verify.terms import IssueTerms, NoteOnBoardTerms

from foundation.kernel.errors import InvalidValue, Unavailable
from ledger.client.courier import Courier, Errand
from ledger.client.organisations import MEMBERS, Choice, choices_for_read
from ledger.client.transactions import read_transaction
from ledger.service.chain import Chain, ChainAct, ChainParty


@dataclass(frozen=True, slots=True)
class Attested:
    """An attestation: an endorsed read, submitted nowhere.

    Attributes:
        transaction: the endorsed transaction, a serialised common.Payload.
        attestation: what the peers signed, canonical JSON.
        organisations: MSP ids of who signed.
        sequence: the number of the last act that it speaks of.
    """

    transaction: bytes
    attestation: str
    organisations: tuple[str, ...]
    sequence: int


@dataclass(frozen=True, slots=True)
class EvidencedAct:
    """A recorded act with its transaction."""

    act: ChainAct
    signed: SignedAct
    transaction: bytes


@dataclass(frozen=True, slots=True)
class EvidencedParty:
    """A party with the transactions that registered it and rotated its keys."""

    party: ChainParty
    transactions: tuple[bytes, ...]
    transaction_id: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The whole: as of the attestation, no act more."""

    acts: tuple[EvidencedAct, ...]
    parties: tuple[EvidencedParty, ...]
    attested: Attested


class Evidencer:
    """Collects evidence through one organisation's Gateway."""

    def __init__(self, chain: Chain, courier: Courier, msp_id: str) -> None:
        self._chain = chain
        self._courier = courier
        self._msp_id = msp_id

    async def attest(self, reference: str, nonce: str, organisations: Iterable[str]) -> Attested:
        """Have peers of `organisations` sign what stands on the bill now.

        Without organisations: the own peer and one other, the operator's last.

        Raises:
            InvalidValue: NONCE_MALFORMED, ORGANISATION_UNKNOWN.
            NotFound: BILL_UNKNOWN.
            EndorseFailed: who was asked does not answer.
        """
        try:
            forms.nonce(nonce)
        except ValueError as fault:
            raise InvalidValue(
                "NONCE_MALFORMED", "A nonce is 1 to 64 characters of A-Z, a-z, 0-9 and ._~-."
            ) from fault
        named = tuple(dict.fromkeys(organisations))
        # Others that joined later are asked by nobody but themselves.
        unknown = [msp for msp in named if msp not in (*MEMBERS, self._msp_id)]
        if unknown:
            raise InvalidValue(
                "ORGANISATION_UNKNOWN",
                f"{unknown[0]} is no organisation of the ledger; name some of "
                f"{', '.join(MEMBERS)}.",
                organisation=unknown[0],
            )
        choices: Iterable[Choice] = [named] if named else choices_for_read(self._msp_id)
        prepared = await self._courier.endorse(
            Errand(reference, "Attest", (reference, nonce)), choices
        )
        read = read_transaction(prepared.payload)
        said = Members(parse(read.result), "the attestation", "ATTESTATION_MALFORMED")
        return Attested(
            prepared.payload,
            read.result.decode(),
            read.endorsed_by,
            said.take("sequence", forms.positive),
        )

    async def collect(self, reference: str, nonce: str, organisations: Iterable[str]) -> Evidence:
        """Answer the evidence for one bill.

        Raises:
            as `attest`; Unavailable: PEER_BEHIND.
        """
        attested = await self.attest(reference, nonce, organisations)
        # What was recorded after the attestation is not part of what it fixes.
        acts = [
            act for act in await self._chain.acts(reference) if act.sequence <= attested.sequence
        ]
        if len(acts) != attested.sequence:
            raise Unavailable(
                "PEER_BEHIND",
                "This organisation's peer does not have the last act yet; ask again.",
                reference=reference,
            )
        transactions = await asyncio.gather(
            *(self._chain.payload(act.transaction_id) for act in acts)
        )
        signed = [SignedAct.parse(act.signed_act) for act in acts]
        parties = sorted(set().union(*(signers_of(one) for one in signed)))
        return Evidence(
            acts=tuple(
                EvidencedAct(act, one, transaction)
                for act, one, transaction in zip(acts, signed, transactions, strict=True)
            ),
            parties=tuple(await asyncio.gather(*(self.party(party) for party in parties))),
            attested=attested,
        )

    async def party(self, party: str) -> EvidencedParty:
        """Answer a party with its transactions.

        Raises:
            NotFound: PARTY_UNKNOWN.
        """
        record = await self._chain.party(party)
        ids = await self._chain.party_transactions(party)
        transactions = await asyncio.gather(*(self._chain.payload(one) for one in ids))
        return EvidencedParty(record, tuple(transactions), ids[-1])


def signers_of(signed: SignedAct) -> frozenset[str]:
    """Name the parties whose signatures an act carries: actor, carriers, shipper."""
    act = signed.act
    signers = {act.actor}
    if isinstance(act.terms, IssueTerms):
        receipts = [container.receipt for container in act.terms.containers]
        signers.add(SignedApproval.parse(act.terms.approval).approval.shipper)
    elif isinstance(act.terms, NoteOnBoardTerms):
        receipts = list(act.terms.receipts)
    else:
        receipts = []
    signers |= {SignedReceipt.parse(receipt).receipt.carrier for receipt in receipts}
    return frozenset(signers)
