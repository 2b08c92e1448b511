"""Vectors of JWS: signed statements as such, whatever they say."""

from onebill_verify import JsonValue, PrivateKey, b64u, encode, sha256_hex, unb64u
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import ORDER

from making.cast import SELLER, STRANGER, digest

_PAYLOAD: JsonValue = {"said": "自重庆至新加坡", "sequence": 1}


def cases() -> list[dict[str, JsonValue]]:
    """Return name, token, type and key, then hash and payload, or the reason."""
    good = Jws.sign(SELLER.key, JwsType.ACT, _PAYLOAD)
    header, payload, signature = good.token.split(".")
    raw = unb64u(signature)
    s = int.from_bytes(raw[32:])
    high = b64u(raw[:32] + (ORDER - s).to_bytes(32))

    def with_header(text: str) -> str:
        return _sign(SELLER.key, text.encode(), unb64u(payload))

    def with_payload(text: str) -> str:
        return _sign(SELLER.key, unb64u(header), text.encode())

    kid = SELLER.key.kid
    malformed: list[tuple[str, str]] = [
        ("no algorithm", with_header(f'{{"alg":"none","kid":"{kid}","typ":"onebill-act+jws"}}')),
        ("algorithm none, no signature", f"{b64u(_header(kid, 'none'))}.{payload}."),
        (
            "another algorithm",
            with_header(f'{{"alg":"HS256","kid":"{kid}","typ":"onebill-act+jws"}}'),
        ),
        (
            "the algorithm in lower case",
            with_header(f'{{"alg":"es256","kid":"{kid}","typ":"onebill-act+jws"}}'),
        ),
        (
            "another type",
            with_header(f'{{"alg":"ES256","kid":"{kid}","typ":"onebill-receipt+jws"}}'),
        ),
        ("no type", with_header(f'{{"alg":"ES256","kid":"{kid}"}}')),
        (
            "crit",
            with_header(f'{{"alg":"ES256","crit":["x"],"kid":"{kid}","typ":"onebill-act+jws"}}'),
        ),
        (
            "crit, empty",
            with_header(f'{{"alg":"ES256","crit":[],"kid":"{kid}","typ":"onebill-act+jws"}}'),
        ),
        (
            "the key in the header",
            with_header(
                '{"alg":"ES256","jwk":'
                + encode(SELLER.key.public.jwk()).decode()
                + f',"kid":"{kid}","typ":"onebill-act+jws"}}'
            ),
        ),
        (
            "a certificate in the header",
            with_header(f'{{"alg":"ES256","kid":"{kid}","typ":"onebill-act+jws","x5c":[]}}'),
        ),
        (
            "a duplicate member in the header",
            with_header(f'{{"alg":"ES256","alg":"ES256","kid":"{kid}","typ":"onebill-act+jws"}}'),
        ),
        (
            "names of the header in another case",
            with_header(f'{{"Alg":"ES256","kid":"{kid}","typ":"onebill-act+jws"}}'),
        ),
        (
            "the header in another order",
            with_header(f'{{"kid":"{kid}","alg":"ES256","typ":"onebill-act+jws"}}'),
        ),
        (
            "white space in the header",
            with_header(f'{{"alg":"ES256", "kid":"{kid}","typ":"onebill-act+jws"}}'),
        ),
        (
            "a kid that is no thumbprint",
            with_header('{"alg":"ES256","kid":"seller","typ":"onebill-act+jws"}'),
        ),
        (
            "a kid with spare bits",
            with_header(f'{{"alg":"ES256","kid":"{_spare(kid)}","typ":"onebill-act+jws"}}'),
        ),
        (
            "a kid with a line feed",
            with_header(f'{{"alg":"ES256","kid":"{kid}\\n","typ":"onebill-act+jws"}}'),
        ),
        ("a duplicate member in the payload", with_payload('{"sequence":1,"sequence":1}')),
        ("white space in the payload", with_payload('{"sequence": 1}')),
        ("a payload in another order", with_payload('{"b":1,"a":1}')),
        ("an escape that need not be in the payload", with_payload('{"a":"\\u0041"}')),
        ("a fraction in the payload", with_payload('{"a":1.5}')),
        ("a huge number in the payload", with_payload('{"a":' + "9" * 300 + "}")),
        ("a negative number in the payload", with_payload('{"a":-1}')),
        ("a payload too deep", with_payload("[" * 17 + "]" * 17)),
        ("a lone surrogate in the payload", with_payload('{"a":"\\ud800"}')),
        ("a payload that is no JSON", with_payload("sequence=1")),
        ("padding", f"{header}.{payload}.{signature}=="),
        ("spare bits in the signature", f"{header}.{payload}.{_spare(signature)}"),
        ("the alphabet of plain base64", f"{header}.{payload}.{'+' + signature[1:]}"),
        ("a line feed at the end", f"{good.token}\n"),
        ("a space inside", f"{header}. {payload}.{signature}"),
        ("two parts", f"{header}.{payload}"),
        ("four parts", f"{good.token}.{signature}"),
        ("nothing", ""),
        ("dots", ".."),
        ("a signature of 63 bytes", f"{header}.{payload}.{b64u(raw[:63])}"),
        ("a signature of 65 bytes", f"{header}.{payload}.{b64u(raw + bytes(1))}"),
        (
            "a signature in DER",
            f"{header}.{payload}.{b64u(bytes([0x30, 0x44, 2, 0x20]) + raw[:32] + bytes([2, 0x20]) + raw[32:])}",
        ),
        (
            "an act longer than 262144 characters",
            _sign(SELLER.key, unb64u(header), encode({"a": "x" * 196_600})),
        ),
    ]
    invalid: list[tuple[str, str]] = [
        ("the high-S spelling of a good signature", f"{header}.{payload}.{high}"),
        ("r zero", f"{header}.{payload}.{b64u(bytes(32) + raw[32:])}"),
        ("s zero", f"{header}.{payload}.{b64u(raw[:32] + bytes(32))}"),
        ("r and s zero", f"{header}.{payload}.{b64u(bytes(64))}"),
        ("r the order", f"{header}.{payload}.{b64u(ORDER.to_bytes(32) + raw[32:])}"),
        ("s the order", f"{header}.{payload}.{b64u(raw[:32] + ORDER.to_bytes(32))}"),
        (
            "another payload under the signature",
            f"{header}.{b64u(encode({'said': 'x'}))}.{signature}",
        ),
        (
            "another's signature under this kid",
            _sign(STRANGER.key, unb64u(header), unb64u(payload)),
        ),
        (
            "a random signature",
            f"{header}.{payload}.{b64u(bytes(1) + digest('r')[1:] + bytes(1) + digest('s')[1:])}",
        ),
    ]
    jwk = SELLER.key.public.jwk()
    shown: list[dict[str, JsonValue]] = [
        {
            "name": "a good signature",
            "token": good.token,
            "typ": JwsType.ACT.value,
            "key": jwk,
            "payload": _PAYLOAD,
            "hash": sha256_hex(f"{header}.{payload}".encode()),
        }
    ]
    shown += [_refused(name, token, jwk, "JWS_MALFORMED") for name, token in malformed]
    shown += [_refused(name, token, jwk, "SIGNATURE_INVALID") for name, token in invalid]
    shown.append(_refused("another's key", good.token, STRANGER.key.public.jwk(), "KEY_UNKNOWN"))
    return shown


