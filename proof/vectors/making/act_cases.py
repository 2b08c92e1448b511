"""Vectors of acts, receipts, approvals and rotations: their form, and nothing but their form."""

from collections.abc import Mapping
from datetime import UTC, datetime

from onebill_verify import Cancellation, JsonValue, Rotation, parse_canonical, unb64u
from onebill_verify.jws import Jws, JwsType

from making.cast import CAREFUL, CHANNEL, HAULIER, SELLER, STRANGER, Member, digest
from making.chain import EQUIPMENT, Recorded, approval, receipt_of
from making.law_chains import every_code

_HASH = digest("some hash").hex()
_LONG = "x" * 36

# What can be wrong with a member whatever the code: the member, and its value.
_ANY_CODE: Mapping[str, list[JsonValue]] = {
    "channel": ["", "OneBill", "one bill", "x" * 65, 1],
    "transportDocumentReference": [
        "",
        "OB",
        "OBAAAAAAAAAAAAAAA",
        "obaaaaaaaaaaaaaaaa",
        "OBAAAAAAAAAAAAAAA1",
    ],
    "sequence": [0, "2", True, [2]],
    "previousActHash": ["", _HASH.upper(), _HASH[:63], f"{_HASH}0", None],
    "actionCode": ["", "SEND", "transfer", "REDEEM", 1],
    "actor": ["", "seller", "P" + "A" * 25, "P" + "A" * 27, "P" + "a" * 26, "P" + "1" * 26],
    "actionDateTime": [
        "2026-05-04",
        "2026-05-04T10:00:00",
        "2026-05-04T10:00:00z",
        "2026-05-04T10:00:00.000Z",
        "2026-05-04T10:00:00+00:00",
        "2026-05-04 10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-05-04T24:00:00Z",
        "2026-05-04T10:00:60Z",
        "1999-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "2026-05-04T10:00:00Z\n",
        "\uff12026-05-04T10:00:00Z",
        1777888800,
    ],
    "expiryDateTime": ["2026-05-03T10:00:00Z", "2027-05-04T10:00:00Z", "never"],
    "detailsHash": ["", _HASH.upper(), None],
    "terms": [None, [], "", 0],
}
_TERMS: Mapping[str, list[dict[str, JsonValue]]] = {
    "ISSUE": [
        {"transportDocumentTypeCode": "BILL"},
        {"transportDocumentTypeCode": "SWB"},
        {"isToOrder": "true"},
        {"isToOrder": 1},
        {"isToOrder": False},
        {"consignee": SELLER.party},
        {"endorsee": ""},
        {"endorsee": None},
        {"customs": []},
        {"customs": [SELLER.party, SELLER.party]},
        {"customs": SELLER.party},
        {"customs": [f"P{letter * 26}" for letter in "ABCDE"]},
        {"containers": []},
        {"containers": [{"containerKey": _HASH}]},
        {"containers": [{"containerKey": _HASH, "receipt": ""}]},
        {"containers": [{"containerKey": _HASH, "receipt": "a", "seal": "b"}]},
        {
            "containers": [
                {"containerKey": _HASH, "receipt": "a"},
                {"containerKey": _HASH, "receipt": "b"},
            ]
        },
        {"approval": ""},
        {"approval": 1},
        {"takingInChargeDate": "2026-05-04T00:00:00Z"},
        {"takingInChargeDate": "2026-02-29"},
        {"takingInChargeDate": "20260504"},
        {"isClean": None},
        {"conditions": {}},
        {"shipper": "seller"},
        {"containers": [{"containerKey": _HASH, "receipt": "a", "isPartContainer": 1}]},
        {"replaces": []},
        {"replaces": [{"transportDocumentReference": "OB" + "A" * 16}]},
        {
            "replaces": [
                {"transportDocumentReference": "OB" + "A" * 16, "voidActHash": _HASH},
                {"transportDocumentReference": "OB" + "A" * 16, "voidActHash": _HASH[::-1]},
            ]
        },
        {"vesselName": "BEIBU GULF 1"},
    ],
    "NOTE_ON_BOARD": [
        {"legSequence": 0},
        {"legSequence": "3"},
        {"legSequence": True},
        {"receipts": []},
        {"receipts": ["a", "a"]},
        {"receipts": "a"},
    ],
    "TRANSFER": [{"price": 1}],
    "REJECT_TRANSFER": [{"endorseTo": ""}, {"endorseTo": None}],
    "ENDORSE_TO_ORDER": [{"recipient": SELLER.party}],
    "SIGN": [{"comment": "x"}],
    "ENDORSE": [{"recipient": SELLER.party}],
    "BLANK_ENDORSE": [{"endorseTo": SELLER.party}],
    "PRESENT": [
        {"creditReferenceHash": "credit"},
        {"documentHashes": []},
        {"documentHashes": [_HASH, _HASH]},
        {"documentHashes": _HASH},
    ],
    "TAKE_UP": [{"amount": 1}],
    "REFUSE_PRESENTATION": [{"endorseTo": ""}, {"discrepancies": []}],
    "PLEDGE": [{"amount": 1}],
    "RELEASE_PLEDGE": [{"amount": 1}],
    "RELEASE_ON_TRUST": [{"until": "2026-05-04"}, {"until": None}, {"purpose": "x"}],
    "ENFORCE": [{"defaultRecordHash": ""}, {"defaultDateTime": 0}],
    "SURRENDER_FOR_AMENDMENT": [
        {"reasonCode": "swi"},
        {"reasonCode": ""},
        {"surrenderRequestReference": _LONG},
        {"deliverTo": SELLER.party},
    ],
    "WITHDRAW_SURRENDER": [{"surrenderRequestReference": ""}, {"comment": "no"}],
    "VOID": [{"replacedBy": "x"}],
    "SWITCH_TO_PAPER": [{"printCertificateHash": None}],
    "ORDER": [
        {"order": "LIFT"},
        {"order": "SEIZE"},
        {"to": "court"},
        {"orderHash": ""},
        {"orderReference": ""},
    ],
    "DELIVER_AGAINST_INDEMNITY": [{"indemnityHash": _HASH.upper()}],
    "SURRENDER_FOR_DELIVERY": [
        {"surrenderRequestReference": ""},
        {"surrenderRequestReference": _LONG},
        {"surrenderRequestReference": "SURR 1"},
        {"deliverTo": ""},
        {"pickUpParty": None},
        {"deliverTo": [SELLER.party]},
    ],
    "ACCEPT_SURRENDER": [{"surrenderRequestReference": "SURR_1"}, {"comment": "fine"}],
    "REJECT_SURRENDER": [{"surrenderRequestReference": 1}, {"comment": "no"}],
    "CONFIRM_PAYMENT": [{"of": "FREIGHT"}, {"of": "terminal"}, {"amount": 1}],
    "RELEASE_MASTER": [{"released": True}],
    "RELEASE_CUSTOMS": [{"released": True}],
    "HOLD": [{"holdReference": ""}, {"holdReference": "提单"}],
    "LIFT_HOLD": [{"holdReference": None}],
    "RELEASE_TERMINAL": [
        {"passHash": "pass"},
        {"containerKeys": []},
        {"containerKeys": [_HASH, _HASH]},
        {"validUntil": "2026-05-04"},
    ],
    "ACCOMPLISH": [{"passHash": _HASH.upper()}, {"proofOfDeliveryHash": 1}],
}
_REQUIRED_TERMS_GONE = (
    "ISSUE",
    "NOTE_ON_BOARD",
    "SURRENDER_FOR_DELIVERY",
    "HOLD",
    "ACCOMPLISH",
    "PRESENT",
    "ORDER",
)


