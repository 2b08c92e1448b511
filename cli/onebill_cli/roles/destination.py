"""The people at destination: delivery agent, terminal, line's agent, customs, banks and buyer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from onebill.ledger.v1 import ledger_pb2
from onebill_verify import (
    AccomplishTerms,
    ConfirmPaymentTerms,
    HoldTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    salted_hash,
)
from onebill_verify.canonical import JsonValue
from onebill_verify.pick_up import PassStatement, PickUpPass, plain_plate
from onebill_verify.terms import IndemnityTerms, OrderTerms, PaperTerms

from onebill_cli.roles.acts import Acting, Answer, BankActs, Details, hashed_file
from onebill_cli.roles.party import LedgerParty
from onebill_cli.signing import CHANNEL, new_random_salt, now

PASS_VALID_FOR = timedelta(days=2)
BillRecord = Mapping[str, Any]
"""A bill's record on the ledger, as JSON."""


class AnsweringActs(Acting[Answer]):
    """What issuer and delivery agent both do: answer a surrender; deliver without the bill."""

    __slots__ = ()

    def accept_surrender(self, bill: str, reference: str) -> Answer:
        """Accept a surrender."""
        return self.act(bill, "ACCEPT_SURRENDER", terms=SurrenderAnswerTerms(reference))

    def reject_surrender(self, bill: str, reference: str, comment: str) -> Answer:
        """Send a surrender back; the comment is for the holder's eyes."""
        return self.act(
            bill,
            "REJECT_SURRENDER",
            terms=SurrenderAnswerTerms(reference),
            details={"comment": comment},
        )

    def deliver_against_indemnity(
        self, bill: str, receiver: str, indemnity: bytes, signed_by: tuple[str, str]
    ) -> Answer:
        """Hand the goods over without the bill; two named persons answer for it.

        The bill stays where it is, and every later holder sees what was done.
        """
        indemnity_hash, opened = hashed_file("indemnity", indemnity)
        return self.act(
            bill,
            "DELIVER_AGAINST_INDEMNITY",
            recipient=receiver,
            terms=IndemnityTerms(indemnity_hash),
            details={**opened, "signedBy": list(signed_by)},
        )


class IssuerActs(AnsweringActs[Answer]):
    """What the issuer decides on a bill that it issued; its desk, by the key in custody."""

    __slots__ = ()

    def switch_to_paper(self, bill: str, certificate: bytes) -> Answer:
        """End a bill whose paper was printed; `certificate` is the record of the printing."""
        certificate_hash, opened = hashed_file("printCertificate", certificate)
        return self.act(
            bill, "SWITCH_TO_PAPER", terms=PaperTerms(certificate_hash), details=opened
        )

    def confirm_payment(self, bill: str, of: str) -> Answer:
        """Say that RECEIVER_CHARGES or GENERAL_AVERAGE are paid or secured."""
        return self.act(bill, "CONFIRM_PAYMENT", terms=ConfirmPaymentTerms(of))


