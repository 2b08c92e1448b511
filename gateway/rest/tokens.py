"""Whose request it is: an ES256 token of a trusted issuer names person, organisation, scopes."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from foundation.kernel.clock import Clock
from foundation.kernel.errors import DomainError, NotAllowed
from foundation.runtime.identity import check_organisation
from gateway.rest.problems import Unauthenticated

# Clocks of issuer and door may differ by this much.
_LEEWAY_SECONDS: Final = 30
_TOKEN_CHARACTERS_MAX: Final = 8192
# RFC 9068 section 4: an identity token of the same issuer is no access token.
_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the token."""

    organisation: str
    person: str
    scopes: frozenset[str]

    def need(self, scope: str) -> None:
        """Refuse a holder without the scope.

        Raises:
            NotAllowed: SCOPE_MISSING.
        """
        if scope not in self.scopes:
            raise NotAllowed(
                "SCOPE_MISSING",
                f"This needs the scope {scope}, which your token does not have.",
                scope=scope,
            )


class Tokens:
    """Reads bearer tokens against a JWKS file, which is read again when it changes."""

    def __init__(self, jwks_file: Path, issuer: str, audience: str, clock: Clock) -> None:
        self._file = jwks_file
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._read_at: float | None = None
        self._keys = KeySet([])

    def holder(self, authorization: str | None) -> Holder:
        """Read the Authorization header.

        Raises:
            Unauthenticated: TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("TOKEN_MISSING", "Say who you are: a bearer token is needed.")
        claims = self._claims(token.strip())
        now = self._clock().timestamp()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != self._issuer or self._audience not in audiences:
            raise _invalid("The token was not made for this platform by an issuer it trusts.")
        expiry = claims.get("exp")
        if not _is_moment(expiry):
            raise _invalid("The token does not say when it expires.")
        if now > expiry + _LEEWAY_SECONDS:
            raise Unauthenticated("TOKEN_EXPIRED", "Your token has expired.")
        not_before = claims.get("nbf", 0)
        if not _is_moment(not_before) or now < not_before - _LEEWAY_SECONDS:
            raise _invalid("The token is not valid yet.")
        person, tenant, scope = claims.get("sub"), claims.get("tenant"), claims.get("scope", "")
        if not (isinstance(person, str) and person and isinstance(tenant, str)):
            raise _invalid("The token names no person or no organisation.")
        if not all(text.isascii() and text.isprintable() for text in (person, str(scope))):
            # They travel on as metadata, which carries nothing else.
            raise _invalid("The token's person and scopes must be plain characters.")
        try:
            check_organisation(tenant)
        except DomainError as wrong:
            raise _invalid("The token names no organisation that can be one.") from wrong
        return Holder(tenant, person, frozenset(str(scope).split()))

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > _TOKEN_CHARACTERS_MAX:
            raise _invalid("The token is too long.")
        try:
            read = jwt.decode(token, self._key_set(), algorithms=["ES256"])
        except (JoseError, ValueError, TypeError) as wrong:
            raise _invalid("The token's signature does not verify.") from wrong
        if str(read.header.get("typ", "")).lower() not in _TYPES:
            raise _invalid("The token is no access token; its type must be at+jwt.")
        claims = read.claims
        if not isinstance(claims, dict):
            raise _invalid("The token carries no claims.")
        return claims

    def _key_set(self) -> KeySet:
        changed_at = self._file.stat().st_mtime
        if changed_at != self._read_at:
            self._keys = KeySet.import_key_set(json.loads(self._file.read_text("utf-8")))
            self._read_at = changed_at
        return self._keys


def _is_moment(claim: object) -> TypeGuard[int | float]:
    """Whether a claim is seconds. JSON as Python reads it also has NaN and infinity.

    Neither ever comes: a token that expired then would live for ever.
    """
    return isinstance(claim, int | float) and math.isfinite(claim)


def _invalid(sentence: str) -> Unauthenticated:
    return Unauthenticated("TOKEN_INVALID", sentence)
