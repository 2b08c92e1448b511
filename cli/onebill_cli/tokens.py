"""Tokens of the stack's own issuer, for a machine without an OpenID provider."""

import time
from collections.abc import Sequence
from typing import Final

from joserfc import jwt
from joserfc.jwk import ECKey

from onebill_cli.environment import Environment

LIVES_SECONDS: Final = 600
ISSUER_DEFAULT: Final = "https://issuer.onebill.example"
AUDIENCE: Final = "onebill"


def make_token(
    environment: Environment,
    organisation: str,
    scopes: Sequence[str],
    *,
    person: str = "",
    lives_seconds: int = LIVES_SECONDS,
) -> str:
    """Sign a token (RFC 9068 manner, ES256) for one person of one organisation."""
    key = ECKey.import_key(environment.token_key_file.read_bytes())
    issued = int(time.time())
    claims: dict[str, str | int] = {
        "iss": environment.values.get("ONEBILL_TOKEN_ISSUER", ISSUER_DEFAULT),
        "aud": environment.values.get("ONEBILL_TOKEN_AUDIENCE", AUDIENCE),
        "sub": person or f"{organisation}-desk",
        "tenant": organisation,
        "scope": " ".join(scopes),
        "iat": issued,
        "exp": issued + lives_seconds,
    }
    return jwt.encode({"alg": "ES256", "kid": key.thumbprint(), "typ": "at+jwt"}, claims, key)