def act_cases() -> list[dict[str, JsonValue]]:
    """Return acts with their hash, or with the reason why their form is refused."""
    cases: list[dict[str, JsonValue]] = []
    for code, (actor, recorded) in every_code().items():
        payload = _payload(recorded)
        cases.append(
            {
                "name": f"{code}: good",
                "act": recorded.signed.token,
                "actionCode": code,
                "actHash": recorded.signed.hash,
            }
        )
        terms = payload["terms"]
        assert isinstance(terms, dict)
        for change in _TERMS[code]:
            member = ", ".join(change)
            broken = {**payload, "terms": {**terms, **change}}
            cases.append(_refused(f"{code}: terms with a wrong {member}", actor, broken))
        if code in _REQUIRED_TERMS_GONE:
            for gone in terms:
                if gone in ("endorsee", "pickUpParty"):
                    continue
                left = {name: value for name, value in terms.items() if name != gone}
                cases.append(
                    _refused(f"{code}: terms without {gone}", actor, {**payload, "terms": left})
                )
        if "recipient" in payload:
            without = {name: value for name, value in payload.items() if name != "recipient"}
            cases.append(_refused(f"{code}: nobody to receive", actor, without))
        else:
            cases.append(
                _refused(
                    f"{code}: a recipient it does not have",
                    actor,
                    {**payload, "recipient": STRANGER.party},
                )
            )
    return cases + _any_code()


