"""Vectors of bundles: good ones, and one bad one at least for every reason."""

import json
from dataclasses import replace

from onebill_verify import JsonValue, Shown, Trust, encode, verify

from making import chain_cases, endorsement_cases, four_eyes, recovery_cases
from making.bundles import (
    ATTESTED,
    NONCE,
    Story,
    rotated,
    sample,
    short,
)
from making.cast import (
    OPERATOR,
    SELLER,
    hashed,
)
from making.chain import OTHER_REFERENCE, REFERENCE, Chain, approval, issue_terms
from making.law_chains import chains
from making.made import Made, bare, trust_files


def cases() -> list[Made]:
    """Return all cases, each tried here."""
    made = [
        *_good(),
        *_file(),
        *endorsement_cases.endorsed(),
        *endorsement_cases.registered(),
        *recovery_cases.cases(),
        *four_eyes.bundles(),
        *chain_cases.replayed(),
        *_shown(),
        *chain_cases.attested(),
    ]
    trust = {name: Trust.parse(encode(value)) for name, value in trust_files().items()}
    wrong = []
    for case in made:
        answer = verify(
            case.data,
            trust[case.roots],
            case.now,
            organisations=case.organisations,
            nonce=case.nonce,
        )
        if answer.reason != case.reason:
            wrong.append(f"{case.name}: {answer.reason} {answer.message}, not {case.reason}")
    if wrong:
        raise AssertionError("\n".join(wrong))
    return made


def _good() -> list[Made]:
    story, known = sample(), chains()
    bundle = story.bundle()
    undocumented = replace(bundle, document=None, certificate=None, attachments=())
    made = [
        Made("the sample", bundle.encode()),
        Made("the sample, asked with its nonce", bundle.encode(), nonce=NONCE),
        Made("the sample, three organisations wanted", bundle.encode(), organisations=3),
        Made("document not shown", undocumented.encode()),
        Made("the shortest story", short().bundle().encode()),
        Made("keys rotated twice", rotated().bundle().encode()),
        Made("asked within two minutes before", bundle.encode(), now=ATTESTED),
    ]
    for name in (
        "blank, at the bank",
        "straight, at the bank",
        "accomplished",
        "released and held",
    ):
        told = Story(known[name]).bundle()
        made.append(Made(f"a bill {name}", bare(told).encode()))
    held = Story(known["refused surrender"])
    made.append(Made("a surrender refused", bare(held.bundle()).encode()))
    return made


def _file() -> list[Made]:
    good = short().bundle()
    data = good.encode()
    value = json.loads(data)

    def changed(**members: JsonValue) -> bytes:
        return encode({**value, **members})

    malformed: list[tuple[str, bytes]] = [
        ("no bytes", b""),
        ("not JSON", b"PDF"),
        ("an array", encode([value])),
        ("white space before", b" " + data),
        ("a line feed after", data + b"\n"),
        ("indented", json.dumps(value, indent=1).encode()),
        ("cut in the middle", data[: len(data) // 2]),
        ("another version", changed(bundleVersion=2)),
        ("a version in text", changed(bundleVersion="1")),
        ("a member too many", changed(comment="")),
        ("no acts", changed(acts=[])),
        ("acts in an object", changed(acts={})),
        ("a null document", changed(document=None)),
        ("no attestation", encode({k: v for k, v in value.items() if k != "attestation"})),
        ("no attachments member", encode({k: v for k, v in value.items() if k != "attachments"})),
        ("a reference in lower case", changed(transportDocumentReference=REFERENCE.lower())),
        ("a salt too short", changed(document={**value["document"], "salt": "AAAA"})),
        (
            "a document that is text",
            changed(document={**value["document"], "transportDocument": "x"}),
        ),
        (
            "padding in a transaction",
            changed(
                attestation={
                    **value["attestation"],
                    "transaction": value["attestation"]["transaction"] + "=",
                }
            ),
        ),
        ("a nonce with a space", changed(attestation={**value["attestation"], "nonce": "a b"})),
        ("the same attachment twice", changed(attachments=value["attachments"] * 2)),
    ]
    return [Made(name, broken, "BUNDLE_MALFORMED") for name, broken in malformed]


def _shown() -> list[Made]:
    good = sample().bundle()
    value = json.loads(good.encode())
    document, certificate = value["document"], value["certificate"]

    def changed(**members: JsonValue) -> bytes:
        return encode({**value, **members})

    text = document["transportDocument"]
    attachment = value["attachments"][0]
    foreign = {**text, "transportDocumentReference": OTHER_REFERENCE}
    issued_foreign = Story(_foreign_chain(foreign)).bundle()
    return [
        Made(
            "a changed document",
            changed(
                document={**document, "transportDocument": {**text, "placeOfDelivery": "SGSIN"}}
            ),
            "DOCUMENT_CHANGED",
        ),
        Made(
            "a document with a member more",
            changed(document={**document, "transportDocument": {**text, "x": 1}}),
            "DOCUMENT_CHANGED",
        ),
        Made(
            "another salt of the document",
            changed(document={**document, "salt": certificate["salt"]}),
            "DOCUMENT_CHANGED",
        ),
        Made(
            "a document that names another bill",
            replace(
                issued_foreign,
                document=Shown(document["salt"], foreign),
                certificate=None,
                attachments=(),
            ).encode(),
            "DOCUMENT_OF_ANOTHER_BILL",
        ),
        Made(
            "a changed certificate",
            changed(certificate={**certificate, "certificateOfInsurance": {}}),
            "CERTIFICATE_CHANGED",
        ),
        Made(
            "an attachment of another size",
            changed(attachments=[{**attachment, "size": 1}]),
            "ATTACHMENT_NOT_LISTED",
        ),
        Made(
            "an attachment with another hash",
            changed(attachments=[{**attachment, "documentChecksum": "0" * 64}]),
            "ATTACHMENT_NOT_LISTED",
        ),
        Made(
            "an attachment without the document",
            encode({k: v for k, v in value.items() if k != "document"}),
            "ATTACHMENT_NOT_LISTED",
        ),
        Made(
            "changed details",
            changed(
                acts=[
                    *value["acts"][:2],
                    {
                        **value["acts"][2],
                        "details": {**value["acts"][2]["details"], "details": {}},
                    },
                    *value["acts"][3:],
                ]
            ),
            "DETAILS_CHANGED",
        ),
    ]


def _foreign_chain(document: JsonValue) -> Chain:
    digest = hashed("sample document", document)
    terms = issue_terms(document_hash=digest, approval=approval(document_hash=digest))
    return Chain().add("ISSUE", OPERATOR, SELLER, terms)
