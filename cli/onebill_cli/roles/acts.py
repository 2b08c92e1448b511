"""The acts of the law, one method each, for whoever may do them.

A mixin asks only for `act`, which signs and hands in: a party at /v1 and one at a member's
ledger service do the same acts through different doors.
"""

import hashlib
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from onebill_verify import RejectTransferTerms, SurrenderAnswerTerms, SurrenderTerms, salted_hash
from onebill_verify.canonical import JsonValue
from onebill_verify.terms import (
    AmendmentTerms,
    EnforceTerms,
    PresentTerms,
    Terms,
    TrustTerms,
)

from onebill_cli.signing import new_random_salt

Answer = TypeVar("Answer")
Details = dict[str, JsonValue]

AMENDMENT_REASONS: Final = ("SWTP", "COD", "SWI", "OTHER")
"""DCSA: switch to paper, change of destination, switch bill; and whatever else."""


@dataclass(frozen=True, slots=True)
class Told:
    """Terms of an act with the details that open their hashes."""

    terms: Terms
    details: Details


class Acting(ABC, Generic[Answer]):
    """Who can sign an act and hand it in."""

    __slots__ = ()

    @abstractmethod
    def act(
        self,
        reference: str,
        action_code: str,
        *,
        recipient: str | None = None,
        terms: Terms | None = None,
        details: Details | None = None,
    ) -> Answer:
        """Sign the next act on a bill and hand it in."""


class PossessorActs(Acting[Answer]):
    """What the possessor of a bill may do with it."""

    __slots__ = ()

    def transfer(self, bill: str, recipient: str) -> Answer:
        """Give possession to another party."""
        return self.act(bill, "TRANSFER", recipient=recipient)

    def reject_transfer(self, bill: str, endorse_to: str | None = None) -> Answer:
        """Send the bill back as the first thing done with it.

        With `endorse_to`, who had the title before already passes it on in the same act.
        """
        return self.act(bill, "REJECT_TRANSFER", terms=RejectTransferTerms(endorse_to))

    def endorse(self, bill: str, recipient: str) -> Answer:
        """Name the last title holder, who cannot endorse on."""
        return self.act(bill, "ENDORSE", recipient=recipient)

    def endorse_to_order(self, bill: str, recipient: str) -> Answer:
        """Name another title holder, who may endorse on."""
        return self.act(bill, "ENDORSE_TO_ORDER", recipient=recipient)

    def blank_endorse(self, bill: str) -> Answer:
        """Name nobody: from now on title follows possession."""
        return self.act(bill, "BLANK_ENDORSE")

    def sign(self, bill: str) -> Answer:
        """Sign the bill without moving it."""
        return self.act(bill, "SIGN")

    def present(
        self, bill: str, bank: str, credit_reference: str, documents: Mapping[str, bytes]
    ) -> Answer:
        """Hand the bill to a bank with the hashed set of documents that the credit asks for."""
        told = presentation(credit_reference, documents)
        return self.act(bill, "PRESENT", recipient=bank, terms=told.terms, details=told.details)

    def pledge(self, bill: str, bank: str) -> Answer:
        """Pledge the bill to a bank, which becomes its possessor."""
        return self.act(bill, "PLEDGE", recipient=bank)

    def surrender_for_delivery(
        self, bill: str, delivery_agent: str, deliver_to: str, pick_up_party: str | None = None
    ) -> str:
        """Hand the bill back for delivery; return the surrender's reference."""
        reference = new_surrender_reference()
        self.act(
            bill,
            "SURRENDER_FOR_DELIVERY",
            recipient=delivery_agent,
            terms=SurrenderTerms(reference, deliver_to, pick_up_party),
        )
        return reference

    def surrender_for_amendment(
        self,
        bill: str,
        issuer: str,
        reason_code: str,
        comment: str = "",
        wanted: Details | None = None,
    ) -> str:
        """Hand the bill back to be amended; return the surrender's reference.

        `wanted` is what the new bill shall say otherwise: see `wanted_change`.
        """
        reference = new_surrender_reference()
        details: Details = {"comment": comment} if comment else {}
        if wanted:
            details["wanted"] = wanted
        self.act(
            bill,
            "SURRENDER_FOR_AMENDMENT",
            recipient=issuer,
            terms=AmendmentTerms(reference, reason_code),
            details=details,
        )
        return reference

    def withdraw_surrender(self, bill: str, reference: str) -> Answer:
        """Take a surrender back that nobody has answered."""
        return self.act(bill, "WITHDRAW_SURRENDER", terms=SurrenderAnswerTerms(reference))


