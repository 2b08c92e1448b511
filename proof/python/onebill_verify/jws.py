"""JWS in compact form, ES256 only (act.md, section 2): the envelope of all that is signed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from onebill_verify import forms
from onebill_verify.canonical import JsonValue, encode, parse_canonical
from onebill_verify.encoding import b64u, sha256_hex, unb64u
from onebill_verify.errors import NotProven
from onebill_verify.keys import SIGNATURE_SIZE, PrivateKey, PublicKey

_PARTS: Final = 3


class JwsType(StrEnum):
    """What a signed statement is; stands in the header as `typ`."""

    ACT = "onebill-act+jws"
    RECEIPT = "onebill-receipt+jws"
    APPROVAL = "onebill-approval+jws"
    COUNTERSIGNATURE = "onebill-countersignature+jws"
    POSSESSION = "onebill-possession+jws"
    REGISTRATION = "onebill-registration+jws"
    ROTATION = "onebill-rotation+jws"
    RECOVERY = "onebill-recovery+jws"
    CANCELLATION = "onebill-recovery-cancellation+jws"
    CUSTODY = "onebill-custody+jws"
    PASS_ON = "onebill-pass-on+jws"  # noqa: S105 - a type, no secret

    @property
    def length_max(self) -> int:
        """How many characters such a statement has at most."""
        return forms.ACT_LENGTH_MAX if self is JwsType.ACT else forms.JWS_LENGTH_MAX


@dataclass(frozen=True, slots=True)
class Jws:
    """A JWS whose form is checked and whose signature is not yet."""

    token: str
    kid: str
    payload: JsonValue
    signature: bytes

    @classmethod
    def parse(cls, token: str, typ: JwsType) -> "Jws":
        """Read a compact JWS of one type. Raises NotProven `JWS_MALFORMED`."""
        if not 0 < len(token) <= typ.length_max:
            raise NotProven("JWS_MALFORMED", f"a JWS is longer than {typ.length_max} or empty")
        parts = token.split(".")
        if len(parts) != _PARTS:
            raise NotProven("JWS_MALFORMED", "a compact JWS has three parts")
        try:
            header, payload, signature = map(unb64u, parts)
            kid = _read_header(header, typ)
            value = parse_canonical(payload)
        except NotProven as error:
            raise NotProven("JWS_MALFORMED", f"JWS: {error.message}") from None
        if len(signature) != SIGNATURE_SIZE:
            raise NotProven("JWS_MALFORMED", "a signature is 64 bytes, r then s")
        return cls(token, kid, value, signature)

    @classmethod
    def sign(cls, key: PrivateKey, typ: JwsType, payload: JsonValue) -> "Jws":
        """Sign a payload. Raises NotProven `JWS_MALFORMED` where it becomes too long."""
        header = encode({"alg": "ES256", "kid": key.kid, "typ": typ.value})
        signed = f"{b64u(header)}.{b64u(encode(payload))}"
        signature = key.sign(signed.encode())
        token = f"{signed}.{b64u(signature)}"
        if len(token) > typ.length_max:
            raise NotProven("JWS_MALFORMED", f"a JWS is longer than {typ.length_max} characters")
        return cls(token, key.kid, payload, signature)

    @property
    def signing_input(self) -> bytes:
        """What is signed: header and payload as they stand, with the point between."""
        return self.token[: self.token.rindex(".")].encode()

    @property
    def hash(self) -> str:
        """Hex SHA-256 of the signing input; for an act this is the act hash."""
        return sha256_hex(self.signing_input)

    def verify(self, key: PublicKey) -> None:
        """Check that this key made the signature.

        Raises NotProven `KEY_UNKNOWN` where the header names another key, `SIGNATURE_INVALID`
        where the signature is wrong or in its high-S spelling.
        """
        if key.kid != self.kid:
            raise NotProven("KEY_UNKNOWN", f"signed by the key {self.kid}, not by {key.kid}")
        if not key.verifies(self.signature, self.signing_input):
            raise NotProven("SIGNATURE_INVALID", f"the signature is not that of {self.kid}")


def _read_header(header: bytes, typ: JwsType) -> str:
    """Return the kid. The canonical header of one type leaves nothing but the kid open."""
    before = b'{"alg":"ES256","kid":"'
    after = f'","typ":"{typ.value}"}}'.encode()
    kid = header[len(before) : len(header) - len(after)]
    if header != before + kid + after:
        raise NotProven("JWS_MALFORMED", f"the header is not that of ES256 and {typ.value}")
    try:
        return forms.kid(kid.decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        raise NotProven("JWS_MALFORMED", "kid is not a key's thumbprint") from None