class DeliveryAgentActs(AnsweringActs[Answer]):
    """What the delivery agent named on a bill does besides: it opens both gates."""

    __slots__ = ()

    def make_pass(
        self,
        record: BillRecord,
        haulier: str,
        containers: Sequence[str],
        *,
        valid_for: timedelta = PASS_VALID_FOR,
        plate: str | None = None,
    ) -> PickUpPass:
        """Draw a pass for one haulier and its containers, from now on."""
        at = now()
        statement = PassStatement(
            channel=CHANNEL,
            transport_document_reference=str(record["transportDocumentReference"]),
            terminal=str(record["terminal"]),
            haulier=haulier,
            containers=tuple(sorted(containers)),
            not_before=at,
            valid_until=at + valid_for,
            plate=None if plate is None else plain_plate(plate),
        )
        return PickUpPass(statement, new_random_salt())

    def release_terminal(self, record: BillRecord, pick_up_pass: PickUpPass) -> Answer:
        """Open gate one: out of the terminal, for this haulier and this pass.

        What the pass says goes to the haulier alone; its salted hash goes to the ledger.
        """
        statement = pick_up_pass.statement
        return self.act(
            statement.transport_document_reference,
            "RELEASE_TERMINAL",
            recipient=statement.haulier,
            terms=ReleaseTerminalTerms(
                pick_up_pass.hash, tuple(record["containerKeys"]), statement.valid_until
            ),
        )

    def accomplish(
        self,
        bill: str,
        receiver: str,
        pick_up_pass: PickUpPass,
        *,
        seal_numbers: Sequence[str],
        received_by: str,
    ) -> Answer:
        """Open gate two with the proof of delivery; the bill ends here."""
        salt = new_random_salt()
        proof: Details = {
            "receivedBy": received_by,
            "sealNumbers": list[JsonValue](seal_numbers),
            "deliveredDateTime": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return self.act(
            bill,
            "ACCOMPLISH",
            recipient=receiver,
            terms=AccomplishTerms(salted_hash(salt, proof), pick_up_pass.hash),
            details={"proofOfDelivery": proof, "salt": salt},
        )


class TerminalActs(Acting[Answer]):
    """What the terminal at destination does: secures its own charges."""

    __slots__ = ()

    def confirm_charges(self, bill: str) -> Answer:
        """Say that the terminal's charges are paid or secured."""
        return self.act(bill, "CONFIRM_PAYMENT", terms=ConfirmPaymentTerms("TERMINAL"))


class CarriersAgentActs(Acting[Answer]):
    """What the line's agent at destination does: releases the master document."""

    __slots__ = ()

    def release_master(self, bill: str) -> Answer:
        """Say that the ocean freight is paid and the master document released."""
        return self.act(bill, "RELEASE_MASTER")


class HoldActs(Acting[Answer]):
    """What customs or a port does: holds the goods, and lifts the hold that it placed itself."""

    __slots__ = ()

    def hold(self, bill: str, reference: str) -> Answer:
        """Hold the goods."""
        return self.act(bill, "HOLD", terms=HoldTerms(reference))

    def lift_hold(self, bill: str, reference: str) -> Answer:
        """Lift the hold that this office placed."""
        return self.act(bill, "LIFT_HOLD", terms=HoldTerms(reference))


class CustomsActs(HoldActs[Answer]):
    """Customs: releases besides."""

    __slots__ = ()

    def release(self, bill: str) -> Answer:
        """Let the goods move."""
        return self.act(bill, "RELEASE_CUSTOMS")


class AuthorityActs(Acting[Answer]):
    """A court or another authority: its order stands above everybody's acts."""

    __slots__ = ()

    def order(
        self, bill: str, reference: str, order: str, paper: bytes, to: str | None = None
    ) -> Answer:
        """Order HOLD_ALL, TRANSFER_POSSESSION `to` a party, or LIFT what it ordered itself.

        `paper` is the order as it was written; its salted hash stands on the ledger.
        """
        order_hash, opened = hashed_file("order", paper)
        return self.act(
            bill, "ORDER", terms=OrderTerms(reference, order, order_hash, to), details=opened
        )


class Holder(LedgerParty, BankActs[ledger_pb2.Bill]):
    """A bank or a buyer: holds the bill, passes it on, hands it back."""


class DeliveryAgent(LedgerParty, DeliveryAgentActs[ledger_pb2.Bill]):
    """The operator's delivery agent at the member that vouches for it."""


class Terminal(LedgerParty, TerminalActs[ledger_pb2.Bill]):
    """The terminal at destination."""


class CarriersAgent(LedgerParty, CarriersAgentActs[ledger_pb2.Bill]):
    """The line's agent at destination."""


class Customs(LedgerParty, CustomsActs[ledger_pb2.Bill]):
    """Customs, at home or abroad."""


class Port(LedgerParty, HoldActs[ledger_pb2.Bill]):
    """A port: holds, attests, states custody; a release is never its to give."""


class Authority(LedgerParty, AuthorityActs[ledger_pb2.Bill]):
    """A court or another authority."""
