"""A rule's refusal ends a step; everything else may be tried again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Final

import grpc
from temporalio.exceptions import ApplicationError

from foundation.kernel.errors import DomainError, LostRace, Unavailable
from foundation.runtime.refusals import refusal_from
from workflows.messages import Refusal

# What may turn out otherwise when the same request is sent again.
_PASSING: Final = (Unavailable, LostRace)


@contextmanager
def refusals_are_final() -> Iterator[None]:
    """Turn a refusal into a failure that is not retried: type = reason, details = Refusal."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        refused = refusal_from(error)
        if refused is None or isinstance(refused, _PASSING):
            raise
        raise failure(refused) from error
    except DomainError as refused:
        if isinstance(refused, _PASSING):
            raise
        raise failure(refused) from refused


def failure(refused: DomainError) -> ApplicationError:
    """Write a refusal as Temporal carries it."""
    return ApplicationError(
        refused.message,
        asdict(Refusal(type(refused).__name__, refused.metadata)),
        type=refused.reason,
        non_retryable=True,
    )
