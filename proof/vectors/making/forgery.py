"""A signer that names another's key in the header and signs with its own."""

from functools import cached_property

from onebill_verify import PrivateKey

from making.cast import Member, secret_key


class Forger(Member):
    """Has the victim's name and kid, and not its key."""

    @cached_property
    def key(self) -> PrivateKey:
        """A key that calls itself by the victim's kid."""
        own = secret_key(f"forger of {self.name}")
        return PrivateKey(secret_key(self.name).public, own._key)  # noqa: SLF001 - a forgery
