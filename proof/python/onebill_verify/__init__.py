"""Verifies an electronic bill of lading offline: acts, chain, bundle, attestation.

Needs the standard library and `cryptography`; asks no network and knows no account. The forms
it follows are in `proof/spec/`.
"""

from onebill_verify.act import Act, SignedAct
from onebill_verify.answer import Answer, Language
from onebill_verify.attestation import Attestation
from onebill_verify.bundle import (
    Attachment,
    Bundle,
    BundledAct,
    PartyTransaction,
    Shown,
    compose,
)
from onebill_verify.canonical import JsonValue, encode, parse, parse_canonical
from onebill_verify.countersignature import Countersignature, countersign
from onebill_verify.encoding import b64u, new_salt, salted_hash, sha256_hex, unb64u
from onebill_verify.errors import NotProven
from onebill_verify.fabric import Transaction
from onebill_verify.keys import PrivateKey, PublicKey
from onebill_verify.registrations import (
    LEDGER_CUSTODY,
    OWN,
    Cancellation,
    Registration,
    Rotation,
    SignedCancellation,
    SignedRecovery,
    SignedRegistration,
    SignedRotation,
)
from onebill_verify.statements import (
    LOADED_ON_BOARD,
    TAKEN_IN_CHARGE,
    Approval,
    Receipt,
    SignedApproval,
    SignedReceipt,
)
from onebill_verify.terms import (
    AccomplishTerms,
    AmendmentTerms,
    Conditions,
    ConfirmPaymentTerms,
    EnforceTerms,
    HoldTerms,
    IndemnityTerms,
    IssuedContainer,
    IssueTerms,
    NoteOnBoardTerms,
    NoTerms,
    OrderTerms,
    PaperTerms,
    PresentTerms,
    RejectTransferTerms,
    ReleaseTerminalTerms,
    Replaced,
    SurrenderAnswerTerms,
    SurrenderTerms,
    Terms,
    TrustTerms,
)
from onebill_verify.trust import Trust
from onebill_verify.verifier import check, verify

__all__ = [
    "LEDGER_CUSTODY",
    "LOADED_ON_BOARD",
    "OWN",
    "TAKEN_IN_CHARGE",
    "AccomplishTerms",
    "Act",
    "AmendmentTerms",
    "Answer",
    "Approval",
    "Attachment",
    "Attestation",
    "Bundle",
    "BundledAct",
    "Cancellation",
    "Conditions",
    "ConfirmPaymentTerms",
    "Countersignature",
    "EnforceTerms",
    "HoldTerms",
    "IndemnityTerms",
    "IssueTerms",
    "IssuedContainer",
    "JsonValue",
    "Language",
    "NoTerms",
    "NotProven",
    "NoteOnBoardTerms",
    "OrderTerms",
    "PaperTerms",
    "PartyTransaction",
    "PresentTerms",
    "PrivateKey",
    "PublicKey",
    "Receipt",
    "Registration",
    "RejectTransferTerms",
    "ReleaseTerminalTerms",
    "Replaced",
    "Rotation",
    "Shown",
    "SignedAct",
    "SignedApproval",
    "SignedCancellation",
    "SignedReceipt",
    "SignedRecovery",
    "SignedRegistration",
    "SignedRotation",
    "SurrenderAnswerTerms",
    "SurrenderTerms",
    "Terms",
    "Transaction",
    "Trust",
    "TrustTerms",
    "b64u",
    "check",
    "compose",
    "countersign",
    "encode",
    "new_salt",
    "parse",
    "parse_canonical",
    "salted_hash",
    "sha256_hex",
    "unb64u",
    "verify",
]
