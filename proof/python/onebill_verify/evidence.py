"""The statements of others that an act rests on: carriers' receipts, the shipper's approval."""

from onebill_verify.bill import Moved
from onebill_verify.errors import NotProven
from onebill_verify.statements import Receipt, SignedApproval, SignedReceipt
from onebill_verify.terms import IssueTerms


def receipt_for(token: str, moved: Moved, receipt_type: str, issue: IssueTerms) -> Receipt:
    """Return a carrier's receipt for this bill, or one it replaces, signed by its live key."""
    signed = SignedReceipt.parse(token)
    receipt, act = signed.receipt, moved.act
    bills = {act.transport_document_reference, *issue.replaced_references}
    if (
        receipt.channel != act.channel
        or receipt.transport_document_reference not in bills
        or receipt.receipt_type != receipt_type
    ):
        raise NotProven("RECEIPT_INVALID", "a receipt is for another bill or of another kind")
    if receipt.event_date_time > act.action_date_time:
        raise NotProven("RECEIPT_INVALID", "a receipt tells of what had not happened yet")
    try:
        signer = moved.signers.signer(receipt.carrier, signed.jws.kid, moved.seconds)
    except NotProven as error:
        raise NotProven("RECEIPT_INVALID", f"a receipt: {error.message}") from None
    if "CARRIER" not in signer.roles:
        raise NotProven("RECEIPT_INVALID", f"{receipt.carrier} is no carrier")
    signed.verify(signer.key)
    return receipt


def check_approval(terms: IssueTerms, moved: Moved) -> None:
    """Check that the shipper approved exactly this document, and to whom (invariant 3)."""
    signed = SignedApproval.parse(terms.approval)
    approval, act = signed.approval, moved.act
    if (
        approval.channel != act.channel
        or approval.transport_document_reference != act.transport_document_reference
        or approval.shipper != terms.shipper
        or approval.issue_to != act.recipient
        or (approval.endorsee, approval.consignee) != (terms.endorsee, terms.consignee)
        or approval.document_hash != terms.document_hash
        or approval.approved_date_time > act.action_date_time
    ):
        raise NotProven("APPROVAL_INVALID", "the shipper approved something else")
    try:
        signer = moved.signers.signer(terms.shipper, signed.jws.kid, moved.seconds)
    except NotProven as error:
        raise NotProven("APPROVAL_INVALID", f"the approval: {error.message}") from None
    signed.verify(signer.key)
