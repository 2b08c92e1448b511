"""A terminal or haulier at its member's ledger service, asking what stands on the ledger."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from onebill.ledger.v1 import ledger_pb2, ledger_service_pb2

from onebill_cli.doors import DEADLINE_SECONDS
from onebill_cli.roles.party import PARTY, LedgerParty

_PAGE = 200


class Yard(LedgerParty):
    """Reads releases and parties; acts of its own are those of its role."""

    def records(self) -> Iterator[dict[str, Any]]:
        """Read every bill on which this party has or had a role, as the ledger has it."""
        for bill in self.bills():
            reference = bill.transport_document_reference
            record: dict[str, Any] = json.loads(self.bill(reference).record)
            yield record

    def bills(self) -> Iterator[ledger_pb2.Bill]:
        """List the bills on which this party has or had a role, newest first."""
        page_token = ""
        while True:
            page = self._page(page_token)
            yield from page.bills
            page_token = page.next_page_token
            if not page_token:
                return

    def _page(self, page_token: str) -> ledger_service_pb2.ListBillsResponse:
        request = ledger_service_pb2.ListBillsRequest(page_size=_PAGE, page_token=page_token)
        return self._ask(lambda door: door.ListBills(request, timeout=DEADLINE_SECONDS))

    def registered(self, who: str) -> ledger_pb2.PartyRecord:
        """Return the record of a party, by its id or its organisation's."""
        request = (
            ledger_service_pb2.GetPartyRequest(party=who)
            if PARTY.fullmatch(who)
            else ledger_service_pb2.GetPartyRequest(organisation=who)
        )
        return self._ask(lambda door: door.GetParty(request, timeout=DEADLINE_SECONDS)).party

    def ledger_time(self) -> datetime | None:
        """Return the time that the peers sign for now; None where there is no bill to ask for."""
        bill = next(self.bills(), None)
        if bill is None:
            return None
        request = ledger_service_pb2.AttestRequest(
            transport_document_reference=bill.transport_document_reference, nonce=uuid.uuid4().hex
        )
        answer = self._ask(lambda door: door.Attest(request, timeout=DEADLINE_SECONDS))
        as_of = str(json.loads(answer.attestation)["asOf"])
        return datetime.strptime(as_of, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
