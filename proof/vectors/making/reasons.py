"""Every reason for which something is not proven: what it means, and what to do now."""

# Those of act.md, section 7, are the contract's words; the verifier gives them when it replays.
OF_ACTS: dict[str, str] = {
    "ACT_MALFORMED": "The act is not of the form that act.md demands.",
    "WRONG_CHANNEL": "The act was made for another ledger channel, or the roots are another's.",
    "PARTY_UNKNOWN": "The actor is not registered, or its registration is not in the bundle.",
    "PARTY_NOT_ACTIVE": "The party was suspended or revoked when it signed.",
    "KEY_UNKNOWN": "The key that signed was not the actor's live key.",
    "SIGNATURE_INVALID": "The signature is wrong, or spelled with high S.",
    "COUNTERSIGNATURE_REQUIRED": "The actor asked for four eyes, and its approver has not signed.",
    "COUNTERSIGNATURE_INVALID": (
        "The countersignature is not the approver's word on this act, or none was due."
    ),
    "ACT_EXPIRED": "The act was carried to the ledger after its expiry.",
    "ACT_FROM_THE_FUTURE": "The act was carried more than two minutes before it was signed.",
    "TIME_BEFORE_PREVIOUS": "The act was carried before the act it follows.",
    "WRONG_SEQUENCE": "The act does not have the next sequence number.",
    "WRONG_PREVIOUS_HASH": "The act follows another act than the one before it.",
    "BILL_UNKNOWN": "There is no such bill: its first act is not ISSUE.",
    "BILL_EXISTS": "The bill was issued before.",
    "WRONG_STATE": "The bill is in a state in which this act is not possible.",
    "BILL_CLOSED": "The bill is accomplished, void or on paper; nothing moves it any more.",
    "NOT_POSSESSOR": "The actor does not possess the bill.",
    "NOT_TITLE_HOLDER": "The actor does not hold the title.",
    "NOT_ISSUER": "The actor is not the issuer of the bill.",
    "NOT_DELIVERY_AGENT": "The actor is not the delivery agent of the bill.",
    "NOT_CARRIERS_AGENT": "The actor is not the sea carrier's agent of the bill.",
    "NOT_TERMINAL": "The actor is not the terminal of the bill.",
    "NOT_CUSTOMS": "The actor is none of the customs of the bill.",
    "NOT_HOLD_AUTHORITY": "The actor may not hold, or did not place this hold.",
    "ROLE_MISSING": "A party is not registered for what it does.",
    "RECIPIENT_IS_ACTOR": "The actor hands over to itself.",
    "RECIPIENT_WRONG": "The recipient is not one to whom this act can go.",
    "NOT_NEGOTIABLE": "Only a bill to order is endorsed.",
    "NOTHING_TO_REJECT": "The possessor has accepted the bill by an act of its own.",
    "NOT_ENTITLED_TO_SURRENDER": "The possessor may not demand delivery.",
    "SURRENDER_REFERENCE_USED": "The surrender's reference was used before.",
    "SURRENDER_REFERENCE_WRONG": "Another surrender is pending than the one answered.",
    "RECEIPT_INVALID": "A carrier's receipt is not what this act rests on.",
    "RECEIPT_MISSING": "A container has no receipt.",
    "APPROVAL_INVALID": "The shipper did not approve this document, or not to whom the bill goes.",
    "WRONG_DATE": "The bill's date is not that of the latest receipt.",
    "ALREADY_NOTED": "This sea leg was noted on board before.",
    "ALREADY_CONFIRMED": "This was confirmed before.",
    "HOLD_EXISTS": "A hold of this reference is live.",
    "HOLD_UNKNOWN": "No hold of this reference is live.",
    "NOT_ENDORSABLE": "The title holder was endorsed by name and cannot endorse on.",
    "NOTHING_PRESENTED": "The bill is not presented to anyone.",
    "PRESENTATION_OPEN": "The bank has not answered the presentation yet.",
    "BILL_PLEDGED": "The bill is pledged; only what a pledge allows is possible.",
    "NOT_PLEDGEE": "The actor is not the pledgee of the bill.",
    "TRUST_ENDED": "The release on trust is over, or would be before it begins.",
    "DEFAULT_NOT_RECORDED": "The default named is not one of this pledge.",
    "AMENDMENT_WRONG": "The bill was surrendered for something else than this act does.",
    "HOLD_IN_FORCE": "An authority's hold is not lifted.",
    "DELIVERED_AGAINST_INDEMNITY": "The goods were delivered without the bill.",
    "NOT_AUTHORITY": "The actor may not order, or did not make this order.",
    "ORDER_EXISTS": "An order of this reference is live.",
    "ORDER_UNKNOWN": "No order of this reference is live.",
    "ORDER_IN_FORCE": "An order of a court or authority keeps the bill as it is.",
    "PASS_USED": "This pass was given out before.",
    "PASS_WRONG": "The pass is not that of the release, or not for these containers.",
}

