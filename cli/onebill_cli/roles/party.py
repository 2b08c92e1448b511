"""Who stands at a member's ledger service with a key of its own and signs what it does."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from onebill.ledger.v1 import ledger_pb2, ledger_service_pb2
from onebill.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from onebill_verify.canonical import JsonValue
from onebill_verify.terms import Terms

from onebill_cli.doors import DEADLINE_SECONDS, Answer, ask_ledger_door
from onebill_cli.environment import Environment
from onebill_cli.errors import Refused, TryAgain
from onebill_cli.signing import Head, ReadyAct, Signer, sign_next

PARTY: Final = re.compile(r"P[A-Z2-7]{26}")
SIGN_AGAIN_MAX = 5
LOST_RACE = frozenset({"HEAD_MOVED", "LOST_RACE", "WRONG_SEQUENCE", "WRONG_PREVIOUS_HASH"})


@dataclass(slots=True)
class LedgerParty:
    """A party that reaches the ledger through the member that vouches for it.

    `member` is one of operator, carrier, port, partnerport.
    """

    environment: Environment
    organisation: str
    member: str
    _party: str | None = field(default=None, repr=False)

    @property
    def party(self) -> str:
        """Return the opaque id under which this organisation is registered."""
        if self._party is None:
            request = ledger_service_pb2.GetPartyRequest(organisation=self.organisation)
            self._party = self._ask(
                lambda door: door.GetParty(request, timeout=DEADLINE_SECONDS)
            ).party.party
        return self._party

    def party_of(self, who: str) -> str:
        """Return the party id of an organisation; a party id is its own."""
        if PARTY.fullmatch(who):
            return who
        request = ledger_service_pb2.GetPartyRequest(organisation=who)
        return self._ask(lambda door: door.GetParty(request, timeout=DEADLINE_SECONDS)).party.party

    @property
    def signer(self) -> Signer:
        """Return this party's id and key."""
        return Signer(self.party, self.environment.act_key(self.organisation))

    def bill(self, reference: str) -> ledger_pb2.Bill:
        """Ask for a bill, with the acts that this party may do next."""
        request = ledger_service_pb2.GetBillRequest(transport_document_reference=reference)
        return self._ask(lambda door: door.GetBill(request, timeout=DEADLINE_SECONDS)).bill

    def head(self, reference: str) -> Head:
        """Return where a bill's chain ends."""
        return head_of(self.bill(reference))

    def acts(self, reference: str) -> list[ledger_pb2.RecordedAct]:
        """Ask for the chain of a bill."""
        request = ledger_service_pb2.ListActsRequest(transport_document_reference=reference)
        return list(self._ask(lambda door: door.ListActs(request, timeout=DEADLINE_SECONDS)).acts)

    def submit(self, act: ReadyAct) -> ledger_pb2.Bill:
        """Hand a signed act in. An unknown outcome is asked for with the same act."""
        request = ledger_service_pb2.SubmitActRequest(
            signed_act=act.signed.token,
            details=act.details,
            details_salt=act.details_salt,
            countersignature=act.countersignature,
            request_id=str(uuid.uuid4()),
        )
        return self._ask(lambda door: door.SubmitAct(request, timeout=DEADLINE_SECONDS)).bill

    def _ask(self, call: Callable[[LedgerServiceStub], Answer]) -> Answer:
        return ask_ledger_door(self.environment, self.organisation, self.member, call)

    def act(
        self,
        reference: str,
        action_code: str,
        *,
        recipient: str | None = None,
        terms: Terms | None = None,
        details: dict[str, JsonValue] | None = None,
    ) -> ledger_pb2.Bill:
        """Sign and hand in the next act; sign again where another act came first."""

        def once() -> ledger_pb2.Bill:
            act = sign_next(
                self.head(reference),
                self.signer,
                action_code,
                recipient=recipient,
                terms=terms,
                details=details,
            )
            return self.submit(act)

        return sign_until_placed(once)


def head_of(bill: ledger_pb2.Bill) -> Head:
    """Return where a bill's chain ends."""
    return Head(
        transport_document_reference=bill.transport_document_reference,
        sequence=bill.sequence,
        head_act_hash=bill.head_act_hash,
        state=ledger_pb2.BillState.Name(bill.state).removeprefix("BILL_STATE_"),
        possessor=bill.possessor,
        title_holder=bill.title_holder,
    )


def sign_until_placed(once: Callable[[], ledger_pb2.Bill]) -> ledger_pb2.Bill:
    """Repeat a signing that lost its place in the chain to somebody else's act."""
    for _ in range(SIGN_AGAIN_MAX):
        try:
            return once()
        except Refused as refused:
            if refused.reason not in LOST_RACE:
                raise
    raise TryAgain("LOST_RACE", "Other acts came first each time.", "Try the same act again.")
