"""Verifies an electronic bill of lading offline: acts, chain, bundle, attestation.

Needs the standard library and `cryptography`; asks no network and knows no account. The forms
it follows are in `proof/spec/`.
"""

from onebill_verify.act import Act, SignedAct
from onebill_verify.canonical import JsonValue, encode, parse, parse_canonical
from onebill_verify.encoding import b64u, new_salt, salted_hash, sha256_hex, unb64u
from onebill_verify.errors import NotProven
from onebill_verify.keys import PrivateKey, PublicKey
from onebill_verify.statements import (
    LOADED_ON_BOARD,
    TAKEN_IN_CHARGE,
    Approval,
    Receipt,
    Rotation,
    SignedApproval,
    SignedReceipt,
    SignedRotation,
)
from onebill_verify.terms import (
    AccomplishTerms,
    Conditions,
    ConfirmPaymentTerms,
    HoldTerms,
    IssuedContainer,
    IssueTerms,
    NoteOnBoardTerms,
    NoTerms,
    RejectTransferTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
    Terms,
)

__all__ = [
    "LOADED_ON_BOARD",
    "TAKEN_IN_CHARGE",
    "AccomplishTerms",
    "Act",
    "Approval",
    "Conditions",
    "ConfirmPaymentTerms",
    "HoldTerms",
    "IssueTerms",
    "IssuedContainer",
    "JsonValue",
    "NoTerms",
    "NotProven",
    "NoteOnBoardTerms",
    "PrivateKey",
    "PublicKey",
    "Receipt",
    "RejectTransferTerms",
    "ReleaseTerminalTerms",
    "Rotation",
    "SignedAct",
    "SignedApproval",
    "SignedReceipt",
    "SignedRotation",
    "SurrenderAnswerTerms",
    "SurrenderTerms",
    "Terms",
    "b64u",
    "encode",
    "new_salt",
    "parse",
    "parse_canonical",
    "salted_hash",
    "sha256_hex",
    "unb64u",
]
