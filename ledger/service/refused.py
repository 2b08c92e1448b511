"""What is not well formed, in the verifier's words, becomes a refusal with the same reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from onebill_verify.errors import NotProven

from foundation.kernel.errors import InvalidValue


@contextmanager
def as_refusals(what: str) -> Iterator[None]:
    """Turn NotProven inside the block into InvalidValue of the same reason.

    Args:
        what: the subject of the sentence, such as "The act".
    """
    try:
        yield
    except NotProven as fault:
        raise InvalidValue(fault.reason, f"{what} was not accepted: {fault.message}.") from fault
