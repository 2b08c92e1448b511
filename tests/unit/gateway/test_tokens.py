"""Whose request it is, and every token that is not believed."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from foundation.kernel.errors import NotAllowed
from gateway.rest.problems import Unauthenticated
from gateway.rest.tokens import Holder, Tokens

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = ECKey.generate_key("P-256", {"kid": "one"})
STRANGER = ECKey.generate_key("P-256", {"kid": "one"})
CLAIMS = {
    "iss": "https://issuer.example",
    "aud": "onebill",
    "sub": "person-1",
    "tenant": "seller",
    "scope": "bookings:read bookings:write",
    "exp": int(NOW.timestamp()) + 600,
}


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    return Tokens(file, "https://issuer.example", "onebill", lambda: NOW)


def bearer(
    key: ECKey | OctKey = KEY, algorithm: str = "ES256", typ: str = "at+jwt", **changes: object
) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    header = {"alg": algorithm, "kid": "one", "typ": typ}
    token = jwt.encode(header, claims, key, algorithms=[algorithm])
    return f"Bearer {token}"


def test_a_token_names_person_organisation_and_scopes(tokens: Tokens) -> None:
    holder = tokens.holder(bearer())

    assert holder == Holder("seller", "person-1", frozenset({"bookings:read", "bookings:write"}))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "TOKEN_MISSING"),
        ("", "TOKEN_MISSING"),
        ("Basic c2VsbGVy", "TOKEN_MISSING"),
        ("Bearer", "TOKEN_MISSING"),
        ("Bearer nonsense", "TOKEN_INVALID"),
        ("Bearer " + "a" * 9_000, "TOKEN_INVALID"),
        (bearer(exp=int(NOW.timestamp()) - 31), "TOKEN_EXPIRED"),
        (bearer(typ="JWT"), "TOKEN_INVALID"),
        (bearer(exp=None), "TOKEN_INVALID"),
        (bearer(exp="tomorrow"), "TOKEN_INVALID"),
        (bearer(exp=float("nan")), "TOKEN_INVALID"),
        (bearer(exp=float("inf")), "TOKEN_INVALID"),
        (bearer(nbf=float("nan")), "TOKEN_INVALID"),
        (bearer(sub="person\nonebill-organisation: operator"), "TOKEN_INVALID"),
        (bearer(sub="张三"), "TOKEN_INVALID"),
        (bearer(scope="desk\u00a0all"), "TOKEN_INVALID"),
        (bearer(nbf=int(NOW.timestamp()) + 60), "TOKEN_INVALID"),
        (bearer(iss="https://other.example"), "TOKEN_INVALID"),
        (bearer(aud="another"), "TOKEN_INVALID"),
        (bearer(tenant=None), "TOKEN_INVALID"),
        (bearer(tenant="../operator"), "TOKEN_INVALID"),
        (bearer(sub=None), "TOKEN_INVALID"),
        (bearer(STRANGER), "TOKEN_INVALID"),
    ],
)
def test_a_token_that_cannot_be_trusted_is_refused(
    tokens: Tokens, header: str | None, reason: str
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        tokens.holder(header)

    assert refused.value.reason == reason


def test_the_public_key_used_as_a_shared_secret_is_refused(tokens: Tokens) -> None:
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))

    with pytest.raises(Unauthenticated):
        tokens.holder(bearer(secret, "HS256"))


def test_a_token_without_a_signature_is_refused(tokens: Tokens) -> None:
    header, payload, _ = bearer().removeprefix("Bearer ").split(".")
    none = "eyJhbGciOiJub25lIn0"

    for token in (f"{none}.{payload}.", f"{header}.{payload}."):
        with pytest.raises(Unauthenticated):
            tokens.holder(f"Bearer {token}")


def test_a_changed_key_file_is_read_again(tokens: Tokens, tmp_path: Path) -> None:
    tokens.holder(bearer())
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [STRANGER.as_dict(private=False)]}))
    later = time.time() + 5
    import os  # noqa: PLC0415

    os.utime(file, (later, later))

    assert tokens.holder(bearer(STRANGER)).organisation == "seller"
    with pytest.raises(Unauthenticated):
        tokens.holder(bearer())


def test_a_scope_that_is_missing_is_named() -> None:
    with pytest.raises(NotAllowed, match="invoices:pay"):
        Holder("seller", "person-1", frozenset()).need("invoices:pay")
