"""Canonical bytes and salted hashes, as the verifier has them: written once, in its package."""

from onebill_verify import canonical
from onebill_verify.encoding import SALT_SIZE, new_salt, salted_hash_of_bytes

from foundation.kernel.references import Randomness
from services.insurance.application.ports import Sealed
from services.insurance.domain.certificate import JsonValue


class CanonicalSeal:
    """Seals a document under a new salt each time."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def __call__(self, content: JsonValue) -> Sealed:
        """Answer the canonical JSON (RFC 8785), its salt and SHA-256(salt, canonical JSON)."""
        canonical_bytes = canonical.encode(content)
        salt = new_salt(self._randomness(SALT_SIZE))
        return Sealed(canonical_bytes.decode(), salt, salted_hash_of_bytes(salt, canonical_bytes))