class BankActs(PossessorActs[Answer]):
    """What a bank does besides: with a set presented to it, and with a pledge."""

    __slots__ = ()

    def take_up(self, bill: str) -> Answer:
        """Take up the documents presented."""
        return self.act(bill, "TAKE_UP")

    def refuse_presentation(
        self, bill: str, discrepancies: Sequence[str], endorse_to: str | None = None
    ) -> Answer:
        """Refuse the documents for what is wrong with them; the whole set returns."""
        return self.act(
            bill,
            "REFUSE_PRESENTATION",
            terms=RejectTransferTerms(endorse_to),
            details={"discrepancies": list[JsonValue](discrepancies)},
        )

    def release_pledge(self, bill: str) -> Answer:
        """Give a pledge up; the bill goes back to the pledgor."""
        return self.act(bill, "RELEASE_PLEDGE")

    def release_on_trust(self, bill: str, trustee: str, until: datetime) -> Answer:
        """Let the buyer handle the goods against a trust receipt; the pledge goes on."""
        return self.act(bill, "RELEASE_ON_TRUST", recipient=trustee, terms=TrustTerms(until))

    def enforce(self, bill: str, record: bytes, defaulted_at: datetime) -> Answer:
        """Take the title after a recorded default."""
        told = default(record, defaulted_at)
        return self.act(bill, "ENFORCE", terms=told.terms, details=told.details)


def new_surrender_reference() -> str:
    """Draw a reference for a surrender; none is ever used twice."""
    return f"SR-{uuid.uuid4().hex[:20].upper()}"


def wanted_change(
    deliver_at: str = "", bill_kind: str = "", parties: Sequence[tuple[str, str, str, str]] = ()
) -> Details:
    """Say what a bill in another's place shall say otherwise.

    Args:
        deliver_at: UN/LOCODE, with `/` and the facility where there is one.
        bill_kind: TO_ORDER, STRAIGHT or SEAWAYBILL.
        parties: function, organisation, name and address of each party named anew.
    """
    wanted: Details = {}
    if deliver_at:
        code, _, facility = deliver_at.partition("/")
        wanted["placeOfDelivery"] = {"unLocationCode": code, "facilityCode": facility}
    if bill_kind:
        wanted["billKind"] = f"BILL_KIND_{bill_kind}"
    if parties:
        wanted["documentParties"] = [
            {
                "partyFunction": f"PARTY_FUNCTION_{function}",
                "organisation": organisation,
                "partyName": name,
                "address": address,
            }
            for function, organisation, name, address in parties
        ]
    return wanted


def presentation(credit_reference: str, documents: Mapping[str, bytes]) -> Told:
    """Hash a credit's reference and each document of the set, with the salts that open them."""
    credit: Details = {"creditReference": credit_reference}
    credit_salt = new_random_salt()
    opened: list[JsonValue] = []
    hashes: list[str] = []
    for name in sorted(documents):
        value: Details = {
            "name": name,
            "documentChecksum": hashlib.sha256(documents[name]).hexdigest(),
        }
        salt = new_random_salt()
        hashes.append(salted_hash(salt, value))
        opened.append({"salt": salt, "value": value})
    return Told(
        PresentTerms(salted_hash(credit_salt, credit), tuple(hashes)),
        {"credit": {"salt": credit_salt, "value": credit}, "documents": opened},
    )


def default(record: bytes, defaulted_at: datetime) -> Told:
    """Hash the record of a default, with the salt that opens it."""
    value, salt = _checksum(record), new_random_salt()
    return Told(
        EnforceTerms(salted_hash(salt, value), defaulted_at),
        {"defaultRecord": {"salt": salt, "value": value}},
    )


def hashed_file(name: str, content: bytes) -> tuple[str, Details]:
    """Hash a paper kept elsewhere; answer its salted hash and the details that open it."""
    value, salt = _checksum(content), new_random_salt()
    return salted_hash(salt, value), {name: {"salt": salt, "value": value}}


def _checksum(content: bytes) -> Details:
    return {"documentChecksum": hashlib.sha256(content).hexdigest()}
