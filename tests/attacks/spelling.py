"""Signed statements in spellings that no honest signer makes."""

import base64
import json

from onebill_verify.keys import ORDER


def parts(token):
    """Answer header and payload as bytes, and the signature as r and s."""
    header, payload, signature = token.split(".")
    raw = unb64(signature)
    return (
        unb64(header),
        unb64(payload),
        int.from_bytes(raw[:32], "big"),
        int.from_bytes(raw[32:], "big"),
    )


def signed(key, header, payload):
    """Sign whatever bytes, in the usual envelope."""
    signing_input = f"{b64(header)}.{b64(payload)}"
    return f"{signing_input}.{b64(key.sign(signing_input.encode()))}"


def with_signature(token, signature):
    """Answer the token under another signature, given as bytes."""
    return f"{token.rpartition('.')[0]}.{b64(signature)}"


def scalars(r, s):
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(kid, /, **members):
    """Spell a header canonically, with other members than it should have."""
    said = {"alg": "ES256", "kid": kid, "typ": "onebill-act+jws", **members}
    said = {name: value for name, value in said.items() if value is not None}
    return json.dumps(said, separators=(",", ":"), sort_keys=True).encode()


def _replaced(old, new):
    def change(token, key):
        header, payload, _, _ = parts(token)
        assert payload.count(old) >= 1, payload
        return signed(key, header, payload.replace(old, new, 1))

    return change


def _headed(**members):
    def change(token, key):
        return signed(key, header_of(key.kid, **members), parts(token)[1])

    return change


def _high_s(token, key):
    _, _, r, s = parts(token)
    return with_signature(token, scalars(r, ORDER - s))


def _scalar(r=None, s=None):
    def change(token, key):
        _, _, own_r, own_s = parts(token)
        return with_signature(token, scalars(own_r if r is None else r, own_s if s is None else s))

    return change


def _spare_bits(token, key):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


def _own_key_in_header(token, key):
    stranger = type(key).generate()
    header = header_of(stranger.kid, jwk=stranger.public.jwk())
    return signed(stranger, header, parts(token)[1])


# Every one of them carries a statement that its actor would sign, and most its true signature.
SPELLINGS = {
    "the high S of the same signature": (_high_s, "SIGNATURE_INVALID"),
    "r of nothing": (_scalar(r=0), "SIGNATURE_INVALID"),
    "s of nothing": (_scalar(s=0), "SIGNATURE_INVALID"),
    "r at the order of the curve": (_scalar(r=ORDER), "SIGNATURE_INVALID"),
    "r of one and s of one": (_scalar(r=1, s=1), "SIGNATURE_INVALID"),
    "no signature": (lambda token, key: f"{token.rpartition('.')[0]}.", "ACT_MALFORMED"),
    "a signature of 65 bytes": (
        lambda token, key: with_signature(token, unb64(token.rpartition(".")[2]) + b"\x00"),
        "ACT_MALFORMED",
    ),
    "spare bits set": (_spare_bits, "ACT_MALFORMED"),
    "padding": (lambda token, key: token + "==", "ACT_MALFORMED"),
    "a line break": (lambda token, key: token[:40] + "\n" + token[40:], "ACT_MALFORMED"),
    "four parts": (lambda token, key: token + ".", "ACT_MALFORMED"),
    "alg none": (
        lambda token, key: f"{b64(header_of(key.kid, alg='none'))}.{token.split('.')[1]}.",
        "ACT_MALFORMED",
    ),
    "alg none beside a signature": (_headed(alg="none"), "ACT_MALFORMED"),
    "alg HS256": (_headed(alg="HS256"), "ACT_MALFORMED"),
    "alg of another curve": (_headed(alg="ES384"), "ACT_MALFORMED"),
    "alg in lower case": (_headed(alg="es256"), "ACT_MALFORMED"),
    "crit": (_headed(crit=["b64"], b64=False), "ACT_MALFORMED"),
    "a key in the header": (_own_key_in_header, "ACT_MALFORMED"),
    "a certificate in the header": (_headed(x5c=["MIIB"]), "ACT_MALFORMED"),
    "a header without kid": (_headed(kid=None), "ACT_MALFORMED"),
    "the type of a receipt": (_headed(typ="onebill-receipt+jws"), "ACT_MALFORMED"),
    "a member twice": (_replaced(b'"terms":{}', b'"terms":{},"terms":{}'), "ACT_MALFORMED"),
    "a member in another case": (
        _replaced(b'"terms":{}', b'"terms":{},"Actor":"x"'),
        "ACT_MALFORMED",
    ),
    "a name in another case": (_replaced(b'"actor":', b'"Actor":'), "ACT_MALFORMED"),
    "a space": (_replaced(b'"terms":{}', b'"terms": {}'), "ACT_MALFORMED"),
    "members in another order": (
        lambda token, key: signed(
            key,
            parts(token)[0],
            json.dumps(
                dict(reversed(json.loads(parts(token)[1]).items())), separators=(",", ":")
            ).encode(),
        ),
        "ACT_MALFORMED",
    ),
    "an escape where none is needed": (
        _replaced(b'"TRANSFER"', b'"\\u0054RANSFER"'),
        "ACT_MALFORMED",
    ),
    "a letter that only looks the same": (
        _replaced(b'"TRANSFER"', '"\uff34RANSFER"'.encode()),
        "ACT_MALFORMED",
    ),
    "a text that is not normalised": (
        _replaced(b'"TRANSFER"', '"TRANSFE\u0301R"'.encode()),
        "ACT_MALFORMED",
    ),
    "a lone surrogate": (_replaced(b'"TRANSFER"', b'"\\ud800"'), "ACT_MALFORMED"),
    "bytes that are not UTF-8": (_replaced(b'"TRANSFER"', b'"\xff\xfe"'), "ACT_MALFORMED"),
    "nesting": (
        _replaced(b'"terms":{}', b'"terms":' + b'{"a":' * 500 + b"1" + b"}" * 500),
        "ACT_MALFORMED",
    ),
    "a number beyond 2^53": (
        _replaced(b'"sequence":2', b'"sequence":9007199254740993'),
        "ACT_MALFORMED",
    ),
    "a number of a thousand digits": (
        _replaced(b'"sequence":2', b'"sequence":' + b"2" * 1000),
        "ACT_MALFORMED",
    ),
    "a fraction": (_replaced(b'"sequence":2', b'"sequence":2.0'), "ACT_MALFORMED"),
    "an exponent": (_replaced(b'"sequence":2', b'"sequence":2e0'), "ACT_MALFORMED"),
    "a number in text": (_replaced(b'"sequence":2', b'"sequence":"2"'), "ACT_MALFORMED"),
    "digits of another language": (
        _replaced(b'"sequence":2', '"sequence":\u0662'.encode()),
        "ACT_MALFORMED",
    ),
    "a null": (_replaced(b'"terms":{}', b'"terms":null'), "ACT_MALFORMED"),
    "a byte order mark": (_replaced(b'{"action', b'\xef\xbb\xbf{"action'), "ACT_MALFORMED"),
}
