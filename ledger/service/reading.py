"""Queries about bills and parties, narrowed to what the asker may know."""

import asyncio
from dataclasses import dataclass

from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify.act import SignedAct

from foundation.kernel.clock import Clock
from foundation.kernel.errors import InvalidValue, NotFound
from foundation.runtime.database import Database
from foundation.runtime.identity import Caller
from ledger.client.transactions import read_transaction
from ledger.service.askers import Asker, bill_unknown
from ledger.service.chain import BillView, Chain
from ledger.service.evidence import Evidencer
from ledger.service.mapping import to_bill, to_listed_bill, to_party, to_recorded_act
from ledger.service.page_tokens import read_token, write_token
from ledger.service.records import BillRecord, roles_of
from ledger.service.store import Details, LedgerStore, page_of_bills

_PAGE: int = 50
_PAGE_MAX: int = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """Answers the reading RPCs of one ledger service."""

    chain: Chain
    evidencer: Evidencer
    database: Database
    clock: Clock
    organisation: str

    async def asker(self, caller: Caller) -> Asker:
        """Answer who asks, with its parties."""
        async with self.database.reading(self.organisation) as transaction:
            parties = await LedgerStore(transaction).parties_of(caller.organisation)
        return Asker(caller.organisation, caller.part, tuple(parties), self.organisation)

    async def view(self, asker: Asker, reference: str) -> BillView:
        """Answer a bill that the asker may read, with what it may do next.

        Raises:
            NotFound: BILL_UNKNOWN, also where the asker is no party to it.
        """
        if not asker.parties and not asker.is_member:
            raise bill_unknown(reference)
        party = asker.parties[0] if asker.parties else None
        try:
            view = await self.chain.bill(reference, party)
        except NotFound as unknown:
            raise bill_unknown(reference) from unknown
        if not asker.is_member and not await self.roles(view.record, asker.parties):
            raise bill_unknown(reference)
        return view

    async def roles(self, record: BillRecord, parties: tuple[str, ...]) -> list[str]:
        """Answer the roles that parties have or had on a bill."""
        async with self.database.reading(self.organisation) as transaction:
            seen = await LedgerStore(transaction).roles_seen(record.reference, list(parties))
        return roles_of(record, seen, frozenset(parties))

    async def may_see_beside(self, asker: Asker, record: BillRecord) -> bool:
        """Whether the asker may see what travels beside the channel: details, custody statements.

        A member reads every bill, because its own peer has them all; what stands beside them is
        for the parties to the bill, and for the organisation that keeps it here.
        """
        if asker.organisation == self.organisation:
            return True
        return bool(await self.roles(record, asker.parties))

    async def bill(self, asker: Asker, reference: str) -> pb.GetBillResponse:
        """GetBill."""
        view = await self.view(asker, reference)
        return pb.GetBillResponse(bill=to_bill(view.record, self.clock(), view.possible))

    async def acts(self, asker: Asker, request: pb.ListActsRequest) -> pb.ListActsResponse:
        """ListActs."""
        reference = request.transport_document_reference
        if request.after_sequence < 0:
            raise InvalidValue("SEQUENCE_NEGATIVE", "A sequence number is 0 or more.")
        view = await self.view(asker, reference)
        acts = await self.chain.acts(reference, request.after_sequence + 1)
        payloads = await asyncio.gather(*(self.chain.payload(act.transaction_id) for act in acts))
        details = await self._details(asker, view.record)
        answer = pb.ListActsResponse()
        for act, payload in zip(acts, payloads, strict=True):
            signed = SignedAct.parse(act.signed_act)
            answer.acts.append(
                to_recorded_act(
                    signed,
                    act.transaction_id,
                    read_transaction(payload).at,
                    details.get(signed.hash),
                    payload if request.with_transactions else b"",
                    act.key_custody,
                )
            )
        return answer

    async def bills(self, asker: Asker, request: pb.ListBillsRequest) -> pb.ListBillsResponse:
        """ListBills. For anybody but a member, row-level security leaves its own bills.

        Which bills is known here; how they stand, the peer is asked. Who has many bills and
        wants to search them keeps a projection.
        """
        size = min(request.page_size, _PAGE_MAX) if request.page_size > 0 else _PAGE
        reader = self.organisation if asker.is_member else asker.organisation
        async with self.database.reading(reader) as transaction:
            rows = await page_of_bills(transaction, read_token(request.page_token), size)
        found = await asyncio.gather(*(self.chain.find_bill(row.reference) for row in rows))
        # A peer that stands in for another may be a block behind, and not know the newest yet.
        records = [record for record in found if record is not None]
        answer = pb.ListBillsResponse(bills=[to_listed_bill(record) for record in records])
        if len(rows) == size:
            answer.next_page_token = write_token(rows[-1].number)
        return answer

    async def attestation(self, asker: Asker, request: pb.AttestRequest) -> pb.AttestResponse:
        """Attest."""
        reference = request.transport_document_reference
        await self.view(asker, reference)
        attested = await self.evidencer.attest(reference, request.nonce, request.organisations)
        return pb.AttestResponse(
            endorsed_transaction=attested.transaction,
            attestation=attested.attestation,
            organisations=attested.organisations,
        )

    async def evidence(
        self, asker: Asker, request: pb.GetEvidenceRequest, channel: str, chaincode: str
    ) -> pb.GetEvidenceResponse:
        """GetEvidence."""
        reference = request.transport_document_reference
        view = await self.view(asker, reference)
        evidence = await self.evidencer.collect(reference, request.nonce, request.organisations)
        details = await self._details(asker, view.record)
        return pb.GetEvidenceResponse(
            acts=[
                to_recorded_act(
                    entry.signed,
                    entry.act.transaction_id,
                    read_transaction(entry.transaction).at,
                    details.get(entry.signed.hash),
                    entry.transaction,
                    entry.act.key_custody,
                )
                for entry in evidence.acts
            ],
            parties=[
                to_party(entry.party, "", entry.transaction_id, entry.transactions)
                for entry in evidence.parties
            ],
            attestation_transaction=evidence.attested.transaction,
            channel=channel,
            chaincode=chaincode,
        )

    async def roles_of_organisation(self, reference: str, organisation: str) -> list[str]:
        """ListRoles: the roles of an organisation, none where the bill is not there."""
        asker = await self.asker(Caller(organisation))
        record = await self.chain.find_bill(reference)
        if record is None or not asker.parties:
            return []
        return await self.roles(record, asker.parties)

    def own_parties(self, asker: Asker) -> pb.ListOwnPartiesResponse:
        """ListOwnParties."""
        return pb.ListOwnPartiesResponse(parties=asker.parties)

    async def party(self, asker: Asker, request: pb.GetPartyRequest) -> pb.GetPartyResponse:
        """GetParty. Who is behind a party id is told to the organisation's own people alone."""
        party, member = request.party, ""
        async with self.database.reading(self.organisation) as transaction:
            store = LedgerStore(transaction)
            if not party:
                parties = await store.parties_of(request.organisation)
                party, member = (parties[0] if parties else ""), request.organisation
            elif asker.organisation == self.organisation or party in asker.parties:
                member = await store.member_of(party)
        if not party:
            raise NotFound(
                "PARTY_UNKNOWN",
                f"{request.organisation or 'That organisation'} has no party on the ledger that "
                "is known here.",
                organisation=request.organisation,
            )
        found = await self.evidencer.party(party)
        return pb.GetPartyResponse(
            party=to_party(found.party, member, found.transaction_id, found.transactions)
        )

    async def _details(self, asker: Asker, record: BillRecord) -> dict[str, Details]:
        if not await self.may_see_beside(asker, record):
            return {}
        async with self.database.reading(self.organisation) as transaction:
            return await LedgerStore(transaction).details_of(record.reference)
