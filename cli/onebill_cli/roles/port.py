"""A port at its own ledger service: it needs nobody else's machine to look, attest and watch."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from onebill.common.v1 import common_pb2
from onebill.ledger.v1 import ledger_pb2, ledger_service_pb2
from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from onebill_verify import (
    Bundle,
    BundledAct,
    NotProven,
    PartyTransaction,
    Shown,
    SignedAct,
    compose,
    parse,
)
from onebill_verify.custody import CustodyStatement

from onebill_cli.doors import DEADLINE_SECONDS, open_door, refusals_in_words
from onebill_cli.errors import NotThere, Refused
from onebill_cli.roles.destination import Port
from onebill_cli.signing import CHANNEL, Head, new_request_id, now

WITHOUT_OPERATOR: Final = ("CarrierMSP", "PartnerPortMSP", "PortMSP")
"""Three organisations whose word does not rest on the operator's."""


class PortOffice(Port):
    """A port's people. `member` is whose ledger service they ask: their own, if they run one.

    A port without a peer sees a bill once it has a part in it. `shown` is a bundle that a holder
    gave it: enough to place a hold, and with the hold it has its part.
    """

    shown: bytes | None = None

    def head(self, reference: str) -> Head:
        """Return where a bill's chain ends, by the ledger or by the bundle that was shown."""
        try:
            return super().head(reference)
        except NotThere:
            if self.shown is None:
                raise
            return head_of_bundle(self.shown, reference)

    def attest(
        self, reference: str, nonce: str, organisations: Sequence[str]
    ) -> ledger_service_pb2.AttestResponse:
        """Let peers of `organisations` (MSP ids) sign what they have of a bill now."""
        request = ledger_service_pb2.AttestRequest(
            transport_document_reference=reference, nonce=nonce, organisations=organisations
        )
        return self._ask(lambda door: door.Attest(request, timeout=DEADLINE_SECONDS))

    def bundle(self, reference: str, organisations: Sequence[str]) -> bytes:
        """Compose the file that proves a bill, from this peer alone: the document not shown."""
        request = ledger_service_pb2.GetEvidenceRequest(
            transport_document_reference=reference,
            nonce=uuid.uuid4().hex,
            organisations=organisations,
        )
        evidence = self._ask(lambda door: door.GetEvidence(request, timeout=DEADLINE_SECONDS))
        return compose(
            channel=evidence.channel,
            chaincode=evidence.chaincode,
            transport_document_reference=reference,
            parties=[
                PartyTransaction(party.party, transaction)
                for party in evidence.parties
                for transaction in party.endorsed_transactions
            ],
            acts=[
                BundledAct(act.signed_act, act.endorsed_transaction, _details(act))
                for act in evidence.acts
            ],
            attestation_transaction=evidence.attestation_transaction,
            document=None,
            certificate=None,
            attachments=[],
        )

    def state_custody(
        self,
        reference: str,
        container: str,
        seals: Sequence[str],
        un_location_code: str,
        in_yard_since: datetime,
    ) -> ledger_pb2.CustodyStatement:
        """Sign that a container stands in the yard, and hand it in. It releases nothing."""
        statement = CustodyStatement(
            channel=CHANNEL,
            transport_document_reference=reference,
            party=self.party,
            equipment_reference=container,
            seal_numbers=tuple(sorted(seals)),
            un_location_code=un_location_code,
            in_yard_since=in_yard_since,
            stated_at=now(),
        ).sign(self.environment.act_key(self.organisation))
        request = ledger_service_pb2.StateCustodyRequest(
            statement=statement, request_id=new_request_id()
        )
        answer = self._ask(lambda door: door.StateCustody(request, timeout=DEADLINE_SECONDS))
        return answer.custody_statement

    def custody_statements(self, reference: str) -> list[ledger_pb2.CustodyStatement]:
        """List what was stated here about a bill's containers, oldest first."""
        request = ledger_service_pb2.ListCustodyStatementsRequest(
            transport_document_reference=reference
        )
        answer = self._ask(
            lambda door: door.ListCustodyStatements(request, timeout=DEADLINE_SECONDS)
        )
        return list(answer.custody_statements)

    def watch(self, after_position: int) -> Iterator[common_pb2.Event]:
        """Stream facts after a position until the door closes."""
        address = self.environment.ledger_address(self.member)
        request = ledger_service_pb2.WatchEventsRequest(after_position=after_position)
        with (
            open_door(self.environment, self.organisation, address) as channel,
            refusals_in_words(),
        ):
            for answer in LedgerServiceStub(channel).WatchEvents(request):
                yield from answer.events


def head_of_bundle(bundle: bytes, reference: str) -> Head:
    """Read where the chain of a bundle ends; whether it is proven is for the verifier to say.

    Raises:
        Refused: BUNDLE_MALFORMED, BUNDLE_OF_ANOTHER_BILL.
    """
    try:
        read = Bundle.parse(bundle)
        last = SignedAct.parse(read.acts[-1].act)
    except (NotProven, IndexError) as fault:
        raise Refused("BUNDLE_MALFORMED", "That file is no bundle.") from fault
    if read.transport_document_reference != reference:
        raise Refused("BUNDLE_OF_ANOTHER_BILL", f"The bundle is not of {reference}.")
    return Head(reference, last.act.sequence, last.hash, "", "", "")


def _details(act: ledger_pb2.RecordedAct) -> Shown | None:
    return Shown(act.details_salt, parse(act.details.encode())) if act.details_salt else None