def _any_code() -> list[dict[str, JsonValue]]:
    actor, transfer = every_code()["TRANSFER"]
    payload = _payload(transfer)
    cases = []
    for member, values in _ANY_CODE.items():
        without = {name: value for name, value in payload.items() if name != member}
        cases.append(_refused(f"an act without {member}", actor, without))
        cases += [
            _refused(f"an act with {member} {value!r}", actor, {**payload, member: value})
            for value in values
        ]
    cases.append(_refused("a member too many", actor, {**payload, "price": 100}))
    cases.append(
        _refused("a member in another case", actor, {**payload, "Actor": payload["actor"]})
    )
    cases.append(_refused("TRANSFER as sequence 1", actor, {**payload, "sequence": 1}))
    issuer, issue = every_code()["ISSUE"]
    issued = _payload(issue)
    cases.append(_refused("ISSUE as sequence 2", issuer, {**issued, "sequence": 2}))
    cases.append(_refused("ISSUE after another act", issuer, {**issued, "previousActHash": _HASH}))
    cases.append(
        _refused(
            "ISSUE as sequence 2 after another act",
            issuer,
            {**issued, "sequence": 2, "previousActHash": _HASH},
        )
    )
    exact = {**payload, "actionDateTime": "2026-05-04T10:00:00Z"}
    at_once = {**exact, "expiryDateTime": "2026-05-04T10:00:00Z"}
    too_long = {**exact, "expiryDateTime": "2026-06-03T10:00:01Z"}
    longest = {**exact, "expiryDateTime": "2026-06-03T10:00:00Z"}
    cases.append(_refused("an act that expires at once", actor, at_once))
    cases.append(_refused("an act valid for longer than 30 days", actor, too_long))
    signed = Jws.sign(actor.key, JwsType.ACT, longest)
    cases.append(
        {
            "name": "an act valid for exactly 30 days",
            "act": signed.token,
            "actionCode": "TRANSFER",
            "actHash": signed.hash,
        }
    )
    receipt = receipt_of(EQUIPMENT[0]).sign(HAULIER.key)
    cases.append({"name": "a receipt shown as act", "act": receipt, "reason": "ACT_MALFORMED"})
    return cases


def statement_cases() -> list[dict[str, JsonValue]]:
    """Return all other signed statements, good ones and ones refused for their form."""
    asked = Rotation(
        channel=CHANNEL,
        party=SELLER.party,
        public_key=STRANGER.key.public,
        action_date_time=datetime(2026, 5, 4, 9, 0, tzinfo=UTC),
    )
    rotation = asked.sign(SELLER.key, STRANGER.key)
    recovery = asked.ask_for_recovery(STRANGER.key)
    cancellation = Cancellation(
        channel=CHANNEL,
        party=SELLER.party,
        kid=STRANGER.key.kid,
        action_date_time=asked.action_date_time,
    ).sign(SELLER.key)
    registration = SELLER.registration.sign(SELLER.key)
    watched = CAREFUL.register()
    kinds = [
        (JwsType.RECEIPT, receipt_of(EQUIPMENT[0]).sign(HAULIER.key), HAULIER, "RECEIPT_INVALID"),
        (JwsType.APPROVAL, approval(), SELLER, "APPROVAL_INVALID"),
        (JwsType.REGISTRATION, registration, SELLER, "REGISTRATION_MALFORMED"),
        (JwsType.REGISTRATION, watched, CAREFUL, "REGISTRATION_MALFORMED"),
        (JwsType.ROTATION, rotation, SELLER, "ROTATION_INVALID"),
        (JwsType.RECOVERY, recovery, STRANGER, "RECOVERY_INVALID"),
        (JwsType.CANCELLATION, cancellation, SELLER, "RECOVERY_INVALID"),
    ]
    cases: list[dict[str, JsonValue]] = []
    for typ, token, signer, reason in kinds:
        payload = parse_canonical(unb64u(token.split(".")[1]))
        assert isinstance(payload, dict)
        key = signer.key.public.jwk()
        label = f"{typ.value}, four eyes" if signer is CAREFUL else typ.value

        def case(name: str, broken: JsonValue) -> dict[str, JsonValue]:
            spoilt = Jws.sign(signer.key, typ, broken).token  # noqa: B023 - called at once
            return {
                "name": f"{label}: {name}",  # noqa: B023 - called at once
                "typ": typ.value,  # noqa: B023 - called at once
                "token": spoilt,
                "key": key,  # noqa: B023 - called at once
                "reason": reason,  # noqa: B023 - called at once
            }

        cases.append(
            {
                "name": f"{label}: good",
                "typ": typ.value,
                "token": token,
                "key": key,
                "payload": payload,
            }
        )
        cases += [
            case(f"without {member}", {k: v for k, v in payload.items() if k != member})
            for member in payload
            if member != "endorsee"  # absent where ISSUE has none
        ]
        cases += [case(f"{member} null", {**payload, member: None}) for member in payload]
        cases.append(case("a member too many", {**payload, "vesselName": "BEIBU GULF 1"}))
        cases.append(case("not an object", [payload]))
        wrong_signature = token[: token.rindex(".")] + approval()[approval().rindex(".") :]
        if typ is JwsType.APPROVAL:
            wrong_signature = token[: token.rindex(".")] + rotation[rotation.rindex(".") :]
        cases.append(
            {
                "name": f"{label}: another statement's signature",
                "typ": typ.value,
                "token": wrong_signature,
                "key": key,
                "reason": reason.replace("REGISTRATION_MALFORMED", "REGISTRATION_INVALID"),
            }
        )
    return cases


def _payload(recorded: Recorded) -> dict[str, JsonValue]:
    return recorded.signed.act.payload()


def _refused(name: str, actor: Member, payload: JsonValue) -> dict[str, JsonValue]:
    token = Jws.sign(actor.key, JwsType.ACT, payload).token
    return {"name": name, "act": token, "reason": "ACT_MALFORMED"}
