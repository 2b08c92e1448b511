"""The people at destination: delivery agent, terminal, line's agent, customs, banks and buyer."""

import os
import uuid
from dataclasses import dataclass
from datetime import timedelta

from onebill.ledger.v1 import ledger_pb2
from onebill_verify import (
    AccomplishTerms,
    ConfirmPaymentTerms,
    HoldTerms,
    RejectTransferTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
    b64u,
    salted_hash,
)

from onebill_cli.roles.party import LedgerParty
from onebill_cli.signing import new_random_salt, now

PASS_VALID_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class PickUpPass:
    """A single-use pass: its reference goes to the haulier, its salted hash to the ledger."""

    pass_reference: str
    salt: str
    haulier: str
    container_keys: tuple[str, ...]

    @property
    def hash(self) -> str:
        """Return the salted hash that stands in the gate-one act."""
        return salted_hash(self.salt, {"passReference": self.pass_reference})


class Holder(LedgerParty):
    """A bank or a buyer: holds the bill, passes it on, hands it back."""

    def transfer(self, bill: str, recipient: str) -> ledger_pb2.Bill:
        """Give possession to another party."""
        return self.act(bill, "TRANSFER", recipient=recipient)

    def endorse_to_order(self, bill: str, recipient: str) -> ledger_pb2.Bill:
        """Name another title holder, who may endorse on."""
        return self.act(bill, "ENDORSE_TO_ORDER", recipient=recipient)

    def reject_transfer(self, bill: str, endorse_to: str | None = None) -> ledger_pb2.Bill:
        """Send the bill back as the first thing done with it."""
        return self.act(bill, "REJECT_TRANSFER", terms=RejectTransferTerms(endorse_to))

    def surrender_for_delivery(
        self, bill: str, delivery_agent: str, deliver_to: str, pick_up_party: str | None = None
    ) -> str:
        """Hand the bill back for delivery; return the surrender's reference."""
        reference = f"SR-{uuid.uuid4().hex[:20].upper()}"
        self.act(
            bill,
            "SURRENDER_FOR_DELIVERY",
            recipient=delivery_agent,
            terms=SurrenderTerms(reference, deliver_to, pick_up_party),
        )
        return reference


class DeliveryAgent(LedgerParty):
    """The operator's delivery agent: answers a surrender and opens both gates."""

    def accept_surrender(self, bill: str, reference: str) -> ledger_pb2.Bill:
        """Accept a surrender for delivery."""
        return self.act(bill, "ACCEPT_SURRENDER", terms=SurrenderAnswerTerms(reference))

    def reject_surrender(self, bill: str, reference: str, comment: str) -> ledger_pb2.Bill:
        """Send a surrender back; the comment is for the holder's eyes."""
        return self.act(
            bill,
            "REJECT_SURRENDER",
            terms=SurrenderAnswerTerms(reference),
            details={"comment": comment},
        )

    def make_pass(self, haulier: str, container_keys: tuple[str, ...]) -> PickUpPass:
        """Draw a pass for one haulier and its containers."""
        return PickUpPass(b64u(os.urandom(15)), new_random_salt(), haulier, container_keys)

    def release_terminal(self, bill: str, pick_up_pass: PickUpPass) -> ledger_pb2.Bill:
        """Open gate one: out of the terminal, for this haulier and this pass."""
        return self.act(
            bill,
            "RELEASE_TERMINAL",
            recipient=pick_up_pass.haulier,
            terms=ReleaseTerminalTerms(
                pick_up_pass.hash, pick_up_pass.container_keys, now() + PASS_VALID_FOR
            ),
            details={"passReference": pick_up_pass.pass_reference, "salt": pick_up_pass.salt},
        )

    def accomplish(
        self,
        bill: str,
        receiver: str,
        pick_up_pass: PickUpPass,
        *,
        seal_numbers: list[str],
        received_by: str,
    ) -> ledger_pb2.Bill:
        """Open gate two with the proof of delivery; the bill ends here."""
        salt = new_random_salt()
        proof = {
            "receivedBy": received_by,
            "sealNumbers": list[str | int | bool](seal_numbers),
            "deliveredDateTime": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return self.act(
            bill,
            "ACCOMPLISH",
            recipient=receiver,
            terms=AccomplishTerms(salted_hash(salt, dict(proof)), pick_up_pass.hash),
            details={"proofOfDelivery": dict(proof), "salt": salt},
        )


class Terminal(LedgerParty):
    """The terminal at destination: secures its own charges."""

    def confirm_charges(self, bill: str) -> ledger_pb2.Bill:
        """Say that the terminal's charges are paid or secured."""
        return self.act(bill, "CONFIRM_PAYMENT", terms=ConfirmPaymentTerms("TERMINAL"))


class CarriersAgent(LedgerParty):
    """The line's agent at destination: releases the master document."""

    def release_master(self, bill: str) -> ledger_pb2.Bill:
        """Say that the ocean freight is paid and the master document released."""
        return self.act(bill, "RELEASE_MASTER")


class Customs(LedgerParty):
    """Customs: releases, holds, lifts its own hold."""

    def release(self, bill: str) -> ledger_pb2.Bill:
        """Let the goods move."""
        return self.act(bill, "RELEASE_CUSTOMS")

    def hold(self, bill: str, reference: str) -> ledger_pb2.Bill:
        """Hold the goods."""
        return self.act(bill, "HOLD", terms=HoldTerms(reference))

    def lift_hold(self, bill: str, reference: str) -> ledger_pb2.Bill:
        """Lift the hold that this office placed."""
        return self.act(bill, "LIFT_HOLD", terms=HoldTerms(reference))
