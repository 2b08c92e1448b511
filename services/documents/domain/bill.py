"""One bill through its drafts: versions, clauses, approval, issue.

A version is a DRAFT until the shipper approves exactly it; the approved version is issued on
the ledger and never changes again. New facts make a new version, which needs a new approval.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from foundation.kernel.errors import InvalidValue, WrongState
from services.documents.domain.facts import LedgerParties


class DocumentState(StrEnum):
    """DCSA transportDocumentStatus, as far as it is ours; the rest is the ledger's."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    ISSUED = "ISSUED"
    VOIDED = "VOIDED"


@dataclass(frozen=True, slots=True)
class Approval:
    """What the shipper signed: form and signature are checked before it comes here."""

    token: str
    channel: str
    transport_document_reference: str
    shipper: str
    addressees: "Addressees"
    document_hash: str
    approved_at: datetime


class Addressees(NamedTuple):
    """To whom the bill goes: opaque ids; "" where it names none of the kind."""

    issue_to: str
    endorsee: str = ""
    consignee: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the bill's document. `content` is its canonical JSON."""

    reference: str
    booking_reference: str
    number: int
    state: DocumentState
    content: str
    salt: str
    document_hash: str
    missing: tuple[str, ...]
    clauses: tuple[str, ...]
    parties: LedgerParties
    created_at: datetime
    approval: str = ""
    # Of a bill in another's place: that one, who surrendered it and gets this one, and that
    # party's approval where it is not the shipper.
    replaces: str = ""
    issue_to: str = ""
    holder_approval: str = ""

    def addressees(self) -> Addressees:
        """Answer to whom the bill would go if it were issued as it stands.

        The shipper receives a first bill, who surrendered the bill in its place (invariant 42);
        the document names an endorsee or a consignee, or neither.
        """
        document = json.loads(self.content)
        named = document.get("documentParties", {})
        return Addressees(
            issue_to=self.issue_to or self.parties.shipper,
            endorsee=self.parties.endorsee if "endorsee" in named else "",
            consignee=self.parties.consignee if "consignee" in named else "",
        )

    def approvals_missing(self) -> tuple[str, ...]:
        """Answer who has not approved it yet: its shipper, and who surrendered its predecessor."""
        holder = self.addressees().issue_to
        is_held_back = holder != self.parties.shipper and not self.holder_approval
        return (
            *(() if self.approval else (self.parties.shipper,)),
            *((holder,) if is_held_back else ()),
        )

    def approved(self, approval: Approval, channel: str) -> "Version":
        """Answer the version with one party's approval of exactly it (invariant 3).

        It is approved once its shipper has approved it and, of a bill in another's place, who
        surrendered that one.

        Raises:
            WrongState: DOCUMENT_ISSUED, DOCUMENT_VOIDED, DRAFT_INCOMPLETE.
            InvalidValue: APPROVAL_OF_ANOTHER_DOCUMENT, APPROVAL_BY_ANOTHER,
                APPROVAL_TO_ANOTHER, WRONG_CHANNEL.
        """
        self.still_open()
        if self.missing:
            raise WrongState(
                "DRAFT_INCOMPLETE",
                f"The draft still lacks {', '.join(self.missing)}.",
                missing=" ".join(self.missing),
            )
        if approval.channel != channel:
            raise InvalidValue("WRONG_CHANNEL", "The approval was signed for another ledger.")
        if (
            approval.transport_document_reference != self.reference
            or approval.document_hash != self.document_hash
        ):
            raise InvalidValue(
                "APPROVAL_OF_ANOTHER_DOCUMENT",
                f"The approval is not for version {self.number} of {self.reference}.",
                version=self.number,
            )
        addressees = self.addressees()
        if approval.shipper not in {self.parties.shipper, addressees.issue_to}:
            raise InvalidValue(
                "APPROVAL_BY_ANOTHER", "Only the shipper named on the bill approves its draft."
            )
        if approval.addressees != addressees:
            raise InvalidValue(
                "APPROVAL_TO_ANOTHER",
                "The approval says that the bill goes to others than this draft does.",
            )
        approved = (
            replace(self, approval=approval.token)
            if approval.shipper == self.parties.shipper
            else replace(self, holder_approval=approval.token)
        )
        if approved.approvals_missing():
            return approved
        return replace(approved, state=DocumentState.APPROVED)

    def issued(self) -> "Version":
        """Answer the version as issued.

        Raises:
            WrongState: APPROVAL_MISSING, DOCUMENT_VOIDED.
        """
        if self.state is DocumentState.ISSUED:
            return self
        if self.state is DocumentState.VOIDED:
            raise voided(self.reference)
        if self.state is not DocumentState.APPROVED:
            raise WrongState("APPROVAL_MISSING", "The shipper has not approved this draft.")
        return replace(self, state=DocumentState.ISSUED)

    def replaced(self) -> "Version":
        """Answer an issued version whose place another bill has taken."""
        return replace(self, state=DocumentState.VOIDED)

    def still_open(self) -> None:
        """Refuse to change what is issued or given up (invariant 9).

        Raises:
            WrongState: DOCUMENT_ISSUED, DOCUMENT_VOIDED.
        """
        if self.state is DocumentState.ISSUED:
            raise WrongState(
                "DOCUMENT_ISSUED",
                f"{self.reference} is issued; its document never changes again.",
                transport_document_reference=self.reference,
            )
        if self.state is DocumentState.VOIDED:
            raise voided(self.reference)


def voided(reference: str) -> WrongState:
    """Make the refusal for a bill that was given up before issue."""
    return WrongState("DOCUMENT_VOIDED", f"{reference} was given up before it was issued.")


_CLAUSE_MAX: Final = 250


def check_clause(clause: str) -> str:
    """Answer a clause on apparent condition or quantity, without space around it.

    Raises:
        InvalidValue: CLAUSE_FORM.
    """
    plain = clause.strip()
    if not 1 <= len(plain) <= _CLAUSE_MAX:
        raise InvalidValue("CLAUSE_FORM", "A clause has 1 to 250 characters.")
    return plain
