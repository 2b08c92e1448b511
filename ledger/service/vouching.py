"""What an organisation sees before it vouches for a party: evidence behind salted hashes."""

from dataclasses import dataclass

from onebill_verify.canonical import parse
from onebill_verify.encoding import salted_hash
from onebill_verify.registrations import Registration

from foundation.kernel.errors import InvalidValue
from ledger.service.refused import as_refusals


@dataclass(frozen=True, slots=True)
class Vouched:
    """Evidence of identity and the result of screening, JSON each, with their salts."""

    identity: str
    identity_salt: str
    screening: str
    screening_salt: str

    def check(self, registration: Registration) -> None:
        """Ask whether the party signed exactly this evidence.

        Raises:
            InvalidValue: EVIDENCE_DIFFERS, SALT_MALFORMED, JSON_MALFORMED.
        """
        with as_refusals("The evidence"):
            shown = (
                salted_hash(self.identity_salt, parse(self.identity.encode())),
                salted_hash(self.screening_salt, parse(self.screening.encode())),
            )
        if shown != (registration.identity_hash, registration.screening_hash):
            raise InvalidValue(
                "EVIDENCE_DIFFERS",
                "Identity or screening is not what the party signed in its registration.",
            )