def key_cases() -> list[dict[str, JsonValue]]:
    """Return JWKs with their thumbprint, or that they are refused."""
    good = SELLER.key.public.jwk()
    other = STRANGER.key.public.jwk()
    bad: list[tuple[str, JsonValue]] = [
        ("another curve", {**good, "crv": "P-384"}),
        ("secp256k1", {**good, "crv": "secp256k1"}),
        ("another type of key", {**good, "kty": "OKP"}),
        ("a point off the curve", {**good, "y": other["y"]}),
        ("the point at infinity", {**good, "x": b64u(bytes(32)), "y": b64u(bytes(32))}),
        ("a coordinate of 31 bytes", {**good, "x": b64u(digest("x")[:31])}),
        ("a coordinate of 33 bytes", {**good, "x": b64u(bytes(1) + digest("x"))}),
        ("a coordinate beyond the field", {**good, "x": b64u(b"\xff" * 32)}),
        ("padding", {**good, "x": f"{good['x']}="}),
        ("spare bits", {**good, "x": _spare(str(good["x"]))}),
        ("with its secret", {**good, "d": b64u(digest("d"))}),
        ("with a use", {**good, "use": "sig"}),
        ("without y", {name: value for name, value in good.items() if name != "y"}),
        ("a number as coordinate", {**good, "x": 1}),
        ("not an object", [good]),
        ("null", None),
    ]
    shown: list[dict[str, JsonValue]] = [
        {"name": "a good key", "key": good, "kid": SELLER.key.kid}
    ]
    shown += [{"name": name, "key": key, "reason": "KEY_MALFORMED"} for name, key in bad]
    return shown


def _refused(name: str, token: str, jwk: JsonValue, reason: str) -> dict[str, JsonValue]:
    return {
        "name": name,
        "token": token,
        "typ": JwsType.ACT.value,
        "key": jwk,
        "reason": reason,
    }


def _header(kid: str, algorithm: str) -> bytes:
    return encode({"alg": algorithm, "kid": kid, "typ": JwsType.ACT.value})


def _sign(key: PrivateKey, header: bytes, payload: bytes) -> str:
    signed = f"{b64u(header)}.{b64u(payload)}"
    return f"{signed}.{b64u(key.sign(signed.encode()))}"


def _spare(text: str) -> str:
    """Set a spare bit of the last character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]