# Reason: (what it means, what now).
OF_BUNDLES: dict[str, tuple[str, str]] = {
    "BUNDLE_TOO_LARGE": (
        "The bundle has more than 16 MiB.",
        "Ask for it without attachments' content; only hashes belong in it.",
    ),
    "BUNDLE_MALFORMED": (
        "The file is not a bundle in its canonical spelling, or was changed or cut.",
        "Fetch the bundle again; do not reformat it.",
    ),
    "WRONG_CHAINCODE": (
        "The pinned roots speak for another chaincode.",
        "Use the roots file of this ledger.",
    ),
    "TRUST_MALFORMED": (
        "The file of pinned roots cannot be read.",
        "Get the roots from your own organisation, not from the sender.",
    ),
    "TRANSACTION_MALFORMED": (
        "A transaction is not spelled as Fabric spells it, or was changed or cut.",
        "Fetch the bundle again.",
    ),
    "TRANSACTION_WRONG_CHANNEL": (
        "A transaction is that of another channel.",
        "Do not rely on the bundle.",
    ),
    "TRANSACTION_WRONG_CHAINCODE": (
        "A transaction is that of another chaincode.",
        "Do not rely on the bundle.",
    ),
    "TRANSACTION_ID_WRONG": (
        "A transaction's id is not that of its creator.",
        "Do not rely on the bundle.",
    ),
    "TRANSACTION_REFUSED": (
        "The peers signed a refusal, not a success.",
        "Do not rely on the bundle.",
    ),
    "PROPOSAL_HASH_WRONG": (
        "The peers signed the result of another proposal.",
        "Do not rely on the bundle.",
    ),
    "ENDORSER_UNKNOWN": (
        "No pinned root issued the certificate of an endorser.",
        "Check that the roots file is current; otherwise do not rely on the bundle.",
    ),
    "ENDORSER_NOT_PEER": ("Who endorsed is no peer.", "Do not rely on the bundle."),
    "ENDORSER_EXPIRED": (
        "An endorser's certificate was not valid at the time.",
        "Do not rely on the bundle.",
    ),
    "ENDORSEMENT_INVALID": ("An endorser's signature is wrong.", "Do not rely on the bundle."),
    "ENDORSED_TWICE": ("One organisation endorsed twice.", "Do not rely on the bundle."),
    "TOO_FEW_ORGANISATIONS": (
        "Fewer organisations endorsed than you want, or only the operator.",
        "Ask for an attestation that names more organisations.",
    ),
    "REGISTRATION_MALFORMED": ("A party's registration is not one.", "Do not rely on the bundle."),
    "REGISTRATION_NOT_WRITTEN": (
        "A registration wrote another record than it was asked to.",
        "Do not rely on the bundle.",
    ),
    "NOT_VOUCHING_ORGANISATION": (
        "A party was registered by an organisation that may not vouch for it or its roles.",
        "Do not rely on the bundle.",
    ),
    "REGISTRATION_INVALID": (
        "A registration is not the word of the keys that it registers, or not for this ledger.",
        "Do not rely on the bundle.",
    ),
    "STATUS_INVALID": (
        "A party was suspended, reinstated or revoked by who may not, or not from there.",
        "Do not rely on the bundle.",
    ),
    "RECOVERY_INVALID": (
        "A lost key was replaced otherwise than by three organisations and the new key's word.",
        "Do not rely on the bundle.",
    ),
    "RECOVERY_TOO_SOON": (
        "A lost key was replaced before the old one had its time to object.",
        "Do not rely on the bundle; a shorter delay is yours to name in the roots file.",
    ),
    "ROTATION_INVALID": (
        "A change of key is not signed by the old key and by the new one.",
        "Do not rely on the bundle.",
    ),
    "PARTIES_NOT_SORTED": ("The parties do not stand in their order.", "Fetch the bundle again."),
    "PARTY_NOT_NEEDED": (
        "A party is registered in the bundle that signed nothing in it.",
        "Fetch the bundle again.",
    ),
    "ACT_OF_ANOTHER_BILL": ("An act moves another bill.", "Do not rely on the bundle."),
    "TRANSACTION_OF_ANOTHER_ACT": (
        "An act stands beside the transaction of another.",
        "Do not rely on the bundle.",
    ),
    "ACT_NOT_WRITTEN": ("An act's transaction did not write it.", "Do not rely on the bundle."),
    "DETAILS_CHANGED": (
        "The details beside an act are not those that were signed.",
        "Ask the sender for the details again.",
    ),
    "COMMENT_MISSING": ("A rejected surrender gives no comment.", "Ask who rejected it."),
    "DISCREPANCIES_MISSING": (
        "A bank refused the documents and named no discrepancy.",
        "Ask the bank that refused them.",
    ),
    "DOCUMENT_CHANGED": (
        "The document is not the one that was issued.",
        "Ask the sender for the document as issued.",
    ),
    "DOCUMENT_OF_ANOTHER_BILL": (
        "The document is that of another bill.",
        "Do not rely on the bundle.",
    ),
    "CERTIFICATE_CHANGED": (
        "The certificate of insurance is not the one named at issue.",
        "Ask the sender for the certificate as issued.",
    ),
    "ATTACHMENT_NOT_LISTED": (
        "The document lists no such attachment.",
        "Ask the sender for the attachments as issued.",
    ),
    "ATTESTATION_MALFORMED": (
        "The attestation does not say what an attestation says.",
        "Ask for a new attestation.",
    ),
    "ATTESTATION_WRONG_FUNCTION": (
        "What is shown as attestation is something else, such as an act never submitted.",
        "Ask for a new attestation; do not rely on this one.",
    ),
    "ATTESTATION_WRONG_BILL": (
        "The attestation is for another bill.",
        "Ask for an attestation of this bill.",
    ),
    "ATTESTATION_WRONG_NONCE": (
        "The attestation answers another nonce than it names.",
        "Ask for a new attestation.",
    ),
    "ATTESTATION_WRONG_TIME": (
        "The attestation names another time than its transaction's.",
        "Ask for a new attestation.",
    ),
    "ATTESTATION_FROM_THE_FUTURE": (
        "The attestation is later than your clock.",
        "Set your clock; then verify again.",
    ),
    "ATTESTATION_WRITES": (
        "What is shown as attestation would write.",
        "Do not rely on the bundle.",
    ),
    "ATTESTATION_READS_ELSE": (
        "What is shown as attestation read something else than this bill and its holders' keys.",
        "Do not rely on the bundle.",
    ),
    "NONCE_NOT_YOURS": (
        "The attestation was made for another asker.",
        "Ask for an attestation with your own nonce.",
    ),
    "HEAD_MISMATCH": (
        "The acts end elsewhere than the peers attest.",
        "Fetch the bundle again: an act may have come in between.",
    ),
    "STATE_MISMATCH": (
        "The acts lead to another state than the peers attest.",
        "Do not rely on the bundle.",
    ),
}

OF_FORMS: dict[str, str] = {
    "JSON_MALFORMED": "The text is not JSON of the narrow kind that is signed here.",
    "NOT_CANONICAL": "The JSON is not spelled canonically.",
    "BASE64_MALFORMED": "A text is not base64url without padding and with zero spare bits.",
    "SALT_MALFORMED": "A salt is not 32 bytes in base64url.",
    "KEY_MALFORMED": "A key is not a P-256 key in JWK of four members.",
    "JWS_MALFORMED": "A text is not a compact JWS of the one kind accepted here.",
}
